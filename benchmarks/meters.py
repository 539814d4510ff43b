"""How well parts fit songs in 3/4 and 6/8, held out from training.

    python benchmarks/meters.py data/midi/val --manifest MANIFEST --source rpbot_ultimate [--instruments bass,drums]

Songs in other meters are too few to measure on, so songs in 4/4 are brought into them, as in training
(`midi_subtract.excerpts`): into 3/4 by leaving out their third beat, and those in triplets into 6/8. Printed are some
figures of `msub evaluate midi` over windows of 32 bars: of the true parts, of another song's, of the model's, and in
3/4 of what it writes where it is told that bars have four beats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from midi_subtract import MidiInserter
from midi_subtract.cases import Case, cut_cases
from midi_subtract.evaluation.scores import score
from midi_subtract.evaluation.songs import evaluation_songs, files_of_source
from midi_subtract.excerpts import in_eighths, in_three, is_in_triplets
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song
from subtract_core.measures import mean
from subtract_core.panel import own_seed
from subtract_core.stems import Stem

Writer = Callable[[Case, int], Notes]
"""writer(case, seed): a part."""
IN_FOUR = [Meter(0, 4, 4)]
PITCHED = ("in-harmony", "agreement", "onset F1", "note F1", "structure", "notes per bar")
DRUMS = ("kick", "snare", "hat", "all F1", "structure", "notes per bar")


def in_meters(songs: Sequence[Song]) -> dict[str, list[Song]]:
    """Songs by their meter; those in 4/4 are there again in others."""
    fours = [song for song in songs if song.meters == IN_FOUR]
    return {
        "4/4": fours,
        "3/4": [in_three(song, beat=2) for song in fours],
        "6/8": [in_eighths(song, numerator=6) for song in fours if is_in_triplets(song)],
    }


def true_part(case: Case, seed: int) -> Notes:
    """What people play there."""
    return case.truth


def of_another(cases: Sequence[Case]) -> Writer:
    """Writes the true part of the next case."""
    parts = {case.song_name: other.truth for case, other in zip(cases, [*cases[1:], cases[0]], strict=True)}
    return lambda case, seed: parts[case.song_name]


def row(name: str, write: Writer, cases: Sequence[Case], seeds: int) -> str:
    """A line of the table: means over all cases and seeds."""
    figures = DRUMS if cases[0].stem is Stem.DRUMS else PITCHED
    scores = [score(write(case, seed), case) for seed in range(seeds) for case in cases]
    return " | ".join([f"| {name}, {len(cases)}", *(f"{mean([s[f] for s in scores]):.3f}" for f in figures)]) + " |"


def main(
    folder: Annotated[Path, typer.Argument(help="A set made by `msub prepare midi`.")],
    manifest: Annotated[Path | None, typer.Option(help="What says of which source songs are.")] = None,
    source: Annotated[str | None, typer.Option(help="Songs of this source alone.")] = None,
    instruments: Annotated[str, typer.Option(help="Parts, separated by commas.")] = "bass,drums,guitar",
    cases: Annotated[int, typer.Option(help="How many windows an instrument.", min=2)] = 60,
    seeds: Annotated[int, typer.Option(help="How many parts of each.", min=1)] = 1,
    model: Annotated[str, typer.Option(help="A folder, or a name of `msub models`.")] = "default",
) -> None:
    """Print a table for each instrument."""
    inserter = MidiInserter.from_pretrained(model, device="cpu")

    def model_part(case: Case, seed: int) -> Notes:
        part = inserter.write(case.song, case.stem, seed=own_seed(case.song_name, seed))
        return part.between(0, int(case.bar_starts[-1]))

    def told_four(case: Case, seed: int) -> Notes:
        return model_part(replace(case, song=replace(case.song, meters=IN_FOUR)), seed)

    songs = in_meters(evaluation_songs(folder, files_of_source(manifest, source) if manifest and source else None))
    for stem in [Stem.parse(name, "instruments") for name in instruments.split(",")]:
        figures = DRUMS if stem is Stem.DRUMS else PITCHED
        print(f"| {stem.value}, windows | {' | '.join(figures)} |\n|{'---|' * (len(figures) + 1)}")
        for meter, those in songs.items():
            if len(among := cut_cases(those, stem, cases)) < 2:
                continue
            writers = {"people": true_part, "another song's part": of_another(among), "msub": model_part}
            if meter == "3/4":
                writers["msub, told 4/4"] = told_four
            for name, write in writers.items():
                print(row(f"{meter}, {name}", write, among, seeds), flush=True)


if __name__ == "__main__":
    typer.run(main)

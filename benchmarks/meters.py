"""How well parts fit songs in 3/4 and 6/8, held out from training.

    python benchmarks/meters.py data/midi/val --manifest MANIFEST --source rpbot_ultimate [--instruments bass,drums]

Songs in other meters are too few to measure on, so songs in 4/4 are brought into them: into 3/4 by leaving out their
third beat (`midi_subtract.training.excerpts.in_three`), and those in triplets into 6/8, two bars for one. Printed are
some figures of `msub evaluate midi` over windows of 32 bars, of the true parts, of another song's and of the model's;
in 3/4 also of what it writes where it is told that bars have four beats, in 6/8 where beats are quarters and not
dotted ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from midi_subtract import MidiInserter
from midi_subtract.evaluation.cases import Case, cut_cases
from midi_subtract.evaluation.scores import score
from midi_subtract.evaluation.songs import songs_of_source
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Meter, Song
from midi_subtract.training.excerpts import in_three
from subtract_core.evaluation.measures import mean
from subtract_core.evaluation.panel import own_seed
from subtract_core.stems import Stem

Writer = Callable[[Case, int], Notes]
"""writer(case, seed): a part."""
IN_FOUR = [Meter(0, 4, 4)]
IN_SIX = [Meter(0, 6, 8, dotted=True)]
DOTTED = 1.5
IN_TRIPLETS, BETWEEN = 0.95, 0.15
"""Shares of the notes of a song in triplets that begin on thirds of a beat, and on those between beats, at least."""
PITCHED = ("in-harmony", "agreement", "onset F1", "note F1", "structure", "notes per bar")
DRUMS = ("kick", "snare", "hat", "all F1", "structure", "notes per bar")


def true_part(case: Case, seed: int) -> Notes:
    """What people play there."""
    return case.truth


def of_another(cases: Sequence[Case]) -> Writer:
    """Writes the true part of the next case."""
    parts = {case.song_name: other.truth for case, other in zip(cases, [*cases[1:], cases[0]], strict=True)}
    return lambda case, seed: parts[case.song_name]


def is_in_triplets(song: Song) -> bool:
    """Whether a song splits its beats in three, and in nothing else."""
    place = np.concatenate([track.notes.onset % STEPS_PER_BEAT for track in song.tracks])
    thirds = place % (STEPS_PER_BEAT // 3) == 0
    return bool(thirds.mean() >= IN_TRIPLETS and (thirds & (place > 0)).mean() >= BETWEEN)


def longer(notes: Notes, times: float) -> Notes:
    """Notes with beats that have so many times as many steps."""
    onset, end = (np.rint(steps.astype(np.int64) * times) for steps in (notes.onset, notes.end))
    return Notes.from_arrays(onset, notes.pitch, end - onset, notes.velocity)


def in_quarters(song: Song) -> Song:
    """A song in 6/8 on quarters, of which a dotted one has three halves."""
    tracks = [replace(track, notes=longer(track.notes.wide(), DOTTED)) for track in song.tracks]
    tempi = [(round(step * DOTTED), bpm * DOTTED) for step, bpm in song.tempi]
    return replace(song, tracks=tracks, meters=[Meter(0, 6, 8)], tempi=tempi, _stems={})


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

    def model_part(case: Case, seed: int, times: float = 1.0) -> Notes:
        part = inserter.write(case.song, case.stem, seed=own_seed(case.song_name, seed))
        return part.between(0, round(int(case.bar_starts[-1]) * times))

    def told_four(case: Case, seed: int) -> Notes:
        return model_part(replace(case, song=replace(case.song, meters=IN_FOUR)), seed)

    def on_quarters(case: Case, seed: int) -> Notes:
        return longer(model_part(replace(case, song=in_quarters(case.song)), seed, DOTTED), 1 / DOTTED)

    songs = songs_of_source(folder, manifest, source)
    fours = [song for song in songs if song.meters == IN_FOUR]
    sixes = [replace(song, meters=IN_SIX, _stems={}) for song in fours if is_in_triplets(song)]
    kinds = {"4/4": fours, "3/4": [in_three(song, beat=2) for song in fours], "6/8": sixes}
    told_otherwise = {"3/4": ("told 4/4", told_four), "6/8": ("on quarters", on_quarters)}
    for stem in [Stem.parse(name, "instruments") for name in instruments.split(",")]:
        figures = DRUMS if stem is Stem.DRUMS else PITCHED
        print(f"| {stem.value}, windows | {' | '.join(figures)} |\n|{'---|' * (len(figures) + 1)}")
        for meter, those in kinds.items():
            if len(among := cut_cases(those, stem, cases)) < 2:
                continue
            writers: dict[str, Writer] = {
                "people": true_part,
                "another song's part": of_another(among),
                "msub": model_part,
            }
            if meter in told_otherwise:
                how, otherwise = told_otherwise[meter]
                writers[f"msub, {how}"] = otherwise
            for name, write in writers.items():
                print(row(f"{meter}, {name}", write, among, seeds), flush=True)


if __name__ == "__main__":
    typer.run(main)

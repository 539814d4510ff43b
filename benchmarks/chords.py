"""How well parts are written over drums and chord symbols alone (`--chords`).

    python benchmarks/chords.py data/midi/val --manifest MANIFEST --source rpbot_ultimate [--instruments bass,guitar]

Windows of 32 bars, as `msub evaluate midi` cuts them, in songs with drums. Printed are agreement, F1 of notes (pitch
class and sixteenth), F1 of onsets and notes a bar of what the model writes for

- the drums alone, with nothing else to go by, as `MidiInserter.write` does;
- the drums, and chords that are guessed by the seed, as `msub insert` does;
- the drums, and the song's chords as `midi_subtract.listening.chords` estimates them from its other parts;
- the whole song;
- the whole song and these chords beside it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from midi_subtract import MidiInserter
from midi_subtract.evaluation.cases import Case, cut_cases
from midi_subtract.evaluation.songs import songs_of_source
from midi_subtract.listening.chords import estimate_chords
from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.listening.sections import is_pickup
from midi_subtract.metrics import agreement, note_f1, onset_f1
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from subtract_core.evaluation.measures import mean_table
from subtract_core.evaluation.panel import own_seed
from subtract_core.stems import Stem


def chord_text(case: Case) -> str:
    """The chords of a song's pitched parts, bar by bar, from the first full one on as charts are read."""
    pitched = [notes for stem, notes in case.song.others(case.stem).items() if stem is not Stem.DRUMS]
    chords = estimate_chords(pitched, case.bar_starts)
    known = list(zip(chords.starts.tolist(), chords.chords, strict=True))
    lines = case.bar_starts[int(is_pickup(case.bar_starts)) :].tolist()
    bars = [[str(chord) for at, chord in known if a <= at < b] for a, b in pairwise(lines)]
    return " | ".join(" ".join(bar) for bar in bars)


def parts(case: Case, inserter: MidiInserter) -> dict[str, Notes]:
    """The parts to be measured."""
    drums = [track for track in case.song.tracks if track.stem is Stem.DRUMS]
    alone = replace(case.song, tracks=drums, least_steps=int(case.bar_starts[-1]), _stems={})
    seed, stem = own_seed(case.song_name, 0), case.stem
    sheet = LeadSheet.parse(chord_text(case))
    songs = {
        "drums": alone,
        "drums, guessed chords": LeadSheet.guess(seed).heard_in(alone, stem),
        "drums, its chords": sheet.heard_in(alone, stem),
        "whole song": case.song,
        "whole song, its chords": sheet.heard_in(case.song, stem),
    }
    return {name: inserter.write(song, stem, seed=seed) for name, song in songs.items()}


def figures(part: Notes, case: Case) -> list[float]:
    """Agreement, note F1, onset F1, notes a bar."""
    beats = int(case.bar_starts[-1]) // STEPS_PER_BEAT
    fit = [agreement(part, case.truth, beats), note_f1(part, case.truth), onset_f1(part, case.truth)]
    return [*fit, len(part) / (len(case.bar_starts) - 1)]


def main(
    folder: Annotated[Path, typer.Argument(help="A set made by `msub prepare midi`.")],
    manifest: Annotated[Path | None, typer.Option(help="What says of which source songs are.")] = None,
    source: Annotated[str | None, typer.Option(help="Songs of this source alone.")] = None,
    instruments: Annotated[str, typer.Option(help="Parts, separated by commas.")] = "bass,guitar",
    cases: Annotated[int, typer.Option(help="How many windows an instrument.", min=1)] = 60,
    model: Annotated[str, typer.Option(help="A folder, or a name of `msub models`.")] = "default",
) -> None:
    """Print a table for each instrument."""
    inserter = MidiInserter.from_pretrained(model, device="cpu")
    songs = songs_of_source(folder, manifest, source)
    for stem in [Stem.parse(name, "instruments") for name in instruments.split(",")]:
        rows: dict[str, list[list[float]]] = {}
        cut = [case for case in cut_cases(songs, stem, cases) if {Stem.DRUMS} < case.song.stems.keys()]
        for case in cut:
            for name, part in parts(case, inserter).items():
                rows.setdefault(name, []).append(figures(part, case))
        columns = ("agreement", "note F1", "onset F1", "notes per bar")
        print(mean_table(f"{stem.value}, {len(cut)} windows", columns, rows), flush=True)


if __name__ == "__main__":
    typer.run(main)

"""How well bars that are missing from a part are written, with the rest of the part there and without.

    python benchmarks/completion.py data/midi/val --manifest MANIFEST --source rpbot_ultimate [--instruments bass,drums]

Of windows of 32 bars, as `msub evaluate midi` cuts them, the part loses bars 13 to 20. Printed are F1 of notes (pitch
class or drum, and sixteenth), F1 of onsets, agreement and notes a bar over these bars, and the F1 of notes of one seed
against another's, of

- what the model writes for the whole window, knowing nothing of the part;
- what it writes for these bars, knowing the others (`only`), and so `afresh`;
- bars copied from where the other parts are most alike, which it starts from;
- the eight bars before, as somebody would copy them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from midi_subtract import MidiInserter
from midi_subtract.evaluation.cases import Case, cut_cases
from midi_subtract.evaluation.songs import songs_of_source
from midi_subtract.metrics import agreement, note_f1, onset_f1
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.completion import filled
from midi_subtract.programs import DEFAULT_PROGRAM
from midi_subtract.song import Track
from subtract_core.evaluation.measures import mean_table
from subtract_core.evaluation.panel import own_seed
from subtract_core.stems import Stem

FIRST, LAST = 13, 20
"""Bars that are missing, counted from 1."""


def parts(case: Case, inserter: MidiInserter, seed: int) -> dict[str, Notes]:
    """The parts to be measured, of which only the missing bars count."""
    lines, stem = case.bar_starts, case.stem
    start, stop = int(lines[FIRST - 1]), int(lines[LAST])
    rest = Notes.merge([case.truth.starting(0, start), case.truth.starting(stop, int(lines[-1]))])
    track = Track("", DEFAULT_PROGRAM[stem], stem is Stem.DRUMS, rest)
    song = replace(case.song, tracks=[*case.song.tracks, track], least_steps=int(lines[-1]), _stems={})
    played = np.histogram(rest.onset, bins=lines)[0] > 0
    before = int(lines[FIRST - 1 - (LAST - FIRST + 1)])
    seed = own_seed(case.song_name, seed)
    return {
        "model, nothing known": inserter.write(case.song, stem, seed=seed),
        "model, the rest known": inserter.write(song, stem, seed=seed, only=[(FIRST, LAST)]),
        "model, afresh": inserter.write(song, stem, seed=seed, only=[(FIRST, LAST)], afresh=True),
        "copied from the most alike": filled(rest, played, case.context, lines, pitched=case.stem is not Stem.DRUMS)[0][
            0
        ],
        "the eight bars before": case.truth.between(before, start).shifted(start),
    }


def figures(part: Notes, other: Notes, case: Case) -> list[float]:
    """Of the missing bars: note F1, onset F1, agreement, notes a bar; note F1 against `other`, that of another seed."""
    start, stop = int(case.bar_starts[FIRST - 1]), int(case.bar_starts[LAST])
    ours, others, theirs = (notes.between(start, stop) for notes in (part, other, case.truth))
    beats = -(-(stop - start) // STEPS_PER_BEAT)
    drums = case.stem is Stem.DRUMS
    fit = float("nan") if drums else agreement(ours, theirs, beats)
    alike = note_f1(ours, others, drums) if other is not part else float("nan")
    return [note_f1(ours, theirs, drums), onset_f1(ours, theirs), fit, len(ours) / (LAST - FIRST + 1), alike]


def main(
    folder: Annotated[Path, typer.Argument(help="A set made by `msub prepare midi`.")],
    manifest: Annotated[Path | None, typer.Option(help="What says of which source songs are.")] = None,
    source: Annotated[str | None, typer.Option(help="Songs of this source alone.")] = None,
    instruments: Annotated[str, typer.Option(help="Parts, separated by commas.")] = "bass,drums,guitar",
    cases: Annotated[int, typer.Option(help="How many windows an instrument.", min=1)] = 60,
    seeds: Annotated[int, typer.Option(help="How many parts of each.", min=1)] = 1,
    model: Annotated[str, typer.Option(help="A folder, or a name of `msub models`.")] = "default",
) -> None:
    """Print a table for each instrument."""
    inserter = MidiInserter.from_pretrained(model, device="cpu")
    songs = songs_of_source(folder, manifest, source)
    for stem in [Stem.parse(name, "instruments") for name in instruments.split(",")]:
        rows: dict[str, list[list[float]]] = {}
        used = 0
        for case in cut_cases(songs, stem, cases):
            if len(case.truth.starting(int(case.bar_starts[FIRST - 1]), int(case.bar_starts[LAST]))):
                used += 1
                drawn = [parts(case, inserter, seed) for seed in range(seeds)]
                for index, written in enumerate(drawn):
                    for name, part in written.items():
                        other = drawn[(index + 1) % seeds][name]
                        rows.setdefault(name, []).append(figures(part, other, case))
        columns = ("note F1", "onset F1", "agreement", "notes per bar", "seeds alike")
        print(mean_table(f"{stem.value}, {used} windows", columns, rows), flush=True)


if __name__ == "__main__":
    typer.run(main)

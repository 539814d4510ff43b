"""Where in the bar what kinds of notes begin: what `midi_subtract.listening.beats` hears beats by.

    python tools/count_metre.py data/midi/open -o midi_subtract/listening/metre.json

Counts songs in 4/4 out of sets made by `msub prepare midi`, each as a whole and without its drums, every song as much
as any other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from midi_subtract.listening.beats import BAR_BEATS, MARKS, on_grid
from midi_subtract.metrics import FloatArray
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.song import Song
from midi_subtract.training.store import iterate_songs
from subtract_core.files import write_file
from subtract_core.stems import Stem

FEWEST_BEATS = 32
BAR = BAR_BEATS * STEPS_PER_BEAT


def is_counted(song: Song) -> bool:
    """Whether a song has bars of four quarters all through, and enough of them."""
    return song.n_beats >= FEWEST_BEATS and song.is_common_time


def shares(songs: Iterable[Song]) -> FloatArray:
    """How much more often than on average something of each kind begins on each step of a bar, [MARKS, BAR]."""
    total = np.zeros((len(MARKS), BAR))
    for song in filter(is_counted, songs):
        for stems in (song.stems, song.others(Stem.DRUMS)):
            if stems:
                steps, marks = on_grid(stems)
                counts = np.zeros_like(total)
                np.add.at(counts, (marks, steps % BAR), 1)
                total += counts / max(1, len(steps))
    return np.asarray(total / np.maximum(total.mean(axis=1, keepdims=True), 1e-12), dtype=np.float64)


def main(
    folders: Annotated[list[Path], typer.Argument(help="Sets made by `msub prepare midi`.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")],
) -> None:
    """Count, and write the table."""
    table = shares(song for folder in folders for song in iterate_songs(folder))
    rows = {mark: [round(float(x), 3) for x in row] for mark, row in zip(MARKS, table, strict=True)}
    lines = ",\n".join(f'    "{mark}": {json.dumps(row)}' for mark, row in rows.items())
    write_file(out, f'{{\n  "shares": {{\n{lines}\n  }}\n}}\n'.encode(), overwrite=True)


if __name__ == "__main__":
    typer.run(main)

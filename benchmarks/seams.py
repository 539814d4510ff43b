"""Do windows agree where they meet? Similarity of neighbouring bars at window borders against inside windows.

    python benchmarks/seams.py DATA [--songs 12] [--model DIR]

DATA is a training set made by `msub prepare midi`. Whole songs are given a part; where windows meet, the bar before
and the bar after should be as alike as neighbouring bars are elsewhere. The truth's own figures show what the songs
themselves do at the same bars.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from midi_subtract.evaluation.cases import without_stem
from midi_subtract.inserter import MidiInserter
from midi_subtract.metrics import self_similarity
from midi_subtract.model.pipeline import DEFAULT_MODEL
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Song
from midi_subtract.training.store import load_songs
from subtract_core.model.sampler import window_starts
from subtract_core.stems import Stem


def border_bars(song: Song, length: int, overlap: float) -> np.ndarray:
    """Index of the bar in which each pair of neighbouring windows changes over (the middle of their overlap)."""
    starts = np.array(window_starts(song.n_beats, length, overlap))
    middle = (starts[1:] + starts[:-1] + length) / 2 * STEPS_PER_BEAT
    bars: np.ndarray = np.searchsorted(song.bar_starts(song.last_step), middle, side="right") - 1
    return bars


def neighbour_similarity(part: Notes, stem: Stem, song: Song) -> np.ndarray:
    """Similarity of every bar with the next, NaN where one of them is silent."""
    lines = song.bar_starts(song.last_step)
    matrix = self_similarity({stem: part}, lines)
    played = np.histogram(part.onset, lines)[0] > 0
    values: np.ndarray = np.where(played[:-1] & played[1:], np.diagonal(matrix, offset=1), np.nan)
    return values


def main(
    data: Annotated[Path, typer.Argument(help="Prepared training set of held-out songs.")],
    songs: Annotated[int, typer.Option(help="Songs an instrument.")] = 12,
    instruments: Annotated[str, typer.Option(help="Stems, separated by commas.")] = "bass,drums,guitar",
    model: Annotated[str, typer.Option(help="Checkpoint folder, or a model of the package.")] = DEFAULT_MODEL,
    seed: Annotated[int, typer.Option(help="Seed of songs and parts.")] = 0,
) -> None:
    """Print mean similarity of neighbouring bars at borders and inside, for the model and the truth."""
    inserter = MidiInserter.from_pretrained(model)
    length, overlap = inserter.pipeline.denoiser.config.frames, inserter.pipeline.sampler.overlap
    everything = load_songs(data)
    print("| stem | borders | model, borders | model, inside | truth, borders | truth, inside |")
    print("|---" * 6 + "|")
    for stem in (Stem.parse(name) for name in instruments.split(",")):
        long = [s for s in everything if 2 * length < s.n_beats < 8 * length]
        fit = [s for s in long if stem in s.stems and len(s.stems) > 2]
        chosen = np.random.default_rng(seed).permutation(len(fit))[:songs]
        found: dict[str, list[np.ndarray]] = {"model": [], "truth": []}
        at_border: list[np.ndarray] = []
        for song in (fit[i] for i in chosen):
            bars = border_bars(song, length, overlap)
            written = inserter.write(without_stem(song, stem), stem, seed=seed)
            for name, part in (("model", written), ("truth", song.stem(stem))):
                found[name].append(neighbour_similarity(part, stem, song))
            mask = np.zeros(len(found["truth"][-1]), dtype=bool)
            for bar in bars:  # the pair that holds the change-over, and its neighbours
                mask[max(0, bar - 1) : bar + 1] = True
            at_border.append(mask)
        border = np.concatenate(at_border)
        cells = []
        for name in ("model", "truth"):
            values = np.concatenate(found[name])
            cells += [f"{np.nanmean(values[border]):.3f}", f"{np.nanmean(values[~border]):.3f}"]
        print(f"| {stem.value} | {int(border.sum())} | {' | '.join(cells)} |")


if __name__ == "__main__":
    typer.run(main)

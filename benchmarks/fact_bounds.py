"""How parts are usually played: quantiles of every scale a stem, and how often each name of a choice applies.

    python benchmarks/fact_bounds.py DATA --songs 600

DATA is a training set made by `msub prepare midi`. One random 32-bar window a song. `subtract_core.levels.BOUNDS` was
read off the first table; the second one tells rules that never or always apply.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from midi_subtract.listening.facts import song_facts
from midi_subtract.song import Song
from midi_subtract.training.store import unpack_songs
from subtract_core.facts import CHOICES, SCALES, StemFacts
from subtract_core.stems import STEMS, Stem

BARS = 32
MIN_NOTES = 16
"""Fewest notes of a part in a window that is measured."""
QUANTILES = (0.1, 0.3, 1 / 3, 0.5, 2 / 3, 0.7, 0.9)


def sample_songs(data: Path, match: str, n: int, rng: np.random.Generator) -> list[Song]:
    """`n` random songs out of twelve random shards, for a shard takes long to read."""
    shards = sorted((data / "shards").glob(f"{match}.npz"))
    songs: list[Song] = []
    for index in rng.permutation(len(shards))[:12]:
        with np.load(shards[index]) as arrays:
            songs += unpack_songs(dict(arrays))
    return [songs[i] for i in rng.permutation(len(songs))[:n]]


def window_facts(song: Song, rng: np.random.Generator) -> dict[Stem, StemFacts]:
    """The facts of every stem in a random window."""
    lines = song.bar_starts(song.last_step)
    first = int(rng.integers(max(1, len(lines) - BARS)))
    start, stop = int(lines[first]), int(lines[min(first + BARS, len(lines) - 1)])
    inside = {s: np.count_nonzero((n.onset >= start) & (n.onset < stop)) for s, n in song.stems.items()}
    return {stem: song_facts(song, stem, start, stop) for stem, n in inside.items() if n >= MIN_NOTES}


def main(
    data: Annotated[Path, typer.Argument(help="Prepared training set.", exists=True)],
    songs: Annotated[int, typer.Option(help="Songs, one window each.")] = 600,
    match: Annotated[str, typer.Option(help="Only shards whose name matches this pattern.")] = "*",
    seed: Annotated[int, typer.Option(help="Seed of the choice of songs and windows.")] = 0,
) -> None:
    """Print quantiles of scales, then shares of choices, a line a stem."""
    rng = np.random.default_rng(seed)
    measured = [window_facts(song, rng) for song in sample_songs(data, match, songs, rng)]
    parts = {stem: [facts[stem] for facts in measured if stem in facts] for stem in STEMS}
    for scale in SCALES:
        print(f"\n{scale.name}: quantiles {', '.join(f'{q:.2f}' for q in QUANTILES)}; parts per word")
        for stem in scale.stems:
            values = [facts.scales[scale.name] for facts in parts[stem] if scale.name in facts.scales]
            words = Counter(facts.words[scale.name] for facts in parts[stem] if scale.name in facts.words)
            row = " ".join(f"{q:8.2f}" for q in np.quantile(values, QUANTILES)) if values else "-"
            print(f"  {stem.value:8}{len(values):5} {row}   {[words[w] for w in scale.words]}")
    for choice in CHOICES:
        for stem, options in choice.options.items():
            counts = Counter(name for facts in parts[stem] for name in facts.choices.get(choice.name, ()))
            shares = ", ".join(f"{o} {counts[o] / max(len(parts[stem]), 1):.1%}" for o in options)
            if counts:
                print(f"\n{choice.name}, {len(parts[stem])} {stem.value} parts: {shares}")


if __name__ == "__main__":
    typer.run(main)

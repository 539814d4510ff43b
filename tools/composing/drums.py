"""Drums of a song: human performances from a Groove archive, or patterns by rule."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from random import Random

from midi_subtract.files.reader import read_song
from midi_subtract.training.styles import stated_styles
from tools.composing.rhythm import BAR, BEAT, Note, hits, step_of, velocity

KICK, SNARE, STICK, CLOSED, OPEN, CRASH, RIDE = 36, 38, 37, 42, 46, 49, 51
KICK_KEYS = (35, 36)
TOMS = (50, 48, 47, 43)
MIN_BARS = 8
_NAME = re.compile(r"\d+_[a-z0-9-]+_\d+_beat_4-4")
# Groove's drummers played a Roland kit, whose edges of the hats and rims of the toms have keys outside General MIDI.
_KEY_OF_ROLAND = {22: CLOSED, 26: OPEN, 58: 43}
# Share of the error of strokes at random; what is looser follows neither grid. Sixteenths of a fast song are played
# less evenly than a shuffle.
_STRAIGHT_ERROR, _SWUNG_ERROR = 0.85, 0.65


@dataclass(frozen=True)
class Performance:
    """A drummer's notes on the grid. tempo: quarter notes a minute; swing: triplet eighths in place of sixteenths."""

    name: str
    style: str
    tempo: float
    swing: bool
    bars: tuple[tuple[Note, ...], ...]


def read_performances(archive: Path) -> list[Performance]:
    """The 4/4 beats of eight bars or more that follow the grid and state a style, in order of their names."""
    found = []
    with tarfile.open(archive) as tar:
        for member in tar:
            handle = tar.extractfile(member) if _NAME.fullmatch(PurePosixPath(member.name).stem) else None
            performance = _performance(member.name, handle.read()) if handle else None
            if performance:
                found.append(performance)
    return sorted(found, key=lambda p: p.name)


def _performance(name: str, data: bytes) -> Performance | None:
    styles = stated_styles(PurePosixPath(name).name)
    song = read_song(data, name)
    notes = [
        (int(at), _KEY_OF_ROLAND.get(int(pitch), int(pitch)), int(loud))
        for track in song.tracks
        for at, pitch, loud in zip(track.notes.onset, track.notes.pitch, track.notes.velocity, strict=True)
    ]
    if not styles or not notes:
        return None
    straight, swung = (_grid_error([at for at, _, _ in notes], unit) for unit in (3, 4))
    swing = swung < min(straight, _SWUNG_ERROR)
    if not swing and straight > _STRAIGHT_ERROR:
        return None
    bars = _in_bars(notes, 4 if swing else 3)
    return Performance(name, styles[0], round(song.tempo_at(0), 2), swing, bars) if len(bars) >= MIN_BARS else None


def _grid_error(onsets: Sequence[int], unit: int) -> float:
    """Mean distance to multiples of the unit, in steps, over that of onsets at random."""
    distance = [min(d, unit - d) for d in range(unit)]
    return sum(distance[at % unit] for at in onsets) / len(onsets) / (sum(distance) / unit)


def _in_bars(notes: Sequence[tuple[int, int, int]], unit: int) -> tuple[tuple[Note, ...], ...]:
    """Notes from their bar line, moved to the grid; the last bar only where it is played for more than half of it."""
    snapped = {((at + unit // 2) // unit * unit, pitch): loud for at, pitch, loud in notes}
    count = (max(at for at, _ in snapped) + BAR // 2) // BAR
    bars: list[list[Note]] = [[] for _ in range(count)]
    for (at, pitch), loud in sorted(snapped.items()):
        if at < count * BAR:
            bars[at // BAR].append(Note(at % BAR, at % BAR + 3, pitch, loud))
    return tuple(map(tuple, bars))


def excerpt(performance: Performance, first: int, bars: int) -> list[Note]:
    """That many bars from the first on, the performance in a loop."""
    loop = performance.bars
    return [
        n._replace(start=n.start + bar * BAR, end=n.end + bar * BAR)
        for bar in range(bars)
        for n in loop[(first + bar) % len(loop)]
    ]


_BACKBEAT = "....X.......X..."
_KICKS: dict[str, tuple[str, ...]] = {
    "rock": ("X.......X.......", "X.......X.x.....", "X.....x.X.......", "X.x.....X.......", "X.....x.X.x.....",
             "X.......x.x...x.", "X..x....X.x.....", "X.....x...x.....", "X...x...X...x...", "X......xX......."),
    "pop": ("X.......X.......", "X.....x.X.......", "X.....x...x.....", "X..x..x.X.......", "X.......X.x...x.",
            "X.....xx..x....."),
    "dance": ("X...X...X...X...", "X...X...X...X.x.", "X...X...X..xX...", "X..x..x.X..x..x."),
    "ballad": ("X.......x.......", "X.......X.....x.", "X.........x.....", "X......xX......."),
}  # fmt: skip
_HATS: dict[str, tuple[str, ...]] = {
    "rock": ("X.x.X.x.X.x.X.x.", "X.x.X.x.X.x.X.x.", "X...X...X...X...", "x.x.x.x.x.x.x.x."),
    "pop": ("X.x.X.x.X.x.X.x.", "xxxxxxxxxxxxxxxx", "x.xxx.xxx.xxx.xx", "X...X...X...X..."),
    "dance": ("..X...X...X...X.", "x.X.x.X.x.X.x.X.", "xxXxxxXxxxXxxxXx"),
    "ballad": ("X.x.X.x.X.x.X.x.", "X...x...X...x...", "..x...x...x...x."),
}
_FILLS = (
    "............xxxx",
    "............x.xx",
    "........x.xxxxxx",
    "..........x.x.x.",
    "............x.x.",
    "........xxxxxxxx",
)
RULED_STYLES = tuple(_KICKS)


def ruled(rng: Random, style: str, bars: int, loud: int, swing: bool) -> list[Note]:
    """Plain drums of one of the `RULED_STYLES`, with variations and a fill at the end. loud: velocity."""
    kicks = [rng.choice(_KICKS[style])] * 2
    if rng.random() < 0.5:
        kicks[1] = rng.choice(_KICKS[style])
    hat, snare = rng.choice(_HATS[style]), rng.choice([SNARE, SNARE, SNARE, STICK if style == "ballad" else SNARE])
    top = rng.choices([CLOSED, RIDE, OPEN, CRASH], [6, 2, 1, 0.3 if style == "rock" else 0])[0]
    backbeat = rng.choices([_BACKBEAT, "........X.......", "....X.......X..x"], [8, 1, 1])[0]
    notes: list[Note] = []
    every, crash = rng.choice([4, 8, 8]), rng.random() < 0.7
    for bar in range(bars):
        fills = bar % every == every - 1 and rng.random() < 0.75
        cells = [(kicks[bar % 2], KICK, 0), (backbeat, snare, 4), (hat, top, -16)]
        notes += _bar(rng, cells, bar * BAR, loud, swing)
        if crash and bar == 0:
            notes = [n for n in notes if n.start or n.pitch != top] + [Note(0, 3, CRASH, velocity(rng, loud, 0))]
        if fills:
            notes = _with_fill(rng, notes, bar * BAR, loud, swing)
    return notes


def _bar(rng: Random, cells: Sequence[tuple[str, int, int]], start: int, loud: int, swing: bool) -> list[Note]:
    return [
        Note(start + hit.at, start + hit.at + 3, key, velocity(rng, loud + louder, hit.at, hit.accent))
        for cell, key, louder in cells
        for hit in hits(cell, swing)
        if rng.random() > 0.02
    ]


def _with_fill(rng: Random, notes: list[Note], start: int, loud: int, swing: bool) -> list[Note]:
    """A run over snare and toms in place of what the bar ends with; the kick goes on."""
    cell = rng.choice(_FILLS)
    first = start + step_of(cell.index("x"), swing)
    kept = [n for n in notes if n.start < first or (n.pitch == KICK and n.start % BEAT == 0)]
    drums = (SNARE, *TOMS)
    run = hits(cell, swing)
    for place, hit in enumerate(run):
        at = start + hit.at
        key = SNARE if rng.random() < 0.25 else drums[place * len(drums) // len(run)]
        kept.append(Note(at, at + 3, key, velocity(rng, loud + 4, at)))
    return kept

"""Notes in time: rhythm cells, the swung grid, and what happens to notes after they were written.

All times are steps, a twelfth of a quarter note, and all bars are in 4/4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import NamedTuple

BEAT, BAR = 12, 48
_STRAIGHT, _SWUNG = (0, 3, 6, 9), (0, 4, 8, 10)


class Note(NamedTuple):
    """start, end: steps; velocity: 1-127."""

    start: int
    end: int
    pitch: int
    velocity: int


class Hit(NamedTuple):
    """An attack of a rhythm cell: steps after the bar line, steps it lasts, and whether it is an accent."""

    at: int
    length: int
    accent: bool


def step_of(sixteenth: int, swing: bool) -> int:
    """Where the sixteenth of a bar lies; with swing, the second eighth of a beat is the last third of it."""
    return sixteenth // 4 * BEAT + (_SWUNG if swing else _STRAIGHT)[sixteenth % 4]


def hits(cell: str, swing: bool) -> list[Hit]:
    """Attacks of a cell of 16 sixteenths: `x` an attack, `X` an accent, `-` holds on, `.` is silent."""
    found = []
    for place, sign in enumerate(cell):
        if sign in "xX":
            end = place + 1
            while end < len(cell) and cell[end] == "-":
                end += 1
            start = step_of(place, swing)
            found.append(Hit(start, step_of(end, swing) - start, sign == "X"))
    return found


def random_cell(rng: Random, density: float, syncopation: float) -> str:
    """A cell of chance. density, syncopation: 0 (sparse, on the beat) to 1 (sixteenths, off the beat)."""
    weight = (1.0, 0.35 * syncopation, 0.75, 0.3 * syncopation + 0.2 * density)
    cell = ""
    for place in range(16):
        strong = weight[place % 4] * (1 - 0.6 * syncopation * rng.random())
        attack = rng.random() < strong * (0.25 + density) or (place == 0 and rng.random() < 0.85)
        rest = "." if rng.random() < 0.2 or not cell else cell[-1]
        cell += ("X" if rng.random() < 0.25 else "x") if attack else ("." if rest == "." else "-")
    return cell if cell.strip(".-") else "x---------------"


class Pattern(NamedTuple):
    """Cells that take turns bar by bar, and one for the last bar of a section."""

    cells: tuple[str, ...]
    last: str

    def bar(self, index: int, bars: int) -> str:
        """The cell of a section's bar."""
        return self.last if index == bars - 1 else self.cells[index % len(self.cells)]


def draw_pattern(rng: Random, cells: Sequence[str], density: float, chance: float) -> Pattern:
    """One, two or four bars of the cells given, or of random ones with probability `chance`."""

    def one() -> str:
        return random_cell(rng, density, rng.random()) if rng.random() < chance else rng.choice(cells)

    first, second = one(), one()
    turns = rng.choice([(first,), (first,), (first, second), (first, first, first, second)])
    return Pattern(turns, second if rng.random() < 0.4 else first)


def pick(rng: Random, weights: Mapping[str, float]) -> str:
    """A name, as likely as its weight says."""
    return rng.choices(list(weights), list(weights.values()))[0]


def velocity(rng: Random, base: int, start: int, accent: bool = False) -> int:
    """Louder on accents and strong beats, and never twice the same."""
    beat = 5 if start % BAR == 0 else 2 if start % (2 * BEAT) == 0 else 0 if start % BEAT == 0 else -4
    return max(1, min(127, base + beat + (11 if accent else 0) + round(rng.gauss(0, 4))))


def pushed(notes: Iterable[Note], changes: Iterable[int], swing: bool) -> list[Note]:
    """The notes with those at the given times an eighth early, in place of whatever sounded there."""
    ahead = 4 if swing else 6
    moved = list(notes)
    for change in changes:
        if not any(n.start == change for n in moved):
            continue
        early = change - ahead
        kept = []
        for n in moved:
            if n.start == change:
                kept.append(n._replace(start=early))
            elif n.start < early < n.end:
                kept.append(n._replace(end=early))
            elif not early <= n.start < change:
                kept.append(n)
        moved = kept
    return moved


def varied(notes: Iterable[Note], rng: Random, amount: float) -> list[Note]:
    """The notes of a section that returns: a few are missing, cut short, or louder."""
    result = []
    dropped: dict[int, float] = {}
    for n in notes:
        chance = dropped.setdefault(n.start, rng.random())  # notes of a chord share their fate
        if chance < amount and n.start % BAR:
            continue
        cut = chance > 1 - amount and n.end - n.start > 6
        end = n.start + (n.end - n.start) // 2 if cut else n.end
        result.append(n._replace(end=end, velocity=max(1, min(127, n.velocity + rng.randint(-4, 4)))))
    return result


def monophonic(notes: Iterable[Note]) -> list[Note]:
    """The notes of one voice, each ending where the next begins at the latest."""
    voice = sorted(notes)
    return [
        n._replace(end=min(n.end, after.start)) if after else n
        for n, after in zip(voice, [*voice[1:], None], strict=True)
        if after is None or after.start > n.start
    ]

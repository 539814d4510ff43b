"""Melodies: phrases of motifs that return, chord tones where the beat is strong, steps between, and breath."""

from __future__ import annotations

from random import Random

from tools.composing.rhythm import BAR, BEAT, Note, hits, monophonic, random_cell, velocity
from tools.composing.section import Section

CELLS = (
    "x---x---x-x-x---", "x-----x-x---....", "..x-x-x-x-----..", "x-x-x---x-x-x---", "....x-x-x-x-x-x-",
    "x--x--x---x-x---", "x-------x---x---", "x---------------", "..x---x---x-x-x-", "xx-x-x--x-x-....",
)  # fmt: skip


def play(section: Section, rng: Random, register: int) -> list[Note]:
    """The melody of a section around the pitch `register`; phrases of two or four bars, the last bar half at rest."""
    length = rng.choice([2, 4, 4])
    leap, gate = rng.choice([0.05, 0.15, 0.3]), rng.choice([0.8, 1, 1])
    form = rng.choice(["ab", "aab", "aaba", "abac", "abcb"])
    phrases: dict[str, list[str]] = {}
    moves: dict[str, list[int]] = {}
    notes: list[Note] = []
    pitch = register + rng.randint(-4, 5)
    for first in range(0, section.bars, length):
        name = form[first // length % len(form)]
        if name not in phrases:
            phrases[name] = _phrase(section, rng, length)
            moves[name] = [_move(rng, leap) for _ in range(16 * length)]
        cells = phrases[name][: section.bars - first]
        place = 0
        for bar, cell in enumerate(cells, start=first):
            for hit in hits(cell, section.swing):
                start = bar * BAR + hit.at
                pitch = _next(section, start, pitch, moves[name][place], register)
                place += 1
                end = start + max(2, round(hit.length * gate))
                notes.append(Note(start, end, pitch, velocity(rng, section.loud + 8, start, hit.accent)))
    return monophonic(notes)


def _phrase(section: Section, rng: Random, length: int) -> list[str]:
    """One cell a bar: a motif that comes back within the phrase, and an end with room to breathe."""

    def one() -> str:
        return random_cell(rng, section.density, rng.random()) if rng.random() < 0.6 else rng.choice(CELLS)

    motif, other = one(), one()
    cells = [motif, other, motif, one()][:length]
    rest = rng.choice([0, 4, 8, 8, 12])
    cells[-1] = cells[-1][: 16 - rest] + "." * rest
    return cells


def _move(rng: Random, leap: float) -> int:
    """Steps of the scale to the next note."""
    if rng.random() < leap:
        return rng.choice([-5, -4, -3, 3, 4, 5])
    return rng.choice([-2, -1, -1, -1, 0, 1, 1, 1, 2])


def _next(section: Section, start: int, pitch: int, move: int, register: int) -> int:
    """The pitch after a move, drawn back to the register, on a strong beat a tone of the chord."""
    if abs(pitch - register) > 9:
        move = -abs(move) if pitch > register else abs(move)
    tones = section.harmony.at(start).tones
    strong = start % (2 * BEAT) == 0
    allowed = tones if strong else (*section.key.scale, *tones) if move == 0 else section.key.scale
    goal = pitch + round(move * 12 / 7)
    return min(range(goal - 6, goal + 7), key=lambda p: (p % 12 not in allowed, abs(p - goal), p))

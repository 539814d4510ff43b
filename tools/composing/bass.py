"""Bass lines: with the kick, in cells, walking, or as a riff."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from tools.composing.harmony import Chord, nearest
from tools.composing.rhythm import BAR, BEAT, Hit, Note, Pattern, draw_pattern, hits, monophonic, pick, velocity
from tools.composing.section import Section, held

LOW, HIGH = 28, 55
_PEDAL = 0.04
FIGURES = {"kick": 9.0, "cells": 5.0, "eighths": 5.0, "walking": 1.5, "riff": 2.0, "held": 3.0, "off-beat": 1.0,
           "octaves": 1.5}  # fmt: skip
CELLS: dict[str, tuple[str, ...]] = {
    "cells": ("X-----x-x-------", "X-----x-----x-x-", "X---x---x---x---", "X-------x-------", "X-----x-x-----x-",
              "X--x--x---x-x---", "X..x..x...x.x...", "X-----------x-x-", "X.xx..x.x.x...x.", "X---------x-x---",
              "X--x--x-x--x--x-", "x-x---x-x-x-----", "X...x.x.....x.x.", "X..xx-..x..x..x."),
    "eighths": ("x-x-x-x-x-x-x-x-", "X-x-x-x-X-x-x-x-", "x-x-x-x-x-x-x---", "x.x.x.x.x.x.x.x."),
    "walking": ("x---x---x---x---", "x---x---x---x---", "x---x---x---x-x-"),
    "riff": ("X-x-..x-..x-x-..", "X--x--x-x---x-x-", "X.xx.x..X..x.x..", "x-x-x-x-x---....", "X---x-x-..x-x-x-"),
    "held": ("X---------------", "X---------------", "X-------x-------", "X-----------x---"),
    "off-beat": ("..x-..x-..x-..x-", "..X-..x-..X-..x-", "..x...x...x...x."),
    "octaves": ("x-x-x-x-x-x-x-x-", "x..xx..xx..xx..x", "x-.xx-.xx-.xx-.x"),
}  # fmt: skip


def play(section: Section, rng: Random, figures: dict[str, float]) -> list[Note]:
    """The bass of a section. figures: weights of `FIGURES`."""
    figure = pick(rng, figures)
    if figure == "kick" and not section.kick:
        figure = "cells"
    centre, gate = rng.randint(33, 42), 1 if figure == "held" else rng.choice([0.5, 0.75, 0.9, 1, 1, 1])
    wander, approach = rng.choice([0, 0.1, 0.25, 0.45]), rng.choice([0, 0, 0.3, 0.7])
    if figure == "eighths":
        wander /= 4
    if rng.random() < _PEDAL:
        section = _over_pedal(section)
    rhythm = _rhythm(section, rng, figure)
    motif = _motif(rng, section) if figure == "riff" else []
    notes: list[Note] = []
    place = 0
    for bar, cell in enumerate(rhythm):
        for index, hit in enumerate(cell):
            start = bar * BAR + hit.at
            chord = section.harmony.at(start)
            change = section.harmony.change_after(start)
            new_chord = not notes or section.harmony.at(notes[-1].start) != chord
            root = nearest(chord.bass, centre)
            if figure == "octaves":
                pitch = root if new_chord or index % 2 == 0 else root + 12
            elif figure == "walking":
                before = notes[-1].pitch if notes else root
                pitch = nearest(chord.bass, before) if new_chord else _step_on(rng, section, chord, start, before)
            elif motif:
                place = 0 if new_chord else place + 1
                pitch = nearest((chord.bass + motif[place % len(motif)]) % 12, root + 3)
            else:
                pitch = root if new_chord or hit.at == 0 else _tone(rng, chord, root, wander)
            following = section.harmony.at(change)
            if change - start <= BEAT and not new_chord and following != chord and rng.random() < approach:
                pitch = nearest(following.bass, centre) + rng.choice([-1, -2, 1, 2, -5, 7])
            end = min(start + max(2, round(hit.length * gate)), max(change, start + 2))
            notes.append(Note(start, end, _in_range(pitch), velocity(rng, section.loud + 4, start, hit.accent)))
    return monophonic(notes)


def _over_pedal(section: Section) -> Section:
    """The section with the tonic under all its chords."""
    chords = tuple(replace(chord, bass=section.key.tonic) for chord in section.harmony.chords)
    return replace(section, harmony=replace(section.harmony, chords=chords))


def _rhythm(section: Section, rng: Random, figure: str) -> list[list[Hit]]:
    """The hits of each bar."""
    if figure == "kick":
        return _kicked(section, rng)
    chance = {"cells": 0.45, "riff": 0.4}.get(figure, 0.0)
    tries = rng.choice([1, 6, 12]) if chance else 1
    patterns = [draw_pattern(rng, CELLS[figure], min(1.0, section.density + 0.2), chance) for _ in range(tries)]
    pattern = max(patterns, key=lambda p: _with_kick(section, p))
    rhythm = [hits(pattern.bar(bar, section.bars), section.swing) for bar in range(section.bars)]
    return [_struck_at_changes(section, bar, cell) for bar, cell in enumerate(rhythm)] if figure == "held" else rhythm


def _with_kick(section: Section, pattern: Pattern) -> float:
    """How well a pattern goes with the kick: F1 of its attacks, 0 without one."""
    at = {b * BAR + h.at for b in range(section.bars) for h in hits(pattern.bar(b, section.bars), section.swing)}
    return 2 * len(at & {*section.kick}) / (len(at) + len(section.kick))


def _struck_at_changes(section: Section, bar: int, cell: list[Hit]) -> list[Hit]:
    """Long notes begin anew with each chord."""
    return held(section.changes(bar) | {h.at for h in cell})


def _kicked(section: Section, rng: Random) -> list[list[Hit]]:
    """A note with each kick, held to the next or short, now and then one more or one less."""
    legato, extra, missing = rng.random() < 0.6, rng.choice([0, 0.05, 0.15, 0.25]), rng.choice([0, 0.05])
    rhythm = []
    for bar in range(section.bars):
        at = {k - bar * BAR for k in section.kick if bar * BAR <= k < (bar + 1) * BAR and rng.random() >= missing}
        at |= {e for e in range(0, BAR, BEAT // 2) if not section.swing and rng.random() < extra}
        starts = sorted(at or {0})
        ends = [*starts[1:], BAR]
        rhythm.append([Hit(a, b - a if legato else min(b - a, 6), a == 0) for a, b in zip(starts, ends, strict=True)])
    return rhythm


def _tone(rng: Random, chord: Chord, root: int, wander: float) -> int:
    """The root, or with probability `wander` another tone of the chord."""
    if rng.random() >= wander:
        return root
    tones = [t for t in chord.tones if t != chord.bass] or [chord.root]
    return root + 12 if rng.random() < 0.25 else nearest(rng.choice([*tones, tones[-1]]), root + 2)


def _motif(rng: Random, section: Section) -> list[int]:
    """Semitones above the bass note that a riff goes through, mostly tones that any chord has."""
    fifth = 7 if section.harmony.chords[0].fifth == 7 else 0
    return [0, *(rng.choice([0, 0, 0, fifth, fifth, 10, 12]) for _ in range(rng.randint(2, 6)))]


def _step_on(rng: Random, section: Section, chord: Chord, start: int, before: int) -> int:
    """A walking line: chord tones on the strong beats, steps of the scale between them."""
    strong = start % (2 * BEAT) == 0
    pitches = [p for p in range(before - 5, before + 6) if p != before and LOW <= p <= HIGH]
    near = [p for p in pitches if p % 12 in (chord.tones if strong else (*section.key.scale, *chord.tones))]
    return rng.choice([p for p in near if strong or abs(p - before) <= 4] or [before])


def _in_range(pitch: int) -> int:
    while pitch < LOW:
        pitch += 12
    while pitch > HIGH:
        pitch -= 12
    return pitch

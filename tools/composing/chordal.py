"""Keys and strings: voice-led chords, comped, broken, or held."""

from __future__ import annotations

from random import Random

from tools.composing.harmony import nearest, voice_led
from tools.composing.rhythm import BAR, Hit, Note, draw_pattern, hits, pick, velocity
from tools.composing.section import Section, held

KEYS_FIGURES = {"block": 4.0, "arpeggio": 2.0, "comping": 2.5, "broken octaves": 1.0, "held": 2.5, "off-beat": 1.0}
STRINGS_FIGURES = {"held": 6.0, "line": 2.0, "block": 0.7}
CELLS: dict[str, tuple[str, ...]] = {
    "block": ("X---x---x---x---", "X-x-x-x-x-x-x-x-", "X-------x-------", "X-----x-x-------", "X--x--x-x--x--x-",
              "X-----x-----x---", "x---X---x---X---"),
    "arpeggio": ("x-x-x-x-x-x-x-x-", "xxxxxxxxxxxxxxxx", "x-x-x-x-x-x-x-x-", "x---x---x---x---"),
    "comping": ("X--x..x...x-....", "..x-..x-....x-..", "x-....x-....x...", "....x-....x-x...", "X..x..x...x.....",
                "..x...x-..x...x-"),
    "broken octaves": ("x-x-x-x-x-x-x-x-", "X---x---x---x---"),
    "held": ("X---------------", "X-------x-------"),
    "off-beat": ("..x...x...x...x.", "..X-..X-..X-..X-", "....x.......x..."),
    "line": ("X-------x-------", "X---------------", "X---x---x-------", "X-----x-x---x---"),
}  # fmt: skip


def play_keys(section: Section, rng: Random, figures: dict[str, float], register: int) -> list[Note]:
    """The keys of a section, the right hand around `register` and sometimes a left hand. figures: `KEYS_FIGURES`."""
    figure = pick(rng, figures)
    notes = _chords(section, rng, figure, register + rng.choice([-5, 0, 0, 4]))
    if rng.random() < 0.45:
        notes += _left_hand(section, rng)
    return notes


def play_strings(section: Section, rng: Random, figures: dict[str, float], register: int) -> list[Note]:
    """The strings of a section. figures: weights of `STRINGS_FIGURES`."""
    figure = pick(rng, figures)
    if figure == "line":
        return _line(section, rng, register)
    notes = _chords(section, rng, figure, register)
    if rng.random() < 0.3:
        notes += [n._replace(pitch=n.pitch + 12) for n in notes if n.pitch >= register + 2]
    return notes


def _chords(section: Section, rng: Random, figure: str, centre: int) -> list[Note]:
    pattern = draw_pattern(rng, CELLS[figure], section.density, 0.35 if figure in ("block", "comping") else 0.0)
    gate = rng.choice([0.6, 0.9, 1, 1])
    order = [rng.randrange(6) for _ in range(8)] if rng.random() < 0.3 else [0, 1, 2, 3, 2, 1]
    most = rng.choice([3, 4, 4])
    notes = []
    voices: list[int] = []
    place, before = 0, None
    for bar in range(section.bars):
        for hit in _hits(section, bar, pattern.bar(bar, section.bars), figure):
            start = bar * BAR + hit.at
            chord = section.harmony.at(start)
            if chord != before:
                voices, place, before = voice_led(chord, voices, centre), 0, chord
            change = section.harmony.change_after(start)
            end = min(start + max(2, round(hit.length * (1 if figure == "held" else gate))), change)
            loud = velocity(rng, section.loud - 6, start, hit.accent)
            for pitch in _sounding(figure, voices[:most], order, place):
                notes.append(Note(start, end, pitch, max(1, loud - rng.randint(0, 4))))
            place += 1
    return notes


def _hits(section: Section, bar: int, cell: str, figure: str) -> list[Hit]:
    """The cell's hits; held chords last until the next one, and are struck where the harmony changes."""
    if figure != "held":
        return hits(cell, section.swing)
    return held(section.changes(bar) or {0})


def _sounding(figure: str, voices: list[int], order: list[int], place: int) -> list[int]:
    """Which pitches the stroke of a figure has."""
    if figure == "arpeggio":
        ladder = [*voices, *(v + 12 for v in voices)]
        return [ladder[order[place % len(order)] % len(ladder)]]
    if figure == "broken octaves":
        return [voices[0] - 12] if place % 2 == 0 else voices
    return voices


def _left_hand(section: Section, rng: Random) -> list[Note]:
    octaves, centre = rng.random() < 0.4, rng.choice([36, 41, 43])
    notes = []
    for start, end, chord in section.harmony.spans():
        root = nearest(chord.bass, centre)
        for at in range(start, end, BAR):
            stop = min(end, at + BAR)
            loud = velocity(rng, section.loud - 8, at)
            notes += [Note(at, stop, p, loud) for p in ([root, root - 12] if octaves and root >= 36 else [root])]
    return notes


def _line(section: Section, rng: Random, register: int) -> list[Note]:
    """One voice in long notes, or two in octaves, that moves as little as it can."""
    pattern = draw_pattern(rng, CELLS["line"], section.density, 0.0)
    octave = rng.choice([0, 0, 12])
    notes = []
    pitch = register + 7
    for bar in range(section.bars):
        for hit in hits(pattern.bar(bar, section.bars), section.swing):
            start = bar * BAR + hit.at
            tones = section.harmony.at(start).tones
            near = sorted((p for p in range(pitch - 7, pitch + 8) if p % 12 in tones), key=lambda p: abs(p - pitch))
            pitch = rng.choice(near[:3])
            pitch -= 12 if pitch > register + 19 else -12 if pitch < register - 5 else 0
            end = min(start + hit.length, max(section.harmony.change_after(start), start + 3))
            loud = velocity(rng, section.loud - 4, start)
            notes += [Note(start, end, p, loud) for p in ({pitch, pitch + octave})]
    return sorted(notes)

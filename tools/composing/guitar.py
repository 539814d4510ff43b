"""Guitar parts: strummed and picked voicings of the six strings, power chords, riffs."""

from __future__ import annotations

from random import Random

from tools.composing.harmony import QUALITIES, Chord, nearest
from tools.composing.rhythm import BAR, Hit, Note, draw_pattern, hits, monophonic, pick, velocity
from tools.composing.section import Section, held

_STRINGS = (40, 45, 50, 55, 59, 64)
_E_SHAPES = {"": "022100", "m": "022000", "7": "020100", "m7": "020000", "maj7": "0x110x", "sus4": "022200",
             "5": "022xxx"}  # fmt: skip
_A_SHAPES = {"": "x02220", "m": "x02210", "7": "x02020", "m7": "x02010", "maj7": "x02120", "sus4": "x02230",
             "sus2": "x02200", "dim": "x0121x", "m7b5": "x0101x", "5": "x022xx"}  # fmt: skip
_OPEN = {
    (0, ""): "x32010", (7, ""): "320003", (2, ""): "xx0232", (2, "m"): "xx0231", (2, "7"): "xx0212", (7, "7"): "320001",
    (0, "7"): "x32310", (11, "7"): "x21202", (5, "maj7"): "xx3210", (0, "maj7"): "x32000", (2, "sus4"): "xx0233",
    (2, "sus2"): "xx0230", (7, "maj7"): "320002", (2, "m7"): "xx0211", (2, "maj7"): "xx0222", (7, "sus4"): "330013",
}  # fmt: skip
FIGURES = {
    "strum": 4.0,
    "chug": 4.0,
    "arpeggio": 3.0,
    "skank": 1.5,
    "funk": 1.5,
    "riff": 5.0,
    "held": 2.0,
    "with bass": 1.5,
}
CELLS: dict[str, tuple[str, ...]] = {
    "strum": ("X---x-x-..x-x-x-", "X---X-x-X---X-x-", "X-x-x-x-X-x-x-x-", "X---x---X---x---", "X-----x-x---x---",
              "X--x--x-x--x--x-", "X---x-xx.xx-x-xx", "X-x-X-xx-xx-X-x-", "X---x-x-x-x-x-x-", "X-----x-----x-x-"),
    "chug": ("XxxxXxxxXxxxXxxx", "X.x.x.x.x.x.x.x.", "X.x.x.x.X.x.x.x.", "X.x.x.X.x.x.X.x.", "X.xxX.xxX.xxX.xx"),
    "arpeggio": ("x-x-x-x-x-x-x-x-", "x-x-x-x-x-x-x-x-", "xxxxxxxxxxxxxxxx", "x---x-x-x---x-x-", "x-x-x---x-x-x---"),
    "skank": ("..x...x...x...x.", "....X.......X...", "..xx..xx..xx..xx", "..x-..x-..x-..x-"),
    "funk": ("X.xx..x..xx.x.x.", "..xx..x.x.xx..x.", "X..x..x..x..X.x.", "xx.x.xx.xx.x.xx.", "X...x.xx....x.xx"),
    "riff": ("X-x-x-x-....x-x-", "X--x--x-x-x-x-..", "x-x-..x-x-..x---", "X.xx.xx.X.xx.x..", "X---x-x-x---x-x-"),
    "held": ("X---------------", "X-------x-------", "X-----x---------"),
}  # fmt: skip


def voicing(chord: Chord, open_chords: bool, neck: bool) -> list[int]:
    """Pitches of a chord from the lowest string up. open_chords: where there are any; neck: higher of two barres."""
    shape = _OPEN.get((chord.root, chord.quality)) if open_chords else None
    if shape:
        return _pitches(shape, 0)
    barres = [
        (fret, shapes[chord.quality])
        for shapes, lowest in ((_E_SHAPES, 4), (_A_SHAPES, 9))
        for fret in [(chord.root - lowest) % 12]
        if chord.quality in shapes
    ]
    barres.sort()
    fret, shape = barres[-1 if neck and barres[-1][0] <= 9 else 0]
    return _pitches(shape, fret)


def _pitches(shape: str, fret: int) -> list[int]:
    return [string + fret + int(sign) for string, sign in zip(_STRINGS, shape, strict=True) if sign != "x"]


def play(section: Section, rng: Random, figures: dict[str, float], bass: list[Note]) -> list[Note]:
    """The guitar of a section. figures: weights of `FIGURES`; bass: what a riff may double or answer."""
    figure = pick(rng, figures)
    if figure == "riff":
        return _riff(section, rng, bass)
    if figure == "arpeggio":
        return _arpeggio(section, rng)
    return _strokes(section, rng, figure, bass)


def _strokes(section: Section, rng: Random, figure: str, bass: list[Note]) -> list[Note]:
    pattern = draw_pattern(rng, CELLS.get(figure, CELLS["strum"]), section.density, 0.3 * (figure in ("strum", "funk")))
    open_chords, neck, gate = rng.random() < 0.5, rng.random() < 0.4, rng.choice([0.6, 0.9, 1, 1])
    least = {"funk": 3, "skank": 3}.get(figure, rng.choice([0, 0, 4]))
    light, all_muted = rng.random() < 0.3, rng.random() < 0.5
    notes = []
    for bar in range(section.bars):
        cell = hits(pattern.bar(bar, section.bars), section.swing)
        if figure == "with bass":
            cell = [
                Hit(n.start % BAR, n.end - n.start, n.start % BAR == 0) for n in bass if n.start // BAR == bar
            ] or cell
        for hit in _with_changes(section, bar, cell, figure):
            start = bar * BAR + hit.at
            chord = section.harmony.at(start)
            pitches = voicing(chord, open_chords, neck)
            if figure == "chug":
                root = nearest(chord.root, 43)
                pitches = [root] if all_muted and not hit.accent else [root, root + chord.fifth, root + 12]
            elif least:
                pitches = pitches[-least:]
            elif light and not hit.accent:
                pitches = pitches[:3] if rng.random() < 0.4 else pitches[-3:]  # a hand hits the near strings first
            length = 3 if figure in ("chug", "skank", "funk") and not hit.accent else round(hit.length * gate)
            end = min(start + max(2, length), section.harmony.change_after(start))
            loud = velocity(rng, section.loud - 2, start, hit.accent)
            notes += [Note(start, end, p, max(1, loud - rng.randint(0, 5))) for p in pitches]
    return notes


def _with_changes(section: Section, bar: int, cell: list[Hit], figure: str) -> list[Hit]:
    """Held chords are struck anew where the harmony changes."""
    if figure != "held":
        return cell
    return held(section.changes(bar) | {h.at for h in cell}, accent=True)


def _arpeggio(section: Section, rng: Random) -> list[Note]:
    pattern = draw_pattern(rng, CELLS["arpeggio"], section.density, 0.1)
    open_chords, neck, ring = rng.random() < 0.6, rng.random() < 0.4, rng.choice([1, 2, 3])
    order = rng.choice([(0, 2, 3, 4, 3, 2), (0, 2, 3, 4, 5, 4, 3, 2), (0, 3, 2, 4), (0, 2, 1, 3), (0, 1, 2, 3),
                        tuple(rng.choice([0, 1, 2, 3, 4, 5]) for _ in range(8))])  # fmt: skip
    notes = []
    for bar in range(section.bars):
        place = 0
        before = None
        for hit in hits(pattern.bar(bar, section.bars), section.swing):
            start = bar * BAR + hit.at
            chord = section.harmony.at(start)
            place = 0 if chord != before else place + 1
            before = chord
            pitches = voicing(chord, open_chords, neck)
            pitch = pitches[0] if place == 0 else pitches[order[place % len(order)] % len(pitches)]
            end = min(start + hit.length * ring, section.harmony.change_after(start))
            notes.append(Note(start, end, pitch, velocity(rng, section.loud - 4, start, hit.accent)))
    return notes


def _riff(section: Section, rng: Random, bass: list[Note]) -> list[Note]:
    """One line: the bass an octave higher, or a motif of its own over each chord."""
    if bass and rng.random() < 0.4:
        return [n._replace(pitch=n.pitch + 12, velocity=velocity(rng, section.loud, n.start)) for n in bass]
    pattern = draw_pattern(rng, CELLS["riff"], section.density, 0.5)
    low = rng.choice([45, 50, 57, 62])
    motif = [rng.choice([0, 0, 1, 1, 2, 3]) for _ in range(rng.randint(3, 8))]
    answers = rng.random() < 0.3
    notes = []
    for bar in range(section.bars):
        if answers and bar % 2 == 0:
            continue
        for place, hit in enumerate(hits(pattern.bar(bar, section.bars), section.swing)):
            start = bar * BAR + hit.at
            chord = section.harmony.at(start)
            tones = chord.tones
            pitch = nearest(tones[motif[place % len(motif)] % len(tones)], low + 4)
            if not hit.accent and hit.at % 24 and rng.random() < 0.25:
                pitch = _neighbour(section, pitch, rng)
            notes.append(Note(start, start + hit.length, pitch, velocity(rng, section.loud, start, hit.accent)))
    return monophonic(notes)


def _neighbour(section: Section, pitch: int, rng: Random) -> int:
    """A tone of the scale close by."""
    near = [p for p in range(pitch - 3, pitch + 4) if p != pitch and p % 12 in section.key.scale]
    return rng.choice(near or [pitch])


assert set(QUALITIES) == set(_E_SHAPES) | set(_A_SHAPES)

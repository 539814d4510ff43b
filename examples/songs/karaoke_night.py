"""Karaoke Night: a ballad in F for a guide saxophone, piano, organ, bass and drums, in one track as karaoke files are.

It has no guitar and no strings. It holds what editors tend to lose: lyrics, markers, a system reset, pedal, modulation,
volume, panorama, pitch bend, and running status. Words and tune were written for this project.
"""

from __future__ import annotations

from songs.score import Part, Score, Tone, beat, pad, phrase, pitch_of, root_of, sing, strike, voicings

PICKUP, BAR = 8, 16
"""Sixteenths of the 2/4 bar before the first one, and of every other bar."""

VERSE = "F Dm7 Bb C7 F Am7 Bb C7".split()
CHORUS = "Dm Bb F C Dm Bb Gm7 F".split()
CHORDS = VERSE + CHORUS + VERSE + CHORUS + ["Bb", "F"]
VERSE_1, CHORUS_1, VERSE_2, CHORUS_2, END = 0, 8, 16, 24, 32

UPBEAT = "r:4 C4:2 C4:2"
VERSE_TUNE = (
    "F4:4 F4:2 G4:2 A4:4 A4:2 G4:2 | F4:4 E4:2 D4:2 D4:4 D4:2 E4:2 | F4:4 F4:2 G4:2 Bb4:4 A4:2 F4:2 |"
    "G4:4 F4:2 E4:2 E4:4 C4:2 C4:2 | F4:4 F4:2 G4:2 A4:4 C5:2 A4:2 | G4:4 A4:2 G4:2 E4:4 E4:2 F4:2 |"
    "F4:4 G4:2 A4:2 Bb4:4 C5:2 D5:2 | C5:4 Bb4:2 A4:2 G4:8"
)
CHORUS_TUNE = (
    "A4:8! G4:4 A4:4 | D5:12! C5:2 Bb4:2 | C5:8! Bb4:4 A4:4 | G4:12 G4:2 A4:2 |"
    "F5:4! E5:2 D5:2 D5:4 C5:2 A4:2 | Bb4:4 C5:2 D5:2 D5:8 | D5:4! C5:2 Bb4:2 G4:4 A4:2 G4:2 |"
)
FIRST_END, LAST_END = "F4:8 r:4 C4:2 C4:2", "F4:8 r:8"
FAREWELL = "r:4 D5:4 C5:4 Bb4:4 | A4:16"

WORDS_1 = """When the
last bus is gone and the street- lights are low there's a room full of neigh- bours that no- bo- dy knows And the
mic has a hum and the glass has a crack but we sing to the ceil- ing and it all sings back"""
WORDS_2 = """And the
chairs are all full and the jokes are all old and the soup that they pro- mised is cer- tain- ly cold But the
chord that we found in the back of the hall has a place at the ta- ble and room for us all"""
REFRAIN = """Hold the long note let it ring through the floor till the
moon and the milk- man are both at the door Sing it a- gain just once more"""


def compose() -> Score:
    """The song."""
    return Score(
        title="Karaoke Night",
        tempi=[(0, 84), (PICKUP + END * BAR, 76), (PICKUP + (END + 1) * BAR, 66)],
        meters=[(0, 2, 4), (PICKUP, 4, 4)],
        key=(-1, False),
        parts=[_saxophone(), _piano(), _organ(), _bass(), _drums()],
        lyrics=_lyrics(),
        markers=[
            (0, "Pickup"),
            *((_at(bar), name) for bar, name in ((0, "Verse 1"), (8, "Chorus"), (16, "Verse 2"), (24, "Chorus"))),
            (_at(END), "End"),
        ],
        sysex=[bytes([0x7E, 0x7F, 0x09, 0x01, 0xF7])],  # General MIDI system on
        file_format=0,
    )


def _at(bar: int) -> int:
    """The sixteenth on which a bar after the pickup starts."""
    return PICKUP + bar * BAR


def _tune() -> list[tuple[int, list[Tone]]]:
    """The sung phrases, each with the sixteenth it starts on."""
    return [
        (0, phrase(UPBEAT, PICKUP)),
        (_at(VERSE_1), phrase(VERSE_TUNE)),
        (_at(CHORUS_1), phrase(CHORUS_TUNE + FIRST_END)),
        (_at(VERSE_2), phrase(VERSE_TUNE)),
        (_at(CHORUS_2), phrase(CHORUS_TUNE + LAST_END)),
    ]


def _lyrics() -> list[tuple[float, str]]:
    """A syllable a note; a word's last one carries the space behind it, as karaoke players expect."""
    syllables = " ".join([WORDS_1, REFRAIN, WORDS_2, REFRAIN]).split()
    onsets = [start + tone.at for start, tones in _tune() for tone in tones]
    texts = [s[:-1] if s.endswith("-") else s + " " for s in syllables]
    return list(zip(onsets, texts, strict=True))


def _mixed(part: Part, volume: int, panorama: int) -> Part:
    part.control(0, 7, volume)
    part.control(0, 10, panorama)
    return part


def _saxophone() -> Part:
    """The tune: scooped into where it is accented, with vibrato on what is held."""
    part = _mixed(Part("Saxophone", 65, 0, seed=401, loose=8), 104, 64)
    for start, tones in [*_tune(), (_at(END), phrase(FAREWELL))]:
        sing(part, start, tones, 84)
        for tone in tones:
            if tone.accent > 0:
                _scoop(part, start + tone.at)
            if tone.length >= 8:
                _vibrato(part, start + tone.at, tone.length)
    part.controls.sort(key=lambda row: row[0])
    return part


def _scoop(part: Part, at: float) -> None:
    for step, bend in enumerate((-2048, -1300, -600, 0)):
        part.bend(at - 0.2 + step * 0.25, bend)


def _vibrato(part: Part, at: float, length: float) -> None:
    for step, depth in enumerate((20, 44, 64)):
        part.control(at + length * (0.35 + 0.15 * step), 1, depth)
    part.control(at + length, 1, 0)


def _piano() -> Part:
    """Chords rolled upwards in the verses, broken in eighths in the choruses, the pedal changed on every chord."""
    part = _mixed(Part("Piano", 0, 1, seed=402), 92, 52)
    for bar, tones in enumerate(voicings(CHORDS, 55, 72)):
        at = _at(bar)
        part.control(at + 0.3, 64, 127)
        part.control(at + BAR - 0.5, 64, 0)
        part.play(at, 7, 41 + (root_of(CHORDS[bar]) - 41) % 12, 66)
        if bar >= END:
            strike(part, at, 14, tones, 66, strum=1.2)
        elif CHORUS_1 <= bar < VERSE_2 or bar >= CHORUS_2:
            for index, which in enumerate((0, 2, 1, 2, 0, 2, 1, 2)):
                part.play(at + 2 * index, 2.4, tones[which], 70 if index % 4 == 0 else 58)
        else:
            for step, length in ((0, 6), (6, 2), (8, 5), (14, 2)):
                strike(part, at + step, length * 0.9, tones, 64 if step % 8 == 0 else 54, strum=0.2)
    return part


def _organ() -> Part:
    part = _mixed(Part("Organ", 18, 2, seed=403), 74, 80)
    tones = voicings(CHORDS, 60, 76)
    for first in (CHORUS_1, CHORUS_1 + 4, VERSE_2 + 4, CHORUS_2, CHORUS_2 + 4):
        pad(part, _at(first), [(BAR, t) for t in tones[first : first + 4]], 58)
    pad(part, _at(END), [(BAR, t) for t in tones[END:]], 56)
    return part


def _bass() -> Part:
    """Roots on one and three with a step into the next bar; busier in the choruses."""
    part = _mixed(Part("Fretless Bass", 35, 3, seed=404), 98, 64)
    roots = [pitch_of("E1") + (root_of(symbol) - 4) % 12 for symbol in CHORDS]
    for bar, root in enumerate(roots):
        at = _at(bar)
        if bar >= END:
            part.play(at, 15, root, 78)
            continue
        follow = roots[bar + 1]
        lead = follow - 1 if follow > root else follow + 2
        steps = [(0, 6, root, 86), (6, 2, root, 66), (8, 5, root + 7, 78), (14, 2, lead, 72)]
        if CHORUS_1 <= bar < VERSE_2 or bar >= CHORUS_2:
            steps[2:3] = [(8, 3, root + 12, 82), (11, 1, root + 7, 48), (12, 2, root + 7, 74)]
        for step, length, pitch, velocity in steps:
            part.play(at + step, length * 0.92, pitch, velocity)
    return part


def _drums() -> Part:
    part = _mixed(Part("Drums", 0, 9, seed=405), 96, 64)
    verse = {"kick": "X.....o.x.......", "stick": "....x.......x...", "hat": "x.o.o.o.x.o.o.g."}
    chorus = {"kick": "X.....x.x.o.....", "snare": "....X..g.g..X...", "ride": "x.o.o.o.x.o.o.o."}
    chorus["tambourine"] = "....o.......o..."
    fill = {"kick": "X.....x.x", "snare": "....X.....g.ooxX", "high": "........xx", "floor": "..........x"}
    for bar in range(1, END):
        loud = CHORUS_1 <= bar < VERSE_2 or bar >= CHORUS_2
        beat(part, _at(bar), fill if bar % 8 == 7 else chorus if loud else verse, 0.95 if loud else 0.8)
    for bar in (CHORUS_1, CHORUS_2):
        beat(part, _at(bar), {"crash": "x"})
    beat(part, _at(END), {"kick": "x.......o.......", "ride": "o...o...o...g..."}, 0.8)
    beat(part, _at(END + 1), {"kick": "x", "crash": "g"})
    return part

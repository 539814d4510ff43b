"""Harbour Waltz: flute, accordion, violin, piano, double bass and brushes; a slower song in 4/4 stands in its middle.

It has no guitar.
"""

from __future__ import annotations

from songs.score import Part, Score, beat, pad, phrase, pitch_of, root_of, sing, strike, swell, voicings

BAR, WIDE = 12, 16
"""Sixteenths of a 3/4 and of a 4/4 bar."""

INTRO = "G C G D7".split()
A1 = "G Em C D7 G B7 Am7 D7".split()
A2 = "G Em C Cm6 G D7 G G".split()
SONG = "Em Am B7 Em C G Am7 D7".split()
CODA = "C Cm6 G G".split()

AT_A = len(INTRO) * BAR
AT_SONG = AT_A + 16 * BAR
AT_RETURN = AT_SONG + len(SONG) * WIDE
AT_CODA = AT_RETURN + 16 * BAR

WALTZ_1 = (
    "D5:6 B4:2 G4:4 | E5:6 D5:2 B4:4 | C5:4 E5:4 G5:4! | F#5:6 E5:2 D5:4 |"
    "B4:4 D5:4 G5:4! | F#5:4 D#5:4 B4:4 | C5:6 B4:2 A4:4 | A4:4 B4:4 C5:4"
)
WALTZ_2 = (
    "D5:6 B4:2 G4:4 | E5:6 D5:2 B4:4 | C5:2 D5:2 E5:2 F#5:2 G5:4! | Eb5:8! C5:4 |"
    "D5:8 B4:4 | C5:4 A4:4 F#4:4 | G4:12 | r:12"
)
DESCANT = (  # the violin above the second half of the return, in thirds and sixths with the flute
    "B5:6 G5:2 D5:4 | G5:6 F#5:2 G5:4 | E5:6 G5:2 E5:4 | C6:8! G5:4 | B5:8 G5:4 | A5:4 F#5:4 C5:4 | B4:12 | r:12"
)
LAMENT = (
    "B4:6 E5:2 G5:6! F#5:2 | E5:8 C5:4 A4:4 | B4:6 C5:2 D#5:4 F#5:4 | E5:12 r:4 |"
    "G5:6! E5:2 C5:4 D5:4 | B4:6 A4:2 G4:8 | A4:4 C5:4 E5:4! G5:4 | F#5:8 E5:4 D5:4"
)
FAREWELL = "E5:4 G5:4 C6:4! | Eb5:8 C5:4 | D5:4 B4:4 D5:4 | G5:12!"
BASS_SONG = (
    "E2:7 r:1 B2:4 G2:4 | A2:7 r:1 E2:4 A2:4 | B2:7 r:1 F#2:4 D#2:4 | E2:7 r:1 B1:4 D2:4 |"
    "C2:7 r:1 G2:4 E2:4 | G2:7 r:1 D2:4 B1:4 | A1:7 r:1 E2:4 C2:4 | D2:7 r:1 A2:4 F#2:4"
)
WALKS = {  # how the bass leads from one bar to the next where a phrase ends
    "D7": "D2:4 E2:4 F#2:4",
    "B7": "B1:4 F#2:4 D#2:4",
}


def compose() -> Score:
    """The song."""
    return Score(
        title="Harbour Waltz",
        tempi=[(0, 152), (AT_SONG, 92), (AT_RETURN, 158), *_slowing()],
        meters=[(0, 3, 4), (AT_SONG, 4, 4), (AT_RETURN, 3, 4)],
        key=(1, False),
        parts=[_flute(), _accordion(), _violin(), _piano(), _bass(), _drums()],
        markers=[(0, "Intro"), (AT_A, "Waltz"), (AT_SONG, "Song"), (AT_RETURN, "Waltz"), (AT_CODA, "Coda")],
    )


def _slowing() -> list[tuple[float, float]]:
    return [(AT_CODA + 4 * step, 150 - 7 * step) for step in range(11)]


def _flute() -> Part:
    part = Part("Flute", 73, 0, seed=201)
    sing(part, AT_A, phrase(WALTZ_1 + "|" + WALTZ_2, BAR), 78)
    sing(part, AT_RETURN, phrase(WALTZ_1 + "|" + WALTZ_2, BAR), 84)
    sing(part, AT_CODA, phrase(FAREWELL, BAR), 82)
    return part


def _accordion() -> Part:
    """Beats two and three of the waltz, long chords under the song."""
    part = Part("Accordion", 21, 1, seed=202)
    tones = voicings(A1 + A2 + SONG + A1 + A2 + CODA, 57, 74)
    for start, first, count in ((AT_A, 0, 16), (AT_RETURN, 24, 16)):
        for bar in range(count):
            at = start + bar * BAR
            last_of_phrase = bar % 8 == 7
            for step in (4, 8):
                strike(part, at + step, 2.2 if step == 4 else 3, tones[first + bar], 66 if step == 4 else 60)
            if last_of_phrase:  # the bellows open on the third beat and lean into the next phrase
                part.control(at + 8, 11, 96)
    pad(part, AT_SONG, [(WIDE, t) for t in tones[16:24]], 56)
    pad(part, AT_CODA, [(BAR, t) for t in tones[40:]], 62)
    part.control(0, 11, 104)
    swell(part, AT_SONG, 4 * WIDE, 64, 96)
    swell(part, AT_SONG + 4 * WIDE, 4 * WIDE, 96, 72)
    return part


def _violin() -> Part:
    part = Part("Violin", 40, 2, seed=203)
    sing(part, AT_SONG, phrase(LAMENT), 84, legato=0.98)
    sing(part, AT_RETURN + 8 * BAR, phrase(DESCANT, BAR), 78, legato=0.96)
    tones = voicings(CODA, 67, 79)
    pad(part, AT_CODA, [(BAR, t[-1:]) for t in tones], 66)
    return part


def _piano() -> Part:
    """Opens the song alone, breaks chords in its middle, and closes it."""
    part = Part("Piano", 0, 3, seed=204)
    opening = voicings(INTRO, 60, 76)
    for bar, (symbol, tones) in enumerate(zip(INTRO, opening, strict=True)):
        part.play(bar * BAR, 4, 43 + (root_of(symbol) - 43) % 12, 76)
        for step in (4, 8):
            strike(part, bar * BAR + step, 2.5, tones, 62)
    for bar, tones in enumerate(voicings(SONG, 57, 76)):
        for index, which in enumerate((0, 1, 2, 1, 0, 2, 1, 2)):
            part.play(AT_SONG + bar * WIDE + 2 * index, 2.8, tones[which], 66 if index % 4 == 0 else 54)
    for bar, tones in enumerate(voicings(A1 + A2, 67, 83)):
        if bar % 4 == 3:  # a run through the chord where the tune holds its breath
            for index, pitch in enumerate((tones[0], tones[1], tones[2], tones[0] + 12)):
                part.play(AT_RETURN + bar * BAR + 4 + 2 * index, 2, pitch, 62 + 3 * index)
    for bar, tones in enumerate(voicings(CODA, 60, 76)):
        strike(part, AT_CODA + bar * BAR, 11, tones, 66, strum=0.8)
    return part


def _bass() -> Part:
    part = Part("Double Bass", 32, 4, seed=205)
    for start, symbols in ((AT_A, A1 + A2), (AT_RETURN, A1 + A2)):
        for bar, symbol in enumerate(symbols):
            _waltz_step(part, start + bar * BAR, symbol, bar)
    sing(part, AT_SONG, phrase(BASS_SONG), 72)
    for bar, symbol in enumerate(CODA):
        part.play(AT_CODA + bar * BAR, 11, _low(symbol), 78)
    return part


def _waltz_step(part: Part, at: float, symbol: str, bar: int) -> None:
    """Root and fifth in turn, and a walk to the next root at the end of every fourth bar."""
    if bar % 4 == 3 and symbol in WALKS:
        sing(part, at, phrase(WALKS[symbol], BAR), 76)
        return
    root = _low(symbol)
    part.play(at, 7, root if bar % 2 == 0 or bar == 15 else root + 7 if root < 36 else root - 5, 84)
    if bar % 2:
        part.play(at + 8, 3, root, 70)


def _low(symbol: str) -> int:
    """The root between E1 and D#2."""
    floor = pitch_of("E1")
    return floor + (root_of(symbol) - floor) % 12


def _drums() -> Part:
    part = Part("Brushes", 40, 9, seed=206)
    for start in (AT_A, AT_RETURN):
        for bar in range(16):
            fourth = bar % 4 == 3
            beat(
                part,
                start + bar * BAR,
                {
                    "kick": "x...........",
                    "ride": "o...x...o.g.",
                    "snare": "....o...g.oo" if fourth else "....g...g...",
                    "pedal": "....o...o...",
                },
                0.85,
            )
    for bar in range(8):
        soft = {"kick": "o.......g.......", "ride": "o...g...o...g.g.", "pedal": "....g.......g..."}
        beat(part, AT_SONG + bar * WIDE, soft if bar < 7 else soft | {"snare": "........g.g.o.oo"}, 0.8)
    beat(part, AT_RETURN, {"crash": "o"})
    beat(part, AT_CODA + 3 * BAR, {"kick": "o", "crash": "g"})
    return part

"""Neon Groove: funk in D dorian, its sixteenths leaning back, for bass, guitar, clavinet, organ and brass. No drums."""

from __future__ import annotations

from songs.score import Part, Score, pad, phrase, sing, strike, swell, voicings

BAR, SWING = 16, 14
INTRO, GROOVE, LIFT, RETURN, OUTRO = 0, 4, 12, 20, 28
BARS = 32

VAMP = ["Dm9", "G9"]
LIFT_CHORDS = "Bbmaj7 C Am7 Dm7 Bbmaj7 C A7sus4 A7".split()
CHORDS = VAMP * 6 + LIFT_CHORDS + VAMP * 5 + ["Dm9", "Dm7"]

BASS_VAMP = (
    "D2:2! r:1 D2:1, r:2 F2:1 G2:1 r:2 A2:2 C3:1! r:1 A2:1, C3:1 |"
    "G2:2! r:1 G2:1, r:2 B2:1 D3:1 r:2 B2:1 G2:1, r:1 A2:1 C3:1 C#3:1"
)
BASS_VAMP_2 = (
    "D2:2! r:1 D2:1, D3:1! r:1 C3:1 A2:1 r:2 G2:1 A2:1 C3:2 A2:1, G2:1 |"
    "G2:2! r:1 G2:1, G3:1! r:1 F3:1 D3:1 r:2 B2:1 r:1 A2:2 C3:1 C#3:1"
)
BASS_LIFT = (
    "Bb1:3! Bb1:1, r:2 F2:2 A2:2 r:2 F2:2 B1:2 | C2:3! C2:1, r:2 G2:2 Bb2:2 r:2 G2:2 G#2:2 |"
    "A2:3! A2:1, r:2 E2:2 G2:2 r:2 E2:2 C#2:2 | D2:3! D2:1, r:2 A2:2 C3:2 r:2 A2:1 G2:1 F2:1 C2:1 |"
    "Bb1:3! Bb1:1, r:2 F2:2 A2:2 r:2 F2:2 B1:2 | C2:3! C2:1, r:2 G2:2 Bb2:2 r:2 G2:2 G#2:2 |"
    "A2:2! A2:2 r:2 A2:2! r:2 G2:2 E2:2 D2:2 | A1:2! r:2 A2:2 r:2 C#3:2! A2:2 E2:2 C#2:2"
)
BASS_END = "D2:2! r:1 D2:1, r:2 F2:1 G2:1 r:2 A2:2 C3:1! r:1 C#3:2 | D2:12! r:4"

CLAVINET = "D4:1! r:1 F4:1 D4:1, r:1 C4:1 D4:2! r:1 A3:1, C4:1 r:1 D4:1 F4:1 G4:2 |"
CLAVINET_2 = "F4:1! r:1 D4:1 B3:1, r:1 D4:1 F4:2! r:1 D4:1, G4:1 r:1 F4:1 D4:1 B3:2"
STABS = "r:6 A4:1 r:1 C5:2! r:6 | r:3 B4:1 r:2 D5:1! r:1 F5:2! r:6"
STABS_2 = "r:6 D5:1 r:1 E5:2! r:2 C5:2 A4:2 | B4:1! r:2 B4:1 r:2 A4:1! r:1 G4:2 r:2 A4:2 B4:2"
LIFT_LINE = (
    "D5:6! C5:2 A4:6 r:2 | E5:6! D5:2 C5:6 r:2 | C5:6 B4:2 G4:6 r:2 | A4:8 r:8 |"
    "D5:6! C5:2 F5:6 r:2 | G5:6! E5:2 C5:6 r:2 | D5:4 E5:4! D5:4 B4:4 | C#5:4! E5:4 G5:6 r:2"
)

SCRATCH = ("g.gX.gX.g.gXg.X.", "g.gX.gXg..gX.gg.", "X.gg.gX.g.Xg.gX.")
"""The rhythm guitar in sixteenths: X a chord, g a muted stroke over damped strings."""


def compose() -> Score:
    """The song."""
    return Score(
        title="Neon Groove",
        tempi=[(0, 104)],
        meters=[(0, 4, 4)],
        key=(-1, True),
        parts=[_bass(), _guitar(), _clavinet(), _organ(), _brass()],
        markers=[
            (bar * BAR, name)
            for bar, name in (
                (INTRO, "Intro"),
                (GROOVE, "Groove"),
                (LIFT, "Lift"),
                (RETURN, "Groove"),
                (OUTRO, "Outro"),
            )
        ],
    )


def _bass() -> Part:
    part = Part("Finger Bass", 33, 0, seed=301, swing=SWING)
    for bar in range(2, LIFT, 2):
        sing(part, bar * BAR, phrase(BASS_VAMP_2 if bar % 8 == 2 and bar > 2 else BASS_VAMP), 88, legato=0.85)
    sing(part, LIFT * BAR, phrase(BASS_LIFT), 86, legato=0.9)
    for bar in range(RETURN, 30, 2):
        sing(part, bar * BAR, phrase(BASS_VAMP_2 if bar % 4 == 2 else BASS_VAMP), 92, legato=0.85)
    sing(part, 30 * BAR, phrase(BASS_END), 92)
    return part


def _guitar() -> Part:
    part = Part("Rhythm Guitar", 27, 1, seed=302, swing=SWING)
    tones = voicings(CHORDS, 60, 77)
    for bar in range(GROOVE, BARS - 1):
        strokes = SCRATCH[2] if LIFT <= bar < RETURN else SCRATCH[bar % 2]
        for step, stroke in enumerate(strokes):
            at = bar * BAR + step
            if stroke == "X":
                strike(part, at, 0.8, tones[bar], 86 if step % 4 else 92, strum=0.08)
            elif stroke == "g":
                strike(part, at, 0.3, tones[bar][:2], 34)
    strike(part, (BARS - 1) * BAR, 12, tones[-1], 90, strum=0.3)
    return part


def _clavinet() -> Part:
    """Opens alone with the riff, leaves the lift to the organ, and answers itself an octave up at the end."""
    part = Part("Clavinet", 7, 2, seed=303, swing=SWING)
    riff = phrase(CLAVINET + CLAVINET_2)
    for bar in (*range(INTRO, LIFT, 2), *range(RETURN, BARS - 2, 2)):
        sing(part, bar * BAR, riff, 82 if bar else 76, legato=0.8)
    for bar in range(OUTRO, BARS - 2, 2):
        sing(part, bar * BAR, [tone._replace(pitch=tone.pitch + 12) for tone in riff[:10]], 70, legato=0.8)
    sing(part, 30 * BAR, phrase(CLAVINET + "D4:12! r:4"), 84, legato=0.8)
    return part


def _organ() -> Part:
    part = Part("Organ", 16, 3, seed=304)
    tones = voicings(CHORDS, 58, 74)
    for first in (8, LIFT, LIFT + 4, RETURN, RETURN + 4):
        pad(part, first * BAR, [(BAR, t) for t in tones[first : first + 4]], 62)
    for bar in range(OUTRO, BARS - 1):  # off the beat, short, as an organist in a hurry to leave
        for step in (2, 6, 10, 14):
            strike(part, bar * BAR + step, 1.2, tones[bar], 70)
    part.control(0, 11, 90)
    swell(part, (LIFT + 4) * BAR, 4 * BAR, 70, 120)
    return part


def _brass() -> Part:
    part = Part("Brass", 61, 4, seed=305, swing=SWING)
    for tones in (phrase(LIFT_LINE), [tone._replace(pitch=tone.pitch - 12) for tone in phrase(LIFT_LINE)]):
        sing(part, LIFT * BAR, tones, 80)
    for bar in range(RETURN, OUTRO, 2):
        for shift in (0, -12):
            stabs = phrase(STABS_2 if bar % 4 == 2 else STABS)
            sing(part, bar * BAR, [tone._replace(pitch=tone.pitch + shift) for tone in stabs], 90, legato=0.7)
    strike(part, (BARS - 1) * BAR, 11, (62, 69, 72, 77), 92)
    return part

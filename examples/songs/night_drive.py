"""Night Drive: a rock song in E minor for two guitars, electric piano, strings and drums. It has no bass."""

from __future__ import annotations

from songs.score import Part, Score, beat, pad, phrase, sing, strike, swell, voicings

BAR = 16
INTRO, VERSE, CHORUS, BRIDGE, LAST = 0, 4, 12, 20, 24
"""First bar of each section; the song has 32."""

CHORDS = (
    "Em Em C D  Em G C Am7 Em G C B7  C D Em G C D Am7 B7  Am7 Bm7 C D  C D Em G C D B7 Em"  # one a bar
).split()

RIFF = "E3:3! E3:1 G3:2 A3:2 B3:3! A3:1 G3:2 E3:2 | D3:2 E3:4! r:2 B3:2 A3:2 G3:2 D3:2"
RIFF_TURN = "| C3:3! C3:1 E3:2 G3:2 A3:3! G3:1 E3:2 C3:2 | D3:3! D3:1 F#3:2 A3:2 D4:4! C4:2 B3:2"
ANSWERS = {  # what the lead guitar says at the end of every second bar of the verse
    5: "r:6 B3:2 D4:3! B3:1 A3:2 G3:2",
    7: "r:6 C4:2 E4:3! D4:1 C4:2 A3:2",
    9: "r:4 G3:2 B3:2 D4:2 E4:2! D4:2 B3:2",
    11: "B3:2 D#4:2 F#4:4! A4:4 F#4:2 D#4:2",
}
HOOK = (
    "E4:4 G4:4 B4:6! A4:2 | A4:6 F#4:2 D4:4 r:2 F#4:2 | G4:4 B4:4 D5:6! E5:2 | D5:4 B4:4 G4:4 A4:2 B4:2 |"
    "C5:6! B4:2 G4:4 E4:4 | F#4:6 A4:2 D5:4! C5:4 |"
)
FIRST_END = "C5:4 B4:2 A4:2 G4:4 E4:4 | D#4:4 F#4:4 B4:6! r:2"
LAST_END = "D#5:4! B4:2 A4:2 F#4:4 D#4:2 F#4:2 | E4:16!"
PICKUP = "r:8 D4:2 E4:2 F#4:2 A4:2!"
DESCANT = "G5:8 E5:8 | F#5:8 A5:8 | B5:8 G5:8 | B5:8 D6:8 | C6:8 G5:8 | A5:8 F#5:8 | F#5:8 A5:8 | B5:16"

COMPING = ([(0, 6), (6, 4), (12, 3)], [(0, 5), (6, 2), (10, 4), (14, 2)])
DRIVING = ([(0, 3), (3, 3), (6, 4), (10, 2), (12, 2), (14, 2)], [(0, 3), (3, 3), (6, 6), (12, 4)])

VERSE_BEAT = (
    {"kick": "X.....x.X.x.....", "snare": "....X..g.g..X..g", "hat": "x.o.x.o.x.o.x.o."},
    {"kick": "X.....x...X..x..", "snare": "....X..g.g..X.g.", "hat": "x.o.x.o.x.o.x...", "open": "..............x."},
)
CHORUS_BEAT = (
    {"kick": "X..x..X...x...x.", "snare": "....X.......X..g", "ride": "X.o.x.o.X.o.x.o."},
    {"kick": "X..x..X.x.....x.", "snare": "....X..g....X...", "ride": "X.o.x.o.X.o.x.o."},
)
HALF_TIME = {"kick": "X.........x.....", "stick": "........X.......", "hat": "x...o...x...o..."}
FILL = {"kick": "X.....x.X.......", "snare": "....X...xx..gxX.", "high": "..........xx", "floor": "...............X"}
BIG_FILL = {"kick": "X...X...X...X...", "snare": "....x..xx.xx....", "high": "............x", "mid": ".............xx"}


def compose() -> Score:
    """The song."""
    return Score(
        title="Night Drive",
        tempi=[(0, 112)],
        meters=[(0, 4, 4)],
        key=(1, True),
        parts=[_lead(), _rhythm(), _piano(), _strings(), _drums()],
        markers=[
            (bar * BAR, name)
            for bar, name in (
                (INTRO, "Intro"),
                (VERSE, "Verse"),
                (CHORUS, "Chorus"),
                (BRIDGE, "Bridge"),
                (LAST, "Last chorus"),
            )
        ],
    )


def _lead() -> Part:
    part = Part("Lead Guitar", 29, 0, seed=101)
    sing(part, 0, phrase(RIFF + RIFF_TURN), 88)
    for bar, answer in ANSWERS.items():
        sing(part, bar * BAR, phrase(answer), 84)
    sing(part, CHORUS * BAR, phrase(HOOK + FIRST_END), 92)
    sing(part, (LAST - 1) * BAR, phrase(PICKUP), 86)
    sing(part, LAST * BAR, phrase(HOOK + LAST_END), 98)
    return part


def _rhythm() -> Part:
    """Clean guitar: broken chords in verse and bridge, strummed ones in the choruses."""
    part = Part("Clean Guitar", 27, 1, seed=102)
    for bar, tones in list(enumerate(voicings(CHORDS, 55, 71)))[VERSE:]:
        at = bar * BAR
        if CHORUS <= bar < BRIDGE or LAST <= bar < 31:
            for step, length in ((0, 3), (4, 2), (6, 3), (10, 2), (12, 2), (14, 2)):
                strike(part, at + step, length, tones if step % 8 else (tones[0] - 12, *tones), 80, strum=0.25)
        elif bar == 31:
            strike(part, at, 15, (tones[0] - 12, *tones), 84, strum=0.6)
        else:
            # Up and down the chord in eighths; every second bar turns round a step earlier.
            order = (0, 1, 2, 1, 0, 2, 1, 2) if bar % 2 else (0, 1, 2, 1, 0, 1, 2, 1)
            for index, which in enumerate(order):
                part.play(at + 2 * index, 2.6, tones[which], 74 if index % 4 == 0 else 62)
    return part


def _piano() -> Part:
    part = Part("Electric Piano", 4, 2, seed=103)
    right = voicings(CHORDS, 60, 76)
    for bar in range(2, 32):
        at = bar * BAR
        if bar in (2, 3, 31):
            strike(part, at, 15.5, right[bar], 68)
            continue
        loud = CHORUS <= bar < BRIDGE or bar >= LAST
        for step, length in (DRIVING if loud else COMPING)[bar % 2]:
            # The stroke before the bar line already belongs to the chord behind it.
            tones = right[min(bar + 1, 31)] if loud and step == 14 else right[bar]
            strike(part, at + step, length * 0.9, tones, (84 if loud else 66) - (6 if step % 4 else 0))
    return part


def _strings() -> Part:
    """Silent until the second half of the verse, a swell under the bridge, a descant over the last chorus."""
    part = Part("Strings", 48, 3, seed=104)
    tones = voicings(CHORDS, 55, 74)
    for first, loudness in ((8, 58), (12, 72), (16, 74), (20, 62), (24, 78), (28, 80)):
        pad(part, first * BAR, [(BAR, t) for t in tones[first : first + 4]], loudness)
    sing(part, LAST * BAR, phrase(DESCANT), 76, legato=0.98)
    part.control(0, 11, 100)
    swell(part, BRIDGE * BAR, 4 * BAR, 60, 120)
    return part


def _drums() -> Part:
    part = Part("Drums", 0, 9, seed=105, loose=4)
    beat(part, 2 * BAR, {"hat": "x.o.x.o.x.o.x.o.", "kick": "X.......X......."}, 0.8)
    beat(part, 3 * BAR, FILL, 0.85)
    for bar in range(VERSE, CHORUS - 1):
        beat(part, bar * BAR, VERSE_BEAT[bar % 2], 0.86)
    for bar in (*range(CHORUS, BRIDGE - 1), *range(LAST, 31)):
        beat(part, bar * BAR, CHORUS_BEAT[bar % 2], 1.0 if bar < LAST else 1.05)
    for bar in range(BRIDGE, LAST - 1):
        beat(part, bar * BAR, HALF_TIME, 0.75 + 0.05 * (bar - BRIDGE))
    for bar, fill in ((CHORUS - 1, FILL), (BRIDGE - 1, FILL), (LAST - 1, BIG_FILL)):
        beat(part, bar * BAR, fill)
    for bar in (VERSE, CHORUS, CHORUS + 4, LAST, LAST + 4, 31):
        beat(part, bar * BAR, {"crash": "X"}, 0.9)
    beat(part, 31 * BAR, {"kick": "X", "snare": "x"})
    return part

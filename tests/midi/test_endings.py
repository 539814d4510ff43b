"""The last chord of the others, and how a part ends with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from midi_subtract.listening.chords import Chord
from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.endings import Ending, ended, ending_of
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem
from subtract_core.wish import Wish

BAR = 48
C, F, G, AM = (60, 64, 67), (60, 65, 69), (59, 62, 67), (60, 64, 69)


def lines(bars: int) -> np.ndarray:
    return np.arange(bars + 1) * BAR


def eighths(bars: int, root: int = 36) -> Notes:
    return Notes.of([(6 * i, root, 6, 90) for i in range(8 * bars)])


def strummed(bars: int, last: int) -> dict[Stem, Notes]:
    """Keys that strike every beat, and then a chord that lasts `last` steps, with a cymbal."""
    keys = [(12 * i, 60, 12, 80) for i in range(4 * bars)] + [(BAR * bars, p, last, 80) for p in C]
    return {Stem.KEYS: Notes.of(keys), Stem.DRUMS: Notes.of([(BAR * bars, 49, 1, 100)])}


def sketch(chords: Sequence[tuple[int, ...]], still: int = 3) -> dict[Stem, Notes]:
    """A held chord a bar, and a melody in half notes but in the last bar, and where `still` says so in every fourth."""
    keys = [(BAR * bar, p, BAR, 80) for bar, chord in enumerate(chords) for p in chord]
    held = {len(chords) - 1, *range(still, len(chords), 4)}
    melody = [
        (BAR * bar + at, 12 + chord[-(at // 24) - 1], BAR if bar in held else 24, 90)
        for bar, chord in enumerate(chords)
        for at in ((0,) if bar in held else (0, 24))
    ]
    return {Stem.KEYS: Notes.of(keys), Stem.LEAD: Notes.of(melody)}


SONG = [C, AM, F, G, C, AM, G, C]


def test_a_chord_that_is_held_longer_than_all_before_is_an_ending() -> None:
    ending = ending_of(strummed(17, BAR), lines(18))
    assert ending is not None and (ending.at, ending.end, ending.chord.root) == (17 * BAR, 18 * BAR, 0)
    assert ending_of(strummed(17, 12), lines(18)) is None, "no longer than their other chords"
    assert ending_of(strummed(5, BAR), lines(6)) is None, "a loop"


def test_a_chord_that_is_held_longest_is_an_ending_whatever_its_root() -> None:
    keys = Notes.of([(12 * i, 60, 12, 80) for i in range(4 * 17)] + [(17 * BAR, p, BAR, 80) for p in G])
    ending = ending_of({Stem.KEYS: keys}, lines(18))
    assert ending is not None and (ending.at, ending.chord.root) == (17 * BAR, 7)


def test_a_last_chord_of_half_a_beat_is_no_ending() -> None:
    def ends(last: int) -> bool:
        keys = [(3 * i, 60, 3, 80) for i in range(16 * 17)] + [(17 * BAR, p, last, 80) for p in C]
        return ending_of({Stem.KEYS: Notes.of(keys)}, lines(18)) is not None

    assert ends(12) and not ends(6), "though it is twice as long as their other strokes"


def test_a_sketch_of_held_chords_ends_where_all_come_to_rest_on_the_tonic() -> None:
    ending = ending_of(sketch(SONG), lines(8))
    assert ending is not None and (ending.at, ending.end) == (7 * BAR, 8 * BAR)


@pytest.mark.parametrize(
    ("others", "bars", "why"),
    [
        (sketch([C, AM, F, G, C, AM, F, G]), 8, "it goes back to where it began"),
        (sketch([C, AM, F, C] * 1, still=9), 4, "four bars are a loop"),
        ({Stem.KEYS: sketch([AM, F, G, C] * 2)[Stem.KEYS]}, 8, "four bars twice"),
        ({Stem.KEYS: sketch(SONG * 2)[Stem.KEYS]}, 16, "held chords throughout"),
        ({Stem.DRUMS: Notes.of([(12 * i, 36, 1, 80) for i in range(68)])}, 17, "nothing that could be held"),
        ({}, 8, "nobody else"),
    ],
)
def test_loops_go_on(others: dict[Stem, Notes], bars: int, why: str) -> None:
    assert ending_of(others, lines(bars)) is None, why


def test_a_chord_with_a_sixth_has_its_own_root_behind_its_dominant() -> None:
    dm, gm, f7 = (62, 65, 69, 74), (62, 67, 70, 74), (57, 60, 63, 65)
    six = (62, 65, 67, 70)  # of B flat, or the seventh of G minor
    last = ending_of(sketch([dm, gm, dm, f7, dm, dm, f7, six]), lines(8))
    assert last is None, "the song is in D minor"
    flat = (58, 62, 65, 70)
    last = ending_of(sketch([flat, gm, dm, f7, flat, flat, f7, six]), lines(8))
    assert last is not None and last.chord.root == 10
    last = ending_of(sketch([gm, flat, dm, gm, gm, dm, f7, six]), lines(8))
    assert last is not None and last.chord.root == 7, "at home on G"


def test_a_part_strikes_the_last_chord_and_holds_it() -> None:
    ending = ending_of(strummed(17, BAR), lines(18))
    assert ending is not None
    part = eighths(18)
    kept = ended(part, Stem.BASS, ending, lines(18))
    assert same(kept.between(0, 17 * BAR), part.between(0, 17 * BAR))
    assert same(kept.between(17 * BAR, 18 * BAR), Notes.of([(0, 36, BAR, 90)]))
    late = Notes.merge([eighths(17), Notes.of([(17 * BAR, 60, 1, 80), (17 * BAR + 1, 60, 5, 80), (870, 67, 6, 80)])])
    assert same(ended(late, Stem.GUITAR, ending, lines(18)).starting(816, 900), Notes.of([(816, 60, BAR, 80)]))
    short = ended(part, Stem.BASS, ending, lines(18), is_held=False)
    assert short.last_step == 17 * BAR + 6, "what is to be short ends short"


def test_a_part_that_falls_silent_a_bar_early_gets_its_stroke() -> None:
    ending = ending_of(sketch(SONG), lines(8))
    assert ending is not None
    bass = ended(eighths(7, 43), Stem.BASS, ending, lines(8)).starting(7 * BAR, 8 * BAR)
    assert bass.pitch.tolist() == [48] and bass.last_step == 8 * BAR
    chord = Notes.merge([Notes.of([(6 * BAR, p, BAR, 70) for p in (55, 59, 62, 67)])])
    guitar = ended(chord, Stem.GUITAR, ending, lines(8)).starting(7 * BAR, 8 * BAR)
    assert {p % 12 for p in guitar.pitch.tolist()} <= {0, 4, 7} and guitar.velocity[0] == 70
    assert len(ended(eighths(7), Stem.LEAD, ending, lines(8))) == 56
    assert len(ended(eighths(4), Stem.BASS, ending, lines(8))) == 32, "it rested before"


def test_where_not_all_strike_the_last_chord_a_bass_keeps_its_note_and_who_is_silent_stays_so() -> None:
    for together in (True, False):
        ending = Ending(7 * BAR, 8 * BAR, Chord(0, ""), together)
        bass = ended(eighths(8, 43), Stem.BASS, ending, lines(8)).starting(7 * BAR, 8 * BAR)
        assert bass.pitch.tolist() == [48 if together else 43] and bass.last_step == 8 * BAR
        guitar = Notes.of([(6 * BAR, p, BAR, 70) for p in (55, 59, 62)])
        assert same(ended(guitar, Stem.GUITAR, ending, lines(8)), guitar) == (not together)


def test_a_chord_that_rings_on_over_the_last_one_is_not_struck_again() -> None:
    chord = [(6 * BAR + 24, p, BAR, 70) for p in (55, 60, 64)]
    ringing = ended(Notes.of(chord), Stem.GUITAR, Ending(7 * BAR, 8 * BAR, Chord(0, ""), True), lines(8))
    assert ringing.onset.tolist() == [6 * BAR + 24] * 3 and set(ringing.end.tolist()) == {8 * BAR}


def test_drums_end_with_kick_and_crash() -> None:
    beat = Notes.of([(6 * i, 42, 3, 80) for i in range(64)] + [(12 * i, (36, 38)[i % 2], 3, 90) for i in range(32)])
    ending = Ending(7 * BAR, 8 * BAR, ending_of(sketch(SONG), lines(8)).chord, True)  # type: ignore[union-attr]
    last = ended(beat, Stem.DRUMS, ending, lines(8)).starting(7 * BAR, 8 * BAR)
    assert last.pitch.tolist() == [36, 49] and set(last.onset.tolist()) == {7 * BAR}
    dark = ended(beat, Stem.DRUMS, ending, lines(8), kit={"crashes": False}).starting(7 * BAR, 8 * BAR)
    assert dark.pitch.tolist() == [36]
    early = ended(beat.between(0, 7 * BAR), Stem.DRUMS, ending, lines(8)).starting(7 * BAR, 8 * BAR)
    assert early.pitch.tolist() == [36, 49]


def test_drums_strike_a_strummed_chord_once_where_it_begins() -> None:
    beat = Notes.of([(6 * i, 42, 3, 80) for i in range(64)] + [(12 * i, (36, 38)[i % 2], 3, 90) for i in range(32)])
    ending = Ending(7 * BAR + 2, 8 * BAR, Chord(0, ""), True)
    last = ended(beat, Stem.DRUMS, ending, lines(8)).starting(7 * BAR, 8 * BAR)
    assert last.pitch.tolist() == [36, 49] and set(last.onset.tolist()) == {7 * BAR}
    dark = ended(beat, Stem.DRUMS, ending, lines(8), kit={"crash at the end": False}).starting(7 * BAR, 8 * BAR)
    assert dark.pitch.tolist() == [36]
    late = ended(beat.between(0, 7 * BAR), Stem.DRUMS, ending, lines(8)).starting(7 * BAR, 8 * BAR)
    assert set(late.onset.tolist()) == {7 * BAR + 2}


def test_parts_that_are_asked_for_something_end_with_the_others_too() -> None:
    tracks = [Track(s.value, p, False, n) for (s, n), p in zip(sketch(SONG).items(), (0, 80), strict=True)]
    song = Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480)
    walking = Wish({}, {"figure": {"walking": True}})
    last = Asked.of(song, Stem.BASS, walking).completed(eighths(8, 43)).starting(7 * BAR, 8 * BAR)
    assert last.pitch.tolist() == [48] and last.last_step == 8 * BAR, "on the root"
    rests = Asked.of(song, Stem.BASS, Wish(), {8: Wish(silent=True)})
    assert rests.completed(eighths(7)).last_step == 7 * BAR
    some = Asked.of(song, Stem.BASS, Wish(), only=[(5, 8)])
    assert len(some.completed(eighths(8))) == 64, "of bars that are asked for alone nothing is taken away"

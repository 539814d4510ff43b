"""Finishing: what is asked for and needs no other notes is there; the rest of the part is as it was."""

import numpy as np
import pytest

from midi_subtract.listening.drum_figures import drum_figures, kit_strokes
from midi_subtract.listening.facts import scales
from midi_subtract.notes import Notes
from midi_subtract.playing.finishing import finish
from midi_subtract.programs import DRUM_KEY, PLAYABLE_RANGE
from subtract_core.facts import SCALE
from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.wish import Wish

BARS = np.arange(0, 48 * 9, 48)
BASS = Notes.of((6 * i, 33 + (0, 0, 7, 5)[i % 4], 5, 90 + 4 * (i % 3)) for i in range(64))
GUITAR = Notes.of((12 * i, p, 10, 80 + i % 5) for i in range(32) for p in (52, 55, 59))
KICK, SNARE, RIM, CLAP, HAT, OPEN, CRASH, RIDE, TOM = 36, 38, 37, 39, 42, 46, 49, 51, 45
DRUMS = Notes.of(
    [(24 * i, (KICK, SNARE)[i % 2], 3, 100) for i in range(16)]
    + [(6 * i, HAT, 3, 70 + 10 * (i % 2)) for i in range(64)]
    + [(96 * i, CRASH, 3, 110) for i in range(4)]
    + [(96 * i + 84 + 3 * j, TOM, 3, 90) for i in range(4) for j in range(4)]
)
PARTS = {Stem.BASS: BASS, Stem.GUITAR: GUITAR, Stem.DRUMS: DRUMS}


def _level(notes: Notes, stem: Stem, name: str) -> float:
    return level(name, stem, scales(notes, stem, BARS, 120.0)[name])


@pytest.mark.parametrize("stem", PARTS)
@pytest.mark.parametrize("name", ["loudness", "dynamic range", "register", "swing", "note length"])
def test_every_word_that_needs_no_other_notes_is_reached(stem: Stem, name: str) -> None:
    if stem not in SCALE[name].stems:
        pytest.skip(f"{stem.value} has no {name}")
    count, whole = len(SCALE[name].words), PARTS[stem]
    if name == "note length":  # eighths cannot be long
        whole = Notes.from_arrays(4 * whole.onset, whole.pitch, whole.duration, whole.velocity)
    reached = []
    for place in range(count):
        asked = place / (count - 1)
        if name == "swing" and stem is Stem.GUITAR and not place:
            continue  # quarters are straight already, which cannot be told from them
        part = finish(whole, stem, Wish({name: asked}), BARS)
        reached.append(_level(part, stem, name))
        # Octaves are coarse: the pitch may stay half of one away; some velocities have no room left.
        near = 0.5 if name == "register" else 0.6 / (count - 1)
        assert abs(reached[-1] - asked) <= near, (asked, reached[-1])
    assert reached == sorted(reached) and reached[-1] > reached[0]


@pytest.mark.parametrize("stem", PARTS)
def test_what_is_near_enough_and_what_nobody_asked_for_stays(stem: Stem) -> None:
    part = PARTS[stem]
    there = {name: _level(part, stem, name) for name in ("loudness", "dynamic range")}
    for wish in (Wish(), Wish({"density": 1.0, "syncopation": 1.0}), Wish(there), Wish({}, {"style": {"rock": True}})):
        same = finish(part, stem, wish, BARS)
        assert all(
            np.array_equal(getattr(same, f), getattr(part, f)) for f in ("onset", "pitch", "duration", "velocity")
        )


def test_loudness_moves_velocities_alone_and_within_their_range() -> None:
    loud = finish(BASS, Stem.BASS, Wish({"loudness": 1.0}), BARS)
    assert np.array_equal(loud.onset, BASS.onset) and np.array_equal(loud.pitch, BASS.pitch)
    assert loud.velocity.min() >= 1 and loud.velocity.max() <= 127 and loud.velocity.mean() > 115


def test_of_chords_the_highest_note_stays_where_single_ones_are_asked_for() -> None:
    chords = Notes.of((12 * beat, pitch, 12, 90) for beat in range(8) for pitch in (60, 64, 67))
    alone = finish(chords, Stem.STRINGS, Wish({"polyphony": 0.0}), BARS)
    assert set(alone.pitch.tolist()) == {67} and len(alone) == 8
    for asked in (0.5, 1.0):
        same = finish(chords, Stem.STRINGS, Wish({"polyphony": asked}), BARS)
        assert len(same) == len(chords), "chords are the model's"


def test_registers_move_by_octaves_inside_the_instrument() -> None:
    low, high = PLAYABLE_RANGE[Stem.BASS]
    for asked in (0.0, 1.0):
        part = finish(BASS, Stem.BASS, Wish({"register": asked}), BARS)
        assert ((part.pitch - BASS.pitch) % 12 == 0).all() and part.pitch.min() >= low and part.pitch.max() <= high


def test_swing_moves_offbeats_and_their_ends_but_no_sixteenths() -> None:
    eighths = [(0, 40, 6, 90), (6, 40, 6, 90), *((12 * b + 6, 40, 6, 90) for b in range(1, 6))]
    part = Notes.of([*eighths, *((72 + 3 * i, 40 + i % 2, 3, 90) for i in range(4))])
    swung = finish(part, Stem.BASS, Wish({"swing": 1.0}), BARS)
    assert swung.onset.tolist() == [0, 8, 20, 32, 44, 56, 68, 72, 75, 78, 81]
    assert swung.duration.tolist()[:2] == [8, 4], "legato stays legato"
    straight = finish(swung, Stem.BASS, Wish({"swing": 0.0}), BARS)
    assert straight.onset.tolist() == part.onset.tolist()


def test_beats_count_from_bar_lines_that_lie_between_quarters() -> None:
    lines = np.array([0, *range(6, 6 + 5 * 48, 48)])  # 1/8, then 4/4
    eighths = Notes.of((6 + 6 * i, 40, 6, 90) for i in range(32))
    swung = finish(eighths, Stem.BASS, Wish({"swing": 1.0}), lines)
    assert set(((swung.onset - 6) % 12).tolist()) == {0, 8}
    later = finish(eighths.starting(54, 150), Stem.BASS, Wish({"swing": 1.0}), lines[2:5])
    assert set(((later.onset - 6) % 12).tolist()) == {0, 8}
    odd = np.arange(0, 5 * 42, 42)  # 7/8
    swung = finish(Notes.of((6 * i, 40, 6, 90) for i in range(28)), Stem.BASS, Wish({"swing": 1.0}), odd)
    assert swung.onset.tolist() == [42 * bar + at for bar in range(4) for at in (0, 8, 12, 20, 24, 32, 36)]


def test_eighths_of_six_eight_stay_even_when_asked_to_be_straight() -> None:
    part = Notes.of((4 * i, 40, 4, 90) for i in range(48))  # on dotted beats
    assert finish(part, Stem.BASS, Wish({"swing": 0.0}), BARS).onset.tolist() == part.onset.tolist()


def test_a_part_of_quarters_that_is_to_swing_gets_skips_of_its_own_notes() -> None:
    swung = finish(GUITAR, Stem.GUITAR, Wish({"swing": 1.0}), BARS)
    new = swung.select(swung.onset % 12 != 0)
    assert set((new.onset % 24).tolist()) == {20} and set(new.pitch.tolist()) <= set(GUITAR.pitch.tolist())
    assert len(swung) == len(GUITAR) + len(new)
    drums = DRUMS.select(DRUMS.onset % 12 == 0)
    skipped = finish(drums, Stem.DRUMS, Wish({"swing": 1.0}), BARS)
    assert set(skipped.pitch[skipped.onset % 12 != 0].tolist()) == {HAT}
    pause = GUITAR.select((GUITAR.onset < 48) | (GUITAR.onset >= 240))
    around = finish(pause, Stem.GUITAR, Wish({"swing": 1.0}), BARS).onset
    assert not ((around >= 96) & (around < 240)).any(), "where the part rests it goes on resting"


def test_sixteenths_become_triplets_where_nothing_else_can_swing() -> None:
    sixteenths = Notes.of((3 * i, 40, 3, 90) for i in range(64))
    swung = finish(sixteenths, Stem.BASS, Wish({"swing": 1.0}), BARS)
    assert set((swung.onset % 12).tolist()) == {0, 4, 8, 10}


def test_long_notes_never_reach_into_the_next_stroke() -> None:
    for stem in (Stem.BASS, Stem.GUITAR):
        part = finish(PARTS[stem], stem, Wish({"note length": 1.0}), BARS)
        starts = np.unique(part.onset)
        after = dict(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
        assert all(e <= after.get(o, 10**6) for o, e in zip(part.onset.tolist(), part.end.tolist(), strict=True))


@pytest.mark.parametrize(
    ("option", "gone", "instead"),
    [("hi-hat", HAT, None), ("crashes", CRASH, None), ("toms", TOM, SNARE)],
)
def test_drums_ruled_out_are_not_struck(option: str, gone: int, instead: int | None) -> None:
    part = finish(DRUMS, Stem.DRUMS, Wish({}, {"kit": {option: False}}), BARS)
    strokes = int((DRUMS.pitch == gone).sum())
    assert strokes and not (part.pitch == gone).any()
    added = {instead: strokes} if instead is not None else {}
    for key in set(DRUMS.pitch.tolist()) - {gone} | set(added):
        assert (part.pitch == key).sum() == (DRUMS.pitch == key).sum() + added.get(key, 0)


@pytest.mark.parametrize("option", ["ride", "rim clicks"])
def test_drums_asked_for_take_over_where_they_are_missing(option: str) -> None:
    assert kit_strokes(DRUMS, BARS)[option] == 0
    part = finish(DRUMS, Stem.DRUMS, Wish({}, {"kit": {option: True}}), BARS)
    assert kit_strokes(part, BARS)[option] >= 1 and len(part) == len(DRUMS)
    again = finish(part, Stem.DRUMS, Wish({}, {"kit": {option: True}}), BARS)
    assert np.array_equal(part.pitch, again.pitch)


def test_claps_with_the_snare_are_no_rim_clicks_and_give_way_to_them() -> None:
    claps = Notes.merge([DRUMS, Notes.of((24 + 48 * i, CLAP, 3, 90) for i in range(8))])
    assert kit_strokes(claps, BARS)["rim clicks"] == 0
    asked = finish(claps, Stem.DRUMS, Wish({}, {"kit": {"rim clicks": True}}), BARS)
    assert set(asked.pitch.tolist()) == set(DRUMS.pitch.tolist()) - {SNARE} | {RIM} and len(asked) == len(DRUMS)
    ruled_out = finish(claps, Stem.DRUMS, Wish({}, {"kit": {"rim clicks": False}}), BARS)
    assert np.array_equal(ruled_out.pitch, claps.pitch)


def test_a_snare_that_is_added_to_a_stick_makes_it_a_clap() -> None:
    toms = Notes.of([(0, TOM, 3, 90), (0, RIM, 3, 90), (12, RIM, 3, 90)])
    part = finish(toms, Stem.DRUMS, Wish({}, {"kit": {"toms": False}}), BARS)
    assert list(zip(part.onset.tolist(), part.pitch.tolist(), strict=True)) == [(0, SNARE), (0, CLAP), (12, RIM)]


def test_open_hats_ruled_out_are_closed_and_one_of_two_hats_at_once_stays() -> None:
    both = Notes.of([(0, HAT, 3, 70), (0, OPEN, 3, 90), (6, OPEN, 3, 80)])
    part = finish(both, Stem.DRUMS, Wish({}, {"kit": {"open hat": False}}), BARS)
    assert list(zip(part.onset.tolist(), part.pitch.tolist(), part.velocity.tolist(), strict=True)) == [
        (0, HAT, 90),
        (6, HAT, 80),
    ]


def test_a_part_without_notes_stays_without() -> None:
    assert len(finish(Notes.empty(), Stem.DRUMS, Wish({"loudness": 1.0}), BARS)) == 0


def test_a_beat_of_eighths_becomes_a_shuffle_and_loses_no_stroke() -> None:
    wish = Wish({}, {"figure": {"shuffle": True}})
    shuffled = finish(DRUMS, Stem.DRUMS, wish, BARS)
    assert drum_figures(DRUMS, BARS, 120.0)["shuffle"] == 0 and drum_figures(shuffled, BARS, 120.0)["shuffle"] == 1
    assert sorted(shuffled.pitch) == sorted(DRUMS.pitch)
    again = finish(shuffled, Stem.DRUMS, wish, BARS)
    assert np.array_equal(again.onset, shuffled.onset), "a shuffle stays as it is"
    ruled_out = finish(DRUMS, Stem.DRUMS, Wish({}, {"figure": {"shuffle": False}}), BARS)
    assert np.array_equal(ruled_out.onset, DRUMS.onset)


def test_a_drummer_of_whom_something_is_asked_has_two_hands() -> None:
    keys = {name: DRUM_KEY[name] for name in ("kick", "snare", "closed hat", "crash", "pedal hat", "hand percussion")}
    loud = {"kick": 100, "snare": 90, "closed hat": 80, "crash": 110, "pedal hat": 50, "hand percussion": 40}
    all_at_once = Notes.of((0, keys[name], 3, loud[name]) for name in keys)
    alone = Notes.of([(12, keys["closed hat"], 3, 80), (12, keys["snare"], 3, 80)])
    part = finish(Notes.merge([all_at_once, alone]), Stem.DRUMS, Wish({"density": 0.5}), np.array([0, 48]))
    first = {int(pitch) for pitch, onset in zip(part.pitch, part.onset, strict=True) if onset == 0}
    assert first == set(keys.values()) - {keys["closed hat"]}
    assert int((part.onset == 12).sum()) == 2
    soft = Notes.of((0, keys[name], 3, {"snare": 40}.get(name, 90)) for name in ("snare", "closed hat", "crash"))
    kept = finish(soft, Stem.DRUMS, Wish({"density": 0.5}), np.array([0, 48]))
    assert {int(p) for p in kept.pitch} == {keys["snare"], keys["crash"]}, "what keeps the time goes first"


def test_of_three_drums_at_once_the_two_loudest_are_struck() -> None:
    at_once = Notes.of([(0, SNARE, 3, 100), (0, TOM, 3, 90), (0, CRASH, 3, 40)])
    part = finish(at_once, Stem.DRUMS, Wish({"density": 0.5}), np.array([0, 48]))
    assert set(part.pitch.tolist()) == {SNARE, TOM}


@pytest.mark.parametrize("bar", [48, 42])
@pytest.mark.parametrize("stem", [Stem.BASS, Stem.GUITAR])
def test_long_notes_end_where_the_bars_do_that_are_spoken_of(stem: Stem, bar: int) -> None:
    lines = np.arange(0, bar * 5, bar)
    notes = PARTS[stem].starting(0, int(lines[-1]))
    few = notes.select(np.isin(notes.onset % bar, (0, 30, 36)))
    part = finish(few, stem, Wish({"note length": 1.0}), lines)
    assert part.duration.mean() > 1.2 * few.duration.mean() and part.end.max() <= lines[-1]
    starts = np.append(np.unique(part.onset), lines[-1])
    assert (part.end <= starts[np.searchsorted(starts, part.onset, side="right")]).all(), "nor over the next stroke"


@pytest.mark.parametrize("bar", [30, 42])
def test_the_last_note_of_an_odd_bar_is_as_short_as_the_others(bar: int) -> None:
    lines = np.arange(0, bar * 5, bar)
    eighths = Notes.of((at, 40, 6, 90) for at in range(0, int(lines[-1]), 6))
    short = finish(eighths, Stem.BASS, Wish({"note length": 0.0}), lines)
    assert short.onset.tolist() == eighths.onset.tolist() and len(set(short.duration.tolist())) == 1
    early = Notes.merge([eighths, Notes.of([(bar - 1, 52, 1, 90)])])
    there = finish(early, Stem.BASS, Wish({"loudness": 1.0}), lines)
    assert np.array_equal(there.onset, early.onset) and np.array_equal(there.duration, early.duration)


def test_skips_stay_inside_the_bars_that_are_spoken_of() -> None:
    quarters = Notes.of([*((12 * i, 40 + i % 3, 10, 90) for i in range(9)), (99, 40, 3, 90)])  # 3/4
    swung = finish(quarters, Stem.BASS, Wish({"swing": 1.0}), np.arange(0, 109, 36))
    assert len(swung) > len(quarters) and swung.end.max() <= 108


def test_sixteenths_that_become_triplets_sound_one_at_a_time() -> None:
    sixteenths = Notes.of((3 * i, 40 + i % 2, 3, 90) for i in range(64))
    swung = finish(sixteenths, Stem.BASS, Wish({"swing": 1.0}), BARS)
    assert (swung.end[:-1] <= swung.onset[1:]).all()

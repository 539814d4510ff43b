"""How loud parts are: words go by the other parts, numbers do not, and ramps lead from one end to the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from midi_subtract.files.smf_edit import encode_track
from midi_subtract.inserter import MidiInserter
from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.loudness import behind
from midi_subtract.playing.usual import told_in, usual_sections
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.ramp_words import ramp_asked
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.model.sampler import SamplerConfig
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.cli.material import smf
from tests.midi.heard import Heard

BAR = 48
KEYS = smf(encode_track("keys", 0, 0, [(1920 * bar, 1920 * bar + 1900, 60 + bar % 4, 80) for bar in range(16)]))
PART = Notes.of((6 * i, 40, 5, 80 + 10 * (i % 2 == 0)) for i in range(128))  # 16 bars, accents on the beat
SOFT, LOUD = Wish({"loudness": 0.25}), Wish({"loudness": 0.75})


def song(*velocities: int) -> Song:
    """Sixteen bars of keys and strings, in which each velocity holds as long as the others."""
    rows = [(BAR * bar, 60, BAR, velocities[bar * len(velocities) // 16]) for bar in range(16)]
    tracks = [Track("keys", 0, False, Notes.of(rows)), Track("strings", 48, False, Notes.of(rows).shifted(0, 12))]
    return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480)


def of_bars(notes: Notes) -> np.ndarray:
    return np.array([notes.velocity[notes.onset // BAR == bar].mean() for bar in range(16)])


@pytest.mark.parametrize("stem", [Stem.DRUMS, Stem.BASS, Stem.GUITAR])
@pytest.mark.parametrize("band", [30, 64, 127])
def test_words_for_loudness_go_by_the_other_parts(stem: Stem, band: int) -> None:
    velocities = []
    for place in (0.0, 0.25, 0.75, 1.0):
        asked = Asked.of(song(band), stem, Wish({"loudness": place}))
        part = asked.finished(PART)
        velocities.append(float(part.velocity.mean()))
        row = next(row for row in explained(asked, part, 33) if row.fact == "loudness")
        assert row.fulfilled and row.asked_value == pytest.approx(velocities[-1], abs=1)
        assert row.measured.endswith(f"(the others {band})") and (stem is Stem.DRUMS or not asked.missed(part))
    very_soft, soft, loud, very_loud = velocities
    assert 19 <= very_soft <= soft < band <= round(loud) <= round(very_loud) <= 127
    assert soft <= band - 9 and (loud >= band + 10 or loud >= 119)


@pytest.mark.parametrize(("own", "wish", "least"), [(40, SOFT, -20), (110, LOUD, 4)])
def test_a_word_moves_what_is_as_soft_or_loud_by_itself(own: int, wish: Wish, least: int) -> None:
    part = Notes(PART.onset, PART.pitch, PART.duration, PART.velocity - 85 + own)
    asked = Asked.of(song(80), Stem.BASS, wish)
    finished = asked.finished(part)
    change = float(finished.velocity.mean()) - own
    assert min(least, 0) <= change <= -4 or change >= max(least, 4)
    row = next(row for row in explained(asked, finished, 33) if row.fact == "loudness")
    assert row.fulfilled and row.asked_value == pytest.approx(finished.velocity.mean(), abs=1)


@pytest.mark.parametrize(("wish", "said"), [(SOFT, "softer"), (LOUD, "louder")])
def test_a_step_goes_from_how_loud_the_part_is_whatever_the_others_play(wish: Wish, said: str) -> None:
    asked = Asked.of(song(30), Stem.BASS, Wish(), {9: replace(wish, is_step=True)})
    finished = asked.finished(PART)
    played = of_bars(finished)
    assert (played[:8] == 85).all() and 8 <= abs(played[8:].mean() - 85) <= 18
    row = next(row for row in explained(asked, finished, 33) if row.fact == "loudness" and row.asked)
    assert (row.asked, row.fulfilled) == (said, True) and row.measured.endswith("(85 before)")
    assert not next(row for row in explained(asked, PART, 33) if row.asked).fulfilled
    first = Asked.of(song(30), Stem.BASS, replace(wish, is_step=True))
    row = next(row for row in explained(first, first.finished(PART), 33) if row.asked)
    assert (row.asked, row.fulfilled) == (said, True)
    assert (of_bars(asked.completed(finished)) == played).all(), "what has taken the step takes no other"
    rising = Notes(PART.onset, PART.pitch, PART.duration, PART.velocity + (PART.onset >= 8 * BAR).astype(np.int16) * 9)
    change = of_bars(asked.finished(rising))[8:].mean() - 85
    assert abs(change) >= 8 and (change > 0) == (said == "louder"), "beside the section before, not beside itself"


@pytest.mark.parametrize(
    "wish", [Wish({}, {"style": {"jazz": True}}), Wish({"density": 0.5}, {"style": {"rock": True}})]
)
def test_a_style_leaves_a_part_as_loud_as_the_others(wish: Wish) -> None:
    quiet = Notes(PART.onset, PART.pitch, PART.duration, PART.velocity - 55)
    assert Asked.of(song(70), Stem.GUITAR, wish).finished(quiet).velocity.mean() == pytest.approx(70, abs=2)
    asked = Asked.of(song(70), Stem.GUITAR, replace(wish, levels={"loudness": 0.25}))
    assert asked.finished(PART).velocity.mean() < 60


def test_a_bass_of_which_something_is_asked_is_not_asked_to_be_busy_too() -> None:
    sampler, said = SamplerConfig(usual_scales={"guitar": 1.5}), Wish({}, {"style": {"rock": True}})

    def told(stem: Stem, wish: Wish) -> Wish:
        usual = usual_sections(song(70), stem)
        return told_in(sampler, Asked.of(song(70), stem, wish), usual, 0, 3, False, True)[1][0].wish

    assert told(Stem.BASS, said) == said and "density" in told(Stem.GUITAR, said).levels
    assert "density" in told(Stem.BASS, Wish()).levels


def test_a_number_for_loudness_is_a_velocity_whatever_the_others_play() -> None:
    asked = Asked.of(song(120), Stem.BASS, Wish({"loudness": 0.0}, {}, {"loudness": 60.0}))
    part = asked.finished(asked.as_players_do(PART))
    assert part.velocity.mean() == pytest.approx(60, abs=1)
    assert next(row for row in explained(asked, part, 33) if row.fact == "loudness").asked == "very soft (60)"


def test_what_is_asked_by_a_word_goes_with_the_song() -> None:
    asked = Asked.of(song(50, 100), Stem.GUITAR, SOFT)
    played = of_bars(asked.finished(asked.as_players_do(PART)))
    assert played[:8].max() + 15 < played[8:].min()


def test_a_section_that_is_to_be_louder_is_louder_than_what_goes_before() -> None:
    for wishes in ((Wish(), {9: LOUD}), (SOFT, {9: SOFT.then(Wish({"density": 0.5}))}), (LOUD, {9: SOFT})):
        played = of_bars(Asked.of(song(60), Stem.BASS, *wishes).finished(PART))
        change = played[8:].mean() - played[:8].mean()
        assert np.sign(round(change)) == (1, 0, -1)[[LOUD, SOFT.then(Wish({"density": 0.5})), SOFT].index(wishes[1][9])]


def test_soft_strokes_beside_loud_ones_are_heard_still() -> None:
    drums = Notes.of([(6 * i, 38, 3, (110, 30)[i % 2]) for i in range(128)])
    part = Asked.of(song(60), Stem.DRUMS, SOFT).finished(drums)
    assert part.velocity.min() >= 15 and part.velocity[0] / part.velocity[1] == pytest.approx(110 / 30, abs=0.2)


def test_a_part_that_is_to_be_soft_and_build_up_has_the_notes_that_it_has_without(
    random_inserter: MidiInserter,
) -> None:
    ways: list[dict[str, Any]] = [{}, {"loudness": "soft", "prompt": "build towards the end"}]
    plain, built = (random_inserter(KEYS, "bass", seed=3, tries=1, steps=1, **how) for how in ways)
    assert len(plain.notes)
    assert built.notes.onset.tolist() == plain.notes.onset.tolist()
    assert built.notes.pitch.tolist() == plain.notes.pitch.tolist()
    assert built.notes.velocity.mean() < 75 and not any("prompt" in warning for warning in built.report.warnings)
    assert [row.asked for row in built.report.facts if row.asked] == ["soft", "crescendo"]


@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("stem", [Stem.DRUMS, Stem.BASS])
def test_a_ramp_leads_through_the_whole_part_and_accents_stay(stem: Stem, direction: int) -> None:
    prompt = Wish(ramp=direction)
    against = Notes(
        PART.onset, PART.pitch, PART.duration, PART.velocity - direction * (PART.onset // BAR).astype(np.int16)
    )
    for later in ({}, {5: prompt.then(Wish({"density": 0.5}))}):
        asked = Asked.of(song(80), stem, prompt, later)
        part = asked.completed(against)
        played = of_bars(part) * direction
        assert (np.diff(played) > 0).all() and played[-1] - played[0] > 50
        assert (part.velocity[::2] > part.velocity[1::2]).all() and part.velocity.min() >= 15
        row = next(row for row in explained(asked, part, 33) if row.fact == "dynamics")
        assert (row.asked, row.fulfilled) == ({1: "crescendo", -1: "diminuendo"}[direction], True)
        assert not next(row for row in explained(asked, PART, 33) if row.fact == "dynamics").fulfilled
    assert not explained(asked, Notes.empty(), 33)[-1].fulfilled


def test_a_section_that_is_louder_leaves_all_notes_and_the_loudness_of_the_others() -> None:
    drawn = Notes.of((12 * step, 36 + step % 48 // 12, 10 - step % 3, 80) for step in range(64))
    plain, loud = (
        Asked.of(song(80), Stem.BASS, Wish(), later) for later in ({}, {9: Wish({"loudness": 1.0}), 13: Wish()})
    )
    before = plain.finished(plain.as_players_do(drawn))
    after = loud.finished(loud.as_players_do(drawn))
    assert all((getattr(before, name) == getattr(after, name)).all() for name in ("onset", "pitch", "duration"))
    inside = (after.onset >= 8 * BAR) & (after.onset < 12 * BAR)
    assert (before.velocity == after.velocity).tolist() == (~inside).tolist()


@pytest.mark.parametrize("direction", [1, -1])
def test_a_ramp_of_a_soft_part_ends_no_louder_than_one_as_wide_about_it(direction: int) -> None:
    quiet = Notes(PART.onset, PART.pitch, PART.duration, PART.velocity - 55)
    played = of_bars(Asked.of(song(30), Stem.BASS, Wish(ramp=direction)).completed(quiet))
    assert played.min() >= 18 and 40 <= played.max() <= 68 and (np.diff(played) * direction > 0).all()


def test_bars_apart_have_ramps_of_their_own() -> None:
    asked = Asked.of(song(80), Stem.BASS, Wish(ramp=1), only=[(1, 2), (7, 8)])
    assert [ramp.bars for ramp in asked.ramps] == ["1-2", "7-8"]


def test_a_section_has_a_ramp_of_its_own_or_none() -> None:
    asked = Asked.of(song(80), Stem.BASS, Wish(), {9: Wish(ramp=1), 13: Wish()})
    played = of_bars(asked.completed(PART))
    assert (played[:8] == 85).all() and (played[12:] == 85).all()
    assert (np.diff(played[8:12]) > 10).all()
    assert Wish(ramp=1).then(SOFT).ramp == 0 and Wish(ramp=1).then(Wish({"density": 1.0})).ramp == 1
    assert Asked.of(song(80), Stem.BASS, Wish(ramp=1)).completed(PART.starting(0, 6)).velocity.tolist() == [90]


@pytest.mark.parametrize(
    ("sentence", "rest", "ramp"),
    [
        ("crescendo", "", 1),
        ("a slow crescendo to the end", "", 1),
        ("walking bass with a crescendo", "walking bass", 1),
        ("get louder", "", 1),
        ("sparse, gets louder and louder", "sparse", 1),
        ("busy, build up the energy, syncopated", "busy, syncopated", 1),
        ("build towards the end", "", 1),
        ("start soft and end loud", "", 1),
        ("starts off quietly, then gets loud", "", 1),
        ("start quiet and build up", "", 1),
        ("soft at the start and loud at the end", "", 1),
        ("from pp to ff", "", 1),
        ("a bit louder towards the end", "", 1),
        ("starts soft ends loud", "", 1),
        ("begins softly and builds", "", 1),
        ("start softly and grow", "", 1),
        ("busy, starts off gentle and gets heavier", "busy", 1),
        ("quiet at first, loud at the end", "", 1),
        ("quiet at first then really dig in", "", 1),
        ("toms, slow build to a huge ending", "toms", 1),
        ("soft to loud", "", 1),
        ("goes from quiet to loud", "", 1),
        ("louder at the end", "", 1),
        ("build intensity", "", 1),
        ("diminuendo", "", -1),
        ("busy, ends softly", "busy", -1),
        ("fades at the end", "", -1),
        ("dies out at the end", "", -1),
        ("loud at first, then soft", "", -1),
        ("on the ride; fade out at the end", "on the ride", -1),
        ("start loud, end soft", "", -1),
        ("softer and softer", "", -1),
        ("fade in slowly over the whole song", "", 1),
        ("start quietly with single notes and build to full strumming", "to full strumming", 1),
        ("start small and end huge", "", 1),
        ("peaks at the end", "", 1),
        ("softer as the song goes on", "", -1),
    ],
)
def test_words_for_a_ramp_are_no_dynamic_range(sentence: str, rest: str, ramp: int) -> None:
    assert ramp_asked(sentence) == (rest, ramp)


@pytest.mark.parametrize(
    "sentence",
    [
        "louder", "make it louder", "soft", "crescendos and diminuendos", "crescendo and diminuendo", "no crescendo",
        "don't fade out", "busy, without getting louder", "a crescendo in every phrase", "get louder in the chorus",
        "louder than the piano", "", "start on the root and end on the fifth", "build a low, loud wall",
        "light to heavy swing", "soft to loud accents", "fade the chords", "fades at the end of every phrase",
        "start low, end high", "soft at first",
        "fade in the chorus", "sparse", "start with single notes", "peaks on 2", "softer as before",
    ],
)  # fmt: skip
def test_other_words_and_ramps_that_are_denied_or_elsewhere_are_left(sentence: str) -> None:
    assert ramp_asked(sentence) == (sentence, 0)


def test_the_reader_gets_what_is_no_ramp() -> None:
    reader = Heard(Wish({"density": 0.75}))
    assert RuleReader(reader).understand("busy, build up to the end", Stem.DRUMS) == Wish({"density": 0.75}, ramp=1)
    assert RuleReader(reader).understand("fade out", Stem.KEYS) == Wish(ramp=-1)
    assert reader.sentences == ["busy"]


@pytest.mark.parametrize(
    ("wish", "loud"),
    [
        (Wish({}, {"style": {"jazz": True}}), 60),
        (Wish({}, {"style": {"waltz": True}}), 60),
        (Wish({}, {"style": {"waltz": False}}), 110),
        (Wish({}, {"style": {"rock": True}}), 110),
        (Wish({"loudness": 1.0}, {"style": {"jazz": True}}), 110),
    ],
)
def test_drums_of_soft_styles_are_behind_the_others_unless_their_loudness_is_asked_for(wish: Wish, loud: int) -> None:
    drums = Notes.of((12 * beat, 51, 3, 110) for beat in range(64))
    assert (behind(drums, wish, {Stem.KEYS: 80.0}).velocity == loud).all()
    assert (Asked.of(song(80), Stem.DRUMS, wish).finished(drums).velocity.mean() <= 60) == (loud == 60)
    soft = Notes.from_arrays(drums.onset, drums.pitch, drums.duration, drums.velocity - 70)
    assert (behind(soft, wish, {Stem.KEYS: 80.0}).velocity == 40).all(), "softer ones stay"
    beside = replace(song(80), tracks=[*song(80).tracks, Track("drums", 0, True, drums)])
    assert (Asked.of(beside, Stem.DRUMS, wish).finished(drums).velocity == 110).all() or "loudness" in wish.levels, (
        "those of a song that has drums go with these"
    )

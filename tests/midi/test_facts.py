"""Facts of hand-made parts whose figures are known, each beside a part that differs in that one fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.listening.facts import Setting, figure_shares, song_facts, stem_facts
from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from subtract_core.errors import InputError
from subtract_core.facts import CHOICE, SCALE, SCALES, StemFacts
from subtract_core.levels import BOUNDS, word
from subtract_core.stems import STEMS, Stem

EXAMPLES = Path(__file__).parents[2] / "examples"
BAR, BARS = 48, 8
KEYS = {
    "kick": 36, "side_stick": 37, "snare": 38, "closed": 42, "pedal": 44, "open": 46, "low_tom": 43, "high_tom": 50,
    "crash": 49, "ride": 51, "conga": 63,
}  # fmt: skip
Row = tuple[int, int, int, int]


def lines(bars: int = BARS, length: int = BAR) -> np.ndarray:
    return np.arange(bars + 1, dtype=np.int64) * length


def setting(tempo: float = 120.0, programs: Mapping[int, int] | None = None, style: tuple[str, ...] = ()) -> Setting:
    return Setting(lines(), tempo, programs or {}, style)


def facts(notes: Notes, stem: Stem, context: Mapping[Stem, Notes] | None = None, tempo: float = 120.0) -> StemFacts:
    return stem_facts(notes, stem, context or {}, setting(tempo))


def every_bar(rows: Iterable[Row], bars: int = BARS, length: int = BAR) -> Notes:
    """The rows (onset, pitch, duration, velocity) of one bar, in every bar."""
    one = Notes.of(rows)
    return Notes.merge(one.shifted(n * length) for n in range(bars))


def line(pitches: Sequence[int], step: int, duration: int | None = None, at: int = 0) -> Notes:
    """In every bar the pitches one after the other, `step` steps apart, legato unless told."""
    return every_bar((at + i * step, p, duration or step, 90) for i, p in enumerate(pitches))


def chords(pitches: Sequence[int], places: Iterable[int], duration: int = 6) -> Notes:
    """In every bar the same chord at some places."""
    return every_bar((at, p, duration, 80) for at in places for p in pitches)


def kit(**drums: Iterable[int]) -> Notes:
    """In every bar the named drums at their steps."""
    return every_bar((at, KEYS[name], 1, 100) for name, places in drums.items() for at in places)


# --- scales ---------------------------------------------------------------------------------------------------------


def test_density_counts_onset_times_a_bar() -> None:
    assert facts(line([40] * 8, 6), Stem.BASS).scales["density"] == 8
    assert facts(line([40] * 4, 12), Stem.BASS).scales["density"] == 4
    assert facts(chords([60, 64, 67], (0, 24)), Stem.KEYS).scales["density"] == pytest.approx(16 / 31 * 4)


def test_density_leaves_out_the_rests_around_a_part() -> None:
    two_bars = line([40] * 8, 6).between(3 * BAR, 5 * BAR).shifted(3 * BAR)
    assert facts(two_bars, Stem.BASS).scales["density"] == 8


def test_a_strummed_chord_is_one_onset() -> None:
    strum = every_bar((at + i, p, 6, 80) for at in range(0, 48, 12) for i, p in enumerate((52, 59, 64)))
    struck = facts(strum, Stem.GUITAR).scales
    assert struck["density"] == 4
    assert struck["polyphony"] == 3


def test_register_is_the_mean_pitch_and_drums_have_none() -> None:
    assert facts(line([40, 44, 47, 49], 12), Stem.BASS).scales["register"] == 45
    assert "register" not in facts(kit(kick=[0]), Stem.DRUMS).scales


def test_loudness_and_its_range() -> None:
    part = Notes.of((at, 60, 6, 60 if at % 12 else 100) for at in range(0, 8 * BAR, 6))
    uneven, even = facts(part, Stem.KEYS), facts(line([60] * 8, 6), Stem.KEYS)
    assert (uneven.scales["loudness"], uneven.scales["dynamic range"]) == (80, 20)
    assert (even.scales["loudness"], even.scales["dynamic range"]) == (90, 0)
    assert (uneven.words["dynamic range"], even.words["dynamic range"]) == ("wide", "even")


@pytest.mark.parametrize(
    ("places", "share"),
    [
        ((0, 12, 24, 36), 0.0),  # on the beat
        ((0, 6, 12, 18, 24, 30, 36, 42), 0.0),  # eighths: every off-beat is answered
        ((0, 18, 36), 1 / 3),  # the tresillo skips the third beat
        ((1, 11, 24, 37), 0.0),  # a step off is still on the beat
    ],
)
def test_syncopation(places: tuple[int, ...], share: float) -> None:
    part = every_bar((at, 40, 3, 90) for at in places)
    assert facts(part, Stem.BASS).scales["syncopation"] == pytest.approx(share)


def test_syncopation_of_off_beats_is_full() -> None:
    scale = facts(line([60] * 4, 12, 3, at=6), Stem.KEYS).scales["syncopation"]
    assert scale == pytest.approx(31 / 32)  # what follows the last one lies outside the window


def test_syncopation_of_drums_looks_behind_the_hats() -> None:
    hats = range(0, 48, 6)
    assert facts(kit(kick=[0, 18], snare=[12, 36], closed=hats), Stem.DRUMS).scales["syncopation"] == 1 / 4
    assert facts(kit(kick=[0, 24], snare=[12, 36], closed=hats), Stem.DRUMS).scales["syncopation"] == 0


@pytest.mark.parametrize(("middle", "amount", "name"), [(6, 0, "straight"), (7, 0.5, "light swing"), (8, 1, "swung")])
def test_swing(middle: int, amount: float, name: str) -> None:
    part = every_bar((beat + at, 40, 3, 90) for beat in range(0, 48, 12) for at in (0, middle))
    measured = facts(part, Stem.BASS)
    assert measured.scales["swing"] == amount
    assert measured.words["swing"] == name


def test_swing_is_unknown_without_off_beats_and_sixteenths_do_not_swing() -> None:
    assert "swing" not in facts(line([40] * 4, 12), Stem.BASS).scales
    assert facts(line([40] * 16, 3), Stem.BASS).scales["swing"] == 0


def test_triplets_do_not_swing_but_sixteenths_in_triplets_do() -> None:
    assert "swing" not in facts(line([40] * 12, 4), Stem.BASS).scales
    swung = every_bar((beat + at, 40, 2, 90) for beat in range(0, 48, 12) for at in (0, 4, 8, 10))
    assert facts(swung, Stem.BASS).words["swing"] == "swung"


def test_quarters_after_a_pickup_of_an_eighth_are_on_the_beat() -> None:
    quarters = Notes.of((6 + 12 * i, 40, 12, 90) for i in range(32))
    lines = np.array([0, *range(6, 6 + 9 * 48, 48)])
    assert stem_facts(quarters, Stem.BASS, {}, Setting(lines, 120.0)).words["syncopation"] == "straight"


def test_note_length_takes_gaps_from_durations() -> None:
    def length(step: int, duration: int) -> float:
        return facts(line([40] * (48 // step), step, duration), Stem.BASS).scales["note length"]

    assert length(12, 12) == 1  # legato quarters, in beats
    assert length(6, 6) == 0.5
    assert length(12, 6) == 0.25  # half a quarter note, and it fills half of its time
    assert length(12, 3) < length(3, 3)  # staccato quarters are shorter than legato sixteenths
    assert length(48, 48) == 4


def test_a_rest_of_several_bars_counts_as_one() -> None:
    held = Notes.of([(0, 40, 48, 90), (4 * BAR, 40, 48, 90)])
    assert facts(held, Stem.BASS).scales["note length"] == 4


def test_note_length_words_tell_staccato_from_sustained() -> None:
    assert facts(line([40] * 8, 6, 2), Stem.BASS).words["note length"] == "staccato"
    assert facts(line([40], 48), Stem.BASS).words["note length"] == "sustained"


def test_polyphony_counts_different_pitches() -> None:
    triads = chords([60, 64, 67], (0, 24))
    assert facts(triads, Stem.KEYS).scales["polyphony"] == 3
    assert facts(Notes.merge([triads, triads]), Stem.KEYS).scales["polyphony"] == 3  # two players in unison
    single = facts(line([60, 64, 67, 64], 12), Stem.KEYS)
    assert (single.scales["polyphony"], single.words["polyphony"]) == (1, "single notes")


def test_tempo_is_the_mean_over_time() -> None:
    # 8 beats at 120 take 4 s, 8 beats at 60 take 8 s: 16 beats in 12 s
    track = Track("", 33, False, line([40] * 4, 12).between(0, 4 * BAR))
    song = Song([track], [Meter(0, 4, 4)], [(0, 120.0), (96, 60.0)], 480)
    assert song_facts(song, Stem.BASS).scales["tempo"] == pytest.approx(80)
    assert song_facts(song, Stem.BASS, 96).scales["tempo"] == pytest.approx(60)


def test_silence_has_no_facts() -> None:
    silent = facts(Notes.empty(), Stem.GUITAR)
    assert (silent.scales, silent.words, silent.choices) == ({}, {}, {})


def test_every_stem_has_every_scale_that_applies_to_it_with_its_word() -> None:
    part = line([40, 41, 43, 45, 40, 41, 43, 45], 6)
    for stem in STEMS:
        measured = facts(part if stem is not Stem.DRUMS else kit(kick=[0], closed=range(0, 48, 6)), stem)
        assert set(measured.scales) == set(measured.words) == {s.name for s in SCALES if stem in s.stems}


def test_words_rise_with_the_value() -> None:
    for scale in SCALES:
        assert set(BOUNDS[scale.name]) == set(scale.stems)
        for stem in scale.stems:
            bounds = BOUNDS[scale.name][stem]
            assert list(bounds) == sorted(set(bounds))
            values = [bounds[0] - 1, *bounds]  # one value below the bounds, then the least of every further word
            assert tuple(word(scale.name, stem, value) for value in values) == SCALE[scale.name].words


# --- figures --------------------------------------------------------------------------------------------------------

CHANGING = Notes.of(
    (bar * BAR, pitch, BAR, 80) for bar in range(BARS) for pitch in ((60, 64, 67), (62, 65, 69))[bar % 2]
)
ROOTS = line([40] * 8, 6)
WALK = line([40, 43, 45, 47], 12)
OCTAVES = line([36, 48] * 4, 6)
OFF_BEAT = line([40] * 4, 12, 4, at=6)
LONG = line([40], 48)
ROCK = kit(kick=[0, 24], snare=[12, 36], closed=range(0, 48, 6))


@pytest.mark.parametrize(
    ("figure", "part", "contrast", "context"),
    [
        ("root eighths", ROOTS, line([40, 43, 45, 47] * 2, 6), {}),
        ("root eighths", ROOTS, line([40] * 4, 12), {}),
        ("walking", WALK, line([40, 47, 40, 47], 12), {}),
        ("walking", WALK, line([40, 43, 45, 47] * 2, 6), {}),
        ("octaves", OCTAVES, line([36, 43] * 4, 6), {}),
        ("off-beat", OFF_BEAT, line([40] * 4, 12, 4), {}),
        ("off-beat", OFF_BEAT, ROOTS, {}),
        ("whole notes", LONG, line([40], 48, 12), {}),
        ("whole notes", LONG, line([40, 40], 24), {}),
        ("pedal", ROOTS, WALK, {Stem.KEYS: CHANGING}),
        ("pedal", LONG, line([40, 47], 24), {}),
        ("follows the kick", line([40, 43], 24), line([40, 43], 24, at=12), {Stem.DRUMS: ROCK}),
    ],
)
def test_bass_figures(figure: str, part: Notes, contrast: Notes, context: Mapping[Stem, Notes]) -> None:
    assert figure in facts(part, Stem.BASS, context).choices["figure"]
    assert figure not in facts(contrast, Stem.BASS, context).choices.get("figure", ())


def test_a_held_tone_is_no_pedal_where_the_harmony_stands_still() -> None:
    still = chords([60, 64, 67], [0], 48)
    assert "pedal" not in facts(ROOTS, Stem.BASS, {Stem.KEYS: still}).choices["figure"]
    assert "pedal" in facts(ROOTS, Stem.BASS, {Stem.KEYS: CHANGING}).choices["figure"]


def test_root_eighths_against_a_rock_beat_do_not_follow_the_kick() -> None:
    assert "follows the kick" not in facts(ROOTS, Stem.BASS, {Stem.DRUMS: ROCK}).choices["figure"]


EIGHTHS = range(0, 48, 6)
STRUM = chords([52, 59, 64, 67], (0, 12, 18, 30, 36, 42))
ARPEGGIO = line([52, 59, 64, 67, 71, 67, 64, 59], 6)
POWER = chords([40, 47, 52], EIGHTHS)
SOLO = line([64, 66, 67, 69, 71, 69, 67, 66], 6)
CHUG = chords([40], EIGHTHS, duration=2)
SKANK = chords([55, 59, 62], (6, 18, 30, 42), duration=2)


@pytest.mark.parametrize(
    ("figure", "part", "contrast"),
    [
        ("strummed", STRUM, ARPEGGIO),
        ("strummed", STRUM, chords([52, 59, 64, 67], [0], 48)),  # one held chord a bar
        ("strummed", STRUM, POWER),
        ("arpeggiated", ARPEGGIO, SOLO),
        ("arpeggiated", ARPEGGIO, STRUM),
        ("power chords", POWER, STRUM),
        ("power chords", POWER, chords([40, 44], EIGHTHS)),
        ("single-note lead", SOLO, ARPEGGIO),
        ("single-note lead", SOLO, SOLO.shifted(semitones=-24)),  # a riff on the low strings
        ("single-note lead", SOLO, STRUM),
        ("muted eighths", CHUG, chords([40], EIGHTHS, duration=6)),
        ("muted eighths", CHUG, line([40] * 4, 12, 2)),
        ("off-beat", SKANK, chords([55, 59, 62], (0, 12, 24, 36), duration=2)),
    ],
)
def test_guitar_figures(figure: str, part: Notes, contrast: Notes) -> None:
    assert figure in facts(part, Stem.GUITAR).choices["figure"]
    assert figure not in facts(contrast, Stem.GUITAR).choices.get("figure", ())


def test_a_muted_guitar_may_play_its_eighths_long() -> None:
    long = chords([40], EIGHTHS, duration=6)
    assert "muted eighths" in stem_facts(long, Stem.GUITAR, {}, setting(programs={28: 64})).choices["figure"]


HALF_TIME = kit(kick=[0], snare=[24], closed=EIGHTHS)
DOUBLE = kit(kick=[0, 12, 24, 36], snare=[6, 18, 30, 42], closed=EIGHTHS)
FLOOR = kit(kick=[0, 12, 24, 36], open=[6, 18, 30, 42])
SHUFFLE = kit(kick=[0, 24], snare=[12, 36], closed=[0, 8, 12, 20, 24, 32, 36, 44])
SIXTEENTHS = kit(kick=[0, 24], snare=[12, 36], closed=range(0, 48, 3))
BLAST = kit(kick=EIGHTHS, snare=EIGHTHS, ride=range(0, 48, 12))


@pytest.mark.parametrize(
    ("figure", "part", "contrast"),
    [
        ("four on the floor", FLOOR, ROCK),
        ("four on the floor", FLOOR, kit(kick=range(0, 48, 3), snare=[12, 36])),  # double bass drum
        ("backbeat", ROCK, HALF_TIME),
        ("backbeat", ROCK, kit(kick=[0, 24], snare=range(0, 48, 12))),  # snare on every beat
        ("half-time", HALF_TIME, ROCK),
        ("double-time", DOUBLE, ROCK),
        ("shuffle", SHUFFLE, ROCK),
        ("shuffle", SHUFFLE, SIXTEENTHS),
        ("shuffle", SHUFFLE, kit(kick=[0, 24], closed=[0, 6, 8, 12, 18, 20, 24, 36])),  # eighths with a grace note
        ("sixteenth hats", SIXTEENTHS, ROCK),
        ("sixteenth hats", SIXTEENTHS, kit(closed=range(0, 48, 4), snare=[12, 36])),  # triplets
    ],
)
def test_drum_figures(figure: str, part: Notes, contrast: Notes) -> None:
    assert figure in facts(part, Stem.DRUMS).choices["figure"]
    assert figure not in facts(contrast, Stem.DRUMS).choices.get("figure", ())


def test_a_jazz_ride_shuffles() -> None:
    ride = kit(ride=[0, 12, 20, 24, 36, 44], pedal=[12, 36])
    assert facts(ride, Stem.DRUMS).choices["figure"] == ("shuffle",)


def test_ghost_notes_do_not_hide_the_backbeat() -> None:
    ghosts = every_bar((at, KEYS["snare"], 1, 40) for at in (0, 9, 24, 33))
    assert "backbeat" in facts(Notes.merge([ROCK, ghosts]), Stem.DRUMS).choices["figure"]


def test_a_blast_beat_depends_on_the_tempo() -> None:
    assert "blast beat" in facts(BLAST, Stem.DRUMS, tempo=200).choices["figure"]
    assert "blast beat" not in facts(BLAST, Stem.DRUMS, tempo=100).choices.get("figure", ())
    assert "blast beat" not in facts(DOUBLE, Stem.DRUMS, tempo=200).choices["figure"]


def test_a_figure_needs_half_of_the_bars_played() -> None:
    def mixed(rock_bars: int) -> StemFacts:
        rock = ROCK.between(0, rock_bars * BAR)
        rest = HALF_TIME.between(0, (BARS - rock_bars) * BAR).shifted(rock_bars * BAR)
        return facts(Notes.merge([rock, rest]), Stem.DRUMS)

    assert mixed(5).choices["figure"] == ("backbeat",)
    assert mixed(4).choices["figure"] == ("backbeat", "half-time")
    assert mixed(3).choices["figure"] == ("half-time",)


def test_shares_tell_how_much_of_a_part_follows_a_figure() -> None:
    part = Notes.merge([WALK.between(0, 2 * BAR), LONG.between(0, 6 * BAR).shifted(2 * BAR)])
    shares = figure_shares(part, Stem.BASS, {}, lines(), setting())
    assert (shares["walking"], shares["whole notes"], shares["octaves"]) == (0.25, 0.75, 0)
    assert set(shares) == set(CHOICE["figure"].options[Stem.BASS])
    for stem, part in ((Stem.GUITAR, STRUM), (Stem.DRUMS, ROCK)):
        assert set(figure_shares(part, stem, {}, lines(), setting())) == set(CHOICE["figure"].options[stem])


def test_figures_bear_with_a_step_of_human_timing() -> None:
    rng = np.random.default_rng(0)
    for part, stem, figure in ((WALK, Stem.BASS, "walking"), (ROCK, Stem.DRUMS, "backbeat")):
        moved = np.maximum(part.onset + rng.integers(-1, 2, len(part)), 0)
        loose = Notes.from_arrays(moved, part.pitch, part.duration, part.velocity)
        assert figure in facts(loose, stem).choices["figure"]


def test_waltzes_have_walking_basses_and_whole_notes_too() -> None:
    three = Setting(lines(BARS, 36), 150.0)
    walk = every_bar(((0, 40, 12, 90), (12, 43, 12, 90), (24, 45, 12, 90)), length=36)
    held = every_bar([(0, 40, 36, 90)], length=36)
    assert stem_facts(walk, Stem.BASS, {}, three).choices["figure"] == ("walking",)
    assert "whole notes" in stem_facts(held, Stem.BASS, {}, three).choices["figure"]


# --- kit, sound, style ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "part", "contrast"),
    [
        ("hi-hat", kit(closed=[0, 24]), kit(closed=[0])),
        ("hi-hat", kit(pedal=[12, 36]), kit(ride=EIGHTHS)),
        ("open hat", kit(open=[42]), kit(closed=EIGHTHS)),
        ("ride", kit(ride=EIGHTHS), kit(closed=EIGHTHS)),
        ("crashes", kit(kick=[0], crash=[0]), Notes.merge([kit(kick=[0]), Notes.of([(0, KEYS["crash"], 1, 100)])])),
        ("toms", kit(low_tom=[24], high_tom=[36]), kit(snare=[24, 36])),
        ("rim clicks", kit(side_stick=[12, 36]), kit(snare=[12, 36])),
        ("hand percussion", kit(conga=EIGHTHS), kit(low_tom=EIGHTHS)),
    ],
)
def test_kit(name: str, part: Notes, contrast: Notes) -> None:
    assert name in facts(part, Stem.DRUMS).choices["kit"]
    assert name not in facts(contrast, Stem.DRUMS).choices.get("kit", ())


def test_fills_stand_out_from_the_groove() -> None:
    roll = Notes.of((7 * BAR + 24 + at, KEYS["high_tom"], 1, 100) for at in range(0, 24, 3))
    assert "fills" in facts(Notes.merge([ROCK, roll]), Stem.DRUMS).choices["kit"]
    assert "fills" not in facts(ROCK, Stem.DRUMS).choices["kit"]
    train_beat = Notes.merge([ROCK, every_bar((at, KEYS["snare"], 1, 100) for at in range(0, 48, 3))])
    assert "fills" not in facts(train_beat, Stem.DRUMS).choices["kit"]  # every bar rolls, so none stands out


def test_brushes_are_told_by_the_kit_alone() -> None:
    assert "brushes" in stem_facts(ROCK, Stem.DRUMS, {}, setting(programs={40: 10})).choices["kit"]
    assert "brushes" not in stem_facts(ROCK, Stem.DRUMS, {}, setting(programs={0: 10})).choices["kit"]


@pytest.mark.parametrize(
    ("stem", "programs", "sounds"),
    [
        (Stem.BASS, {32: 9}, ("upright",)),
        (Stem.BASS, {36: 5, 37: 5, 33: 8}, ("slap", "fingered")),  # both slap basses are one sound
        (Stem.BASS, {33: 90, 39: 10}, ("fingered",)),  # a tenth of the notes is not worth a word
        (Stem.GUITAR, {30: 50, 24: 50}, ("distorted", "nylon")),
        (Stem.GUITAR, {31: 50}, ()),  # harmonics have no name
        (Stem.KEYS, {0: 50}, ()),
    ],
)
def test_sounds(stem: Stem, programs: Mapping[int, int], sounds: tuple[str, ...]) -> None:
    measured = stem_facts(WALK, stem, {}, setting(programs=programs))
    assert measured.choices.get("sound", ()) == sounds


def test_style_is_only_what_a_source_states() -> None:
    assert "style" not in facts(WALK, Stem.BASS).choices
    stated = stem_facts(WALK, Stem.BASS, {}, setting(style=("jazz",)))
    assert stated.choices["style"] == ("jazz",)
    assert not stated.inferred
    with pytest.raises(InputError, match="polka"):
        stem_facts(WALK, Stem.BASS, {}, setting(style=("polka",)))


# --- windows and songs ----------------------------------------------------------------------------------------------


def test_a_window_is_measured_like_a_part_of_its_own() -> None:
    whole = Notes.merge([WALK, ROOTS.shifted(BARS * BAR)])
    tracks = [Track("", 32, False, whole), Track("", 0, True, ROCK)]
    song = Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480)
    first, second = song_facts(song, Stem.BASS, 0, BARS * BAR), song_facts(song, Stem.BASS, BARS * BAR)
    assert first.choices == {"figure": ("walking",), "sound": ("upright",)}
    assert second.choices["figure"][0] == "root eighths"
    assert first.scales == facts(WALK, Stem.BASS).scales
    assert second.scales == facts(ROOTS, Stem.BASS).scales


def test_narrow_integers_of_stored_songs_measure_the_same() -> None:
    short = [np.asarray(a, dtype=np.uint8) for a in (WALK.pitch, WALK.duration, WALK.velocity)]
    assert facts(Notes(WALK.onset.astype(np.uint16), *short), Stem.BASS) == facts(WALK, Stem.BASS)


def test_notes_that_already_sound_are_left_out() -> None:
    assert facts(Notes.merge([Notes.of([(-6, 30, 60, 90)]), WALK]), Stem.BASS) == facts(WALK, Stem.BASS)


def test_facts_survive_json() -> None:
    measured = facts(ROCK, Stem.DRUMS)
    again = StemFacts.from_dict(measured.as_dict())
    assert (again.words, again.choices) == (measured.words, measured.choices)
    assert again.scales == pytest.approx(measured.scales, abs=1e-4)


def example(name: str) -> Song:
    return read_song((EXAMPLES / f"{name}.mid").read_bytes(), name)


def test_example_songs_are_what_their_readme_says() -> None:
    rock, waltz, funk, ballad = map(example, ("night_drive", "harbour_waltz", "neon_groove", "karaoke_night"))
    drums = song_facts(rock, Stem.DRUMS)
    assert "backbeat" in drums.choices["figure"]
    assert {"hi-hat", "ride"} <= set(drums.choices["kit"])
    assert drums.scales["tempo"] == pytest.approx(112, abs=0.1)
    half_time = song_facts(rock, Stem.DRUMS, 20 * BAR, 23 * BAR)  # the bridge
    assert half_time.choices["figure"] == ("half-time",)
    assert "rim clicks" in half_time.choices["kit"]

    assert "brushes" in song_facts(waltz, Stem.DRUMS).choices["kit"]
    double_bass = song_facts(waltz, Stem.BASS)
    assert double_bass.choices["sound"] == ("upright",)
    assert double_bass.words["density"] in ("very sparse", "sparse")

    funky, mellow = song_facts(funk, Stem.BASS), song_facts(ballad, Stem.BASS)
    assert (funky.choices["sound"], mellow.choices["sound"]) == (("fingered",), ("fretless",))
    for scale in ("density", "syncopation", "tempo"):
        assert funky.scales[scale] > mellow.scales[scale]
    assert funky.scales["note length"] < mellow.scales["note length"]


def test_what_does_not_occur_at_all_is_absent_and_what_is_rare_is_neither() -> None:
    crash = Notes.of([(0, KEYS["crash"], 1, 100)])
    measured = facts(Notes.merge([ROCK, crash]), Stem.DRUMS)
    assert "crashes" not in measured.choices["kit"] and "crashes" not in measured.absent["kit"]
    assert "toms" in measured.absent["kit"] and "four on the floor" in measured.absent["figure"]
    assert "crashes" in facts(ROCK, Stem.DRUMS).absent["kit"]


def test_sounds_are_absent_only_where_it_is_known_what_plays() -> None:
    window = setting(programs={33: 30, 36: 1})
    measured = stem_facts(WALK, Stem.BASS, {}, window)
    assert measured.choices["sound"] == ("fingered",)
    assert set(measured.absent["sound"]) == {"upright", "picked", "fretless", "synth"}
    assert "sound" not in stem_facts(WALK, Stem.BASS, {}, setting()).absent

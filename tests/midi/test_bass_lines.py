"""Lines of basses that no model is told of, read and played by rule: two-feel, root and fifth, tumbao, pedals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_subtract.files.smf_edit import encode_track
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.bass_lines import in_line, on_changes, roots_alone
from midi_subtract.playing.finishing import finish
from midi_subtract.playing.scenes import struck_again
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.bass_words import line_asked
from midi_subtract.words.kit_words import in_section
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.cli.material import conductor, smf


@pytest.mark.parametrize(
    ("sentence", "rest", "line"),
    [
        ("two-feel", "", "two-feel"),
        ("play in two, swung", "swung", "two-feel"),
        ("half notes, root and fifth", "", "two-feel"),
        ("a two-beat polka bass, staccato", "staccato", "two-feel"),
        ("roots in half notes", "", "roots in halves"),
        ("soft, play half-notes on the roots", "soft", "roots in halves"),
        ("root notes in quarters", "", "roots in quarters"),
        ("quarter notes only, root notes", "", "roots in quarters"),
        ("roots only, half notes", "", "roots in halves"),
        ("just root notes, long ones", "", "roots in wholes"),
        ("long roots", "", "roots in wholes"),
        ("follow the chord roots, quarter notes", "follow", "roots in quarters"),
        ("just root notes", "", "root notes"),
        ("keep it simple, stay on the roots", "keep it simple", "root notes"),
        ("root notes and nothing else, soft", "soft", "root notes"),
        ("melodic bass, more passing notes", "more notes", "passing notes"),
        ("play roots with some passing notes", "play roots", "passing notes"),
        ("stay on E the whole time", "", "pedal on E"),
        ("soft, hold down a low D", "soft", "pedal on D"),
        ("root and fifth alternating", "", "root and fifth"),
        ("country bass, root-fifth", "country bass", "root and fifth"),
        ("roots on one and fifths on three", "", "root and fifth"),
        ("alternating bass", "", "root and fifth"),
        ("a loud tumbao", "a loud", "tumbao"),
        ("salsa bass", "", "tumbao"),
        ("root and fifth on one and three", "", "root and fifth"),
        ("root and fifth on 1 & 3, soft", "soft", "root and fifth"),
        ("tumbao, no two-feel", "no two-feel", "tumbao"),
        ("pedal on A", "", "pedal on A"),
        ("hold a pedal E through it", "", "pedal on E"),
        ("busy, an A pedal", "busy", "pedal on A"),
        ("pedal on the low e string", "", "pedal on E"),
        ("drone on b flat", "", "pedal on Bb"),
        ("pedal point on the tonic", "", "pedal on the tonic"),
        ("pedal on the root of the key", "", "pedal on the tonic"),
        ("dominant pedal", "", "pedal on the dominant"),
        ("pedal tone on the low E all through", "", "pedal on E"),
        ("root, fifth and octave", "", "root, fifth, octave"),
        ("the root, the fifth, the octave", "", "root, fifth, octave"),
        ("root five octave, disco", "disco", "root, fifth, octave"),
        ("galloping like Iron Maiden", "like Iron Maiden", "gallop"),
        ("a reverse gallop", "", "reverse gallop"),
        ("play like a tuba in a polka", "play like", "root and fifth"),
        ("hit every change", "", "chord changes"),
        ("follow every chord change with a long note", "with a long note", "chord changes"),
        ("follow the chord changes, soft", "soft", "chord changes"),
        ("gospel, with runs into every chord", "gospel", "passing notes"),
        ("lead into each chord with a little run", "", "passing notes"),
        ("chromatic approach notes on beat four", "", "passing notes"),
        ("more melodic, pop", "pop", "passing notes"),
    ],
)
def test_words_for_lines_are_read(sentence: str, rest: str, line: str) -> None:
    assert line_asked(sentence) == (rest, line)


@pytest.mark.parametrize(
    "sentence",
    [
        "not a two-feel", "no tumbao", "don't play root and fifth", "pedal", "A pedal throughout",
        "pedal on a low note",
        "root and fifth in eighths", "roots in eighths", "no roots in half notes",
        "play in two octaves", "two beats later", "walking", "quarter notes", "driving root notes", "root, then octave",
        "root notes, eighths", "not just root notes", "stay in C", "hold a C chord",
        "stay on G and D", "no passing notes", "less melodic", "hold on a bit", "no gallop", "not every change",
        "change every bar", "no runs into the chords", "don't follow the changes",
    ],
)  # fmt: skip
def test_what_is_denied_or_something_else_is_no_line(sentence: str) -> None:
    assert line_asked(sentence) == (sentence, "")


class _Nothing:
    def understand(self, sentence: str, stem: Stem) -> Wish:
        return Wish()


def test_a_line_is_a_figure_of_the_bass_that_sections_change() -> None:
    reader = RuleReader(_Nothing())
    two, pedal = (reader.understand(said, Stem.BASS) for said in ("two-feel", "pedal on A"))
    assert two == Wish(line="two-feel") and two and not two.is_told
    assert pedal == Wish({}, {"figure": {"pedal": True}}, line="pedal on A"), "models know pedals"
    assert not reader.understand("two-feel", Stem.GUITAR)
    walking = Wish({"swing": 1.0}, {"figure": {"walking": True}})
    assert in_section(walking, two) == Wish({"swing": 1.0}, line="two-feel")
    assert in_section(two, walking) == walking
    assert in_section(two, Wish({"swing": 1.0})) == Wish({"swing": 1.0}, line="two-feel")


def _song(bars: int) -> Song:
    drums = Track("drums", 0, True, Notes.of((12 * b, 36, 1, 90) for b in range(bars * 4)))
    return Song([drums], [Meter(0, 4, 4)], [(0, 120.0)], 480)


def _played(wish: Wish, chart: str, bars: int, meter: Meter, has_chart: bool = True) -> tuple[Notes, Asked]:
    """What is made of two notes a bar for a wish, over chords that are heard."""
    rng = np.random.default_rng(0)
    drums = Track("drums", 0, True, Notes.of((12 * b, 36, 1, 90) for b in range(bars * meter.bar_steps // 12)))
    song, sheet = Song([drums], [meter], [(0, 120.0)], 480), LeadSheet.parse(chart)
    asked = Asked.of(sheet.heard_in(song, Stem.BASS), Stem.BASS, wish)
    asked = replace(asked, chart=sheet.spans(song) if has_chart else ())
    halves = range(0, bars * meter.bar_steps, meter.bar_steps // 2)
    part, _ = asked.arranged(Notes.of((at, int(rng.integers(29, 46)), 12, 80) for at in halves))
    return part, asked


def _rows(notes: Notes) -> list[tuple[float, int, float]]:
    """(beat, pitch class, beats) of each note."""
    return [(o / 12, p % 12, d / 12) for o, p, d in zip(notes.onset, notes.pitch, notes.duration, strict=True)]


@pytest.mark.parametrize("line", ["two-feel", "root and fifth"])
@pytest.mark.parametrize("has_chart", [True, False])
def test_roots_are_on_one_and_fifths_on_three(line: str, has_chart: bool) -> None:
    part, asked = _played(Wish(line=line), "C Am F G7", 8, Meter(0, 4, 4), has_chart)
    assert [tone for _, tone, _ in _rows(part)] == [0, 7, 9, 4, 5, 0, 7, 2] * 2
    assert part.onset.tolist() == list(range(0, 384, 24)) and set(part.duration.tolist()) == {24}
    assert np.abs(np.diff(part.pitch)).max() <= 12 and part.pitch.min() >= 28
    (row,) = [row for row in explained(asked, part, 33) if row.asked]
    assert (row.fact, row.asked, row.fulfilled) == ("figure", line, True)


def test_bars_through_which_the_model_holds_a_note_are_played_and_rests_are_not() -> None:
    _, asked = _played(Wish(line="two-feel"), "C Am F G7", 4, Meter(0, 4, 4))
    part, _ = asked.arranged(Notes.of([(0, 36, 96, 80), (96, 36, 24, 80)]))
    assert [tone for _, tone, _ in _rows(part)] == [0, 7, 9, 4, 5, 0]


def test_notes_are_held_on_into_bars_in_which_others_begin() -> None:
    held = Notes.of([(0, 40, 96, 90), (96, 41, 60, 90), (156, 43, 36, 90)])
    struck = struck_again(held, np.arange(0, 5 * 48, 48))
    notes = list(zip(struck.onset.tolist(), struck.pitch.tolist(), struck.duration.tolist(), strict=True))
    assert notes == [(0, 40, 48), (48, 40, 48), (96, 41, 60), (156, 43, 36)]


def test_a_note_through_several_bars_sounds_once_in_each() -> None:
    struck = struck_again(Notes.of([(0, 40, 144, 90)]), np.arange(0, 4 * 48, 48))
    assert struck.onset.tolist() == [0, 48, 96] and struck.duration.tolist() == [48, 48, 48]


def test_a_chord_that_begins_on_three_has_its_root_there_and_others_another_tone() -> None:
    part, _ = _played(Wish(line="two-feel"), "Dm7 G7 | Bdim7 | C/G | C/E", 4, Meter(0, 4, 4))
    assert [tone for _, tone, _ in _rows(part)] == [2, 7, 11, 5, 7, 0, 4, 7]


def test_short_bars_have_roots_and_fifths_on_their_beats_or_by_turns() -> None:
    march, _ = _played(Wish(line="root and fifth"), "C G7", 2, Meter(0, 2, 4))
    assert _rows(march) == [(0, 0, 1), (1, 7, 1), (2, 7, 1), (3, 2, 1)]
    waltz, _ = _played(Wish(line="root and fifth"), "C C G7 C", 4, Meter(0, 3, 4))
    assert _rows(waltz) == [(0, 0, 3), (3, 7, 3), (6, 7, 3), (9, 0, 3)]


def test_a_two_feel_in_three_has_its_fifth_or_second_chord_on_the_third_beat() -> None:
    waltz, asked = _played(Wish(line="two-feel"), "C | Am D7 | G7", 3, Meter(0, 3, 4))
    assert _rows(waltz) == [(0, 0, 2), (2, 7, 1), (3, 9, 2), (5, 2, 1), (6, 7, 2), (8, 2, 1)]
    assert explained(asked, waltz, 33)[0].fulfilled


def test_an_oom_pah_in_three_plays_the_second_chord_of_a_bar_too() -> None:
    waltz, asked = _played(Wish(line="root and fifth"), "C | C | Am D7", 3, Meter(0, 3, 4))
    assert _rows(waltz) == [(0, 0, 3), (3, 7, 3), (6, 9, 2), (8, 2, 1)]
    assert explained(asked, waltz, 33)[0].fulfilled


@pytest.mark.parametrize(
    ("line", "beats"),
    [("roots in halves", 2), ("roots in quarters", 1), ("roots in wholes", 4), ("on 1", 4), ("on 1 and 3", 2)],
)
def test_roots_in_a_note_value_are_roots_alone(line: str, beats: int) -> None:
    part, asked = _played(Wish(line=line), "C Am F G7", 4, Meter(0, 4, 4))
    each = 4 // beats
    assert [tone for _, tone, _ in _rows(part)] == [0] * each + [9] * each + [5] * each + [7] * each
    assert part.onset.tolist() == list(range(0, 192, 12 * beats)) and set(part.duration.tolist()) == {12 * beats}
    assert explained(asked, part, 33)[0].fulfilled


def test_a_root_on_one_is_the_only_note_of_a_bar_and_long_roots_follow_chords() -> None:
    once, asked = _played(Wish(line="on 1"), "C F | G", 2, Meter(0, 4, 4))
    assert [(at, tone) for at, tone, _ in _rows(once)] == [(0, 0), (4, 7)] and explained(asked, once, 33)[0].fulfilled
    long, _ = _played(Wish(line="roots in wholes"), "C F | G", 2, Meter(0, 4, 4))
    assert [(at, tone) for at, tone, _ in _rows(long)] == [(0, 0), (2, 5), (4, 7)]


def test_roots_alone_keep_the_rhythm_and_have_the_chord_that_an_early_note_leads_to() -> None:
    bass = Notes.of([(0, 43, 24, 80), (24, 40, 12, 90), (42, 45, 18, 80), (60, 48, 24, 80)])
    lines = np.array([0, 48, 96])
    part = roots_alone(bass, {}, lines, LeadSheet.parse("C F").spans(_song(2)))
    assert part.onset.tolist() == bass.onset.tolist() and part.velocity.tolist() == bass.velocity.tolist()
    assert (part.pitch % 12).tolist() == [0, 0, 5, 5] and np.abs(part.pitch - bass.pitch).max() <= 6


def test_a_tumbao_anticipates_the_next_chord_and_ties_it_over_the_bar_line() -> None:
    part, asked = _played(Wish(line="tumbao"), "Cm7 | F7 | Bb7 Eb7", 3, Meter(0, 4, 4))
    assert _rows(part) == [
        (0, 0, 1.5), (1.5, 7, 1.5), (3, 5, 2.5),
        (5.5, 0, 1.5), (7, 10, 2.5),
        (9.5, 3, 1.5), (11, 3, 1),
    ]  # fmt: skip
    assert explained(asked, part, 33)[0].fulfilled


def test_a_swung_tumbao_is_a_tumbao() -> None:
    wish = Wish({"swing": 1.0}, line="tumbao")
    part, asked = _played(wish, "Cm7 | F7 | Bb7 | Eb7", 8, Meter(0, 4, 4))
    swung = finish(part, Stem.BASS, wish, np.arange(0, 9 * 48, 48), {})
    assert (swung.onset % 48 == 20).sum() == 8, "its off-beat swings"
    assert explained(asked, swung, 33)[0].fulfilled
    late = Notes.from_arrays(swung.onset + 6, swung.pitch, swung.duration, swung.velocity)
    assert not explained(asked, late, 33)[0].fulfilled


def test_a_two_feel_with_skips_is_one() -> None:
    part, asked = _played(Wish({"swing": 1.0}, line="two-feel"), "Cm7 | F7", 4, Meter(0, 4, 4))
    assert (part.onset % 48 == 20).any(), "a skip before the third beat"
    assert explained(asked, part, 33)[0].fulfilled


def test_a_tumbao_strikes_a_pickup_of_one_beat_once() -> None:
    bass = Notes.of((12 * beat, 40, 12, 90) for beat in range(9))
    part = in_line(bass, "tumbao", {}, np.array([0, 12, 60, 108]))
    assert part.onset.tolist() == [0, 30, 48, 78, 96]


@pytest.mark.parametrize(
    ("line", "chart", "tone"),
    [
        ("pedal on A", "C G/B Am F", 9),
        ("pedal on Bb", "C G/B Am F", 10),
        ("pedal on the tonic", "Dm7 G7 C Am", 0),
        ("pedal on the dominant", "Dm7 G7 C Am", 7),
    ],
)
def test_a_pedal_is_on_the_note_that_is_named(line: str, chart: str, tone: int) -> None:
    wish = Wish({}, {"figure": {"pedal": True}}, line=line)
    part, asked = _played(wish, chart, 8, Meter(0, 4, 4))
    assert len(part) == 16 and set((part.pitch % 12).tolist()) == {tone}
    (row,) = [row for row in explained(asked, part, 33) if row.asked]
    assert (row.asked, row.measured, row.fulfilled) == (line, "one note", True)


@pytest.mark.parametrize(
    ("chart", "tone"),
    [
        ("Am F C G", 9),
        ("C G Am F", 0),
        ("Dm7 G7 Cmaj7 A7", 0),
        ("Em C G D", 4),
        ("G D Em C", 7),
        ("F7 Bb7 F7 C7", 5),
        ("Am Dm E7 Am", 9),
        ("Cm Ab Eb Bb", 0),
    ],
)
def test_a_pedal_on_no_named_note_is_on_the_tonic_of_the_chart(chart: str, tone: int) -> None:
    part, _ = _played(Wish({}, {"figure": {"pedal": True}}), chart, 8, Meter(0, 4, 4))
    assert len(part) == 16 and set((part.pitch % 12).tolist()) == {tone}


def test_without_a_chart_a_pedal_is_on_the_note_that_sounds_longest() -> None:
    bass = Notes.of((12 * beat, 41 if beat % 4 else 36, 12, 80) for beat in range(32))
    _, asked = _played(Wish({}, {"figure": {"pedal": True}}), "C F", 8, Meter(0, 4, 4), has_chart=False)
    part, _ = asked.arranged(bass)
    assert set((part.pitch % 12).tolist()) == {5}


@pytest.mark.parametrize("figure", ["root eighths", "whole notes", "octaves", "off-beat"])
def test_figures_have_the_basses_of_a_chart(figure: str) -> None:
    part, _ = _played(Wish({}, {"figure": {figure: True}}), "C | Bdim7 | Cm7/G F", 3, Meter(0, 4, 4))
    basses = [0] * 48 + [11] * 48 + [7] * 24 + [5 if figure != "whole notes" else 7] * 24
    assert [p % 12 for p in part.pitch.tolist()] == [basses[at] for at in part.onset.tolist()]


def test_a_root_goes_by_its_fifth_up_to_the_octave_and_back() -> None:
    part, asked = _played(Wish(line="root, fifth, octave"), "C Am", 4, Meter(0, 4, 4))
    assert [(at, tone) for at, tone, _ in _rows(part)][:8] == [
        (0, 0), (1, 7), (2, 0), (3, 7), (4, 9), (5, 4), (6, 9), (7, 4)
    ]  # fmt: skip
    assert (part.pitch[2::4] - part.pitch[::4]).tolist() == [12] * 4 and explained(asked, part, 33)[0].fulfilled


@pytest.mark.parametrize(("line", "places"), [("gallop", [0, 6, 9]), ("reverse gallop", [0, 3, 6])])
def test_a_gallop_is_an_eighth_and_two_sixteenths_on_every_beat(line: str, places: list[int]) -> None:
    part, asked = _played(Wish(line=line), "C Am", 2, Meter(0, 4, 4))
    assert part.onset.tolist() == [12 * beat + at for beat in range(8) for at in places]
    assert (part.pitch % 12).tolist() == [0] * 12 + [9] * 12 and explained(asked, part, 33)[0].fulfilled


def test_every_chord_is_struck_where_it_begins_and_other_notes_stay() -> None:
    bass = Notes.of([(0, 43, 36, 80), (36, 45, 12, 90), (48, 40, 48, 80)])
    lines = np.array([0, 48, 96, 144])
    part = on_changes(bass, {}, lines, LeadSheet.parse("C F | G | Am").spans(_song(3)))
    assert part.onset.tolist() == [0, 24, 36, 48] and part.duration.tolist() == [24, 12, 12, 48]
    assert (part.pitch % 12).tolist() == [0, 5, 9, 7], "and where it rests it rests"


def test_a_line_is_written_into_the_file_by_its_chart(random_inserter: MidiInserter) -> None:
    beats = [(480 * beat, 480 * beat + 60, 36, 90) for beat in range(16)]
    data = smf(conductor(), encode_track("drums", 0, 9, beats))
    part = random_inserter(data, "bass", prompt="two-feel", chords="C/E F", seed=1, tries=1)
    firsts = part.notes.select(part.notes.onset % 48 == 0)
    assert set(part.notes.onset.tolist()) <= set(range(0, 192, 24)) and len(firsts)
    assert [p % 12 for p in firsts.pitch.tolist()] == [(4, 5)[at // 48 % 2] for at in firsts.onset.tolist()]
    assert any("(two-feel): it was arranged by rule" in said for said in part.report.warnings)

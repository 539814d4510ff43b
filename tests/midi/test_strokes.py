"""Parts that strike on beats that are named, leave them out, or accent them; chords of keys by rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.strokes import accented, left_out
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from subtract_core.stems import Stem
from subtract_core.wish import Wish

_FOUR, _THREE, _TWO = Meter(0, 4, 4), Meter(0, 3, 4), Meter(0, 2, 4)


def _played(
    stem: Stem, wish: Wish, part: Notes, chart: str = "C Am F G", bars: int = 4, meter: Meter = _FOUR
) -> tuple[Notes, Asked]:
    """What is made of a part for a wish, over chords that are heard."""
    beats = ((12 * beat, 36, 1, 90) for beat in range(bars * meter.bar_steps // 12))
    song = Song([Track("drums", 0, True, Notes.of(beats))], [meter], [(0, 120.0)], 480)
    sheet = LeadSheet.parse(chart)
    asked = Asked.of(sheet.heard_in(song, stem), stem, wish)
    asked = replace(asked, chart=sheet.spans(song) if stem is Stem.BASS else ())
    played, _ = asked.arranged(part)
    return played, asked


def _melody(bars: int, pitch: int = 60, meter: Meter = _FOUR) -> Notes:
    """Eighths on one pitch."""
    return Notes.of((at, pitch, 6, 80) for at in range(0, bars * meter.bar_steps, 6))


def _chords(bars: int) -> Notes:
    """A triad on every beat."""
    return Notes.of((12 * beat, pitch, 12, 70) for beat in range(4 * bars) for pitch in (55, 60, 64))


def _at(notes: Notes, length: int = 48) -> list[int]:
    return sorted(set((notes.onset % length).tolist()))


@pytest.mark.parametrize("stem", [Stem.BASS, Stem.GUITAR, Stem.KEYS, Stem.STRINGS, Stem.LEAD])
@pytest.mark.parametrize(
    ("line", "places", "length"),
    [
        ("on 1 and 3", [0, 24], 24),
        ("on 2 and 4", [12, 36], 12),
        ("on the and of 2", [18], 12),
        ("on every beat", [0, 12, 24, 36], 12),
        ("whole notes", [0], 48),
        ("half notes", [0, 24], 24),
        ("dotted quarters", [0, 18, 36], 18),
    ],
)
def test_only_the_beats_that_are_named_are_struck(stem: Stem, line: str, places: list[int], length: int) -> None:
    part, asked = _played(stem, Wish(line=line), _melody(4, 40 if stem is Stem.BASS else 60))
    assert _at(part) == places and set(part.onset // 48) == {0, 1, 2, 3}
    assert int(part.duration.max()) == length
    (row,) = [row for row in explained(asked, part, 0) if row.asked]
    assert (row.fact, row.asked, row.fulfilled) == ("figure", line, True)
    late = Notes.from_arrays(part.onset + 5, part.pitch, part.duration, part.velocity)
    assert not next(row for row in explained(asked, late, 0) if row.asked).fulfilled


def test_a_bass_strikes_roots_on_them() -> None:
    part, _ = _played(Stem.BASS, Wish(line="on 2 and 4"), _melody(4, 40))
    assert (part.pitch % 12).tolist() == [0, 0, 9, 9, 5, 5, 7, 7]


def test_guitars_and_keys_strike_chords_and_others_what_they_have() -> None:
    for stem in (Stem.GUITAR, Stem.KEYS):
        part, _ = _played(stem, Wish(line="on 1"), _melody(4))
        assert [set((part.pitch[part.onset == 48 * bar] % 12).tolist()) for bar in range(4)] == [
            {0, 4, 7}, {9, 0, 4}, {5, 9, 0}, {7, 11, 2},
        ]  # fmt: skip
        own, _ = _played(stem, Wish(line="on 2"), _chords(4))
        assert set(own.pitch.tolist()) == {55, 60, 64}, "the model's chord"
        single, _ = _played(stem, Wish({"polyphony": 0.0}, line="on 1"), _melody(4))
        assert set(single.pitch.tolist()) == {60}
    lead, _ = _played(Stem.LEAD, Wish(line="on 1"), _melody(4))
    assert set(lead.pitch.tolist()) == {60}


def test_power_chords_are_struck_as_such() -> None:
    wish = Wish({}, {"figure": {"power chords": True}}, line="on 1")
    part, asked = _played(Stem.GUITAR, wish, _chords(4))
    first = part.pitch[part.onset == 0]
    assert (first - first.min()).tolist() == [0, 7, 12]
    assert [row.asked for row in explained(asked, part, 0) if row.asked] == ["on 1"], "one stroke tells no figure"


def test_what_is_to_be_short_is() -> None:
    part, _ = _played(Stem.KEYS, Wish({"note length": 0.1}, line="on 2 and 4"), _chords(4))
    assert int(part.duration.max()) <= 4


def test_bars_that_lack_a_beat_rest_there_and_two_short_ones_are_one() -> None:
    waltz, _ = _played(Stem.KEYS, Wish(line="on 2 and 4"), _melody(4, meter=_THREE), meter=_THREE)
    assert _at(waltz, 36) == [12]
    march, _ = _played(Stem.KEYS, Wish(line="on 1 and 4"), _melody(4, meter=_TWO), meter=_TWO)
    assert sorted(set(march.onset.tolist())) == [0, 36, 48, 84]


def test_a_bar_in_which_the_part_rests_stays_silent() -> None:
    part, _ = _played(Stem.KEYS, Wish(line="on 1"), _melody(2))
    assert sorted(set(part.onset.tolist())) == [0, 48]


def test_whole_notes_have_two_where_the_chord_changes() -> None:
    part, _ = _played(Stem.STRINGS, Wish(line="whole notes"), _melody(2), "C F | C", 2)
    assert sorted(set(part.onset.tolist())) == [0, 24, 48]


# --- beats left out, and accents ------------------------------------------------------------------------------------


def test_nothing_on_one_leaves_the_first_beat_out() -> None:
    part = Notes.of([(0, 40, 24, 80), (24, 40, 30, 80), (48, 41, 6, 80), (54, 43, 12, 80), (72, 43, 24, 80)])
    left = left_out(part, "nothing on 1", {}, np.array([0, 48, 96]))
    assert [(n, d) for n, d in zip(left.onset.tolist(), left.duration.tolist(), strict=True)] == [
        (6, 18), (24, 24), (54, 12), (72, 24),
    ]  # fmt: skip


def test_what_is_struck_early_is_on_the_one_too_and_what_follows_it_stays() -> None:
    part = Notes.of([(0, 40, 24, 80), (3, 43, 6, 80), (46, 41, 26, 80), (84, 43, 12, 80)])
    left = left_out(part, "nothing on 1", {}, np.array([0, 48, 96]))
    rows = zip(left.onset.tolist(), left.pitch.tolist(), left.duration.tolist(), strict=True)
    assert list(rows) == [(3, 43, 6), (54, 41, 18), (84, 43, 12)]


def test_other_beats_are_left_out_alike_and_nothing_rings_into_them() -> None:
    part = Notes.of((12 * beat, 40, 12, 80) for beat in range(8))
    left = left_out(part, "nothing on 2 and 4", {}, np.array([0, 48, 96]))
    assert left.onset.tolist() == [0, 18, 24, 42, 48, 66, 72, 90]
    held = left_out(Notes.of([(0, 40, 48, 80)]), "nothing on 4", {}, np.array([0, 48]))
    assert (held.onset.tolist(), held.end.tolist()) == ([0], [36])


def test_accents_are_louder_than_the_rest_and_change_nothing_else() -> None:
    part, lines = _melody(2), np.array([0, 48, 96])
    loud = accented(part, "accents on 2 and 4", {}, lines)
    assert loud.onset.tolist() == part.onset.tolist() and loud.pitch.tolist() == part.pitch.tolist()
    assert set(loud.velocity[np.isin(loud.onset % 48, (12, 36))].tolist()) == {96}
    assert set(loud.velocity[~np.isin(loud.onset % 48, (12, 36))].tolist()) == {68}
    _, asked = _played(Stem.KEYS, Wish(line="accents on 2 and 4"), part, bars=2)
    for notes, is_there in ((loud, True), (part, False)):
        assert next(row for row in explained(asked, notes, 0) if row.asked).fulfilled is is_there


# --- chords by rule -------------------------------------------------------------------------------------------------


def test_keys_break_chords_and_leave_bars_that_do_so_as_they_are() -> None:
    own = Notes.of((6 * at, (60, 64, 67, 72)[at % 4], 6, 80) for at in range(8))
    held = Notes.of((48, pitch, 48, 80) for pitch in (60, 64, 67))
    part, asked = _played(Stem.KEYS, Wish(line="arpeggiated"), Notes.merge([own, held]), "C C", 2)
    assert part.between(0, 48).pitch.tolist() == own.pitch.tolist()
    broken = part.between(48, 96)
    assert broken.onset.tolist() == list(range(0, 48, 6)) and broken.pitch[:4].tolist() == [48, 52, 55, 60]
    assert explained(asked, part, 0)[0].fulfilled
    busy, _ = _played(Stem.KEYS, Wish({"density": 1.0}, line="arpeggiated"), held, "C C", 2)
    assert len(busy) == 16


def test_an_oom_pah_has_the_bass_and_the_chord_by_turns() -> None:
    part, asked = _played(Stem.KEYS, Wish(line="oom-pah"), _melody(4), "C C F G")
    firsts = part.select(part.onset < 48)
    assert [sorted(firsts.pitch[firsts.onset == at].tolist()) for at in range(0, 48, 12)] == [
        [36], [52, 55, 60], [43], [52, 55, 60],
    ]  # fmt: skip
    assert explained(asked, part, 0)[0].fulfilled
    waltz, _ = _played(Stem.GUITAR, Wish(line="oom-pah"), _melody(2, meter=_THREE), "C F", 2, _THREE)
    counts = [int((waltz.onset == at).sum()) for at in range(0, 72, 12)]
    assert counts == [1, 3, 3, 1, 3, 3]

"""Single strokes of the kit that a sentence speaks of: on which beats, how loud beside the rest, ghosts, accents."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.finishing import finish
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.drum_stroke_words import strokes_said
from midi_subtract.words.kit_words import in_section, told
from midi_subtract.words.relative_words import section_said
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.midi.heard import Heard

KICK, SNARE, STICK, HAT, PEDAL, OPEN, CRASH, RIDE = 36, 38, 37, 42, 44, 46, 49, 51
BARS = np.arange(0, 48 * 9, 48)
EIGHTHS = list(range(0, 48, 6))


def rock(bars: int = 8, length: int = 48) -> Notes:
    """Kick on 1 and the and of 3, a backbeat, hats in eighths."""
    rows = []
    for start in range(0, bars * length, length):
        rows += [(start + at, KICK, 3, 90) for at in (0, 30) if at < length]
        rows += [(start + at, SNARE, 3, 100) for at in range(12, length, 24)]
        rows += [(start + at, HAT, 3, 70) for at in range(0, length, 6)]
    return Notes.of(rows)


def read(sentence: str) -> Wish:
    return RuleReader(Heard(Wish())).understand(sentence, Stem.DRUMS)


def asked(sentence: str, part: Notes | None = None) -> Notes:
    return finish(rock() if part is None else part, Stem.DRUMS, read(sentence), BARS)


def struck(part: Notes, key: int, bar: int = 2) -> list[int]:
    return [int(at) for at in part.select(part.pitch == key).between(bar * 48, (bar + 1) * 48).onset]


def loudness(part: Notes, key: int) -> float:
    return float(part.velocity[part.pitch == key].mean())


def is_true(sentence: str, part: Notes) -> bool:
    song = Song([Track("keys", 0, False, Notes.of([(0, 60, 384, 80)]))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    rows = explained(Asked.of(song, Stem.DRUMS, Wish({}, read(sentence).options)), part, 0)
    return all(row.fulfilled for row in rows if row.asked)


@pytest.mark.parametrize(
    ("sentence", "key", "places"),
    [
        ("kick on 1 and 3", KICK, [0, 24]),
        ("kick only on the 1", KICK, [0]),
        ("put the kick on the one and the and of 2", KICK, [0, 18]),
        ("kick: 1, the and of 2, 3", KICK, [0, 18, 24]),
        ("kick on the ands", KICK, [6, 18, 30, 42]),
        ("kick 8ths", KICK, EIGHTHS),
        ("two kicks per bar", KICK, [0, 24]),
        ("snare on 3 only", SNARE, [24]),
        ("one snare hit per bar", SNARE, [24]),
        ("snare on all four", SNARE, [0, 12, 24, 36]),
        ("snare on the and of 2", SNARE, [18]),
        ("snare 16ths", SNARE, list(range(0, 48, 3))),
        ("open hats on the off-beat", OPEN, [6, 18, 30, 42]),
        ("off-beat open hats", OPEN, [6, 18, 30, 42]),
        ("open the hat on every and", OPEN, [6, 18, 30, 42]),
        ("open hat on the and of 4", OPEN, [42]),
        ("hats between the kicks", HAT, [6, 18, 30, 42]),
        ("hats 8ths", HAT, EIGHTHS),
        ("rim on 4", SNARE, [36]),
        ("no kick on beat 1", KICK, [30]),
        ("drop the kick on 1", KICK, [30]),
        ("no snare on 4", SNARE, [12]),
        ("no hats on 1", HAT, EIGHTHS[1:]),
    ],
)
def test_kick_snare_and_open_hat_are_struck_on_the_beats_that_are_said(
    sentence: str, key: int, places: list[int]
) -> None:
    part = asked(sentence)
    assert struck(part, key) == places
    assert same(asked(sentence, part), part), "they are there already"
    assert is_true(sentence, part)
    assert not is_true(sentence, Notes.of([(at, key, 3, 80) for at in range(0, 384, 2)])), "so they are not anywhere"


def test_an_open_hat_stands_for_the_closed_one_on_its_beats_alone() -> None:
    assert struck(asked("open hats on the off-beat"), HAT) == [0, 12, 24, 36]


@pytest.mark.parametrize("sentence", ["nothing on the 1", "don't play on the one", "leave out the downbeat"])
def test_where_nothing_is_to_be_played_nothing_is(sentence: str) -> None:
    part = asked(sentence)
    assert not (part.onset % 48 == 0).any() and struck(part, HAT) == EIGHTHS[1:]
    assert is_true(sentence, part) and not is_true(sentence, rock())


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("kick on every beat", "kick on every beat"),
        ("snare on 2 and 4", "snare on 2 and 4"),
        ("snare fills on 4", "snare fills on 4"),
        ("snare roll", "snare roll"),
        ("loud drums", "loud drums"),
        ("low toms", "low toms"),
        ("hard rock snare", "hard rock snare"),
        ("just a soft kick and some shaker", "just a soft kick and some shaker"),
        ("bring the snare back", "bring the snare back"),
        ("nothing is loud but the snare", "nothing is loud but the snare"),
        ("crash at the start of every chorus", "crash at the start of every chorus"),
        ("no rim on 4", "no rim on 4"),
        ("no busy kick", "no busy kick"),
        ("no loud snare", "no loud snare"),
        ("the hats are fine", "the hats are fine"),
        ("keep time on the big cymbal", "keep time on the big cymbal"),
        ("big hats", "big hats"),
        ("kick and snare squarely on the beats", "kick and snare squarely on the beats"),
        ("kick on each and every beat", "kick on each and every beat"),
        ("hardly a kick on the one", "hardly a kick on the one"),
        ("stop putting snares on all the ands", "stop putting snares on all the ands"),
        ("too loud, but the kick and snare are lovely", "too loud, but the kick and snare are lovely"),
        ("fills that end in a crash", "fills that end in a crash"),
        ("", ""),
    ],
)
def test_other_sentences_are_left_as_they_are(sentence: str, rest: str) -> None:
    assert strokes_said(sentence) == (rest, {})


def test_kick_and_snare_alone_may_have_their_beats() -> None:
    part = asked("kick and snare only, kick on 1, snare on 3")
    assert (struck(part, KICK), struck(part, SNARE), struck(part, HAT)) == ([0], [24], [])
    part = asked("only a kick on every quarter")
    assert set(part.pitch.tolist()) == {KICK} and struck(part, KICK) == [0, 12, 24, 36]


@pytest.mark.parametrize(
    ("sentence", "told_to_the_reader"),
    [
        ("loud, snare on 3", "loud, half-time"),
        ("snare on every and", "double-time"),
        ("sparse kick and a snare on 3", "half-time"),
        ("sparse kick and snare", "sparse kick and snare"),
        ("accents on 2 and 4", "backbeat"),
        ("thumping kick on every beat", "kick on every beat"),
        ("soft ride", "ride"),
    ],
)
def test_readers_are_told_what_models_know_of_it(sentence: str, told_to_the_reader: str) -> None:
    heard = Heard(Wish())
    RuleReader(heard).understand(sentence, Stem.DRUMS)
    assert heard.sentences == [told_to_the_reader]


def test_fills_keep_their_strokes() -> None:
    fill = [(48 * 7 + at, SNARE, 3, 100) for at in range(24, 48, 3)]
    part = Notes.merge([rock().select(rock().onset < 48 * 7 + 24), Notes.of(fill)])
    assert struck(asked("no snare on 4", part), SNARE, 7) == struck(part, SNARE, 7)
    assert struck(asked("snare on 3", part), SNARE, 7)[-4:] == [36, 39, 42, 45]


@pytest.mark.parametrize(
    ("sentence", "key", "is_louder"),
    [
        ("loud snare", SNARE, True),
        ("make the snare crack", SNARE, True),
        ("snare way up in the mix", SNARE, True),
        ("accent the snare", SNARE, True),
        ("hats too quiet", HAT, True),
        ("turn up the kick", KICK, True),
        ("more kick", KICK, True),
        ("softer kick", KICK, False),
        ("feather the kick", KICK, False),
        ("hats down in the mix", HAT, False),
        ("turn the hats down a bit", HAT, False),
        ("the snare is too loud", SNARE, False),
        ("the snare was way too loud last time, bring it down", SNARE, False),
        ("snare not too loud", SNARE, False),
        ("hats half as loud", HAT, False),
    ],
)
def test_one_drum_is_louder_or_softer_than_the_rest(sentence: str, key: int, is_louder: bool) -> None:
    part = asked(sentence)
    assert part.onset.tolist() == rock().onset.tolist() and part.pitch.tolist() == rock().pitch.tolist()
    assert (loudness(part, key) > loudness(rock(), key)) == is_louder
    assert same(asked(sentence, part), part), "it is already"
    assert "loudness" not in read(sentence).levels and is_true(sentence, part)


def test_two_drums_may_differ_and_the_rest_may_be_soft() -> None:
    wish = read("quiet hats, loud snare")
    assert wish.options["kit"] == {"soft hi-hat": True, "loud snare": True}
    assert read("everything soft except the snare").options["kit"] == {"loud snare": True}
    heard = Heard(Wish())
    RuleReader(heard).understand("everything soft except the snare", Stem.DRUMS)
    assert heard.sentences == ["everything soft"]
    assert read("snare too loud, hats fine").options["kit"] == {"soft snare": True}


def test_a_loud_drum_without_room_has_the_others_softer() -> None:
    loud = Notes.from_arrays(rock().onset, rock().pitch, rock().duration, np.full(len(rock()), 120))
    part = asked("loud snare", loud)
    assert loudness(part, SNARE) == 127 and loudness(part, HAT) < 105


def test_a_drum_is_soft_in_a_very_loud_part_too() -> None:
    wish = Wish({"loudness": 1.0}).under(read("quiet hats"))
    part = finish(rock(), Stem.DRUMS, wish, BARS)
    assert loudness(part, HAT) < 0.6 * loudness(part, KICK) and same(finish(part, Stem.DRUMS, wish, BARS), part)


@pytest.mark.parametrize(
    ("sentence", "places"),
    [
        ("accent on 3", [24]),
        ("accent the one", [0]),
        ("accents on 2 and 4", [12, 36]),
        ("accent the offbeats", [6, 18, 30, 42]),
        ("hit hard on the backbeat", [12, 36]),
        ("heavy on the one", [0]),
        ("emphasis on beat two", [12]),
    ],
)
def test_accents_are_louder_than_the_rest(sentence: str, places: list[int]) -> None:
    part = asked(sentence)
    there = np.isin(part.onset % 48, places)
    assert part.velocity[there].mean() > 1.2 * part.velocity[~there].mean()
    assert is_true(sentence, part)


def test_ghost_notes_are_soft_strokes_beside_the_backbeat_and_may_be_ruled_out() -> None:
    part = asked("some ghost notes on the snare")
    assert struck(part, SNARE) == [12, 21, 27, 36, 45]
    assert set(part.velocity[(part.pitch == SNARE) & (part.onset % 12 != 0)].tolist()) == {45}
    assert same(asked("ghosted snare", part), part) and is_true("ghost notes", part)
    assert same(asked("no ghost notes", part), rock()) and not is_true("no ghost notes", part)


def test_a_crash_may_be_at_the_start_and_the_end_alone() -> None:
    part = asked("start with a crash, end with a crash")
    assert [struck(part, CRASH, bar) for bar in (0, 1, 7)] == [[0], [], [36]]
    assert part.onset.max() == 48 * 7 + 36 and 36 in struck(part, KICK, 7), "and ends with it"
    assert is_true("start with a crash, finish on a crash", part) and not is_true("no crash at the end", part)
    assert same(asked("no crash at the start", rock()), rock())
    crashed = Notes.merge([rock(), Notes.of([(0, CRASH, 3, 90), (192, CRASH, 3, 90)])])
    without = asked("no crash at the start", crashed)
    assert not struck(without, CRASH, 0) and struck(without, CRASH, 4)
    alone = asked("no crashes except at the start", crashed)
    assert struck(alone, CRASH, 0) and not struck(alone, CRASH, 4)


def test_a_kick_is_busy_or_sparse_by_itself() -> None:
    kicks = Notes.merge([rock(), Notes.of((48 * bar + at, KICK, 3, 90) for bar in range(8) for at in (18, 24))])
    assert struck(asked("sparse kick", kicks), KICK) == [0, 24] and same(asked("sparse kick"), rock())
    busy = asked("busy kick")
    assert len(struck(busy, KICK)) >= 4 and struck(busy, HAT) == EIGHTHS and is_true("busy kick", busy)
    assert "density" not in read("busy kick").levels
    heard = Heard(Wish())
    RuleReader(heard).understand("sparse kick, busy hats", Stem.DRUMS)
    assert heard.sentences == ["sixteenth hats"]


@pytest.mark.parametrize(
    ("sentence", "keys"),
    [
        ("strip it back to kick and hats", {KICK, HAT}),
        ("tacet except hats", {HAT}),
        ("everything out except the kick", {KICK}),
        ("take it down to just the snare", {SNARE}),
        ("keep it off the hats", {KICK, SNARE}),
    ],
)
def test_the_kit_is_stripped_to_some_drums(sentence: str, keys: set[int]) -> None:
    assert set(asked(sentence).pitch.tolist()) == keys


def test_in_jazz_the_hats_on_two_and_four_are_by_foot() -> None:
    assert read("jazz, hats on 2 and 4").options["kit"] == {"pedal hat": True}
    assert "pedal hat" not in read("rock, hats on 2 and 4").options["kit"]


def test_models_are_told_nothing_of_single_strokes() -> None:
    assert told(read("loud snare, kick on 1 and 3, ghost notes, accent on 3")) == Wish()


def test_a_section_says_otherwise_of_the_same_drum() -> None:
    prompt = read("kick on 1 and 3, loud snare, quiet hats")
    assert in_section(prompt, read("snare softer")).options["kit"] == {
        "kick on 1 and 3": True, "soft hi-hat": True, "soft snare": True,
    }  # fmt: skip
    assert "kick on 1 and 3" not in in_section(prompt, read("kick on 2 and 4")).options["kit"]
    assert "kick on 1 and 3" not in in_section(prompt, read("busy kick")).options["kit"]
    floor = Wish({}, {"figure": {"four on the floor": True}})
    assert "kick on 1 and 3" not in in_section(prompt, floor).options["kit"]


@pytest.mark.parametrize(
    ("sentence", "heard"),
    [
        ("breakdown: sparse", "sparse"),
        ("loud here", "loud"),
        ("double time feel, keep the volume", "double time feel"),
        ("solo section, go wild", "go wild"),
        ("no hats until the chorus", ""),
        ("softly until bar 25", "softly"),
    ],
)
def test_words_of_the_section_itself_are_no_wish(sentence: str, heard: str) -> None:
    reader = Heard(Wish())
    section_said(sentence, Stem.DRUMS, RuleReader(reader))
    assert reader.sentences == [heard] * bool(heard)


def test_a_section_may_stop_or_build() -> None:
    reader = RuleReader(Heard(Wish()))
    assert all(
        section_said(words, Stem.DRUMS, reader).wish.silent for words in ("stop", "full stop", "no drums till bar 9")
    )
    said = section_said("build to the chorus with snare 16ths", Stem.DRUMS, reader).wish
    assert said.ramp == 1 and said.options["kit"] == {"snare in sixteenths": True}
    assert section_said("twice as many kicks", Stem.DRUMS, reader).wish.options["kit"] == {"busy kick": True}

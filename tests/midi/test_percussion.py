"""Percussion that a sentence names has its own key and pattern; so have claps, the pedal hat and the ride bell."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.notes import Notes, same
from midi_subtract.playing.asked import Asked
from midi_subtract.playing.finishing import finish
from midi_subtract.programs import HAND_CLAP, PERCUSSION
from midi_subtract.reporting import explained
from midi_subtract.song import Meter, Song, Track
from midi_subtract.words.kit_words import in_section, told
from midi_subtract.words.percussion_words import percussion_named
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.stems import Stem
from subtract_core.wish import Wish

KICK, SNARE, HAT, PEDAL, RIDE, BELL, SHAKER = 36, 38, 42, 44, 51, 53, 70
BARS = np.arange(0, 48 * 9, 48)


class Nothing:
    """A reader that hears nothing, and remembers what it is asked."""

    def __init__(self) -> None:
        self.sentences: list[str] = []

    def understand(self, sentence: str, stem: Stem) -> Wish:
        self.sentences.append(sentence)
        return Wish()


def rock(bars: int = 8, length: int = 48) -> Notes:
    rows = []
    for start in range(0, bars * length, length):
        rows += [(start, KICK, 3, 100), *((start + at, SNARE, 3, 100) for at in range(12, length, 24))]
        rows += [(start + at, HAT, 3, 70) for at in range(0, length, 6)]
    return Notes.of(rows)


def asked(sentence: str, part: Notes | None = None, bars: np.ndarray = BARS) -> Notes:
    wish = RuleReader(Nothing()).understand(sentence, Stem.DRUMS)
    return finish(rock() if part is None else part, Stem.DRUMS, wish, bars)


def struck(part: Notes, key: int, bar: int = 0, length: int = 48) -> list[int]:
    inside = part.select(part.pitch == key).between(bar * length, (bar + 1) * length)
    return [int(at) for at in inside.onset]


@pytest.mark.parametrize(
    ("sentence", "key", "places"),
    [
        ("with tambourine", 54, [12, 36]),
        ("tambourine in eighths", 54, list(range(0, 48, 6))),
        ("more cowbell!", 56, [0, 12, 24, 36]),
        ("cowbell on the off-beats", 56, [6, 18, 30, 42]),
        ("cowbell on 1 and 3", 56, [0, 24]),
        ("mambo bell on beats one, two and four", 56, [0, 12, 36]),
        ("cowbell on the one", 56, [0]),
        ("cowbell on the and of 4", 56, [42]),
        ("tambourine on beat 4 of every bar", 54, [36]),
        ("the pandeiro is on the second and third beats", 54, [12, 24]),
        ("shaker", 70, list(range(0, 48, 6))),
        ("16th note shakers", 70, list(range(0, 48, 3))),
        ("cabasa", 69, list(range(0, 48, 6))),
        ("claves", 75, [0, 18, 36]),
        ("3-2 son clave", 75, [0, 18, 36]),
        ("hand claps", HAND_CLAP, [12, 36]),
        ("claps on 4, four on the floor", HAND_CLAP, [36]),
        ("give me claps on the snare", HAND_CLAP, [12, 36]),
    ],
)
def test_percussion_named_is_struck_on_its_key_beside_the_kit(sentence: str, key: int, places: list[int]) -> None:
    part = asked(sentence)
    assert struck(part, key) == places
    assert same(part.select(part.pitch != key), rock()), "the rest of the kit stays"


@pytest.mark.parametrize("name", sorted(PERCUSSION))
def test_every_instrument_plays_its_own_keys_alone(name: str) -> None:
    reader = Nothing()
    wish = RuleReader(reader).understand(f"busy, {name}", Stem.DRUMS)
    assert reader.sentences == ["busy", f"busy, {name}"]  # of the whole its style alone is taken
    assert wish.options["kit"] == {name: True} and not told(wish).options
    part = finish(rock(), Stem.DRUMS, wish, BARS)
    assert set(part.pitch.tolist()) - {KICK, SNARE, HAT} == set(PERCUSSION[name])
    assert same(finish(part, Stem.DRUMS, wish, BARS), part), "it is there already"


@pytest.mark.parametrize(
    ("sentence", "key", "places"),
    [
        ("hats in quarters", HAT, [0, 12, 24, 36]),
        ("quarter note hats", HAT, [0, 12, 24, 36]),
        ("the hi-hat plays crotchets", HAT, [0, 12, 24, 36]),
        ("hats in 8ths", HAT, list(range(0, 48, 6))),
        ("eighth notes on the hi-hat, soft", HAT, list(range(0, 48, 6))),
        ("off-beat hats", HAT, [6, 18, 30, 42]),
        ("hats on 2 and 4", HAT, [12, 36]),
        ("ride in quarters", RIDE, [0, 12, 24, 36]),
        ("triplet hats", HAT, list(range(0, 48, 4))),
        ("ride in eighth note triplets", RIDE, list(range(0, 48, 4))),
        ("trap hats with rolls and triplets", HAT, [*range(0, 18, 3), 18, 20, 22, *range(24, 48, 3)]),
        ("sixteenth hats with some rolls", HAT, [*range(0, 18, 3), 18, 20, 22, *range(24, 48, 3)]),
        ("rolling hats", HAT, [*range(0, 18, 3), 18, 20, 22, *range(24, 48, 3)]),
    ],
)
def test_hats_and_ride_are_struck_as_often_as_is_said(sentence: str, key: int, places: list[int]) -> None:
    part = asked(sentence)
    assert struck(part, key) == places and not struck(part, RIDE if key == HAT else HAT)
    assert struck(part, KICK) == [0] and struck(part, SNARE) == [12, 36]
    assert same(asked(sentence, part), part), "they are there already"
    wish = RuleReader(Nothing()).understand(sentence, Stem.DRUMS)
    song = Song([Track("keys", 0, False, Notes.of([(0, 60, 384, 80)]))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    rows = explained(Asked.of(song, Stem.DRUMS, Wish({}, wish.options)), part, 0)
    assert all(row.fulfilled for row in rows if row.asked)


@pytest.mark.parametrize(
    "sentence",
    ["sixteenth hats", "hats in 16ths", "no hats in quarters", "keep the beat on the hats",
     "closed hats with a backbeat", "open hats on the off-beat", "quarter note triplets on the hats",
     "snare rolls", "no hi-hat rolls", "first and last triplet on the hats", "a hint of triplet on the hats"],
)  # fmt: skip
def test_other_words_about_hats_place_no_strokes(sentence: str) -> None:
    kit = RuleReader(Nothing()).understand(sentence, Stem.DRUMS).options.get("kit", {})
    assert not any(yes and name.startswith("hi-hat ") for name, yes in kit.items())


def test_hats_leave_fills_as_they_are() -> None:
    fill = [(48 * 7 + at, SNARE, 3, 100) for at in range(24, 48, 3)]
    part = asked("hats in quarters", Notes.merge([rock().select(rock().onset < 48 * 7 + 24), Notes.of(fill)]))
    assert struck(part, HAT, 6) == [0, 12, 24, 36] and struck(part, HAT, 7) == [0, 12]


@pytest.mark.parametrize(
    "sentence",
    ["only a shaker in sixteenths", "only a shaker in sixteenths, no drum kit", "only a shaker without the kit",
     "no drums, just a shaker", "a shaker on 2 and 4, no kit", "just shakers on the off-beats"],
)  # fmt: skip
def test_only_holds_with_a_note_value_and_without_the_kit(sentence: str) -> None:
    assert set(asked(sentence).pitch.tolist()) == {SHAKER}


def test_a_kit_is_played_beside_percussion_that_is_not_alone() -> None:
    for sentence in (
        "a shaker in sixteenths",
        "a shaker in sixteenths, no crashes",
        "just a bit of shaker in eighths on top",
    ):
        assert {KICK, SNARE, HAT} <= set(asked(sentence).pitch.tolist())


def test_percussion_that_a_model_wrote_keeps_its_rhythm() -> None:
    written = Notes.of((24 * place + 3, SHAKER, 3, 60) for place in range(16))
    part = asked("tambourine", Notes.merge([rock(), written]))
    assert struck(part, 54) == [3, 27] and not struck(part, SHAKER)


def test_percussion_that_a_model_wrote_moves_to_the_beats_that_are_named() -> None:
    written = Notes.of((24 * place + 3, SHAKER, 3, 60) for place in range(16))
    part = asked("tambourine on 4", Notes.merge([rock(), written]))
    assert struck(part, 54) == [36] and not struck(part, SHAKER)
    clapping = Notes.merge([rock(), Notes.of((24 * place, HAND_CLAP, 3, 90) for place in range(16))])
    assert struck(asked("claps on 2 and 4", clapping), HAND_CLAP) == [12, 36]


@pytest.mark.parametrize(
    "sentence", ["congas instead of drums", "play congas instead of the kit", "no bongos, just congas"]
)
def test_percussion_may_stand_in_for_the_kit(sentence: str) -> None:
    assert set(asked(sentence).pitch.tolist()) == {62, 63, 64}


def test_only_leaves_nothing_else() -> None:
    assert set(asked("only congas and bongos").pitch.tolist()) == {60, 61, 62, 63, 64}
    assert set(asked("no hats, just shakers").pitch.tolist()) == {KICK, SNARE, SHAKER}


@pytest.mark.parametrize("sentence", ["no tambourine", "never a cowbell", "without congas", "a shaker like a train"])
def test_what_is_denied_or_likened_is_no_wish(sentence: str) -> None:
    assert percussion_named(sentence) == (sentence, {})
    assert same(asked(sentence), rock())


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("leave room for the congas", ""),
        ("the congas are busy, keep it simple", "keep it simple"),
        ("song already has a shaker, open hats", "open hats"),
        ("our percussionist plays congas", ""),
        ("hi-hat like a shaker", "hi-hat"),
        ("soft, like a shaker", "soft"),
    ],
)
def test_percussion_of_others_and_comparisons_are_no_wish(sentence: str, rest: str) -> None:
    reader = Nothing()
    assert "kit" not in RuleReader(reader).understand(sentence, Stem.DRUMS).options
    assert reader.sentences == [rest] * bool(rest)


@pytest.mark.parametrize("sentence", ["I'd like a shaker", "shaker plays eighths", "something like a shaker"])
def test_a_wish_for_percussion_is_none_of_others(sentence: str) -> None:
    assert RuleReader(Nothing()).understand(sentence, Stem.DRUMS).options["kit"] == {"shaker": True}


def test_less_of_what_is_not_there_is_none_of_it() -> None:
    reader = RuleReader(Nothing())
    assert reader.understand("less cowbell", Stem.DRUMS).options["kit"] == {"cowbell": False, "hand percussion": False}
    said = {"kit": {"cowbell": False, "congas": True}}
    assert [reader.understand(text, Stem.DRUMS).options for text in ("less cowbell, congas", "congas, no cowbell")] == [
        said, said,
    ]  # fmt: skip


def test_a_part_of_the_song_beside_percussion_is_left_to_no_reader() -> None:
    assert percussion_named("soft, tambourine in the chorus") == ("soft", {"tambourine": True})


def test_beats_of_other_drums_stay_as_they_were_worded() -> None:
    assert percussion_named("snare on the one and the three, cowbell") == (
        "snare on the one and the three", {"cowbell": True},
    )  # fmt: skip


def test_claps_stand_in_for_the_snare_if_the_sentence_says_so() -> None:
    part = asked("hand claps instead of the snare")
    assert struck(part, HAND_CLAP) == [12, 36] and not struck(part, SNARE)
    assert struck(asked("claps", rock().select(rock().pitch != SNARE)), HAND_CLAP) == [12, 36], "the backbeat"


def test_a_waltz_has_its_backbeat_on_both_beats_that_follow() -> None:
    lines = np.arange(0, 36 * 9, 36)
    assert struck(asked("tambourine", rock(length=36), lines), 54, length=36) == [12, 24]


_BEATS = {36: (0, 6), 24: (0, 8)}  # of 6/8 with a long part and a short one


@pytest.mark.parametrize(
    ("name", "length", "key", "places"),
    [
        ("congas", 36, 63, [24, 30]),
        ("congas", 24, 63, [16, 20]),
        ("agogo", 36, 68, [12, 24]),
        ("cowbell", 24, 56, [0, 8, 16, 20]),
        ("cowbell on 1 and 4", 24, 56, [0, 12]),
    ],
)
def test_patterns_fill_bars_of_three_and_of_six(name: str, length: int, key: int, places: list[int]) -> None:
    beats = range(0, 8 * length, 12)
    keys = {Stem.KEYS: Notes.of((beat + at, 60, 3, 80) for beat in beats for at in _BEATS[length])}
    wish = RuleReader(Nothing()).understand(name, Stem.DRUMS)
    part = finish(rock(length=length), Stem.DRUMS, wish, np.arange(0, length * 9, length), keys)
    assert struck(part, key, length=length) == places


def test_a_pattern_takes_two_bars_of_two_beats() -> None:
    part = asked("congas", rock(length=24), np.arange(0, 24 * 9, 24))
    assert [struck(part, 63, bar, length=24) for bar in range(4)] == [[], [12, 18], [], [12, 18]]


def test_eighths_are_where_the_song_has_them() -> None:
    shuffled = {Stem.KEYS: Notes.of((12 * beat + at, 60, 4, 80) for beat in range(32) for at in (0, 8))}
    part = finish(rock(), Stem.DRUMS, Wish({}, {"kit": {"shaker": True}}), BARS, shuffled)
    assert struck(part, SHAKER) == [0, 8, 12, 20, 24, 32, 36, 44]


@pytest.mark.parametrize("sentence", ["hats with the foot on two and four", "pedal hat", "hi-hat foot on 2 and 4"])
def test_a_pedal_hat_is_struck_on_two_and_four_in_the_place_of_the_stick(sentence: str) -> None:
    part = asked(sentence)
    assert struck(part, PEDAL) == [12, 36] and struck(part, HAT) == [0, 6, 18, 24, 30, 42]


def test_a_ride_bell_is_struck_on_the_beat() -> None:
    part = asked("loud, on the bell of the ride")
    assert struck(part, BELL) == [0, 12, 24, 36] and struck(part, RIDE) == [6, 18, 30, 42] and not struck(part, HAT)


def test_ways_to_play_have_their_beats() -> None:
    part = asked("ride bell on the off-beats, pedal hat on 2")
    assert (
        struck(part, BELL) == [6, 18, 30, 42] and struck(part, RIDE) == [0, 12, 24, 36] and struck(part, PEDAL) == [12]
    )
    part = asked("ride bell on 1", rock().select(rock().onset % 12 > 0))
    assert struck(part, BELL) == [0], "it is struck where the ride was not"


def test_a_section_may_leave_percussion_out() -> None:
    reader = RuleReader(Nothing())
    prompt, section = (reader.understand(text, Stem.DRUMS) for text in ("tambourine", "no tambourine"))
    assert not struck(finish(rock(), Stem.DRUMS, in_section(prompt, section), BARS), 54)


def test_what_is_named_is_explained() -> None:
    song = Song([Track("keys", 0, False, Notes.of([(0, 60, 384, 80)]))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    wish = RuleReader(Nothing()).understand("cowbell and a pedal hat", Stem.DRUMS)
    for part, there in ((finish(rock(), Stem.DRUMS, wish, BARS), True), (rock(), False)):
        rows = [row for row in explained(Asked.of(song, Stem.DRUMS, wish), part, 0) if row.asked]
        assert {row.asked: row.fulfilled for row in rows} == {"cowbell": there, "pedal hat": there}


@pytest.mark.parametrize(
    "sentence",
    [
        "no kick, no snare, no ride, no hi-hat, no toms, no cymbals, no percussion, foot hat on 2 and 4",
        "only the pedal hat",
        "just foot hi-hat on 2 and 4, swung",
    ],
)
def test_a_pedal_hat_may_be_all_that_is_left(sentence: str) -> None:
    part = asked(sentence)
    assert set(part.pitch.tolist()) == {PEDAL} and struck(part, PEDAL, bar=7) == [12, 36]


def test_a_pedal_hat_may_be_ruled_out() -> None:
    part = asked("no pedal hat", Notes.merge([rock(), Notes.of((at, PEDAL, 3, 70) for at in range(12, 384, 24))]))
    assert same(part, rock())
    assert PEDAL in asked("only hi-hat", Notes.merge([rock(), Notes.of([(12, PEDAL, 3, 70)])])).pitch


def test_how_often_percussion_is_struck_is_explained() -> None:
    song = Song([Track("keys", 0, False, Notes.of([(0, 60, 384, 80)]))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    wish = RuleReader(Nothing()).understand("shaker in sixteenths", Stem.DRUMS)
    some = Notes.merge([rock(), Notes.of((48 * bar, SHAKER, 3, 60) for bar in range(8))])
    for part, there in ((some, False), (finish(some, Stem.DRUMS, wish, BARS), True)):
        assert [row.fulfilled for row in explained(Asked.of(song, Stem.DRUMS, wish), part, 0) if row.asked] == [there]


def test_the_foot_is_none_of_the_hats_that_are_ruled_out() -> None:
    song = Song([Track("keys", 0, False, Notes.of([(0, 60, 384, 80)]))], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    asks = Asked.of(song, Stem.DRUMS, RuleReader(Nothing()).understand("only the pedal hat", Stem.DRUMS))
    rows = {row.asked: row.fulfilled for row in explained(asks, asked("only the pedal hat"), 0) if row.asked}
    assert rows["no hi-hat"] and rows["pedal hat"] and all(rows.values())


def test_a_pattern_of_two_bars_goes_on_where_a_section_begins() -> None:
    wish, sides = Wish({}, {"kit": {"claves": True}}), []
    for start, stop in ((0, 48), (48, 144)):
        part = finish(rock(3).starting(start, stop), Stem.DRUMS, wish, np.arange(start, stop + 1, 48))
        sides += [struck(part, 75, bar) for bar in range(start // 48, stop // 48)]
    assert sides == [[0, 18, 36], [12, 24], [0, 18, 36]]


def drawn_for(kit: dict[str, bool], part: Notes, **levels: float) -> tuple[Asked, Notes]:
    """What is asked, and what is made of a part that a model wrote for it."""
    keys = Notes.of((at, 60, 6, 80) for at in range(0, 8 * 48, 12))
    whole = Song([Track("keys", 0, False, keys)], [Meter(0, 4, 4)], [(0, 120.0)], 480)
    asks = Asked.of(whole, Stem.DRUMS, Wish(levels, {"kit": kit} if kit else {}))
    return asks, asks.finished(asks.as_players_do(part))


@pytest.mark.parametrize("kit", [{"tambourine": True}, {"claps": True}, {"congas": True, "shaker in sixteenths": True}])
def test_percussion_is_laid_over_drums_that_are_drawn_as_without_it(kit: dict[str, bool]) -> None:
    asks, part = drawn_for(kit, rock())
    assert asks and not asks.of_notes(), "models are asked for what is usual"
    _, alone = drawn_for({}, rock())
    keys = np.unique(alone.pitch)
    assert same(part.select(np.isin(part.pitch, keys)), alone) and len(part) > len(alone)
    assert (alone.pitch > 40).any() and len(np.unique(alone.pitch)) > 3, "they have fills, as sketches of one bar get"


def test_what_models_know_of_the_kit_is_still_asked_of_them() -> None:
    assert drawn_for({"ride": True, "tambourine": True}, rock())[0].of_notes()
    assert drawn_for({"tambourine": True}, rock(), density=1.0)[0].of_notes()


@pytest.mark.parametrize(
    ("kit", "stays"),
    [({}, False), ({"hi-hat": False}, False), ({"cowbell": True}, False), ({"hand percussion": True}, True)],
)
def test_hand_percussion_that_nobody_asks_for_is_left_out_where_something_is(kit: dict[str, bool], stays: bool) -> None:
    maracas = Notes.of((3 * place, SHAKER, 3, 60) for place in range(128))
    _, part = drawn_for(kit, Notes.merge([rock(), maracas]), density=1.0)
    assert bool(struck(part, SHAKER)) == stays
    _, unasked = drawn_for({}, Notes.merge([rock(), maracas]))
    assert struck(unasked, SHAKER), "of itself the model knows where it belongs"


@pytest.mark.parametrize("name", ["claps", "claps in quarters"])
def test_claps_rest_while_a_fill_sounds(name: str) -> None:
    fill = Notes.of((3 * 48 + at, SNARE if at < 36 else 43, 3, 100) for at in range(24, 48, 3))
    part = finish(Notes.merge([rock(), fill]), Stem.DRUMS, Wish({}, {"kit": {name: True}}), BARS)
    assert max(struck(part, HAND_CLAP, bar=3)) < 24 and 36 in struck(part, HAND_CLAP, bar=2)

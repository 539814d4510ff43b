"""Wishes: as vectors, combined, drawn from facts, and set by controls."""

import numpy as np
import pytest

from subtract_core.errors import InputError
from subtract_core.facts import CHOICE, SCALE, StemFacts
from subtract_core.knobs import knob_wish, words_only
from subtract_core.stems import Stem
from subtract_core.style_facts import IMPLIED, with_implied
from subtract_core.wish import CHANNELS, HOW_MANY, Section, Wish, draw_wish, draw_wishes, spoken_of_throughout, vectors

FACTS = StemFacts(
    Stem.DRUMS,
    levels={"density": 0.75, "loudness": 0.1},
    choices={"figure": ("backbeat",), "kit": ("hi-hat", "fills")},
    absent={"kit": ("ride", "toms")},
)


def _level(scale: str, stem: Stem, value: float) -> float:
    return value / 100


def test_nothing_asked_is_zero_everywhere() -> None:
    assert not Wish() and not Wish().vector().any()
    assert not Wish(options={"kit": {}})


def test_a_level_is_spread_over_the_two_places_it_lies_between() -> None:
    vector = dict(zip(CHANNELS, Wish({"density": 0.375}).vector().tolist(), strict=True))
    assert {name: value for name, value in vector.items() if value} == {"density 1": 0.5, "density 2": 0.5}


def test_options_are_wanted_or_ruled_out() -> None:
    vector = dict(zip(CHANNELS, Wish(options={"kit": {"ride": True, "toms": False}}).vector().tolist(), strict=True))
    assert {name: value for name, value in vector.items() if value} == {"kit: ride": 1.0, "kit: toms": -1.0}


def test_the_wish_on_top_wins_fact_by_fact() -> None:
    said = Wish({"density": 1.0, "loudness": 0.0}, {"style": {"rock": True}})
    set_ = Wish({"density": 0.25}, {"style": {"jazz": True}})
    assert said.under(set_) == Wish({"density": 0.25, "loudness": 0.0}, {"style": {"jazz": True}})


def test_a_section_that_speaks_of_one_drum_leaves_the_others_as_the_prompt_has_them() -> None:
    prompt = Wish({"density": 1.0}, {"kit": {"toms": False, "hi-hat": True}, "style": {"rock": True}})
    section = Wish(options={"kit": {"ride": True}, "style": {"jazz": True}})
    kit = {"toms": False, "ride": True}  # the ride keeps the time instead of the hat
    assert prompt.then(section) == Wish({"density": 1.0}, {"kit": kit, "style": {"jazz": True}})
    assert prompt.then(Wish(options={"kit": {"toms": True}})).options["kit"] == {"toms": True, "hi-hat": True}
    assert Wish(options={"kit": {"hi-hat": False}}).then(section).options["kit"] == {"hi-hat": False, "ride": True}


def test_drawn_wishes_are_true_of_the_part() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_wish(FACTS, rng) for _ in range(300)]
    for wish in drawn:
        assert wish and set(wish.levels.items()) <= set(FACTS.levels.items())
        for choice, options in wish.options.items():
            for option, wanted in options.items():
                assert option in (FACTS.choices if wanted else FACTS.absent)[choice]
    sizes = [len(w.levels) + sum(map(len, w.options.values())) for w in drawn]
    assert min(sizes) == 1 and max(sizes) == 7
    denied = [not wanted for w in drawn for o in w.options.values() for wanted in o.values()]
    assert 0.02 < np.mean(denied) < 0.6


def test_wishes_that_state_a_few_facts_rule_something_out_too() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_wish(FACTS, rng) for _ in range(100)]
    few = [w for w in drawn if len(w.levels) + sum(map(len, w.options.values())) <= len(HOW_MANY)]
    assert any(False in options.values() for w in few for options in w.options.values())


def test_a_part_without_facts_gives_no_wish() -> None:
    assert not draw_wish(StemFacts(Stem.BASS), np.random.default_rng(0))


def test_sections_speak_of_the_same_facts_each_by_its_own_truth() -> None:
    chorus = StemFacts(
        Stem.DRUMS, levels={"density": 1.0}, choices={"kit": ("ride", "hi-hat")}, absent={"kit": ("fills",)}
    )
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(300):
        for facts, wish in zip((FACTS, chorus), draw_wishes([FACTS, chorus], rng), strict=True):
            assert wish.levels.items() <= facts.levels.items()
            for choice, options in wish.options.items():
                for option, wanted in options.items():
                    assert option in (facts.choices if wanted else facts.absent)[choice]
                    seen.add((facts is chorus, option, wanted))
    assert {(False, "fills", True), (True, "fills", False), (False, "ride", False), (True, "ride", True)} <= seen


def test_the_number_that_was_given_goes_where_another_level_wins() -> None:
    given = Wish({"density": 0.5, "loudness": 0.2}, {"kit": {"toms": True}}, {"density": 8.0, "loudness": 60.0})
    later = given.then(Wish({"density": 1.0}, {"kit": {"fills": True}}))
    assert later.levels["density"] == 1.0 and later.numbers == {"loudness": 60.0}
    assert Wish({"density": 1.0}).under(given).numbers == given.numbers


def test_vectors_hold_from_each_section_on() -> None:
    loud, busy = Wish({"loudness": 1.0}), Wish({"density": 1.0})
    frames = vectors([Section(1, loud), Section(3, busy)], 5)
    expected = np.stack([np.zeros(len(CHANNELS)), *[loud.vector()] * 2, *[busy.vector()] * 2])
    assert np.array_equal(frames, expected) and not vectors([], 2).any()


def test_controls_take_words_and_numbers() -> None:
    wish = knob_wish(Stem.BASS, {"density": "busy", "register": "40", "loudness": 80, "swing": None}, _level)
    assert wish == Wish({"density": 0.75, "register": 0.4, "loudness": 0.8}, {}, {"register": 40.0, "loudness": 80.0})
    assert knob_wish(Stem.BASS, {"style": "Funk, Hip-Hop,bossa  nova"}, _level).options == {
        "style": {"funk": True, "hip hop": True, "bossa nova": True}
    }


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("density", "bussy", r"density: 'bussy' is not valid; choose one of very sparse, .*or a number from 0 to 48"),
        ("density", -1, "density: -1"),
        ("swing", 1.5, "swing: 1.5 is not valid.* from 0 to 1"),
        ("loudness", "nan", "loudness"),
        ("style", "polka", "style: 'polka' is not known; choose from rock"),
    ],
)
def test_controls_outside_their_domain_are_named(name: str, value: str | float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        knob_wish(Stem.BASS, {name: value}, _level)


def test_where_numbers_are_not_taken_none_are_offered() -> None:
    with pytest.raises(InputError) as error:
        knob_wish(Stem.BASS, {"density": "banana"}, words_only)
    assert str(error.value).endswith("choose one of very sparse, sparse, moderate, busy, very busy")
    with pytest.raises(InputError, match="density: 7 cannot be asked for in sound; use a word: very sparse"):
        knob_wish(Stem.BASS, {"density": "7"}, words_only)


def test_a_control_that_an_instrument_has_not_is_named() -> None:
    with pytest.raises(InputError, match="register: drums has none"):
        knob_wish(Stem.DRUMS, {"register": "low"}, _level)


def test_styles_imply_facts_of_the_vocabulary() -> None:
    for stem, styles in IMPLIED.items():
        assert set(styles) <= set(CHOICE["style"].options[stem])
        for wish in styles.values():
            assert wish and all(stem in SCALE[name].stems and 0 <= value <= 1 for name, value in wish.levels.items())
            for choice, options in wish.options.items():
                assert set(options) <= set(CHOICE[choice].options[stem])


def test_a_style_is_told_with_what_it_implies_beneath_what_is_asked() -> None:
    jazz = with_implied(Wish({"density": 0.9}, {"style": {"jazz": True}}), Stem.DRUMS)
    assert jazz.levels == {"density": 0.9, "swing": 1.0}
    assert jazz.options == {"style": {"jazz": True}, "kit": {"ride": True}}
    hats = with_implied(Wish({}, {"style": {"jazz": True}, "kit": {"hi-hat": True}}), Stem.DRUMS)
    assert hats.options["kit"] == {"hi-hat": True}
    first = with_implied(Wish({}, {"style": {"blues": True, "rock": True}}), Stem.DRUMS)
    assert first.options["figure"] == {"shuffle": True}, "the first of several styles"
    bass = Wish({}, {"style": {"jazz": True}})
    assert with_implied(bass, Stem.BASS) == bass
    for said in (Wish({}, {"style": {"jazz": False}}), Wish({"swing": 1.0}), Wish({}, {"style": {"march": True}})):
        assert with_implied(said, Stem.DRUMS) == said


def test_sections_speak_of_every_scale_that_one_of_them_speaks_of() -> None:
    loud = Wish({"loudness": 0.75, "density": 1.0}, {"figure": {"walking": True}})
    sections = [Section(0, Wish({}, {"kit": {"ride": True}})), Section(32, loud), Section(64, Wish())]
    spoken = spoken_of_throughout(sections)
    assert [section.first for section in spoken] == [0, 32, 64]
    assert spoken[0].wish == Wish({"loudness": 0.5, "density": 0.5}, {"kit": {"ride": True}})
    assert spoken[1].wish == loud and spoken[2].wish == Wish({"loudness": 0.5, "density": 0.5})
    assert spoken_of_throughout(sections[:1]) == sections[:1]

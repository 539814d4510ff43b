"""What was asked of a part beside what was measured."""

from subtract_core.explain import FactReport, explain
from subtract_core.facts import SCALE, StemFacts
from subtract_core.knobs import knob_wish
from subtract_core.levels import level, shortfall, value_at
from subtract_core.stems import STEMS, Stem
from subtract_core.wish import Wish

FACTS = StemFacts(
    Stem.DRUMS,
    scales={"density": 8.0, "loudness": 120.0},
    words={"density": "moderate", "loudness": "very loud"},
    levels={"density": 0.5, "loudness": 1.0},
    choices={"kit": ("hi-hat",)},
    absent={"kit": ("ride",)},
)


def test_what_was_asked_comes_first_and_says_whether_it_came_true() -> None:
    wish = Wish({"density": 1.0, "loudness": 0.8}, {"kit": {"hi-hat": True, "ride": True, "toms": False}})
    rows = explain(wish, FACTS)
    assert [(r.fact, r.asked, r.fulfilled) for r in rows] == [
        ("density", "very busy", False),
        ("loudness", "loud", True),
        ("kit", "hi-hat", True),
        ("kit", "ride", False),
        ("kit", "no toms", True),
    ]
    assert rows[0].measured == "moderate (8 onsets in four beats)"


def test_programs_are_given_the_numbers_measured_and_asked_for() -> None:
    wish = knob_wish(Stem.DRUMS, {"density": 48, "loudness": "soft", "swing": ".6"}, level)
    wish = Wish({"density": 0.0}, {"kit": {"hi-hat": True}}).under(wish)
    rows = {row.fact: row for row in explain(wish, FACTS)}
    density, loudness, swing, kit = (rows[name] for name in ("density", "loudness", "swing", "kit"))
    assert (density.asked, density.asked_value, density.value) == ("very busy (48)", 48.0, 8.0)
    assert density.unit == "onsets in four beats"
    assert (loudness.asked, loudness.asked_value, loudness.value) == ("soft", None, 120.0)
    assert (swing.asked, swing.asked_value, swing.value) == ("swung (0.6)", 0.6, None)
    assert swing.unit == "share of off-beat onsets"
    assert (kit.asked_value, kit.value, kit.unit) == (None, None, None)


def test_what_was_not_asked_is_measured_and_not_judged() -> None:
    rows = explain(Wish(), FACTS)
    assert all(r.asked == "" and r.fulfilled is None for r in rows)
    assert {r.fact for r in rows} == {"density", "loudness", "kit"}


def test_what_notes_cannot_tell_is_not_judged() -> None:
    asked = explain(Wish(options={"style": {"reggae": True}}), FACTS)[0]
    assert asked == FactReport("style", "reggae", "cannot be measured", None)


def test_a_scale_that_could_not_be_measured_is_not_fulfilled() -> None:
    assert explain(Wish({"swing": 1.0}), FACTS)[0] == FactReport("swing", "swung", "cannot be measured", False)


def test_a_part_in_which_nothing_could_swing_is_straight() -> None:
    row = explain(Wish({"swing": 0.0}), FACTS)[0]
    assert row == FactReport("swing", "straight", "nothing that could swing", True)
    assert shortfall("swing", Stem.BASS, 0.0, None) == 0 and shortfall("swing", Stem.BASS, 1.0, None) == 1


def test_levels_meet_the_words_in_their_middle_and_turn_back_into_values() -> None:
    for name, scale in SCALE.items():
        for stem in STEMS:
            if stem not in scale.stems:
                continue
            for place in range(len(scale.words)):
                at = place / (len(scale.words) - 1)
                assert abs(level(name, stem, value_at(name, stem, at)) - at) < 1e-6, (name, stem)
    assert level("density", Stem.BASS, 0.0) == 0.0 and level("density", Stem.BASS, 99.0) == 1.0

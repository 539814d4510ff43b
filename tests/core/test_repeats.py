"""How often something comes round says nothing of how much is played."""

import pytest

from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.understanding.repeats import without_repeats
from subtract_core.wish import Wish


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("a fill every four bars", "a fill"),
        ("A fill  every 4th bar, busy", "A fill, busy"),
        ("fills every eight and loud", "fills and loud"),
        ("fills every other bar", "fills"),
        ("a fill once every couple of bars", "a fill"),
        ("crash each eight-bar phrase", "crash"),
        ("every 8 bars", ""),
        ("kick on every beat", "kick on every beat"),
        ("every other note an octave up", "every other note an octave up"),
        ("a chord every four beats", "a chord every four beats"),
        ("flip the octave every eighth note", "flip the octave every eighth note"),
        ("one chord every two bars", "one chord every two bars"),
        ("hit every bar", "hit every bar"),
        ("", ""),
    ],
)
def test_repeats_in_bars_are_left_out(sentence: str, rest: str) -> None:
    assert without_repeats(sentence) == rest


@pytest.mark.parametrize(
    "sentence", ["a fill every four bars", "add a fill every 8 bars", "a fill every eight", "fills every other bar"]
)
def test_a_fill_every_few_bars_is_a_fill_and_no_density(sentence: str) -> None:
    assert TextEncoder.from_pretrained().understand(sentence, Stem.DRUMS) == Wish({}, {"kit": {"fills": True}})

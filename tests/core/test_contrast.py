"""What follows a denial is not denied with it."""

from __future__ import annotations

import pytest

from subtract_core.stems import Stem
from subtract_core.understanding.contrast import Clause, clauses_after_denials, put_right
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.wish import Wish


@pytest.mark.parametrize(
    ("sentence", "clauses"),
    [
        ("no distortion, clean", [Clause("clean", False)]),
        ("no hi-hat - just the ride; busy", [Clause("the ride", True), Clause("busy", False)]),
        ("Don't strum, pick single notes.", [Clause("pick single notes.", False)]),
        ("clean, no distortion", []),
        ("no toms, no crashes", []),
        ("no toms, crashes or fills", []),
        ("not a lot, nothing", []),
        ("a noisy one, clean", []),
        ("", []),
    ],
)
def test_clauses_behind_a_denial_are_found(sentence: str, clauses: list[Clause]) -> None:
    assert clauses_after_denials(sentence) == clauses


def test_what_a_clause_asks_for_by_itself_is_asked_for() -> None:
    whole = Wish({"density": 0.25, "loudness": 0.75}, {"sound": {"distorted": False, "clean": False}})
    alone = Wish({"density": 0.75, "swing": 1.0}, {"sound": {"clean": True}, "figure": {"strummed": True}})
    right = put_right(whole, [(Clause("clean and busy", False), alone)])
    assert right == Wish({"density": 0.75, "loudness": 0.75}, {"sound": {"distorted": False, "clean": True}})
    assert whole.options["sound"] == {"distorted": False, "clean": False}


@pytest.mark.parametrize(("instead", "toms"), [(False, False), (True, True)])
def test_one_drum_behind_another_is_wanted_where_it_is_said_so(instead: bool, toms: bool) -> None:
    whole, alone = Wish({}, {"kit": {"crashes": False, "toms": False}}), Wish({}, {"kit": {"toms": True}})
    assert put_right(whole, [(Clause("toms", instead), alone)]).options["kit"] == {"crashes": False, "toms": toms}


@pytest.mark.parametrize(
    ("stem", "sentence", "options"),
    [
        (Stem.GUITAR, "no distortion, clean", {"sound": {"distorted": False, "clean": True}}),
        (Stem.DRUMS, "no hi-hat, ride instead", {"kit": {"hi-hat": False, "ride": True}}),
        (Stem.BASS, "no slapping, fingers only", {"sound": {"slap": False, "fingered": True}}),
        (Stem.DRUMS, "not rock, jazz", {"style": {"rock": False, "jazz": True}}),
    ],
)
def test_the_shipped_encoder_hears_what_is_wanted_instead(
    stem: Stem, sentence: str, options: dict[str, dict[str, bool]]
) -> None:
    assert TextEncoder.from_pretrained().understand(sentence, stem).options == options

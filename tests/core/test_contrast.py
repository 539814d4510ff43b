"""What follows a denial is not denied with it."""

from __future__ import annotations

import pytest

from subtract_core.stems import Stem
from subtract_core.understanding.contrast import (
    Clause,
    are_opposed,
    clauses_after_denials,
    instead_of,
    put_right,
    without,
)
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
        (Stem.DRUMS, "not funk, reggae", {"style": {"funk": False, "reggae": True}}),
        (Stem.DRUMS, "not rock, jazz", {"style": {"jazz": True}}),
    ],
)
def test_the_shipped_encoder_hears_what_is_wanted_instead(
    stem: Stem, sentence: str, options: dict[str, dict[str, bool]]
) -> None:
    assert TextEncoder.from_pretrained().understand(sentence, stem).options == options


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("slap instead of fingers, busy", ("slap, busy", "fingers")),
        ("rather than strumming, arpeggiate", ("arpeggiate", "strumming")),
        ("anything but power chords, clean", ("clean", "power chords")),
        ("any style but funk", ("", "funk")),
        ("instead of walking do root notes", ("do root notes", "walking")),
        ("I'd rather hear single notes", None),
        ("loud but soft at the end", None),
        ("nothing but octaves", None),
    ],
)
def test_what_something_is_played_instead_of_is_found(sentence: str, found: tuple[str, str] | None) -> None:
    assert instead_of(sentence) == found


def test_what_something_is_played_instead_of_is_ruled_out() -> None:
    wish = Wish({"register": 0.75}, {"sound": {"slap": True}})
    denied = Wish({"register": 0.25, "loudness": 0.75}, {"sound": {"slap": True, "picked": True, "upright": False}})
    options = {"sound": {"slap": True, "picked": False}}
    assert without(wish, denied) == Wish({"register": 0.75, "loudness": 0.25}, options)


@pytest.mark.parametrize(
    ("stem", "sentence", "wish"),
    [
        (Stem.GUITAR, "rather than strumming, arpeggiate", {"figure": {"strummed": False, "arpeggiated": True}}),
        (Stem.GUITAR, "strumming in place of arpeggios", {"figure": {"strummed": True, "arpeggiated": False}}),
        (Stem.BASS, "everything but slap", {"sound": {"slap": False}}),
        (Stem.BASS, "any style but funk", {"style": {"funk": False}}),
        (Stem.KEYS, "piano instead of organ", {}),
    ],
)
def test_the_shipped_encoder_does_not_hear_what_something_is_played_instead_of(
    stem: Stem, sentence: str, wish: dict[str, dict[str, bool]]
) -> None:
    assert TextEncoder.from_pretrained().understand(sentence, stem).options == wish


@pytest.mark.parametrize(
    ("stem", "sentence", "levels"),
    [
        (Stem.KEYS, "short and detached, not legato", {"note length": 0.25}),
        (Stem.BASS, "swung, not straight", {"swing": 1.0}),
        (Stem.KEYS, "low, never high", {"register": 0.25}),
        (Stem.BASS, "busy, not sparse", {"density": 0.75}),
        (Stem.BASS, "busy but not too busy", {"density": 0.75}),
    ],
)
def test_what_is_denied_behind_its_opposite_changes_nothing(
    stem: Stem, sentence: str, levels: dict[str, float]
) -> None:
    assert TextEncoder.from_pretrained().understand(sentence, stem).levels == pytest.approx(levels, abs=0.1)


def test_wishes_are_opposed_on_scales_of_which_both_speak() -> None:
    short, long = Wish({"note length": 0.25}), Wish({"note length": 0.75, "loudness": 0.75})
    assert are_opposed(short, long) and not are_opposed(short, Wish({"loudness": 0.75}))
    assert not are_opposed(Wish({"note length": 0.25, "loudness": 1.0}), long)

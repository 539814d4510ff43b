"""Reports as web pages: settings in words."""

from subtract_core.evaluation.page import in_words, settings


def test_settings_are_said_in_words() -> None:
    assert in_words({"drums": ["a.wav", "b.wav"], "seed": 3}) == "drums a.wav, b.wav, seed 3"
    assert in_words(True) == "yes" and in_words(0.5) == "0.5"
    sampler = {"steps": 20, "context_scales": {"bass": 2.5, "guitar": 2.0}, "stem_steps": {}, "unguided": ()}
    assert settings(sampler) == "steps 20, context_scales (bass 2.5, guitar 2.0)"

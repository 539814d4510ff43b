"""The sentences written for this project: what they state is in the vocabulary, and a fifth is kept for testing."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from subtract_core.errors import ConfigError
from subtract_core.facts import CHOICES, SCALES
from subtract_core.instructions.worded import State
from subtract_core.instructions.written import parse_written, written
from subtract_core.stems import Stem
from subtract_core.understanding.train_text import Sentence, joined

BY_HAND = Path(__file__).parents[2] / "benchmarks" / "data" / "hand_written_instructions.jsonl"


def test_a_fifth_is_kept_and_none_is_in_both() -> None:
    kept, trained_on = written(held_out=True), written()
    assert 0.17 < len(kept) / (len(kept) + len(trained_on)) < 0.23
    assert not {w.text for _, w in kept} & {w.text for _, w in trained_on}


def test_names_are_for_training_alone() -> None:
    kept = {w.text for _, w in written(held_out=True)}
    folder = resources.files("subtract_core.instructions") / "written"
    files = [file for file in folder.iterdir() if file.name.startswith("names")]
    assert len(files) >= 3
    for file in files:
        assert not kept & {w.text for _, w in parse_written(file.read_text(encoding="utf-8"), file.name)}


def test_every_word_of_the_vocabulary_is_asked_for() -> None:
    said = {(s.fact, s.word) for _, w in written() for s in w.states}
    words = {(scale.name, word) for scale in SCALES for word in scale.words}
    words |= {(c.name, o) for c in CHOICES for options in c.options.values() for o in options}
    assert words <= said


def test_many_sentences_state_nothing_and_many_rule_out() -> None:
    sentences = written()
    assert 0.05 < np.mean([not w.states for _, w in sentences]) < 0.25
    assert 0.05 < np.mean([any(s.negated for s in w.states) for _, w in sentences]) < 0.3


def test_sentences_written_by_hand_for_testing_are_not_among_them_nor_anything_close() -> None:
    def words(text: str) -> set[str]:
        return set(re.findall(r"[a-z0-9]+", text.lower()))

    by_hand = [words(json.loads(line)["text"]) for line in BY_HAND.read_text(encoding="utf-8").splitlines()]
    for _, worded in (*written(), *written(held_out=True)):
        own = words(worded.text)
        assert max(len(own & other) / len(own | other) for other in by_hand) <= 0.6, worded.text


def test_a_line_states_facts_and_what_is_ruled_out() -> None:
    (stem, worded), (_, nothing) = parse_written(
        "drums | density=sparse, -kit=crashes | thin it out, and no washes | of any kind\n\nkeys | nothing | lovely",
        "f",
    )
    assert stem is Stem.DRUMS and worded.text == "thin it out, and no washes | of any kind"
    assert worded.states == (State("density", "sparse"), State("kit", "crashes", True))
    assert nothing.states == ()


@pytest.mark.parametrize(
    "line, message",
    [
        ("drums | density=sparse", "is not `stem | facts | sentence`"),
        ("tuba | nothing | hello", "'tuba' is not known"),
        ("drums | sparse | hello", "'sparse' is not `fact=word`"),
        ("drums | register=low | hello", "'register' is no fact of drums"),
        ("drums | density=thick | hello", "density 'thick' is not in the vocabulary"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match="f.txt, line 2: .*" + re.escape(message)):
        list(parse_written(f"drums | nothing | fine\n{line}\n", "f.txt"))


def test_sentences_about_different_facts_are_joined() -> None:
    first = Sentence("keep it quiet.", Stem.BASS, (State("loudness", "soft"),))
    second = Sentence("up the neck", Stem.BASS, (State("register", "high"),))
    both = [joined(first, second, np.random.default_rng(seed)) for seed in range(20)]
    assert all(set(s.states) == {*first.states, *second.states} for s in both)
    assert all("keep it quiet" in s.text and "up the neck" in s.text for s in both)
    assert {s.text.startswith("keep") for s in both} == {True, False}


def test_sentences_about_the_same_fact_stay_apart() -> None:
    first = Sentence("quiet", Stem.BASS, (State("loudness", "soft"),))
    assert (
        joined(first, Sentence("not loud", Stem.BASS, (State("loudness", "loud", True),)), np.random.default_rng(0))
        is first
    )
    long = Sentence("word " * 39, Stem.BASS, ())
    assert joined(first, long, np.random.default_rng(0)) is first

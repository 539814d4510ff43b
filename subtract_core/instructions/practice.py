"""Sentences about parts that nobody played: every word of the vocabulary as often as any other.

Parts of real songs are mostly moderate and mostly rock; a text encoder has to know the other words as well.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from subtract_core.facts import CHOICES, SCALES, StemFacts
from subtract_core.instructions.grammar import BARE, Grammar
from subtract_core.instructions.worded import Worded
from subtract_core.stems import STEMS, Stem

_WRITTEN = (Stem.DRUMS, Stem.BASS, Stem.GUITAR)  # asked for three times as often as the others
_ABSENT = 0.7
_BARE = 0.4  # lest a noun that stands in most denials be taken for one


def practice(count: int, seed: int, held_out: bool = False) -> Iterator[tuple[Stem, Worded]]:
    """`count` sentences of the grammar about random facts; with `held_out` in the wordings kept for testing."""
    rng, grammar = np.random.default_rng(seed), Grammar(held_out, even=True, bare=BARE if held_out else _BARE)
    for _ in range(count):
        facts = random_facts(rng)
        yield facts.stem, grammar.word(facts, rng)


def random_facts(rng: np.random.Generator) -> StemFacts:
    """Any word of each scale, and up to two options of each choice, all as likely."""
    weights = np.array([3.0 if stem in _WRITTEN else 1.0 for stem in STEMS])
    stem = STEMS[rng.choice(len(STEMS), p=weights / weights.sum())]
    words = {s.name: s.words[rng.integers(len(s.words))] for s in SCALES if stem in s.stems}
    choices: dict[str, tuple[str, ...]] = {}
    absent: dict[str, tuple[str, ...]] = {}
    for choice in CHOICES:
        options = choice.options.get(stem, ())
        there = [options[i] for i in rng.permutation(len(options))[: rng.integers(3)]]
        choices[choice.name] = tuple(there)
        if choice.name != "style":  # what a song is not is nowhere stated
            absent[choice.name] = tuple(o for o in options if o not in there and rng.random() < _ABSENT)
    return StemFacts(stem, words=words, choices=choices, absent=absent)

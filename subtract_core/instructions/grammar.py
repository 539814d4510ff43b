"""A phrase grammar: facts in, sentences as musicians write them out; offline, and the same for the same seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from subtract_core.facts import CHOICE, SCALE, StemFacts
from subtract_core.instructions.phrases import AFFIRMING, Phrase, lexicon, plain
from subtract_core.instructions.sentences import RULING_OUT, Said, Sentences, typo
from subtract_core.instructions.worded import State, Worded
from subtract_core.instructions.writer import Progress
from subtract_core.stems import Stem

CYMBALS = ("open hat", "ride", "crashes")  # what "no cymbals" denies; a closed hat goes by its own name
HOW_MANY = (0.34, 0.38, 0.28)  # of sentences with one, two and three wishes
DENIAL = 0.2  # of sentences in which one wish is what is not to be
DONT = 1 / 3  # of denials of a choice that say "don't" to what its imperatives ask for
BARE = 0.15  # of wishes for an option that use the bare noun of its denials: "more toms", "don't drop the toms"
PLAIN = 0.15  # of wishes that are said in the vocabulary's own word, where that is a wording: "rock", "busy"
TWICE = ("kit", "figure")  # facts of which one sentence may name two options


@dataclass(frozen=True)
class _Wish:
    """Something a sentence could state; `chance` is how readily a musician says it, at most 1."""

    fact: str
    words: tuple[str, ...]
    chance: float
    negated: bool = False


class Grammar:
    """Words facts. Says nothing that they do not support, and what goes without saying seldom.

    held_out: use the synonyms kept apart for testing, which are never used otherwise.
    typos: share of sentences with a slip of the finger. nothing: share that state no fact ("make it nice").
    even: say every fact as often as any other, what goes without saying too.
    bare: share of wishes for an option that use the bare noun of its denials.
    """

    def __init__(
        self,
        held_out: bool = False,
        typos: float = 0.06,
        nothing: float = 0.07,
        even: bool = False,
        bare: float = BARE,
    ) -> None:
        self.held_out, self.bare = held_out, bare
        self.typos, self.nothing, self.even = typos, nothing, even
        self.lexicon = lexicon()

    def word(self, facts: StemFacts, rng: np.random.Generator | int) -> Worded:
        """One sentence about `facts`, stating none to three of them."""
        wishes = _wishes(facts)
        if self.even:
            wishes = [replace(wish, chance=1.0) for wish in wishes]
        return self._word(facts.stem, wishes, _denials(facts), np.random.default_rng(rng))

    def _word(self, stem: Stem, wishes: list[_Wish], denials: list[_Wish], rng: np.random.Generator) -> Worded:
        if rng.random() < self.nothing:
            return Worded(Sentences(stem, self.lexicon, self.held_out, rng).of_nothing())
        return self._sentence(stem, _choose(wishes, denials, rng), rng)

    def _sentence(self, stem: Stem, chosen: list[_Wish], rng: np.random.Generator) -> Worded:
        said = [self._say(wish, stem, rng) for wish in chosen]
        text = Sentences(stem, self.lexicon, self.held_out, rng).build(said)
        if rng.random() < self.typos:
            text = typo(text, rng)
        states = tuple(State(wish.fact, word, wish.negated) for wish in chosen for word in wish.words)
        return Worded(text, states, tuple(s.wording for s in said))

    def say(self, stem: Stem, states: Sequence[State], rng: np.random.Generator | int) -> Worded:
        """One sentence about a part of `stem` that states exactly `states`."""
        rng = np.random.default_rng(rng)
        return self._sentence(stem, [_Wish(s.fact, (s.word,), 1.0, s.negated) for s in states], rng)

    def draw(self, facts: StemFacts, count: int, rng: np.random.Generator | int) -> list[Worded]:
        """`count` sentences about `facts`, no two alike but for case as far as the facts give that many."""
        rng = np.random.default_rng(rng)
        wishes, denials = _wishes(facts), _denials(facts)
        drawn: dict[str, Worded] = {}
        for _ in range(20 * count):
            if len(drawn) == count:
                break
            worded = self._word(facts.stem, wishes, denials, rng)
            drawn.setdefault(worded.text.lower().strip(" .!?"), worded)
        return list(drawn.values())

    def _say(self, wish: _Wish, stem: Stem, rng: np.random.Generator) -> Said:
        if wish.negated:
            return self._deny(wish, stem, rng)
        things = self.lexicon.phrases(wish.fact, wish.words[0], stem, self.held_out, ("thing",))
        if things and rng.random() < self.bare:
            text = things[int(rng.integers(len(things)))].text
            return Said(wish.fact, "have", text, text)
        phrases = self.lexicon.phrases(wish.fact, wish.words[0], stem, self.held_out)
        if rng.random() < PLAIN:
            phrases = tuple(p for p in phrases if plain(p.text) == plain(wish.words[0])) or phrases
        phrase = phrases[_drawn([_FORM_WEIGHTS[p.form] for p in phrases], rng)]
        return Said(wish.fact, phrase.form, phrase.text, phrase.text)

    def _deny(self, wish: _Wish, stem: Stem, rng: np.random.Generator) -> Said:
        if wish.words == CYMBALS:
            pool = tuple(Phrase("thing", text) for text in self.lexicon.frame("cymbals", self.held_out))
        elif wish.fact in CHOICE:
            pool = self.lexicon.phrases(wish.fact, wish.words[0], stem, self.held_out, ("thing",))
            if rng.random() < DONT:  # "don't strum", with the imperatives of the option
                pool = self.lexicon.phrases(wish.fact, wish.words[0], stem, self.held_out, ("do",)) or pool
        else:
            pool = self.lexicon.phrases(wish.fact, wish.words[0], stem, self.held_out, ("neg",))
            if rng.random() < 0.3:  # "not too busy", with the adjectives of the word
                pool = self.lexicon.phrases(wish.fact, wish.words[0], stem, self.held_out, ("adj",)) or pool
        phrase = pool[int(rng.integers(len(pool)))]
        return Said(wish.fact, _DENIED[phrase.form], phrase.text, phrase.text)


class GrammarWriter:
    """The phrase grammar as an `InstructionWriter`: what it writes depends on the seed and the facts alone."""

    def __init__(self, seed: int = 0, held_out: bool = False, typos: float = 0.06) -> None:
        self.seed = seed
        self.grammar = Grammar(held_out, typos)

    @property
    def name(self) -> str:
        """What rows of an instruction file call this writer."""
        return f"grammar {'held-out ' * self.grammar.held_out}seed {self.seed}"

    def write(self, facts: Sequence[StemFacts], count: int, progress: Progress | None = None) -> list[list[Worded]]:
        """Up to `count` different sentences for each of `facts`."""
        written = []
        for one in facts:
            text = f"{self.seed} {json.dumps(one.as_dict(), sort_keys=True)}"
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            written.append(self.grammar.draw(one, count, seed))
            if progress:
                progress(1)
        return written


# What a sentence makes of a wording that it denies.
_DENIED = {"neg": "neg", "thing": "lack", "adj": "deny", "do": "dont"}
assert set(_DENIED.values()) == set(RULING_OUT)

# Adjectives and imperatives are the common ways; there are more of some forms in the lists than musicians use.
_FORM_WEIGHTS = {"adj": 1.4, "pred": 0.7, "np": 0.8, "do": 0.9, "more": 1.0, "ref": 0.35}
assert set(_FORM_WEIGHTS) == set(AFFIRMING)


def _drawn(weights: Sequence[float], rng: np.random.Generator) -> int:
    """A place in `weights`, drawn in proportion to them; many times faster than `Generator.choice` on short lists."""
    left = rng.random() * sum(weights)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    return len(weights) - 1


def _choose(wishes: list[_Wish], denials: list[_Wish], rng: np.random.Generator) -> list[_Wish]:
    """None to three of the wishes and denials that the facts support, in the order in which they are said."""
    wanted = 1 + _drawn(HOW_MANY, rng)
    chosen: list[_Wish] = []
    if denials and rng.random() < DENIAL:
        chosen.append(denials[int(rng.integers(len(denials)))])
    left = [wish for wish in wishes if rng.random() < wish.chance]
    while left and len(chosen) < wanted:
        wish = left[_drawn([wish.chance for wish in left], rng)]
        chosen.append(wish)
        named = [c.fact for c in chosen if not c.negated]
        full = {name for name in named if name not in TWICE or named.count(name) == 2}
        left = [other for other in left if other is not wish and other.fact not in full]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _wishes(facts: StemFacts) -> list[_Wish]:
    wishes = []
    for name, word in facts.words.items():
        wishes.append(_Wish(name, (word,), _scale_chance(name, word, facts.stem)))
    for name, options in facts.choices.items():
        for place, option in enumerate(options):
            wishes.append(_Wish(name, (option,), 0.2 if option == "hi-hat" else 0.95 * 0.85**place))
    return [_Wish(w.fact, w.words, w.chance * (0.3 if w.fact in facts.inferred else 1)) for w in wishes]


def _scale_chance(name: str, word: str, stem: Stem) -> float:
    words = SCALE[name].words
    if name == "swing":  # straight is what goes without saying here, not the middle word
        return {words[0]: 0.15, words[1]: 0.7}.get(word, 1.0)
    if word == words[len(words) // 2]:
        return 0.06
    if name == "polyphony" and word == words[0] and stem in (Stem.BASS, Stem.LEAD):
        return 0.15
    usual = {"tempo": 0.4, "dynamic range": 0.6}.get(name, 1.0)
    return usual * (1.0 if word in (words[0], words[-1]) else 0.9)


def _denials(facts: StemFacts) -> list[_Wish]:
    """What a sentence may rule out: the far side of a scale, or what does not occur at all."""
    denials = []
    known = lexicon()
    for name, word in facts.words.items():
        words = SCALE[name].words
        place, last = words.index(word), len(words) - 1
        low, high = (1, last - 1) if last >= 4 else (0, last)
        # Of five words the middle one is neither low nor high; of three it may lean to either, so it denies neither.
        if place <= (low + high) // 2 and (last >= 4 or place == low):
            denials.append(_Wish(name, (words[high],), 1.0, negated=True))
        if place >= (low + high + 1) // 2 and (last >= 4 or place == high):
            denials.append(_Wish(name, (words[low],), 1.0, negated=True))
    for name in ("kit", "figure", "sound"):
        missing = facts.absent.get(name, ())
        denials += [_Wish(name, (option,), 1.0, negated=True) for option in missing]
        if name == "kit" and set(CYMBALS) <= set(missing):
            denials += [_Wish(name, CYMBALS, 1.0, negated=True)] * 3
    return [
        wish
        for wish in denials
        if wish.fact not in facts.inferred  # nobody rules out what was only guessed
        and (wish.words == CYMBALS or known.denies(wish.fact, wish.words[0]))
    ]

"""A sentence and the facts that it states: what writers give and the text encoder learns from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from subtract_core.errors import InputError
from subtract_core.facts import CHOICE, SCALE, StemFacts
from subtract_core.stems import Stem


@dataclass(frozen=True)
class State:
    """One fact that a sentence states: its name, the word or option, and whether the sentence denies it."""

    fact: str
    word: str
    negated: bool = False


@dataclass(frozen=True)
class Worded:
    """A sentence, the facts it states, and the wordings of them it was made of (before typos and inflection).

    The wordings are known of our own grammar only and are not stored.
    """

    text: str
    states: tuple[State, ...] = ()
    wordings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `from_dict` reads them."""
        return {"text": self.text, "states": [asdict(state) for state in self.states]}

    @classmethod
    def from_dict(cls, raw: Any, stem: Stem) -> Worded:
        """Read what `as_dict` wrote, about a part of `stem`; raises `InputError` naming the field that is wrong."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("states"), list):
            raise InputError("an object with `text` and a list of `states` is needed")
        text = raw.get("text")
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"text is {text!r}; a sentence is needed")
        return cls(text, tuple(_state(state, stem) for state in raw["states"]))


def supports(facts: StemFacts, state: State) -> bool:
    """Whether a part with these facts lets a sentence say so."""
    if state.fact in SCALE:
        there = facts.words.get(state.fact)
        return there is not None and (there == state.word) is not state.negated
    return state.word in (facts.absent if state.negated else facts.choices).get(state.fact, ())


def _state(raw: Any, stem: Stem) -> State:
    if not isinstance(raw, Mapping) or set(raw) != {"fact", "word", "negated"} or not isinstance(raw["negated"], bool):
        raise InputError(f"states: {raw!r} is not an object with `fact`, `word` and `negated` (true or false)")
    return checked_state(State(raw["fact"], raw["word"], raw["negated"]), stem)


def checked_state(state: State, stem: Stem) -> State:
    """`state`; raises `InputError` if a part of `stem` has no such fact or the vocabulary no such word for it."""
    fact, word = state.fact, state.word
    if fact in SCALE and stem in SCALE[fact].stems:
        known = SCALE[fact].words
    elif fact in CHOICE and stem in CHOICE[fact].options:
        known = CHOICE[fact].options[stem]
    else:
        raise InputError(f"states: {fact!r} is no fact of {stem.value}")
    if word not in known:
        raise InputError(f"states: {fact} {word!r} is not in the vocabulary; it is one of {', '.join(known)}")
    return state

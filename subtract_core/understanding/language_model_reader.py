"""Sentences read by a language model, in any language, into the same vocabulary as the text encoder's."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from subtract_core.errors import InputError
from subtract_core.facts import CHOICES, SCALES
from subtract_core.instructions.worded import State
from subtract_core.language_model import LanguageModel, RequestRefused, UnusableAnswer, json_array, json_object
from subtract_core.stems import Stem
from subtract_core.understanding.states import wish_of
from subtract_core.wish import Wish

_SYSTEM = """\
A musician says in a sentence, in whatever language, how one part of an arrangement is to be played: the {stem}. Say
which of the facts below the sentence asks for, and which it rules out.

Scales, their words from least to most, of each at most one:
{scales}
Choices, of each any number:
{choices}

How to read:
- Choose the nearest word. Slang, pictures, moods, genres, players, bands and records count where musicians would agree
  on what they mean for the playing: an indie or garage band asks for rock, "punchy" for loud, "tiptoe" for soft.
- State what is said, and not what often goes with it: a genre alone is a style and nothing else, a mood alone nothing.
- "Very", "as ... as you can", "barely" ask for the ends of a scale; plain words for the words next to its middle, which
  is asked for where the sentence names it.
- What is too much ("it's way too busy"), and what is compared ("busier than the verse"), asks for the side that it
  points to.
- "No toms", "leave out the crashes", "anything but walking" rule out; "keep the toms", "don't drop the fills" ask.
- What has no word below, is there already, or says nothing of the playing ("make it nice") is not stated: both lists
  may be empty. Words about another instrument hold for this one where they can ("a loud trumpet": loud).

Answer in JSON: {{"asks": [<facts>], "rules_out": [<facts>]}}, every fact as "name: word", just as below.
{facts}"""
_TRIES = 2  # answers, of which the last that cannot be read is an error


class LanguageModelReader:
    """Asks a language model what a sentence states; each sentence once, as long as the reader lives.

    Servers that refuse schemas are asked without one. Raises `InputError` as `LanguageModel.answer` does, and where two
    answers in a row cannot be read.
    """

    def __init__(self, language_model: LanguageModel) -> None:
        self.language_model = language_model
        self._known: dict[tuple[str, Stem], Wish] = {}

    def understand(self, sentence: str, stem: Stem) -> Wish:
        """What a sentence asks of a part of `stem`; what such parts do not have is left out."""
        if (sentence, stem) not in self._known:
            self._known[sentence, stem] = wish_of(self._states(sentence, stem))
        return self._known[sentence, stem]

    def _states(self, sentence: str, stem: Stem) -> list[State]:
        model, fault = self.language_model, ""
        for _ in range(_TRIES):
            try:
                states, fault = read_states(self._answer(sentence, stem), stem), ""
            except UnusableAnswer as error:
                states, fault = None, str(error)
            if states is not None:
                return states
        if fault:
            raise InputError(f"{model.base_url}: no answer of {model.model} can be used: {fault}")
        raise InputError(
            f"{model.base_url}: {model.model} gave {_TRIES} answers that cannot be read; choose another model, or the "
            "reader own"
        )

    def _answer(self, sentence: str, stem: Stem) -> str | None:
        system, schema = question(stem)
        try:
            return self.language_model.answer(system, sentence, "facts", schema)
        except RequestRefused:
            if not self.language_model.by_schema:
                raise
            self.language_model.response_format = "json_object"
            return self.language_model.answer(system, sentence, "facts", schema)


@lru_cache
def question(stem: Stem) -> tuple[str, dict[str, Any]]:
    """What a language model is told of parts of `stem`, and the schema of its answer."""
    scales = [scale for scale in SCALES if stem in scale.stems]
    choices = [(choice, choice.options[stem]) for choice in CHOICES if stem in choice.options]
    named = [f"{scale.name}: {word}" for scale in scales for word in scale.words]
    named += [f"{choice.name}: {option}" for choice, options in choices for option in options]
    facts = json_array({"type": "string", "enum": named})
    system = _SYSTEM.format(
        stem=stem.value,
        scales="\n".join(f"- {s.name} ({s.definition}): {', '.join(s.words)}" for s in scales),
        choices="\n".join(f"- {c.name} ({c.definition}): {', '.join(options)}" for c, options in choices),
        facts="\n".join(named),
    )
    return system, json_object(asks=facts, rules_out=facts)


def read_states(content: str | None, stem: Stem) -> list[State] | None:
    """The facts of an answer, of a scale the first that is asked for; None for what is no such answer.

    What is no fact of `stem` is left out; what is both asked for and ruled out is asked for.
    """
    try:
        answer = json.loads(content or "")
        asked, ruled_out = answer["asks"], answer["rules_out"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(asked, list) or not isinstance(ruled_out, list):
        return None
    known = question(stem)[1]["properties"]["asks"]["items"]["enum"]
    scales = {scale.name for scale in SCALES}
    states: dict[str, State] = {}  # of a scale by its name, of an option by both
    for fact, negated in [*((fact, False) for fact in asked), *((fact, True) for fact in ruled_out)]:
        if fact in known:
            name, word = fact.split(": ")
            states.setdefault(name if name in scales else fact, State(name, word, negated))
    return list(states.values())

"""What a language model is asked, the shape of its answer, and the reading of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from subtract_core.errors import InputError
from subtract_core.facts import CHOICES, SCALES, StemFacts
from subtract_core.instructions.worded import Worded, supports
from subtract_core.language_model import json_array, json_object

LONGEST = 300  # characters; nobody writes an instruction like that, and the text encoder would cut it off

SYSTEM = f"""\
You write the instructions that musicians give when they ask for one missing part of an arrangement.
For every part you get facts that were measured in it. Word them the way different musicians would: a producer, a
teenager in a garage band, a film composer, a session player in a hurry. Vary length (two words to two clauses),
vocabulary, register and grammar: orders, wishes, bare adjectives, slang, references to styles, an occasional
negation of what the part is clearly not. State one to three facts in a sentence, and not always the same ones.
Never state anything the facts do not support, never write numbers or the names of the facts, and leave out what goes
without saying. Facts listed as guessed may be left out or hinted at; what is listed under "no ..." does not occur and
may be ruled out.

Scales, their words from least to most:
{chr(10).join(f"- {s.name} ({s.definition}): {', '.join(s.words)}" for s in SCALES)}
Choices:
{chr(10).join(f"- {c.name}: {c.definition}" for c in CHOICES)}

With every sentence, list in "states" exactly the facts that it states, in the words above: "negated" is true for what
the sentence rules out. A sentence that states none has an empty list.

Answer in JSON: {{"parts": [{{"id": <id of the part>, "sentences": [{{"text": <the sentence>, "states": [{{"fact": <name
of the scale or choice>, "word": <its word>, "negated": <true or false>}}]}}]}}]}}, every part once."""


_TEXT = {"type": "string"}
_STATE = json_object(fact=_TEXT, word=_TEXT, negated={"type": "boolean"})
_SENTENCE = json_object(text=_TEXT, states=json_array(_STATE))
_PART = json_object(id={"type": "integer"}, sentences=json_array(_SENTENCE))
SCHEMA: dict[str, Any] = json_object(parts=json_array(_PART))


def request_text(facts: Sequence[StemFacts], count: int) -> str:
    """The question about these parts; ids are places in `facts`."""
    parts = [{"id": place, **_described(one)} for place, one in enumerate(facts)]
    return json.dumps({"sentences per part": count, "parts": parts}, ensure_ascii=False)


def read_answer(content: str | None, facts: Sequence[StemFacts], count: int) -> dict[int, list[Worded]]:
    """Sentences by id (place in `facts`); those that state what the facts do not support are left out.

    Parts without a usable sentence are left out as well.
    """
    try:
        listed = json.loads(content or "")["parts"]
        pairs = [(part["id"], part["sentences"]) for part in listed]
    except (ValueError, KeyError, TypeError, RecursionError):  # the last of a model that opens brackets on and on
        return {}
    answers = {}
    for place, sentences in pairs:
        if isinstance(place, int) and 0 <= place < len(facts) and isinstance(sentences, list):
            usable = [worded for raw in sentences if (worded := _usable(raw, facts[place]))]
            distinct = {worded.text: worded for worded in reversed(usable)}
            if usable:
                answers[place] = list(reversed(distinct.values()))[:count]
    return answers


def _described(facts: StemFacts) -> dict[str, Any]:
    described: dict[str, Any] = {"instrument": facts.stem.value, **facts.words}
    described |= {name: list(options) for name, options in facts.choices.items() if options}
    described |= {f"no {name}": list(options) for name, options in facts.absent.items() if options}
    return described | ({"guessed": sorted(facts.inferred)} if facts.inferred else {})


def _usable(raw: Any, facts: StemFacts) -> Worded | None:
    """A sentence of an answer, where it is one, is not too long and says nothing that the facts do not support."""
    try:
        worded = Worded.from_dict(raw, facts.stem)
    except (InputError, TypeError):  # TypeError: a name that is a list
        return None
    text = " ".join(worded.text.split())
    fits = len(text) <= LONGEST and all(supports(facts, state) for state in worded.states)
    return replace(worded, text=text) if fits else None

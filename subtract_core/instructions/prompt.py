"""What a language model is asked, the shape of its answer, and the reading of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from subtract_core.facts import CHOICES, SCALES, StemFacts

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

Answer in JSON: {{"parts": [{{"id": <id of the part>, "sentences": [<the sentences>]}}]}}, every part once."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "parts": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "integer"},
                    "sentences": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["id", "sentences"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["parts"],
    "additionalProperties": False,
}


def request_text(facts: Sequence[StemFacts], count: int) -> str:
    """The question about these parts; ids are places in `facts`."""
    parts = [{"id": place, **_described(one)} for place, one in enumerate(facts)]
    return json.dumps({"sentences per part": count, "parts": parts}, ensure_ascii=False)


def read_answer(content: str | None, parts: int, count: int) -> dict[int, list[str]]:
    """Sentences by id, of the parts that the answer words as asked; parts it gets wrong are left out."""
    try:
        listed = json.loads(content or "")["parts"]
        pairs = [(part["id"], part["sentences"]) for part in listed]
    except (ValueError, KeyError, TypeError):
        return {}
    answers = {}
    for place, sentences in pairs:
        if isinstance(place, int) and 0 <= place < parts and _usable(sentences):
            distinct = dict.fromkeys(" ".join(sentence.split()) for sentence in sentences)
            answers[place] = list(distinct)[:count]
    return answers


def _described(facts: StemFacts) -> dict[str, Any]:
    described: dict[str, Any] = {"instrument": facts.stem.value, **facts.words}
    described |= {name: list(options) for name, options in facts.choices.items() if options}
    described |= {f"no {name}": list(options) for name, options in facts.absent.items() if options}
    return described | ({"guessed": sorted(facts.inferred)} if facts.inferred else {})


def _usable(sentences: Any) -> bool:
    return (
        isinstance(sentences, list)
        and len(sentences) > 0
        and all(isinstance(s, str) and 0 < len(s.strip()) <= LONGEST for s in sentences)
    )

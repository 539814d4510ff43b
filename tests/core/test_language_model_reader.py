"""Sentences read by a language model, against a server on loopback."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from subtract_core.errors import InputError
from subtract_core.facts import CHOICES, SCALES
from subtract_core.instructions.worded import State, checked_state
from subtract_core.language_model import LanguageModel
from subtract_core.stems import STEMS, Stem
from subtract_core.understanding.language_model_reader import LanguageModelReader, question, read_states
from subtract_core.understanding.reader import load_reader
from subtract_core.wish import Wish
from tests.core.chat_server import Reply, Server, completion, fault, serving


def facts(*asks: Any, rules_out: Any = ()) -> str:
    """The text of an answer."""
    return json.dumps({"asks": list(asks), "rules_out": list(rules_out)})


def answer(request: dict[str, Any]) -> Reply:
    """What a model would say that knows two sentences."""
    known = {
        "dicht und ohne Becken": facts("density: busy", rules_out=["kit: crashes"]),
        "mach es schön": facts(),
    }
    return 200, {}, completion(known[request["messages"][1]["content"]])


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(answer) as server:
        yield server


def reader(server: Server, **options: Any) -> LanguageModelReader:
    return LanguageModelReader(LanguageModel("m", "key", server.url, **{"retries": 0, "timeout": 10.0} | options))


def test_a_sentence_in_any_language_comes_to_the_wish_that_the_model_reads_in_it(server: Server) -> None:
    read = reader(server).understand("dicht und ohne Becken", Stem.DRUMS)
    assert read == Wish({"density": 0.75}, {"kit": {"crashes": False}})
    assert reader(server).understand("mach es schön", Stem.DRUMS) == Wish()


def test_the_model_is_told_the_words_that_parts_of_the_instrument_have_and_held_to_them(server: Server) -> None:
    reader(server).understand("mach es schön", Stem.DRUMS)
    request = server.requests[0]
    schema = request["response_format"]["json_schema"]
    assert schema["strict"] is True and set(schema["schema"]["properties"]) == {"asks", "rules_out"}
    named = schema["schema"]["properties"]["asks"]["items"]["enum"]
    assert "kit: fills" in named and not any(fact.startswith("register") for fact in named)
    assert "drums" in request["messages"][0]["content"] and "walking" not in named


@pytest.mark.parametrize("stem", STEMS)
def test_every_fact_that_a_model_may_name_is_one_of_the_vocabulary(stem: Stem) -> None:
    named = question(stem)[1]["properties"]["asks"]["items"]["enum"]
    expected = sum(len(scale.words) for scale in SCALES if stem in scale.stems)
    assert len(named) == expected + sum(len(choice.options.get(stem, ())) for choice in CHOICES)
    states = read_states(facts(*named), stem)
    assert states and all(checked_state(state, stem) for state in states)


def test_a_sentence_is_asked_about_once(server: Server) -> None:
    asking = reader(server)
    assert [asking.understand("mach es schön", Stem.DRUMS) for _ in range(3)] == [Wish()] * 3
    assert len(server.requests) == 1
    asking.understand("mach es schön", Stem.BASS)
    assert len(server.requests) == 2


def test_a_server_that_refuses_schemas_is_asked_without_one(server: Server) -> None:
    server.replies = [fault(400, "response_format is not supported")]
    asking = reader(server)
    assert asking.understand("dicht und ohne Becken", Stem.DRUMS).levels == {"density": 0.75}
    asking.understand("mach es schön", Stem.DRUMS)
    assert [r["response_format"]["type"] for r in server.requests] == ["json_schema", "json_object", "json_object"]
    server.replies = [fault(400, "no such model")] * 2
    with pytest.raises(InputError, match=r"m: the request failed \(400\): .*no such model"):
        reader(server).understand("dicht und ohne Becken", Stem.DRUMS)


def test_of_a_scale_one_word_counts_and_what_is_no_fact_of_the_instrument_does_not() -> None:
    said = facts("density: busy", "density: sparse", "kit: fills", "register: low", "mood: sad", 3, ["kit: toms"],
                 rules_out=["kit: fills", "kit: toms", "density: very busy"])  # fmt: skip
    expected = [State("density", "busy"), State("kit", "fills"), State("kit", "toms", negated=True)]
    assert read_states(said, Stem.DRUMS) == expected


@pytest.mark.parametrize(
    "content", [None, "", "Sure!", "[]", "{}", '{"asks": []}', '{"asks": "x", "rules_out": []}', "[" * 100_000]
)
def test_an_answer_that_cannot_be_read_is_asked_for_once_more(server: Server, content: str | None) -> None:
    server.replies = [(200, {}, completion(content))]
    assert reader(server).understand("dicht und ohne Becken", Stem.DRUMS)
    server.replies = [(200, {}, completion(content))] * 2
    with pytest.raises(InputError, match="m gave 2 answers that cannot be read; choose another model, or the reader"):
        reader(server).understand("dicht und ohne Becken", Stem.DRUMS)


def test_a_refusal_is_told_and_a_fence_of_markdown_taken_off(server: Server) -> None:
    server.replies = [(200, {}, completion(f"```json\n{facts('density: sparse')}\n```"))]
    assert reader(server).understand("dicht und ohne Becken", Stem.DRUMS).levels == {"density": 0.25}
    server.replies = [(200, {}, completion(None, refusal="No."))] * 2
    with pytest.raises(InputError, match=r"/v1: no answer of m can be used: the model refused: No\."):
        reader(server).understand("dicht und ohne Becken", Stem.DRUMS)


def test_what_a_server_says_is_told(server: Server) -> None:
    server.replies = [fault(401, "wrong key")]
    with pytest.raises(InputError, match=r"key was refused \(401\): .*wrong key"):
        reader(server).understand("dicht und ohne Becken", Stem.DRUMS)


def test_readers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "MSUB_OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    assert load_reader("own") is None
    named = load_reader("openai:small")
    assert isinstance(named, LanguageModelReader) and named.language_model.model == "small"
    assert load_reader(named) is named
    for wrong in ("gpt", "openai:", "own:x", ""):
        with pytest.raises(InputError, match=r"reader: .* is not known; choose own, openai or openai:MODEL"):
            load_reader(wrong)
    with pytest.raises(InputError, match=r"model: .*MSUB_OPENAI_MODEL"):
        load_reader("openai")
    with pytest.raises(InputError, match="api_key: a key is needed"):
        named.understand("busier", Stem.BASS)


def test_the_core_does_without_the_client_until_it_asks() -> None:

    code = "import sys, subtract_core.understanding.language_model_reader; assert 'openai' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

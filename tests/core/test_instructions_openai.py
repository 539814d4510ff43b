"""The writer that asks a language model, against a server on loopback that speaks chat completions, faults included."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from subtract_core.errors import InputError
from subtract_core.facts import StemFacts
from subtract_core.instructions.openai_writer import OpenAIWriter
from subtract_core.instructions.prompt import LONGEST, read_answer
from subtract_core.instructions.worded import State, Worded
from subtract_core.language_model import LanguageModel
from subtract_core.stems import Stem
from tests.core.chat_server import Reply, Server, completion, fault, serving

FACTS = [StemFacts(Stem.BASS, {"density": float(i)}, {"density": "busy"}, {"style": ("funk",)}) for i in range(6)]


def sentence(text: str, **states: str) -> dict[str, Any]:
    """A sentence of an answer; states: fact=word."""
    listed = [{"fact": fact, "word": word, "negated": False} for fact, word in states.items()]
    return {"text": text, "states": listed}


def texts(written: list[list[Worded]]) -> list[list[str]]:
    """What the sentences say."""
    return [[one.text for one in said] for said in written]


def worded(request: dict[str, Any], repeat: int = 1) -> Reply:
    """A good answer: as many sentences a part as asked for."""
    question = json.loads(request["messages"][1]["content"])
    parts = [
        {
            "id": part["id"],
            "sentences": [sentence(f"{part['density']} {part['instrument']} {n}") for n in range(repeat * 2)],
        }
        for part in question["parts"]
    ]
    return 200, {}, completion(json.dumps({"parts": parts}))


SECRET = "sk-secret-0123456789"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(worded) as server:
        yield server


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MSUB_OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)


def writer(
    server: Server,
    model: str = "m",
    retries: int = 2,
    timeout: float = 10.0,
    temperature: float | None = None,
    response_format: str = "json_schema",
    **options: Any,
) -> OpenAIWriter:
    language_model = LanguageModel(
        model,
        "key",
        server.url,
        retries=retries,
        timeout=timeout,
        temperature=temperature,
        response_format=response_format,
    )
    return OpenAIWriter(language_model, **{"concurrency": 1} | options)


def test_sentences_come_back_in_the_order_of_the_facts(server: Server) -> None:
    mixed = [FACTS[0], StemFacts(Stem.DRUMS, {}, {"density": "sparse"}), FACTS[1]]
    steps: list[int] = []
    written = writer(server, stems_per_request=2).write(mixed, 2, steps.append)
    assert texts(written) == [
        ["busy bass 0", "busy bass 1"],
        ["sparse drums 0", "sparse drums 1"],
        ["busy bass 0", "busy bass 1"],
    ]
    assert sorted(steps) == [1, 2]


def test_requests_carry_facts_schema_key_and_model(server: Server) -> None:
    guessed = StemFacts(
        Stem.BASS, {"density": 7.25}, {"density": "busy"}, {"style": ("funk",)}, inferred=frozenset({"style"})
    )
    writer(server, temperature=0.7).write([guessed], 2)
    request = server.requests[0]
    assert server.keys == ["Bearer key"] and request["model"] == "m" and request["temperature"] == 0.7
    assert request["response_format"]["type"] == "json_schema"
    assert request["response_format"]["json_schema"]["strict"] is True
    asked = json.loads(request["messages"][1]["content"])
    assert asked["sentences per part"] == 2
    assert asked["parts"] == [
        {"id": 0, "instrument": "bass", "density": "busy", "style": ["funk"], "guessed": ["style"]}
    ]
    assert "7.25" not in json.dumps(request)  # a musician gives no numbers


def test_servers_without_schemas_get_a_plain_json_format(server: Server) -> None:
    assert writer(server, response_format="json_object").write(FACTS[:1], 2)[0]
    assert server.requests[0]["response_format"] == {"type": "json_object"}
    assert "temperature" not in server.requests[0]


def test_key_url_and_model_come_from_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("MSUB_OPENAI_MODEL", "small")
    asking = OpenAIWriter(LanguageModel())
    assert asking.name == "openai small" and asking.write(FACTS[:1], 2)[0]
    assert server.keys == ["Bearer from-environment"] and server.requests[0]["model"] == "small"


def test_no_more_requests_run_at_once_than_allowed(server: Server) -> None:
    def slow(request: dict[str, Any]) -> Reply:
        time.sleep(0.05)
        return worded(request)

    server.answer = slow
    written = writer(server, stems_per_request=1, concurrency=3).write(FACTS, 2)
    assert all(written) and len(server.requests) == 6
    assert 2 <= server.most_at_once <= 3


def test_more_sentences_than_asked_for_are_cut_and_repeats_dropped(server: Server) -> None:
    server.answer = lambda request: worded(request, repeat=5)
    assert texts(writer(server).write(FACTS[:1], 3)) == [["busy bass 0", "busy bass 1", "busy bass 2"]]
    answer = json.dumps({"parts": [{"id": 0, "sentences": [sentence("a  b"), sentence("a b "), sentence("c")]}]})
    assert read_answer(answer, FACTS[:1], 3) == {0: [Worded("a b"), Worded("c")]}


def test_what_a_sentence_states_comes_with_it(server: Server, tmp_path: Path) -> None:
    said = [sentence("a busy funk thing", density="busy", style="funk"), sentence("go")]
    server.replies = [(200, {}, completion(json.dumps({"parts": [{"id": 0, "sentences": said}]})))]
    expected = [[Worded("a busy funk thing", (State("density", "busy"), State("style", "funk"))), Worded("go")]]
    assert writer(server, cache=tmp_path / "cache").write(FACTS[:1], 2) == expected
    assert writer(server, cache=tmp_path / "cache").write(FACTS[:1], 2) == expected  # from the cache


def test_sentences_that_state_what_is_not_so_are_dropped() -> None:
    facts = [StemFacts(Stem.DRUMS, words={"density": "busy"}, choices={"kit": ("ride",)}, absent={"kit": ("toms",)})]

    def kept(fact: str, word: str, negated: bool) -> bool:
        raw = {"text": "x", "states": [{"fact": fact, "word": word, "negated": negated}]}
        answer = json.dumps({"parts": [{"id": 0, "sentences": [raw, sentence("good")]}]})
        return [one.text for one in read_answer(answer, facts, 5)[0]] == ["x", "good"]

    assert kept("density", "busy", False) and kept("density", "sparse", True)
    assert kept("kit", "ride", False) and kept("kit", "toms", True)
    assert not kept("density", "sparse", False) and not kept("density", "busy", True)
    assert not kept("kit", "toms", False) and not kept("kit", "ride", True) and not kept("kit", "fills", True)
    assert not kept("register", "low", False) and not kept("density", "crowded", False)
    assert not kept("mood", "sad", False)


def test_a_rate_limit_is_waited_out_as_the_server_says(server: Server) -> None:
    server.replies = [fault(429, Retry_After="0.3")]
    start = time.monotonic()
    assert writer(server).write(FACTS[:1], 2)[0]
    assert time.monotonic() - start >= 0.3 and len(server.requests) == 2


def test_a_rate_limit_that_persists_is_one_clear_line(server: Server) -> None:
    server.replies = [fault(429, "quota\nexceeded")] * 3
    with pytest.raises(InputError) as error:
        writer(server).write(FACTS[:1], 2)
    assert "rate limit persists after 2 retries (429)" in str(error.value) and "quota exceeded" in str(error.value)
    assert server.url in str(error.value) and "\n" not in str(error.value)
    assert len(server.requests) == 3


def test_a_server_error_is_retried_and_reported_when_it_stays(server: Server) -> None:
    server.replies = [fault(500)]
    assert writer(server).write(FACTS[:1], 2)[0]
    server.replies = [fault(500, "broken")] * 3
    with pytest.raises(InputError, match=r"m: the request failed \(500\): .*broken"):
        writer(server).write(FACTS[:1], 3)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_an_error_at_once(server: Server, status: int) -> None:
    server.replies = [fault(status, "wrong key")] * 3
    with pytest.raises(InputError, match=rf"key was refused \({status}\): .*wrong key"):
        writer(server).write(FACTS[:1], 2)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 400, 404, 500])
def test_the_key_is_left_out_of_what_the_server_says(server: Server, status: int) -> None:
    server.replies = [fault(status, f"{'x' * 150} {SECRET} is no good")]
    with pytest.raises(InputError) as error:
        LanguageModel("m", SECRET, server.url, retries=0).answer("", "", "n", {})
    assert "(the key)" in str(error.value) and "secret" not in str(error.value)


def test_the_key_is_left_out_where_it_cannot_be_sent(server: Server) -> None:
    with pytest.raises(InputError) as error:
        LanguageModel("m", SECRET + "\n", server.url, retries=0).answer("", "", "n", {})
    assert "cannot be reached" in str(error.value) and "secret" not in str(error.value)


def test_an_unknown_model_or_option_is_an_error_at_once(server: Server) -> None:
    server.replies = [fault(404, "no such model")]
    with pytest.raises(InputError, match=r"m: the request failed \(404\): .*no such model"):
        writer(server).write(FACTS[:1], 2)


def test_a_dropped_connection_is_tried_again(server: Server) -> None:
    server.replies = [(200, {}, None)]
    assert writer(server).write(FACTS[:1], 2)[0]
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 422])
def test_a_request_refused_for_its_schema_tells_how_to_go_without(server: Server, status: int) -> None:
    server.replies = [fault(status, "response_format is not supported")] * 2
    with pytest.raises(InputError, match=rf"\({status}\).*knows no schemas needs --response-format json_object"):
        writer(server).write(FACTS[:1], 2)
    with pytest.raises(InputError, match=r"is not supported$"):
        writer(server, response_format="json_object").write(FACTS[:1], 2)


def test_an_unreachable_server_is_named(server: Server) -> None:
    server.http.server_close()
    with pytest.raises(InputError, match=f"{server.url}: cannot be reached: "):
        writer(server, retries=0).write(FACTS[:1], 2)


def test_a_server_that_does_not_answer_in_time_is_named(server: Server) -> None:
    def late(request: dict[str, Any]) -> Reply:
        time.sleep(0.4)
        return worded(request)

    server.answer = late
    with pytest.raises(InputError, match=r"no answer within 0\.1 s"):
        writer(server, retries=0, timeout=0.1).write(FACTS[:1], 2)


def test_a_missing_key_or_model_is_an_error_without_a_request(server: Server) -> None:
    with pytest.raises(InputError, match="api_key: a key is needed; pass it or set OPENAI_API_KEY"):
        OpenAIWriter(LanguageModel("m", base_url=server.url)).write(FACTS, 2)
    with pytest.raises(InputError, match=r"model: .*MSUB_OPENAI_MODEL"):
        LanguageModel()
    assert server.requests == []


@pytest.mark.parametrize(
    ("option", "value"),
    [("response_format", "xml"), ("concurrency", 0), ("stems_per_request", 0), ("retries", -1)],
)
def test_options_outside_their_domain_are_named(server: Server, option: str, value: Any) -> None:
    with pytest.raises(InputError, match=f"{option}: "):
        writer(server, **{option: value})


MALFORMED = {
    "not JSON": completion("Sure! Here are your sentences:"),
    "cut off": completion('{"parts": [{"id": 0, "sent'),
    "brackets without end": completion("[" * 100_000),
    "another shape": completion('{"sentences": ["busy bass"]}'),
    "a list": completion("[1]"),
    "unknown id": completion(json.dumps({"parts": [{"id": 7, "sentences": [sentence("busy bass")]}]})),
    "no text": completion(json.dumps({"parts": [{"id": 0, "sentences": [sentence(" "), 3, "busy"]}]})),
    "no states": completion('{"parts": [{"id": 0, "sentences": [{"text": "busy bass"}]}]}'),
    "states of another shape": completion('{"parts": [{"id": 0, "sentences": [{"text": "a", "states": [["busy"]]}]}]}'),
    "no sentence": completion('{"parts": [{"id": 0, "sentences": []}]}'),
    "too long": completion(json.dumps({"parts": [{"id": 0, "sentences": [sentence("x" * (LONGEST + 1))]}]})),
    "refusal": completion(None),
    "no choices": json.dumps({"id": "1", "object": "chat.completion", "choices": []}),
    "no completion": '"hello"',
    "broken body": "{",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_answer_is_asked_for_once_more(server: Server, body: str) -> None:
    server.replies = [(200, {}, body)]
    asking = writer(server)
    assert texts(asking.write(FACTS[:1], 2)) == [["busy bass 0", "busy bass 1"]]
    assert len(server.requests) == 2 and asking.unworded == 0


def test_stems_without_an_answer_after_two_requests_are_left_empty_and_counted(server: Server) -> None:
    server.replies = [(200, {}, MALFORMED["not JSON"])] * 2
    asking = writer(server, stems_per_request=2)
    assert [bool(sentences) for sentences in asking.write(FACTS[:4], 2)] == [False, False, True, True]
    assert asking.unworded == 2


def test_only_the_stems_that_an_answer_lacks_are_asked_for_again(server: Server) -> None:
    first = {"parts": [{"id": 1, "sentences": [sentence("first go")]}]}
    server.replies = [(200, {}, completion(json.dumps(first)))]
    assert texts(writer(server).write(FACTS[:3], 1)) == [["busy bass 0"], ["first go"], ["busy bass 0"]]
    assert [len(json.loads(r["messages"][1]["content"])["parts"]) for r in server.requests] == [3, 2]


def test_a_model_that_never_answers_usably_ends_the_run(server: Server) -> None:
    server.answer = lambda _: (200, {}, MALFORMED["not JSON"])
    with pytest.raises(InputError, match=r"3 answers of m in a row are malformed; .*, or --response-format json_obj"):
        writer(server, stems_per_request=1).write(FACTS, 2)
    assert len(server.requests) <= 10  # not all twelve
    with pytest.raises(InputError, match=r"malformed; choose another model$"):
        writer(server, stems_per_request=1, response_format="json_object").write(FACTS, 2)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            completion(None, refusal="I can't help with that"),
            "m can be used: the model refused: I can't help with that$",
        ),
        (
            completion('{"parts": [', finish_reason="length"),
            "m can be used: the answer was cut off at its length limit",
        ),
        ("<html>hello</html>", r"no chat completion at this URL; does it end in /v1\?"),
    ],
    ids=["refused", "cut off", "web page"],
)
def test_why_no_answer_came_is_told(server: Server, body: str, told: str) -> None:
    server.answer = lambda _: (200, {}, body)
    with pytest.raises(InputError, match=told):
        writer(server, stems_per_request=1).write(FACTS, 2)


def test_a_web_page_is_told_whatever_type_it_says_it_is(server: Server) -> None:
    server.answer = lambda _: (200, {"Content-Type": "text/html"}, "<html>hello</html>")
    asking = writer(server, stems_per_request=1)
    asking.write(FACTS[:1], 2)
    assert asking.unworded == 1 and asking.fault.startswith("no chat completion at this URL")


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "```\n{}```\n", " ```JSON \n{}\n ```"])
def test_json_in_a_fence_of_markdown_is_read(server: Server, fence: str) -> None:
    parts = json.dumps({"parts": [{"id": 0, "sentences": [sentence("fenced")]}]}, indent=1)
    server.replies = [(200, {}, completion(fence.replace("{}", parts)))]
    assert texts(writer(server).write(FACTS[:1], 1)) == [["fenced"]]


def test_a_second_run_takes_its_answers_from_the_cache(server: Server, tmp_path: Path) -> None:
    first = writer(server, cache=tmp_path / "cache").write(FACTS, 2)
    asked, steps = len(server.requests), list[int]()
    assert writer(server, cache=tmp_path / "cache").write(FACTS, 2, steps.append) == first
    assert len(server.requests) == asked and sum(steps) == len(FACTS)


def test_other_facts_counts_and_models_are_asked_for_anew(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    writer(server, cache=cache).write(FACTS[:1], 2)
    writer(server, cache=cache).write(FACTS[1:2], 2)
    writer(server, cache=cache).write(FACTS[:1], 1)
    writer(server, "other", cache=cache).write(FACTS[:1], 2)
    assert len(server.requests) == 4


def test_equal_facts_are_asked_for_once(server: Server) -> None:
    assert len(writer(server).write([FACTS[0]] * 3, 2)) == 3
    assert len(json.loads(server.requests[0]["messages"][1]["content"])["parts"]) == len(server.requests) == 1


def test_a_run_that_failed_half_way_asks_only_for_the_rest(server: Server, tmp_path: Path) -> None:
    server.replies = [worded_for(FACTS[:2]), worded_for(FACTS[2:4]), fault(401)]
    with pytest.raises(InputError, match="refused"):
        writer(server, stems_per_request=2, cache=tmp_path / "cache").write(FACTS, 2)
    assert len(server.requests) == 3
    assert all(writer(server, stems_per_request=2, cache=tmp_path / "cache").write(FACTS, 2))
    assert len(server.requests) == 4


def worded_for(facts: list[StemFacts]) -> Reply:
    """A good answer for a batch of `facts`."""
    parts = [{"id": i, "sentences": [sentence("a"), sentence("b")]} for i in range(len(facts))]
    return 200, {}, completion(json.dumps({"parts": parts}))


def test_a_file_that_is_no_cache_is_named(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, " * 100)
    with pytest.raises(InputError, match=r"notes\.txt: cannot be used as a cache"):
        writer(server, cache=path)
    with pytest.raises(InputError, match="does not exist"):
        writer(server, cache=tmp_path / "no" / "cache")
    assert path.read_text().startswith("not a database")


def test_an_estimate_asks_nothing_and_leaves_out_what_is_cached(server: Server, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    asking = OpenAIWriter(LanguageModel("m", base_url=server.url), cache=cache, stems_per_request=2)  # without a key
    estimate = asking.estimate(FACTS, 4, input_price=1.0, output_price=10.0)
    assert (estimate.stems, estimate.cached, estimate.requests) == (6, 0, 3)
    assert estimate.output_tokens == 6 * (12 + 4 * 45) and estimate.input_tokens > 3 * 300
    assert estimate.cost == pytest.approx((estimate.input_tokens + 10 * estimate.output_tokens) / 1e6)
    assert server.requests == []
    writer(server, cache=cache).write(FACTS[:5], 4)
    after = writer(server, cache=cache, stems_per_request=2).estimate(FACTS, 4)
    assert (after.cached, after.requests, after.cost) == (5, 1, 0.0)

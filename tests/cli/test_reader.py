"""`msub insert --reader`: who reads the prompt."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.core.chat_server import Reply, Server, completion, fault, serving


def answer(_: dict[str, Any]) -> Reply:
    """Hears a loud part in whatever it is asked."""
    return 200, {}, completion(json.dumps({"asks": ["loudness: very loud"], "rules_out": []}))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving(answer) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "key")
        monkeypatch.delenv("MSUB_OPENAI_MODEL", raising=False)
        yield server


def test_a_language_model_reads_the_prompt_once_for_all_variations(insert: Call, song: Path, server: Server) -> None:
    german = "so laut es geht"
    result = insert(song, "--prompt", german, "--reader", "openai:small", "--explain", "-n", 2, "--tries", 1)
    assert result.exit_code == 0
    assert len([line for line in result.stdout.splitlines() if line.split()[:3] == ["loudness", "very", "loud"]]) == 2
    assert [(r["model"], r["messages"][1]["content"]) for r in server.requests] == [("small", german)]


def test_without_a_sentence_nobody_is_asked(insert: Call, song: Path, server: Server) -> None:
    assert insert(song, "--reader", "openai:small").exit_code == 0
    assert server.requests == []


def test_what_a_server_refuses_is_told_and_nothing_is_written(insert: Call, song: Path, server: Server) -> None:
    server.replies = [fault(401, "wrong key")]
    result = insert(song, "--prompt", "loud", "--reader", "openai:small")
    assert result.exit_code == 1 and f"{server.url}: the key was refused (401)" in result.stderr
    assert [path.name for path in Path().iterdir()] == ["night.mid"]


@pytest.mark.parametrize(
    ("reader", "said"), [("gpt", "choose own, openai or openai:MODEL"), ("openai", "model: the name of a language")]
)
def test_a_reader_that_cannot_be_had_is_named(insert: Call, song: Path, server: Server, reader: str, said: str) -> None:
    result = insert(song, "--prompt", "loud", "--reader", reader)
    assert result.exit_code == 1 and said in result.stderr and result.stderr.count("\n") == 1


def test_models_of_others_read_for_themselves(call: Call, folder: Path, server: Server) -> None:
    import numpy as np
    import soundfile

    soundfile.write("song.wav", np.zeros(8000), 8000)
    result = call("insert", "song.wav", "--stem", "drums", "--model", "riffusion", "--reader", "openai:small")
    assert result.exit_code == 1 and "reader: riffusion reads sentences itself; leave the reader out" in result.stderr

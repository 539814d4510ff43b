"""`msub instruct`: from a training set to sentences about its parts."""

import json
from pathlib import Path

import pytest

from midi_subtract.training.prepare import prepare
from subtract_core.language_model import LanguageModel
from tests.cli.conftest import Call

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def data(folder: Path) -> Path:
    prepare([EXAMPLES / "night_drive.mid", EXAMPLES / "neon_groove.mid"], Path("data"), workers=1)
    return Path("data")


def test_every_part_gets_sentences_about_its_facts(call: Call, data: Path) -> None:
    result = call("instruct", data, "-o", "said.jsonl", "-n", "4")
    assert result.exit_code == 0 and "said.jsonl: 4 parts worded" in result.stdout
    rows = [json.loads(line) for line in Path("said.jsonl").read_text().splitlines()]
    assert {(row["song"], row["facts"]["stem"]) for row in rows} == {
        ("night_drive/night_drive.mid", "drums"),
        ("night_drive/night_drive.mid", "guitar"),
        ("neon_groove/neon_groove.mid", "bass"),
        ("neon_groove/neon_groove.mid", "guitar"),
    }
    assert all(len({s["text"] for s in row["sentences"]}) == 4 and row["facts"]["words"] for row in rows)


def test_a_second_run_adds_nothing_and_another_seed_is_refused(call: Call, data: Path) -> None:
    call("instruct", data, "-o", "said.jsonl")
    before = Path("said.jsonl").read_bytes()
    assert "0 parts worded, 4 were there" in call("instruct", data, "-o", "said.jsonl").stdout
    result = call("instruct", data, "-o", "said.jsonl", "--seed", "1")
    assert result.exit_code == 1 and "choose another file" in result.stderr
    assert Path("said.jsonl").read_bytes() == before


def test_more_sentences_than_the_file_was_written_with_are_refused(call: Call, data: Path) -> None:
    call("instruct", data, "-o", "said.jsonl", "-n", 2)
    result = call("instruct", data, "-o", "said.jsonl", "-n", 3)
    assert result.exit_code == 1 and "said.jsonl: was written with 2 sentences a part, not 3" in result.stderr


@pytest.mark.parametrize("response_format", ["json_schema", "json_object"])
def test_a_language_model_is_asked_in_the_format_chosen(
    call: Call, data: Path, monkeypatch: pytest.MonkeyPatch, response_format: str
) -> None:
    asked: list[str] = []

    def answer(self: LanguageModel, system: str, question: str, name: str, schema: object) -> str:
        asked.append(self.response_format)
        parts = json.loads(question)["parts"]
        return json.dumps({"parts": [{"id": p["id"], "sentences": [{"text": "go", "states": []}]} for p in parts]})

    monkeypatch.setenv("OPENAI_API_KEY", "key")
    monkeypatch.setattr(LanguageModel, "answer", answer)
    options = ("--writer", "openai", "--model", "m", "--response-format", response_format)
    assert call("instruct", data, "-o", "said.jsonl", *options).exit_code == 0
    assert set(asked) == {response_format}


@pytest.mark.parametrize(("worded", "code"), [(1, 3), (0, 1)])
def test_parts_that_could_not_be_worded_are_told_and_are_no_success(
    call: Call, data: Path, monkeypatch: pytest.MonkeyPatch, worded: int, code: int
) -> None:
    def answer(self: LanguageModel, system: str, question: str, name: str, schema: object) -> str:
        first = {"id": 0, "sentences": [{"text": "go", "states": []}]}
        return json.dumps({"parts": [first][:worded] if len(json.loads(question)["parts"]) == 4 else []})

    monkeypatch.setenv("OPENAI_API_KEY", "key")
    monkeypatch.setattr(LanguageModel, "answer", answer)
    result = call("instruct", data, "-o", "said.jsonl", "--writer", "openai", "--model", "m", "-q")
    assert result.exit_code == code
    assert f"said.jsonl: {4 - worded} parts could not be worded; the same command asks for them again" in result.stderr


def test_a_dry_run_says_what_a_language_model_would_cost_and_writes_nothing(call: Call, data: Path) -> None:
    options = ("--writer", "openai", "--model", "m", "--dry-run", "--input-price", "1000", "--output-price", "1000")
    result = call("instruct", data, "-o", "said.jsonl", *options)
    assert result.exit_code == 0 and "4 parts: 1 request, about " in result.stdout and "cost " in result.stdout
    assert not Path("said.jsonl").exists() and not Path("said.jsonl.cache").exists()


def test_what_is_missing_is_named(call: Call, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "MSUB_OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    assert "MSUB_OPENAI_MODEL" in call("instruct", data, "-o", "a", "--writer", "openai").stderr
    refused = call("instruct", data, "-o", "a", "--writer", "openai", "--model", "m")
    assert refused.exit_code == 1 and "OPENAI_API_KEY" in refused.stderr
    assert call("instruct", data, "-o", "a", "--dry-run").exit_code == 2
    assert "msub prepare midi" in call("instruct", "nowhere", "-o", "a").stderr
    assert "sax" in call("instruct", data, "-o", "a", "--stems", "sax").stderr


@pytest.mark.parametrize("option", ["--model", "--base-url", "--cache"])
def test_what_only_a_language_model_has_is_not_asked_of_the_grammar(call: Call, data: Path, option: str) -> None:
    result = call("instruct", data, "-o", "said.jsonl", option, "http://localhost")
    assert result.exit_code == 2 and not Path("said.jsonl").exists()
    assert result.stderr == f"msub: error: {option}: the grammar has none; it goes with --writer openai\n"

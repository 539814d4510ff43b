"""The file of sentences: rows come back as they were, a stopped run is taken up, errors say where."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from subtract_core.errors import InputError
from subtract_core.facts import StemFacts
from subtract_core.instructions.grammar import GrammarWriter
from subtract_core.instructions.worded import State, Worded
from subtract_core.instructions.writer import Progress, StemKey, WriteReport, read_instructions, write_instructions
from subtract_core.stems import Stem

STEMS_GIVEN = [
    (StemKey(f"song-{i}", window), StemFacts(stem, {"density": 4.0 + i}, {"density": "busy"}, {"style": ("rock",)}))
    for i in range(5)
    for window in ("", "64-128")
    for stem in (Stem.DRUMS, Stem.BASS)
]


class Stopping:
    """Writes like the grammar until it has worded `limit` batches, then fails as a stopped run would."""

    name = GrammarWriter().name

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.worded = 0

    def write(self, facts: Sequence[StemFacts], count: int, progress: Progress | None = None) -> list[list[Worded]]:
        if self.limit == 0:
            raise KeyboardInterrupt
        self.limit -= 1
        self.worded += len(facts)
        return GrammarWriter().write(facts, count, progress)


def test_rows_come_back_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    report = write_instructions(path, STEMS_GIVEN, GrammarWriter(), 3)
    assert report == WriteReport(written=20, kept=0, unworded=0)
    rows = read_instructions(path)
    assert [(row.key, row.facts) for row in rows] == STEMS_GIVEN
    assert all(len(row.sentences) == 3 and row.writer == "grammar seed 0" for row in rows)
    assert {s for row in rows for w in row.sentences for s in w.states} >= {
        State("density", "busy"),
        State("style", "rock"),
    }


def test_names_and_sentences_that_are_no_text_of_unicode_come_back_too(tmp_path: Path) -> None:
    path, odd = tmp_path / "a.jsonl", StemKey("songs/caf\udce9.mid")  # a file name in Latin-1, as Python has it
    write_instructions(path, [(odd, STEMS_GIVEN[0][1])], GrammarWriter(), 2)
    json.loads(path.read_bytes().decode("utf-8"))
    assert [row.key for row in read_instructions(path)] == [odd]
    assert write_instructions(path, [(odd, STEMS_GIVEN[0][1])], GrammarWriter(), 2).kept == 1


def test_a_stopped_run_is_taken_up_without_losing_or_doubling_rows(tmp_path: Path) -> None:
    whole, path = tmp_path / "whole.jsonl", tmp_path / "a.jsonl"
    write_instructions(whole, STEMS_GIVEN, GrammarWriter(), 3)
    with pytest.raises(KeyboardInterrupt):
        write_instructions(path, STEMS_GIVEN, Stopping(2), 3, batch=4)
    assert len(read_instructions(path)) == 8
    second, steps = Stopping(-1), list[int]()
    report = write_instructions(path, STEMS_GIVEN, second, 3, batch=3, progress=steps.append)
    assert report == WriteReport(written=12, kept=8, unworded=0)
    assert second.worded == 12 and sum(steps) == 20
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_half_a_last_line_is_written_again(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    write_instructions(path, STEMS_GIVEN, GrammarWriter(), 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    assert write_instructions(path, STEMS_GIVEN, GrammarWriter(), 3).written == 1
    assert path.read_bytes() == whole


def test_a_finished_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_instructions(path, STEMS_GIVEN, GrammarWriter(), 3)
    before = path.read_bytes()
    assert write_instructions(path, STEMS_GIVEN, Stopping(0), 3) == WriteReport(written=0, kept=20, unworded=0)
    assert path.read_bytes() == before


def test_stems_without_sentences_are_left_for_a_later_run(tmp_path: Path) -> None:
    class Mute(Stopping):
        def write(self, facts: Sequence[StemFacts], count: int, progress: Progress | None = None) -> list[list[Worded]]:
            return [[] if one.stem is Stem.BASS else [Worded("drums")] for one in facts]

    path = tmp_path / "a.jsonl"
    assert write_instructions(path, STEMS_GIVEN, Mute(1), 3) == WriteReport(written=10, kept=0, unworded=10)
    assert write_instructions(path, STEMS_GIVEN, GrammarWriter(), 3) == WriteReport(written=10, kept=10, unworded=0)


def test_a_file_of_another_writer_or_of_other_facts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_instructions(path, STEMS_GIVEN[:1], GrammarWriter(), 3)
    with pytest.raises(InputError, match="written by 'grammar seed 0', not 'grammar seed 7'"):
        write_instructions(path, STEMS_GIVEN[:1], GrammarWriter(7), 3)
    changed = StemFacts(Stem.DRUMS, {"density": 9.0}, {"density": "busy"})
    with pytest.raises(InputError, match="drums of song-0 has other facts"):
        write_instructions(path, [(StemKey("song-0"), changed)], GrammarWriter(), 3)


def test_a_file_of_fewer_sentences_than_are_asked_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write_instructions(path, STEMS_GIVEN[:1], GrammarWriter(), 3)
    with pytest.raises(InputError, match="was written with 3 sentences a part, not 4; choose another file"):
        write_instructions(path, STEMS_GIVEN, GrammarWriter(), 4)
    assert len(read_instructions(path)) == 1
    assert write_instructions(path, STEMS_GIVEN[:1], GrammarWriter(), 2).kept == 1


def test_a_file_whose_writer_gave_fewer_than_were_asked_for_is_taken_up(tmp_path: Path) -> None:
    class Terse(Stopping):
        def write(self, facts: Sequence[StemFacts], count: int, progress: Progress | None = None) -> list[list[Worded]]:
            return [[Worded("drums")] for _ in facts]

    path = tmp_path / "a.jsonl"
    write_instructions(path, STEMS_GIVEN[:1], Terse(1), 3)
    assert write_instructions(path, STEMS_GIVEN, GrammarWriter(), 3).kept == 1


def test_a_stem_given_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="drums of song-0 was given twice"):
        write_instructions(tmp_path / "a.jsonl", [STEMS_GIVEN[0]] * 2, GrammarWriter(), 3)


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read: No such file"):
        read_instructions(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="does not exist"):
        write_instructions(tmp_path / "no" / "a.jsonl", STEMS_GIVEN, GrammarWriter(), 3)


BUSY = {"fact": "density", "word": "busy", "negated": False}
GOOD = {
    "song": "s",
    "window": "",
    "writer": "w",
    "facts": {"stem": "bass", "words": {"density": "busy"}},
    "sentences": [{"text": "busy bass", "states": [BUSY]}],
}


def _with_state(**changes: object) -> str:
    return json.dumps(GOOD | {"sentences": [{"text": "busy bass", "states": [BUSY | changes]}]})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not valid JSON"),
        ("[]", "line 2: an object with the fields song, window, writer, facts, sentences is needed"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "window"}), "line 2: field window is missing"),
        (json.dumps(GOOD | {"asked": "six"}), "line 2: field asked is 'six'; a whole number is needed"),
        (json.dumps(GOOD | {"song": 3}), "line 2: field song is 3; text is needed"),
        (json.dumps(GOOD | {"sentences": []}), "line 2: field sentences: a list of at least one sentence"),
        (json.dumps(GOOD | {"sentences": ["a"]}), "line 2: field sentences: an object with `text` and a list of"),
        (json.dumps(GOOD | {"sentences": [{"text": " ", "states": []}]}), "line 2: field sentences: text is ' '"),
        (_with_state(word="thick"), "line 2: field sentences: states: density 'thick' is not in the vocabulary; it is"),
        (_with_state(fact="mood"), "line 2: field sentences: states: 'mood' is no fact of bass"),
        (_with_state(negated="no"), "line 2: field sentences: states: {"),
        (json.dumps(GOOD | {"facts": {"words": {}}}), "line 2: field facts: not the facts of a stem"),
        (json.dumps(GOOD | {"facts": 1}), "line 2: field facts"),
        (json.dumps(GOOD | {"facts": {"stem": "lute"}}), "line 2: field facts: stem: 'lute' is not known"),
        (
            json.dumps(GOOD | {"facts": {"stem": "bass", "words": {"density": "thick"}}}),
            "line 2: field facts: facts of bass: density 'thick' is not in the vocabulary",
        ),
        (json.dumps(GOOD | {"song": "first"}), "line 2: bass of first is already in line 1"),
    ],
)
def test_errors_name_file_line_and_field(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(GOOD | {"song": "first"}) + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_instructions(path)
    assert str(error.value).startswith(f"{path}: {message}") and "\n" not in str(error.value)


def test_a_damaged_file_is_not_added_to(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text("{\n" + json.dumps(GOOD) + "\n", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(InputError, match="line 1: not valid JSON"):
        write_instructions(path, STEMS_GIVEN, GrammarWriter(), 3)
    assert path.read_bytes() == before

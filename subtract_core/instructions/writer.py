"""Writers of instructions, and the file of sentences that training reads.

The file is JSON Lines, one row a stem: `song` and `window` say which notes or samples the row is about (`window` is
whatever the backend calls a stretch of a song; empty means all of it), `writer` who wrote it, `facts` what was
measured (`StemFacts.as_dict`, which holds the stem), `sentences` the wordings, each with the facts it states
(`Worded.as_dict`), `asked` how many were asked for (a row without it: as many as it has).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from subtract_core.errors import InputError
from subtract_core.facts import StemFacts
from subtract_core.instructions.worded import Worded

Progress = Callable[[int], None]  # called with the number of stems finished since the last call

FIELDS = ("song", "window", "writer", "facts", "sentences")


class InstructionWriter(Protocol):
    """Words facts. What a writer cannot word it leaves as an empty list, so that a later run may try again."""

    @property
    def name(self) -> str:
        """What rows of an instruction file call this writer."""

    def write(self, facts: Sequence[StemFacts], count: int, progress: Progress | None = None) -> list[list[Worded]]:
        """Up to `count` sentences for each of `facts`, in their order."""


@dataclass(frozen=True)
class StemKey:
    """Which stretch of which song a row is about; the stem itself stands in its facts."""

    song: str
    window: str = ""


@dataclass(frozen=True)
class InstructionRow:
    """One row of the file. asked: how many sentences were asked for; a language model may have given fewer."""

    key: StemKey
    facts: StemFacts
    sentences: tuple[Worded, ...]
    writer: str
    asked: int

    @property
    def identity(self) -> tuple[str, str, str]:
        """Song, window and stem: what a file has once."""
        return self.key.song, self.key.window, self.facts.stem.value

    def as_line(self) -> str:
        """The row as a line of JSON, with its line end."""
        row = {
            "song": self.key.song,
            "window": self.key.window,
            "writer": self.writer,
            "facts": self.facts.as_dict(),
            "sentences": [sentence.as_dict() for sentence in self.sentences],
            "asked": self.asked,
        }
        return json.dumps(row, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class WriteReport:
    """What a run did: rows written, rows found in the file from an earlier run, stems the writer could not word."""

    written: int
    kept: int
    unworded: int


def write_instructions(
    path: Path,
    stems: Iterable[tuple[StemKey, StemFacts]],
    writer: InstructionWriter,
    count: int,
    batch: int = 256,
    progress: Progress | None = None,
) -> WriteReport:
    """Append a row for each of `stems` that `path` does not have yet, in whole batches.

    A run that was stopped is taken up where it ended: what a crash left of a last line is dropped, finished rows stay.
    One run at a time may write a file. Raises `InputError` where the file is of another writer, or has a stem with
    other facts than are given now or for which fewer sentences were asked for.
    """
    done = {row.identity: row for row in _take_up(path)}
    written = kept = unworded = 0
    seen: set[tuple[str, str, str]] = set()
    source = iter(stems)
    while pairs := list(islice(source, batch)):
        missing = []
        for key, facts in pairs:
            row = InstructionRow(key, facts, (), writer.name, count)
            if row.identity in seen:
                raise InputError(f"{path}: {_named(row)} was given twice")
            seen.add(row.identity)
            if row.identity in done:
                _check_same(path, done[row.identity], row)
            else:
                missing.append((key, facts))
        kept += len(pairs) - len(missing)
        if progress and len(pairs) > len(missing):
            progress(len(pairs) - len(missing))
        sentences = writer.write([facts for _, facts in missing], count, progress) if missing else []
        rows = [
            InstructionRow(key, facts, tuple(said), writer.name, count)
            for (key, facts), said in zip(missing, sentences, strict=True)
            if said
        ]
        _append(path, rows)
        written, unworded = written + len(rows), unworded + len(missing) - len(rows)
    return WriteReport(written, kept, unworded)


def read_instructions(path: Path) -> list[InstructionRow]:
    """All rows of `path`; raises `InputError` naming file, line and field of what is wrong."""
    return list(_rows(path, _lines(path)))


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def _take_up(path: Path) -> list[InstructionRow]:
    """Rows of an earlier run; cuts off a last line without an end, which a stopped run may leave."""
    if not path.exists():
        if not path.parent.is_dir():
            raise InputError(f"{path}: its folder {path.parent} does not exist")
        return []
    lines = _lines(path)
    whole = lines[:-1] if lines and not lines[-1].endswith(b"\n") else lines
    rows = list(_rows(path, whole))
    if len(whole) < len(lines):
        os.truncate(path, sum(map(len, whole)))
    return rows


def _append(path: Path, rows: Sequence[InstructionRow]) -> None:
    try:
        with path.open("ab") as file:
            # In JSON, what replaces a lone surrogate, as of a file name that is not UTF-8, means the surrogate.
            file.write("".join(row.as_line() for row in rows).encode(errors="backslashreplace"))
            file.flush()
            os.fsync(file.fileno())  # what was paid for should survive a power cut
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


def _check_same(path: Path, old: InstructionRow, new: InstructionRow) -> None:
    if old.writer != new.writer:
        raise InputError(f"{path}: was written by {old.writer!r}, not {new.writer!r}; choose another file")
    if old.facts.as_dict() != new.facts.as_dict():
        raise InputError(f"{path}: {_named(old)} has other facts than are measured now; choose another file")
    if old.asked < new.asked:
        raise InputError(f"{path}: was written with {old.asked} sentences a part, not {new.asked}; choose another file")


def _named(row: InstructionRow) -> str:
    return " ".join(part for part in (row.facts.stem.value, "of", row.key.song, row.key.window) if part)


def _rows(path: Path, lines: Iterable[bytes]) -> Iterator[InstructionRow]:
    first: dict[tuple[str, str, str], int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}: line {number}"
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise InputError(f"{where}: not valid JSON: {error}") from None
        row = _parse(raw, where)
        if row.identity in first:
            raise InputError(f"{where}: {_named(row)} is already in line {first[row.identity]}")
        first[row.identity] = number
        yield row


def _parse(raw: Any, where: str) -> InstructionRow:
    if not isinstance(raw, dict):
        raise InputError(f"{where}: an object with the fields {', '.join(FIELDS)} is needed")
    for name in FIELDS:
        if name not in raw:
            raise InputError(f"{where}: field {name} is missing")
    for name in ("song", "window", "writer"):
        if not isinstance(raw[name], str):
            raise InputError(f"{where}: field {name} is {raw[name]!r}; text is needed")
    if not isinstance(raw["sentences"], list) or not raw["sentences"]:
        raise InputError(f"{where}: field sentences: a list of at least one sentence is needed")
    try:
        facts = StemFacts.from_dict(raw["facts"])
    except InputError as error:
        raise InputError(f"{where}: field facts: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError):  # not shaped as StemFacts.as_dict writes it
        raise InputError(f"{where}: field facts: not the facts of a stem") from None
    try:
        sentences = tuple(Worded.from_dict(sentence, facts.stem) for sentence in raw["sentences"])
    except InputError as error:
        raise InputError(f"{where}: field sentences: {error}") from None
    asked = raw.get("asked", len(sentences))
    if not isinstance(asked, int):
        raise InputError(f"{where}: field asked is {asked!r}; a whole number is needed")
    return InstructionRow(StemKey(raw["song"], raw["window"]), facts, sentences, raw["writer"], asked)

"""Answers of a language model, kept on disk, so that no stem is paid for twice."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from subtract_core.errors import InputError


class AnswerCache:
    """key -> sentences (plain values), in one SQLite file; what `put` has stored survives a crash.

    Without a path nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._answers: dict[str, list[dict[str, Any]]] = {}
        if path is None:
            return
        if not path.parent.is_dir():
            raise InputError(f"{path}: its folder {path.parent} does not exist")
        with self._connect() as file:
            file.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, sentences TEXT NOT NULL)")
            self._answers = {key: json.loads(text) for key, text in file.execute("SELECT key, sentences FROM answers")}

    def get(self, key: str) -> list[dict[str, Any]] | None:
        """The sentences stored under `key`."""
        return self._answers.get(key)

    def put(self, answers: Mapping[str, list[dict[str, Any]]]) -> None:
        """Store all of `answers`, or none of them where that fails."""
        self._answers.update(answers)
        if self.path is not None:
            with self._connect() as file:
                rows = [(key, json.dumps(sentences)) for key, sentences in answers.items()]
                file.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?)", rows)

    @contextlib.contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(sqlite3.connect(str(self.path), timeout=30)) as connection, connection:
                yield connection
        except (sqlite3.Error, ValueError) as error:
            raise InputError(f"{self.path}: cannot be used as a cache of answers: {error}") from None

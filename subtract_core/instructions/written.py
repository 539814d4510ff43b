"""Sentences that a language model wrote for this project, one by one, and the facts that each states.

They speak as people do, of players, records and scenes too, where the grammar puts phrases together. A fifth is held
out of training, but for files whose names begin with `names`: what a name stands for cannot be told from other names.
Files in `written/` hold a sentence a line: `stem | facts | sentence`, where facts are `fact=word`, separated by commas,
`-` before one that is ruled out, or `nothing`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from subtract_core.errors import ConfigError, InputError
from subtract_core.instructions.worded import State, Worded, checked_state
from subtract_core.stems import Stem

HELD_OUT_OF = 5  # one in so many sentences is kept for testing
NOTHING = "nothing"
NAMES = "names"  # what the names of files that are for training alone begin with


def written(held_out: bool = False) -> list[tuple[Stem, Worded]]:
    """The sentences to train on, or those kept for testing, each with the stem that it is about."""
    return [pair for pair, kept in _all() if kept is held_out]


@lru_cache(maxsize=1)
def _all() -> tuple[tuple[tuple[Stem, Worded], bool], ...]:
    """Every sentence, and whether it is kept for testing."""
    folder = resources.files("subtract_core.instructions") / "written"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".txt")), key=lambda f: f.name)
    return tuple(
        (pair, not file.name.startswith(NAMES) and zlib.crc32(pair[1].text.encode()) % HELD_OUT_OF == 0)
        for file in files
        for pair in parse_written(file.read_text(encoding="utf-8"), file.name)
    )


def parse_written(text: str, name: str) -> Iterator[tuple[Stem, Worded]]:
    """The sentences of a file called `name`; raises `ConfigError` naming file, line and what is wrong with it."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield _parsed(line)
            except InputError as error:
                raise ConfigError(f"{name}, line {number}: {error}") from None


def _parsed(line: str) -> tuple[Stem, Worded]:
    parts = [part.strip() for part in line.split("|", 2)]
    if len(parts) != 3 or not parts[2]:
        raise InputError(f"{line.strip()!r} is not `stem | facts | sentence`")
    stem = Stem.parse(parts[0])
    facts = [] if parts[1] == NOTHING else [fact.strip() for fact in parts[1].split(",")]
    return stem, Worded(parts[2], tuple(_state(fact, stem) for fact in facts))


def _state(fact: str, stem: Stem) -> State:
    name, equals, word = fact.removeprefix("-").partition("=")
    if not equals:
        raise InputError(f"{fact!r} is not `fact=word`, `-fact=word` or `{NOTHING}`")
    return checked_state(State(name, word, fact.startswith("-")), stem)

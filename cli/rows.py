"""The rows that `--json` prints, and what is said of them in lines; docs/services.md documents their fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from subtract_core.choice import shown
from subtract_core.stems import Stem

from .backends import Kind, Row
from .plan import FILES

_NUMBERS = (
    "program", "channel", "notes", "bars", "chords", "beats", "removed_notes",
    "rate", "channels", "length", "loudness", "gain", "reduction", "reduced_seconds", "seconds",
)  # fmt: skip
_FACTS = (
    "format", "seconds", "tracks", "ticks_per_quarter", "bars", "beats", "beat_quarters", "key", "not_heard",
    "subtype", "rate", "channels", "loudness", "tempo", "tempo_or",
)  # fmt: skip


def part_row(song: Path, kind: Kind, instrument: Stem, seed: int | None, error: str | None = None) -> Row:
    """What `msub insert` says of a part before it is written: all fields of `InsertReport`s, of both kinds, are there,
    null or empty."""
    first = {"song": str(song), "kind": kind.value.lower(), "instrument": instrument.value, "seed": seed}
    lists: Row = {name: [] for name in ("only", "warnings", "facts", "not_understood")}
    return first | dict.fromkeys((*FILES, *_NUMBERS)) | lists | {"error": error}


def song_row(song: Path, kind: Kind) -> Row:
    """What `msub info` says of a song before it is read, likewise."""
    row: Row = {"song": str(song), "kind": kind.value.lower(), **dict.fromkeys(_FACTS)}
    lists: Row = {name: [] for name in ("tempi", "meters", "keys", "markers")}
    return row | lists | {"stems": {}, "missing": [], "warnings": [], "error": None}


def part_line(row: Row, size: str, seconds: float) -> str:
    """What was done, where it went, how long it took."""
    files = ", ".join(row[kind] for kind in FILES if row[kind])
    return f"{row['song']}: {row['instrument']}, {size} -> {files} (seed {row['seed']}, {seconds:.1f} s)"


def fact_lines(result: Any) -> list[str]:
    """What was asked of the part beside what it measures, a line a fact, and what of the prompt was not understood."""
    marks = {True: "yes", False: "no", None: "-"}
    facts = result.report.facts
    place = "time" if any(":" in f.bars for f in facts) else "bars"  # of sound, minutes and seconds
    table: list[tuple[str, ...]] = [(place, "fact", "asked", "measured", "fulfilled")]
    table += [(f.bars, f.fact, f.asked or "-", f.measured, marks[f.fulfilled] if f.asked else "-") for f in facts]
    if not any(f.bars for f in facts):  # one wish for the whole song
        table = [row[1:] for row in table]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in table]
    lost = ", ".join(map(shown, result.report.not_understood))
    return [*lines, f"  not understood: {lost}"] if lost else lines

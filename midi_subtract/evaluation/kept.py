"""What the model has written, kept in a file while an evaluation runs: one that was stopped goes on from there."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from midi_subtract.evaluation.cases import Case
from midi_subtract.notes import Notes
from subtract_core.errors import InputError
from subtract_core.files import write_file


class KeptParts:
    """Parts in a file of JSON lines, of which the first says what they were written with; the others are a case each.

    about: all that parts depend on beside their case and the code. Raises `InputError` where the file says something
    else, unless it may be written over (overwrite).
    """

    def __init__(self, path: Path, about: Mapping[str, Any], overwrite: bool = False) -> None:
        self.path = path
        self._rows: dict[str, dict[str, Any]] = {}
        head = json.dumps({"code": _code(), **about}, default=str)
        lines = path.read_text().splitlines() if path.is_file() else []
        if lines and lines[0] != head:
            if not overwrite:
                raise InputError(
                    f"{path}: holds parts of an evaluation with other settings or other code, which was stopped; "
                    "--overwrite begins anew; or delete it, or choose another name"
                )
            lines = []
        whole = []
        for line in lines[1:]:
            try:
                row = json.loads(line)
            except ValueError:  # it was stopped in the middle of it
                break
            self._rows[row["case"]] = row
            whole.append(line)
        write_file(path, "".join(f"{line}\n" for line in [head, *whole]).encode(), overwrite=True)

    def find(self, row: str, case: Case, seeds: int) -> tuple[list[Notes], float] | None:
        """The parts that a row of the table wrote for a case, one a seed, and the seconds that took, if it has."""
        found = self._rows.get(_name(row, case, seeds))
        return ([Notes.of(part) for part in found["parts"]], found["seconds"]) if found else None

    def add(self, row: str, case: Case, parts: Sequence[Notes], seconds: float) -> None:
        """Keep such parts."""
        rows = [np.stack([p.onset, p.pitch, p.duration, p.velocity], axis=1).tolist() for p in parts]
        line = {"case": _name(row, case, len(parts)), "seconds": seconds, "parts": rows}
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def remove(self) -> None:
        """They are no longer needed: the report is there."""
        self.path.unlink(missing_ok=True)


def _code() -> int:
    """Tells the code that writes parts from others: of a checkout the version stays."""
    packages = [Path(str(files(name))) for name in ("midi_subtract", "subtract_core")]
    return zlib.crc32(b"".join(file.read_bytes() for package in packages for file in sorted(package.rglob("*.py"))))


def _name(row: str, case: Case, seeds: int) -> str:
    """Tells a row's parts for a case from others; by the notes that are heard, too, as files may have changed."""
    heard = b"".join(notes.onset.tobytes() + notes.pitch.tobytes() for notes in case.context.values())
    return json.dumps([case.stem.value, row, seeds, case.song_name, case.start_step, case.n_bars, zlib.crc32(heard)])

"""What an insertion gives: the song with its part, and a report of what was done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pretty_midi

from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Bars
from subtract_core.errors import InputError
from subtract_core.explain import FactReport
from subtract_core.files import AUDIO_SUFFIXES, path_of, write_file


@dataclass(frozen=True)
class InsertReport:
    """What was done.

    song: name of the input. instrument, program (0-127), channel (1-16): of the new part. seed: draws it again.
    notes: how many were written. bars: length of the song. only: first and last of the bars that alone were written,
      counted from 1; none for all. chords: what the part goes by beside the song's notes, if anything. beats: "file" or
      "heard", whose they are.
    removed_notes: taken out by `replace`.
    seconds: time it took. warnings: what the user should know, a sentence each.
    facts: what was asked of the part, by a sentence or by controls, and what was measured in it.
    not_understood: phrases of the prompt that say nothing of such a part, as the model's own text encoder reads them.
    """

    song: str
    instrument: str
    program: int
    channel: int
    seed: int
    notes: int
    bars: int
    only: list[Bars]
    chords: str | None
    beats: str
    removed_notes: int
    seconds: float
    warnings: list[str]
    facts: list[FactReport]
    not_understood: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class InsertResult:
    """A song with its new part; equal to itself alone.

    midi, part_midi: bytes of the whole song, and of the part alone; notes: the part on the beat grid; part: the same
    for pretty_midi, in seconds.
    """

    midi: bytes
    part_midi: bytes
    notes: Notes
    part: pretty_midi.Instrument
    report: InsertReport

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the whole song; raises `InputError` where `path` exists (unless `overwrite`), cannot be written or is
        a name of sound, such as song.wav."""
        return _written(path_of(path), self.midi, overwrite)

    def save_part(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the part alone, with the song's tempo, meters and keys, like `save`."""
        return _written(path_of(path), self.part_midi, overwrite)


def _written(path: Path, midi: bytes, overwrite: bool) -> Path:
    if path.suffix.lower() in AUDIO_SUFFIXES:
        raise InputError(f"{path}: is a name of sound, and notes are written; choose one that ends in .mid")
    write_file(path, midi, overwrite)
    return path

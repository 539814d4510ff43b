"""What an insertion gives: the song with its stem, and a report of what was done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from audio_subtract.files.formats import CONTAINERS, LOSSY
from audio_subtract.files.waveform import Waveform
from audio_subtract.files.writer import encoded, stored_format
from subtract_core.choice import shown
from subtract_core.errors import InputError
from subtract_core.explain import FactReport
from subtract_core.files import path_of, write_file


@dataclass(frozen=True)
class InsertReport:
    """What was done.

    song: name of the input. instrument: of the new stem. seed: draws it again.
    only: first and last second of the stretches in which alone it sounds; none for the whole song.
    rate, channels, length: of the song and so of what is written; samples a second, and seconds.
    loudness: of the stem against the song, in decibels as meters show them (BS.1770), as it is written and where it
      sounds (in `only`); None where nothing of it is to be heard.
    gain: asked for, in decibels, and part of it.
    reduction, reduced_seconds: most decibels that the stem was turned down by lest the sum clip, and for how long.
    seconds: time it took. warnings: what the user should know, a sentence each; `InsertResult.save` may add one.
    facts: what was asked of the stem and what is heard in it.
    not_understood: phrases of the prompt that say nothing of such a stem, as the model's own text encoder reads them.
    """

    song: str
    instrument: str
    seed: int
    only: list[tuple[float, float]]
    rate: int
    channels: int
    length: float
    loudness: float | None
    gain: float
    reduction: float
    reduced_seconds: float
    seconds: float
    warnings: list[str]
    facts: list[FactReport]
    not_understood: list[str] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class InsertResult:
    """A song with its new stem; compared by identity, like the arrays it holds.

    mix, stem: in the song's own type (int16, int32, float32 or float64), as long as the song: [frames, channels], or
    [frames] where it was given as such an array;
    mix - stem is the song, exactly for integers, to rounding for floats. rate: samples a second. song: what was read.
    """

    mix: np.ndarray
    stem: np.ndarray
    song: Waveform
    report: InsertReport

    @property
    def rate(self) -> int:
        return self.song.rate

    def save(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the whole song in the format that `path` asks for, with the song's rate, channels and bit depth.

        Adds a warning to the report where a song in a lossy format is encoded anew, or loses bits. Raises `InputError`
        where `path` exists (unless `overwrite`) or cannot be written.
        """
        path = path_of(path)
        write_file(path, self._encoded(path, self.mix), overwrite)
        self._warn(path)
        return path

    def save_part(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the stem alone, like `save`."""
        path = path_of(path)
        write_file(path, self._encoded(path, self.stem, with_tags=False), overwrite)
        return path

    def to_bytes(self, format: str = "wav") -> bytes:
        """The whole song as the bytes of such a file as `save` writes; format: wav, flac, ogg, mp3 or aiff."""
        path = _named(format)
        data = self._encoded(path, self.mix)
        self._warn(path)
        return data

    def part_to_bytes(self, format: str = "wav") -> bytes:
        """The stem alone, like `to_bytes`."""
        return self._encoded(_named(format), self.stem, with_tags=False)

    def _encoded(self, path: Path, samples: np.ndarray, with_tags: bool = True) -> bytes:
        """The content of a file by that name."""
        like = self.song if with_tags else replace(self.song, tags={})
        return encoded(path, samples.reshape(self.song.frames, -1), like)

    def _warn(self, path: Path) -> None:
        """Add to the report what a file by that name lacks of the song."""
        written, read = CONTAINERS[path.suffix.lower()], self.song.format.container
        anew = f"the song is {read} and was encoded anew, as {written}, which loses a little; -o NAME.wav loses nothing"
        if written in LOSSY and read in LOSSY and anew not in self.report.warnings:
            self.report.warnings.append(anew)
        depths = self.song.format.subtype, stored_format(path, self.song).subtype
        cut = f"the song has 32 bits a sample, of which {written} holds 24; -o NAME.wav keeps all"
        if depths == ("PCM_32", "PCM_24") and cut not in self.report.warnings:
            self.report.warnings.append(cut)


def _named(format: str) -> Path:
    """A name of a file in that format."""
    if not isinstance(format, str) or f".{format.lower()}" not in CONTAINERS:
        raise InputError(f"format: {shown(format)} is not known; choose one of {', '.join(s[1:] for s in CONTAINERS)}")
    return Path(f"song.{format.lower()}")

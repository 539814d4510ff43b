"""What an insertion gives: the song with its stem, and a report of what was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audio_subtract.formats import CONTAINERS, LOSSY
from audio_subtract.waveform import Waveform
from audio_subtract.writer import stored_format, write_audio
from subtract_core.explain import FactReport


@dataclass(frozen=True)
class InsertReport:
    """What was done.

    song: name of the input. instrument: of the new stem. seed: draws it again.
    only: first and last second of the stretches in which alone it sounds; none for the whole song.
    rate, channels, length: of the song and so of what is written; samples a second, and seconds.
    loudness: of the stem against the song, in decibels, as it is written and where it sounds (in `only`); None where
      nothing of it is to be heard.
    gain: asked for, in decibels, and part of it.
    reduction, reduced_seconds: most decibels that the stem was turned down by lest the sum clip, and for how long.
    seconds: time it took. warnings: what the user should know, a sentence each; `InsertResult.save` may add one.
    facts: what was asked of the stem and what is heard in it.
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


@dataclass(frozen=True, eq=False)
class InsertResult:
    """A song with its new stem; compared by identity, like the arrays it holds.

    mix, stem: [frames, channels] in the song's own type (int16, int32, float32 or float64), as long as the song;
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
        write_audio(Path(path), self.mix, self.song, overwrite)
        written, read = CONTAINERS[Path(path).suffix.lower()], self.song.format.container
        anew = f"the song is {read} and was encoded anew, as {written}, which loses a little; -o NAME.wav loses nothing"
        if written in LOSSY and read in LOSSY and anew not in self.report.warnings:
            self.report.warnings.append(anew)
        depths = self.song.format.subtype, stored_format(Path(path), self.song).subtype
        cut = f"the song has 32 bits a sample, of which {written} holds 24; -o NAME.wav keeps all"
        if depths == ("PCM_32", "PCM_24") and cut not in self.report.warnings:
            self.report.warnings.append(cut)
        return Path(path)

    def save_part(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the stem alone, like `save`."""
        write_audio(Path(path), self.stem, replace(self.song, tags={}), overwrite)
        return Path(path)

"""Inserting a stem into a song: the public interface of the audio backend."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from audio_subtract.autoencoder import STRIDE
from audio_subtract.codec import place_features
from audio_subtract.loudness import REFERENCE, SILENT, louder, loudness
from audio_subtract.mix import Mixed, insert_stem
from audio_subtract.phase import to_sound
from audio_subtract.pipeline import DEFAULT_MODEL, AudioPipeline
from audio_subtract.reader import AudioInput, read_audio
from audio_subtract.spectrogram import RATE, log_mel
from audio_subtract.waveform import Waveform, resampled
from audio_subtract.writer import write_audio
from subtract_core.denoiser import Condition
from subtract_core.device import pick_device
from subtract_core.errors import InputError
from subtract_core.explain import FactReport, asked_for
from subtract_core.knobs import Knob, knob_wish
from subtract_core.sampler import sample
from subtract_core.stems import Stem
from subtract_core.wish import Section, Wish, vectors

Progress = Callable[[int, int], None]
"""progress(done, total), in hundredths."""

LOWEST_GAIN, HIGHEST_GAIN = -60.0, 24.0


@dataclass(frozen=True)
class InsertReport:
    """What was done.

    song: name of the input. instrument: of the new stem. seed: draws it again.
    rate, channels, length: of the song and so of what is written; samples a second, and seconds.
    loudness: of the stem against the song, in decibels. gain: asked for, in decibels, and part of it.
    reduction, reduced_seconds: most decibels that the stem was turned down by lest the sum clip, and for how long.
    seconds: time it took. warnings: what the user should know, a sentence each. facts: what was asked of the stem.
    """

    song: str
    instrument: str
    seed: int
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


@dataclass(frozen=True)
class InsertResult:
    """A song with its new stem.

    mix, stem: [frames, channels] in the song's own type (int16, int32, float32 or float64), as long as the song;
    mix - stem is the song. rate: samples a second. song: what was read.
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

        Raises `InputError` where `path` exists (unless `overwrite`) or cannot be written.
        """
        write_audio(Path(path), self.mix, self.song, overwrite)
        return Path(path)

    def save_part(self, path: str | Path, overwrite: bool = False) -> Path:
        """Write the stem alone, like `save`."""
        write_audio(Path(path), self.stem, replace(self.song, tags={}), overwrite)
        return Path(path)


class AudioInserter:
    """Writes missing stems into recordings, as in

        inserter = AudioInserter.from_pretrained("runs/audio/model")
        result = inserter("song.wav", stem="drums", prompt="aggressive rock drums", seed=7)
        result.save("song.drums.wav")

    One inserter serves any number of songs.
    """

    def __init__(self, pipeline: AudioPipeline) -> None:
        self.pipeline = pipeline

    @classmethod
    def from_pretrained(cls, model: str | Path = DEFAULT_MODEL, device: str = "auto") -> AudioInserter:
        """Load a checkpoint directory; device: auto, cpu, cuda or mps. No weights come with this release."""
        return cls(AudioPipeline.from_pretrained(model, str(pick_device(device))))

    def __call__(
        self,
        song: AudioInput,
        stem: str | Stem = Stem.DRUMS,
        *,
        prompt: str | None = None,
        density: Knob = None,
        register: Knob = None,
        loudness: Knob = None,
        swing: Knob = None,
        syncopation: Knob = None,
        style: str | None = None,
        gain: float = 0.0,
        seed: int | None = None,
        steps: int | None = None,
        context_scale: float | None = None,
        text_scale: float | None = None,
        progress: Progress | None = None,
    ) -> InsertResult:
        """Write `stem` into `song`; the song's own samples stay as they are, and what is added is as long as it is.

        song: a path, or (samples, rate) with samples [frames] or [frames, channels] of a numpy array.
        prompt: a sentence that says how the stem is played. density, register, loudness, swing, syncopation: a word of
        `subtract_core.facts.SCALES`; style: a name or several with commas between. They win over the prompt.
        gain: decibels, -60 to 24, by which the stem is louder than such stems are in the mixes trained on.
        seed: the same seed gives the same stem on the same machine; None draws one, see `report.seed`.
        steps, context_scale, text_scale: see `SamplerConfig`; None takes the model's own.
        The stem has one channel and sounds in the middle. Raises `InputError` for what cannot be used.
        """
        started = time.monotonic()
        stem = Stem.parse(stem, "stem")
        if not LOWEST_GAIN <= gain <= HIGHEST_GAIN:
            raise InputError(f"gain: {gain} is out of range; choose {LOWEST_GAIN:g} to {HIGHEST_GAIN:g} dB")
        knobs = {
            "density": density, "register": register, "loudness": loudness, "swing": swing,
            "syncopation": syncopation, "style": style,
        }  # fmt: skip
        understood = self.pipeline.text.understand(prompt, stem) if prompt else Wish()
        wish = understood.under(knob_wish(stem, knobs, _no_number))
        waveform = read_audio(song)
        seed = secrets.randbits(31) if seed is None else _checked_seed(seed)
        sampler = {"steps": steps, "context_scale": context_scale, "text_scale": text_scale}
        sound, difference = self._write(waveform, stem, wish, seed, gain, sampler, progress)
        mixed = insert_stem(waveform, sound)
        warnings = [*waveform.warnings, *self._warnings(waveform, stem, mixed, difference)]
        if prompt and not understood:
            warnings.append(f"nothing in the prompt is known of {stem.value}: the stem is as it would be without it")
        report = InsertReport(
            song=waveform.name,
            instrument=stem.value,
            seed=seed,
            rate=waveform.rate,
            channels=waveform.channels,
            length=waveform.seconds,
            loudness=difference,
            gain=gain,
            reduction=mixed.reduction,
            reduced_seconds=mixed.reduced_seconds,
            seconds=time.monotonic() - started,
            warnings=warnings,
            facts=[FactReport(fact, asked, "not measured in sound", None) for fact, asked in asked_for(wish)],
        )
        return InsertResult(mixed.mix, mixed.stem, waveform, report)

    def _write(
        self,
        song: Waveform,
        stem: Stem,
        wish: Wish,
        seed: int,
        gain: float,
        sampler: dict[str, Any],
        progress: Progress | None,
    ) -> tuple[np.ndarray, float | None]:
        """The stem as sound, float32 [song.frames] at the song's rate, and its loudness against the song's in decibels
        (None for silence)."""
        spectrogram = self.pipeline.codec.config.spectrogram
        heard = torch.from_numpy(song.heard(RATE))
        level = log_mel(heard, spectrogram)
        present = loudness(level, spectrogram)
        if present <= SILENT:
            raise InputError(
                f"{song.name}: is silent ({present:.0f} dB); a song that can be heard (above {SILENT:g} dB) is needed"
            )
        written = self.write(louder(level, REFERENCE - present), stem, wish, seed, sampler, _first_half(progress))
        part = louder(written, present - REFERENCE)
        own = loudness(part, spectrogram)
        sound = to_sound(part, spectrogram, len(heard), seed, progress=_second_half(progress)).numpy()
        sound *= np.float32(10 ** (gain / 20))
        difference = None if own <= SILENT else own + gain - present
        return resampled(sound, RATE, song.rate, song.frames), difference

    def write(
        self,
        level: Tensor,
        stem: Stem,
        wish: Wish | None = None,
        seed: int = 0,
        sampler: dict[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> Tensor:
        """Write a stem for a remaining mix, both as levels float32 [frames, mels] at the reference loudness.

        sampler: fields of `SamplerConfig` that are not None replace the model's own.
        """
        codec = self.pipeline.codec
        frames = -(-len(level) // STRIDE)
        given = {name: value for name, value in (sampler or {}).items() if value is not None}
        condition = Condition(
            context=codec.encode_context([{Stem.KEYS: level}], frames),  # any stem's name: mixes are heard as one
            place=place_features(frames, frames)[None].to(codec.device),
            stem=torch.tensor([stem.number], device=codec.device),
            text=torch.from_numpy(vectors([Section(0, wish)], frames))[None].to(codec.device) if wish else None,
        )
        latents = sample(self.pipeline.denoiser, condition, replace(self.pipeline.sampler, **given), seed, progress)
        return codec.decode(latents, stem)[0][: len(level)]

    @staticmethod
    def _warnings(song: Waveform, stem: Stem, mixed: Mixed, difference: float | None) -> list[str]:
        warnings = []
        if difference is None or not mixed.stem.any():
            warnings.append(f"the model chose silence: there is no {stem.value} to hear; try another seed")
        if mixed.reduction > 0.1:
            warnings.append(
                f"{stem.value} turned down by up to {mixed.reduction:.1f} dB, for {mixed.reduced_seconds:.1f} s "
                "in all, lest the sum clip: the song is close to full scale there"
            )
        if song.rate < RATE / 2:
            warnings.append(f"the song has {song.rate} Hz: nothing above {song.rate / 2000:g} kHz is heard or written")
        if song.channels > 2:
            warnings.append(f"the song has {song.channels} channels: the {stem.value} sound in the first two")
        return warnings


def _first_half(progress: Progress | None) -> Progress | None:
    return progress and (lambda done, total: progress(50 * done // total, 100))


def _second_half(progress: Progress | None) -> Progress | None:
    return progress and (lambda done, total: progress(50 + 50 * done // total, 100))


def _no_number(scale: str, stem: Stem, value: float) -> float:
    raise InputError(f"{scale}: {value:g} cannot be asked for in sound; use a word (msub insert --help lists them)")


def _checked_seed(seed: int) -> int:
    if not 0 <= seed < 2**63:
        raise InputError(f"seed: {seed} is out of range; choose 0 to 2**63 - 1")
    return seed

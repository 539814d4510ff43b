"""Inserting a stem with ACE-Step 1.5, which writes a track for an audio context by its task "lego"."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract.files.waveform import Waveform, resampled
from audio_subtract.hub import load_pipeline
from audio_subtract.insertion import Asked, Progress, SongInserter, Written, audible, between
from audio_subtract.listening.loudness import SILENT, loudness
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, log_mel
from audio_subtract.models import known_model
from subtract_core.errors import InputError
from subtract_core.model.device import pick_device
from subtract_core.stems import Stem

TRACKS = {
    Stem.DRUMS: "drums", Stem.BASS: "bass", Stem.GUITAR: "guitar",
    Stem.KEYS: "keyboard", Stem.STRINGS: "strings", Stem.LEAD: "synth",
}  # fmt: skip
"""What ACE-Step calls our stems."""
STEPS, TURBO_STEPS = 50, 8
TEXT_SCALE = 7.0
BELOW = 6.0
"""Decibels by which a stem is softer than the song: ACE-Step brings all it writes to one peak, so its own level says
nothing."""
PIECE, SHARED = 240.0, 4.0
"""Seconds of a song that are written at once, and that two pieces share, over which they are crossfaded."""
_SINCE = "0.38"  # the release of diffusers that first has the pipeline
_LEVELS = SpectrogramConfig()


class AceStepInserter(SongInserter):
    """Writes missing stems with diffusers' `AceStepPipeline`."""

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline

    @classmethod
    def from_pretrained(cls, model: str | Path, device: str | torch.device = "auto") -> AceStepInserter:
        """Load a diffusers folder or a model by name (`audio_subtract.models.KNOWN`).

        device: auto, cpu, cuda, cuda:1 ... or mps. Raises `InputError` where the model cannot be had, or diffusers is
        too old.
        """
        known, place = known_model(model), pick_device(device)
        dtype = torch.bfloat16 if place.type == "cuda" else torch.float32
        return cls(load_pipeline("AceStepPipeline", known.hub if known else model, dtype, _SINCE).to(place))

    def _write(self, song: Waveform, asked: Asked, progress: Progress | None) -> Written:
        if asked.context_scale is not None:
            raise InputError("context_scale: ACE-Step has none; leave it out")
        heard = song.heard(RATE)
        present = audible(heard, _LEVELS, song)
        rate = int(self.pipeline.sample_rate)
        written = self.write(torch.from_numpy(resampled(heard, RATE, rate)), asked, between(progress, 0, 100))
        sound = resampled(written.numpy(), rate, RATE, len(heard))
        own = loudness(log_mel(torch.from_numpy(sound), _LEVELS), _LEVELS)
        change = present + asked.gain - BELOW - own if own > SILENT else -math.inf  # silence stays silence
        sound = sound * np.float32(10 ** (change / 20))
        turbo = "this is a turbo model of ACE-Step: only its base models learned to write a track for a context"
        warnings = (turbo,) if self.pipeline.is_turbo else ()
        return Written(resampled(sound, RATE, song.rate, song.frames), asked.wish, warnings)

    def write(self, heard: Tensor, asked: Asked, progress: Progress | None = None) -> Tensor:
        """A stem for a song, both float32 [samples] at the pipeline's rate; its level means nothing."""
        rate = int(self.pipeline.sample_rate)
        piece, shared = round(PIECE * rate), round(SHARED * rate)
        count = max(1, math.ceil((len(heard) - shared) / (piece - shared)))
        out = torch.zeros(len(heard))
        for number in range(count):
            first = number * (piece - shared)
            told = between(progress, 100 * number // count, 100 * (number + 1) // count)
            part = self._piece(heard[first : first + piece], asked, number, told)
            rise, fade = torch.linspace(0, 1, shared).sqrt(), torch.ones(len(part))  # of powers: pieces are unrelated
            if number:
                fade[:shared] = rise
            if number < count - 1:
                fade[-shared:] = rise.flip(0)
            out[first : first + piece] += fade * part
        return out

    def _piece(self, heard: Tensor, asked: Asked, number: int, progress: Progress | None) -> Tensor:
        """A stem for up to `PIECE` seconds of a song, float32 [samples]."""
        pipeline = self.pipeline
        hop = round(pipeline.sample_rate / pipeline.latents_per_second)
        frames = math.ceil(len(heard) / hop)
        context = F.pad(heard, (0, frames * hop - len(heard))).expand(int(pipeline.vae.config.audio_channels), -1)
        # The pipeline's own noise is sometimes a frame too long: it goes through seconds and back.
        channels = int(pipeline.transformer.config.audio_acoustic_hidden_dim)
        generator = torch.Generator().manual_seed(asked.seed + number)
        noise = torch.randn(1, frames, channels, generator=generator)
        steps = asked.steps or (TURBO_STEPS if pipeline.is_turbo else STEPS)

        def step_done(_: Any, step: int, __: Any, inputs: dict[str, Any]) -> dict[str, Any]:
            if progress:
                progress(min(step + 1, steps), steps)
            return inputs

        torch.manual_seed(asked.seed + number)  # the context is encoded with a draw of its own
        track: Tensor = pipeline(
            prompt=asked.words or asked.stem.value,
            lyrics="[Instrumental]",
            task_type="lego",
            track_name=TRACKS[asked.stem],
            src_audio=context,
            audio_duration=None,
            num_inference_steps=steps,
            guidance_scale=1.0 if pipeline.is_turbo else TEXT_SCALE if asked.text_scale is None else asked.text_scale,
            latents=noise,
            callback_on_step_end=step_done,
        ).audios[0]
        return F.pad(track.float().cpu().mean(dim=0), (0, len(heard)))[: len(heard)]

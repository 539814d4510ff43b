"""From levels to sound for a bass: harmonics of the notes that are heard in them, as loud as the levels say.

Griffin-Lim finds phases bin by bin; a window of 46 ms tells harmonics 41 Hz apart badly, and its basses tremble where
one tone should sound. Here a source plays the line that the levels hold, in harmonics and a little noise, and is
filtered until its bands have the levels (a source-filter vocoder, as Dudley's of 1939). Griffin-Lim starts from its
phases, and keeps those of the lowest harmonics, which carry the tone; attacks are heard above them.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from audio_subtract.listening.pitch import bundled_pitch
from audio_subtract.model.phase import Progress, sound_in_blocks, to_sound
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, linear_magnitude, pitch_to_hz, stft
from subtract_core.stems import Stem

TOP = 6000.0
"""Hz up to which the source has harmonics; above, noise alone."""
NOISE = 0.03
"""Noise of the source against one harmonic."""
KEPT = 300.0
"""Hz up to which the source's phases are kept. Of 12 basses of the validation set, written by the model, .14 of moments
have a clear period without a source, .75 with one up to 300 Hz, .78 up to 700 (true basses .50); onsets correlate with
the true ones by .32, .28, .24, pitch classes with the song's by .43, .45, .44 (docs/experiments.md, 2026-11-28)."""
ROUNDS = 16
"""Of Griffin-Lim."""
_TABLE = 4096  # samples of a period


def source(pitches: np.ndarray, hop: int, samples: int, seed: int) -> Tensor:
    """float32 [samples]: harmonics of MIDI pitches [frames], `hop` samples each, all as loud as each other up to `TOP`,
    and a little white noise. Phase goes on where the pitch changes."""
    at = np.minimum(np.rint(np.arange(samples) / hop).astype(np.int64), len(pitches) - 1)
    pitch = pitches[at]
    turn = np.cumsum(pitch_to_hz(pitch) / RATE)
    sound = NOISE * np.random.default_rng(seed).standard_normal(samples)
    for each in np.unique(pitches).tolist():
        here = pitch == each
        sound[here] += _period(each)[(turn[here] % 1 * _TABLE).astype(np.int64)]
    return torch.from_numpy(sound.astype(np.float32))


@lru_cache(maxsize=128)
def _period(pitch: int) -> np.ndarray:
    """One period of the source, [_TABLE]: phases spread by Schroeder's rule (1970), so that it has no sharp pulse."""
    count = int(TOP // float(pitch_to_hz(pitch)))
    number = np.arange(1, count + 1)
    phase = -math.pi * number * (number - 1) / count
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
    spectrum[1 : count + 1] = np.exp(1j * phase) * _TABLE / 2
    return np.asarray(np.fft.irfft(spectrum))


def stem_to_sound(
    level: Tensor,
    stem: Stem,
    config: SpectrogramConfig,
    samples: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> Tensor:
    """Sound float32 [samples] on the CPU with the log-mel levels [frames, mels] of a stem: a bass by `line_to_sound`,
    where its levels are such that the bundled network hears its line in them, all else by `to_sound`.

    progress(done, total) counts frames.
    """
    if stem is not Stem.BASS or config != bundled_pitch().config.spectrogram:
        return to_sound(level, config, samples, seed, progress=progress)
    return line_to_sound(level, bundled_pitch().line(level), config, samples, seed, progress)


def line_to_sound(
    level: Tensor,
    pitches: np.ndarray,
    config: SpectrogramConfig,
    samples: int,
    seed: int = 0,
    progress: Progress | None = None,
) -> Tensor:
    """Sound float32 [samples] on the CPU with the log-mel levels [frames, mels] and the pitches [frames].

    progress(done, total) counts frames. Long songs are solved in blocks (`sound_in_blocks`).
    """
    played = source(pitches, config.hop, (len(level) - 1) * config.hop + config.n_fft, seed)
    padded = torch.nn.functional.pad(played, (config.n_fft // 2, config.n_fft // 2))

    @lru_cache(maxsize=1)  # each block asks for it twice
    def spectrum(first: int, last: int) -> Tensor:
        part = padded[first * config.hop : (last - 1) * config.hop + config.n_fft]
        return stft(part, config, centred=False)

    def magnitude(first: int, last: int) -> Tensor:
        return linear_magnitude(level[first:last], config, like=spectrum(first, last).abs())

    generator = torch.Generator().manual_seed(seed)
    held = round(KEPT * config.n_fft / RATE)
    return sound_in_blocks(magnitude, len(level), config, samples, generator, ROUNDS, progress, spectrum, held)

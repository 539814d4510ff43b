"""MIDI files as sound to listen to."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from audio_subtract.files.formats import AudioFormat, output_format
from audio_subtract.files.waveform import Waveform
from audio_subtract.files.writer import write_audio
from audio_subtract.rendering.soundfonts import SoundFont, bundled_soundfont, read_soundfont
from audio_subtract.rendering.synth import play, synthesizer

PEAK = 10 ** (-1 / 20)
"""The loudest sample written, 1 dB below full scale: songs of few parts are played softly otherwise."""
_RATE = 48_000
_FORMAT = AudioFormat("WAV", "PCM_16")


def listening_soundfont(path: Path | None = None) -> SoundFont:
    """The SoundFont at `path`, or the small one for all of General MIDI that pretty_midi brings.

    Raises `InputError` where it cannot be read, and where no synthesizer is installed that plays it.
    """
    font = bundled_soundfont() if path is None else read_soundfont(path)
    synthesizer(font)
    return font


def check_listening(path: Path) -> None:
    """Raise `InputError` for a name that sound cannot be written under."""
    output_format(path, _RATE, 2, _FORMAT)


def write_played(midi: bytes, font: SoundFont, path: Path, overwrite: bool = False) -> None:
    """Play a MIDI file with all it holds and write the sound, two channels, in the format that `path` asks for.

    Raises `InputError` where it cannot be played or written, and where `path` exists (unless `overwrite`).
    """
    samples, rate = play(midi, font)
    loudest = float(np.abs(samples).max(initial=0.0))
    samples = samples * np.float32(PEAK / loudest if loudest > 0 else 1.0)
    write_audio(path, samples, Waveform(samples, rate, _FORMAT), overwrite)

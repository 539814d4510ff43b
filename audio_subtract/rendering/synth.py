"""Notes to sound, by a synthesizer for SoundFonts: `midirenderer` (from PyPI), or the program FluidSynth."""

from __future__ import annotations

import importlib.util
import io
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile

from audio_subtract.files.waveform import resampled
from audio_subtract.model.spectrogram import RATE
from audio_subtract.rendering.soundfonts import SoundFont
from subtract_core.errors import InputError

TICKS = 960  # a quarter note, at 120 a minute: 1,920 a second
_TICKS_A_SECOND = 2 * TICKS
_DRUM_CHANNEL = 9
_PITCHED_CHANNELS = [c for c in range(16) if c != _DRUM_CHANNEL]


@dataclass(frozen=True)
class PlayedNotes:
    """Notes of one instrument, four arrays of one length.

    start, end: float64 seconds. pitch: MIDI note number. velocity: 1-127. program: General MIDI's, for drums the kit's.
    """

    start: np.ndarray
    end: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    program: int
    is_drum: bool


@dataclass(frozen=True)
class Sound:
    """How an instrument sounds beside its program: sends to reverb and chorus, 0-127."""

    reverb: int = 40
    chorus: int = 0


def synthesizer(font: SoundFont) -> str:
    """Which of the two plays `font` here: "midirenderer" where it can, else "fluidsynth".

    Raises `InputError`, saying what to install, where neither does.
    """
    if importlib.util.find_spec("midirenderer") is not None and font.path.suffix.lower() == ".sf2":
        return "midirenderer"
    if shutil.which("fluidsynth"):
        return "fluidsynth"
    if font.path.suffix.lower() == ".sf3":
        raise InputError(f"{font.path}: .sf3 needs the program fluidsynth (Debian: apt install fluidsynth)")
    raise InputError("no synthesizer is installed; run: pip install 'msub[render]' (or Debian: apt install fluidsynth)")


def render(tracks: Sequence[PlayedNotes], font: SoundFont, seconds: float, sound: Sound) -> np.ndarray:
    """Play tracks together: float32 [seconds * RATE], one channel, full scale 1; what rings on is cut off.

    Raises `InputError` where no synthesizer is installed or it fails.
    """
    samples, rate = play(midi_file(tracks, font, seconds, sound), font)
    mono = np.ascontiguousarray(samples.mean(axis=1, dtype=np.float32))
    return resampled(mono, rate, RATE, round(seconds * RATE))


def play(midi: bytes, font: SoundFont) -> tuple[np.ndarray, int]:
    """A MIDI file as float32 [samples, 2], full scale 1, and the samples of a second.

    Raises `InputError` where no synthesizer is installed or it fails.
    """
    return _midirenderer(midi, font) if synthesizer(font) == "midirenderer" else _fluidsynth(midi, font)


@lru_cache(maxsize=2)
def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _midirenderer(midi: bytes, font: SoundFont) -> tuple[np.ndarray, int]:
    import midirenderer

    try:
        wav = midirenderer.render_wave_from(_bytes(font.path), midi)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{font.path}: cannot be played: {' '.join(str(error).split())}") from None
    return _samples(io.BytesIO(wav))


def _fluidsynth(midi: bytes, font: SoundFont) -> tuple[np.ndarray, int]:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "part.mid", Path(folder) / "part.wav"
        source.write_bytes(midi)
        command = ["fluidsynth", "-ni", "-q", "-o", "synth.dynamic-sample-loading=1", "-g", "0.5", "-r", str(RATE)]
        command += ["-F", str(target), str(font.path), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=600)
        if done.returncode or not target.exists():
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise InputError(f"{font.path}: fluidsynth failed: {reason}")
        return _samples(target)


def _samples(source: io.BytesIO | Path) -> tuple[np.ndarray, int]:
    samples, rate = soundfile.read(source, dtype="float32", always_2d=True)
    return samples, int(rate)


def midi_file(tracks: Sequence[PlayedNotes], font: SoundFont, seconds: float, sound: Sound) -> bytes:
    """A Standard MIDI File of format 0 that plays tracks on channels of their own, and ends after `seconds`."""
    events: list[tuple[int, int, bytes]] = []  # tick, order within it, message
    pitched = 0
    for track in tracks:
        channel = _PITCHED_CHANNELS[pitched % 15]
        program = track.program
        if track.is_drum:
            channel = 0 if font.is_drum_kit else _DRUM_CHANNEL
            program = program if program in font.kits else (font.kits or [0])[0]
        else:
            pitched += 1
        for controller, value in ((7, 110), (10, 64), (11, 127), (91, sound.reverb), (93, sound.chorus)):
            events.append((0, 0, bytes([0xB0 | channel, controller, value])))
        events.append((0, 1, bytes([0xC0 | channel, program])))
        start = np.rint(track.start * _TICKS_A_SECOND).astype(int)
        end = np.maximum(np.rint(track.end * _TICKS_A_SECOND).astype(int), start + 1)
        for on, off, pitch, velocity in zip(start, end, track.pitch, track.velocity, strict=True):
            events.append((int(on), 3, bytes([0x90 | channel, int(pitch), int(velocity)])))
            events.append((int(off), 2, bytes([0x80 | channel, int(pitch), 0])))
    body, at = bytearray(), 0
    for tick, _, message in sorted(events, key=lambda e: e[:2]):
        body += _varlen(tick - at) + message
        at = tick
    body += _varlen(max(0, round(seconds * _TICKS_A_SECOND) - at)) + b"\xff\x2f\x00"
    return b"MThd" + struct.pack(">IHHH", 6, 0, 1, TICKS) + b"MTrk" + struct.pack(">I", len(body)) + bytes(body)


def _varlen(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | (value & 0x7F))
    return bytes(reversed(out))

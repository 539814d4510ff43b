"""The row RULE: a rock beat at the tempo heard in the mix, what anybody with a drum machine would add."""

from __future__ import annotations

import numpy as np

from audio_subtract.evaluation.cases import Sound
from audio_subtract.metrics import ONSET_RATE
from audio_subtract.model.spectrogram import RATE
from audio_subtract.rendering.soundfonts import SoundFont
from audio_subtract.rendering.synth import PlayedNotes, render
from audio_subtract.rendering.synth import Sound as Room

KICK, SNARE, HAT = 36, 38, 42
"""General MIDI's keys."""


def rock_beat(beats: np.ndarray, heavy: int, seconds: float) -> PlayedNotes:
    """Kick on every other beat, snare on those between, closed hat on eighths.

    beats: seconds, carried on at both ends as far as the song goes. heavy: 0 or 1, the first beat that has a kick.
    """
    if len(beats) < 2:
        return PlayedNotes(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0), 0, True)
    step = float(np.median(np.diff(beats)))
    before = np.arange(beats[0] - step, -1e-6, -step)[::-1]
    grid = np.concatenate([before, beats, np.arange(beats[-1] + step, seconds, step)])
    is_kick = (np.arange(len(grid)) - len(before) - heavy) % 2 == 0
    halves = np.append(grid[:-1] + np.diff(grid) / 2, grid[-1] + step / 2)
    start = np.concatenate([grid, grid, halves])
    pitch = np.concatenate([np.where(is_kick, KICK, SNARE), np.full(2 * len(grid), HAT)])
    velocity = np.concatenate([np.full(len(grid), 105), np.full(len(grid), 85), np.full(len(grid), 65)])
    order = np.argsort(start, kind="stable")
    start, pitch, velocity = start[order], pitch[order], velocity[order]
    inside = start < seconds - 0.05
    return PlayedNotes(start[inside], start[inside] + 0.1, pitch[inside], velocity[inside], 0, True)


def rule_drums(context: Sound, seconds: float, font: SoundFont | None) -> np.ndarray:
    """A rock beat on the beats heard in a context, float32 [samples]; played by `font`, or plainly without one.

    Of the two ways to lay the kick, the one on the beats where more begins in the context.
    """
    at = np.minimum(np.rint(context.beats * ONSET_RATE).astype(int), len(context.envelope) - 1)
    weight = context.envelope[at] if len(at) else np.zeros(0)
    heavy = int(weight[1::2].mean() > weight[0::2].mean()) if len(weight) > 1 else 0
    beat = rock_beat(context.beats, heavy, seconds)
    if font is not None and len(beat.start):
        return render([beat], font, seconds, Room(reverb=20))
    return plain_drums(beat, seconds)


def plain_drums(notes: PlayedNotes, seconds: float) -> np.ndarray:
    """Kick, snare and hat without a synthesizer: a falling sine, a tone with noise, high noise; float32 [samples]."""
    out = np.zeros(round(seconds * RATE), dtype=np.float32)
    time = np.arange(round(0.25 * RATE)) / RATE
    noise = np.random.default_rng(0).uniform(-1, 1, len(time))
    hits = {
        KICK: np.sin(2 * np.pi * (50 * time + 3.5 * (1 - np.exp(-30 * time)))) * np.exp(-12 * time),
        SNARE: (0.5 * np.sin(2 * np.pi * 190 * time) + 0.7 * noise) * np.exp(-18 * time),
        HAT: 0.6 * np.diff(noise, prepend=0.0) * np.exp(-60 * time),
    }
    for start, pitch, velocity in zip(notes.start, notes.pitch, notes.velocity, strict=True):
        first = round(float(start) * RATE)
        hit = hits[int(pitch)][: len(out) - first] * (velocity / 127)
        out[first : first + len(hit)] += hit.astype(np.float32)
    return np.asarray(0.5 * out, dtype=np.float32)

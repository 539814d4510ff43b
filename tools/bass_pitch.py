"""Train the network that hears which note a bass plays in levels (`audio_subtract/listening/pitch.py`).

    python tools/bass_pitch.py --soundfont FluidR3_GM.sf2 -o audio_subtract/weights/pitch

It learns from lines made up here: tones added up from harmonics whose strengths, decay and noise are drawn at random,
and notes of basses played by the SoundFonts given. Three in four are heard through the shipped codec, two of these with
noise in the latents, for what it hears later was written by a model. Every fifth line is left out of training, and the
share of moments of it in which the pitch is right is printed. About a quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from audio_subtract import AudioInserter
from audio_subtract.listening.pitch import AROUND, HIGHEST, LOWEST, BassPitch, PitchConfig
from audio_subtract.model.autoencoder import STRIDE
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, log_mel, pitch_to_hz
from audio_subtract.rendering.soundfonts import SoundFont, find_soundfonts
from audio_subtract.rendering.synth import PlayedNotes, Sound, render
from subtract_core.stems import Stem

SECONDS = 12.0
LEVELS = SpectrogramConfig()
NOISES = (0.0, 0.15, 0.35)
"""What is added to the latents, in shares of their spread."""
PROGRAMS = (32, 33, 34, 35, 36, 37, 38, 39, 33, 34, 87, 58, 43)
BATCH, RATE_OF_LEARNING = 512, 2e-3


@dataclass(frozen=True)
class Line:
    """Single notes: seconds at which they begin and end, MIDI pitches."""

    start: np.ndarray
    end: np.ndarray
    pitch: np.ndarray

    def at(self, frames: int) -> Tensor:
        """The pitch that sounds at each frame, int64 [frames]; 0 where none does."""
        times = np.arange(frames) * LEVELS.hop / RATE
        pitch = np.zeros(frames, dtype=np.int64)
        for start, end, which in zip(self.start, self.end, self.pitch, strict=True):
            pitch[(times >= start + 0.02) & (times < end)] = which
        return torch.from_numpy(pitch)


def draw_line(rng: np.random.Generator) -> Line:
    """Steps, leaps, repeated notes and rests; half of the notes below F#2."""
    length, legato = rng.choice([0.12, 0.2, 0.3, 0.5, 0.9]), rng.choice([0.5, 0.8, 0.95, 1.0, 1.0])
    rows, time, pitch = [], 0.0, int(rng.integers(26, 50))
    while time < SECONDS - 0.15:
        kind = rng.random()
        if kind > 0.7:
            pitch = int(rng.integers(LOWEST, 43 if rng.random() < 0.5 else HIGHEST + 1))
        elif kind > 0.3:
            step = rng.choice([-12, -7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7, 12])
            pitch = int(np.clip(pitch + step, LOWEST, HIGHEST))
        lasts = length * rng.choice([0.5, 1, 1, 2, 3])
        if rng.random() > 0.1:
            rows.append((time, min(time + lasts * legato, SECONDS), pitch))
        time += lasts
    start, end, pitches = zip(*rows, strict=True)
    return Line(np.array(start), np.array(end), np.array(pitches))


def tones(line: Line, rng: np.random.Generator) -> np.ndarray:
    """float32 [samples]: a line played by harmonics of one timbre, drawn here, in some noise."""
    tilt, uneven, even = rng.uniform(0.2, 2.2), rng.uniform(1, 7), rng.choice([1, 1, 1, 0.3, 0.05])
    partials, body = rng.normal(0, uneven, 120), rng.normal(0, 5, 7)
    stretch, decay = 10 ** rng.uniform(-6, -3.7), 10 ** rng.uniform(-1, 1)
    faster, attack, cents = rng.choice([0, 0.05, 0.2]), 10 ** rng.uniform(-3, -1.3), rng.normal(0, 7)
    sound = np.zeros(round((SECONDS + 1) * RATE))
    for start, end, pitch in zip(line.start, line.end, line.pitch, strict=True):
        time = np.arange(round((end - start) * RATE)) / RATE
        hertz = float(pitch_to_hz(pitch + cents / 100))
        note = np.zeros(len(time))
        for number in range(1, int(2500 / hertz) + 1):
            at = hertz * number * np.sqrt(1 + stretch * number**2)
            level = partials[number % 120] + np.interp(np.log2(at), np.log2([30, 60, 120, 240, 480, 1000, 2000]), body)
            strength = number**-tilt * 10 ** (level / 20) * (even if number % 2 == 0 else 1)
            fading = np.exp(-time * decay * (1 + faster * number))
            note += strength * fading * np.cos(2 * np.pi * at * time + rng.uniform(0, 2 * np.pi))
        note *= np.minimum(1, time / attack) * np.minimum(1, (time[-1] - time) / 0.015)
        first = round(start * RATE)
        sound[first : first + len(note)] += note * rng.uniform(0.5, 1)
    sound = 0.5 * sound[: round(SECONDS * RATE)] / np.abs(sound).max()
    sound += 10 ** (rng.uniform(-75, -40) / 20) * rng.standard_normal(len(sound))
    return np.asarray(sound, dtype=np.float32)


def played(line: Line, font: SoundFont, rng: np.random.Generator) -> np.ndarray:
    """float32 [samples]: a line played by a bass of a SoundFont, half of the time in a room."""
    velocity = rng.integers(50, 125, len(line.pitch))
    notes = PlayedNotes(line.start, line.end, line.pitch, velocity, int(rng.choice(PROGRAMS)), False)
    return render([notes], font, SECONDS, Sound(int(rng.integers(90)) if rng.random() < 0.5 else 0, 0))


def heard(sound: np.ndarray, inserter: AudioInserter, rng: np.random.Generator) -> Iterator[Tensor]:
    """Levels [frames, mels] of a sound through an equaliser drawn here, as it is and through the codec."""
    level = log_mel(torch.from_numpy(sound), LEVELS)
    tilt = np.interp(np.arange(LEVELS.mels), np.linspace(0, LEVELS.mels - 1, 8), rng.normal(0, 4, 8))
    level = (level - level.max() - 10 + torch.from_numpy(tilt).float()).clamp(-100, 0)
    yield level
    codec = inserter.pipeline.codec
    latents = codec.encode([level], Stem.BASS, -(-len(level) // STRIDE))
    spread = latents.std(dim=(0, 1), keepdim=True)
    for noise in NOISES:
        yield codec.decode(latents + noise * spread * torch.randn(latents.shape), Stem.BASS)[0][: len(level)]


def examples(count: int, fonts: Sequence[SoundFont], model: BassPitch, seed: int) -> list[tuple[Tensor, Tensor]]:
    """(features float16 [n, features], classes [n]) of every line, four ways of hearing it together."""
    rng, inserter = np.random.default_rng(seed), AudioInserter.from_pretrained(device="cpu")
    rows = []
    for number in range(count):
        line = draw_line(rng)
        by_font = fonts and number % 3 == 0
        sound = played(line, fonts[int(rng.integers(len(fonts)))], rng) if by_font else tones(line, rng)
        found = [(model.features(level), line.at(len(level))) for level in heard(sound, inserter, rng)]
        sounding = [(f[p > 0].half(), p[p > 0] - LOWEST) for f, p in found]
        rows.append((torch.cat([f for f, _ in sounding]), torch.cat([p for _, p in sounding])))
        if number % 20 == 19:
            print(f"{number + 1} of {count} lines", flush=True)
    return rows


def fit(model: BassPitch, features: Tensor, classes: Tensor, steps: int) -> None:
    """Adam with decoupled weight decay, the rate falling to zero; each example through another equaliser."""
    optimizer = torch.optim.AdamW(model.parameters(), RATE_OF_LEARNING, weight_decay=0.02)
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE_OF_LEARNING * min(1.0, 1.3 * (1 - step / steps))
        drawn = torch.randint(len(features), (BATCH,))
        tilt = F.interpolate(0.3 * torch.randn(BATCH, 1, 6), size=model.bands, mode="linear")[:, 0]
        seen = features[drawn].float() + tilt.repeat(1, len(AROUND))
        loss = F.cross_entropy(model(seen + 0.05 * torch.randn_like(seen)), classes[drawn])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if step % 1000 == 999:
            print(f"step {step + 1}: loss {loss.item():.3f}", flush=True)
    model.eval()


def main() -> None:
    """Make lines, train, say how often the pitch is right, and write the network."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--soundfont", type=Path, nargs="*", default=[])
    parser.add_argument("--lines", type=int, default=360)
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.manual_seed(asked.seed)
    model = BassPitch(PitchConfig())
    fonts = find_soundfonts(asked.soundfont) if asked.soundfont else []
    rows = examples(asked.lines, fonts, model, asked.seed)
    kept = [row for number, row in enumerate(rows) if number % 5]
    fit(model, torch.cat([f for f, _ in kept]), torch.cat([p for _, p in kept]), asked.steps)
    right = [(model(f.float()).argmax(dim=1) == p).float() for f, p in rows[::5]]
    print(f"right in {torch.cat(right).mean():.3f} of moments of {len(rows[::5])} lines left out")
    model.save_pretrained(asked.out)
    print(f"{asked.out}: written")


if __name__ == "__main__":
    main()

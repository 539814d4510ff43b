"""Songs of notes to training songs: every stem played by a SoundFont of its own, in a room of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from audio_subtract.loudness import REFERENCE, SILENT, loudness, to_loudness
from audio_subtract.soundfonts import SoundFont
from audio_subtract.spectrogram import SpectrogramConfig, log_mel
from audio_subtract.store import FactSpan, Song, to_bytes
from audio_subtract.synth import PlayedNotes, Sound, render
from subtract_core.errors import InputError
from subtract_core.stems import Stem

MIX_LEVELS = {
    Stem.DRUMS: 0.0, Stem.BASS: -1.0, Stem.GUITAR: -3.0, Stem.KEYS: -5.0, Stem.STRINGS: -7.0, Stem.LEAD: -3.0,
}  # fmt: skip
"""Loudness of stems in a mix relative to its drums, in decibels: our choice, after mixes of popular music."""
LEVEL_SPREAD = 2.5
"""Standard deviation in decibels of what mixes depart from it."""


@dataclass(frozen=True)
class Score:
    """A song as notes, in seconds.

    tracks: what each stem plays. bars: seconds of the bar lines. facts: what was measured in its notes.
    """

    name: str
    seconds: float
    tracks: dict[Stem, list[PlayedNotes]]
    bars: np.ndarray
    facts: dict[Stem, list[FactSpan]] = field(default_factory=dict)


def render_score(
    score: Score, fonts: Sequence[SoundFont], config: SpectrogramConfig, rng: np.random.Generator
) -> tuple[Song, dict[str, Any]]:
    """A song's stems as levels, as loud as in a mix, and a row for the manifest: which font played what.

    Fonts, rooms and the mix are drawn here; equalisers and small gains anew at every training step (`excerpts`).
    Raises `InputError` where no font plays a stem's programs, or all stems are silent.
    """
    parts: dict[Stem, np.ndarray] = {}
    row: dict[str, Any] = {"song": score.name, "seconds": round(score.seconds, 2), "stems": {}}
    for stem, tracks in score.tracks.items():
        able = [f for f in fonts if all(f.plays(t.program, t.is_drum) for t in tracks)]
        if not able:
            programs = sorted({t.program for t in tracks})
            raise InputError(f"{score.name}: no soundfont has the programs {programs} of its {stem.value}")
        font = able[int(rng.integers(len(able)))]
        sound = _room(rng)
        level = log_mel(torch.from_numpy(render(tracks, font, score.seconds, sound)), config)
        if loudness(level, config) <= SILENT:
            continue
        wanted = REFERENCE + MIX_LEVELS[stem] + LEVEL_SPREAD * float(rng.standard_normal())
        parts[stem] = to_bytes(to_loudness(level, config, wanted)[0])
        row["stems"][stem.value] = {"font": font.name, "programs": sorted({t.program for t in tracks})}
    if not parts:
        raise InputError(f"{score.name}: nothing in it sounds")
    facts = {stem: spans for stem, spans in score.facts.items() if stem in parts}
    return Song(score.name, parts, score.bars.astype(np.float32), facts), row


def _room(rng: np.random.Generator) -> Sound:
    """Dry, or with reverb; sometimes with chorus."""
    reverb = int(rng.integers(10, 90)) if rng.random() < 0.75 else 0
    chorus = int(rng.integers(10, 60)) if rng.random() < 0.2 else 0
    return Sound(reverb, chorus)

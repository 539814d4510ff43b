"""Songs of notes to training songs: every stem played by a SoundFont of its own, in a room of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from audio_subtract.listening.facts import FactSpan
from audio_subtract.listening.loudness import REFERENCE, SILENT, louder, loudness
from audio_subtract.model.spectrogram import SpectrogramConfig, log_mel
from audio_subtract.rendering.soundfonts import SoundFont
from audio_subtract.rendering.synth import PlayedNotes, Sound, render
from audio_subtract.training.store import Song, to_bytes
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
    beats: seconds of its beats.
    """

    name: str
    seconds: float
    tracks: dict[Stem, list[PlayedNotes]]
    bars: np.ndarray
    facts: dict[Stem, list[FactSpan]] = field(default_factory=dict)
    beats: np.ndarray = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class PlayedStem:
    """One stem of a score as sound.

    sound: float32 [samples], as the synthesizer made it. level: the same in decibels [frames, mels].
    gain: decibels that bring it to its loudness in the mix. font: what played which programs.
    """

    sound: np.ndarray
    level: torch.Tensor
    gain: float
    font: str
    programs: list[int]

    @property
    def in_mix(self) -> np.ndarray:
        """The sound, float32 [samples], as loud as in the mix."""
        return np.asarray(self.sound * np.float32(10 ** (self.gain / 20)))


def play_score(
    score: Score, fonts: Sequence[SoundFont], config: SpectrogramConfig, rng: np.random.Generator
) -> dict[Stem, PlayedStem]:
    """Every stem that sounds, played by a font in a room that are drawn here, and how loud it is in a mix drawn here.

    Raises `InputError` where no font plays a stem's programs, or all stems are silent.
    """
    stems: dict[Stem, PlayedStem] = {}
    for stem, tracks in score.tracks.items():
        programs = sorted({t.program for t in tracks})
        able = [f for f in fonts if all(f.plays(t.program, t.is_drum) for t in tracks)]
        if not able:
            raise InputError(f"{score.name}: no soundfont has the programs {programs} of its {stem.value}")
        font = able[int(rng.integers(len(able)))]
        sound = render(tracks, font, score.seconds, _room(rng))
        level = log_mel(torch.from_numpy(sound), config)
        present = loudness(level, config)
        if present <= SILENT:
            continue
        wanted = REFERENCE + MIX_LEVELS[stem] + LEVEL_SPREAD * float(rng.standard_normal())
        stems[stem] = PlayedStem(sound, level, wanted - present, font.name, programs)
    if not stems:
        raise InputError(f"{score.name}: nothing in it sounds")
    return stems


def render_score(
    score: Score, fonts: Sequence[SoundFont], config: SpectrogramConfig, rng: np.random.Generator
) -> tuple[Song, dict[str, Any]]:
    """A song's stems as levels, as loud as in a mix, and a row for the manifest: which font played what.

    Fonts, rooms and the mix are drawn here; equalisers and small gains anew at every training step (`excerpts`).
    Raises `InputError` like `play_score`.
    """
    played = play_score(score, fonts, config, rng)
    parts = {stem: to_bytes(louder(part.level, part.gain)) for stem, part in played.items()}
    stems = {stem.value: {"font": part.font, "programs": part.programs} for stem, part in played.items()}
    row = {"song": score.name, "seconds": round(score.seconds, 2), "stems": stems}
    facts = {stem: spans for stem, spans in score.facts.items() if stem in parts}
    return Song(score.name, parts, score.bars.astype(np.float32), facts), row


def _room(rng: np.random.Generator) -> Sound:
    """Dry, or with reverb; sometimes with chorus."""
    reverb = int(rng.integers(10, 90)) if rng.random() < 0.75 else 0
    chorus = int(rng.integers(10, 60)) if rng.random() < 0.2 else 0
    return Sound(reverb, chorus)

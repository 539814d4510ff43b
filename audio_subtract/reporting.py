"""What is reported of a stem: how loud it is against its song, and what is heard in it of what was asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from audio_subtract.arguments import clock
from audio_subtract.files.waveform import Waveform, resampled
from audio_subtract.listening.facts import Beats, WholeStem, stem_facts
from audio_subtract.listening.loudness import REFERENCE, SILENT, LoudnessCurve
from audio_subtract.mix import Mixed
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, log_mel
from subtract_core.explain import FactReport, explain
from subtract_core.facts import StemFacts
from subtract_core.stems import Stem
from subtract_core.wish import Wish

_LEVELS = SpectrogramConfig()
_REDUCED = 0.1  # decibels: a stem turned down by less is as it was
_A_WORD = 3.0  # decibels between two words for loudness: a stem that was turned down by less has the one asked for


@dataclass(frozen=True)
class Balance:
    """How loud a stem is against its song.

    stem, written, song: curves, of the stem as it was mixed and as it was written. silent: whether there was nothing to
    mix.
    """

    stem: LoudnessCurve
    written: LoudnessCurve
    song: LoudnessCurve
    silent: bool

    @classmethod
    def of(
        cls, song: Waveform, sound: np.ndarray, mixed: Mixed, gain: float, only: Sequence[tuple[float, float]]
    ) -> Balance:
        """sound: float32 [samples], what a model wrote, at `RATE`. gain: asked for, and part of it. only: pairs of
        seconds in which alone it is to sound."""
        heard = LoudnessCurve.of(song.heard(RATE), _LEVELS)
        written = stem = LoudnessCurve.of(sound, _LEVELS)
        # As `adherence.missed` has it, where songs are heard at `REFERENCE`.
        silent = stem.within(only) - gain <= heard.within() - REFERENCE + SILENT
        if mixed.reduction > _REDUCED or not mixed.stem.any():
            left = mixed.stem[:, 0].astype(np.float32) / np.float32(song.full_scale)
            stem = LoudnessCurve.of(resampled(left, song.rate, RATE), _LEVELS)
        played = heard if song.channels == 1 else LoudnessCurve.of_channels(song, _LEVELS)
        return cls(stem, written, played, silent)

    def within(self, spans: Sequence[tuple[float, float]]) -> float | None:
        """Decibels of the stem against the song in spans of seconds; None where nothing of it is to be heard."""
        return None if self.silent else self.stem.against(self.song, spans)

    def turned_down(self, spans: Sequence[tuple[float, float]]) -> float:
        """Decibels that the stem lost in spans of seconds lest the sum clip."""
        own, left = self.written.metered(spans), self.stem.metered(spans)
        return own - left if own > -math.inf else 0.0


def explained(
    wishes: Mapping[float, Wish],
    stem: Stem,
    sound: np.ndarray,
    beats: Beats | None,
    only: Sequence[tuple[float, float]],
    balance: Balance,
    louder: Mapping[float, float],
) -> list[FactReport]:
    """What was asked for beside what is heard in the stem; what sound does not tell is said to be so.

    wishes: second -> what is asked from there on, in order, the first from 0 on. sound: float32 [samples], the one that
    was written, at `RATE`. only: pairs of seconds in which alone it is to sound. louder: see `Written.louder`.
    """
    whole, length = WholeStem(log_mel(torch.from_numpy(sound), _LEVELS), _LEVELS), len(sound) / RATE
    lasting = zip(wishes.items(), [*list(wishes)[1:], length], strict=True)
    stretches = [
        (max(first, start), min(last, stop), wish, louder.get(first))
        for (first, wish), last in lasting
        for start, stop in only or [(0.0, length)]
    ]
    rows = []
    for first, last, wish, gain in stretches:
        if last - first < _LEVELS.hop / RATE:  # none, or what rounding left between two that meet
            continue
        stretch = f"{clock(first)}-{clock(last)}" if len(wishes) > 1 or only else ""
        if wish.silent:
            rows.append(FactReport("playing", "silent", "silent", True, stretch))
            continue
        facts = stem_facts(whole, stem, _LEVELS, beats, first, last) if beats else StemFacts(stem)
        for row in explain(wish, facts):
            if row.fact == "loudness":
                row = _loudness(row, balance, (first, last), gain)
            elif row.fact not in facts.scales:
                row = replace(row, measured="not measured in sound", fulfilled=None)
            elif row.fact == "tempo" and beats and beats.doubt:
                row = replace(row, measured=f"{row.measured}, {beats.doubt}", fulfilled=None)
            rows.append(replace(row, bars=stretch))
    return rows


def _loudness(row: FactReport, balance: Balance, span: tuple[float, float], gain: float | None) -> FactReport:
    """The row of a loudness that was asked for. gain: decibels that it made the stem louder by, where that is known;
    it is fulfilled where they were not taken off again lest the sum clip."""
    loud = balance.within([span])
    if loud is None:
        return replace(row, measured="silent", fulfilled=None if gain is None else False, value=None, unit=None)
    measured, fulfilled = f"{loud:+.1f} dB against the song", None
    if gain is not None:
        lost = balance.turned_down([span])
        measured, fulfilled = f"{measured}, {gain - lost:+.1f} dB for this", lost < _A_WORD
    return replace(row, measured=measured, fulfilled=fulfilled, value=loud, unit="decibels against the song")


def mixing_warnings(song: Waveform, stem: Stem, mixed: Mixed, silent: bool) -> list[str]:
    """What the user should know of how a song and its stem go together."""
    warnings = []
    if silent:
        warnings.append(f"the model chose silence: there is no {stem.value} to hear; try another seed")
    elif not mixed.stem.any() and mixed.reduction > _REDUCED:
        warnings.append(f"nothing of the {stem.value} is written: the song is at full scale throughout")
    elif not mixed.stem.any():
        warnings.append(f"nothing of the {stem.value} is written: it is softer than the song's samples can tell")
    elif mixed.reduction > _REDUCED:
        warnings.append(
            f"{stem.value} turned down by up to {mixed.reduction:.1f} dB, for {mixed.reduced_seconds:.1f} s "
            "in all, lest the sum with the song clip, which alone peaks at "
            f"{20 * math.log10(song.peak):.1f} dBFS; give it some decibels softer, or a lower --gain (gain=), to keep "
            "the stem whole"
        )
    if song.rate < RATE / 2:
        warnings.append(f"the song has {song.rate} Hz: nothing above {song.rate / 2000:g} kHz is heard or written")
    if song.channels > 2:
        warnings.append(f"the song has {song.channels} channels: the first two have the {stem.value}")
    return warnings

"""What can be said of a stem, measured in its levels: the facts of `subtract_core.facts` for sound.

Only what was found to agree with the notes that a sound was made from is measured: density, note length, register,
syncopation of pitched stems, and tempo (`benchmarks/audio_facts.py`; docs/audio.md has the figures). Words are those of
the same values in notes. Loudness, dynamic range, swing, figures and kit are not told from sound.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from audio_subtract.listening.loudness import loudness_by_frame
from audio_subtract.metrics import envelope_beats, onset_envelope, tempo_candidates
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, band_centres, pitch_to_hz, to_power
from subtract_core.facts import StemFacts
from subtract_core.levels import level as level_of
from subtract_core.levels import word
from subtract_core.rhythm import STEPS_PER_BEAT, density, syncopation
from subtract_core.stems import PITCHED, Stem

FloatArray = npt.NDArray[np.floating[Any]]

ONSET_RANGE = 50.0
"""Decibels below a stem's loudest band at which its levels are cut off before onsets are looked for."""
ONSET_RISE, ONSET_SHARE = 0.5, 0.25
"""How far an onset stands out: decibels above the mean rise around it, and share of the largest rises."""
DRUM_RANGE, DRUM_RISE = 65.0, 0.7
"""`ONSET_RANGE` and `ONSET_RISE` of drums: beside kick and snare, a soft hi-hat lies more than 50 dB down."""
ONSET_GAP = 4
"""Frames between two onsets at least (46 ms)."""
_NEAR, _AROUND = 3, 8  # frames: an onset is the largest rise among so many, above the mean of so many, either way
FADED = 12.0
"""Decibels below its loudest moment at which a note has ended."""
_LOWEST, _HIGHEST = 24, 96
_PITCH_RANGE = 20.0  # decibels below the loudest band at which a spectrum is cut off before its pitch is looked for
_HARMONICS = {Stem.BASS: 3, Stem.GUITAR: 5}
_FADE = {3: 0.7, 5: 0.8}
MIN_ONSETS = 3
SPAN = 16
"""Beats over which facts are measured in a song whose bars are not known."""
KNOWN_TIGHTNESS = 400.0
"""The `tightness` of beats at a tempo that is known: what is struck beside them moves them less."""


@dataclass(frozen=True)
class FactSpan:
    """What was measured in a stem between two moments, in seconds from the song's start."""

    start: float
    stop: float
    facts: StemFacts


@dataclass(frozen=True)
class Beats:
    """Times of the beats in seconds, float64 [n], n at least 2; they go on evenly beyond the last.

    candidates: tempi in beats a minute that were heard, the one that beats have first; none where no tempo stands out.
    None where the beats are known.
    """

    times: FloatArray
    candidates: tuple[float, ...] | None = None

    @classmethod
    def between_bars(cls, bars: npt.ArrayLike, beats_a_bar: Sequence[int]) -> Beats:
        """Beats spread evenly between bar lines (seconds, [n + 1]), so many in each bar ([n])."""
        lines = np.asarray(bars, dtype=np.float64)
        inner = [np.linspace(a, b, n, endpoint=False) for (a, b), n in zip(pairwise(lines), beats_a_bar, strict=True)]
        return cls(np.concatenate([*inner, lines[-1:]]))

    @classmethod
    def tracked(cls, sound: npt.NDArray[np.float32], tempo: float | None = None) -> Beats | None:
        """Beats heard in sound [samples]; None where there are none. tempo: in beats a minute, where it is known."""
        envelope = onset_envelope(sound)
        times = envelope_beats(envelope) if tempo is None else envelope_beats(envelope, KNOWN_TIGHTNESS, tempo)
        if len(times) < 2:
            return None
        return cls(times, tuple(tempo_candidates(envelope)) if tempo is None else None)

    @property
    def doubt(self) -> str:
        """What is not certain of the tempo, for people to read; empty where nothing is."""
        if self.candidates is None or len(self.candidates) == 1:
            return ""
        return f"or {self.candidates[1]:.0f}: unsure" if self.candidates else "unsure: none stands out"

    @property
    def tempo(self) -> float:
        """Mean beats a minute."""
        return 60.0 * (len(self.times) - 1) / float(self.times[-1] - self.times[0])

    def place(self, seconds: FloatArray) -> FloatArray:
        """Times in beats from the first on."""
        inside = np.interp(seconds, self.times, np.arange(len(self.times)))
        beyond = np.where(seconds > self.times[-1], seconds - self.times[-1], 0.0)
        before = np.where(seconds < self.times[0], seconds - self.times[0], 0.0)
        return np.asarray(inside + (beyond + before) * self.tempo / 60.0)


@dataclass(frozen=True)
class WholeStem:
    """Levels of a whole stem, decibels [frames, mels], and what is found in them once for all its stretches."""

    level: torch.Tensor
    config: SpectrogramConfig

    @cached_property
    def onsets(self) -> npt.NDArray[np.int64]:
        """See `onsets`."""
        return onsets(self.level.numpy())

    @cached_property
    def drum_onsets(self) -> npt.NDArray[np.int64]:
        """The same with what tells the onsets of drums."""
        return onsets(self.level.numpy(), DRUM_RANGE, DRUM_RISE)

    @cached_property
    def loudness(self) -> FloatArray:
        """Decibels of every frame."""
        return np.asarray(loudness_by_frame(self.level, self.config).numpy())


def stem_facts(
    level: torch.Tensor | WholeStem, stem: Stem, config: SpectrogramConfig, beats: Beats, start: float, stop: float
) -> StemFacts:
    """The facts of what a stem plays between two moments in seconds.

    level: of the whole stem, decibels [frames, mels]; a `WholeStem` where several stretches of it are measured. Facts
    that cannot be measured are left out: where fewer than `MIN_ONSETS` notes begin all but tempo and density, and that
    as well where none does.
    """
    values = {"tempo": beats.tempo, **scales(level, stem, config, beats, start, stop)}
    return StemFacts(
        stem,
        scales=values,
        words={name: word(name, stem, value) for name, value in values.items()},
        levels={name: level_of(name, stem, value) for name, value in values.items()},
    )


def tracked_facts(
    levels: Mapping[Stem, torch.Tensor], mix: npt.NDArray[np.float32], config: SpectrogramConfig
) -> dict[Stem, list[FactSpan]]:
    """The facts of stems whose beats nobody knows, over `SPAN` beats from every `SPAN / 2` on; marked as inferred.

    levels: of whole stems, decibels [frames, mels]. mix: the sound of all, [samples]; its beats are tracked.
    """
    beats = Beats.tracked(mix)
    if beats is None:
        return {}
    edges = beats.times[:: SPAN // 2]
    spans = [(float(a), float(b)) for a, b in zip(edges, edges[2:], strict=False)]
    wholes = {stem: WholeStem(level, config) for stem, level in levels.items()}
    facts = {
        stem: [(a, b, stem_facts(whole, stem, config, beats, a, b)) for a, b in spans] for stem, whole in wholes.items()
    }
    return {
        stem: [FactSpan(a, b, replace(f, inferred=frozenset(f.scales))) for a, b, f in rows if len(f.scales) > 1]
        for stem, rows in facts.items()
    }


def scales(
    level: torch.Tensor | WholeStem, stem: Stem, config: SpectrogramConfig, beats: Beats, start: float, stop: float
) -> Mapping[str, float]:
    """Scale -> value in its unit, after the definitions of `subtract_core.facts.SCALES`; see `stem_facts`."""
    second = RATE / config.hop
    whole = level if isinstance(level, WholeStem) else WholeStem(level, config)
    at = whole.drum_onsets if stem is Stem.DRUMS else whole.onsets
    at = at[(at >= start * second - 2) & (at < stop * second - 2)]
    if not len(at):
        return {}
    steps = np.rint(beats.place(at / second) * STEPS_PER_BEAT).astype(int).tolist()
    values = {"density": density(steps)}
    if stem not in PITCHED or len(at) < MIN_ONSETS:
        return values
    # The beat after the last onset is taken as struck.
    values["syncopation"] = syncopation(steps, steps[-1] // STEPS_PER_BEAT + 1) or 0.0
    beat = 60.0 / beats.tempo * second
    values["note length"] = _note_length(whole.loudness, at, beat)
    levels: FloatArray = whole.level.numpy()
    pitches = [_pitch(levels[a + 3 : min(b, a + 12)], stem, config) for a, b in pairwise([*at, len(levels)])]
    known = [pitch for pitch in pitches if pitch is not None]
    if known:
        values["register"] = float(np.mean(known))
    return values


def onsets(levels: FloatArray, cut_off: float = ONSET_RANGE, above: float = ONSET_RISE) -> npt.NDArray[np.int64]:
    """Frames at which something begins, in levels [frames, mels]: peaks of the rise in decibels over two frames, meaned
    over bands (spectral flux; Böck et al., "Evaluating the online capabilities of onset detection methods", 2012).

    cut_off, above: see `ONSET_RANGE` and `ONSET_RISE`."""
    cut = np.maximum(levels, levels.max() - cut_off)
    rise = np.concatenate([[0.0], np.maximum(cut[1:] - cut[:-1], 0).mean(axis=1)])
    rise = rise + np.concatenate([[0.0], rise[:-1]])
    around = np.lib.stride_tricks.sliding_window_view(np.pad(rise, _AROUND), 2 * _AROUND + 1).mean(axis=1)
    near = np.lib.stride_tricks.sliding_window_view(np.pad(rise, _NEAR), 2 * _NEAR + 1).max(axis=1)
    standing = (rise >= near) & (rise > around + above) & (rise > ONSET_SHARE * np.quantile(rise, 0.95))
    found: list[int] = []
    for frame in np.flatnonzero(standing).tolist():
        if not found or frame - found[-1] >= ONSET_GAP:
            found.append(frame)
    return np.array(found, dtype=np.int64)


def _note_length(loud: FloatArray, at: npt.NDArray[np.int64], beat: float) -> float:
    """Mean over onsets, in beats, of duration x share of the time to the next onset that it fills; a note ends where it
    is `FADED` below its loudest frame. The last onset is left out."""
    lengths = []
    for first, after in pairwise(at.tolist()):
        gap = min(after - first, 4 * beat)
        peak = loud[first : first + 5].max()
        faded = np.flatnonzero(loud[first + 2 : first + int(gap)] < peak - FADED)
        duration = min(faded[0] + 2, gap) if len(faded) else gap
        lengths.append(duration**2 / gap / beat)
    return float(np.mean(lengths))


def _pitch(levels: FloatArray, stem: Stem, config: SpectrogramConfig) -> float | None:
    """The MIDI pitch whose harmonics are loudest in mean power of levels [frames, mels]; None without frames.

    Harmonic summation (Hermes, 1988) over levels, later harmonics weighing less. Of a chord, one of its notes.
    """
    if not len(levels):
        return None
    power = to_power(torch.from_numpy(levels)).mean(dim=0).clamp(min=1e-10)
    spectrum = (10 * torch.log10(power)).numpy()
    above = np.maximum(spectrum - spectrum.max() + _PITCH_RANGE, 0)
    return float(_LOWEST + (_combs(config, _HARMONICS.get(stem, 5)) @ above).argmax())


@lru_cache(maxsize=4)
def _combs(config: SpectrogramConfig, harmonics: int) -> FloatArray:
    """Weights [pitches, mels]: how much each band counts for a pitch."""
    centres = band_centres(config).numpy().astype(np.float64)
    pitches = np.arange(_LOWEST, _HIGHEST + 1)
    combs = np.zeros((len(pitches), len(centres)))
    for row, pitch in enumerate(pitches):
        for number in range(harmonics):
            hertz = pitch_to_hz(pitch) * (number + 1)
            place = np.interp(hertz, centres, np.arange(len(centres)), left=np.nan, right=np.nan)
            if np.isfinite(place):
                low, part = int(place), place - int(place)
                combs[row, low] += (1 - part) * _FADE[harmonics] ** number
                combs[row, min(low + 1, len(centres) - 1)] += part * _FADE[harmonics] ** number
    return combs

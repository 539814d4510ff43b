"""Measures of sound: how far two recordings are apart, and how well one fits the other."""

from __future__ import annotations

import numpy as np
import torch

from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, log_mel, stft

_LINEAR = SpectrogramConfig()
_ONSETS = SpectrogramConfig(n_fft=1024, hop=256, mels=40, lowest=30.0, highest=16_000.0)
LSD_RANGE = 80.0
"""Decibels below the loudest bin at which levels are cut off before they are compared."""
ONSET_RATE = RATE / 256


def log_spectral_distance(sound: np.ndarray, truth: np.ndarray) -> float:
    """Decibels between the spectra of two sounds, float [samples] at `RATE`; 0 is the same.

    Root of the mean over bins of the squared difference of levels (Gray & Markel, 1976), meaned over the frames in
    which the truth is within 60 dB of its loudest frame. STFT of 2048, hop 512; levels end `LSD_RANGE` below the
    truth's loudest bin.
    """
    count = min(len(sound), len(truth))
    levels = []
    for samples in (truth, sound):
        magnitude = stft(torch.from_numpy(np.asarray(samples[:count], dtype=np.float32)), _LINEAR).abs()
        levels.append(20 * torch.log10(magnitude.clamp(min=1e-9)))
    true, other = levels
    floor = true.max() - LSD_RANGE
    energy = (10 ** (true / 10)).sum(dim=0)
    heard = energy > energy.max() * 1e-6
    apart = (true.clamp(min=floor) - other.clamp(min=floor)) ** 2
    return float(apart.mean(dim=0)[heard].sqrt().mean())


def onset_envelope(sound: np.ndarray) -> np.ndarray:
    """How much begins at each moment: float32 [frames], `ONSET_RATE` frames a second.

    Mean over 40 mel bands of the rise in decibels from frame to frame (spectral flux), levels cut off 60 dB below the
    loudest band.
    """
    levels = log_mel(torch.from_numpy(np.asarray(sound, dtype=np.float32)), _ONSETS)
    levels = levels.clamp(min=float(levels.max()) - 60.0)
    rise = (levels[1:] - levels[:-1]).clamp(min=0).mean(dim=1)
    return torch.nn.functional.pad(rise, (1, 0)).numpy()


def onset_correlation(sound: np.ndarray, truth: np.ndarray, within: float = 0.025) -> float:
    """Pearson correlation of two sounds' onset envelopes, the best one within `within` seconds of delay either way.

    0 where one of them never changes.
    """
    return envelope_correlation(onset_envelope(sound), onset_envelope(truth), within)


def envelope_correlation(a: np.ndarray, b: np.ndarray, within: float = 0.025) -> float:
    """The `onset_correlation` of two onset envelopes [frames]."""
    count = min(len(a), len(b))
    reach = round(within * ONSET_RATE)
    a, b = a[:count], b[:count]
    fits = []
    for delay in range(-reach, reach + 1):
        x = a[max(0, delay) : count + min(0, delay)]
        y = b[max(0, -delay) : count + min(0, -delay)]
        if x.std() < 1e-9 or y.std() < 1e-9:
            return 0.0
        fits.append(float(np.corrcoef(x, y)[0, 1]))
    return max(fits)


# --- A1: exactness ---


def is_exact(mix: np.ndarray, song: np.ndarray, stem: np.ndarray) -> bool:
    """Whether mix = song + stem, with the same length and channels (A1): integers to the last bit, floats to rounding
    (four units in the last place of the largest sample)."""
    if not mix.shape == song.shape == stem.shape:
        return False
    if np.issubdtype(mix.dtype, np.integer):
        return bool((song.astype(np.int64) + stem == mix).all())
    largest = max(float(np.abs(x).max(initial=0.0)) for x in (mix, song, stem))
    return bool((np.abs(song + stem - mix) <= 4 * np.spacing(mix.dtype.type(largest))).all())


# --- A2: beats ---


SLOWEST, FASTEST, USUAL = 55.0, 215.0, 120.0
"""Tempi in beats a minute that are looked for, and the one that is preferred among multiples."""
NEARLY = 0.7
"""Share of the highest peak's height from which on another tempo may as well be the right one."""
_CHANCE, _CHANCE_OF_FEW = 0.1, 2.5  # share of its power that noise correlates by: at least, and times sqrt(frames)
_APART = 1.08  # of two peaks nearer than that the players' time wanders


def tempo(sound: np.ndarray) -> float:
    """Beats a minute of a sound: the lag at which its onset envelope correlates with itself most, weighted towards
    `USUAL` (log-normal, one octave wide, as in Ellis, Beat Tracking by Dynamic Programming, 2007)."""
    return envelope_tempo(onset_envelope(sound))


def envelope_tempo(envelope: np.ndarray) -> float:
    """The `tempo` of an onset envelope [frames]."""
    return 60.0 * ONSET_RATE / _period(envelope)


def tempo_candidates(envelope: np.ndarray) -> list[float]:
    """The tempi in beats a minute, one or two, that an onset envelope [frames] may have: `envelope_tempo`, and the peak
    that comes next, where it is at least `NEARLY` as high. None where no peak stands out of the rest, as of noise."""
    correlation, score = _autocorrelation(envelope)
    best = int(score.argmax())
    chance = max(_CHANCE, _CHANCE_OF_FEW / np.sqrt(len(envelope)))
    if correlation[0] <= 0 or correlation[best + 1] < chance * correlation[0]:
        return []
    bpm = 60.0 * ONSET_RATE / np.arange(1, len(score) + 1)
    inner = np.arange(1, len(score) - 1)
    peaks = inner[(score[inner] >= score[inner - 1]) & (score[inner] >= score[inner + 1])]
    others = peaks[np.abs(np.log(bpm[peaks] / bpm[best])) > np.log(_APART)]
    second = others[score[others] >= NEARLY * score[best]]
    return [envelope_tempo(envelope), *(float(bpm[at]) for at in second[np.argsort(-score[second])][:1])]


def _autocorrelation(envelope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of an envelope [frames] with itself at lags from 0 on [frames], and that weighted by how usual the tempi are that
    lags from 1 on come to [frames - 1], -inf for those that are not looked for."""
    x = envelope - envelope.mean()
    size = 1 << (2 * len(x) - 1).bit_length()
    correlation = np.fft.irfft(np.abs(np.fft.rfft(x, size)) ** 2)[: len(x)]
    bpm = 60.0 * ONSET_RATE / np.arange(1, len(correlation))
    weight = np.exp(-0.5 * np.log2(bpm / USUAL) ** 2)
    return correlation, np.where((bpm >= SLOWEST) & (bpm <= FASTEST), correlation[1:] * weight, -np.inf)


def _period(envelope: np.ndarray) -> float:
    """Frames from beat to beat."""
    correlation, score = _autocorrelation(envelope)
    best = int(score.argmax()) + 1
    if best + 1 >= len(correlation):
        return float(best)
    # A parabola through the neighbours finds the peak between frames, where there is one: what is highest is weighted.
    left, middle, right = correlation[best - 1 : best + 2]
    if not left <= middle >= right or left == right:
        return float(best)
    return best + float(0.5 * (left - right) / (left - 2 * middle + right))


def beats(sound: np.ndarray, tightness: float = 100.0) -> np.ndarray:
    """Times of the beats in seconds, by dynamic programming over the onset envelope (Ellis, 2007).

    tightness: how much a beat may depart from the tempo; larger is stricter.
    """
    return envelope_beats(onset_envelope(sound), tightness)


def envelope_beats(envelope: np.ndarray, tightness: float = 100.0, bpm: float | None = None) -> np.ndarray:
    """The `beats` of an onset envelope [frames]. bpm: the tempo to look at, where it is known."""
    if envelope.std() < 1e-9:
        return np.zeros(0)
    period = _period(envelope) if bpm is None else 60.0 * ONSET_RATE / bpm
    strength = _smooth(envelope / envelope.std(), period / 32)
    back = np.arange(-round(2 * period), -round(period / 2) + 1)
    cost = -tightness * np.log(-back / period) ** 2
    total, came_from = strength.copy(), np.full(len(strength), -1)
    for at in range(len(strength)):
        before = at + back
        allowed = before >= 0
        if allowed.any():
            scores = total[before[allowed]] + cost[allowed]
            best = int(scores.argmax())
            if scores[best] > 0:  # else a new chain of beats begins here
                total[at] += scores[best]
                came_from[at] = before[allowed][best]
    last = max(0, len(total) - round(1.5 * period))
    path = [last + int(total[last:].argmax())]
    while came_from[path[-1]] >= 0:
        path.append(int(came_from[path[-1]]))
    return np.array(path[::-1]) / ONSET_RATE


def _smooth(values: np.ndarray, width: float) -> np.ndarray:
    reach = max(1, round(3 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(width, 1e-6)) ** 2)
    return np.convolve(values, kernel / kernel.sum(), mode="same")


def beat_f1(found: np.ndarray, true: np.ndarray, within: float = 0.07) -> float:
    """F1 of beats against true ones, each matched at most once and `within` seconds (A2); 0 where either has none."""
    if not len(found) or not len(true):
        return 0.0
    matched, at = 0, 0
    for time in np.sort(found):
        while at < len(true) and true[at] < time - within:
            at += 1
        if at < len(true) and abs(true[at] - time) <= within:
            matched += 1
            at += 1
    return 2 * matched / (len(found) + len(true))


# --- does a bass have a steady pitch ---


CLEAR = 0.9
"""Correlation of a moment with itself a period later from which on its pitch is clear."""
_TONE = (30.0, 1200.0)  # Hz, the harmonics that carry a bass's pitch
_PERIODS = (35.0, 400.0)  # Hz, pitches looked for
_FEWER = 8  # samples that become one, as no more is needed below `_TONE`
_MOMENT, _STEP = 0.08, 0.02  # seconds
_HEARD = 1e-3  # of the loudest moment's power


def clear_period(sound: np.ndarray) -> float:
    """Share of the moments of a bass, float [samples] at `RATE`, that have a clear pitch; nan where it never sounds.

    A moment is 80 ms within 30 dB of the loudest; clear is a normalised cross-correlation (NCCF of Talkin, A Robust
    Algorithm for Pitch Tracking, 1995) of `CLEAR` or more at some lag, of what sounds below 1.2 kHz.
    """
    spectrum = np.fft.rfft(np.asarray(sound, dtype=np.float64))
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    low = np.fft.irfft(np.where((hertz >= _TONE[0]) & (hertz <= _TONE[1]), spectrum, 0.0), len(sound))[::_FEWER]
    rate = RATE / _FEWER
    shortest, longest, width = round(rate / _PERIODS[1]), round(rate / _PERIODS[0]), round(_MOMENT * rate)
    starts = np.arange(0, len(low) - width - longest, round(_STEP * rate))
    if not len(starts):
        return float("nan")
    later = low[starts[:, None] + np.arange(width + longest)]
    size = 1 << (width + longest - 1).bit_length()
    product = np.conj(np.fft.rfft(later[:, :width], size)) * np.fft.rfft(later, size)
    correlation = np.fft.irfft(product, size)[:, : longest + 1]
    summed = np.concatenate([np.zeros((len(later), 1)), np.cumsum(later**2, axis=1)], axis=1)
    power = summed[:, width : width + longest + 1] - summed[:, : longest + 1]
    heard = power[:, 0] > _HEARD * power[:, 0].max()
    if not heard.any():
        return float("nan")
    likeness = correlation[heard] / np.sqrt(np.maximum(power[heard, :1] * power[heard], 1e-20))
    return float((likeness[:, shortest:].max(axis=1) >= CLEAR).mean())


# --- A6: does it sound, and does the input come through ---


SOUNDING = -60.0
"""Decibels of full scale above which a second of sound is no silence."""


def sounding_share(sound: np.ndarray, truth: np.ndarray) -> float:
    """Share of the seconds in which the truth sounds, in which the other does as well (A6); nan where the truth never
    sounds."""
    ours, theirs = seconds_sounding(sound), seconds_sounding(truth)
    count = min(len(ours), len(theirs))
    return float(ours[:count][theirs[:count]].mean()) if theirs[:count].any() else float("nan")


def seconds_sounding(sound: np.ndarray) -> np.ndarray:
    """Whether something sounds in each whole second of float [samples] at `RATE`: bool [seconds]."""
    whole = np.asarray(sound[: len(sound) // RATE * RATE], dtype=np.float64).reshape(-1, RATE)
    return np.asarray((whole**2).mean(axis=1) > 10 ** (SOUNDING / 10))


def leakage(stem: np.ndarray, song: np.ndarray) -> float:
    """How much of a song comes through in a stem, 0-1 (A6): the share of the stem's energy in bins and frames that is
    explained by the song's, the squared correlation of their magnitudes over time, bin by bin, weighted by the stem's
    energy. Parts that play together are correlated too, so it has to be read beside the true stem's."""
    count = min(len(stem), len(song))
    ours, theirs = (
        stft(torch.from_numpy(np.asarray(x[:count], dtype=np.float32)), _LINEAR).abs() for x in (stem, song)
    )
    energy = (ours**2).sum(dim=1)
    if float(energy.sum()) <= 0:
        return 0.0
    a, b = (x - x.mean(dim=1, keepdim=True) for x in (ours, theirs))
    product = (a * b).sum(dim=1).clamp(min=0) ** 2
    explained = product / ((a**2).sum(dim=1) * (b**2).sum(dim=1)).clamp(min=1e-20)
    return float((explained * energy).sum() / energy.sum())

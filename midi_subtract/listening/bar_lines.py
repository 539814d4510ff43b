"""Where the bars of a song begin, if not where its file has them: as somebody says, or as its drums do.

A file whose music begins with a pickup, or somewhere, counts bars from its start all the same. A model that goes by
such bars puts the snares of a song in 4/4 where no drummer would.
"""

from __future__ import annotations

import math
from dataclasses import replace
from numbers import Real

import numpy as np

from midi_subtract.listening.beats import BAR_BEATS, FEWEST_ONSETS, metre_shares, on_grid
from midi_subtract.listening.drum_names import PERCUSSION, drum_named
from midi_subtract.metrics import FloatArray, sounding
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_KEY, drum_class
from midi_subtract.song import Meter, Song, Track, beat_tempi
from subtract_core.choice import shown
from subtract_core.errors import InputError
from subtract_core.stem_names import in_words
from subtract_core.stems import Stem

SURE, LIKELY = 0.1, 0.15
"""How much likelier, in nats a note, notes have to be in other bars: with drums, and without, where it is only said.
Of 711 validation songs 23 and 27 are; half of the latter are in those bars by their drums too (docs/experiments.md,
2026-11-28)."""
NEARLY = 0.8
"""How much of the change of harmony on the file's bar lines there has to be on others that are hinted at."""

_PERCUSSION = drum_class(DRUM_KEY[PERCUSSION])
_HALF = STEPS_PER_BEAT // 2
_BAR = BAR_BEATS * STEPS_PER_BEAT


def with_drummed_bars(song: Song) -> Song:
    """A song in 4/4 with bars that begin where its drums and its other notes say so; itself where they do not, or where
    its drums say too little."""
    if sum(len(t.notes) for t in song.tracks if t.is_drum and not _is_unknown_drum(t)) < FEWEST_ONSETS:
        return song
    first = likelier_first_beat(song, SURE)
    return song if first is None else replace(beginning_on(song, first), bars_heard=True)


def first_beat_hint(song: Song) -> str | None:
    """What to say to whoever wants a part of a song without drums, where its notes are likelier in other bars."""
    if song.bars_heard or song.stem(Stem.DRUMS).onset.size:
        return None
    first = hinted_first_beat(song)
    if first is None:
        return None
    return f"bars may begin on beat {first:g} of the file's: --first-beat {first:g} (first_beat={first:g}), if so"


def hinted_first_beat(song: Song) -> float | None:
    """As `likelier_first_beat`, but none where harmonies change less there than on the file's bar lines: of a ballad
    with few strokes, all of which lie on beats, `metre.json` knows little."""
    first = likelier_first_beat(song, LIKELY)
    if first is None or _harmonic_change(song, first) < NEARLY * _harmonic_change(song, 1.0):
        return None
    return first


def _harmonic_change(song: Song, first: float) -> float:
    """How far harmonies in the beat behind a bar line are from those in the beat before it, from 0 to 1, as a mean over
    bars that begin on some beat of the first one."""
    classes = sounding(Notes.merge(song.others(Stem.DRUMS).values()), song.last_step)
    lasted = np.concatenate([np.zeros((1, 12)), np.cumsum(classes.T, axis=0, dtype=np.float64)])
    lines = np.arange(round((first - 1) * STEPS_PER_BEAT), song.last_step - STEPS_PER_BEAT, _BAR)
    lines = lines[lines >= STEPS_PER_BEAT]
    before = lasted[lines] - lasted[lines - STEPS_PER_BEAT]
    behind = lasted[lines + STEPS_PER_BEAT] - lasted[lines]
    length = np.linalg.norm(before, axis=1) * np.linalg.norm(behind, axis=1)
    alike = (before * behind).sum(axis=1)[length > 0] / length[length > 0]
    return 1.0 - float(alike.mean()) if len(alike) else 0.0


def likelier_first_beat(song: Song, least: float) -> float | None:
    """On which beat of its first bar, counted from 1, the bars of a song in 4/4 rather begin, by at least so many nats
    a note; it may lie between two beats. None for the first, for songs that state other meters, and where beats were
    heard with their bars."""
    if song.beats_heard or len(song.meters) > 1 or not song.is_common_time or not song.stems:
        return None
    likely = _likelihoods(song)
    best = int(likely.argmax())
    return 1 + best / 2 if likely[best] - likely[0] >= least else None


def _likelihoods(song: Song) -> FloatArray:
    """How likely notes are if bars begin on each eighth of the first: mean logarithms, [2 BAR_BEATS]."""
    stems = {
        stem: Notes.merge(t.notes for t in song.tracks if t.stem is stem and not _is_unknown_drum(t))
        for stem in song.stems
    }
    steps, marks = on_grid(stems)
    if len(steps) < FEWEST_ONSETS:
        return np.zeros(2 * BAR_BEATS)
    shares = metre_shares()
    return np.array([shares[marks, (steps - begin) % _BAR].mean() for begin in range(0, _BAR, _HALF)])


def _is_unknown_drum(track: Track) -> bool:
    """Whether a track is of one drum of which nobody says which it is: its key is any percussion's, its name none's."""
    if not track.is_drum or len(np.unique(track.notes.pitch)) != 1 or drum_named(in_words(track.name)) is not None:
        return False
    return drum_class(int(track.notes.pitch[0])) in (None, _PERCUSSION)


def checked_first_beat(value: object) -> float | None:
    """A beat to begin bars on, or None; raises `InputError` for what is no number."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise InputError(
            f"first_beat: {shown(value)} is no number; choose a beat of the song's first bar, as in 3 or 2.5"
        )
    return float(value)


def beginning_on(song: Song, first: float) -> Song:
    """The song with bars that begin on another beat of what is its first one now, counted from 1; 2.5 lies between the
    second and the third. What is before is a bar of its own, as a pickup.

    Raises `InputError`, which names `first_beat`, where a bar has no such beat or the song has several meters.
    """
    meter = song.meters[-1]
    if not _is_of_one_meter(song):
        raise InputError(f"first_beat: {song.name} has several meters, and bars begin where it states them")
    parts = 1 if meter.dotted else 2
    last = math.ceil(parts * meter.bar_steps / STEPS_PER_BEAT) / parts + 1 - 1 / parts
    if not 1 <= first <= last or parts * first % 1:
        valid = f"1 to {last:g}{'' if meter.dotted else ', in halves'}, as its bars have beats"
        raise InputError(f"first_beat: {first:g} is none of {song.name}; choose {valid}")
    song = replace(song, meters=[replace(meter, step=0)])
    pickup = math.ceil(first - 1)
    if first % 1:
        song = _on_off_beats(song)
    counted = 3 * pickup if meter.dotted else pickup  # eighths, or quarters
    before = [Meter(0, counted, meter.denominator if meter.dotted else 4, meter.dotted)] if pickup else []
    return replace(song, meters=[*before, replace(meter, step=pickup * STEPS_PER_BEAT)], first_beat=first)


def _is_of_one_meter(song: Song) -> bool:
    """Whether all bars are alike, but for a first one that may be shorter, and one that begins anew."""
    first, *others = [(meter.numerator, meter.denominator) for meter in song.meters]
    if len({*others}) > 1:
        return False
    return not others or first == others[0] or song.meters[1].step < song.meters[1].bar_steps


def _on_off_beats(song: Song) -> Song:
    """The song with beats where the middles of its beats were; the first is half a beat long."""
    before = np.concatenate([[0.0], np.arange(_HALF, song.last_step + 2 * STEPS_PER_BEAT, STEPS_PER_BEAT)])
    return replace(
        song,
        tracks=[replace(track, notes=_moved(track.notes)) for track in song.tracks],
        tempi=beat_tempi(song.step_to_seconds(before)),
        beat_ticks=tuple(song.step_to_tick(before).astype(np.float64).tolist()),
        least_steps=int(_later(np.array(song.least_steps))),
        _stems={},
    )


def _moved(notes: Notes) -> Notes:
    onset, end = _later(notes.onset.astype(np.int64)), _later(notes.end.astype(np.int64))
    return Notes.from_arrays(onset, notes.pitch, end - onset, notes.velocity)


def _later(steps: np.ndarray) -> np.ndarray:
    """Steps counted in beats that begin half a beat earlier, of which the first is half as long."""
    return np.where(steps < _HALF, 2 * steps, steps + _HALF)

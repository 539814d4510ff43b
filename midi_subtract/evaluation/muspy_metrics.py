"""MuSpy's metrics for a part on the beat grid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DEFAULT_PROGRAM
from subtract_core.stems import Stem


def to_muspy(part: Notes, stem: Stem) -> Any:
    """A part as a `muspy.Music` of one track: a time step is a grid step (resolution 12), pitches and velocities stay.

    MuSpy counts one bar more where the last note ends on a bar line, and that bar is empty. The last note is therefore
    a step shorter wherever it ends on a beat; a note of one step keeps its step.
    """
    import muspy

    end = part.last_step
    cut = (part.end == end) & (end % STEPS_PER_BEAT == 0) & (part.duration > 1)
    rows = zip(part.onset, part.pitch, part.duration - cut, part.velocity, strict=True)
    notes = [muspy.Note(int(onset), int(pitch), int(length), int(velocity)) for onset, pitch, length, velocity in rows]
    track = muspy.Track(program=DEFAULT_PROGRAM[stem], is_drum=stem is Stem.DRUMS, notes=notes)
    return muspy.Music(resolution=STEPS_PER_BEAT, tracks=[track])


def muspy_figures(part: Notes, stem: Stem, bar_steps: int | None) -> dict[str, float]:
    """Pitch-class entropy, scale consistency and polyphony (pitched parts), groove consistency; NaN for silence.

    bar_steps: length of all bars of the window; None where they differ, for MuSpy's groove consistency needs one.
    MuSpy compares onsets on all 12 steps of a beat, so that groove consistency lies near 1 for every part: its
    differences count.
    """
    import muspy

    if not len(part):
        pitched = [] if stem is Stem.DRUMS else list(_PITCHED)
        return dict.fromkeys([*pitched, "groove consistency"], math.nan)
    music = to_muspy(part, stem)
    figures = {}
    if stem is not Stem.DRUMS:
        figures = {name: float(getattr(muspy, function)(music)) for name, function in _PITCHED.items()}
    groove = muspy.groove_consistency(music, bar_steps) if bar_steps else math.nan
    return figures | {"groove consistency": float(groove)}


_PITCHED = {
    "pitch-class entropy": "pitch_class_entropy",
    "scale consistency": "scale_consistency",
    "polyphony": "polyphony",
}


def one_bar_length(bar_starts: np.ndarray) -> int | None:
    """The length of every bar in steps, or None where bars differ."""
    lengths = np.unique(np.diff(bar_starts))
    return int(lengths[0]) if len(lengths) == 1 else None

"""From a MIDI file to a `Song` on its beat grid."""

from __future__ import annotations

from typing import Any

import numpy as np
import symusic

from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.smf import parse_smf
from midi_subtract.smf_programs import with_local_programs
from midi_subtract.song import Meter, Song, Track


def read_song(data: bytes, name: str = "song") -> Song:
    """Read the bytes of a Standard MIDI File.

    Raises `InputError`, in one line that names the file, for what no player would accept.
    """
    return song_from_score(symusic.Score.from_midi(with_local_programs(parse_smf(data, name))), name)


def song_from_score(score: Any, name: str = "song") -> Song:
    """Put a `symusic.Score` counted in ticks on the beat grid; onsets and ends go to the nearest step."""
    resolution = int(score.tpq)
    return Song(
        tracks=[_track(t, resolution) for t in score.tracks if len(t.notes)],
        meters=_meters(score.time_signatures, resolution),
        tempi=_tempi(score.tempos, resolution),
        ticks_per_beat=resolution,
        name=name,
    )


def _to_step(ticks: np.ndarray, resolution: int) -> np.ndarray:
    return np.rint(ticks.astype(np.int64) * STEPS_PER_BEAT / resolution).astype(np.int64)


def _track(track: Any, resolution: int) -> Track:
    arrays = track.notes.numpy()
    start = arrays["time"].astype(np.int64)
    onset = _to_step(start, resolution)
    duration = _to_step(start + arrays["duration"].astype(np.int64), resolution) - onset
    velocity = np.clip(arrays["velocity"], 1, 127)
    notes = Notes.from_arrays(onset, arrays["pitch"], duration, velocity)
    return Track(track.name, int(track.program), bool(track.is_drum), notes)


def _meters(events: Any, resolution: int) -> list[Meter]:
    meters: dict[int, Meter] = {0: Meter(0, 4, 4)}
    for event in events:
        step = int(_to_step(np.array(event.time), resolution))
        if event.numerator > 0 and event.denominator > 0:
            meters[step] = Meter(step, int(event.numerator), int(event.denominator))
    return [meters[step] for step in sorted(meters)]


def _tempi(events: Any, resolution: int) -> list[tuple[int, float]]:
    tempi: dict[int, float] = {0: 120.0}
    for event in events:
        tempi[int(_to_step(np.array(event.time), resolution))] = float(event.qpm)
    return sorted(tempi.items())

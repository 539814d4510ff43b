"""From a MIDI file to a `Song` on its beat grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import symusic

from midi_subtract.files.smf import parse_smf
from midi_subtract.files.smf_programs import with_local_programs
from midi_subtract.listening.bar_lines import beginning_on, with_drummed_bars
from midi_subtract.listening.beats import (
    BAR_BEATS,
    FEWEST_NOTES,
    LONGEST,
    HeardBeats,
    Played,
    hear_beats,
    keep_time,
    marked,
)
from midi_subtract.listening.compound import beat_steps, dotted, on_beats
from midi_subtract.listening.meters import with_heard_bars
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import stem_of
from midi_subtract.song import Clock, Meter, Song, Track, beat_tempi, place_between
from subtract_core.errors import InputError
from subtract_core.stems import Stem

BEATS = ("auto", "file", "heard")
"""Whose beats are the grid: those heard in the notes where these keep to them, and not to the file's; the file's; those
heard. But for the file's, bars are of three where the notes say so (`meters`), or of four and begin where the drums say
so (`bar_lines`)."""


@lru_cache(maxsize=2)  # beats of a song are not heard anew for every variation of a part
def read_song(data: bytes, name: str = "song", beats: str = "file", first_beat: float | None = None) -> Song:
    """Read the bytes of a Standard MIDI File.

    beats: one of `BEATS`. first_beat: where bars begin, see `beginning_on`; None leaves it to the file and, but for
    beats "file", to the drums.
    Raises `InputError`, in one line that names the file, for what no player would accept, and where beats are to be
    heard in less than `FEWEST_NOTES` strokes or chords, or in more than `LONGEST` seconds.
    """
    song = song_from_score(symusic.Score.from_midi(with_local_programs(parse_smf(data, name))), name, beats)
    if first_beat is not None:
        return beginning_on(song, first_beat)
    return song if beats == "file" else with_drummed_bars(song)


def song_from_score(score: Any, name: str = "song", beats: str = "file") -> Song:
    """Put a `symusic.Score` counted in ticks on a beat grid; onsets and ends go to the nearest step."""
    resolution = int(score.tpq)
    tracks = [t for t in score.tracks if len(t.notes)]
    if tracks and (beats == "heard" or (beats == "auto" and not _keep_time(tracks, lambda ticks: ticks / resolution))):
        clock = _clock(score)
        struck = marked(_played(tracks, clock))
        problem = _deaf(struck[0])
        if problem and beats == "heard":
            raise InputError(f"{name}: {problem}; choose beats file, which are the file's own")
        heard = None if problem else _heard_song(tracks, hear_beats(*struck), clock, resolution, name)
        # Notes that keep to no beats at all may as well have the file's.
        if heard and (beats == "heard" or _keep_time(tracks, lambda ticks: place_between(ticks, heard.beat_ticks))):
            return with_heard_bars(heard)
    grid = Song(
        tracks=[],
        meters=_meters(score.time_signatures, resolution),
        tempi=_tempi(score.tempos, resolution),
        ticks_per_beat=resolution,
        name=name,
    )
    song = _on_grid(tracks, grid)
    meters = dotted(song.meters, song.last_step)
    if any(meter.dotted for meter in meters):
        return _on_grid(tracks, _on_dotted_beats(grid, meters, song.last_step, _clock(score)))
    return song if beats == "file" else with_heard_bars(song)


def _on_grid(tracks: list[Any], grid: Song) -> Song:
    """The notes of a file on the grid of a song, in the place of its own."""
    return replace(grid, tracks=[_track(track, grid.tick_to_step) for track in tracks], _stems={})


def _on_dotted_beats(grid: Song, meters: list[Meter], stop: int, clock: Clock) -> Song:
    """The grid of a song whose beats are quarters with the beats of its meters, some of them dotted, up to a step."""
    beats = beat_steps(meters, stop)
    beat_ticks = beats * grid.ticks_per_beat / STEPS_PER_BEAT
    return replace(
        grid,
        meters=on_beats(meters, beats),
        tempi=beat_tempi(clock.seconds(beat_ticks)),
        beat_ticks=tuple(beat_ticks.tolist()),
    )


def read_beside(song: Song, data: bytes) -> Song:
    """Read the bytes of a file that holds what `song` was read from, and more, on its grid and in its bars."""
    score: Any = symusic.Score.from_midi(with_local_programs(parse_smf(data, song.name)))
    return _on_grid([track for track in score.tracks if len(track.notes)], song)


def _keep_time(tracks: list[Any], to_beats: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Whether notes keep to the beats in which `to_beats` counts their ticks."""
    return keep_time(to_beats(np.concatenate([t.notes.numpy()["time"] for t in tracks]).astype(np.float64)))


def _deaf(struck: np.ndarray) -> str | None:
    """Why beats cannot be heard in what is struck at these seconds, if so."""
    if len(struck) < FEWEST_NOTES:
        return f"beats cannot be heard in {len(struck)} strokes or chords, {FEWEST_NOTES} are needed"
    if struck[-1] > LONGEST:
        return f"lasts {struck[-1] / 3600:.1f} hours, beats are heard in at most {LONGEST / 3600:g}"
    return None


def _played(tracks: list[Any], clock: Clock) -> Played:
    """All notes in seconds."""
    notes = [t.notes.numpy() for t in tracks]
    counts = [len(n["time"]) for n in notes]
    start = clock.seconds(np.concatenate([n["time"] for n in notes]))
    return Played(
        onset=start,
        duration=clock.seconds(np.concatenate([_ends(n) for n in notes])) - start,
        pitch=np.concatenate([n["pitch"] for n in notes]).astype(np.int64),
        is_drum=np.repeat([bool(t.is_drum) for t in tracks], counts),
        is_bass=np.repeat([stem_of(int(t.program), bool(t.is_drum)) is Stem.BASS for t in tracks], counts),
    )


def _heard_song(tracks: list[Any], heard: HeardBeats, clock: Clock, resolution: int, name: str) -> Song:
    """A song on the beats that were heard in its notes, in bars of `BAR_BEATS`.

    Step 0 is the file's beginning, and up to there beats are as long as the first one heard, or as near as fits.
    """
    first, period = heard.seconds[0], heard.seconds[1] - heard.seconds[0]
    before = max(1, round(first / period)) if first > 0 else 0
    seconds = np.concatenate([np.linspace(0, first, before + 1)[:-1], heard.seconds])
    beat_ticks = clock.at(seconds)
    first_bar = (before + heard.first_bar) * STEPS_PER_BEAT
    grid = Song(
        tracks=[],
        meters=[Meter(step, BAR_BEATS, 4) for step in sorted({0, first_bar})],
        tempi=beat_tempi(seconds),
        ticks_per_beat=resolution,
        name=name,
        beat_ticks=tuple(beat_ticks.tolist()),
        beats_heard=True,
    )
    return _on_grid(tracks, grid)


def _clock(score: Any) -> Clock:
    """The file's ticks in seconds."""
    tempi = {0: 120.0} | {int(t.time): float(t.qpm) for t in score.tempos if 0 < t.qpm < float("inf")}
    return Clock.of(sorted(tempi.items()), int(score.tpq))


def _ends(notes: Any) -> np.ndarray:
    return np.asarray(notes["time"].astype(np.int64) + notes["duration"].astype(np.int64))


def _to_step(ticks: np.ndarray, resolution: int) -> np.ndarray:
    return np.rint(ticks.astype(np.int64) * STEPS_PER_BEAT / resolution).astype(np.int64)


def _track(track: Any, to_steps: Callable[[np.ndarray], np.ndarray]) -> Track:
    """to_steps: ticks, float64, as steps that may lie between those of the grid."""
    arrays = track.notes.numpy()
    onset, end = (np.rint(to_steps(t.astype(np.float64))).astype(np.int64) for t in (arrays["time"], _ends(arrays)))
    velocity = np.clip(arrays["velocity"], 1, 127)
    notes = Notes.from_arrays(onset, arrays["pitch"], end - onset, velocity)
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

"""Notes on the beat grid: the form in which every part of the MIDI backend handles music."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from subtract_core.rhythm import STEPS_PER_BEAT

__all__ = ["STEPS_PER_BEAT", "Notes", "same"]


@dataclass(frozen=True, eq=False)
class Notes:
    """Notes of one part, sorted by onset then pitch; four arrays of one length. Equal where all notes are.

    onset: int32, grid steps from the start of the song (12 a beat).
    pitch: int16, MIDI note number 0-127 (for drums the General MIDI percussion key).
    duration: int32, grid steps, at least 1.
    velocity: int16, 1-127.
    """

    onset: np.ndarray
    pitch: np.ndarray
    duration: np.ndarray
    velocity: np.ndarray

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int, int]]) -> Notes:
        """Build from (onset, pitch, duration, velocity) rows in any order."""
        table = np.array(list(rows), dtype=np.int64).reshape(-1, 4)
        return cls.from_arrays(table[:, 0], table[:, 1], table[:, 2], table[:, 3])

    @classmethod
    def from_arrays(cls, onset: np.ndarray, pitch: np.ndarray, duration: np.ndarray, velocity: np.ndarray) -> Notes:
        """Build from four arrays of one length in any order; durations are raised to at least one step."""
        order = np.lexsort((pitch, onset))
        return cls(
            np.asarray(onset)[order].astype(np.int32),
            np.asarray(pitch)[order].astype(np.int16),
            np.maximum(np.asarray(duration)[order], 1).astype(np.int32),
            np.asarray(velocity)[order].astype(np.int16),
        )

    @classmethod
    def empty(cls) -> Notes:
        """No notes."""
        return cls.of([])

    @classmethod
    def merge(cls, parts: Iterable[Notes]) -> Notes:
        """All notes of several parts as one."""
        parts = list(parts) or [cls.empty()]
        return cls.from_arrays(
            np.concatenate([p.onset for p in parts]),
            np.concatenate([p.pitch for p in parts]),
            np.concatenate([p.duration for p in parts]),
            np.concatenate([p.velocity for p in parts]),
        )

    def __len__(self) -> int:
        return len(self.onset)

    def __eq__(self, other: object) -> bool:
        return same(self, other) if isinstance(other, Notes) else NotImplemented

    def __hash__(self) -> int:
        return hash((*self.onset.tolist(), *self.pitch.tolist()))  # the same for narrow types, as equality is

    @property
    def end(self) -> np.ndarray:
        """First step after each note."""
        return self.onset.astype(np.int32) + self.duration.astype(np.int32)

    @property
    def last_step(self) -> int:
        """First step after the last sounding note; 0 when there are none."""
        return int(self.end.max()) if len(self) else 0

    def wide(self) -> Notes:
        """The same in the types named above, which hold differences: training sets keep narrower ones."""
        return Notes(
            self.onset.astype(np.int32),
            self.pitch.astype(np.int16),
            self.duration.astype(np.int32),
            self.velocity.astype(np.int16),
        )

    def select(self, mask: np.ndarray) -> Notes:
        """The notes where `mask` (bool, one a note) is true."""
        return Notes(self.onset[mask], self.pitch[mask], self.duration[mask], self.velocity[mask])

    def between(self, start: int, stop: int) -> Notes:
        """Notes with an onset in [start, stop) steps, moved so that `start` becomes 0; tails are cut at `stop`."""
        inside = self.starting(start, stop)
        duration = np.minimum(inside.end, stop) - inside.onset
        return Notes(inside.onset - start, inside.pitch, duration, inside.velocity)

    def starting(self, start: int, stop: int) -> Notes:
        """Notes with an onset in [start, stop) steps, as they are."""
        return self.select((self.onset >= start) & (self.onset < stop))

    def shifted(self, steps: int = 0, semitones: int = 0) -> Notes:
        """Later by `steps` and higher by `semitones`; what leaves the keyboard or the song's start is dropped."""
        onset, pitch = self.onset + steps, self.pitch + semitones
        keep = (onset >= 0) & (pitch >= 0) & (pitch <= 127)
        return Notes(onset[keep], pitch[keep], self.duration[keep], self.velocity[keep])


def one_after_another(notes: Notes) -> Notes:
    """Notes that end where later ones begin; those that begin together may last alike."""
    times = np.append(np.unique(notes.onset), np.iinfo(np.int32).max)
    end = np.minimum(notes.end, times[np.searchsorted(times, notes.onset, side="right")])
    return Notes.from_arrays(notes.onset, notes.pitch, end - notes.onset, notes.velocity)


def same(a: Notes, b: Notes) -> bool:
    """Whether two parts are equal, note by note."""
    return len(a) == len(b) and all(
        np.array_equal(getattr(a, field), getattr(b, field)) for field in ("onset", "pitch", "duration", "velocity")
    )


def repeated(notes: Notes, length: int, stop: int) -> Notes:
    """Notes of a stretch of `length` steps, over and over until `stop`."""
    return Notes.merge(notes.shifted(at) for at in range(0, stop, length)).between(0, stop)


def without_twins(notes: Notes) -> Notes:
    """Without notes that start together on one pitch but the loudest, and none that its repetition cuts into."""
    order = np.lexsort((-notes.velocity.astype(np.int64), notes.pitch, notes.onset))
    notes = notes.select(order)
    last: dict[int, int] = {}  # pitch -> its latest note
    keep, duration = np.ones(len(notes), dtype=bool), notes.duration.copy()
    for i, (onset, pitch) in enumerate(zip(notes.onset.tolist(), notes.pitch.tolist(), strict=True)):
        before = last.get(pitch)
        if before is not None and notes.onset[before] == onset:
            keep[i] = False
            continue
        if before is not None:
            duration[before] = min(duration[before], onset - notes.onset[before])
        last[pitch] = i
    return Notes(notes.onset, notes.pitch, duration, notes.velocity).select(keep)

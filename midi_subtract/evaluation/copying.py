"""M8: the longest stretch of a part that stands note for note in the training set, in whatever key, in beats."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from midi_subtract.metrics import NO_CLASS, classes_of
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES
from midi_subtract.song import Song
from subtract_core.stems import Stem

REST_BEATS = 4
"""A rest longer than this ends a match: silence is nobody's work."""
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse modulo 2**64
_INVERSE = np.uint64(pow(int(_BASE), -1, 2**64))

Numbers = npt.NDArray[np.uint64]


class Beats(NamedTuple):
    """Two numbers for each beat of a part, uint64 [beats] each; equal numbers are equal beats.

    Pitches count from the first note of the beat, for training transposes. following: the beat with the interval from
    the last one before it that has notes; opening: without, for the first that has notes of a stretch.
    """

    following: Numbers
    opening: Numbers

    @classmethod
    def join(cls, pieces: Sequence[Beats]) -> Beats:
        """One after another; nothing matches across the seams."""
        empty = cls(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint64))
        ended = [piece for part in pieces for piece in (part, _seam())]
        return cls(*(np.concatenate(numbers) for numbers in zip(empty, *ended, strict=True)))


def part_tokens(part: Notes) -> list[str]:
    """A part in MidiTok's REMI tokens at the grid's 12 positions a beat, without velocities and tempi."""
    from symusic import Note, Score, Track

    track: Any = Track(program=0, is_drum=False)  # keys of drums are told apart as pitches
    columns = (part.onset, part.duration, part.pitch, part.velocity)
    kinds = (np.int32, np.int32, np.int8, np.int8)
    track.notes = Note.from_numpy(*(c.astype(kind) for c, kind in zip(columns, kinds, strict=True)))
    score: Any = Score(STEPS_PER_BEAT)
    score.tracks.append(track)
    return list(_tokenizer().encode(score)[0].tokens) if len(part) else []


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from miditok import REMI, TokenizerConfig

    # Durations: exact to the step up to two bars, and beyond that no musical difference.
    config = TokenizerConfig(
        pitch_range=(0, 127), beat_res={(0, 8): STEPS_PER_BEAT}, use_velocities=False, use_programs=False
    )
    return REMI(config)


def beat_numbers(part: Notes, stem: Stem, n_beats: int) -> Beats:
    """A part as numbers by beat: of the tokens (place in the beat, pitch, duration) of the notes that start in it.

    Drums are classes without durations, for that is all that their keys mean, and are never transposed. Beats of a rest
    longer than `REST_BEATS` get numbers of their own, which match nothing.
    """
    drums = stem is Stem.DRUMS
    content: list[list[str]] = [[] for _ in range(n_beats)]
    first: dict[int, int] = {}  # beat -> pitch of its first note
    bar, place = -1, 0
    for token in part_tokens(_drum_classes(part) if drums else part):
        kind, _, value = token.partition("_")
        if kind == "Bar":
            bar += 1
        elif kind == "Position":
            place = int(value)
        elif kind in ("Pitch", "Duration"):
            beat = (bar * 4 * STEPS_PER_BEAT + place) // STEPS_PER_BEAT
            if beat < n_beats:
                if kind == "Pitch" and not drums:
                    value = str(int(value) - first.setdefault(beat, int(value)))
                content[beat].append(f"{place % STEPS_PER_BEAT} {kind} {value}")
    beats, silent, last = Beats(*np.empty((2, n_beats), dtype=np.uint64)), 0, None
    for beat, tokens in enumerate(content):
        silent = 0 if tokens else silent + 1
        text = " ".join(tokens)
        beats.opening[beat] = beats.following[beat] = _number(text) if silent <= REST_BEATS else _unique()
        if beat in first:
            beats.following[beat] = _number(f"{first[beat] - last if last is not None else 'none'} {text}")
            last = first[beat]
    return beats


def _drum_classes(part: Notes) -> Notes:
    kind = classes_of(part)
    known = kind != NO_CLASS
    keys = np.array([key for _, key, _ in DRUM_CLASSES])[kind[known]]
    kept = part.select(known)
    return Notes.from_arrays(kept.onset, keys, np.ones(len(keys)), kept.velocity)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


_counter = itertools.count()


def _unique() -> int:
    return _number(f"unique {next(_counter)}")


def _seam() -> Beats:
    number = np.array([_unique()], dtype=np.uint64)
    return Beats(number, number)


class TrainingParts:
    """The parts of one stem in a training set, searchable for a stretch of beats."""

    def __init__(self, songs: Iterable[Song], stem: Stem) -> None:
        played = [song for song in songs if len(song.stem(stem))]
        self.n_songs = len(played)
        self._beats = Beats.join([beat_numbers(song.stem(stem), stem, song.n_beats) for song in played])
        self._stretches: dict[int, Numbers] = {}

    def longest_copy(self, part: Notes, stem: Stem, n_beats: int) -> int:
        """Beats of the longest stretch of the part that a training song holds in any key, by bisection."""
        beats = beat_numbers(part, stem, n_beats)
        low, high = 0, n_beats
        while low < high:
            middle = (low + high + 1) // 2
            found = np.isin(stretches(beats, middle), self._of_length(middle)).any()
            low, high = (middle, high) if found else (low, middle - 1)
        return low

    def _of_length(self, length: int) -> Numbers:
        if length not in self._stretches:
            self._stretches[length] = np.unique(stretches(self._beats, length))
        return self._stretches[length]


def stretches(beats: Beats, length: int) -> Numbers:
    """A polynomial hash, modulo 2**64, of every `length` beats in a row: uint64 [max(0, beats - length + 1)].

    Of each the first beat that has notes counts as opening, all others as following, so that the key does not matter.
    """
    n = len(beats.following)
    if length > n:
        return np.empty(0, dtype=np.uint64)
    start = np.arange(n - length + 1)
    at = np.where(beats.opening != beats.following, np.arange(n), n)
    opened = np.minimum.accumulate(at[::-1])[::-1][start]  # the first beat with notes from each on
    inside = opened < start + length
    with np.errstate(over="ignore"):  # the modulus is the overflow
        powers = np.cumprod(np.concatenate([[np.uint64(1)], np.full(n, _BASE)]).astype(np.uint64), dtype=np.uint64)
        back = np.cumprod(np.concatenate([[np.uint64(1)], np.full(n, _INVERSE)]).astype(np.uint64), dtype=np.uint64)
        terms = beats.following * powers[:n]
        sums = np.concatenate([[np.uint64(0)], np.cumsum(terms, dtype=np.uint64)]).astype(np.uint64)
        hashes: Numbers = (sums[length:] - sums[:-length]) * back[: n - length + 1]
        first = opened[inside]
        hashes[inside] += (beats.opening[first] - beats.following[first]) * powers[first - start[inside]]
    return hashes


def longest_copies(training: TrainingParts, parts: Sequence[Notes], stem: Stem, n_beats: Sequence[int]) -> list[float]:
    """`longest_copy` of every part."""
    return [float(training.longest_copy(part, stem, n)) for part, n in zip(parts, n_beats, strict=True)]

"""Windows of training songs, cut at bar lines: the song source of subtractive training over MIDI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from midi_subtract.listening.facts import Setting, stem_facts
from midi_subtract.model.features import place_features
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Meter, Song
from subtract_core.errors import InputError
from subtract_core.facts import StemFacts
from subtract_core.stems import STEMS, Stem
from subtract_core.training.dataset import Excerpt


def cut(notes: Notes, start: int, n_beats: int) -> Notes:
    """Notes that sound in a window, relative to its start; those already sounding get a negative onset."""
    stop = start + n_beats * STEPS_PER_BEAT
    inside = (notes.end.astype(np.int64) > start) & (notes.onset < stop)
    part = notes.select(inside).wide()
    return Notes(part.onset - start, part.pitch, part.duration, part.velocity)


def transposed(notes: Notes, semitones: int) -> Notes:
    """Notes moved by semitones, folded back by octaves where they would leave MIDI's range."""
    pitch = notes.pitch + semitones
    pitch = np.where(pitch < 0, pitch + 12, np.where(pitch > 127, pitch - 12, pitch)).astype(np.int16)
    return Notes(notes.onset, pitch, notes.duration, notes.velocity)


@dataclass(frozen=True)
class Window:
    """A stretch of a song: where it starts (steps) and how many beats it has."""

    song: Song
    start: int
    n_beats: int

    def stem(self, stem: Stem, semitones: int = 0) -> Notes:
        """One family's notes in the window, moved by semitones (drums stay)."""
        notes = cut(self.song.stem(stem), self.start, self.n_beats)
        return notes if stem is Stem.DRUMS or not semitones else transposed(notes, semitones)


def random_window(song: Song, n_beats: int, rng: np.random.Generator) -> Window:
    """A window that starts on a random bar line; a song shorter than the window is taken from its start.

    The last that is drawn reaches the song's end, and less than a bar beyond it: a last note seldom ends on a bar line.
    """
    starts = song.bar_starts(max(song.last_step - n_beats * STEPS_PER_BEAT, 0))
    return Window(song, int(rng.choice(starts)), n_beats)


def in_three(song: Song, beat: int) -> Song:
    """A song in 4/4 with beat `beat` (1 to 3, the first is 0) of every bar taken out, which leaves bars of three.

    What begins in that beat is gone, what sounds through it is shorter, and the beats after it close up. Of marches and
    rock beats the third beat leaves waltzes; whichever it is, all parts still go together. Songs in 3/4 are too few to
    learn them from.
    """
    out = beat * STEPS_PER_BEAT

    def moved(steps: np.ndarray) -> np.ndarray:
        bar, place = np.divmod(steps.astype(np.int64), 4 * STEPS_PER_BEAT)
        later = np.clip(place - out, 0, STEPS_PER_BEAT)  # how much of what is taken out lies before
        return np.asarray(bar * 3 * STEPS_PER_BEAT + place - later)

    tracks = []
    for track in song.tracks:
        notes = track.notes.wide()
        place = notes.onset % (4 * STEPS_PER_BEAT)
        notes = notes.select((place < out) | (place >= out + STEPS_PER_BEAT))
        onset = moved(notes.onset)
        notes = Notes.from_arrays(onset, notes.pitch, moved(notes.end) - onset, notes.velocity)
        tracks.append(replace(track, notes=notes))
    tempi = {int(moved(np.array(step))): bpm for step, bpm in song.tempi}
    return replace(song, tracks=tracks, meters=[Meter(0, 3, 4)], tempi=sorted(tempi.items()), _stems={})


def source_of(song: Song) -> str:
    """What a song of a training set came from: the first part of its name."""
    return song.name.split("/")[0]


class MidiSongs:
    """Song source of subtractive training: random transposed windows of songs, every track a part of its stem.

    source_weights: how often songs of a source are drawn, per song, against 1 for a source not named; a song's
    source is the first part of its name. other_meters: how much more often songs are that are mostly not in 4/4.
    threes: share of the songs in 4/4 that are brought into bars of three, see `in_three`.
    """

    def __init__(
        self,
        songs: Sequence[Song],
        n_beats: int,
        transpose: int,
        source_weights: Mapping[str, float] | None = None,
        other_meters: float = 1.0,
        threes: float = 0.0,
    ) -> None:
        self.songs, self.n_beats, self.transpose, self.threes = songs, n_beats, transpose, threes
        weights = np.array([(source_weights or {}).get(source_of(s), 1.0) for s in songs], dtype=np.float64)
        weights[[not s.is_mostly_common_time for s in songs]] *= other_meters
        self._cumulative: dict[Stem, np.ndarray] = {}
        for stem in STEMS:
            playing = weights * [stem in s.playing for s in songs]
            self._cumulative[stem] = np.cumsum(playing) / max(playing.sum(), 1e-12)

    def draw(self, stem: Stem, rng: np.random.Generator) -> Excerpt[Notes]:
        """A random window of a random song that plays `stem`, in the window or elsewhere."""
        cumulative = self._cumulative[stem]
        if not len(cumulative) or not cumulative[-1]:
            raise InputError(f"targets: no song of the training set has {stem.value}")
        index = min(int(np.searchsorted(cumulative, rng.random(), side="right")), len(self.songs) - 1)
        song = self.songs[index]
        if self.threes and song.meters == [Meter(0, 4, 4)] and rng.random() < self.threes:
            song = in_three(song, int(rng.integers(1, 4)))
        window = random_window(song, self.n_beats, rng)
        return excerpt(window, int(rng.integers(-self.transpose, self.transpose + 1)))

    def mix(self, parts: Sequence[Notes]) -> Notes:
        """All notes of several parts."""
        return parts[0] if len(parts) == 1 else Notes.merge(parts)

    def activity(self, part: Notes, frames: int) -> float:
        """Share of beats in which a note starts or sounds."""
        first = np.maximum(part.onset // STEPS_PER_BEAT, 0)
        last = np.minimum((part.end - 1) // STEPS_PER_BEAT, frames - 1)
        change = np.zeros(frames + 1)
        np.add.at(change, first, 1)
        np.add.at(change, last + 1, -1)
        return float((np.cumsum(change)[:frames] > 0).mean())


def excerpt(window: Window, semitones: int = 0) -> Excerpt[Notes]:
    """A window taken apart into its tracks, those that rest throughout left out."""
    parts: dict[Stem, list[Notes]] = {}
    for track in window.song.tracks:
        if track.stem is None:
            continue
        notes = cut(track.notes, window.start, window.n_beats)
        if len(notes):
            moved = notes if track.stem is Stem.DRUMS or not semitones else transposed(notes, semitones)
            parts.setdefault(track.stem, []).append(moved)
    place = place_features(window.song, window.start, window.n_beats)
    lines = _setting(window, 0, window.n_beats).bar_starts[:-1] - window.start
    return Excerpt(
        parts,
        place,
        valid=place[:, 0] > 0,
        source=window.song.name,
        borders=lines // STEPS_PER_BEAT,
        measure=partial(_facts, window),
    )


def _facts(window: Window, part: Notes, stem: Stem, context: Mapping[Stem, Notes], first: int, last: int) -> StemFacts:
    """Facts of a part cut out of a window, in beats [first, last) of it; its programs are those of all its family's
    tracks in the song."""
    setting = _setting(window, first, last)
    moved = replace(
        setting,
        bar_starts=setting.bar_starts - window.start,
        programs=window.song.programs(stem),
        style=tuple(window.song.styles),
    )
    return stem_facts(part, stem, context, moved)


def _setting(window: Window, first: int, last: int) -> Setting:
    """Bars and tempo of beats [first, last) of a window, in the song's steps."""
    start = window.start + first * STEPS_PER_BEAT
    return Setting.of(window.song, start, start + (last - first) * STEPS_PER_BEAT)

"""How much of a part survives the codec."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from midi_subtract.model.codec import MidiCodec
from midi_subtract.model.rolls import from_roll, to_roll
from midi_subtract.notes import Notes
from midi_subtract.song import Song
from midi_subtract.training.excerpts import Window
from subtract_core.stems import Stem

MEASURED = (Stem.DRUMS, Stem.BASS, Stem.GUITAR)


def codec_quality(
    codec: MidiCodec, songs: Iterable[Song], max_beats: int = 400, stems: tuple[Stem, ...] = MEASURED
) -> dict[Stem, dict[str, float]]:
    """Encode and decode whole parts of `songs`, and compare with what the piano roll itself can hold.

    Returns for each stem: `f1`, F1 of notes by exact onset step and pitch (drums: onset step and class), pooled over
    the songs; `ends`, share of the matched notes whose end is within one step (1/12 beat); `velocity`, mean absolute
    velocity error of the matched notes (0-127); both NaN where no note is matched. Stems that no song plays are left
    out.
    """
    songs = list(songs)
    rows = {stem: _stem_quality(codec, [s for s in songs if stem in s.stems], max_beats, stem) for stem in stems}
    return {stem: row for stem, row in rows.items() if row}


def _stem_quality(codec: MidiCodec, songs: list[Song], max_beats: int, stem: Stem) -> dict[str, float]:
    """The figures of one stem; none where nothing is played that could be kept."""
    hits = found = wanted = ends = 0
    velocity_error = 0.0
    for song in songs:
        n_beats = min(song.n_beats, max_beats)
        played = Window(song, 0, n_beats).stem(stem)
        truth = _table(from_roll(to_roll(played, stem, n_beats), stem))
        again = _table(codec.decode(codec.encode([played], stem, n_beats), stem)[0])
        common = truth.keys() & again.keys()
        hits, found, wanted = hits + len(common), found + len(again), wanted + len(truth)
        ends += sum(abs(truth[k][0] - again[k][0]) <= 1 for k in common)
        velocity_error += sum(abs(truth[k][1] - again[k][1]) for k in common)
    if not wanted:
        return {}
    return {
        "f1": 2 * hits / (found + wanted),
        "ends": ends / hits if hits else math.nan,
        "velocity": velocity_error / hits if hits else math.nan,
    }


def _table(notes: Notes) -> dict[tuple[int, int], tuple[int, int]]:
    """(onset, pitch) -> (end, velocity)."""
    columns = (np.asarray(c).tolist() for c in (notes.onset, notes.pitch, notes.end, notes.velocity))
    return {(onset, pitch): (end, velocity) for onset, pitch, end, velocity in zip(*columns, strict=True)}

"""What is to be said of the parts of a training set: facts of every stem, for a writer to word."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from midi_subtract.listening.facts import song_facts
from midi_subtract.training.store import iterate_songs, read_report
from subtract_core.facts import StemFacts
from subtract_core.instructions.writer import StemKey
from subtract_core.stems import STEMS, Stem


def training_facts(folder: str | Path, stems: Collection[Stem] = STEMS) -> Iterator[tuple[StemKey, StemFacts]]:
    """The facts of each of `stems` in every song of a prepared training set, measured over the whole song.

    Raises `InputError` where `folder` holds no training set.
    """
    for song in iterate_songs(folder):
        for stem in STEMS:
            if stem in stems and stem in song.playing:
                yield StemKey(song.name), song_facts(song, stem)


def count_parts(folder: str | Path, stems: Collection[Stem] = STEMS) -> int:
    """About how many parts `training_facts` will give: duplicates of songs are counted too.

    Raises `InputError` where `folder` holds no training set.
    """
    counts = read_report(folder)["stems"]
    return sum(int(counts.get(stem.value, 0)) for stem in stems)

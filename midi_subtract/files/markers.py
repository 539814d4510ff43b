"""The markers of a song: where a file names its sections, as "Verse" and "Chorus"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from midi_subtract.files.smf import Smf
from midi_subtract.files.smf_events import CUE_POINT, MARKER, NOTE_ON, TEXT, TRACK_NAME, Event
from midi_subtract.song import Song
from subtract_core.spans import joined

_NUMBER = re.compile(r"^(?:(?:first|second|third|last|final|big|double|half) )+(?=\w)|[ #.:_-]*\d+$")


@dataclass(frozen=True)
class Marker:
    """bar: counted from 1. name: in one line."""

    bar: int
    name: str


def markers_of(smf: Smf, song: Song) -> list[Marker]:
    """The markers and cue points of a file, in order, in the bars of the song that was read from it; without any, what
    some programs write instead: texts of a track that has no name and no notes, the one that holds tempi and meters.

    A marker begins with the bar line that is nearest to it, as one may stand on a pickup. Those behind the last bar,
    and repetitions in one bar, are left out.
    """
    tracks = [list(smf.events(track)) for track in range(len(smf.tracks))]
    said = [event for events in tracks for event in events if event.meta_type in (MARKER, CUE_POINT)]
    if not said:
        said = [event for events in tracks if _conducts(events) for event in events if event.meta_type == TEXT]
        said = said if any(event.tick for event in said) else []  # all at the beginning they tell of the file
    lines = song.bar_starts(song.last_step).tolist()
    found = []
    for event in sorted(said, key=lambda event: event.tick):
        name, bar = _name(event), _nearest(lines, float(song.tick_to_step(np.array(event.tick))))
        if name and bar < len(lines):
            found.append(Marker(bar, name))
    return list(dict.fromkeys(found))


def spans_named(name: str, markers: Sequence[Marker], bars: int) -> tuple[list[tuple[int, int]], bool]:
    """The stretches, first bar and the one behind the last, that markers of this name begin, each up to the next other
    marker, in a song of so many bars; and whether it is a whole name: "chorus" means "Chorus 1" and "Chorus 2", too."""
    wanted = plain_name(name)
    is_meant = {marker.bar: False for marker in markers}
    for marker in markers:
        is_meant[marker.bar] |= wanted in (plain_name(marker.name), unnumbered(marker.name))
    begins = [*sorted(is_meant), bars + 1]
    spans = joined((first, after) for first, after in pairwise(begins) if is_meant[first])
    return spans, any(wanted == plain_name(marker.name) for marker in markers)


def named_in(words: str, markers: Sequence[Marker]) -> list[Marker]:
    """The markers that words such as "in the verse" or "than Chorus 1" name: by their whole names, of several by the
    longest, or else without their numbers."""
    whole = {marker: plain_name(marker.name) for marker in markers}
    found = {marker: name for marker, name in whole.items() if _stands_in(name, words)}
    if found:
        longest = max(map(len, found.values()))
        return [marker for marker, name in found.items() if len(name) == longest]
    return [marker for marker in markers if _stands_in(unnumbered(marker.name), words)]


def _stands_in(name: str, words: str) -> bool:
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain_name(words)) is not None


def _conducts(events: Sequence[Event]) -> bool:
    return not any(event.meta_type == TRACK_NAME or event.status & 0xF0 == NOTE_ON for event in events)


def _name(event: Event) -> str:
    try:
        text = event.data.decode("utf-8")
    except UnicodeDecodeError:
        text = event.data.decode("latin-1")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def plain_name(name: str) -> str:
    """A name as others are compared with it."""
    return " ".join(name.casefold().split())


def unnumbered(name: str) -> str:
    """A name without what tells it from others of its kind, to compare: "chorus" for "Chorus 2" and "Last chorus"."""
    return _NUMBER.sub("", plain_name(name))


def _nearest(lines: Sequence[int], step: float) -> int:
    """The bar, from 1, whose line is nearest to a step; that behind the last for those behind the song."""
    bar = max(bisect_right(lines, step) - 1, 0)
    is_next = bar + 1 < len(lines) and lines[bar + 1] - step <= step - lines[bar]
    return bar + 1 + is_next

"""The song that a part is written into, read and rid of what the part replaces."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from midi_subtract.files.reader import read_beside, read_song
from midi_subtract.files.smf import Smf, parse_smf
from midi_subtract.files.smf_channels import Sound, sound_of
from midi_subtract.files.smf_edit import Span, remove_parts
from midi_subtract.notes import Notes
from midi_subtract.playing.asked import Bars, bars_of
from midi_subtract.programs import DEFAULT_PROGRAM, DRUM_CHANNEL, stem_of
from midi_subtract.song import Song
from subtract_core.stems import Stem


@dataclass(frozen=True)
class Base:
    """smf: the file that the part is appended to. song: what it plays. only: the bars to be written, none for all.
    removed: how many notes were taken out, replaced: the part as it was before. sound: what the part is played by if
    nothing is asked, that of what it replaces or goes on with, if anything. has_part: whether such a part plays
    somewhere in the song, has_other: where the new one is written."""

    smf: Smf
    song: Song
    only: list[Bars]
    removed: int
    sound: Sound
    has_part: bool
    has_other: bool
    replaced: Notes


def base_for(
    data: bytes, name: str, stem: Stem, only: object, replaced: bool, beats: str, first_beat: float | None
) -> Base:
    """Read a file for a part of `stem`, the arguments as `MidiInserter` takes them.

    Beats are heard and bars counted in the whole song, of what is replaced too: they have the numbers that they have
    for whoever asks for them, and drums that go say where they are.
    """

    def is_stem(channel: int, program: int) -> bool:
        return stem_of(program, channel == DRUM_CHANNEL) is stem

    smf, removed = parse_smf(data, name), 0
    usual = Sound(DEFAULT_PROGRAM[stem])
    song = read_song(data, name, beats, first_beat)
    before = song.stem(stem) if replaced else Notes.empty()
    if only is None:
        if replaced:
            usual = sound_of(smf, is_stem) or usual
            data, removed = remove_parts(smf, is_stem)
            smf, song = parse_smf(data, name), read_beside(song, data)
        there = stem in song.stems
        return Base(smf, song, [], removed, usual, there, there, before)
    bars = bars_of(song, only)
    if replaced:
        data, removed = remove_parts(smf, is_stem, [_ticks(song, span) for span in _spans(song, bars)])
        smf, song = parse_smf(data, name), _without(song, stem, bars)
    has_other = any(len(song.stem(stem).starting(*span)) for span in _spans(song, bars))
    return Base(smf, song, bars, removed, sound_of(smf, is_stem) or usual, stem in song.stems, has_other, before)


def _spans(song: Song, bars: list[Bars]) -> list[tuple[int, int]]:
    """The steps of bars."""
    lines = song.bar_starts(song.last_step)
    return [(int(lines[first - 1]), int(lines[last])) for first, last in bars]


def _ticks(song: Song, steps: tuple[int, int]) -> Span:
    """The ticks of notes that were put on these steps: from half a step earlier on."""
    first, stop = song.step_to_tick(np.array(steps) - 0.5).tolist()
    return (first if steps[0] else 0, stop)


def _without(song: Song, stem: Stem, bars: list[Bars]) -> Song:
    """The song, as long as ever, without what a stem begins to play in these bars."""
    tracks = []
    for track in song.tracks:
        gone = np.zeros(len(track.notes), dtype=np.bool_)
        for start, stop in _spans(song, bars) if track.stem is stem else []:
            gone |= (track.notes.onset >= start) & (track.notes.onset < stop)
        tracks.append(replace(track, notes=track.notes.select(~gone)))
    return replace(song, tracks=tracks, least_steps=song.last_step, _stems={})

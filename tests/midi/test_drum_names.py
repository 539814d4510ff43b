"""Drums of which each has a track, and a key that says nothing: told by the tracks' names."""

from __future__ import annotations

import numpy as np
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from midi_subtract.files.smf_edit import encode_track
from midi_subtract.files.told import told_warning
from midi_subtract.inserter import MidiInserter
from midi_subtract.notes import same
from subtract_core.stems import Stem
from tests.cli.material import piano, smf

PLACES = {"Kick": (0, 1.75, 2.5), "Snare": (1, 3), "Hats": tuple(i / 2 for i in range(8))}
"""Beats of a bar on which drums strike; by the wrong drums, bars seem to begin on the fourth."""


def _track(name: str, keys: list[int], places: tuple[float, ...] = (0, 2), channel: int = 0) -> bytes:
    """Strokes in eight bars, by these keys in turn, in a track without a program."""
    starts = [round(480 * (4 * bar + place)) for bar in range(8) for place in places]
    rows = [(start, start + 90, keys[i % len(keys)], 100) for i, start in enumerate(starts)]
    return encode_track(name, None, channel, rows, volume=None, pan=None)


def _loop(keys: list[int], names: tuple[str, ...] = tuple(PLACES)) -> bytes:
    strokes = zip(names, keys, PLACES.values(), strict=True)
    return smf(piano(channel=1), *(_track(name, [key], places) for name, key, places in strokes))


def _keys(data: bytes) -> list[list[int]]:
    """What every track of drums is heard to play."""
    return [np.unique(track.notes.pitch).tolist() for track in read_song(data).tracks if track.is_drum]


def test_a_loop_of_samplers_is_heard_as_the_drums_of_its_names() -> None:
    drums, samplers = (read_song(_loop(keys), "loop", "auto") for keys in ([36, 38, 42], [60, 60, 60]))
    assert samplers.meters == drums.meters and not samplers.bars_heard
    assert same(samplers.stem(Stem.DRUMS), drums.stem(Stem.DRUMS))
    said = told_warning(parse_smf(_loop([60, 60, 60]), "loop"))
    assert said and "track 2 (kick) as kick, track 3 (snare) as snare, track 4 (hats) as hi-hat" in said
    assert "track 2 (kick) as drums" in str(told_warning(parse_smf(_loop([36, 38, 42]), "loop")))


def test_what_is_heard_as_another_drum_is_written_as_it_was(random_inserter: MidiInserter) -> None:
    data = _loop([60, 60, 60])
    assert random_inserter(data, "bass", seed=1).midi[14:].startswith(data[14:])
    assert random_inserter(data, "drums", seed=1, replace_existing=True).report.removed_notes == 8 * 13


@pytest.mark.parametrize(
    ("names", "key"),
    [
        ("Kick BD BassDrum 808_Kick", 36),
        ("Snare SD", 38),
        ("Clap Snap Hand_Clap", 39),
        ("Rim Rimshot Side_Stick", 37),
        ("Hats HiHat_2 Closed_Hat CHH", 42),
        ("OpenHat OH HH_Open", 46),
        ("Ride", 51),
        ("Crash Cymbals", 49),
        ("Tom", 47),
        ("Floor_Tom", 43),
        ("Hi_Tom", 50),
        ("Shaker Perc Tambourine", 70),
    ],
)
def test_a_name_tells_the_drum_that_one_key_plays(names: str, key: int) -> None:
    tracks = [_track(name, [24], channel=channel) for name in names.split() for channel in (0, 9)]
    assert _keys(smf(*tracks)) == [[key]] * len(tracks)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("Kick", [35]),
        ("Ride", [53]),
        ("Hats", [44, 46]),
        ("Shaker", [60]),
        ("Toms", [41, 45, 48]),
        ("Crash", [36, 38, 42, 46]),  # a kit, and a song's name
        ("Kick", [36, 60]),
        ("Drums", [60]),
    ],
)
def test_keys_that_are_the_drum_and_those_of_kits_stay(name: str, keys: list[int]) -> None:
    assert _keys(smf(_track(name, keys, (0, 1, 2, 3)))) == [keys]


def test_a_few_keys_of_which_none_is_the_drum_are_all_it() -> None:
    assert _keys(smf(_track("Snare", [60, 61, 62], (0, 1, 2, 3)))) == [[38]]


def test_drums_that_nobody_names_and_one_key_plays_are_percussion_and_move_no_bars() -> None:
    for key in (36, 60):
        data = _loop([key] * 3, ("Drums 1", "Drums 2", "Drums 3"))
        assert _keys(data) == [[70 if key == 36 else 60]] * 3
        song = read_song(data, "loop", "auto")
        assert not song.bars_heard and len(song.stem(Stem.DRUMS)) == 8 * 13

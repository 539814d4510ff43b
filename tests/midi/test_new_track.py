"""The track that is appended to a file: how long it is, what it is called, and what becomes of those before it."""

import io

import mido
import pytest

from midi_subtract.files.part import new_track, part_alone
from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from midi_subtract.files.smf_channels import Sound
from midi_subtract.files.smf_edit import append_track, encode_track
from midi_subtract.inserter import MidiInserter
from midi_subtract.notes import Notes
from subtract_core.stems import Stem
from tests.cli.material import bass, conductor, piano, smf, song_bytes


def _lengths(data: bytes) -> list[int]:
    """Ticks of every track."""
    return [sum(message.time for message in track) for track in mido.MidiFile(file=io.BytesIO(data)).tracks]


@pytest.mark.parametrize(
    ("rings_on", "clip", "length"),
    [(-20, None, 8 * 1920), (-20, 10 * 1920, 10 * 1920), (30, None, 8 * 1920 + 30), (200, None, 9 * 1920)],
)
def test_the_new_track_ends_with_the_bar_or_the_files_longest_track(
    rings_on: int, clip: int | None, length: int
) -> None:
    notes = [(1920 * bar, 1920 * (bar + 1) + rings_on, 57, 80) for bar in range(8)]
    data = smf(encode_track("pad", 48, 0, notes, end_tick=clip or 0))
    file, part = parse_smf(data, "song"), Notes.of([(48 * bar, 36, 40, 80) for bar in range(8)])
    chunk = new_track(file, read_song(data), Stem.BASS, part, Sound(33)).chunk
    assert _lengths(append_track(file, chunk))[-1] == _lengths(part_alone(file, chunk))[-1] == length


def _tracks(data: bytes) -> list[tuple[str, bool, set[int]]]:
    """Name of every track but the first, whether it has notes, and its channels."""
    return [
        (t.name, any(m.type == "note_on" for m in t), {m.channel for m in t if not m.is_meta})
        for t in mido.MidiFile(file=io.BytesIO(data)).tracks[1:]
    ]


def test_new_tracks_have_names_of_their_own(random_inserter: MidiInserter) -> None:
    data = song_bytes()
    for seed in range(3):
        result = random_inserter(data, "bass", seed=seed)
        data = result.midi
    assert [name for name, _, _ in _tracks(data)] == ["piano", "Bass (msub)", "Bass (msub) 2", "Bass (msub) 3"]
    assert result.part.name == "Bass (msub) 3"


def test_a_track_of_our_own_that_is_replaced_goes_and_its_channel_is_free(random_inserter: MidiInserter) -> None:
    data = smf(conductor(), piano(), bass())
    for seed in range(3):
        result = random_inserter(data, "bass", seed=seed, only=[(5, 8)], replace_existing=True)
        data = result.midi
    assert _tracks(data) == [("piano", True, {0}), ("bass", True, {1}), ("Bass (msub)", True, {2})]
    data = random_inserter(data, "bass", seed=1, replace_existing=True).midi
    assert _tracks(data) == [("piano", True, {0}), ("bass", False, {1}), ("Bass (msub)", True, {2})]
    assert parse_smf(data, "song").warnings == []


def test_a_track_of_our_own_that_somebody_went_on_with_stays(random_inserter: MidiInserter) -> None:
    song = mido.MidiFile(file=io.BytesIO(random_inserter(song_bytes(), "bass", seed=1).midi))
    song.tracks[-1].insert(4, mido.Message("control_change", channel=1, control=1, value=64))
    out = io.BytesIO()
    song.save(file=out)
    data = random_inserter(out.getvalue(), "bass", seed=2, replace_existing=True).midi
    assert _tracks(data)[1:] == [("Bass (msub)", False, {1}), ("Bass (msub) 2", True, {2})]

"""The example songs: reproducible, and holding what their README claims."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import Smf, parse_smf
from midi_subtract.files.smf_events import CONTROL, META, SYSEX, TEMPO, TIME_SIGNATURE, Event
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.programs import DRUM_CHANNEL
from midi_subtract.song import Song
from subtract_core.stems import Stem

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("night_drive", "harbour_waltz", "neon_groove", "karaoke_night")
LYRIC, MARKER, PITCH_BEND = 0x05, 0x06, 0xE0
FOUR_FOUR, THREE_FOUR = (4, 4), (3, 4)


def song(name: str) -> Song:
    return read_song((EXAMPLES / f"{name}.mid").read_bytes(), name)


def smf(name: str) -> Smf:
    return parse_smf((EXAMPLES / f"{name}.mid").read_bytes(), name)


def events(file: Smf) -> list[Event]:
    return [event for index in range(len(file.tracks)) for event in file.events(index)]


def texts(file: Smf, kind: int) -> list[str]:
    return [event.data.decode() for event in events(file) if event.meta_type == kind]


def meters(name: str) -> list[tuple[int, int]]:
    return [(meter.numerator, meter.denominator) for meter in song(name).meters]


def test_composing_again_gives_the_committed_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(EXAMPLES / "compose.py"), str(tmp_path)], check=True)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in EXAMPLES.glob("*.mid")}
    assert set(written) == {f"{name}.mid" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_files_are_flawless(name: str) -> None:
    assert smf(name).warnings == []


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("night_drive", {Stem.BASS, Stem.LEAD}),
        ("harbour_waltz", {Stem.GUITAR}),
        ("neon_groove", {Stem.DRUMS, Stem.STRINGS}),
        ("karaoke_night", {Stem.GUITAR, Stem.STRINGS}),
    ],
)
def test_each_song_lacks_what_it_says(name: str, missing: set[Stem]) -> None:
    assert set(Stem) - set(song(name).stems) == missing
    channels = {track.is_drum for track in song(name).tracks}
    assert channels == ({False} if Stem.DRUMS in missing else {False, True})


@pytest.mark.parametrize(("name", "bars"), [("night_drive", 32), ("harbour_waltz", 48), ("neon_groove", 32)])
def test_songs_have_their_length(name: str, bars: int) -> None:
    read = song(name)
    assert len(read.bar_starts(read.last_step)) - 1 == bars


def test_parts_repeat_sections_and_vary_them() -> None:
    lead = next(track.notes for track in song("night_drive").tracks if track.name == "Lead Guitar")
    bar = 4 * STEPS_PER_BEAT
    first, last = (
        {*zip(n.onset.tolist(), n.pitch.tolist(), strict=True)}
        for n in (
            lead.between(12 * bar, 20 * bar),
            lead.between(24 * bar, 32 * bar),
        )
    )
    assert 0.5 < len(first & last) / len(first | last) < 1


def test_harbour_waltz_changes_meter_and_tempo() -> None:
    read = song("harbour_waltz")
    assert meters("harbour_waltz") == [THREE_FOUR, FOUR_FOUR, THREE_FOUR]
    change, back = read.meters[1].step, read.meters[2].step
    assert read.tempo_at(change) < read.tempo_at(0) < read.tempo_at(back)
    assert read.tempo_at(read.last_step) < read.tempo_at(back)  # a ritardando at the end


def test_neon_groove_swings_its_sixteenths() -> None:
    file = smf("neon_groove")
    sixteenth = file.division // 4
    onsets = [e.tick for _, e in file.channel_events if e.status == 0x91 and e.data[1]]
    late = [tick % (2 * sixteenth) - sixteenth for tick in onsets if round(tick / sixteenth) % 2]
    assert len(late) > 50
    assert 5 < sum(late) / len(late) < sixteenth / 3


def test_karaoke_night_holds_what_editors_lose() -> None:
    file = smf("karaoke_night")
    found = events(file)
    assert (file.format, len(file.tracks)) == (0, 1)
    assert meters("karaoke_night") == [(2, 4), FOUR_FOUR]
    assert [e.data for e in found if e.status == SYSEX] == [bytes.fromhex("7e7f0901f7")]
    assert {e.data[0] for e in found if e.status & 0xF0 == CONTROL} == {1, 7, 10, 64}
    assert any(e.status & 0xF0 == PITCH_BEND for e in found)
    assert texts(file, MARKER) == ["Pickup", "Verse 1", "Chorus", "Verse 2", "Chorus", "End"]
    assert "".join(texts(file, LYRIC)).startswith("When the last bus is gone and the streetlights are low ")
    assert sum(e.meta_type == TEMPO for e in found) == 3
    assert sum(e.meta_type == TIME_SIGNATURE for e in found) == 2


def test_karaoke_night_sings_a_syllable_a_note() -> None:
    file = smf("karaoke_night")
    sung = [e.tick for e in events(file) if e.meta_type == LYRIC]
    struck = sorted(e.tick for _, e in file.channel_events if e.status == 0x90 and e.data[1])
    assert all(min(abs(tick - note) for note in struck) <= 8 for tick in sung)


def test_karaoke_night_uses_running_status() -> None:
    file = smf("karaoke_night")
    payload = file.payload(0)
    channel_events = [event for event in events(file) if event.status < META and event.status != SYSEX]
    shortened = [e for e in channel_events if payload[e.stop - len(e.data) - 1] != e.status]
    assert len(shortened) > len(channel_events) / 4


def test_drums_have_ghost_notes_and_accents() -> None:
    drums = next(track for track in song("night_drive").tracks if track.is_drum)
    snare = drums.notes.velocity[drums.notes.pitch == 38]
    assert snare.min() < 50 and snare.max() > 100
    assert {e.status & 15 for _, e in smf("night_drive").channel_events} >= {DRUM_CHANNEL}

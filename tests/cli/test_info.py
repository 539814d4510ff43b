"""`msub info` and `msub models`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from midi_subtract.files.smf_edit import encode_track
from tests.cli.conftest import Call
from tests.cli.material import END, TICKS, bass, chunk, conductor, document, marked, piano, smf, song_bytes
from tests.midi.performances import band, beats_of, data


def test_what_a_song_holds(call: Call, song: Path) -> None:
    whistle = encode_track("seashore", 122, 3, [(0, 100, 60, 60)])
    song.write_bytes(smf(conductor(key=(0, 1)), piano(), bass(), whistle) + b"rubbish")
    result = call("info", song)
    assert result.exit_code == 0 and result.stderr == ""
    assert result.stdout.splitlines() == [
        "night.mid: format 1, 4 tracks, 8 bars, 0:16",
        "  tempo    120 bpm",
        "  meter    4/4",
        "  key      A minor (the file says so; estimated: A minor)",
        "  bass     32 notes, 33 Electric Bass (finger)",
        "  keys     24 notes, 0 Acoustic Grand Piano",
        "  unheard  1 note, 122 Seashore, which the model does not hear",
        "  missing  drums, guitar",
        "  warning  7 bytes follow the last chunk",
    ]


def test_beats_that_are_heard_are_named_and_counted(call: Call, song: Path) -> None:
    song.write_bytes(data(band(beats_of(97))))
    result = call("info", song)
    assert result.exit_code == 0
    assert any(re.fullmatch(r"  tempo    9[67](\.\d+)? bpm", line) for line in result.stdout.splitlines())
    assert "  warning  beats are those heard in the notes (about 97 a minute, in bars of four)" in result.stdout
    row = document(call("info", song, "--json"))["results"][0]
    assert row["beats"] == "heard" and len(row["tempi"]) == 1 and row["bars"] == pytest.approx(25, abs=1)


def test_json_of_info(call: Call, song: Path) -> None:
    row = document(call("info", song, "--json"))["results"][0]
    assert row["stems"] == {"keys": {"notes": 24, "programs": [0]}}
    assert row["missing"] == ["drums", "bass", "guitar"]
    assert row["meters"] == [{"bar": 1, "meter": "4/4"}] and row["tempi"] == [{"bar": 1, "bpm": 120.0}]
    assert (row["bars"], row["seconds"], row["format"], row["ticks_per_quarter"]) == (8, 16.0, 1, 480)
    assert row["error"] is None and row["beats"] == "file"


def test_changes_of_tempo_and_meter_come_with_their_bars(call: Call, song: Path) -> None:
    changes = (
        b"\x00\xff\x58\x04\x04\x02\x18\x08"
        + b"\x9e\x00\xff\x58\x04\x03\x02\x18\x08"  # 3840 ticks later, in bar 3
        + b"\x00\xff\x51\x03\x09\x27\xc0"  # 100 bpm
        + b"\x00\xff\x2f\x00"
    )
    song.write_bytes(smf(chunk(changes), piano(4)))
    lines = call("info", song).stdout.splitlines()
    assert lines[1:3] == ["  tempo    120 bpm, 100 bpm from bar 3", "  meter    4/4, 3/4 from bar 3"]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "(estimated; the file says nothing)"),
        ((0, 0), "(estimated; the file says C major)"),
        ((-3, 0), "Eb major (the file says so; estimated: "),
        ((99, 0), "(estimated; the file says nothing)"),
    ],
)
def test_key(call: Call, song: Path, key: tuple[int, int] | None, said: str) -> None:
    song.write_bytes(song_bytes(key=key))
    assert said in call("info", song).stdout


def test_changes_of_key_come_with_their_bars(call: Call, song: Path) -> None:
    keys = b"\x00\xff\x59\x02\x00\x00" + b"\x9e\x00\xff\x59\x02\x02\x00"  # C major, D major from bar 3
    song.write_bytes(smf(chunk(keys + END), piano(4)))
    assert "  key      C major, D major from bar 3 (the file says so; " in call("info", song).stdout
    row = document(call("info", song, "--json"))["results"][0]
    assert row["keys"] == [{"bar": 1, "key": "C major"}, {"bar": 3, "key": "D major"}]


def test_markers_come_with_their_bars(call: Call, song: Path) -> None:
    song.write_bytes(smf(conductor(), marked([(0, "Verse"), (8 * TICKS, "Chorus")]), piano(4)))
    assert "  markers  Verse from bar 1, Chorus from bar 3\n" in call("info", song).stdout
    row = document(call("info", song, "--json"))["results"][0]
    assert row["markers"] == [{"bar": 1, "marker": "Verse"}, {"bar": 3, "marker": "Chorus"}]


def test_the_tempo_of_compound_meters_says_which_beats_it_counts(call: Call, song: Path) -> None:
    in_six = b"\x00\xff\x51\x03\x0a\xe6\x10" + b"\x00\xff\x58\x04\x06\x03\x24\x08"  # 84 quarters a minute
    song.write_bytes(smf(chunk(in_six + END), piano(4)))
    assert "  tempo    84 bpm, in quarters (56 dotted beats a minute)\n" in call("info", song).stdout
    assert document(call("info", song, "--json"))["results"][0]["beat_quarters"] == 1.5


def test_song_without_notes(call: Call, song: Path) -> None:
    song.write_bytes(smf(conductor()))
    result = call("info", song)
    assert result.exit_code == 0
    assert "0 bars, 0:00" in result.stdout and "key      unknown (the file says nothing)" in result.stdout


def test_only_drums_have_no_key(call: Call, song: Path) -> None:
    song.write_bytes(smf(encode_track("kit", 0, 9, [(0, TICKS, 36, 100)])))
    assert "unknown" in call("info", song).stdout


def test_one_bad_song_among_good_ones(call: Call, song: Path) -> None:
    Path("bad.mid").write_bytes(b"RIFF....WAVEfmt ")
    result = call("info", ".")
    assert result.exit_code == 3 and "night.mid: format 1" in result.stdout
    assert (
        result.stderr.startswith("msub: error: bad.mid: is damaged or truncated: ") and result.stderr.count("\n") == 1
    )
    assert call("info", "bad.mid").exit_code == 1


def test_models_of_the_package(call: Call, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("msub.info.weights", lambda kind: folder / kind.value)
    assert call("models").exit_code == 1
    for name, said in (("MIDI/default", {}), ("MIDI/own", {"stems": ["bass", "lead"], "about": "of my songs"})):
        index = folder / name / "model_index.json"
        index.parent.mkdir(parents=True)
        index.write_text(json.dumps(said))
    (folder / "MIDI/default/model.safetensors").write_bytes(bytes(1_500_000))
    result = call("models")
    assert result.exit_code == 0
    default, own = result.stdout.splitlines()
    assert default == f"default (MIDI): 1.5 MB in {folder / 'MIDI/default'}"
    assert own.startswith("own (MIDI): writes bass, lead; of my songs; 0.0 MB in ")


def test_models_of_both_backends_are_listed(call: Call) -> None:
    result = call("models")
    assert result.exit_code == 0
    for begins in ("default (MIDI): writes ", "default (audio): writes drums, bass, guitar; "):
        assert any(line.startswith(begins) for line in result.stdout.splitlines())

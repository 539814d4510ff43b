"""`msub insert`: what is written where, and what is said about it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pretty_midi
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import parse_smf
from subtract_core.stems import Stem
from tests.cli.conftest import Call
from tests.cli.material import TICKS, bass, chunk, conductor, document, files, marked, piano, smf, song_bytes
from tests.midi.performances import band, beats_of, data


def test_song_gets_its_part_beside_it(insert: Call, song: Path, folder: Path) -> None:
    before = song.read_bytes()
    result = insert(song, "--seed", 7)
    assert result.exit_code == 0
    line = r"night\.mid: bass, [\d,]+ notes? in 8 bars -> night\.bass\.mid \(seed 7, \d+\.\d s\)\n"
    assert re.fullmatch(line, result.stdout)
    assert files(folder) == {"night.mid", "night.bass.mid"}
    after = Path("night.bass.mid").read_bytes()
    assert song.read_bytes() == before and after[14:].startswith(before[14:])
    assert read_song(after).stem(Stem.BASS).pitch.size > 0


def test_same_seed_gives_the_same_bytes_and_another_one_does_not(insert: Call, song: Path) -> None:
    for name, seed in (("a.mid", 7), ("b.mid", 7), ("c.mid", 8)):
        assert insert(song, "--seed", seed, "-o", name).exit_code == 0
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes() != Path("c.mid").read_bytes()


def test_drawn_seed_is_said_and_gives_the_part_again(insert: Call, song: Path) -> None:
    drawn = re.search(r"seed (\d+)", insert(song, "-o", "a.mid").stdout)
    assert drawn
    insert(song, "-o", "b.mid", "--seed", drawn[1])
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()


def test_variations_are_numbered_and_take_the_next_seeds(insert: Call, song: Path, folder: Path) -> None:
    result = insert(song, "-n", 3, "--seed", 5)
    assert files(folder) == {"night.mid", *(f"night.bass.{i}.mid" for i in (1, 2, 3))}
    assert re.findall(r"seed (\d+)", result.stdout) == ["5", "6", "7"]
    assert insert(song, "--seed", 6, "-o", "again.mid").exit_code == 0
    assert Path("again.mid").read_bytes() == Path("night.bass.2.mid").read_bytes()


def test_variations_of_a_named_file_are_numbered_before_its_suffix(insert: Call, song: Path, folder: Path) -> None:
    assert insert(song, "-n", 2, "-o", "try.mid", "--stem-out", "alone.mid").exit_code == 0
    assert files(folder) == {"night.mid", "try.1.mid", "try.2.mid", "alone.1.mid", "alone.2.mid"}


def test_stem_is_another_name_of_instrument_and_case_does_not_matter(call: Call, model: str, song: Path) -> None:
    assert call("insert", song, "--model", model, "--stem", "Drums").exit_code == 0
    assert Path("night.drums.mid").exists()


def test_part_alone_goes_into_a_folder_that_is_made(insert: Call, song: Path, folder: Path) -> None:
    result = insert(song, "--stem-out", "parts/")
    assert result.exit_code == 0 and "-> night.bass.mid, parts/night.bass.stem.mid (" in result.stdout
    assert files(folder) == {"night.mid", "night.bass.mid", "parts", "parts/night.bass.stem.mid"}
    assert set(read_song(Path("parts/night.bass.stem.mid").read_bytes()).stems) == {Stem.BASS}


def test_options_reach_the_inserter(insert: Call, song: Path) -> None:
    options = ("--program", 38, "--steps", 1, "--context-scale", 2, "--text-scale", 3, "--json")
    row = document(insert(song, *options, "--prompt", "make it nice"))["results"][0]
    assert row["program"] == 38
    assert any("nothing in the prompt is known of bass" in warning for warning in row["warnings"])


def test_explain_says_a_line_a_fact_what_was_asked_and_what_came(insert: Call, song: Path) -> None:
    result = insert(song, "--seed", 4, "--density", "very busy", "--prompt", "play softly", "--explain")
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()[1:]}
    assert rows["fact"] == ["asked", "measured", "fulfilled"]
    assert rows["density"][:2] == ["very", "busy"] and rows["density"][-1] in ("yes", "no")
    assert rows["loudness"][0] in ("soft", "very") and rows["register"][0] == "-"


def test_control_out_of_its_domain_is_named(insert: Call, song: Path) -> None:
    result = insert(song, "--density", "crowded")
    assert result.exit_code == 2 and "--density: 'crowded' is not valid; choose one of very sparse" in result.stderr
    assert "or a number from 0 to 48" in result.stderr and not Path("night.bass.mid").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--density", "49"], "--density: '49' is not valid"),
        (["--style", "polka"], "--style: 'polka' is not known"),
        (["--seed", str(2**63)], f"--seed: {2**63} is out of range; choose 0 to 2**63 - 1"),
        (["--seed", str(2**63 - 2), "-n", "3"], f"--seed: {2**63 - 2} is out of range; choose 0 to 2**63 - 3"),
        (["--best-of", "101"], "--best-of"),
    ],
)
def test_wrong_values_are_told_once_before_the_model_is_loaded(
    call: Call, song: Path, options: list[str], message: str
) -> None:
    Path("day.mid").write_bytes(song.read_bytes())
    result = call("insert", ".", "--instrument", "bass", "--model", "nowhere", *options)
    assert result.exit_code == 2 and result.stderr.count("\n") == 1 and message in result.stderr


def test_last_seed_of_all_is_a_seed(insert: Call, song: Path) -> None:
    assert insert(song, "--seed", 2**63 - 2, "-n", 2).exit_code == 0


def test_explain_of_a_silent_part_says_what_was_understood(
    insert: Call, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from midi_subtract.drawing import Drawing
    from midi_subtract.notes import Notes

    monkeypatch.setattr(Drawing, "part", lambda *_: Notes.merge([]))
    result = insert(song, "--density", "busy", "--prompt", "slap bass", "--explain")
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    assert ["density", "busy", "cannot", "be", "measured", "no"] in rows
    assert any(row[1:] == ["slap", "cannot", "be", "measured", "no"] for row in rows), rows


@pytest.mark.parametrize("option", ["-o", "--stem-out"])
@pytest.mark.parametrize("name", ["x.wav", "x.MP3"])
def test_notes_are_not_written_under_a_name_of_sound(
    insert: Call, song: Path, folder: Path, option: str, name: str
) -> None:
    result = insert(song, option, name)
    assert result.exit_code == 2 and files(folder) == {"night.mid"}
    assert f"{name} is a name of sound, and night.mid is MIDI; choose one that ends in .mid" in result.stderr
    assert "--listen" in result.stderr


def test_longest_name_that_a_folder_takes_is_written(insert: Call, song: Path) -> None:
    name = "x" * 251 + ".mid"
    assert insert(song, "-o", name).exit_code == 0 and Path(name).exists()


def test_replace_removes_the_old_part_and_says_so(insert: Call, song: Path) -> None:
    song.write_bytes(smf(conductor(), piano(), bass()))
    kept = insert(song, "-o", "kept.mid")
    assert "already has a bass part" in kept.stderr and kept.stderr.startswith("msub: warning: night.mid: ")
    replaced = insert(song, "-o", "replaced.mid", "--replace")
    assert "32 notes removed" in replaced.stdout and "already has" not in replaced.stderr


def test_warning_is_said_once_for_all_variations(insert: Call, song: Path) -> None:
    song.write_bytes(smf(conductor(), piano(), bass()))
    assert insert(song, "-n", 3).stderr.count("already has a bass part") == 1


def test_overwrite_writes_over_what_is_there(insert: Call, song: Path) -> None:
    Path("night.bass.mid").write_bytes(b"precious")
    assert insert(song, "--overwrite").exit_code == 0
    assert parse_smf(Path("night.bass.mid").read_bytes(), "x").tracks


def test_quiet_says_nothing(insert: Call, song: Path) -> None:
    song.write_bytes(smf(conductor(), piano(), bass()))
    result = insert(song, "-q")
    assert (result.exit_code, result.output) == (0, "")


def test_json_is_one_document_of_results(insert: Call, song: Path) -> None:
    rows = document(insert(song, "absent.mid", "--json", "-n", 2, "--seed", 3))["results"]
    failed = next(row for row in rows if row["error"])
    assert failed["song"] == "absent.mid" and "no such file" in failed["error"] and failed["out"] is None
    done = [row for row in rows if not row["error"]]
    assert [row["seed"] for row in done] == [3, 4]
    assert [row["out"] for row in done] == ["night.bass.1.mid", "night.bass.2.mid"]
    assert {"song", "instrument", "program", "channel", "notes", "bars", "removed_notes", "seconds", "warnings"} <= set(
        done[0]
    )
    assert done[0]["stem_out"] is None and done[0]["plot"] is None


def test_json_names_what_ended_the_program(call: Call, song: Path) -> None:
    result = call("insert", song, "--instrument", "bass", "--model", ".", "--json")
    assert result.exit_code == 1
    assert "model_index.json: no such file" in document(result)["error"] and document(result)["results"] == []


def test_plot_is_a_picture(insert: Call, song: Path) -> None:
    pytest.importorskip("matplotlib")
    result = insert(song, "--plot", "roll.png")
    assert result.exit_code == 0 and "-> night.bass.mid, roll.png (" in result.stdout
    assert Path("roll.png").read_bytes().startswith(b"\x89PNG")


def test_plot_without_matplotlib_is_said_before_the_model_is_loaded(
    call: Call, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = call("insert", song, "--instrument", "bass", "--plot", "x.png", "--model", "nowhere")
    assert result.exit_code == 1 and "pip install 'msub[plot]'" in result.stderr


def test_names_that_hold_control_characters_stay_in_one_line(insert: Call, folder: Path) -> None:
    Path("a\n\x1b[31mb.mid").write_bytes(song_bytes())
    result = insert("a\n\x1b[31mb.mid")
    assert result.exit_code == 0
    assert result.stdout.count("\n") == 1 and "\x1b" not in result.stdout and "a\\n\\x1b[31mb.mid" in result.stdout


def test_other_suffixes(insert: Call, folder: Path) -> None:
    for name in ("sing.kar", "noname", "my.song", "LOUD.MID"):
        Path(name).write_bytes(song_bytes(2))
        assert insert(name).exit_code == 0
    assert files(folder) >= {"sing.bass.kar", "noname.bass.mid", "my.song.bass.mid", "LOUD.bass.MID"}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(smf(conductor(), piano()) + b"rubbish", id="extra bytes"),
        pytest.param(smf(conductor(), piano())[:-4], id="no end of track"),
        pytest.param(smf(conductor(), chunk(b"\x00\x90\x3c\x40\x60\x80\x3c\x40")), id="no end of track, true length"),
    ],
)
def test_files_that_players_accept_are_accepted(insert: Call, song: Path, content: bytes) -> None:
    song.write_bytes(content)
    result = insert(song)
    assert result.exit_code == 0 and "msub: warning: night.mid: " in result.stderr


def test_a_real_song_through_the_installed_program(model: str, song: Path) -> None:
    import subprocess
    import sys

    program = [sys.executable, "-c", "from msub.app import main; main()"]
    command = [*program, "insert", str(song), "--instrument", "bass", "--model", model, "--seed", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["results"][0]["out"] == "night.bass.mid"


def test_sections_are_asked_for_bar_by_bar(insert: Call, song: Path) -> None:
    result = insert(song, "--prompt", "play softly", "--section", "2: play very loud", "--explain", "--seed", 4)
    assert result.exit_code == 0
    rows = [line.split() for line in result.stdout.splitlines()[1:]]
    assert rows[0] == ["bars", "fact", "asked", "measured", "fulfilled"]
    assert {row[0].split("-")[0] for row in rows[1:]} == {"1", "2"}
    result = insert(song, "--section", "2-3: play very loud", "--explain", "--seed", 4, "--overwrite")
    assert {line.split()[0] for line in result.stdout.splitlines()[2:]} == {"1-1", "2-3", "4-8"}


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (["1:5 busy"], "--section: '1:5 busy' is not valid; give a bar number (of audio minutes"),
        (["busier"], "--section: 'busier' is not valid; give a bar number (of audio minutes"),
        (["0: busier"], "'0: busier' is not valid"),
        (["3:"], "'3:' is not valid"),
        (["3: busy", "3: sparse"], "two begin with 3"),
        (["Chorus: busy", "chorus: sparse"], "two begin with chorus"),
        (["Chorus:"], "'Chorus:' is not valid"),
        (["0:45: busy", "0:45: sparse"], "two begin with 0:45"),
        (["0:45: busy"], "--section by time: is for audio, and night.mid is MIDI"),
        (["1:00:45: busy"], "--section by time: is for audio, and night.mid is MIDI"),
        (["1:00:45: busy", "60:45: sparse"], "two begin with 60:45"),
        (["0:00:02 busy"], "'0:00:02 busy' is not valid"),
        (["1:99: busy"], "'1:99: busy' is not valid"),
        (["1:75:30: busy"], "'1:75:30: busy' is not valid"),
        (["17:16 busy"], "'17:16 busy' is not valid"),
    ],
)
def test_sections_that_cannot_be_read_are_named(insert: Call, song: Path, sections: list[str], message: str) -> None:
    options = [word for text in sections for word in ("--section", text)]
    result = insert(song, *options)
    assert result.exit_code == 2 and message in result.stderr and not Path("night.bass.mid").exists()


def test_sections_are_asked_for_by_the_names_of_markers(insert: Call, song: Path) -> None:
    bar = 4 * TICKS
    song.write_bytes(smf(conductor(), marked([(0, "Verse"), (2 * bar, "Chorus"), (4 * bar, "Outro")]), piano()))
    result = insert(song, "--section", "chorus: play very loud", "--explain", "--seed", 4)
    assert result.exit_code == 0, result.stderr
    assert {line.split()[0] for line in result.stdout.splitlines()[2:]} == {"1-2", "3-4", "5-8"}
    wrong = insert(song, "--section", "Bridge: busy", "--overwrite")
    assert wrong.exit_code == 1 and "night.mid has no marker 'Bridge'; choose Verse, Chorus, Outro" in wrong.stderr


def test_section_beyond_the_song_is_named(insert: Call, song: Path) -> None:
    result = insert(song, "--section", "900: busy")
    assert result.exit_code == 1 and "sections: bar 900 is not in the song" in result.stderr


def test_bars_can_be_written_alone(insert: Call, song: Path) -> None:
    result = insert(song, "--only", "2-3", "--only", "6-", "--only", "5", "--json", "--seed", 4)
    row = document(result)["results"][0]
    assert row["only"] == [[2, 3], [5, 8]] and row["bars"] == 8
    part = pretty_midi.PrettyMIDI("night.bass.mid").instruments[-1]
    bars = {int(note.start // 2) + 1 for note in part.notes}  # of two seconds
    assert bars and bars <= {2, 3, 5, 6, 7, 8}
    assert "in 6 bars" in insert(song, "--only", "2-3", "--only", "5-", "--overwrite").stdout


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("x", "--only: 'x' is not valid; give a first and a last bar (of audio, minutes and seconds)"),
        ("-4", "--only: '-4' is not valid"),
        ("3-x", "--only: '3-x' is not valid"),
        ("0:04", "--only: '0:04' is not valid"),
        ("0:04-8", "--only: '0:04-8' is not valid"),
        ("0:04-0:08", "--only by time: is for audio, and night.mid is MIDI"),
        ("0:04-", "--only by time: is for audio"),
    ],
)
def test_bars_that_cannot_be_read_are_named(insert: Call, song: Path, only: str, message: str) -> None:
    result = insert(song, f"--only={only}")
    assert result.exit_code == 2 and message in result.stderr and not Path("night.bass.mid").exists()


def test_chords_to_go_by_are_reported_and_those_that_cannot_be_played_refused(insert: Call, song: Path) -> None:
    result = insert(song, "--chords", "Am | F  G", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["results"][0]["chords"] == "Am | F G"
    wrong = insert(song, "--chords", "Am H7", "--overwrite")
    assert wrong.exit_code == 2 and "--chords: 'H7' is not known; give chords such as" in wrong.stderr
    drums = insert(song, "--chords", "Am", instrument="drums")
    assert drums.exit_code == 2 and "--chords: drums play none" in drums.stderr


def test_afresh_goes_with_bars_alone(insert: Call, song: Path) -> None:
    result = insert(song, "--afresh")
    assert result.exit_code == 2 and "--afresh: says how the bars of --only are written" in result.stderr
    assert insert(song, "--afresh", "--only", "2-3").exit_code == 0


def test_bars_beyond_the_song_are_named(insert: Call, song: Path) -> None:
    result = insert(song, "--only", "5-90")
    assert result.exit_code == 1 and "only: bars 5-90 are not in the song; night.mid has bars 1 to 8" in result.stderr


def test_beats_of_a_performance_are_heard_unless_the_files_are_asked_for(insert: Call, song: Path) -> None:
    song.write_bytes(data(band(beats_of(97))))
    heard = document(insert(song, "--json", "-o", "a.mid", "--plot", "a.png"))["results"][0]
    counted = insert(song, "--json", "-o", "b.mid", "--beats", "file")
    assert heard["beats"] == "heard" and "heard in the notes" in heard["warnings"][0]
    assert document(counted)["results"][0]["beats"] == "file" and "heard in" not in counted.stderr
    assert Path("a.png").exists()


def test_bars_begin_on_the_beat_that_is_given(insert: Call, song: Path, folder: Path) -> None:
    result = insert(song, "--only", "1", "--first-beat", 3, "--json", "--plot", "roll.png")
    row = document(result)["results"][0]
    assert row["only"] == [[1, 1]] and Path("roll.png").exists()
    smf = pretty_midi.PrettyMIDI(row["out"])
    starts = [note.start for note in smf.instruments[-1].notes]
    assert max(starts) < smf.get_beats()[2], "bar 1 is the two beats before the first whole one"
    wrong = insert(song, "--first-beat", 6, "-o", "other.mid")
    assert wrong.exit_code == 1 and "first_beat: 6 is none of" in wrong.stderr and "other.mid" not in files(folder)

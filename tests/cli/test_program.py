"""How the program starts and ends: help, usage errors, surprises, interruptions."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NoReturn

import pytest

from tests.cli.conftest import Call
from tests.cli.material import files

MSUB = [sys.executable, "-c", "from msub.app import main; main()"]


def test_help_is_fast_and_loads_nothing_slow() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*MSUB, "--help"], capture_output=True, text=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0 and "insert" in done.stdout
    # Processor time: a machine that is busy with training makes no difference.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
    loaded = "import sys, msub.app; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True).stdout.split()
    assert not {"torch", "diffusers", "muspy", "miditok", "numpy", "rich"} & set(modules)


@pytest.mark.parametrize("command", [[], ["insert"], ["info"], ["prepare"], ["prepare", "midi"], ["train"], ["models"]])
def test_every_command_has_help(call: Call, command: list[str]) -> None:
    result = call(*command, "--help")
    assert result.exit_code == 0 and result.stdout.startswith("Usage: msub ")


def test_nothing_asked_for(call: Call) -> None:
    result = call()
    assert result.exit_code == 2 and "Commands:" in result.stdout


def test_version(call: Call) -> None:
    try:
        expected = version("msub")
    except PackageNotFoundError:
        pytest.skip("msub is not installed")
    assert call("--version").stdout == f"msub {expected}\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["insrt"], "insrt"),
        (["insert"], "SONGS"),
        (["insert", "a.mid"], "--instrument"),
        (["insert", "a.mid", "--instrument", "kazoo"], "kazoo"),
        (["insert", "a.mid", "--instrument", "bass", "--device", "toaster"], "toaster"),
        (["insert", "a.mid", "--instrument", "bass", "--seed", "-1"], "--seed"),
        (["insert", "a.mid", "--instrument", "bass", "--seed", "x"], "--seed"),
        (["insert", "a.mid", "--instrument", "bass", "-n", "0"], "--variations"),
        (["insert", "a.mid", "--instrument", "bass", "--steps", "0"], "--steps"),
        (["insert", "a.mid", "--instrument", "bass", "--program", "128"], "--program"),
        (["insert", "a.mid", "--instrument", "bass", "--text-scale", "-1"], "--text-scale"),
        (["insert", "a.mid", "--instrument", "bass", "--volume", "3"], "--volume"),
        (["insert", "a.mid", "--instrument", "bass", "--plot", "x.gif"], "--plot"),
        (["insert", "a.mid", "--instrument", "bass", "--listen", "x.mid"], "--listen: x.mid: .mid cannot be written"),
        (["insert", "a.mid", "--instrument", "bass", "--soundfont", "x.sf2"], "--soundfont"),
        (["insert", "a.mid", "--instrument", "bass", "-o", ""], "--out"),
        (["prepare"], "command"),
        (["prepare", "midi", "a"], "--out"),
        (["train"], "CONFIG"),
    ],
)
def test_usage_errors(call: Call, folder: Path, arguments: list[str], reason: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("msub: error: ") and result.stderr.count("\n") == 1 and reason in result.stderr


def test_usage_errors_are_documents_with_json(call: Call, folder: Path) -> None:
    result = call("insert", "a.mid", "--json")
    assert result.exit_code == 2 and result.stderr.startswith("msub: error: ")
    assert json.loads(result.stdout) == {"results": [], "error": result.stderr.removeprefix("msub: error: ").rstrip()}


def test_choices_are_the_ones_that_exist() -> None:
    from midi_subtract.pipeline import BUNDLED, DEFAULT_MODEL
    from msub.backends import Kind
    from msub.info import weights
    from msub.insert import MODEL, Device
    from subtract_core.device import DEVICES

    assert tuple(device.value for device in Device) == DEVICES
    assert weights(Kind.MIDI) == BUNDLED and MODEL == DEFAULT_MODEL


def test_surprise_is_one_line_with_a_hint(call: Call, song: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> NoReturn:
        raise ZeroDivisionError("something\nnobody thought of")

    monkeypatch.setattr("msub.insert.check_song", fail)
    result = call("insert", song, "--instrument", "bass")
    expected = "night.mid: ZeroDivisionError: something nobody thought of (unexpected; -v shows where)"
    assert (result.exit_code, result.stderr) == (1, f"msub: error: {expected}\n")


def test_verbose_shows_where_a_surprise_happened(song: Path) -> None:
    code = "import msub.insert as i; i.make_plan = None; from msub.app import main; main()"
    arguments = ["insert", str(song), "--instrument", "bass"]
    done = subprocess.run([sys.executable, "-c", code, *arguments, "-v"], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr and "msub: error: TypeError: " in done.stderr


def test_interruption(song: Path, folder: Path) -> None:
    code = (
        "import signal, time, msub.insert as i\n"
        # A shell that starts the tests in its background has them ignore the signal, and children inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "i.check_song = lambda path: (print('ready', flush=True), time.sleep(60))\n"
        "from msub.app import main; main()"
    )
    arguments = ["insert", str(song), "--instrument", "bass"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, "msub: error: interrupted\n")
    assert files(folder) == {"night.mid"}


def test_interruption_while_a_part_is_written(
    insert: Call, song: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    assert insert(song).exit_code == 130
    monkeypatch.undo()
    assert files(folder) == {"night.mid"}


@pytest.mark.parametrize("arguments", [["info", "night.mid"], ["info", "night.mid", "--json"], ["--help"]])
@pytest.mark.parametrize(("target", "complaint"), [("pipe", ""), ("/dev/full", "msub: error: standard output: ")])
def test_output_that_goes_nowhere(song: Path, arguments: list[str], target: str, complaint: str) -> None:
    if target == "pipe":
        reader, writer = os.pipe()
        os.close(reader)
    else:
        writer = os.open(target, os.O_WRONLY)
    done = subprocess.run([*MSUB, *arguments], stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60)
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr.startswith(complaint) and done.stderr.count("\n") == bool(complaint)

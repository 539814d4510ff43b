"""How the program starts and ends: help, usage errors, surprises, interruptions."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest
import typer

from msub.output import Output
from subtract_core.version import VERSION
from tests.cli.conftest import Call
from tests.cli.material import files, song_bytes

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
    import audio_subtract
    import midi_subtract
    import msub

    assert call("--version").stdout == f"msub {VERSION}\n"
    assert {package.__version__ for package in (msub, midi_subtract, audio_subtract)} == {VERSION}
    started = subprocess.run([sys.executable, "-m", "msub", "--version"], capture_output=True, text=True, timeout=60)
    assert started.stdout == f"msub {VERSION}\n"


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
        (["insert", "a.mid", "--instrument", "bass", "-n", "1001"], "less than or equal to 1000"),
        (["insert", "a.mid", "--instrument", "bass", "--tries", "101"], "less than or equal to 100"),
        (["insert", "a.mid", "--instrument", "bass", "--steps", "0"], "--steps"),
        (["insert", "a.mid", "--instrument", "bass", "--program", "128"], "--program"),
        (["insert", "a.mid", "--instrument", "bass", "--text-scale", "-1"], "--text-scale"),
        (["insert", "a.mid", "--instrument", "bass", "--volume", "3"], "--volume"),
        (["insert", "a.mid", "--instrument", "bass", "--plot", "x.gif"], "--plot"),
        (["insert", "a.mid", "--instrument", "bass", "--listen", "x.mid"], "--listen: x.mid: .mid cannot be written"),
        (["insert", "a.mid", "--instrument", "bass", "--soundfont", "x.sf2"], "--soundfont"),
        (["insert", "a.mid", "--instrument", "bass", "-o", ""], "--out"),
        (["insert", "a.mid", "--instrument", "bass", "-o", "-"], "--out: - (standard output) is not written to"),
        (["insert", "-", "--instrument", "bass"], "SONGS: - (standard input) is not read"),
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
    error = result.stderr.removeprefix("msub: error: ").rstrip()
    assert json.loads(result.stdout) == {"msub": VERSION, "results": [], "error": error}


def test_complaints_quote_the_beginning_of_long_arguments(call: Call, folder: Path) -> None:
    for option in (
        ["--seed", "9" * 1000],
        ["--seed=" + "9" * 1000],
        ["--" + "x" * 1000],
        ["--only", "9" * 1000 + "-x"],
    ):
        result = call("insert", "a.mid", "--instrument", "bass", *option)
        assert result.exit_code == 2 and len(result.stderr) < 250


def test_choices_are_the_ones_that_exist() -> None:
    from midi_subtract.model.pipeline import BUNDLED, DEFAULT_MODEL
    from msub.backends import Kind
    from msub.info import weights
    from msub.insert import MODEL, Device
    from subtract_core.model.device import DEVICES

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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interruption(song: Path, folder: Path, number: signal.Signals) -> None:
    code = (
        "import signal, time, msub.insert as i\n"
        # A shell that starts the tests in its background has them ignore the signal, and children inherit that.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "i.check_song = lambda path: (print('ready', flush=True), time.sleep(60))\n"
        "from msub.app import main; main()"
    )
    arguments = ["insert", str(song), "--instrument", "bass"]
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (128 + number, "msub: error: interrupted\n")
    assert files(folder) == {"night.mid"}


@pytest.mark.parametrize(("handler", "code"), [("default_int_handler", -signal.SIGINT), ("SIG_IGN", 0)])
def test_interruption_while_the_program_loads(handler: str, code: int) -> None:
    program = (
        f"import signal, sys, time; signal.signal(signal.SIGINT, signal.{handler})\n"
        "class Slow:\n"
        "    def find_spec(self, name, *where):\n"
        "        if name == 'msub.app': print('ready', flush=True), time.sleep(1)\n"
        "sys.meta_path.insert(0, Slow())\n"
        "from msub.__main__ import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "--version"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (code, "")


def test_workers_end_by_the_signal_that_interrupts_the_program() -> None:
    with pytest.raises(typer.Exit) as ended, Output(quiet=True).guarded():
        reader, writer = os.pipe()
        worker = os.fork()
        if not worker:
            os.write(writer, b"ready")
            time.sleep(20)
            os._exit(0)
        assert os.read(reader, 5) == b"ready"
        os.kill(worker, signal.SIGTERM)
        assert os.WTERMSIG(os.waitpid(worker, 0)[1]) == signal.SIGTERM
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.exit_code == 143 and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signals_that_are_ignored_stay_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Output().guarded():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_document_of_an_interrupted_run_says_how_far_it_came(
    insert: Call, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, written = os.link, []

    def interrupt_the_second(source: Path, target: Path) -> None:
        written.append(target)
        if len(written) == 2:
            signal.raise_signal(signal.SIGTERM)
        whole(source, target)

    monkeypatch.setattr(os, "link", interrupt_the_second)
    result = insert(song, "-n", 3, "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 143 and said["error"] == "interrupted"
    assert [row["out"] for row in said["results"]] == ["night.bass.1.mid", None]
    assert [row["error"] for row in said["results"]] == [None, "interrupted"]
    assert Path("night.bass.1.mid").exists() and not Path("night.bass.2.mid").exists()


def test_interruption_while_a_part_is_written(
    insert: Call, song: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "link", interrupt)
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


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams(song: Path, closed: str) -> None:
    # What libraries complain of has the number of the stream, whatever Python makes of that.
    code = "import os; import msub.insert as i; i.load_backend = None\nfrom msub.app import main; main()"
    nowhere = "import os, msub.info as i; i._facts = lambda path: (os.write(2, b'noise'), open(path, 'ab').close())"
    for said, command in ((nowhere, "info"), (code, "insert --instrument bass")):
        line = f'exec "$0" -c "$1" {command} night.mid {closed}'
        script = said if "main()" in said else f"{said}; from msub.app import main; main()"
        done = subprocess.run(["sh", "-c", line, sys.executable, script], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "AttributeError" not in done.stdout + done.stderr
    assert song.read_bytes() == song_bytes()

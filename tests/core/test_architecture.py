"""Imports go one way: cli -> midi_subtract | audio_subtract -> subtract_core."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from subtract_core import errors

ROOT = Path(__file__).parents[2]
MAY_IMPORT = {
    "subtract_core": set(),
    "midi_subtract": {"subtract_core"},
    "audio_subtract": {"subtract_core"},
    "cli": {"midi_subtract", "audio_subtract", "subtract_core"},
}
OURS = {"subtract_core", "midi_subtract", "audio_subtract", "msub"}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        assert _imports(path) & OURS <= MAY_IMPORT[package] | {package}, path


def test_the_core_knows_neither_midi_nor_audio_libraries() -> None:
    foreign = {"pretty_midi", "symusic", "muspy", "miditok", "mido", "soundfile", "librosa"}
    for path in (ROOT / "subtract_core").rglob("*.py"):
        assert not _imports(path) & foreign, path


@pytest.mark.parametrize(("package", "name"), [("midi_subtract", "MidiInserter"), ("audio_subtract", "AudioInserter")])
def test_backends_show_what_they_are_used_by(package: str, name: str) -> None:
    backend = importlib.import_module(package)
    assert {name, "InsertResult", "InputError", "MsubError"} <= set(dir(backend))
    assert backend.InputError is errors.InputError and backend.MsubError is errors.MsubError


def test_the_wheel_has_every_package() -> None:
    listed = re.search(r"^packages = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S)
    assert listed
    packages = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for backend in ("subtract_core", "midi_subtract", "audio_subtract")
        for path in (ROOT / backend).rglob("__init__.py")
    }
    assert packages <= set(re.findall(r'"([\w.]+)"', listed[1]))


ROOMS = {
    "subtract_core": ("model", "training", "evaluation"),
    "midi_subtract": ("files", "listening", "model", "words", "playing", "training", "evaluation"),
    "audio_subtract": ("files", "listening", "model", "playing", "rendering", "training", "evaluation"),
}


@pytest.mark.parametrize("package", ROOMS)
def test_what_inserts_needs_nothing_that_trains_and_measures(package: str) -> None:
    behind = {f"{package}.training", f"{package}.evaluation"}
    for room in ("", *ROOMS[package]):
        if room in ("training", "evaluation"):
            continue
        for path in (ROOT / package / room).glob("*.py"):
            imported = re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(), re.M)  # those at the top
            assert not {".".join(name.split(".")[:2]) for name in imported} & behind, path


LAYERS = ("listening", "files", "model", "words", "playing")
"""Rooms of the MIDI backend, each of which knows nothing of those behind it."""


@pytest.mark.parametrize("room", LAYERS)
def test_rooms_know_nothing_of_those_behind_them(room: str) -> None:
    behind = {f"midi_subtract.{other}" for other in LAYERS[LAYERS.index(room) + 1 :]}
    for path in (ROOT / "midi_subtract" / room).glob("*.py"):
        imported = re.findall(r"^\s*(?:from|import) ([\w.]+)", path.read_text(), re.M)
        assert not {".".join(name.split(".")[:2]) for name in imported} & behind, path

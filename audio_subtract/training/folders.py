"""Songs as folders of stems: MUSDB18(-HQ), Slakh2100, MoisesDB, or one folder a song and one file a stem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from audio_subtract.files.formats import SUFFIXES
from audio_subtract.files.reader import read_audio, read_streams
from audio_subtract.files.waveform import Waveform
from audio_subtract.listening.facts import tracked_facts
from audio_subtract.listening.loudness import SILENT, loudness
from audio_subtract.model.spectrogram import RATE, SpectrogramConfig, log_mel
from audio_subtract.training.store import Song, to_bytes
from subtract_core.errors import InputError
from subtract_core.files import files_below
from subtract_core.stem_names import in_words, stem_of_words
from subtract_core.stems import Stem

MEASURED = (Stem.DRUMS, Stem.BASS, Stem.GUITAR)
"""Stems whose facts are measured."""
_MIXES = re.compile(r"\b(mix|mixture|mixdown|master|all src)\b|^full$")
METADATA = "metadata.yaml"
"""Where a song of Slakh2100 says what its stems are."""
_SLAKH_NAME = re.compile(r"S\d+")
_MUSDB_STREAMS = {1: Stem.DRUMS, 2: Stem.BASS, 3: Stem.KEYS, 4: Stem.LEAD}  # of .stem.mp4; 0 is the mixture


@dataclass(frozen=True)
class StemFiles:
    """A song as files: its stems, each in one or several, which sound together. whole: a .stem.mp4 of MUSDB18.

    problem: why nobody can tell which stems its files hold; it has none then.
    """

    name: str
    files: dict[Stem, list[Path]]
    whole: Path | None = None
    problem: str = ""


@dataclass(frozen=True)
class FoundStems:
    """The songs below a folder, in a fixed order. unknown: file below it -> why nobody can tell what stem it holds."""

    songs: list[StemFiles]
    unknown: dict[str, str]


def find_stem_files(root: Path, stem: Stem | None = None) -> list[StemFiles]:
    """The songs of `find_stems`."""
    return find_stems(root, stem).songs


def find_stems(root: Path, stem: Stem | None = None) -> FoundStems:
    """What there is below `root`, links followed; `stem`: every file is a song of that stem alone, as loops are.

    Raises `InputError` where `root` is not there or holds no song.
    """
    if not root.exists():
        raise InputError(f"{root}: no such file or folder")
    files = sorted(p for p in ([root] if root.is_file() else files_below(root)) if p.suffix.lower() in SUFFIXES)
    files = [p for p in files if not p.name.startswith(".")]
    base = root.parent if root.is_file() else root
    if stem is not None:
        found = FoundStems([StemFiles(str(p.relative_to(base)), {stem: [p]}) for p in files], {})
    else:
        found = _grouped(root, files)
    if not found.songs:
        raise InputError(
            f"{root}: holds no songs as stems; folders like MUSDB18, Slakh2100, MoisesDB, or one folder a song with "
            "files such as drums.wav and bass.wav are needed"
        )
    return found


def _grouped(root: Path, files: list[Path]) -> FoundStems:
    base = root.parent if root.is_file() else root
    songs: list[StemFiles] = []
    unknown: dict[str, str] = {}
    together: dict[Path, list[Path]] = {}
    for path in files:
        if path.name.lower().endswith(".stem.mp4"):
            songs.append(StemFiles(str(path.relative_to(base)), {}, path))
        elif not _MIXES.search(in_words(path.stem)) or _is_told_elsewhere(path):
            together.setdefault(_song_of(path), []).append(path)
    for folder, paths in together.items():
        name = _name_of(folder, root)
        stems: dict[Stem, list[Path]] = {}
        try:
            told = _slakh_stems(folder, paths)
        except InputError as error:
            songs.append(StemFiles(name, {}, problem=f"{name}: {error}"))
            continue
        for path in paths:
            stem = _stem_of(path, told)
            if stem is None:
                unknown[str(path.relative_to(base))] = _why_unknown(path, told)
            else:
                stems.setdefault(stem, []).append(path)
        if stems:
            songs.append(StemFiles(name, stems))
    return FoundStems(songs, unknown)


def _name_of(song: Path, root: Path) -> str:
    """What the folder of a song is called below `root`, which may be that folder itself, or be in it."""
    return str(song.relative_to(root)) if root in song.parents else song.resolve().name


def _song_of(path: Path) -> Path:
    """The folder that is the song: that of the file, or in Slakh2100 and MoisesDB the one above."""
    folder = path.parent
    is_stem_folder = folder.name in ("stems", "MIDI") or (folder.parent / "data.json").is_file()
    return folder.parent if is_stem_folder else folder


def _is_told_elsewhere(path: Path) -> bool:
    """Whether what a file holds is said by other than its name: it may be called anything."""
    in_slakh = path.parent.name == "stems" and _SLAKH_NAME.fullmatch(path.stem) is not None
    return in_slakh or (path.parent.parent / "data.json").is_file()


def _stem_of(path: Path, told: Mapping[str, str]) -> Stem | None:
    """The stem that a file holds: MoisesDB says it in the folder, Slakh2100 in what is `told`, others in the name."""
    if (path.parent.parent / "data.json").is_file():
        return stem_of_words(path.parent.name)
    return stem_of_words(told.get(path.stem, path.stem) if path.parent.name == "stems" else path.stem)


def _why_unknown(path: Path, told: Mapping[str, str]) -> str:
    if path.stem in told:
        return f"{METADATA} calls it {told[path.stem]!r}, which is none of msub's stems"
    named = "folder" if (path.parent.parent / "data.json").is_file() else "name"
    return f"its {named} says no stem; call it after one, as drums.wav or bass.wav are"


def _slakh_stems(song: Path, paths: list[Path]) -> dict[str, str]:
    """File name without suffix -> instrument, as a song of Slakh2100 says it; empty for songs of other collections.

    Raises `InputError` where it says none though its files are called S00, S01 ...: nothing else tells them apart.
    """
    numbered = any(path.parent == song / "stems" and _SLAKH_NAME.fullmatch(path.stem) for path in paths)
    if not numbered and not (song / METADATA).is_file():
        return {}
    try:
        rows: dict[str, dict[str, Any]] = yaml.safe_load((song / METADATA).read_text(encoding="utf-8"))["stems"]
        called = {name: "drums" if row.get("is_drum") else row.get("inst_class", "") for name, row in rows.items()}
        return {str(name): str(instrument) for name, instrument in called.items()}
    except FileNotFoundError:
        raise InputError(f"{METADATA} is missing, which says what {paths[0].name} and the others are") from None
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        if not numbered:
            return {}
        raise InputError(f"{METADATA} is damaged, which says what {paths[0].name} and the others are") from None


def stem_sounds(song: StemFiles) -> dict[Stem, np.ndarray]:
    """A song's stems as sound, one channel at `RATE`, float32 [samples], all as long as the longest.

    Raises `InputError` for files that cannot be read or are truncated, for a stem would fall silent where nobody knows.
    """
    if song.problem:
        raise InputError(song.problem)
    sounds: dict[Stem, np.ndarray] = {}
    if song.whole is not None:
        streams = read_streams(song.whole)
        sounds = {stem: streams[i].heard(RATE) for i, stem in _MUSDB_STREAMS.items() if i < len(streams)}
    for stem, paths in song.files.items():
        sounds[stem] = _sum([_whole(path).heard(RATE) for path in paths])
    length = max((len(s) for s in sounds.values()), default=0)
    return {stem: np.pad(sound, (0, length - len(sound))) for stem, sound in sounds.items()}


def _whole(path: Path) -> Waveform:
    sound = read_audio(path)
    if sound.warnings:
        raise InputError(f"{path}: {sound.warnings[0]}")
    return sound


def read_stems(
    song: StemFiles, config: SpectrogramConfig, rng: np.random.Generator | None = None
) -> tuple[Song, dict[str, Any]]:
    """A song's stems as levels, as loud as they are, with facts heard in those that models are trained to write, and a
    row for the manifest; nothing is drawn from `rng`.

    Raises `InputError` for files that cannot be read, and where all stems are silent.
    """
    sounds = stem_sounds(song)
    levels = {stem: log_mel(torch.from_numpy(sound), config) for stem, sound in sounds.items()}
    levels = {stem: level for stem, level in levels.items() if loudness(level, config) > SILENT}
    if not levels:
        raise InputError(f"{song.name}: nothing in it sounds")
    length = max(len(s) for s in sounds.values())
    stems = {stem.value: {"files": [str(path) for path in song.files.get(stem, [song.whole])]} for stem in levels}
    silent = [stem.value for stem in sounds if stem not in levels]
    row = {
        "song": song.name,
        "seconds": round(length / RATE, 2),
        "stems": stems,
        **({"silent": silent} if silent else {}),
    }
    facts = tracked_facts({s: levels[s] for s in MEASURED if s in levels}, _sum(list(sounds.values())), config)
    parts = {stem: to_bytes(level) for stem, level in levels.items()}
    return Song(song.name, parts, np.zeros(0, dtype=np.float32), facts), row


def _sum(sounds: list[np.ndarray]) -> np.ndarray:
    total = np.zeros(max(len(s) for s in sounds), dtype=np.float32)
    for sound in sounds:
        total[: len(sound)] += sound
    return total

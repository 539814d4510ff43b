"""Songs as folders of stems: MUSDB18(-HQ), Slakh2100, MoisesDB, or one folder a song and one file a stem."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from audio_subtract.facts import tracked_facts
from audio_subtract.formats import SUFFIXES
from audio_subtract.loudness import SILENT, loudness
from audio_subtract.reader import read_audio, read_streams
from audio_subtract.spectrogram import RATE, SpectrogramConfig, log_mel
from audio_subtract.store import Song, to_bytes
from subtract_core.errors import InputError
from subtract_core.stem_names import in_words, stem_of_words
from subtract_core.stems import Stem

MEASURED = (Stem.DRUMS, Stem.BASS, Stem.GUITAR)
"""Stems whose facts are measured."""
_MIXES = re.compile(r"\b(mix|mixture|mixdown|master|all src)\b|^full$")
_MUSDB_STREAMS = {1: Stem.DRUMS, 2: Stem.BASS, 3: Stem.KEYS, 4: Stem.LEAD}  # of .stem.mp4; 0 is the mixture


@dataclass(frozen=True)
class StemFiles:
    """A song as files: its stems, each in one or several, which sound together. whole: a .stem.mp4 of MUSDB18."""

    name: str
    files: dict[Stem, list[Path]]
    whole: Path | None = None


def find_stem_files(root: Path, stem: Stem | None = None) -> list[StemFiles]:
    """The songs below `root`, in a fixed order; `stem`: every file is a song of that stem alone, as loops are.

    Raises `InputError` where `root` is not there or holds none.
    """
    if not root.exists():
        raise InputError(f"{root}: no such file or folder")
    files = sorted(p for p in ([root] if root.is_file() else root.rglob("*")) if p.suffix.lower() in SUFFIXES)
    files = [p for p in files if not p.name.startswith(".")]
    base = root.parent if root.is_file() else root
    if stem is not None:
        songs = [StemFiles(str(p.relative_to(base)), {stem: [p]}) for p in files]
    else:
        songs = list(_grouped(root, files))
    if not songs:
        raise InputError(
            f"{root}: holds no songs as stems; folders like MUSDB18, Slakh2100, MoisesDB, or one folder a song with "
            "files such as drums.wav and bass.wav are needed"
        )
    return songs


def _grouped(root: Path, files: list[Path]) -> Iterator[StemFiles]:
    songs: dict[Path, dict[Stem, list[Path]]] = {}
    for path in files:
        if path.name.lower().endswith(".stem.mp4"):
            yield StemFiles(str(path.relative_to(root)) if path != root else path.name, {}, path)
            continue
        song, stem = _song_of(path), _stem_of(path)
        if stem is not None:
            songs.setdefault(song, {}).setdefault(stem, []).append(path)
    for song, stems in songs.items():
        yield StemFiles(_name_of(song, root), stems)


def _name_of(song: Path, root: Path) -> str:
    """What the folder of a song is called below `root`, which may be that folder itself, or be in it."""
    return str(song.relative_to(root)) if root in song.parents else song.resolve().name


def _song_of(path: Path) -> Path:
    """The folder that is the song: that of the file, or in Slakh2100 and MoisesDB the one above."""
    folder = path.parent
    is_stem_folder = folder.name in ("stems", "MIDI") or (folder.parent / "data.json").is_file()
    return folder.parent if is_stem_folder else folder


def _stem_of(path: Path) -> Stem | None:
    """The stem that a file holds: Slakh2100 says it in metadata.yaml, MoisesDB in the folder, others in the name."""
    folder = path.parent
    if folder.name == "stems" and (folder.parent / "metadata.yaml").is_file():
        return _slakh_stem(folder.parent / "metadata.yaml", path.stem)
    if (folder.parent / "data.json").is_file():
        return stem_of_words(folder.name)
    return None if _MIXES.search(in_words(path.stem)) else stem_of_words(path.stem)


def _slakh_stem(metadata: Path, name: str) -> Stem | None:
    try:
        row: dict[str, Any] = yaml.safe_load(metadata.read_text())["stems"][name]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None
    if row.get("is_drum"):
        return Stem.DRUMS
    return stem_of_words(str(row.get("inst_class", "")))


def stem_sounds(song: StemFiles) -> dict[Stem, np.ndarray]:
    """A song's stems as sound, one channel at `RATE`, float32 [samples], all as long as the longest.

    Raises `InputError` for files that cannot be read.
    """
    sounds: dict[Stem, np.ndarray] = {}
    if song.whole is not None:
        streams = read_streams(song.whole)
        sounds = {stem: streams[i].heard(RATE) for i, stem in _MUSDB_STREAMS.items() if i < len(streams)}
    for stem, paths in song.files.items():
        sounds[stem] = _sum([read_audio(path).heard(RATE) for path in paths])
    length = max((len(s) for s in sounds.values()), default=0)
    return {stem: np.pad(sound, (0, length - len(sound))) for stem, sound in sounds.items()}


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
    row = {"song": song.name, "seconds": round(length / RATE, 2), "stems": {s.value: {} for s in levels}}
    facts = tracked_facts({s: levels[s] for s in MEASURED if s in levels}, _sum(list(sounds.values())), config)
    parts = {stem: to_bytes(level) for stem, level in levels.items()}
    return Song(song.name, parts, np.zeros(0, dtype=np.float32), facts), row


def _sum(sounds: list[np.ndarray]) -> np.ndarray:
    total = np.zeros(max(len(s) for s in sounds), dtype=np.float32)
    for sound in sounds:
        total[: len(sound)] += sound
    return total

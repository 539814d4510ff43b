"""The training set on disk: shards of songs as log-mel levels in bytes.

A shard holds, for all its songs one after another: levels uint8 [frames, mels] (0 is `FLOOR`, 255 `CEILING`), part
after part; part_song uint16, part_stem uint8 (index into STEMS), part_frames uint32; bar_song uint16, bar_time float32
(seconds); song_name, song_facts (JSON) and spectrogram (JSON of the `SpectrogramConfig`).
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from audio_subtract.listening.facts import FactSpan
from audio_subtract.model.spectrogram import CEILING, FLOOR, SpectrogramConfig, to_power
from subtract_core.config import from_dict
from subtract_core.errors import ConfigError, InputError
from subtract_core.facts import StemFacts
from subtract_core.files import read_json
from subtract_core.stems import STEMS, Stem


@dataclass(frozen=True)
class Song:
    """A song taken apart into levels.

    parts: uint8 [frames, mels] of every stem, all of one length. bars: float32 seconds of its bar lines, if known.
    facts: what was measured in its stems, span by span; empty where nobody has measured.
    """

    name: str
    parts: dict[Stem, np.ndarray]
    bars: np.ndarray
    facts: dict[Stem, list[FactSpan]] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        return max((len(p) for p in self.parts.values()), default=0)


def to_bytes(level: torch.Tensor) -> np.ndarray:
    """Levels in decibels as uint8, in steps of 0.39 dB."""
    scaled = (level - FLOOR) * (255 / (CEILING - FLOOR))
    return np.asarray(scaled.round().clamp(0, 255).to(torch.uint8).cpu().numpy())


def to_level(stored: np.ndarray) -> np.ndarray:
    """The inverse of `to_bytes`, float32 decibels."""
    return np.asarray(stored.astype(np.float32) * np.float32((CEILING - FLOOR) / 255) + np.float32(FLOOR))


def stored_power(stored: np.ndarray) -> np.ndarray:
    """The mean powers, float32, of levels as stored; a table, for it is asked for at every training step."""
    return np.asarray(_POWERS[stored])


_POWERS = to_power(torch.from_numpy(to_level(np.arange(256, dtype=np.uint8)))).numpy()


def pack_songs(songs: Sequence[Song], config: SpectrogramConfig) -> dict[str, np.ndarray]:
    """Flatten songs into the arrays of one shard."""
    parts = [(i, stem, levels) for i, song in enumerate(songs) for stem, levels in song.parts.items()]
    bars = [(i, float(time)) for i, song in enumerate(songs) for time in song.bars]
    empty = np.zeros((0, config.mels), dtype=np.uint8)
    return {
        "levels": np.concatenate([empty, *(levels for _, _, levels in parts)]),
        "part_song": np.array([i for i, _, _ in parts], dtype=np.uint16),
        "part_stem": np.array([stem.number for _, stem, _ in parts], dtype=np.uint8),
        "part_frames": np.array([len(levels) for _, _, levels in parts], dtype=np.uint32),
        "bar_song": np.array([i for i, _ in bars], dtype=np.uint16),
        "bar_time": np.array([time for _, time in bars], dtype=np.float32),
        "song_name": np.array([song.name for song in songs], dtype=np.str_),
        "song_facts": np.array([_facts_text(song) for song in songs], dtype=np.str_),
        "spectrogram": np.array(json.dumps(asdict(config))),
    }


def unpack_songs(arrays: dict[str, np.ndarray]) -> list[Song]:
    """The songs of one shard, in order."""
    parts: list[dict[Stem, np.ndarray]] = [{} for _ in arrays["song_name"]]
    at = 0
    for song, stem, frames in zip(arrays["part_song"], arrays["part_stem"], arrays["part_frames"], strict=True):
        parts[song][STEMS[stem]] = arrays["levels"][at : at + int(frames)]
        at += int(frames)
    return [
        Song(str(name), parts[i], arrays["bar_time"][arrays["bar_song"] == i], _facts(str(arrays["song_facts"][i])))
        for i, name in enumerate(arrays["song_name"])
    ]


def _facts_text(song: Song) -> str:
    rows = [[s.start, s.stop, s.facts.as_dict()] for spans in song.facts.values() for s in spans]
    return json.dumps(rows, separators=(",", ":"))


def _facts(text: str) -> dict[Stem, list[FactSpan]]:
    spans: dict[Stem, list[FactSpan]] = {}
    for start, stop, raw in json.loads(text):
        facts = StemFacts.from_dict(raw)
        spans.setdefault(facts.stem, []).append(FactSpan(start, stop, facts))
    return spans


def load_songs(*folders: str | Path) -> list[Song]:
    """All songs of prepared training sets, in bytes as stored; raises `InputError` for a folder that holds none."""
    return [song for folder in folders for song in iterate_songs(folder)]


def iterate_songs(folder: str | Path, every: int = 1) -> Iterator[Song]:
    """The songs of `load_songs` one after another, a shard in memory at a time; only every so many-th is read."""
    read_report(folder)
    shards = sorted((Path(folder) / "shards").glob("*.npz"))
    if not shards:
        raise InputError(f"{folder}: its folder shards is gone or empty; run `msub prepare audio` again")
    for path in shards[::every]:
        yield from _songs_of(path)


def _songs_of(shard: Path) -> list[Song]:
    try:
        with np.load(shard) as arrays:
            return unpack_songs(dict(arrays))
    except (OSError, EOFError, ValueError, LookupError, zipfile.BadZipFile, zlib.error):
        raise InputError(f"{shard}: is damaged; run `msub prepare audio` again, which makes it anew") from None


def read_report(folder: str | Path) -> dict[str, Any]:
    """What `msub prepare audio` wrote of a training set; raises `InputError` where `folder` holds none."""
    path = Path(folder) / "report.json"
    if not path.is_file():
        raise InputError(f"{folder}: no training set here (no report.json); make one with `msub prepare audio`")
    report = read_json(path)
    if "spectrogram" not in report or not isinstance(report.get("kept"), int):
        raise InputError(f"{folder}: holds no audio training set; make one with `msub prepare audio`")
    return report


def shared_spectrogram(folders: Sequence[str | Path]) -> SpectrogramConfig:
    """How the songs of several training sets were taken apart; `ConfigError` for one that differs from the first."""
    config = spectrogram_of(folders[0])
    for folder in folders[1:]:
        if spectrogram_of(folder) != config:
            raise ConfigError(f"{folder}: was prepared with another spectrogram than {folders[0]}; prepare it again")
    return config


def spectrogram_of(folder: str | Path) -> SpectrogramConfig:
    """How the songs of a training set were taken apart."""
    return from_dict(SpectrogramConfig, read_report(folder)["spectrogram"], str(Path(folder) / "report.json"))

"""From songs of any kind to a training set: in parallel, restartable, with a manifest and a report."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from audio_subtract.model.spectrogram import SpectrogramConfig
from audio_subtract.training.folders import StemFiles
from audio_subtract.training.store import Song, pack_songs
from subtract_core.errors import ConfigError, InputError, MsubError
from subtract_core.training.parallel import work_off

SONGS_PER_SHARD = 16
T = TypeVar("T")

Progress = Callable[[int, int], None]
Make = Callable[[T, SpectrogramConfig, np.random.Generator], tuple[Song, dict[str, Any]]]
"""What turns one item into a song and its row of the manifest; a function that processes can share."""


@dataclass(frozen=True)
class PrepareReport:
    """What became of every item: songs kept, and the number skipped under each reason. seconds: of songs kept.
    not_understood: files that are part of none."""

    kept: int
    skipped: dict[str, int]
    stems: dict[str, int]
    seconds: float
    not_understood: int = 0


def prepare(
    items: Iterable[tuple[str, T]],
    total: int,
    make: Make[T],
    out: Path,
    config: SpectrogramConfig,
    seed: int = 0,
    progress: Progress | None = None,
    workers: int | None = None,
    origin: Mapping[str, Any] | None = None,
    not_understood: Mapping[str, str] | None = None,
) -> PrepareReport:
    """Turn items (name, item) into shards under `out/shards`; shards already there are kept, so a stopped run goes on.

    items: the same in the same order at every run; shards of others, and of files that have changed, are made anew.
    seed: of what `make` draws; each item has a generator of its own. origin: where the songs come from and all that
    `make` goes by, as JSON can hold it.
    not_understood: file -> why it is part of no item; they are listed with what was skipped.
    Writes `out/manifest.jsonl` (a row a song), `out/report.json` (counts) and `out/skipped.jsonl` (item and reason).
    One bad item never stops it. Raises `ConfigError` where `out` was begun with another `config`, `seed`, `total` or
    `origin`.
    """
    shards = out / "shards"
    shards.mkdir(parents=True, exist_ok=True)
    settings = {"spectrogram": asdict(config), "seed": seed, "items": total, "origin": dict(origin or {})}
    _check_settings(out / "settings.json", settings)
    workers = workers or os.cpu_count() or 1

    def batches() -> Iterator[tuple[int, tuple[Any, ...] | None]]:
        for number, batch in enumerate(_batches(items)):
            shard = shards / f"{number:05d}.npz"
            digest = _digest(batch)
            yield len(batch), None if _is_of(shard, digest) else (batch, make, shard, config, (seed, number), digest)

    # Fresh processes: torch's threads do not survive a fork.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    work_off(pool, workers, _write_shard, batches(), progress and (lambda done: progress(done, total)))
    return _report(shards, out, config, not_understood or {})


def _check_settings(path: Path, settings: dict[str, Any]) -> None:
    if not path.is_file():
        path.write_text(json.dumps(settings, indent=1))
        return
    try:
        known = json.loads(path.read_text())
    except ValueError:
        raise ConfigError(f"{path}: is damaged, so nobody knows how {path.parent} was begun; choose another") from None
    if known != json.loads(json.dumps(settings)):
        raise ConfigError(f"{path.parent}: was begun from other songs or with other settings; choose another folder")


def _digest(batch: list[tuple[str, Any]]) -> str:
    """Tells batches of other songs, or of files that have changed since, apart."""
    return hashlib.sha1(json.dumps([[name, _state(item)] for name, item in batch]).encode()).hexdigest()


def _state(item: Any) -> Any:
    """What changes with the files of an item: their names, sizes and times; of songs in memory the name has to do."""
    if isinstance(item, StemFiles):
        whole = item.whole and _state(item.whole)
        return [whole, {stem.value: [_state(path) for path in paths] for stem, paths in item.files.items()}]
    if not isinstance(item, Path):
        return None
    try:
        found = item.stat()
    except OSError:  # it is skipped, with the reason
        return item.name
    return [item.name, found.st_size, found.st_mtime_ns]


def _is_of(shard: Path, digest: str) -> bool:
    """Whether a shard is there, whole, and was made of the batch of this digest."""
    try:
        report = json.loads(shard.with_suffix(".json").read_text())
        with np.load(shard):  # a file that was cut has lost its table of contents
            return bool(report["digest"] == digest)
    except (OSError, EOFError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
        return False


def _batches(items: Iterable[tuple[str, T]]) -> Iterator[list[tuple[str, T]]]:
    batch: list[tuple[str, T]] = []
    for item in items:
        batch.append(item)
        if len(batch) == SONGS_PER_SHARD:
            yield batch
            batch = []
    if batch:
        yield batch


def _write_shard(
    batch: list[tuple[str, T]],
    make: Make[T],
    shard: Path,
    config: SpectrogramConfig,
    seed: tuple[int, int],
    digest: str,
) -> None:
    import torch

    torch.set_num_threads(1)
    songs: list[Song] = []
    rows: list[dict[str, Any]] = []
    skipped: list[dict[str, str]] = []
    for index, (name, item) in enumerate(batch):
        try:
            song, row = make(item, config, np.random.default_rng((*seed, index)))
        except Exception as error:  # whatever a song out of the wild does, the others must go on
            reason = "cannot be used" if isinstance(error, InputError) else "unexpected"
            skipped.append({"file": name, "reason": reason, "detail": _one_line(error)})
            continue
        songs.append(song)
        rows.append({**row, "shard": shard.name})
    temporary = shard.with_suffix(".tmp")  # no .npz: what a killed run leaves is no shard
    with temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **pack_songs(songs, config))
    temporary.replace(shard)
    # The report is written last: its presence says that the shard is whole.
    shard.with_suffix(".json").write_text(json.dumps({"digest": digest, "rows": rows, "skipped": skipped}))


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, MsubError) else f"{type(error).__name__}: {text}"


def _report(shards: Path, out: Path, config: SpectrogramConfig, not_understood: Mapping[str, str]) -> PrepareReport:
    kept, seconds = 0, 0.0
    skipped, stems = Counter[str](), Counter[str]()
    with (out / "manifest.jsonl").open("w") as manifest, (out / "skipped.jsonl").open("w") as lines:
        for path in sorted(shards.glob("*.json")):
            shard = json.loads(path.read_text())
            for row in shard["rows"]:
                kept += 1
                seconds += row["seconds"]
                stems.update(list(row["stems"]))
                manifest.write(json.dumps(row) + "\n")
            for row in shard["skipped"]:
                skipped[row["reason"]] += 1
                lines.write(json.dumps(row) + "\n")
        for name, why in not_understood.items():
            lines.write(json.dumps({"file": name, "reason": "not understood", "detail": why}) + "\n")
    report = PrepareReport(kept, dict(skipped), dict(stems), seconds, len(not_understood))
    (out / "report.json").write_text(json.dumps({**asdict(report), "spectrogram": asdict(config)}, indent=1))
    return report

"""From songs of any kind to a training set: in parallel, restartable, with a manifest and a report."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from audio_subtract.spectrogram import SpectrogramConfig
from audio_subtract.store import Song, pack_songs
from subtract_core.errors import ConfigError, InputError, MsubError
from subtract_core.parallel import work_off

SONGS_PER_SHARD = 16
T = TypeVar("T")

Progress = Callable[[int, int], None]
Make = Callable[[T, SpectrogramConfig, np.random.Generator], tuple[Song, dict[str, Any]]]
"""What turns one item into a song and its row of the manifest; a function that processes can share."""


@dataclass(frozen=True)
class PrepareReport:
    """What became of every item: songs kept, and the number skipped under each reason. seconds: of songs kept."""

    kept: int
    skipped: dict[str, int]
    stems: dict[str, int]
    seconds: float


def prepare(
    items: Iterable[tuple[str, T]],
    total: int,
    make: Make[T],
    out: Path,
    config: SpectrogramConfig,
    seed: int = 0,
    progress: Progress | None = None,
    workers: int | None = None,
) -> PrepareReport:
    """Turn items (name, item) into shards under `out/shards`; shards already there are kept, so a stopped run goes on.

    items: the same in the same order at every run. seed: of what `make` draws; each item has a generator of its own.
    Writes `out/manifest.jsonl` (a row a song), `out/report.json` (counts) and `out/skipped.jsonl` (item and reason).
    One bad item never stops it. Raises `ConfigError` where `out` was begun with other settings.
    """
    shards = out / "shards"
    shards.mkdir(parents=True, exist_ok=True)
    _check_settings(out / "settings.json", {"spectrogram": asdict(config), "seed": seed, "items": total})
    workers = workers or os.cpu_count() or 1

    def batches() -> Iterator[tuple[int, tuple[Any, ...] | None]]:
        for number, batch in enumerate(_batches(items)):
            shard = shards / f"{number:05d}.npz"
            done = shard.with_suffix(".json").exists()
            yield len(batch), None if done else (batch, make, shard, config, (seed, number))

    # Fresh processes: torch's threads do not survive a fork.
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    work_off(pool, workers, _write_shard, batches(), progress and (lambda done: progress(done, total)))
    return _report(shards, out, config)


def _check_settings(path: Path, settings: dict[str, Any]) -> None:
    if path.is_file() and json.loads(path.read_text()) != settings:
        raise ConfigError(f"{path.parent}: was begun from other songs or with other settings; choose another folder")
    path.write_text(json.dumps(settings))


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
    batch: list[tuple[str, T]], make: Make[T], shard: Path, config: SpectrogramConfig, seed: tuple[int, int]
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
    temporary = shard.with_suffix(".tmp.npz")
    np.savez_compressed(temporary, allow_pickle=False, **pack_songs(songs, config))
    temporary.replace(shard)
    # The report is written last: its presence says that the shard is whole.
    shard.with_suffix(".json").write_text(json.dumps({"rows": rows, "skipped": skipped}))


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, MsubError) else f"{type(error).__name__}: {text}"


def _report(shards: Path, out: Path, config: SpectrogramConfig) -> PrepareReport:
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
    report = PrepareReport(kept, dict(skipped), dict(stems), seconds)
    (out / "report.json").write_text(json.dumps({**asdict(report), "spectrogram": asdict(config)}, indent=1))
    return report

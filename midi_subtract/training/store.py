"""The compact training set on disk: shards of songs as flat integer arrays.

Seven bytes a note. A shard holds, for all its songs one after another:
note_onset uint16 (grid steps), note_pitch uint8, note_duration uint16 (grid steps), note_velocity uint8;
track_stem uint8 (index into STEMS), track_program uint8, track_notes uint32 (number of notes), track_song uint16;
meter_song uint16, meter_step uint32, meter_numerator uint8, meter_denominator uint8, meter_dotted bool, meter_length
uint32 (of a bar in grid steps where it is another than the signature says, else 0);
tempo_song uint16, tempo_step uint32, tempo_bpm float32; song_name, song_source and song_styles (strings, styles
joined by commas).
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from midi_subtract.notes import Notes
from midi_subtract.song import Meter, Song, Track
from subtract_core.errors import InputError
from subtract_core.files import read_json
from subtract_core.stems import STEMS, Stem

MAX_STORED_DURATION = 65_535


def pack_songs(songs: list[Song], source: str) -> dict[str, np.ndarray]:
    """Flatten songs into the arrays of one shard; tracks that belong to no stem are left out."""
    tracks = [(i, t) for i, s in enumerate(songs) for t in s.tracks if t.stem is not None]
    notes = Notes.merge([])
    columns = {
        "note_onset": [t.notes.onset for _, t in tracks],
        "note_pitch": [t.notes.pitch for _, t in tracks],
        "note_duration": [np.minimum(t.notes.duration, MAX_STORED_DURATION) for _, t in tracks],
        "note_velocity": [t.notes.velocity for _, t in tracks],
    }
    kinds = {"note_onset": np.uint16, "note_pitch": np.uint8, "note_duration": np.uint16, "note_velocity": np.uint8}
    arrays = {k: np.concatenate([notes.onset, *v]).astype(kinds[k]) for k, v in columns.items()}
    arrays["track_stem"] = np.array([t.stem.number for _, t in tracks if t.stem], dtype=np.uint8)
    arrays["track_program"] = np.array([t.program for _, t in tracks], dtype=np.uint8)
    arrays["track_notes"] = np.array([len(t.notes) for _, t in tracks], dtype=np.uint32)
    arrays["track_song"] = np.array([i for i, _ in tracks], dtype=np.uint16)
    meters = [(i, m) for i, s in enumerate(songs) for m in s.meters]
    arrays["meter_song"] = np.array([i for i, _ in meters], dtype=np.uint16)
    arrays["meter_step"] = np.array([m.step for _, m in meters], dtype=np.uint32)
    arrays["meter_numerator"] = np.array([m.numerator for _, m in meters], dtype=np.uint8)
    arrays["meter_denominator"] = np.array([m.denominator for _, m in meters], dtype=np.uint8)
    arrays["meter_dotted"] = np.array([m.dotted for _, m in meters], dtype=np.bool_)
    arrays["meter_length"] = np.array([m.length or 0 for _, m in meters], dtype=np.uint32)
    tempi = [(i, step, bpm) for i, s in enumerate(songs) for step, bpm in s.tempi]
    arrays["tempo_song"] = np.array([i for i, _, _ in tempi], dtype=np.uint16)
    arrays["tempo_step"] = np.array([step for _, step, _ in tempi], dtype=np.uint32)
    arrays["tempo_bpm"] = np.array([bpm for _, _, bpm in tempi], dtype=np.float32)
    arrays["song_name"] = np.array([s.name for s in songs], dtype=str)
    arrays["song_styles"] = np.array([",".join(s.styles) for s in songs], dtype=str)
    arrays["song_source"] = np.array([source] * len(songs), dtype=str)
    return arrays


def unpack_songs(arrays: dict[str, np.ndarray]) -> list[Song]:
    """The songs of one shard, in order."""
    tracks: list[list[Track]] = [[] for _ in arrays["song_name"]]
    ends = np.cumsum(arrays["track_notes"]).astype(np.int64)
    for index, (song, end) in enumerate(zip(arrays["track_song"], ends, strict=True)):
        rows = slice(int(end) - int(arrays["track_notes"][index]), int(end))
        stem = STEMS[arrays["track_stem"][index]]
        notes = Notes(*(arrays[f"note_{k}"][rows] for k in ("onset", "pitch", "duration", "velocity")))
        tracks[song].append(Track("", int(arrays["track_program"][index]), stem is Stem.DRUMS, notes))
    meters: list[list[Meter]] = [[] for _ in tracks]
    unknown = np.zeros(len(arrays["meter_song"]), dtype=np.uint32)  # in sets made before
    dotted, lengths = (arrays.get(f"meter_{k}", unknown) for k in ("dotted", "length"))
    columns = (arrays[f"meter_{k}"] for k in ("song", "step", "numerator", "denominator"))
    for song, step, numerator, denominator, is_dotted, length in zip(*columns, dotted, lengths, strict=True):
        meter = Meter(int(step), int(numerator), int(denominator), bool(is_dotted), int(length) or None)
        meters[song].append(meter)
    tempi: list[list[tuple[int, float]]] = [[] for _ in tracks]
    for song, step, bpm in zip(*(arrays[f"tempo_{k}"] for k in ("song", "step", "bpm")), strict=True):
        tempi[song].append((int(step), float(bpm)))
    return [
        Song(
            tracks[i],
            meters[i],
            tempi[i],
            ticks_per_beat=480,
            name=f"{arrays['song_source'][i]}/{name}",
            styles=tuple(filter(None, str(arrays["song_styles"][i]).split(","))),
        )
        for i, name in enumerate(arrays["song_name"])
    ]


def load_songs(folder: str | Path) -> list[Song]:
    """All songs of a prepared training set, without the duplicates its report lists.

    Arrays keep their narrow types (seven bytes a note); raises `InputError` where `folder` holds no training set.
    """
    return list(iterate_songs(folder))


def iterate_songs(folder: str | Path) -> Iterator[Song]:
    """The songs of `load_songs` one after another, a shard in memory at a time."""
    for path, unwanted in _shards(folder):
        arrays = read_shard(path)
        if "song_styles" not in arrays:
            raise InputError(f"{path}: made by an earlier msub; delete {folder} and run `msub prepare` again")
        yield from (s for i, s in enumerate(unpack_songs(arrays)) if i not in unwanted)


def sources(folder: str | Path) -> list[str]:
    """What each song of `iterate_songs` came from, in order; read without the songs themselves."""
    found: list[str] = []
    for path, unwanted in _shards(folder):
        with _reading(path), np.load(path) as arrays:
            found += (str(name) for i, name in enumerate(arrays["song_source"]) if i not in unwanted)
    return found


def song_names(shard: Path) -> list[str]:
    """The names of the songs of a shard, in order; read without the songs themselves."""
    with _reading(shard), np.load(shard) as arrays:
        pairs = zip(arrays["song_source"], arrays["song_name"], strict=True)
        return [f"{source}/{name}" for source, name in pairs]


def _shards(folder: str | Path) -> Iterator[tuple[Path, set[int]]]:
    """The shards of a training set in order, each with the places of songs in it that are duplicates."""
    duplicates = read_report(folder)["duplicates"]
    for path in sorted((Path(folder) / "shards").glob("*.npz")):
        yield path, set(duplicates.get(path.stem, ()))


def read_shard(path: Path) -> dict[str, np.ndarray]:
    """The arrays of one shard; raises `InputError` for a file that is not whole."""
    with _reading(path), np.load(path) as arrays:
        return dict(arrays)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path}: is damaged ({error}); delete it and run `msub prepare` again") from None


def read_report(folder: str | Path) -> dict[str, Any]:
    """What `msub prepare midi` wrote of a training set; raises `InputError` where `folder` holds none."""
    path = Path(folder) / "report.json"
    if not path.is_file():
        raise InputError(f"{folder}: no training set here (no report.json); make one with `msub prepare midi`")
    report = read_json(path)
    if not isinstance(report.get("duplicates"), dict):
        raise InputError(f"{folder}: holds no MIDI training set; make one with `msub prepare midi`")
    return report

"""From folders or archives of MIDI files to a compact training set."""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from midi_subtract.files.reader import read_song
from midi_subtract.files.smf import MIDI_SUFFIXES
from midi_subtract.listening.meters import with_heard_bars
from midi_subtract.song import Song
from midi_subtract.training.store import pack_songs, read_shard, song_names, unpack_songs
from midi_subtract.training.styles import read_manifest, stated_styles
from subtract_core.errors import InputError
from subtract_core.files import files_below, read_json, write_file
from subtract_core.training.parallel import work_off

SONGS_PER_SHARD = 128
MAX_STEPS = 65_535  # onsets are stored in 16 bits: 5,461 beats
MIN_BEATS = 32
MIN_NOTES = 16
MIN_ON_GRID = 0.6

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PrepareReport:
    """What became of every file: songs kept, and the number skipped under each reason."""

    kept: int
    skipped: dict[str, int]
    stems: dict[str, int]


def prepare(
    inputs: list[Path],
    out: Path,
    progress: Progress | None = None,
    workers: int | None = None,
    manifest: Path | None = None,
) -> PrepareReport:
    """Turn MIDI files into shards under `out/shards`; shards already there are kept, so a stopped run goes on.

    Shards of files that have changed since are made anew.
    inputs: folders, .tar(.gz|.xz|.bz2) or .zip archives, or single files. progress(done, total) counts files.
    manifest: JSON Lines with `file` and `path`, for collections whose files were renamed: folders may name a style.
    Writes `out/report.json` (counts) and `out/skipped.jsonl` (file and reason; of a duplicate, which one is
    kept). One bad file never stops it.
    Raises `InputError` where `out` holds other songs under the name of an input.
    """
    paths = read_manifest(manifest) if manifest else {}
    sources = _named_apart([MidiFiles(path) for path in inputs])
    shards = out / "shards"
    shards.mkdir(parents=True, exist_ok=True)
    _remember(sources, out)
    total = sum(len(s) for s in sources)
    workers = workers or os.cpu_count() or 1

    def batches() -> Iterator[tuple[int, tuple[Any, ...] | None]]:
        for source in sources:
            for number, batch in enumerate(source.batches(SONGS_PER_SHARD)):
                shard, styles = _shard(shards, source.name, number), _styles(batch, source.folder, paths)
                digest = _digest(batch, styles)
                yield len(batch), None if _is_of(shard, digest) else (batch, source.name, shard, styles, digest)

    work_off(
        ProcessPoolExecutor(workers),
        workers,
        _write_shard,
        batches(),
        progress and (lambda done: progress(done, total)),
    )
    for source in sources:
        _drop_behind(shards, source)
    return _report(shards, out)


def _shard(shards: Path, source: str, number: int) -> Path:
    return shards / f"{source}-{number:04d}.npz"


def _digest(batch: list[MidiFile], styles: Mapping[str, tuple[str, ...]]) -> str:
    """Tells batches of other files, or of other styles, apart."""
    digest = hashlib.sha1()
    for name, data, _ in batch:
        digest.update(json.dumps([name, styles[name], len(data)]).encode() + data)
    return digest.hexdigest()


def _is_of(shard: Path, digest: str) -> bool:
    """Whether a shard was made of the batch of this digest."""
    report = shard.with_suffix(".json")
    with suppress(InputError):  # where it is not there, or only half of it
        return shard.exists() and read_json(report).get("digest") == digest
    return False


def _remember(sources: list[MidiFiles], out: Path) -> None:
    """Keep where the songs of each name came from; raise `InputError` where they were others, from elsewhere."""
    path = out / "sources.json"
    known: dict[str, dict[str, str]] = read_json(path) if path.is_file() else {}
    for source in sources:
        names = "\n".join(source.names).encode(errors="surrogatepass")  # a name need not be UTF-8
        now = {"path": str(source.path.resolve()), "files": hashlib.sha1(names).hexdigest()}
        before = known.get(source.name, now)
        if now["path"] != before["path"] and now["files"] != before["files"]:
            raise InputError(
                f"{source.path}: {out} holds other songs named {source.name!r}, of {before['path']}; "
                "prepare both in one call, or choose another folder"
            )
        known[source.name] = now
    path.write_text(json.dumps(known, indent=1))


def _drop_behind(shards: Path, source: MidiFiles) -> None:
    """Delete the shards of a source that it had when it held more files."""
    number = -(-len(source) // SONGS_PER_SHARD)
    while (report := _shard(shards, source.name, number).with_suffix(".json")).exists():
        report.unlink()
        report.with_suffix(".npz").unlink(missing_ok=True)
        number += 1


def _named_apart(sources: list[MidiFiles]) -> list[MidiFiles]:
    """Inputs of one name in different places get a number, for shards and songs are called after them."""
    taken: set[str] = set()
    for source in sources:
        name, number = source.name, 1
        while source.name in taken:  # with a number it may be another input's own name
            number += 1
            source.name = f"{name}-{number}"
        taken.add(source.name)
    return sources


class MidiFile(NamedTuple):
    """Name below its source, and content, of a file; problem: why it could not be read."""

    name: str
    data: bytes
    problem: str = ""


class _Member(tarfile.TarInfo):
    """A member of a tar archive whose headers are checked: where one in the middle is damaged, tarfile takes it for the
    archive's end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Member:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf.strip(b"\0"):  # what is all zeros is the end
                raise tarfile.ReadError(str(error)) from None
            raise


_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError)


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Raise `InputError` where an archive turns out to be damaged within the block."""
    try:
        yield
    except (*_DAMAGE, OSError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise InputError(f"{path}: cannot be read: {error.strerror}") from None
        raise InputError(f"{path}: is truncated or damaged; a whole archive is needed") from None


class MidiFiles:
    """The MIDI files of one folder, archive or single file. names: theirs, below it. folder: the name of the folder
    that they lie in, empty of an archive.

    Raises `InputError` for a path that is none of these, or does not exist, and for a damaged archive.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
        self.path = path
        whole = Path(os.path.abspath(path))  # "." has no name
        self.name, self.folder = whole.name.lstrip(".").split(".")[0], ""
        if path.is_dir():
            self.folder = whole.name
            found = (p for p in files_below(path) if p.suffix.lower() in MIDI_SUFFIXES and p.is_file())
            self.names = sorted(str(p.relative_to(path)) for p in found)
        elif path.suffix.lower() in MIDI_SUFFIXES:
            self.folder, self.names = whole.parent.name, [path.name]
        else:
            with _whole(path):
                self.names = [name for name in _archived(path) if name.lower().endswith(MIDI_SUFFIXES)]

    def __len__(self) -> int:
        return len(self.names)

    def batches(self, size: int) -> Iterator[list[MidiFile]]:
        batch: list[MidiFile] = []
        for item in self.files():
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch

    def read(self) -> Iterator[tuple[str, bytes]]:
        """Name below the source, and content, of every file that can be read."""
        yield from ((file.name, file.data) for file in self.files() if not file.problem)

    def files(self) -> Iterator[MidiFile]:
        """Every file, those that cannot be read with the reason."""
        if self.path.is_dir():
            yield from (_read(name, (self.path / name).read_bytes) for name in self.names)
        elif self.path.suffix.lower() in MIDI_SUFFIXES:
            yield _read(self.path.name, self.path.read_bytes)
        elif zipfile.is_zipfile(self.path):
            with _whole(self.path), zipfile.ZipFile(self.path) as archive:
                yield from (_read(name, partial(archive.read, name)) for name in self.names)
        else:
            with _whole(self.path), tarfile.open(self.path, tarinfo=_Member) as tar:
                for member in tar:
                    if member.isfile() and member.name.lower().endswith(MIDI_SUFFIXES):
                        handle = tar.extractfile(member)
                        if handle is not None:
                            yield MidiFile(member.name, handle.read())


def _read(name: str, content: Callable[[], bytes]) -> MidiFile:
    try:
        return MidiFile(name, content())
    except OSError as error:
        return MidiFile(name, b"", f"cannot be read: {error.strerror or error}")
    except (*_DAMAGE, RuntimeError) as error:  # of a member of a zip archive: the others are not concerned
        return MidiFile(name, b"", f"cannot be read: {error}")


def _archived(path: Path) -> list[str]:
    """The names of all that is in an archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    if not tarfile.is_tarfile(path):
        if _starts_like_archive(path):
            raise EOFError
        raise InputError(f"{path}: not a folder, a MIDI file ({', '.join(MIDI_SUFFIXES)}), a tar or a zip archive")
    with tarfile.open(path, tarinfo=_Member) as tar:
        return tar.getnames()


def _starts_like_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(6).startswith((b"PK\3\4", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"))


def _styles(batch: list[MidiFile], folder: str, paths: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {file.name: stated_styles(paths.get(file.name, f"{folder}/{file.name}")) for file in batch}


def _write_shard(
    batch: list[MidiFile], source: str, shard: Path, styles: Mapping[str, tuple[str, ...]], digest: str
) -> None:
    songs: list[Song] = []
    skipped: list[dict[str, str]] = []
    stems: Counter[str] = Counter()
    for name, data, problem in batch:
        try:
            if problem:
                raise InputError(f"{name}: {problem}")
            song = replace(read_in_bars(data, name), styles=styles[name])
        except Exception as error:  # whatever a file out of the wild does, the others must go on
            skipped.append({"file": f"{source}/{name}", "reason": "unreadable", "detail": str(error)})
            continue
        reason = quality_problem(song)
        if reason:
            skipped.append({"file": f"{source}/{name}", "reason": reason, "detail": ""})
            continue
        songs.append(song)
        stems.update(s.value for s in song.stems)
    temporary = shard.with_suffix(".tmp")  # no .npz: what a killed run leaves is no shard
    with temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **pack_songs(songs, source))
    temporary.replace(shard)
    # The report is written last: its presence says that the shard is whole.
    hashes = [content_hash(song) for song in songs]
    report = {"digest": digest, "kept": len(songs), "skipped": skipped, "stems": stems, "hashes": hashes}
    write_file(shard.with_suffix(".json"), json.dumps(report).encode(), overwrite=True)


def read_in_bars(data: bytes, name: str) -> Song:
    """A song as training and evaluation take it: on the beats of its file, in bars that the notes agree with."""
    return with_heard_bars(read_song(data, name))


def quality_problem(song: Song) -> str | None:
    """Why a song is no use for training, or None."""
    stems = song.stems
    if len(stems) < 2 and not song.styles:  # alone, a part can still teach what its style sounds like
        return "fewer than two stems"
    if sum(len(n) for n in stems.values()) < MIN_NOTES:
        return f"fewer than {MIN_NOTES} notes"
    if song.n_beats < MIN_BEATS:
        return f"shorter than {MIN_BEATS} beats"
    if song.last_step > MAX_STEPS:
        return f"longer than {MAX_STEPS // 12} beats"
    onsets = np.concatenate([n.onset for n in stems.values()])
    # Played without a click: the beat grid says nothing about such a song. Sixteenths and triplets are on the grid.
    if np.isin(onsets % 12, (0, 3, 4, 6, 8, 9)).mean() < MIN_ON_GRID:
        return "notes do not follow the beat grid"
    return None


def content_hash(song: Song) -> str:
    """Equal for songs of the same notes, whatever they are called: duplicates."""
    digest = hashlib.sha1()
    for stem, notes in song.stems.items():
        digest.update(stem.value.encode() + notes.onset.tobytes() + notes.pitch.tobytes())
    return digest.hexdigest()[:16]


def _report(shards: Path, out: Path) -> PrepareReport:
    kept, skipped, stems = 0, Counter[str](), Counter[str]()
    kept_at: dict[str, tuple[str, int]] = {}  # content -> the shard that has it, and where
    duplicates: dict[str, dict[int, tuple[str, int]]] = {}  # shard -> place in it -> where the one that is kept lies
    with (out / "skipped.jsonl").open("w") as lines:
        for path in sorted(shards.glob("*.json")):
            shard = read_json(path)
            stems.update(shard["stems"])
            for row in shard["skipped"]:
                skipped[row["reason"]] += 1
                lines.write(json.dumps(row) + "\n")
            for index, digest in enumerate(shard["hashes"]):
                if digest in kept_at:
                    duplicates.setdefault(path.stem, {})[index] = kept_at[digest]
                    skipped["duplicate"] += 1
                else:
                    kept += 1
                    kept_at[digest] = path.stem, index
        names = {shard: song_names(shards / f"{shard}.npz") for shard in _shards_of(duplicates)}
        for name, places in duplicates.items():
            songs = unpack_songs(read_shard(shards / f"{name}.npz"))
            stems.subtract(stem.value for index in places for stem in songs[index].stems)
            for index, (kept_in, place) in places.items():
                found = {"file": names[name][index], "reason": "duplicate", "detail": f"of {names[kept_in][place]}"}
                lines.write(json.dumps(found) + "\n")
    stems = +stems
    report = PrepareReport(kept, dict(skipped), dict(stems))
    (out / "report.json").write_text(
        json.dumps(
            {
                "kept": kept,
                "skipped": skipped,
                "stems": stems,
                "duplicates": {k: list(v) for k, v in duplicates.items()},
            },
            indent=1,
        )
    )
    return report


def _shards_of(duplicates: Mapping[str, Mapping[int, tuple[str, int]]]) -> set[str]:
    """The shards in which duplicates, and the songs that they are of, lie."""
    return set(duplicates) | {shard for places in duplicates.values() for shard, _ in places.values()}

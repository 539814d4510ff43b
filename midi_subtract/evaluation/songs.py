"""The songs that a model is measured on: a prepared set, or MIDI files in a folder or an archive."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import numpy as np

from midi_subtract.song import Song
from midi_subtract.training.prepare import MidiFiles, content_hash, quality_problem, read_in_bars
from midi_subtract.training.store import load_songs
from subtract_core.errors import InputError


def evaluation_songs(source: Path, wanted: set[str] | None = None, say: Callable[[str], None] = print) -> list[Song]:
    """The songs of a set made by `msub prepare midi`, or of MIDI files by the rules that it goes by.

    wanted: `folder/file` of the songs to take (see `files_of_source`); None takes all. say: told how many files are
    left out, and why.
    Raises `InputError` where `source` holds no songs, or none of the wanted ones.
    """
    songs = load_songs(source) if is_prepared(source) else _read_songs(source, say)
    if not songs:
        raise InputError(f"{source}: holds no songs; a set of `msub prepare midi` or MIDI files of several parts do")
    chosen = [song for song in songs if wanted is None or key_of(song.name) in wanted]
    if not chosen:
        raise InputError(f"{source}: none of its {len(songs)} songs is among those that the manifest names")
    return chosen


def songs_of_source(
    folder: Path, manifest: Path | None, source: str | None, say: Callable[[str], None] = print
) -> list[Song]:
    """The songs of a set, those of one source alone where a manifest and its name are given; say: as in
    `evaluation_songs`."""
    return evaluation_songs(folder, files_of_source(manifest, source) if manifest and source else None, say)


def is_prepared(source: Path) -> bool:
    """Whether `source` is a set made by `msub prepare midi`."""
    return (source / "report.json").is_file()


def sampled_songs(folder: Path, count: int, seed: int = 0) -> list[Song]:
    """`count` songs of a prepared set (all, where it holds fewer), drawn by `seed`."""
    songs = load_songs(folder)
    if len(songs) <= count:
        return songs
    return [songs[index] for index in np.random.default_rng(seed).permutation(len(songs))[:count]]


def key_of(name: str) -> str:
    """`folder/file` of a song's name, by which a manifest and its archive name it too."""
    return "/".join(PurePosixPath(name).parts[-2:])


def files_of_source(manifest: Path, source: str) -> set[str]:
    """The files (`folder/file`) that a manifest of JSON lines with `file` and `source` attributes to a source.

    Raises `InputError` where a line cannot be read or no line names the source.
    """
    found: dict[str, set[str]] = {}
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{manifest}: cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            found.setdefault(str(entry["source"]), set()).add(str(entry["file"]))
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{manifest}: line {number} is no JSON object with `file` and `source`") from None
    if source not in found:
        raise InputError(f"--source: {source!r} is not in {manifest}; choose from {', '.join(sorted(found))}")
    return found[source]


def originals(source: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The bytes of the MIDI files of songs, by song name; songs whose file is not in `source` are left out.

    source: a folder or archive. A song and its file are the same where their whole names are; or else `folder/file`, or
    else the file name alone, where one song and one file are called so: 001.mid may lie in every folder.
    """
    files = MidiFiles(source)
    song_of = _paired({f"{files.name}/{file}" for file in files.names}, set(names))
    found = ((song_of.get(f"{files.name}/{file}"), data) for file, data in files.read())
    return {song: data for song, data in found if song is not None}


def _paired(files: set[str], songs: set[str]) -> dict[str, str]:
    """The song of every file that has one."""
    file_of: dict[str, str] = {}
    for short in (str, key_of, _file_name):
        ours, theirs = _by_unique(songs, short), _by_unique(files, short)
        file_of = {ours[key]: theirs[key] for key in ours.keys() & theirs.keys()} | file_of
    return {file: song for song, file in file_of.items()}


def _by_unique(names: set[str], short: Callable[[str], str]) -> dict[str, str]:
    """Names by what is `short` for them, without those that share it."""
    counts = Counter(short(name) for name in names)
    return {short(name): name for name in names if counts[short(name)] == 1}


def _file_name(name: str) -> str:
    return PurePosixPath(name).name


def _read_songs(source: Path, say: Callable[[str], None]) -> list[Song]:
    files, songs, seen, left_out = MidiFiles(source), list[Song](), set[str](), Counter[str]()
    for file in files.files():
        try:
            if file.problem:
                raise InputError(file.problem)
            song = read_in_bars(file.data, f"{files.name}/{file.name}")
        except Exception:  # one bad file of many never stops an evaluation, as it stops no preparation
            left_out["unreadable"] += 1
            continue
        content = content_hash(song)
        reason = quality_problem(song) or ("duplicate" if content in seen else None)
        if reason is not None:
            left_out[reason] += 1
            continue
        seen.add(content)
        songs.append(song)
    if left_out:
        reasons = ", ".join(f"{count} {reason}" for reason, count in left_out.most_common())
        say(f"{source}: {left_out.total()} of {len(files)} files are left out: {reasons}")
    return songs

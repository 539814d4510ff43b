"""What `msub insert` is to write where, settled before anything slow begins."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from subtract_core.errors import InputError
from subtract_core.stems import Stem

from .backends import Kind, check_listening, suffixes
from .output import Output, UsageError
from .paths import Found, Target, find_songs

FILES = ("out", "stem_out", "plot", "listen")
"""The files that may be written for a part, as `--json` names them: the whole song, the part alone, the picture, the
sound. Their options have the same names."""


@dataclass(frozen=True)
class Part:
    """One part to write: its seed, and those of `FILES` that are written for it."""

    seed: int
    files: dict[str, Path]


@dataclass(frozen=True)
class Job:
    """A song and the parts to write for it: one, or several variations."""

    song: Path
    parts: list[Part]
    kind: Kind = Kind.MIDI


@dataclass(frozen=True)
class Targets:
    """Where those of `FILES` go that are asked for; the whole song is always."""

    given: dict[str, Target]

    def asked(self) -> list[tuple[str, Target]]:
        """The options and their targets."""
        return [(f"--{kind.replace('_', '-')}", target) for kind, target in self.given.items()]

    def part(self, song: Found, instrument: str, seed: int, number: int | None) -> Part:
        """The files of one part; audio always gets its stem beside the whole song."""
        targets = self.given | ({"stem_out": self._stem_out} if song.kind is Kind.AUDIO else {})
        return Part(seed, {kind: target.path(song, instrument, number) for kind, target in targets.items()})

    @property
    def _stem_out(self) -> Target:
        """Where a stem goes, also one that nobody named a place for: beside the whole song, `.stem` in its name."""
        if "stem_out" in self.given:
            return self.given["stem_out"]
        out = self.given["out"]
        if out.is_file and out.given is not None:
            whole = Path(out.given)
            return Target(str(whole.with_name(f"{whole.stem}.stem{whole.suffix}")))
        return Target(out.given, ".stem")

    def files(self, part: Part) -> list[tuple[Target, Path]]:
        """The files of a part, each with its target."""
        targets = self.given | {"stem_out": self._stem_out}
        return [(targets[kind], path) for kind, path in part.files.items()]


def make_plan(names: list[str], instrument: Stem, targets: Targets, seeds: range, output: Output) -> list[Job]:
    """What to write where; raises `UsageError` where the options contradict each other."""
    folders = [Path(t.given) for _, t in targets.asked() if t.is_folder and t.given is not None]
    songs = find_songs(names, output, instrument.value, folders)
    one = len(songs) == 1 and songs[0].path == Path(names[0])
    for option, target in targets.asked():
        if target.is_file and not one:
            why = "there are several songs" if len(songs) > 1 else f"{names[0]} is one"
            raise UsageError(f"{option}: {target.given} is no folder, and {why}; give one (or end the name with /)")
    for song in songs:
        _check_suffixes(song, targets)
    if "plot" in targets.given:
        _check_plot(targets.given["plot"])
    if "listen" in targets.given and targets.given["listen"].is_file:
        check_listening(Path(str(targets.given["listen"].given)))
    jobs = []
    for song in songs:
        numbers = [None] if len(seeds) == 1 else [i + 1 for i in range(len(seeds))]
        parts = [targets.part(song, instrument.value, s, n) for s, n in zip(seeds, numbers, strict=True)]
        jobs.append(Job(song.path, parts, song.kind))
    _check_distinct([(path, job.song) for job in jobs for p in job.parts for _, path in targets.files(p)], songs)
    return jobs


def _check_suffixes(song: Found, targets: Targets) -> None:
    """Raise `UsageError` for names of sound that notes would be written under."""
    for kind in ("out", "stem_out"):
        target = targets.given.get(kind)
        if target is None or not target.is_file or song.kind is not Kind.MIDI:
            continue
        if str(target.given).lower().endswith(suffixes(Kind.AUDIO)):
            raise UsageError(
                f"--{kind.replace('_', '-')}: {target.given} is a name of sound, and {song.path} is MIDI; choose one "
                "that ends in .mid, and write sound with --listen"
            )


def _check_plot(plot: Target) -> None:
    if plot.is_file and not str(plot.given).lower().endswith(".png"):
        raise UsageError(f"--plot: {plot.given} is not a PNG; choose a name that ends in .png, or a folder")
    if importlib.util.find_spec("matplotlib") is None:
        raise InputError("--plot: matplotlib is not installed; run: pip install 'msub[plot]'")


def _check_distinct(outputs: list[tuple[Path, Path]], songs: list[Found]) -> None:
    """Raise `UsageError` where two of `outputs` (file, song it is for) are one file, or one is an input."""
    inputs = {song.path.resolve() for song in songs}
    owner: dict[Path, Path] = {}
    for path, song in outputs:
        place = path.resolve()
        if place in inputs:
            raise UsageError(f"{path}: is an input, and would be written for {song}; choose another name or folder")
        if place in owner:
            whom = "twice" if owner[place] == song else f"for {owner[place]} and"
            raise UsageError(f"{path}: would be written {whom} for {song}; choose other names or a folder")
        owner[place] = song

"""What `msub insert` is to write where, settled before anything slow begins."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from subtract_core.errors import InputError
from subtract_core.stems import Stem

from .backends import Kind, check_listening
from .output import Output, UsageError
from .paths import Found, Target, find_songs


@dataclass(frozen=True)
class Part:
    """One part to write: its seed and its files."""

    seed: int
    out: Path
    stem_out: Path | None
    plot: Path | None
    listen: Path | None


@dataclass(frozen=True)
class Job:
    """A song and the parts to write for it: one, or several variations."""

    song: Path
    parts: list[Part]
    kind: Kind = Kind.MIDI


@dataclass(frozen=True)
class Targets:
    """Where the whole songs, the parts alone, the pictures and the sound go; None for what is not asked for."""

    out: Target
    stem_out: Target | None
    plot: Target | None
    listen: Target | None

    def asked(self) -> list[tuple[str, Target]]:
        """The options and their targets."""
        named = (
            ("--out", self.out), ("--stem-out", self.stem_out), ("--plot", self.plot), ("--listen", self.listen)
        )  # fmt: skip
        return [(option, target) for option, target in named if target is not None]

    def part(self, song: Found, instrument: str, seed: int, number: int | None) -> Part:
        """The files of one part; audio always gets its stem beside the whole song."""
        stem_out = self._stem_out if song.kind is Kind.AUDIO else self.stem_out
        others = (None if t is None else t.path(song, instrument, number) for t in (stem_out, self.plot, self.listen))
        return Part(seed, self.out.path(song, instrument, number), *others)

    @property
    def _stem_out(self) -> Target:
        """Where a stem goes that nobody named a place for: beside the whole song, `.stem` in its name."""
        if self.stem_out is not None:
            return self.stem_out
        if self.out.is_file and self.out.given is not None:
            whole = Path(self.out.given)
            return Target(str(whole.with_name(f"{whole.stem}.stem{whole.suffix}")))
        return Target(self.out.given, ".stem")

    def files(self, part: Part) -> list[tuple[Target, Path]]:
        """The files of a part, each with its target."""
        pairs = (
            (self.out, part.out),
            (self._stem_out, part.stem_out),
            (self.plot, part.plot),
            (self.listen, part.listen),
        )
        return [(target, path) for target, path in pairs if target is not None and path is not None]


def make_plan(names: list[str], instrument: Stem, targets: Targets, seeds: range, output: Output) -> list[Job]:
    """What to write where; raises `UsageError` where the options contradict each other."""
    folders = [Path(t.given) for _, t in targets.asked() if t.is_folder and t.given is not None]
    songs = find_songs(names, output, instrument.value, folders)
    one = len(songs) == 1 and songs[0].path == Path(names[0])
    for option, target in targets.asked():
        if target.is_file and not one:
            raise UsageError(
                f"{option}: {target.given} is no folder, and there are several songs; give one (or end the name with /)"
            )
    if targets.plot is not None:
        _check_plot(targets.plot)
    if targets.listen is not None and targets.listen.given is not None and targets.listen.is_file:
        check_listening(Path(targets.listen.given))
    jobs = []
    for song in songs:
        numbers = [None] if len(seeds) == 1 else [i + 1 for i in range(len(seeds))]
        parts = [targets.part(song, instrument.value, s, n) for s, n in zip(seeds, numbers, strict=True)]
        jobs.append(Job(song.path, parts, song.kind))
    _check_distinct([(path, job.song) for job in jobs for p in job.parts for _, path in targets.files(p)], songs)
    return jobs


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

"""Training pairs of images, from songs as folders of stems."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from audio_subtract.model.spectrogram import RATE
from audio_subtract.riffusion.image import HOP, WIDTH, band_magnitude, to_image
from audio_subtract.riffusion.model import RiffusionSettings, instruction
from audio_subtract.training.folders import StemFiles, find_stem_files, stem_sounds
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem

SAMPLES = WIDTH * HOP
"""Of a window: 5.12 s."""
_AUDIBLE = 0.03  # share of the song's loudest band from which on a stem counts as sounding: 30 dB below
_NAMED = 5  # captions without a song, at most
_ACTIVE = 0.15  # least share of a window's frames in which the stem sounds


@dataclass(frozen=True)
class SoundingSong:
    """A song as stems. sound: int16 [stems, samples] at 44.1 kHz, one channel, on the disk until it is asked for."""

    name: str
    stems: tuple[Stem, ...]
    sound: np.ndarray


@dataclass(frozen=True)
class ImagePair:
    """context, target: images float32 [512, 512], 0-255, of the song without a stem and of what is to be predicted."""

    context: Tensor
    target: Tensor
    text: str


def load_sounds(root: str | Path, cache: Path, say: Callable[[str], None]) -> list[SoundingSong]:
    """The songs below `root` (see `audio_subtract.training.folders`) that have two stems or more.

    They are decoded once, into `cache`: from then on, windows come straight from the disk. Songs that cannot be used
    are said and left out. Raises `InputError` where there is none.
    """
    files = find_stem_files(Path(root))
    cache.mkdir(parents=True, exist_ok=True)
    songs = []
    for number, song in enumerate(files):
        try:
            songs.append(_decoded(song, cache / f"{number:05d}"))
        except InputError as error:
            say(f"left out: {error}")
    if not songs:
        raise InputError(f"{root}: holds no song of two stems or more; a stem is learned from what sounds beside it")
    return songs


def _decoded(song: StemFiles, place: Path) -> SoundingSong:
    """A song from its place in the cache, decoded first where another one or none is there."""
    paths = [song.whole] if song.whole is not None else [p for stem in song.files.values() for p in stem]
    described = {"name": song.name, "files": [[str(p), p.stat().st_size] for p in paths]}
    array, about = place.with_suffix(".npy"), place.with_suffix(".json")
    there: dict[str, Any] = json.loads(about.read_text()) if about.is_file() else {}
    if there.get("song") != described:
        sounds = stem_sounds(song)
        there = {"song": described, "stems": [stem.value for stem in sounds]}
        loudest = max((float(np.abs(s).max(initial=0)) for s in sounds.values()), default=0.0)
        scale = 32_767 / max(loudest, 1e-9)  # levels between stems are kept, those between songs do not matter
        about.unlink(missing_ok=True)
        np.save(array, np.stack([np.rint(s * scale).astype(np.int16) for s in sounds.values()]))
        about.write_text(json.dumps(there))  # last: its presence says that the array is whole
    stems = tuple(Stem.parse(name) for name in there["stems"])
    if len(stems) < 2:
        raise InputError(f"{song.name}: has {len(stems)} stem; two or more are needed")
    return SoundingSong(song.name, stems, np.load(array, mmap_mode="r"))


def read_captions(path: str | Path) -> dict[tuple[str, Stem], list[str]]:
    """Sentences by song and stem, from JSON lines with the fields song, stem and text, one sentence a line.

    Raises `ConfigError` naming file and line.
    """
    captions: dict[tuple[str, Stem], list[str]] = {}
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"captions: {path} cannot be read: {error}") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            key = str(row["song"]), Stem.parse(row["stem"])
            captions.setdefault(key, []).append(str(row["text"]))
        except (ValueError, KeyError, TypeError, AttributeError, InputError):
            raise ConfigError(
                f'captions: {path}: line {number}: {{"song": name, "stem": drums ..., "text": sentence}} is needed'
            ) from None
    return captions


def check_captions(
    captions: Mapping[tuple[str, Stem], Sequence[str]], songs: Sequence[SoundingSong], say: Callable[[str], None]
) -> None:
    """Say which captions are of stems that no song has; raises `ConfigError` where all are."""
    there = {(song.name, stem) for song in songs for stem in song.stems}
    missing = [f"{stem.value} of {song}" for song, stem in captions if (song, stem) not in there]
    if not missing:
        return
    named = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else "")
    if len(missing) == len(captions):
        raise ConfigError(f"captions: no song has {named}; songs are called as {songs[0].name!r} is")
    say(f"captions: left out, for no song has {named}")


class ImagePairs:
    """Draws windows of songs from which a stem is taken, as pairs of images.

    targets: how often each stem is taken, against the others. settings: what is predicted.
    """

    def __init__(
        self,
        songs: Sequence[SoundingSong],
        targets: Mapping[str, float],
        settings: RiffusionSettings,
        captions: Mapping[tuple[str, Stem], Sequence[str]] | None = None,
    ) -> None:
        self.settings, self.captions = settings, captions or {}
        wanted = {Stem.parse(name, "targets"): share for name, share in targets.items()}
        self._songs = {stem: [s for s in songs if stem in s.stems] for stem in wanted}
        self.stems = [stem for stem in wanted if self._songs[stem]]
        if not self.stems:
            raise ConfigError(f"targets: no song has {' or '.join(targets) or 'a stem that is not named'}")
        shares = np.array([wanted[stem] for stem in self.stems], dtype=np.float64)
        self._shares = shares / shares.sum()

    def draw(self, rng: np.random.Generator, tries: int = 200) -> ImagePair:
        """A random window in which the stem and the rest sound; raises `InputError` where none is found."""
        for _ in range(tries):
            stem = self.stems[rng.choice(len(self.stems), p=self._shares)]
            songs = self._songs[stem]
            song = songs[int(rng.integers(len(songs)))]
            start = int(rng.integers(max(1, song.sound.shape[1] - SAMPLES)))
            with torch.autocast("cpu", enabled=False):  # a trainer draws inside its own; images are not to be rounded
                pair = self._pair(song, stem, start, rng)
            if pair is not None:
                return pair
        raise InputError(f"data: hardly any window has {', '.join(s.value for s in self.stems)} beside other stems")

    def _pair(self, song: SoundingSong, stem: Stem, start: int, rng: np.random.Generator) -> ImagePair | None:
        window = torch.from_numpy(song.sound[:, start : start + SAMPLES].astype(np.float32) / 32_768)
        window = torch.nn.functional.pad(window, (0, SAMPLES - window.shape[1]))
        index = song.stems.index(stem)
        part, whole = window[index], window.sum(dim=0)
        context, taken = _bands(whole - part), _bands(part)
        loudest = float(context.max())
        sounding = (taken.amax(dim=0) > _AUDIBLE * loudest).float().mean()
        if loudest < 1e-3 or sounding < _ACTIVE:
            return None
        if self.settings.predicts == "mix":
            mix = _bands(whole)
            target = to_image(mix, float(mix.max()))
        else:
            target = to_image(taken, loudest * 10 ** (self.settings.headroom / 20))
        said = self.captions.get((song.name, stem), ())
        text = instruction(stem, said[int(rng.integers(len(said)))] if said else "")
        return ImagePair(to_image(context, loudest), target, text)


def _bands(sound: Tensor) -> Tensor:
    return band_magnitude(sound)[:, :WIDTH]


def seconds_of(songs: Sequence[SoundingSong]) -> float:
    """How long all songs are."""
    return float(sum(song.sound.shape[1] for song in songs)) / RATE

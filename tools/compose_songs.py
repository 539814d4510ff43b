"""Compose multi-track songs by rule and chance, around drums that people played: a training set of our own.

    python tools/compose_songs.py groove.tar.xz -o OUT --songs 3000 --seed 0

The archive holds the Groove MIDI Dataset (https://magenta.tensorflow.org/datasets/groove, CC BY 4.0), whose drums stay
under that licence; its `beat` performances in 4/4 are used. Songs go to OUT/STYLE/NUMBER.mid, in folders that `msub
prepare midi` takes for styles. A song's bytes depend on the archive, the seed and the song's number only.
"""

from __future__ import annotations

import sys
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Annotated

import typer

sys.path.insert(0, str(Path(__file__).parents[1]))  # the package is not installed

from tools.composing.drums import Performance, read_performances
from tools.composing.song import compose, write


def write_song(out: Path, seed: int, performances: list[Performance], index: int) -> None:
    """Compose one song into the folder of its style."""
    song = compose(seed, index, performances)
    write(song, out / song.style.replace(" ", "") / f"{index:05d}.mid")


def main(
    archive: Annotated[Path, typer.Argument(help="Groove MIDI Dataset, a tar archive.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the songs.")],
    songs: Annotated[int, typer.Option(min=1, help="How many songs.")] = 3000,
    seed: Annotated[int, typer.Option(help="Chance of all songs.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Compose songs around the drums of an archive."""
    performances = read_performances(archive)
    if not performances:
        raise typer.BadParameter(f"{archive}: holds no 4/4 beat of eight bars or more")
    print(f"{len(performances)} performances", flush=True)
    work = partial(write_song, out, seed, performances)
    if workers == 1:
        for index in range(songs):
            work(index)
    else:
        with Pool(workers) as pool:
            for _ in pool.imap_unordered(work, range(songs), chunksize=16):
                pass


if __name__ == "__main__":
    typer.run(main)

"""Whether stems of sound follow what is asked of them: one scale at its least and at its most, all else the same.

    python benchmarks/audio_control.py DATA [MODEL] [--cases N] [--text-scale X] [--tries N]

DATA is a training set that `msub prepare audio --from-midi` made, of songs that were not trained on. A window of each
song is written twice, with the same seed, and drawn anew where it misses what was asked for, as for users (whose beats
are tracked; here they are known). For every stem and scale: windows, what measures on average
(`audio_subtract.listening.facts`) with the least and with the most asked for, the share of windows in which it measures
more with the most, and the share of stems in which nothing could be measured, which are silent or nearly so.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import torch

from audio_subtract.inserter import AudioInserter
from audio_subtract.listening.facts import Beats, scales
from audio_subtract.listening.loudness import REFERENCE, to_loudness
from audio_subtract.model.autoencoder import STRIDE
from audio_subtract.model.pipeline import DEFAULT_MODEL
from audio_subtract.model.spectrogram import RATE, mixed
from audio_subtract.training.excerpts import AudioSongs
from audio_subtract.training.store import Song, load_songs
from subtract_core.choice import TRIES
from subtract_core.stems import Stem
from subtract_core.wish import Wish

ASKED = {
    Stem.DRUMS: ("density",),
    Stem.BASS: ("density", "register", "note length", "syncopation"),
    Stem.GUITAR: ("density", "register", "note length", "syncopation"),
}


def cases(songs: list[Song], stem: Stem, count: int) -> list[Song]:
    """Songs with the stem, at least two others, and a known tempo."""
    able = [song for song in songs if stem in song.parts and len(song.parts) > 2 and song.facts.get(stem)]
    return able[:count]


def measured(inserter: AudioInserter, song: Song, stem: Stem, scale: str, seed: int, tries: int) -> tuple[float, float]:
    """What `scale` measures with its least and its most asked for; NaN where nothing could be measured."""
    config, frames = inserter.pipeline.codec.config.spectrogram, inserter.pipeline.denoiser.config.frames
    excerpt = AudioSongs([song], config, frames, vary=False).window(song, 0, np.random.default_rng(0))
    rest = mixed([parts[0] for other, parts in excerpt.parts.items() if other is not stem])
    heard, _ = to_loudness(rest, config, REFERENCE)
    seconds = STRIDE * frames * config.hop / RATE
    beats = Beats(np.arange(0.0, seconds + 1, 60.0 / song.facts[stem][0].facts.scales["tempo"]))
    found = []
    for level in (0.0, 1.0):
        written = inserter.write(heard, stem, Wish({scale: level}), seed, beats=beats, tries=tries)
        found.append(scales(written, stem, config, beats, 0.0, seconds).get(scale, float("nan")))
    return found[0], found[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("model", nargs="?", default=DEFAULT_MODEL)
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--text-scale", type=float)
    parser.add_argument("--tries", type=int, default=TRIES)
    given = parser.parse_args()
    inserter, songs = AudioInserter.from_pretrained(given.model), load_songs(given.data)
    if given.text_scale is not None:
        inserter.pipeline.sampler = replace(inserter.pipeline.sampler, text_scale=given.text_scale)
    print(f"{'stem':8}{'scale':14}{'windows':>8}{'least':>9}{'most':>9}{'right way':>11}{'silent':>8}")
    for stem, names in ASKED.items():
        for name in names:
            chosen = cases(songs, stem, given.cases)
            pairs = np.array(
                [measured(inserter, song, stem, name, seed, given.tries) for seed, song in enumerate(chosen)]
            )
            known = pairs[np.isfinite(pairs).all(axis=1)]
            least, most = known.mean(axis=0)
            right = (known[:, 1] > known[:, 0]).mean()
            silent = 1 - np.isfinite(pairs).mean()
            row = f"{stem.value:8}{name:14}{len(known):8}{least:9.2f}{most:9.2f}{right:11.2f}{silent:8.2f}"
            print(row, flush=True)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    main()

"""How facts measured in sound agree with those measured in the notes that it was made from.

    python benchmarks/audio_facts.py DATA

DATA is a training set that `msub prepare audio --from-midi` made, whose facts come from the notes. For every stem and
scale: spans compared, rank correlation, median ratio of the sound's value to the notes' (1: no bias), mean of the
notes' and of the sound's values, share with the same word, and with that or a neighbouring one.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from itertools import pairwise

import numpy as np
import torch

from audio_subtract.listening.facts import Beats, FactSpan, stem_facts
from audio_subtract.training.store import Song, iterate_songs, spectrogram_of, to_level
from subtract_core.evaluation.measures import spearman
from subtract_core.facts import SCALE, StemFacts


def beats_of(song: Song, span: FactSpan) -> Beats:
    """Beats of a span whose tempo is known from the notes."""
    inside = song.bars[(song.bars >= span.start - 1e-3) & (song.bars <= span.stop + 1e-3)]
    beat = 60.0 / span.facts.scales["tempo"]
    return Beats.between_bars(inside, [max(1, round((b - a) / beat)) for a, b in pairwise(inside.tolist())])


def main(folder: str) -> None:
    config = spectrogram_of(folder)
    pairs: dict[tuple[str, str], list[tuple[StemFacts, StemFacts]]] = defaultdict(list)
    for song in iterate_songs(folder):
        for stem, spans in song.facts.items():
            level = torch.from_numpy(to_level(song.parts[stem]))
            for span in spans[::2]:
                if "density" in span.facts.scales and span.stop > span.start:
                    heard = stem_facts(level, stem, config, beats_of(song, span), span.start, span.stop)
                    for name in set(heard.scales) & set(span.facts.scales):
                        pairs[stem.value, name].append((span.facts, heard))
    print(
        f"{'stem':8}{'scale':14}{'spans':>6}{'rank corr.':>12}{'ratio':>8}{'notes':>9}{'sound':>9}"
        f"{'same word':>11}{'+-1':>6}"
    )
    for (stem_name, name), rows in sorted(pairs.items()):
        true, heard_values = (np.array([f[i].scales[name] for f in rows]) for i in (0, 1))
        words = SCALE[name].words
        apart = np.array([abs(words.index(a.words[name]) - words.index(b.words[name])) for a, b in rows])
        ratio = np.median(heard_values[true > 0] / true[true > 0]) if (true > 0).any() else np.nan
        print(
            f"{stem_name:8}{name:14}{len(rows):6}{spearman(true, heard_values):12.2f}{ratio:8.2f}{true.mean():9.2f}"
            f"{heard_values.mean():9.2f}{(apart == 0).mean():11.2f}{(apart <= 1).mean():6.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1])

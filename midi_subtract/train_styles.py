"""Training the style classifier on performances of drums alone whose source states a style."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from midi_subtract.metrics import FloatArray
from midi_subtract.store import iterate_songs
from midi_subtract.style_classifier import StyleClassifier, fit_styles, style_windows
from subtract_core.config import check_least
from subtract_core.errors import ConfigError
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem


@dataclass(frozen=True)
class StyleTraining:
    """What `configs/midi/styles.yaml` holds; `kind` says which training a YAML file is for.

    data: a training set made by `msub prepare midi`. styles: which are told apart; none named takes all of which at
      least `fewest` performances are. A performance that states several counts for the rarest, which says most.
    decay: weight of the squared weights' sum. steps: of L-BFGS.
    folds: parts of the performances that are classified by a model of the others, for the figure that is reported.
    """

    data: str
    styles: list[str] = field(default_factory=list)
    fewest: int = 7
    decay: float = 0.001
    steps: int = 200
    folds: int = 5
    kind: str = "midi-styles"

    def __post_init__(self) -> None:
        for name in self.styles:
            if name not in CHOICE["style"].options[Stem.DRUMS]:
                raise ValueError(f"styles: {name!r} is not in the vocabulary of styles")
        check_least(self, fewest=1, decay=0, steps=1, folds=2)


@dataclass(frozen=True)
class _Performance:
    """Windows of one performance, and the style that its source states."""

    style: str
    windows: list[FloatArray]


def train_styles(
    config: StyleTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> StyleClassifier:
    """Fit a classifier, write it to `out/styles` and say how many performances it recognises that it has not seen.

    It takes seconds, on the CPU: device and max_minutes change nothing.
    """
    performances = _performances(config.data)
    count = Counter(p.style for p in performances)
    styles = tuple(config.styles) or tuple(sorted(s for s, n in count.items() if n >= config.fewest))
    performances = [p for p in performances if p.style in styles]
    if len(styles) < 2 or min(count[s] for s in styles) < config.folds:
        raise ConfigError(
            f"{config.data}: holds performances of drums alone in {dict(count)}; two styles with {config.folds} "
            "each are needed"
        )
    say(", ".join(f"{style} {count[style]}" for style in styles))
    right = _cross_validated(performances, styles, config)
    for style in styles:
        say(f"{style}: {right[style]:.0%} of {count[style]} performances recognised")
    say(f"mean over styles: {np.mean(list(right.values())):.1%}")
    classifier = _fitted(performances, styles, config)
    classifier.save_pretrained(out / "styles")
    return StyleClassifier.from_pretrained(out / "styles")


def _performances(data: str) -> list[_Performance]:
    """The songs of drums alone with a stated style."""
    songs = [song for song in iterate_songs(data) if song.playing == {Stem.DRUMS} and song.styles]
    stated = Counter(style for song in songs for style in song.styles)
    found = []
    for song in songs:
        windows = style_windows(song.stem(Stem.DRUMS).wide(), song.bar_starts(song.last_step))
        if windows:
            found.append(_Performance(min(song.styles, key=lambda style: stated[style]), windows))
    return found


def _fitted(performances: Sequence[_Performance], styles: tuple[str, ...], config: StyleTraining) -> StyleClassifier:
    rows = [(w, styles.index(p.style), i) for i, p in enumerate(performances) for w in p.windows]
    windows, labels, songs = zip(*rows, strict=True)
    return fit_styles(windows, labels, songs, styles, config.decay, config.steps)


def _cross_validated(
    performances: Sequence[_Performance], styles: tuple[str, ...], config: StyleTraining
) -> dict[str, float]:
    """Style -> share of its performances that a classifier recognises which has not seen them."""
    rng = np.random.default_rng(0)
    fold = np.zeros(len(performances), dtype=np.int64)
    for style in styles:  # every fold holds its share of every style
        own = rng.permutation([i for i, p in enumerate(performances) if p.style == style])
        fold[own] = np.arange(len(own)) % config.folds
    right: dict[str, list[bool]] = {style: [] for style in styles}
    for held in range(config.folds):
        classifier = _fitted([p for p, f in zip(performances, fold, strict=True) if f != held], styles, config)
        for performance in (p for p, f in zip(performances, fold, strict=True) if f == held):
            shares = classifier.of_windows(performance.windows)
            right[performance.style].append(max(shares, key=lambda name: shares[name]) == performance.style)
    return {style: float(np.mean(hits)) for style, hits in right.items()}

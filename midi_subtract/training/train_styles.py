"""Training the style classifier on performances of drums alone whose source states a style."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from midi_subtract.listening.style_classifier import StyleClassifier, fit_styles, style_windows
from midi_subtract.metrics import FloatArray
from midi_subtract.training.store import iterate_songs
from subtract_core.config import check_least
from subtract_core.errors import ConfigError
from subtract_core.evaluation.measures import mean
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem


@dataclass(frozen=True)
class StyleTraining:
    """What `configs/midi/styles.yaml` holds; `kind` says which training a YAML file is for.

    data: a training set made by `msub prepare midi`. styles: which are told apart; none named takes all of which at
      least `fewest` performances are. A performance that states several counts for the rarest, which says most.
    decay: weight of the squared weights' sum. steps: of L-BFGS.
    folds: parts of the performances that are classified by a model of the others, for the figure that is reported.
      What lies in one folder, a drummer's session, is in one of them: a model would know it by its drummer.
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
    """Windows of one performance, the style that its source states, and the folder of its drummer's session."""

    style: str
    windows: list[FloatArray]
    session: str


def train_styles(
    config: StyleTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> StyleClassifier:
    """Fit a classifier, write it to `out/styles` and say how many performances of sessions that it has not seen it
    recognises.

    It takes seconds, on the CPU: device and max_minutes change nothing.
    """
    performances = _performances(config.data)
    count = Counter(p.style for p in performances)
    styles = tuple(config.styles) or tuple(sorted(s for s, n in count.items() if n >= config.fewest))
    performances = [p for p in performances if p.style in styles]
    if len(styles) < 2 or min(count[s] for s in styles) < config.folds:
        raise ConfigError(
            f"{config.data}: holds {_counted(count)}; performances of drums alone that state two styles, "
            f"{config.folds} of each, are needed"
        )
    say(", ".join(f"{style} {count[style]}" for style in styles))
    sessions = len({p.session for p in performances})
    right = _cross_validated(performances, styles, config)
    for style in styles:
        known = "in one session, so none is left out" if np.isnan(right[style]) else f"{right[style]:.0%} recognised"
        say(f"{style}: {count[style]} performances, {known}")
    say(f"mean over styles: {mean(list(right.values())):.1%}, of {sessions} sessions left out in {config.folds} folds")
    classifier = _fitted(performances, styles, config)
    classifier.save_pretrained(out / "styles")
    return StyleClassifier.from_pretrained(out / "styles")


def _counted(count: Mapping[str, int]) -> str:
    styles = ", ".join(f"{style} {number}" for style, number in count.items())
    return f"performances of drums alone in {styles}" if styles else "no performance of drums alone with a stated style"


def _performances(data: str) -> list[_Performance]:
    """The songs of drums alone with a stated style."""
    songs = [song for song in iterate_songs(data) if song.playing == {Stem.DRUMS} and song.styles]
    stated = Counter(style for song in songs for style in song.styles)
    found = []
    for song in songs:
        windows = style_windows(song.stem(Stem.DRUMS).wide(), song.bar_starts(song.last_step))
        if windows:
            style, folder = min(song.styles, key=lambda style: stated[style]), song.name.rpartition("/")[0]
            found.append(_Performance(style, windows, folder))
    if len({p.session for p in found}) < 2:  # files in one folder, of which nobody says who played when
        found = [replace(p, session=str(number)) for number, p in enumerate(found)]
    return found


def _fitted(performances: Sequence[_Performance], styles: tuple[str, ...], config: StyleTraining) -> StyleClassifier:
    rows = [(w, styles.index(p.style), i) for i, p in enumerate(performances) for w in p.windows]
    windows, labels, songs = zip(*rows, strict=True)
    return fit_styles(windows, labels, songs, styles, config.decay, config.steps)


def _cross_validated(
    performances: Sequence[_Performance], styles: tuple[str, ...], config: StyleTraining
) -> dict[str, float]:
    """Style -> share of its performances that a classifier recognises which has not seen their sessions; NaN for a
    style that is played in one fold alone."""
    fold = _folds(performances, styles, config.folds)
    right: dict[str, list[float]] = {style: [] for style in styles}
    for held in sorted(set(fold.values())):
        rest = [p for p in performances if fold[p.session] != held]
        taught = {p.style for p in rest}
        classifier = _fitted(rest, styles, config)
        for performance in (p for p in performances if fold[p.session] == held and p.style in taught):
            shares = classifier.of_windows(performance.windows)
            right[performance.style].append(max(shares, key=lambda name: shares[name]) == performance.style)
    return {style: mean(hits) for style, hits in right.items()}


def _folds(performances: Sequence[_Performance], styles: tuple[str, ...], folds: int) -> dict[str, int]:
    """Session -> fold, such that every fold holds about its share of every style."""
    sessions = sorted({p.session for p in performances})
    shares = np.zeros((len(sessions), len(styles)))
    for p in performances:
        shares[sessions.index(p.session), styles.index(p.style)] += 1
    shares /= shares.sum(axis=0)
    full, fold = np.zeros((folds, len(styles))), dict[str, int]()
    for index in np.argsort(-shares.sum(axis=1), kind="stable"):  # large ones first: small ones fill the gaps
        with_it = full + shares[index]
        best = int(np.argmin((with_it**2 - full**2).sum(axis=1)))
        full[best], fold[sessions[index]] = with_it[best], best
    return fold

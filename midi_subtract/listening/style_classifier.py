"""Which style drums are played in, heard from the notes alone: a linear classifier over how often what is struck where.

It tells whether a style that was asked for is there (M9), and which of several parts drawn has it. It learns from
performances whose source states a style (`midi_subtract.training.train_styles`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from midi_subtract.listening.drum_figures import of_classes
from midi_subtract.metrics import FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from subtract_core.model.checkpoint import Component

WINDOW_BARS = 8
"""Bars heard at a time; of a longer part the verdicts on its windows are averaged."""
GROUPS: tuple[tuple[str, ...], ...] = (
    ("kick",),
    ("snare",),
    ("stick and clap",),
    ("closed hat", "pedal hat"),
    ("open hat",),
    ("ride",),
    ("crash",),
    ("low tom", "mid tom", "high tom"),
    ("hand percussion",),
)
"""Drum classes that are counted together."""

_BEATS, _QUARTERS = 4, 4
_SIXTEENTH = np.array([0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3])  # of each step of a beat; triplets go to the nearest
FEATURES = len(GROUPS) * (_BEATS * _QUARTERS + STEPS_PER_BEAT) + 1
"""Size of `style_features`."""


def style_features(notes: Notes, bar_starts: IntArray) -> FloatArray:
    """What a window of drums is like, float64 [FEATURES].

    For each of `GROUPS`: square roots of strokes a bar on each sixteenth of the (first four) beats of a bar, and of
    strokes a beat on each step of a beat; then the square root of all strokes a bar. How loud they are is left out:
    performances are played by hand, most other parts are not, and would differ in that alone.
    bar_starts: bar lines in steps, the window's end included.
    """
    bars = len(bar_starts) - 1
    bar = np.clip(np.searchsorted(bar_starts, notes.onset, side="right") - 1, 0, bars - 1)
    at = np.clip(notes.onset - bar_starts[bar], 0, None)
    beat, step = np.minimum(at // STEPS_PER_BEAT, _BEATS - 1), at % STEPS_PER_BEAT
    beats = max((int(bar_starts[-1]) - int(bar_starts[0])) / STEPS_PER_BEAT, 1.0)
    columns: list[FloatArray] = []
    for names in GROUPS:
        own = of_classes(notes, names)
        places = np.bincount(beat[own] * _QUARTERS + _SIXTEENTH[step[own]], minlength=_BEATS * _QUARTERS)
        steps = np.bincount(step[own], minlength=STEPS_PER_BEAT)
        columns += [np.sqrt(places / bars), np.sqrt(steps / beats)]
    return np.concatenate([*columns, [np.sqrt(len(notes) / bars)]])


def style_windows(notes: Notes, bar_starts: IntArray) -> list[FloatArray]:
    """The features of every `WINDOW_BARS` bars of a part, without those in which it rests; a short part is one."""
    firsts = range(0, max(len(bar_starts) - WINDOW_BARS, 1), WINDOW_BARS)
    found = []
    for first in firsts:
        lines = bar_starts[first : first + WINDOW_BARS + 1]
        inside = notes.starting(int(lines[0]), int(lines[-1]))
        if len(inside):
            found.append(style_features(inside, lines))
    return found


@dataclass(frozen=True)
class StyleConfig:
    """styles: names of the vocabulary, in the order of the classifier's rows."""

    styles: tuple[str, ...]
    features: int = FEATURES


class StyleClassifier(Component):
    """Multinomial logistic regression over standardised `style_features`."""

    config_class = StyleConfig
    centre: torch.Tensor
    spread: torch.Tensor

    def __init__(self, config: StyleConfig) -> None:
        super().__init__()
        self.config = config
        self.linear = torch.nn.Linear(config.features, len(config.styles))
        self.register_buffer("centre", torch.zeros(config.features))
        self.register_buffer("spread", torch.ones(config.features))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits [batch, styles] of features [batch, FEATURES]."""
        out: torch.Tensor = self.linear((features - self.centre) / self.spread)
        return out

    def probabilities(self, notes: Notes, bar_starts: IntArray) -> dict[str, float]:
        """Style -> probability of a part of drums, its windows' log probabilities averaged; empty without notes."""
        return self.of_windows(style_windows(notes, bar_starts))

    @torch.no_grad()
    def of_windows(self, windows: Sequence[FloatArray]) -> dict[str, float]:
        """The same from the features of the part's windows."""
        if not windows:
            return {}
        logits = self(torch.from_numpy(np.stack(windows)).float())
        shares = torch.softmax(torch.log_softmax(logits, dim=1).mean(dim=0), dim=0)
        return dict(zip(self.config.styles, shares.tolist(), strict=True))

    def recognised(self, notes: Notes, bar_starts: IntArray) -> str | None:
        """The likeliest style; None without notes."""
        shares = self.probabilities(notes, bar_starts)
        return max(shares, key=lambda name: shares[name]) if shares else None


@lru_cache(maxsize=1)
def bundled_styles() -> StyleClassifier:
    """The classifier that comes with the package."""
    return StyleClassifier.from_pretrained(Path(__file__).parents[1] / "weights" / "styles")


def fit_styles(
    windows: Sequence[FloatArray],
    labels: Sequence[int],
    songs: Sequence[int],
    styles: tuple[str, ...],
    decay: float,
    steps: int,
) -> StyleClassifier:
    """A classifier fitted to windows, each with its style and its song, by full-batch L-BFGS.

    Every style weighs the same, and within a style every song. decay: weight of the squared weights' sum.
    """
    features = torch.from_numpy(np.stack(windows)).float()
    label, song = torch.tensor(list(labels)), np.asarray(songs)
    of_song = {s: 1.0 / int((song == s).sum()) for s in set(song.tolist())}
    weight = torch.tensor([of_song[s] for s in song.tolist()])
    for style in range(len(styles)):
        own = label == style
        weight[own] /= weight[own].sum().clamp(min=1e-9) * len(styles)
    classifier = StyleClassifier(StyleConfig(styles))
    classifier.centre.copy_(features.mean(dim=0))
    # A feature that hardly varies would be blown up by its own spread.
    classifier.spread.copy_(features.std(dim=0).clamp(min=0.05))
    torch.nn.init.zeros_(classifier.linear.weight)
    torch.nn.init.zeros_(classifier.linear.bias)
    optimizer = torch.optim.LBFGS(classifier.linear.parameters(), max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        errors = torch.nn.functional.cross_entropy(classifier(features), label, reduction="none")
        loss: torch.Tensor = (errors * weight).sum() + decay * (classifier.linear.weight**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return classifier.eval()

"""The matcher: a small learned critic that says how well a part belongs to the other parts of a song."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from midi_subtract.model.match_input import (
    CONTEXT_GROUPS,
    CONTEXT_PITCH,
    CONTEXT_RHYTHM,
    PART_GROUPS,
    PART_PITCH,
    PART_RHYTHM,
    Bars,
    Planes,
    context_planes,
    frames_of,
    part_planes,
    struck_together,
)
from midi_subtract.notes import Notes
from subtract_core.config import check_least
from subtract_core.model.checkpoint import Component
from subtract_core.stems import STEMS, Stem

_CLASSES = 12
_KERNEL = 5  # frames that a convolution over time sees
_TONE_FORM = 2  # channels of each pitch class by which the likeness of bars is told
_LIKENESSES = 4


@dataclass(frozen=True)
class MatcherConfig:
    """pitch, rhythm: channels of the two streams, the former for each pitch class. layers: of each encoder.

    form: channels of a frame by which the likeness of bars is told. hidden: of the comparison.
    stems: whose parts it has learnt to judge, which training sets to its targets.
    """

    pitch: int = 16
    rhythm: int = 64
    layers: int = 3
    form: int = 16
    hidden: int = 64
    stems: tuple[str, ...] = ("drums", "bass", "guitar")

    def __post_init__(self) -> None:
        check_least(self, pitch=1, rhythm=1, layers=1, form=1, hidden=1)
        for name in self.stems:
            Stem.parse(name, "stems")


class Heard(NamedTuple):
    """What an encoder makes of a part or a context.

    pitch: [n, 12, pitch, frames]; rhythm: [n, rhythm, frames]. By which bars are like each other: tone_form
    [n, 12, 2, frames] and pulse_form [n, form, frames]. onsets: the rhythm planes as they are.
    """

    pitch: Tensor
    rhythm: Tensor
    tone_form: Tensor
    pulse_form: Tensor
    onsets: Tensor


class _Classes(nn.Module):
    """A linear layer over all pitch classes that treats them alike: transposed input gives transposed output.

    [n, 12, in, frames] -> [n, 12, out, frames]: the circular convolution over pitch classes, as one matrix.
    """

    interval: Tensor

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(_CLASSES, width_out, width_in) / (width_in * _CLASSES) ** 0.5)
        self.bias = nn.Parameter(torch.zeros(width_out))
        interval = (torch.arange(_CLASSES)[None] - torch.arange(_CLASSES)[:, None]) % _CLASSES
        self.register_buffer("interval", interval, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        # [12 out, 12 in, width_out, width_in]: what each class hears of the one so many semitones above it.
        matrix = self.weight[self.interval].permute(0, 2, 1, 3).flatten(2).flatten(0, 1)
        y = F.conv1d(x.flatten(1, 2), matrix.unsqueeze(-1), self.bias.repeat(_CLASSES))
        return _split(y, 1, _CLASSES)


class _Layer(nn.Module):
    """A residual layer of both streams; the rhythm also hears what the harmony does."""

    def __init__(self, pitch: int, rhythm: int, dilation: int) -> None:
        super().__init__()
        reach = dilation * (_KERNEL // 2)
        self.classes = _Classes(pitch, pitch)
        self.pitch_time = nn.Conv1d(pitch, pitch, _KERNEL, padding=reach, dilation=dilation)
        self.rhythm_in = nn.Conv1d(rhythm + 2 * pitch, rhythm, 1)
        self.rhythm_time = nn.Conv1d(rhythm, rhythm, _KERNEL, padding=reach, dilation=dilation)

    def forward(self, pitch: Tensor, rhythm: Tensor) -> tuple[Tensor, Tensor]:
        tones = F.gelu(self.classes(_levelled(pitch, (1, 2))))
        moved = self.pitch_time(tones.flatten(0, 1)).unflatten(0, (-1, _CLASSES))
        heard = torch.cat([_levelled(rhythm, (1,)), tones.mean(dim=1), tones.amax(dim=1)], dim=1)
        return pitch + moved, rhythm + self.rhythm_time(F.gelu(self.rhythm_in(heard)))


def _levelled(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    """Every frame brought to the same mean square."""
    return x * torch.rsqrt(x.square().mean(dim=dims, keepdim=True) + 1e-3)


class _Encoder(nn.Module):
    """Planes to what is compared; transposing the planes by a semitone turns `Heard.pitch` by one and no more."""

    def __init__(self, config: MatcherConfig, pitch_planes: int, rhythm_planes: int) -> None:
        super().__init__()
        self.pitch_in = _Classes(pitch_planes, config.pitch)
        self.rhythm_in = nn.Conv1d(rhythm_planes, config.rhythm, 3, padding=1)
        self.stem = nn.Embedding(len(STEMS), config.rhythm)
        self.layers = nn.ModuleList(_Layer(config.pitch, config.rhythm, 2**i) for i in range(config.layers))
        self.pitch_out = nn.Conv1d(config.pitch, config.pitch, 1)
        self.rhythm_out = nn.Conv1d(config.rhythm, config.rhythm, 1)
        self.tone_form = nn.Conv1d(pitch_planes, _TONE_FORM, 1)
        self.pulse_form = nn.Conv1d(rhythm_planes, config.form, 1)

    def forward(self, planes: Planes, stem: Tensor) -> Heard:
        tones, rhythm_planes = planes.pitch.transpose(1, 2), planes.rhythm
        pitch = self.pitch_in(tones)
        rhythm = self.rhythm_in(rhythm_planes) + self.stem(stem).unsqueeze(-1)
        for layer in self.layers:
            pitch, rhythm = layer(pitch, rhythm)
        pitch, rhythm = _levelled(pitch, (1, 2)), _levelled(rhythm, (1,))
        return Heard(
            self.pitch_out(pitch.flatten(0, 1)).unflatten(0, (-1, _CLASSES)),
            self.rhythm_out(rhythm),
            self.tone_form(tones.flatten(0, 1)).unflatten(0, (-1, _CLASSES)),
            self.pulse_form(rhythm_planes),
            rhythm_planes,
        )


class Matcher(Component):
    """Two encoders, for parts and for contexts, and a comparison of what they hear, frame by frame and bar by bar.

    Frame by frame: products of pitch channels, summed over pitch classes, and of rhythm channels, and what is struck
    together. Bar by bar: how like the other bars each bar is, in the part as in the context (the self-similarity of M7,
    but learned). Encoders are convolutions over time and over the circle of pitch classes, so the comparison is
    relative: moving part and context by the same eighths or semitones changes nothing.
    """

    config_class = MatcherConfig

    def __init__(self, config: MatcherConfig) -> None:
        super().__init__()
        self.config = config
        self.part = _Encoder(config, PART_PITCH, PART_RHYTHM)
        self.context = _Encoder(config, CONTEXT_PITCH, CONTEXT_RHYTHM)
        self.local = nn.Conv1d(config.pitch + config.rhythm + PART_GROUPS * CONTEXT_GROUPS, config.hidden, 1)
        self.stem = nn.Embedding(len(STEMS), config.hidden)
        self.bar = nn.Linear(config.hidden + 2 * _LIKENESSES, config.hidden)
        self.song = nn.Linear(config.hidden, config.hidden)
        self.score = nn.Linear(config.hidden, 1)

    def judges(self, stem: Stem) -> bool:
        """Whether it has learnt of such parts; what it says of others means nothing."""
        return stem.value in self.config.stems

    def compare(self, part: Heard, context: Heard, bars: Bars, stem: Tensor) -> Tensor:
        """How well parts belong to contexts, pair by pair: [n]; only differences mean something. stem: int64 [n]."""
        tones = (part.pitch * context.pitch).mean(dim=1)
        together = struck_together(part.onsets, context.onsets)
        local = F.gelu(self.local(torch.cat([tones, part.rhythm * context.rhythm, together], dim=1)))
        by_bar = (local @ bars.shares).transpose(1, 2) + self.stem(stem).unsqueeze(1)
        heard = F.gelu(self.bar(torch.cat([by_bar, _likeness(part, context, bars)], dim=-1)))
        verdict: Tensor = self.score(F.gelu(self.song(heard.mean(dim=1)))).squeeze(-1)
        return verdict

    @torch.no_grad()
    def hear_parts(self, parts: Sequence[Notes], stem: Stem, n_steps: int) -> Heard:
        """Parts of one stem over `n_steps` grid steps, as `compare` takes them."""
        planes = Planes.stack([part_planes(part, stem, frames_of(n_steps)) for part in parts]).to(self.device)
        heard: Heard = self.part(planes, self._stems(stem, len(parts)))
        return heard

    @torch.no_grad()
    def hear_context(self, context: Mapping[Stem, Notes], stem: Stem, n_steps: int) -> Heard:
        """The other parts of a song, heard with a part of `stem` in mind: a batch of one."""
        planes = Planes.stack([context_planes(context, frames_of(n_steps))]).to(self.device)
        heard: Heard = self.context(planes, self._stems(stem, 1))
        return heard

    @torch.no_grad()
    def scores(
        self, parts: Sequence[Notes], context: Mapping[Stem, Notes], stem: Stem, bar_starts: np.ndarray
    ) -> list[float]:
        """How well each of several parts of one stem belongs to a context; only differences mean something.

        parts, context: notes in steps; bar_starts: bar lines in steps from 0 on, the end included.
        """
        n_steps = int(bar_starts[-1])
        bars = Bars.of(bar_starts, frames_of(n_steps)).to(self.device)
        heard, around = self.hear_parts(parts, stem, n_steps), self.hear_context(context, stem, n_steps)
        values = self.compare(heard, around, bars, self._stems(stem, len(parts)))
        return [float(value) for value in values]

    def _stems(self, stem: Stem, count: int) -> Tensor:
        return torch.full((count,), stem.number, device=self.device)


def _likeness(part: Heard, context: Heard, bars: Bars) -> Tensor:
    """How far bars that are alike in a part are alike in its context, and the mean over bars: [n, bars, 8].

    For every bar the correlation of its likeness to all bars in the one with that in the other, of tones and pulses of
    the part with tones and pulses of the context.
    """
    ours, theirs = ([_self_similarity(form, bars) for form in (x.tone_form, x.pulse_form)] for x in (part, context))
    by_bar = torch.stack([(a * b).sum(dim=-1) for a in ours for b in theirs], dim=-1)
    return torch.cat([by_bar, by_bar.mean(dim=1, keepdim=True).expand_as(by_bar)], dim=-1)


def _self_similarity(form: Tensor, bars: Bars) -> Tensor:
    """Likeness of bars [n, bars, bars] by what their frames hold [n, ..., frames]; each row with mean 0 and norm 1.

    Likeness is the cosine of what sets two bars apart from the mean of all.
    """
    x = _split(form.flatten(1, -2)[:, :, bars.places.flatten()], -1, len(bars.places))
    x = x.transpose(1, 2).flatten(2)
    x = F.normalize(x - x.mean(dim=1, keepdim=True), dim=-1)
    cosines = x @ x.transpose(1, 2)
    rows = cosines - cosines.mean(dim=-1, keepdim=True)
    standard: Tensor = rows / (rows.norm(dim=-1, keepdim=True) + 1e-2)
    return standard


def _split(x: Tensor, dim: int, count: int) -> Tensor:
    """One dimension as two, the first of them of size `count`."""
    dim %= x.ndim
    return x.reshape(*x.shape[:dim], count, x.shape[dim] // count, *x.shape[dim + 1 :])

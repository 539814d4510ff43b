"""Subtractive training data: songs that come apart into stems, from which one is taken away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from subtract_core.config import check_shares, check_weights
from subtract_core.errors import ConfigError, InputError
from subtract_core.facts import StemFacts
from subtract_core.model.denoiser import Condition
from subtract_core.stems import Stem
from subtract_core.wish import Section, draw_wishes, vectors

P = TypeVar("P")
"""A part: what one instrument plays, in whatever form a backend keeps it."""


@dataclass(frozen=True)
class Excerpt(Generic[P]):
    """A stretch of a song, taken apart.

    parts: the parts of every stem that plays. place: float32 [frames, place_channels], where each frame lies.
    valid: bool [frames], false behind the song's end. source: the song's name.
    borders: int [n], frames at which something new may begin, as bars do; in order, the first is 0.
    measure: (part, its stem, the other parts, first frame, frame after the last) -> what can be said of how it is
      played there.
    """

    parts: dict[Stem, list[P]]
    place: np.ndarray
    valid: np.ndarray
    source: str
    borders: np.ndarray
    measure: Callable[[P, Stem, Mapping[Stem, P], int, int], StemFacts]


@dataclass(frozen=True)
class SubtractiveExample(Generic[P]):
    """One training triple: the remaining mix, the stem that is missing from it, the instruction that puts it back.

    The instruction is what it comes down to, wishes, not their wording: see `subtract_core.wish`. It may be empty,
    hold throughout, or change from section to section.
    """

    context: dict[Stem, P]
    target: P
    stem: Stem
    instruction: tuple[Section, ...]
    source: str
    place: np.ndarray
    valid: np.ndarray


class SongSource(Protocol[P]):
    """Songs of one kind of music data."""

    def draw(self, stem: Stem, rng: np.random.Generator) -> Excerpt[P]:
        """A random excerpt of a random song that plays `stem` somewhere; `InputError` where no song does."""
        ...

    def mix(self, parts: Sequence[P]) -> P:
        """Several parts sounding together."""
        ...

    def activity(self, part: P, frames: int) -> float:
        """Share of an excerpt's frames in which a part sounds, 0-1."""
        ...


class StemCodec(Protocol[P]):
    """Parts <-> sequences of latent frames."""

    place_channels: int

    @property
    def latent_channels(self) -> int:
        """Channels of a latent frame."""
        ...

    @property
    def context_channels(self) -> int:
        """Channels of a frame of the encoded remaining mix."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it encodes."""
        ...

    @staticmethod
    def stage(examples: Sequence[SubtractiveExample[P]], frames: int) -> Any:
        """What can be done of encoding without the codec's weights, and so by other processes: as small as can be."""
        ...

    def encode_staged(self, staged: Any) -> tuple[Tensor, Tensor]:
        """The rest: targets [batch, frames, latent_channels], remaining mixes [batch, frames, context_channels]."""
        ...

    def encode_context(self, contexts: Sequence[Mapping[Stem, P]], frames: int) -> Tensor:
        """Remaining mixes as [batch, frames, context_channels]; an empty mix gives zeros."""
        ...

    def decode(self, latents: Tensor, stem: Stem) -> list[P]:
        """Latents [batch, frames, latent_channels] as parts."""
        ...


@dataclass(frozen=True)
class SubtractionConfig:
    """How a stem is chosen and what is left of the others.

    targets: weight of every stem that may be taken away.
    one_of_many: where a stem has several parts, how often just one is taken and its neighbours stay in the context.
    thin_context: share of examples whose context loses stems at random, each with `drop_stem`; one always stays.
    min_activity: least share of frames in which the target sounds.
    no_instruction: share of examples without an instruction. throughout: share of the others whose instruction holds
      for all frames, as a musician's does; the rest have one for every section, which says more of how the part and
      the instruction hang together. sections: lengths of sections in frames, of which one is drawn.
    """

    targets: dict[str, float] = field(default_factory=lambda: {"drums": 1.0, "bass": 1.0, "guitar": 1.0})
    one_of_many: float = 0.25
    thin_context: float = 0.4
    drop_stem: float = 0.3
    min_activity: float = 0.15
    no_instruction: float = 0.3
    throughout: float = 0.4
    sections: tuple[int, ...] = (16, 32, 64)

    def __post_init__(self) -> None:
        if not self.sections or min(self.sections) < 1:
            raise ConfigError(f"sections: {list(self.sections)} is not valid; give lengths of 1 frame or more")
        check_weights("targets", self.targets)
        check_shares(self, "one_of_many", "thin_context", "drop_stem", "min_activity", "no_instruction", "throughout")


@dataclass(frozen=True)
class Batch:
    """Encoded examples: latents of the targets [batch, frames, channels], their condition, valid frames."""

    target: Tensor
    condition: Condition
    valid: Tensor


class SubtractiveDataset(Generic[P]):
    """Draws subtractive examples from a song source; name: what errors call its songs."""

    def __init__(self, source: SongSource[P], config: SubtractionConfig, name: str = "the training set") -> None:
        self.source, self.config, self.name = source, config, name
        self.stems = [Stem.parse(s) for s in config.targets]
        weights = np.array(list(config.targets.values()), dtype=np.float64)
        self.weights = weights / weights.sum()

    @property
    def targets(self) -> tuple[Stem, ...]:
        """The stems that are taken away."""
        return tuple(stem for stem, weight in zip(self.stems, self.weights, strict=True) if weight > 0)

    def draw(self, rng: np.random.Generator, tries: int = 1000) -> SubtractiveExample[P]:
        """A random example. The stem is drawn before the song, so rare stems are seen as often as asked for.

        Raises `InputError` where no song plays the stem, or none enough of it.
        """
        stem = self.stems[rng.choice(len(self.stems), p=self.weights)]
        for _ in range(tries):
            excerpt = self._excerpt(stem, rng)
            if stem not in excerpt.parts:
                continue
            example = self._subtract(excerpt, stem, rng)
            if self.source.activity(example.target, len(excerpt.valid)) >= self.config.min_activity:
                return example
        raise InputError(f"subtraction.targets: no song of {self.name} plays enough {stem.value} beside other stems")

    def _excerpt(self, stem: Stem, rng: np.random.Generator) -> Excerpt[P]:
        try:
            return self.source.draw(stem, rng)
        except InputError:  # a source does not know what its songs are for
            raise InputError(f"subtraction.targets: no song of {self.name} has {stem.value}") from None

    def _subtract(self, excerpt: Excerpt[P], stem: Stem, rng: np.random.Generator) -> SubtractiveExample[P]:
        taken, left = list(excerpt.parts[stem]), list[P]()
        if len(taken) > 1 and rng.random() < self.config.one_of_many:
            left = taken
            taken = [left.pop(rng.integers(len(left)))]
        remaining = {s: p for s, p in excerpt.parts.items() if s is not stem} | ({stem: left} if left else {})
        target, context = self.source.mix(taken), {s: self.source.mix(p) for s, p in remaining.items()}
        instruction: tuple[Section, ...] = ()
        if rng.random() >= self.config.no_instruction:
            instruction = self._instruction(excerpt, target, stem, context, rng)
        return SubtractiveExample(
            context=self._thinned(context, rng),
            target=target,
            stem=stem,
            instruction=instruction,
            source=excerpt.source,
            place=excerpt.place,
            valid=excerpt.valid,
        )

    def _instruction(
        self, excerpt: Excerpt[P], target: P, stem: Stem, context: dict[Stem, P], rng: np.random.Generator
    ) -> tuple[Section, ...]:
        frames = len(excerpt.valid)
        starts = [0]
        if rng.random() >= self.config.throughout:
            starts = section_starts(excerpt.borders, frames, int(rng.choice(self.config.sections)), rng)
        facts = [excerpt.measure(target, stem, context, a, b) for a, b in pairwise([*starts, frames])]
        return tuple(Section(s, w) for s, w in zip(starts, draw_wishes(facts, rng), strict=True))

    def _thinned(self, parts: dict[Stem, P], rng: np.random.Generator) -> dict[Stem, P]:
        if not parts or rng.random() >= self.config.thin_context:
            return parts
        kept = {s: p for s, p in parts.items() if rng.random() >= self.config.drop_stem}
        if kept:
            return kept
        stems = list(parts)
        chosen = stems[rng.integers(len(stems))]
        return {chosen: parts[chosen]}


def section_starts(borders: np.ndarray, frames: int, length: int, rng: np.random.Generator) -> list[int]:
    """First frames of sections about `length` long: 0, and from a random one on every border nearest to a multiple."""
    wanted = np.arange(int(rng.integers(1, length + 1)), frames, length)
    nearest = np.abs(borders[None, :] - wanted[:, None]).argmin(axis=1)
    return sorted({0, *borders[nearest].tolist()})


@dataclass(frozen=True)
class StagedBatch:
    """Examples on their way to a `Batch`: parts as `StemCodec.stage` left them, the rest as it will be, on the CPU."""

    parts: Any
    place: Tensor
    stem: Tensor
    text: Tensor
    valid: Tensor

    def encode(self, codec: StemCodec[Any]) -> Batch:
        """The batch, on the codec's device."""
        target, context = codec.encode_staged(self.parts)
        place, stem, text, valid = (x.to(codec.device) for x in (self.place, self.stem, self.text, self.valid))
        return Batch(target, Condition(context=context, place=place, stem=stem, text=text), valid)


def stage_batch(
    examples: Sequence[SubtractiveExample[P]], stage: Callable[[Sequence[SubtractiveExample[P]], int], Any]
) -> StagedBatch:
    """Examples of equally many frames, made ready by the `stage` of a codec."""
    frames = len(examples[0].valid)
    return StagedBatch(
        parts=stage(examples, frames),
        place=torch.from_numpy(np.stack([e.place for e in examples])),
        stem=torch.tensor([e.stem.number for e in examples]),
        text=torch.from_numpy(np.stack([vectors(e.instruction, frames) for e in examples])),
        valid=torch.from_numpy(np.stack([e.valid for e in examples])),
    )

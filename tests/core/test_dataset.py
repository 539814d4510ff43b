"""What subtraction takes away and what it leaves, on a source that is neither MIDI nor audio."""

from collections.abc import Sequence

import numpy as np
import pytest

from subtract_core.dataset import Excerpt, SubtractionConfig, SubtractiveDataset
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem

Part = frozenset[str]
FRAMES = 8


class WordSource:
    """Parts are sets of words: mixing is union, so nothing can hide."""

    def __init__(self, parts: dict[Stem, list[Part]]) -> None:
        self.parts = parts

    def draw(self, stem: Stem, rng: np.random.Generator) -> Excerpt[Part]:
        sentences = {Stem.BASS: ("walk", "groove")}
        return Excerpt(dict(self.parts), np.zeros((FRAMES, 1)), np.ones(FRAMES, dtype=bool), "song", sentences)

    def mix(self, parts: Sequence[Part]) -> Part:
        return frozenset().union(*parts)

    def activity(self, part: Part, frames: int) -> float:
        return 0.0 if "rest" in part else 1.0


PARTS = {
    Stem.DRUMS: [frozenset({"kick"})],
    Stem.BASS: [frozenset({"root"})],
    Stem.GUITAR: [frozenset({"strum"}), frozenset({"solo"})],
}


def _dataset(parts: dict[Stem, list[Part]] | None = None, **options: object) -> SubtractiveDataset[Part]:
    return SubtractiveDataset(WordSource(parts or PARTS), SubtractionConfig(**options))  # type: ignore[arg-type]


def test_the_target_is_never_in_the_context() -> None:
    dataset, rng = _dataset(), np.random.default_rng(0)
    for _ in range(200):
        example = dataset.draw(rng)
        assert example.context and not frozenset().union(*example.context.values()) & example.target


def test_without_thinning_context_and_target_are_the_whole_song() -> None:
    dataset, rng = _dataset(thin_context=0.0), np.random.default_rng(0)
    for _ in range(100):
        example = dataset.draw(rng)
        assert frozenset().union(example.target, *example.context.values()) == {"kick", "root", "strum", "solo"}


def test_one_of_several_parts_leaves_the_others_of_its_stem() -> None:
    dataset, rng = _dataset(targets={"guitar": 1.0}, one_of_many=1.0, thin_context=0.0), np.random.default_rng(0)
    for _ in range(20):
        example = dataset.draw(rng)
        assert len(example.target) == 1 and example.context[Stem.GUITAR] == {"strum", "solo"} - example.target


def test_thinning_drops_stems_but_never_all() -> None:
    dataset, rng = _dataset(thin_context=1.0, drop_stem=0.9), np.random.default_rng(0)
    sizes = [len(dataset.draw(rng).context) for _ in range(200)]
    assert min(sizes) == 1 and sum(sizes) < 1.5 * len(sizes)


def test_targets_are_drawn_by_weight() -> None:
    dataset, rng = _dataset(targets={"drums": 3.0, "bass": 1.0}), np.random.default_rng(0)
    share = np.mean([dataset.draw(rng).stem is Stem.DRUMS for _ in range(800)])
    assert share == pytest.approx(0.75, abs=0.06)


def test_instructions_belong_to_the_stem_taken_away() -> None:
    dataset, rng = _dataset(), np.random.default_rng(0)
    examples = [dataset.draw(rng) for _ in range(100)]
    assert {e.instruction for e in examples if e.stem is Stem.BASS} == {"walk", "groove"}
    assert {e.instruction for e in examples if e.stem is not Stem.BASS} == {""}


def test_resting_targets_are_refused_with_the_stem_named() -> None:
    with pytest.raises(InputError, match="bass"):
        _dataset({Stem.BASS: [frozenset({"rest"})], Stem.DRUMS: PARTS[Stem.DRUMS]}, targets={"bass": 1.0}).draw(
            np.random.default_rng(0), tries=5
        )


def test_an_unknown_target_is_named() -> None:
    with pytest.raises((InputError, ConfigError), match="kazoo"):
        SubtractionConfig(targets={"kazoo": 1.0})

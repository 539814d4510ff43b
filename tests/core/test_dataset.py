"""What subtraction takes away and what it leaves, on a source that is neither MIDI nor audio."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from subtract_core.config import from_dict
from subtract_core.errors import ConfigError, InputError
from subtract_core.facts import StemFacts
from subtract_core.stems import Stem
from subtract_core.training.dataset import Excerpt, SubtractionConfig, SubtractiveDataset

Part = frozenset[str]
FRAMES = 8


class WordSource:
    """Parts are sets of words: mixing is union, so nothing can hide."""

    def __init__(self, parts: dict[Stem, list[Part]]) -> None:
        self.parts = parts

    def draw(self, stem: Stem, rng: np.random.Generator) -> Excerpt[Part]:
        valid, borders = np.ones(FRAMES, dtype=bool), np.arange(0, FRAMES, 2)
        return Excerpt(dict(self.parts), np.zeros((FRAMES, 1)), valid, "song", borders, _measure)

    def mix(self, parts: Sequence[Part]) -> Part:
        return frozenset().union(*parts)

    def activity(self, part: Part, frames: int) -> float:
        return 0.0 if "rest" in part else 1.0


def _measure(part: Part, stem: Stem, context: Mapping[Stem, Part], first: int, last: int) -> StemFacts:
    """The solo guitar is loud, all else soft; everything gets denser from frame to frame."""
    levels = {"loudness": 1.0 if "solo" in part else 0.0, "density": first / FRAMES}
    return StemFacts(stem, levels=levels if last > first else {})


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


def test_instructions_say_what_was_measured_in_the_part_taken_away() -> None:
    dataset = _dataset(targets={"guitar": 1.0}, one_of_many=1.0, no_instruction=0.0, throughout=1.0)
    true = {"solo": {"loudness": 1.0, "density": 0.0}, "strum": {"loudness": 0.0, "density": 0.0}}
    for example in (dataset.draw(np.random.default_rng(i)) for i in range(30)):
        (section,), (name,) = example.instruction, example.target
        assert section.first == 0 and section.wish
        assert set(section.wish.levels.items()) <= set(true[name].items())


def test_instructions_change_from_section_to_section_at_borders() -> None:
    dataset = _dataset(no_instruction=0.0, throughout=0.0, sections=(2, 3))
    counts = set()
    for example in (dataset.draw(np.random.default_rng(i)) for i in range(60)):
        firsts = [section.first for section in example.instruction]
        assert firsts[0] == 0 and firsts == sorted(set(firsts)) and all(f % 2 == 0 for f in firsts)
        stated = {tuple(section.wish.levels) for section in example.instruction}
        assert len(stated) == 1, "every section speaks of the same facts"
        for section in example.instruction:
            assert section.wish.levels.get("density", section.first / FRAMES) == section.first / FRAMES
        counts.add(len(firsts))
    assert len(counts) > 1 and max(counts) > 2


def test_some_examples_have_no_instruction() -> None:
    dataset, rng = _dataset(no_instruction=0.4), np.random.default_rng(0)
    assert np.mean([not dataset.draw(rng).instruction for _ in range(500)]) == pytest.approx(0.4, abs=0.07)


def test_a_part_that_plays_alone_is_an_example_without_context() -> None:
    example = _dataset({Stem.DRUMS: PARTS[Stem.DRUMS]}, targets={"drums": 1.0}).draw(np.random.default_rng(0))
    assert example.target == {"kick"} and not example.context


def test_resting_targets_are_refused_with_the_stem_named() -> None:
    with pytest.raises(InputError, match="bass"):
        _dataset({Stem.BASS: [frozenset({"rest"})], Stem.DRUMS: PARTS[Stem.DRUMS]}, targets={"bass": 1.0}).draw(
            np.random.default_rng(0), tries=5
        )


def test_an_unknown_target_is_named() -> None:
    with pytest.raises((InputError, ConfigError), match="kazoo"):
        SubtractionConfig(targets={"kazoo": 1.0})


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"targets": {}}, "targets is {}; choose 0 or more for each, and more than 0 for one"),
        ({"targets": {"bass": 0.0}}, "targets is {'bass': 0.0}; choose 0 or more for each, and more than 0 for one"),
        ({"targets": {"bass": 1.0, "drums": -1.0}}, "targets is {'bass': 1.0, 'drums': -1.0}; choose 0 or more"),
        ({"one_of_many": 1.5}, "one_of_many is 1.5; choose 0 to 1"),
        ({"thin_context": -0.1}, "thin_context is -0.1; choose 0 to 1"),
        ({"drop_stem": 2}, "drop_stem is 2.0; choose 0 to 1"),
        ({"min_activity": 1.1}, "min_activity is 1.1; choose 0 to 1"),
        ({"no_instruction": float("nan")}, "no_instruction is nan; choose 0 to 1"),
        ({"throughout": -1}, "throughout is -1.0; choose 0 to 1"),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_named(raw: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_dict(SubtractionConfig, raw, "x.yaml")
    assert f"x.yaml: {message}" in str(error.value)


def test_targets_may_be_written_in_capitals() -> None:
    assert _dataset(targets={"Bass": 1.0}).targets == (Stem.BASS,)


class NoSongs(WordSource):
    """Plays nothing."""

    def draw(self, stem: Stem, rng: np.random.Generator) -> Excerpt[Part]:
        raise InputError("none")


def test_a_stem_that_no_song_has_is_named_with_the_set_that_lacks_it() -> None:
    config = SubtractionConfig(targets={"bass": 1.0})
    with pytest.raises(InputError, match=r"^subtraction\.targets: no song of the validation set has bass$"):
        SubtractiveDataset(NoSongs({}), config, "the validation set").draw(np.random.default_rng(0))


def test_sections_without_a_length_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"sections: \[0\]"):
        SubtractionConfig(sections=(0,))

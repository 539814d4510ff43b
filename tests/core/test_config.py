"""Configurations refuse what they do not know."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from subtract_core.config import check_least, check_shares, check_weights, from_dict, load_yaml
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    name: str = "a"


@dataclass(frozen=True)
class Outer:
    steps: int
    inner: Inner = field(default_factory=Inner)
    weights: dict[str, float] = field(default_factory=dict)
    betas: tuple[float, ...] = (0.9,)
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps is {self.steps}; at least 1 is needed")
        if "" in self.weights:
            raise InputError("weights: a name is empty")


def test_nested_fields_are_filled_and_whole_numbers_serve_as_floats() -> None:
    config = from_dict(Outer, {"steps": 3, "inner": {"rate": 1}, "weights": {"a": 2}, "betas": [0.5, 1]}, "x")
    assert config == Outer(3, Inner(1.0), {"a": 2.0}, (0.5, 1.0))
    assert isinstance(config.inner.rate, float)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"steps": 1, "stpes": 2}, "unknown field stpes; the fields are steps, inner"),
        ({"steps": 1, "inner": {"rat": 2}}, "unknown field inner.rat; the fields are rate, name"),
        ({"steps": "many"}, "field steps is 'many'; a value of type int is needed"),
        ({"steps": True}, "field steps is True"),
        ({"steps": 1, "inner": {"rate": "fast"}}, "field inner.rate is 'fast'"),
        ({"steps": 1, "weights": {"a": "b"}}, "field weights.a is 'b'"),
        (
            {"steps": 1, "weights": {2024: 1, "a": 1}},
            "field weights has the key 2024, which is no text",
        ),
        ({"steps": 1, "betas": [0.1, "x"]}, "field betas[1] is 'x'"),
        ({}, "field steps is missing"),
        ({"steps": 0}, "steps is 0; at least 1 is needed"),
        ({"steps": 1, "weights": {"": 1}}, "my.yaml: weights: a name is empty"),
        ([1], "a mapping of fields is needed"),
    ],
)
def test_a_wrong_field_is_named_with_its_file(raw: object, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_dict(Outer, raw, "my.yaml")
    assert "my.yaml" in str(error.value) and message in str(error.value)
    assert "\n" not in str(error.value)


def test_numbers_without_a_point_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("steps: 3\ninner: {rate: 1e-3}\nbetas: [9e-1]\nweights: {a: 2e0}")  # texts to YAML 1.1
    assert load_yaml(Outer, path) == Outer(3, Inner(1e-3), {"a": 2.0}, (0.9,))


def test_a_missing_or_broken_yaml_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml"):
        load_yaml(Outer, tmp_path / "nowhere.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("steps: [1")
    with pytest.raises(ConfigError, match="not valid YAML"):
        load_yaml(Outer, broken)


def test_a_key_that_is_there_twice_is_named_and_one_that_is_merged_may_be_written_over(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text("steps: 3\ninner: {rate: 0.1}\nweights: {a: 1}\ninner: {name: b}\n")
    with pytest.raises(ConfigError, match=r"my\.yaml: not valid YAML: 'inner' is there twice .*line 4"):
        load_yaml(Outer, path)
    path.write_text("steps: 3\nweights: {<<: {a: 1, b: 2}, b: 3}\n")
    assert load_yaml(Outer, path).weights == {"a": 1.0, "b": 3.0}


def test_stems_go_by_their_own_names_however_they_are_written() -> None:
    from audio_subtract.training.train_codec import CodecTraining as AudioCodecTraining
    from midi_subtract.training.train_codec import CodecTraining
    from subtract_core.model.sampler import SamplerConfig

    raw = {"stem_steps": {"Bass": 4}, "context_scales": {"DRUMS": 2.0}, "unguided": {"Bass": "Drums"}}
    sampler = from_dict(SamplerConfig, raw, "my.yaml")
    assert sampler.stem_steps == {"bass": 4} and sampler.context_scales == {"drums": 2.0}
    assert sampler.unguided == {"bass": "drums"}
    sampler = SamplerConfig().told("usual_scales={Guitar: 1.5},usual_figures={Drums: backbeat}")
    assert sampler.usual_scales == {"guitar": 1.5} and sampler.usual_figures == {"drums": "backbeat"}
    assert CodecTraining("", "", stem_weights={"Guitar": 0.0}).stem_weights == {"guitar": 0.0}
    assert AudioCodecTraining("", "", stem_weights={"Drums": 2.0}).stem_weights == {"drums": 2.0}
    with pytest.raises(ConfigError, match="name each stem once"):
        from_dict(SamplerConfig, {"stem_steps": {"Bass": 4, "bass": 5}}, "my.yaml")


def test_the_shipped_configs_are_valid() -> None:
    from midi_subtract.training.train_codec import CodecTraining
    from midi_subtract.training.train_denoiser import DenoiserTraining

    root = Path(__file__).parents[2] / "configs" / "midi"
    assert load_yaml(CodecTraining, root / "codec.yaml").codec.pitched.latent_channels > 0
    assert load_yaml(DenoiserTraining, root / "denoiser.yaml").subtraction.targets["bass"] > 0


def test_the_shipped_config_draws_as_the_shipped_model_does() -> None:
    from midi_subtract.training.train_denoiser import DenoiserTraining
    from subtract_core.model.sampler import SamplerConfig

    root = Path(__file__).parents[2]
    shipped = json.loads((root / "midi_subtract/weights/default/model_index.json").read_text())["sampler"]
    sampler = load_yaml(DenoiserTraining, root / "configs/midi/denoiser.yaml").sampler
    assert sampler == from_dict(SamplerConfig, shipped, "model_index.json")


@dataclass(frozen=True)
class Ranged:
    least: float = 1.0
    share: float = 0.5
    weights: dict[str, float] = field(default_factory=lambda: {"bass": 1.0})

    def __post_init__(self) -> None:
        check_least(self, least=0.5)
        check_shares(self, "share")
        check_weights("weights", self.weights)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"least": 0.4}, "least is 0.4; choose 0.5 or more"),
        ({"least": float("inf")}, "least is inf; choose 0.5 or more"),
        ({"least": float("nan")}, "least is nan; choose 0.5 or more"),
        ({"share": 1.1}, "share is 1.1; choose 0 to 1"),
        ({"weights": {"kazoo": 1}}, "weights: 'kazoo' is not"),
        ({"weights": {"bass": -1.0}}, "weights is {'bass': -1.0}; choose 0 or more for each, and more than 0 for one"),
        ({"weights": {"bass": 0.0}}, "weights is {'bass': 0.0}; choose 0 or more for each, and more than 0 for one"),
        ({"weights": {}}, "weights is {}; choose 0 or more for each, and more than 0 for one"),
    ],
)
def test_a_value_out_of_range_is_named_with_what_is_valid(raw: object, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        from_dict(Ranged, raw, "my.yaml")
    assert f"my.yaml: {message}" in str(error.value)


def test_stems_without_a_weight_can_have_one_in_common() -> None:
    check_weights("weights", {"bass": 0.0}, others=1.0)
    with pytest.raises(ValueError, match="more than 0 for one"):
        check_weights("weights", {stem.value: 0.0 for stem in Stem}, others=1.0)

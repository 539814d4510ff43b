"""Fine-tuning Riffusion and inserting with it, with a tiny random pipeline of the real classes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from audio_subtract.models import ModelKind, kind_of, load_inserter
from audio_subtract.riffusion.data import ImagePairs, SoundingSong, check_captions, load_sounds, read_captions
from audio_subtract.riffusion.image import WIDTH, band_magnitude
from audio_subtract.riffusion.inserter import RiffusionInserter
from audio_subtract.riffusion.model import Riffusion, RiffusionSettings, widen
from audio_subtract.riffusion.train import RiffusionTraining, _Fitting, train_riffusion
from subtract_core.config import from_dict
from subtract_core.errors import ConfigError, InputError
from subtract_core.stems import Stem
from subtract_core.training.trainer import TrainerConfig
from tests.audio.sounds import RATE, clicks, song, written

pytest.importorskip("transformers", reason="needs msub[hub]")
from tests.audio.tiny_diffusion import riffusion_pipeline, saved

pytestmark = pytest.mark.usefixtures("few_rounds")

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of riffusion/riffusion-model-v1."""
    torch.set_num_threads(1)
    return saved(riffusion_pipeline(), tmp_path_factory.mktemp("riffusion"))


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like that of zachary-shah/riff-pix2pix-v1."""
    return saved(riffusion_pipeline(channels=8), tmp_path_factory.mktemp("pix2pix"))


@pytest.fixture(scope="module")
def stems(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One song as stems, six seconds long."""
    folder = tmp_path_factory.mktemp("songs")
    (folder / "night").mkdir()
    written(folder / "night" / "drums.wav", clicks(6 * RATE), "PCM_16")
    written(folder / "night" / "bass.wav", song(6.0, channels=1), "PCM_16")
    return folder


def test_widening_changes_nothing_that_is_predicted(base: Path) -> None:
    pipeline = riffusion_pipeline()
    noisy, context, text = torch.randn(1, 4, 16, 16), torch.randn(1, 4, 16, 16), torch.randn(1, 16, 16)
    bias = pipeline.unet.conv_in.bias.detach().clone()
    with torch.no_grad():
        before = pipeline.unet(noisy, 10, text).sample
        assert widen(pipeline) and not widen(pipeline)
        after = pipeline.unet(torch.cat([noisy, context], dim=1), 10, text).sample
    assert torch.equal(before, after)
    assert torch.equal(pipeline.unet.conv_in.bias, bias) and not pipeline.unet.conv_in.weight[:, 4:].any()
    assert pipeline.unet.config.in_channels == 8
    with pytest.raises(InputError, match="the UNet takes 9 channels; one that edits images takes 8, a plain one 4"):
        widen(riffusion_pipeline(channels=9))


def test_a_base_model_is_widened_with_a_warning_and_an_editor_is_not(base: Path, editor: Path) -> None:
    widened, ready = (Riffusion.from_pretrained(folder, CPU) for folder in (base, editor))
    assert widened.pipeline.unet.config.in_channels == 8 and widened.settings.predicts == "stem"
    assert "was never trained for edits" in widened.warnings[0] and "msub train audio/riffusion" in widened.warnings[0]
    assert ready.warnings == () and ready.settings.predicts == "mix"
    assert kind_of(base) is kind_of(editor) is ModelKind.RIFFUSION


@pytest.mark.parametrize("predicts", ["stem", "mix"])
def test_song_plus_stem_is_the_mix(editor: Path, predicts: str) -> None:
    model = Riffusion.from_pretrained(editor, CPU)
    model.settings = RiffusionSettings(predicts=predicts, steps=1)
    before = np.round(song(1.0) * 2**15).astype(np.int16)
    told: list[int] = []
    insert = RiffusionInserter(model)
    result = insert((before, RATE), "drums", prompt="busy", seed=1, progress=lambda done, _: told.append(done))
    assert (result.mix.astype(int) - result.stem == before).all() and result.stem.shape == before.shape
    assert told == sorted(told) and told[-1] == 100
    if predicts == "stem":
        assert result.stem.any() and result.report.loudness is not None
        again, other = (insert((before, RATE), "drums", prompt="busy", seed=s) for s in (1, 2))
        assert (again.stem == result.stem).all() and (other.stem != result.stem).any()


def test_whole_songs_are_edited_window_by_window(editor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inserter = RiffusionInserter(Riffusion.from_pretrained(editor, CPU))
    seen: list[dict[str, Any]] = []

    def pipeline(**given: Any) -> Any:
        """Edits nothing."""
        seen.append(given)
        return type("Output", (), {"images": given["image"]})

    pipeline.vae, pipeline.unet = inserter.model.pipeline.vae, inserter.model.pipeline.unet  # type: ignore[attr-defined]
    pipeline.vae_scale_factor = 8  # type: ignore[attr-defined]
    monkeypatch.setattr(inserter.model, "pipeline", pipeline)
    sound = torch.from_numpy(song(9.0, channels=1)[:, 0].astype(np.float32))
    bands = band_magnitude(sound)
    stem = inserter.write(bands, "add drums", seed=3, settings=RiffusionSettings(predicts="stem", headroom=0.0))
    assert stem.shape == bands.shape and torch.allclose(stem, bands, rtol=1e-3, atol=1e-3)
    assert [given["image"].shape for given in seen] == [(1, 3, 512, WIDTH)] * 3
    first, second = (given["latents"] for given in seen[:2])
    assert torch.equal(first[..., 48:], second[..., :16])  # the same noise where windows overlap
    assert all(float(given["image"].min()) >= 0 and float(given["image"].max()) <= 1 for given in seen)
    assert {(g["guidance_scale"], g["image_guidance_scale"]) for g in seen} == {(7.5, 1.5)}


def test_sections_are_refused_by_a_model_that_takes_one_sentence(editor: Path) -> None:
    with pytest.raises(InputError, match="sections: this model takes one sentence for the whole song"):
        RiffusionInserter.from_pretrained(editor)((song(2.0), RATE), "drums", sections={1.0: "busy"})


def test_scales_and_controls_reach_the_pipeline(editor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inserter = load_inserter(editor, "cpu")
    assert isinstance(inserter, RiffusionInserter)
    seen: dict[str, Any] = {}

    def write(bands: torch.Tensor, prompt: str, seed: int, settings: RiffusionSettings, progress: Any) -> torch.Tensor:
        seen.update(prompt=prompt, settings=settings)
        return torch.zeros_like(bands)

    monkeypatch.setattr(inserter, "write", write)
    asked = {"prompt": "rock", "density": "very busy", "style": "funk", "seed": 1}
    result = inserter((song(1.0), RATE), "bass", text_scale=3.0, context_scale=2.0, steps=4, **asked)  # type: ignore[arg-type]
    assert seen["prompt"] == "add bass, rock, density: very busy, style: funk"
    settings = seen["settings"]
    assert (settings.text_scale, settings.context_scale, settings.steps) == (3.0, 2.0, 4)
    assert any("the model chose silence" in warning for warning in result.report.warnings)
    with pytest.raises(InputError, match=r"context_scale: 0\.5 is out of range for this model; choose 1 to 20"):
        inserter((song(1.0), RATE), context_scale=0.5)
    quiet = inserter((song(1.0), RATE), text_scale=1.0).report.warnings
    assert any("switches both kinds of guidance off" in warning for warning in quiet)


def test_pairs_are_the_song_without_a_stem_and_the_stem(stems: Path, tmp_path: Path) -> None:
    said: list[str] = []
    songs = load_sounds(stems, tmp_path / "cache", said.append)
    assert [s.name for s in songs] == ["night"] and set(songs[0].stems) == {Stem.DRUMS, Stem.BASS} and not said
    (tmp_path / "captions.jsonl").write_text('{"song": "night", "stem": "drums", "text": "busy rock"}\n')
    captions = read_captions(tmp_path / "captions.jsonl")
    pair = ImagePairs(songs, {"drums": 1.0}, RiffusionSettings(), captions).draw(np.random.default_rng(0))
    assert pair.text == "add drums, busy rock" and pair.context.shape == pair.target.shape == (512, WIDTH)
    assert float(pair.context.min()) == 0.0  # scaled by its own maximum
    columns = pair.target.amin(dim=0)
    assert float(columns.max()) > 225 and float(columns.min()) < 150  # clicks, and near silence between them
    mix = ImagePairs(songs, {"drums": 1.0}, RiffusionSettings("mix")).draw(np.random.default_rng(0))
    assert mix.text == "add drums" and float(mix.target.min()) == 0.0
    assert float((mix.target - mix.context).abs().mean()) < float((pair.target - pair.context).abs().mean())


def test_songs_are_decoded_once_and_bad_ones_left_out(stems: Path, tmp_path: Path) -> None:
    for name in ("bad", "lonely"):
        (tmp_path / name).mkdir()
    (tmp_path / "bad" / "drums.wav").write_bytes(b"rubbish")
    written(tmp_path / "lonely" / "drums.wav", clicks(RATE), "PCM_16")
    said: list[str] = []
    with pytest.raises(InputError, match="holds no song of two stems or more"):
        load_sounds(tmp_path, tmp_path / "cache", said.append)
    assert len(said) == 2 and "is not audio" in said[0] and "lonely: has 1 stem" in said[1]
    first = load_sounds(stems, tmp_path / "other", said.append)[0]
    stamp = (tmp_path / "other" / "00000.npy").stat().st_mtime_ns
    assert np.array_equal(first.sound, load_sounds(stems, tmp_path / "other", said.append)[0].sound)
    assert (tmp_path / "other" / "00000.npy").stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ({"settings": {"predicts": "drums"}}, "predicts is 'drums'; it is one of stem, mix"),
        ({"drop_text": 0.7, "drop_both": 0.7}, "shares of 0 or more that add up to at most 1"),
        ({"settings": {"headroom": -3}}, "headroom is -3; 0 to 40 dB"),
        ({"batch": 0}, "batch is 0; choose 1 or more"),
        ({"targets": {"drums": 0}}, "targets is .*; choose 0 or more for each, and more than 0 for one"),
        ({"targets": {"drums": 1, "bass": -1}}, "targets is .*; choose 0 or more for each"),
        ({"targets": {"Bass": 1, "bass": 1}}, "targets is .*; name each stem once"),
        ({"frames": 3}, "unknown field frames"),
    ],
)
def test_configs_are_checked(raw: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        from_dict(RiffusionTraining, {"data": "a", "validation": "b", **raw}, "x.yaml")


def test_bad_captions_are_named(tmp_path: Path) -> None:
    path = tmp_path / "captions.jsonl"
    path.write_text('{"song": "a", "stem": "drums", "text": "x"}\n{"song": "a", "stem": "kazoo", "text": "x"}\n')
    with pytest.raises(ConfigError, match=r"captions\.jsonl: line 2: "):
        read_captions(path)


def test_captions_of_songs_that_are_not_there_are_named() -> None:
    songs = [SoundingSong("a", (Stem.DRUMS, Stem.BASS), np.zeros((2, 1), dtype=np.int16))]
    said: list[str] = []
    check_captions({("a", Stem.DRUMS): ["x"]}, songs, said.append)
    assert said == []
    check_captions({("a", Stem.DRUMS): ["x"], ("b", Stem.DRUMS): ["x"], ("a", Stem.GUITAR): ["x"]}, songs, said.append)
    assert said == ["captions: left out, for no song has drums of b, guitar of a"]
    wrong = {(str(number), Stem.BASS): ["x"] for number in range(7)}
    with pytest.raises(ConfigError, match=r"captions: no song has bass of 0, .* and 2 more; songs are called as 'a'"):
        check_captions(wrong, songs, said.append)


def test_conditions_are_left_out_as_often_as_asked(base: Path, stems: Path, tmp_path: Path) -> None:
    config = RiffusionTraining("", "", drop_text=0.0, drop_image=1.0, drop_both=0.0)
    pipeline = Riffusion.from_pretrained(base, CPU).pipeline
    pair = ImagePairs(load_sounds(stems, tmp_path, print), {"drums": 1.0}, config.settings).draw(
        np.random.default_rng(0)
    )
    fitting = _Fitting(config, pipeline, CPU)
    generator = torch.Generator().manual_seed(0)
    shown, hidden = np.array([False, False, True]), np.array([False, True, False])
    batch = fitting.encode([pair, pair, pair], shown, hidden, generator)
    assert batch.context[0].any() and not batch.context[1].any() and torch.equal(batch.context[0], batch.context[2])
    assert torch.equal(batch.text[0], batch.text[1]) and not torch.equal(batch.text[0], batch.text[2])
    with torch.no_grad():  # the mode, not scaled; the target is scaled
        latents = pipeline.vae.encode(pair.context.expand(1, 3, -1, -1) / 127.5 - 1).latent_dist
        goal = pipeline.vae.encode(pair.target.expand(1, 3, -1, -1) / 127.5 - 1).latent_dist
    assert torch.allclose(batch.context[:1], latents.mode(), atol=1e-5)
    distance = (batch.target[:1] / pipeline.vae.config.scaling_factor - goal.mean) / goal.std
    assert float(distance.std()) == pytest.approx(1.0, abs=0.1)


def test_a_few_steps_lower_the_loss_and_the_model_comes_back(base: Path, stems: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"

    def train(steps: int, rate: float) -> Riffusion:
        trainer = TrainerConfig(
            steps=steps, learning_rate=rate, warmup_steps=1, decay_share=0.1, validate_every=100, save_every=4
        )
        config = RiffusionTraining(
            str(stems), str(stems), str(base), targets={"drums": 1.0}, batch=1, validation_batches=1, trainer=trainer
        )
        return train_riffusion(config, out, CPU, None, lambda _: None)

    def loss() -> float:
        rows = list(csv.DictReader((out / "training" / "log.csv").open()))
        return [float(row["value"]) for row in rows if row["figure"] == "val_loss"][-1]

    train(1, 1e-9)
    untrained = loss()
    trained = train(8, 1e-2)  # goes on from there
    assert loss() < 0.97 * untrained
    assert json.loads((out / "training" / "state.json").read_text())["step"] == 8
    assert json.loads((out / "msub.json").read_text())["predicts"] == "stem"
    assert trained.warnings == () and trained.pipeline.unet.conv_in.weight[:, 4:].any()
    assert not list(out.rglob("*.bin"))

"""The measures of the audio panel on cases whose answer is known."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from audio_subtract.evaluation import panel as panel_module
from audio_subtract.evaluation.cases import Case, Sound, cut_cases, others_of
from audio_subtract.evaluation.chroma import chroma
from audio_subtract.evaluation.embedding import EmbeddingConfig, OwnEmbedder, PairEmbedding
from audio_subtract.evaluation.hub import ClapEmbedder, load_embedder
from audio_subtract.evaluation.panel import Panel, Settings
from audio_subtract.evaluation.realism import Reference
from audio_subtract.evaluation.rows import ROWS, Subject, Written, writers
from audio_subtract.evaluation.rule import HAT, KICK, SNARE, plain_drums, rock_beat
from audio_subtract.evaluation.scores import score, tempo_difference
from audio_subtract.evaluation.songs import SoundingSong, folder_songs
from audio_subtract.evaluation.train_embedding import EmbeddingTraining, PairWindows, contrast, first_of
from audio_subtract.inserter import AudioInserter
from audio_subtract.model.spectrogram import RATE
from audio_subtract.training.folders import find_stem_files
from subtract_core.errors import ConfigError, InputError
from subtract_core.evaluation.measures import kernel_distance, prompt_adherence
from subtract_core.evaluation.panel import asked_rows
from subtract_core.stems import Stem
from subtract_core.training.trainer import TrainerConfig
from tests.audio.sounds import written

pytestmark = pytest.mark.usefixtures("few_rounds", "few_resamples")

SECONDS = 6.0
CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))  # C Am F G


def hits(bpm: float, late: float = 0.0, seed: int = 0) -> np.ndarray:
    """Drums: a burst of noise on every beat, louder on every second."""
    out = np.zeros(round(SECONDS * RATE), dtype=np.float32)
    noise = np.random.default_rng(seed).uniform(-1, 1, 4000) * np.exp(-np.arange(4000) / 800)
    for index, time in enumerate(np.arange(late, SECONDS - 0.1, 60 / bpm)):
        first = round(time * RATE)
        out[first : first + 4000] += (0.15 + 0.15 * (index % 2)) * noise
    return out


def tones(bpm: float, key: int = 0, low: bool = False) -> np.ndarray:
    """Chords, or their roots, two beats each, struck on every beat."""
    time = np.arange(round(SECONDS * RATE)) / RATE
    beat = (time * bpm / 60).astype(int)
    decay = np.exp(-4 * (time - beat * 60 / bpm))
    out = np.zeros_like(time)
    for number, chord in enumerate(CHORDS):
        for pitch in chord[: 1 if low else 3]:
            hertz = 440 * 2 ** (((36 if low else 60) + (pitch + key) % 12 - 69) / 12)
            wave = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in (1, 2, 3))
            out += np.where(beat // 2 % 4 == number, wave, 0.0)
    return np.asarray(0.08 * out * decay, dtype=np.float32)


@lru_cache(maxsize=1)
def songs() -> tuple[SoundingSong, ...]:
    """Five songs of other tempi and keys; the song's own beats are known."""
    kinds = ((120, 0), (100, 3), (140, 6), (90, 1), (160, 8))
    return tuple(
        SoundingSong(
            f"song {bpm}",
            {Stem.DRUMS: hits(bpm, seed=bpm), Stem.BASS: tones(bpm, key, low=True), Stem.KEYS: tones(bpm, key)},
            beats=np.arange(0, SECONDS, 60 / bpm),
        )
        for bpm, key in kinds
    )


@lru_cache(maxsize=2)
def cases(stem: Stem) -> tuple[Case, ...]:
    return tuple(cut_cases(songs(), [stem], 5)[stem])


def scores(stem: Stem, sound: np.ndarray) -> dict[str, float]:
    """The figures of a sound in the place of the first case's stem."""
    case = cases(stem)[0]
    return score(Written(Sound(sound)), case, others_of(case, cases(stem), 0)[:3])


# --- single stems ---


@pytest.mark.parametrize("stem", [Stem.DRUMS, Stem.BASS])
def test_the_true_stem_fits_in_every_respect(stem: Stem) -> None:
    found = scores(stem, songs()[0].sounds[stem])
    assert found["onset correlation"] == pytest.approx(1) and found["LSD"] == 0
    assert found["loudness error"] == 0 and found["sounding"] == 1 and found["own context first"] == 1
    assert found["true-beat F1"] > 0.9 and found["beat F1"] > 0.9 and found["tempo difference"] < 2
    assert stem is Stem.DRUMS or found["chroma fit"] > 0.5
    assert ("clear period" in found) == (stem is Stem.BASS)


def test_silence_scores_nothing() -> None:
    found = scores(Stem.BASS, np.zeros(round(SECONDS * RATE), dtype=np.float32))
    zero = ("beat F1", "true-beat F1", "chroma fit", "onset fit", "own context first", "sounding", "onset correlation")
    assert all(found[name] == 0 for name in zero) and found["leakage"] == 0
    assert all(math.isnan(found[name]) for name in ("tempo difference", "loudness error", "loudness bias", "exact"))


def test_an_eighth_late_is_off_the_beat() -> None:
    truth, late = (scores(Stem.DRUMS, hits(120, by, seed=120)) for by in (0.0, 0.25))
    assert late["true-beat F1"] < 0.1 and late["beat F1"] < 0.1
    assert late["onset fit"] < 0.2 < 0.6 < truth["onset fit"] and late["onset correlation"] < 0.3
    assert late["tempo difference"] < 2  # which is not what is wrong with it


def test_another_tempo_is_measured_in_percent() -> None:
    found = scores(Stem.DRUMS, hits(104))
    assert found["tempo difference"] == pytest.approx(100 * (120 / 104 - 1), abs=2) and found["onset fit"] < 0.4
    assert tempo_difference(60, 120) == pytest.approx(0) and tempo_difference(120, 40) == pytest.approx(0)
    assert tempo_difference(110, 100) == pytest.approx(10) and math.isnan(tempo_difference(math.nan, 120))


def test_a_semitone_up_is_out_of_key() -> None:
    truth, up = (scores(Stem.BASS, tones(120, key, low=True)) for key in (0, 1))
    assert truth["chroma fit"] > 0.5 and up["chroma fit"] < 0.1 and up["own context first"] == 0
    assert up["onset fit"] == pytest.approx(truth["onset fit"], abs=0.1)  # in time it is


def test_chroma_hears_the_notes_and_no_noise() -> None:
    time = np.arange(RATE) / RATE
    found = chroma(0.3 * np.sin(2 * np.pi * 220 * time)).mean(axis=0)
    assert found.argmax() == 9 and found[9] > 20 * np.delete(found, 9).max()
    low = chroma(0.3 * np.sin(2 * np.pi * 41.2 * time)).mean(axis=0)  # the bass's lowest E
    assert low.argmax() == 4 and not chroma(np.zeros(RATE)).any()


def test_a_louder_stem_is_that_many_decibels_off() -> None:
    found = scores(Stem.DRUMS, 2 * hits(120, seed=120))
    assert found["loudness bias"] == pytest.approx(6.02, abs=0.2) and found["loudness error"] > 5.8


def test_leakage_is_what_comes_through_of_the_rest() -> None:
    case = cases(Stem.DRUMS)[0]
    leaky = scores(Stem.DRUMS, case.truth.samples + case.context.samples)
    assert leaky["leakage"] > 0.9 > 0.6 > scores(Stem.DRUMS, case.truth.samples)["leakage"]


# --- rows ---


def test_rows_are_parsed_and_unknown_ones_named() -> None:
    assert asked_rows("", ROWS) == list(ROWS) and asked_rows("RAND, GT", ROWS) == ["GT", "RAND"]
    with pytest.raises(InputError, match="--rows: 'XYZ' is no row; choose from GT, GT-resounded, RAND"):
        asked_rows("GT,XYZ", ROWS)


def test_another_songs_stem_keeps_its_balance() -> None:
    case, rows = cases(Stem.DRUMS)[0], writers(cases(Stem.DRUMS), None)
    other = others_of(case, cases(Stem.DRUMS), 0)[0]
    assert other.name != case.name and others_of(case, cases(Stem.DRUMS), 0)[0] is other
    found = rows["RAND"](case, 0)
    assert found is not None and set(rows) == {"GT", "GT-resounded", "RAND", "RULE", "silence"}
    assert found.sound.loudness - case.context.loudness == pytest.approx(other.balance, abs=0.3)


def test_a_stem_in_another_sound_is_as_loud_as_the_true_one() -> None:
    case = cases(Stem.BASS)[0]
    row = writers(cases(Stem.BASS), None)["GT-resounded"]
    assert row(case, 0) is None, "nobody played it again"
    song = replace(case.song, resounded={Stem.BASS: 0.1 * case.song.sounds[Stem.BASS]})
    written = row(Case(song, Stem.BASS), 0)
    assert written is not None and written.sound.loudness == pytest.approx(case.truth.loudness, abs=0.3)


def test_the_rule_plays_on_the_beats_that_it_hears() -> None:
    beat = rock_beat(np.arange(1.0, 4.0, 0.5), 1, 6.0)
    kicks, snares, hats = (beat.start[beat.pitch == key] for key in (KICK, SNARE, HAT))
    assert kicks.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5] and snares.tolist() == [0, 1, 2, 3, 4, 5]
    assert hats.tolist() == [0.25 * i for i in range(24) if 0.25 * i < 5.95]
    power = plain_drums(beat, 6.0)[: 6 * RATE].reshape(-1, RATE // 20) ** 2
    assert power.mean(axis=1)[::10].min() > 20 * power.mean(axis=1)[9::10].max()
    written_ = writers(cases(Stem.DRUMS), None)["RULE"](cases(Stem.DRUMS)[0], 0)
    assert written_ is not None
    assert score(written_, cases(Stem.DRUMS)[0], cases(Stem.DRUMS)[1:4])["true-beat F1"] > 0.9
    assert writers(cases(Stem.BASS), None)["RULE"](cases(Stem.BASS)[0], 0) is None
    assert not len(rock_beat(np.zeros(0), 0, 6.0).start)


def test_the_models_stems_are_exact_and_as_long(inserter: AudioInserter) -> None:
    subject = Subject(inserter)
    case, rows = cases(Stem.BASS)[0], writers(cases(Stem.BASS), subject)
    found = {name: rows[name](case, 0) for name in ("model", "model-shuffled", "codec", "RAND-codec")}
    for name, stem in found.items():
        assert stem is not None and stem.sound.samples.shape == case.truth.samples.shape
        assert stem.exact == 1 if name.startswith("model") else math.isnan(stem.exact)
    assert found["model"] and found["model-shuffled"]
    assert not np.allclose(found["model"].sound.samples, found["model-shuffled"].sound.samples)


def test_every_case_is_written_from_noise_of_its_own() -> None:
    class Noting:
        seeds: ClassVar[list[int]] = []

        def write(self, context: Sound, stem: Stem, seed: int) -> Written:
            self.seeds.append(seed)
            return Written(context)

    chosen = cases(Stem.BASS)
    rows = writers(chosen, Noting())  # type: ignore[arg-type]
    for seed in (0, 1, 0):
        for case in chosen:
            rows["model"](case, seed)
    count = len(chosen)
    assert count > 1 and len(set(Noting.seeds)) == 2 * count
    assert Noting.seeds[:count] == Noting.seeds[2 * count :]


# --- songs ---


def test_folders_give_stretches_of_one_length(tmp_path: Path) -> None:
    for name, seconds in (("long", 6.0), ("short", 2.0)):
        (tmp_path / name).mkdir()
        for stem, sound in (("drums", hits(120)), ("keys", tones(120))):
            written(tmp_path / name / f"{stem}.wav", sound[: round(seconds * RATE)], "FLOAT")
        written(tmp_path / name / "bass.wav", np.zeros(round(seconds * RATE)), "FLOAT")
    found = list(folder_songs(find_stem_files(tmp_path), 4.0, seed=0))
    assert [s.name for s in found] == ["long"] and set(found[0].sounds) == {Stem.DRUMS, Stem.KEYS}
    assert {len(s) for s in found[0].sounds.values()} == {4 * RATE} and 0 <= found[0].start <= 2
    start = round(found[0].start * RATE)
    whole = hits(120) - hits(120).mean(dtype=np.float64).astype(np.float32)
    assert np.allclose(found[0].sounds[Stem.DRUMS], whole[start : start + 4 * RATE], atol=1e-6)


def test_songs_of_one_name_in_several_folders_are_several_songs(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place / "night").mkdir(parents=True)
        for stem, sound in (("drums", hits(120)), ("keys", tones(120))):
            written(tmp_path / place / "night" / f"{stem}.wav", sound, "FLOAT")
    files = [song for place in ("a", "b", "b") for song in find_stem_files(tmp_path / place)]
    found = cut_cases(folder_songs(files, 4.0, seed=0), [Stem.DRUMS], 9)[Stem.DRUMS]
    assert {case.name for case in found} == {"night", "night (2)"} and len(found) == 2
    assert [other.name for other in others_of(found[0], found, 0)] == [found[1].name]


def test_cases_need_a_stem_that_plays_beside_others() -> None:
    silent = SoundingSong("silent", {Stem.DRUMS: np.zeros(RATE * 4, np.float32), Stem.KEYS: tones(120)[: RATE * 4]})
    alone = SoundingSong("alone", {Stem.DRUMS: hits(120)})
    assert cut_cases([silent, alone, songs()[0]], [Stem.DRUMS], 9)[Stem.DRUMS][0].name == "song 120"
    assert len(cases(Stem.DRUMS)) == 5


# --- realism ---


class Counting:
    """An embedding whose vectors are known: how loud a stem is, and whether it agrees with its context."""

    name = "counting"

    def stem(self, stem: Sound) -> np.ndarray:
        rng = np.random.default_rng(len(stem.samples))
        return np.asarray(rng.normal(size=(4, 3)) + np.array([stem.loudness, 0, 0]))

    def pair(self, context: Sound, stem: Sound) -> np.ndarray:
        agreement = float(np.corrcoef(context.envelope, stem.envelope)[0, 1]) if stem.envelope.any() else 0.0
        return np.asarray(np.random.default_rng(0).normal(size=(4, 3)) * 0.1 + agreement)


def test_adherence_is_one_for_true_pairs_and_nothing_for_shuffled_ones() -> None:
    reference = Reference(cases(Stem.DRUMS), Counting())
    rows: dict[str, Callable[[Case], Sound]] = {
        "true": lambda case: case.truth,
        "other": lambda case: others_of(case, cases(Stem.DRUMS), 0)[0].truth,
        "silent": lambda case: Sound(np.zeros_like(case.truth.samples)),
    }
    reference.songs = np.random.default_rng(0).normal(size=(8, 3))  # density asks for more neighbours than five
    found = {
        name: reference.figures([reference.embed(sound(case), case.context) for case in cases(Stem.DRUMS)])
        for name, sound in rows.items()
    }
    assert found["true"]["APA"]["value"] > 0.95 and found["other"]["APA"]["value"] < 0.1
    assert found["true"]["FAD"]["value"] < 1e-6 < 10 < found["silent"]["FAD"]["value"]
    assert found["true"]["KAD"]["value"] < 1 < found["silent"]["KAD"]["value"]
    assert found["true"]["APA"]["interval"][0] > found["other"]["APA"]["interval"][1]


def test_prompt_adherence_of_known_distances() -> None:
    assert prompt_adherence(0.0, 4.0, 4.0) == 1 and prompt_adherence(4.0, 0.0, 4.0) == 0
    assert prompt_adherence(3.0, 3.0, 4.0) == 0.5 and prompt_adherence(0.0, 9.0, 4.0) == 1
    assert math.isnan(prompt_adherence(1.0, 1.0, 0.0))


def test_kernel_distance_of_known_samples() -> None:
    real, far = np.array([[0.0], [1.0]]), np.array([[50.0], [51.0]])
    near = np.exp(-0.5)  # the kernel at a distance of one bandwidth
    assert kernel_distance(real, far) == pytest.approx(100 * 2 * near)
    assert kernel_distance(real, real) == pytest.approx(100 * (2 * near - (1 + near)))
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(400, 4)), rng.normal(size=(400, 4))
    assert abs(kernel_distance(a, b)) < 0.5 < kernel_distance(a, b + 1)
    with pytest.raises(ValueError, match=r"fake: shape \(1, 1\)"):
        kernel_distance(real, far[:1])


# --- the panel ---


def test_the_panel_takes_every_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel_module, "MIN_SONGS", 2)
    monkeypatch.setattr("subtract_core.evaluation.measures.NEIGHBOURS", 1)
    monkeypatch.setattr("subtract_core.evaluation.measures.in_neighbourhoods.__defaults__", (1,))
    steps: list[tuple[int, int, str]] = []
    settings = Settings((Stem.BASS,), ("GT", "RAND", "RULE", "silence"), cases=3, seeds=2, listened=1)
    panel = Panel(songs(), settings, embedder=Counting(), progress=lambda *step: steps.append(step))
    result = panel.run()[Stem.BASS]
    rows = {name: row["figures"] for name, row in result.figures["rows"].items()}
    assert list(rows) == ["GT", "RAND", "silence"] and "RULE is left out: there is none for bass" in result.notes
    assert rows["GT"]["chroma gap"]["value"] == 0 and rows["RAND"]["chroma gap"]["value"] == pytest.approx(1)
    assert [len(seeds) for seeds in rows["RAND"]["chroma fit"]["by_seed"]] == [2, 2, 2]
    assert len(rows["GT"]["LSD"]["cases"]) == 3 and {"APA", "FAD", "KAD", "coverage"} <= set(rows["RAND"])
    assert rows["GT"]["FAD"]["value"] < rows["silence"]["FAD"]["value"]
    assert [len(s) for s in result.heard.values()] == [1] and steps[-1][0] == 3 * 4


def test_the_panel_says_what_it_lacks() -> None:
    settings = Settings((Stem.DRUMS,), ("GT",), cases=2)
    result = Panel(songs(), settings, embedder=Counting()).run()[Stem.DRUMS]
    assert any("2 songs measured and 2 others; 10 each are needed" in note for note in result.notes)
    with pytest.raises(InputError, match="SONGS: 0 of them have 12 s with guitar beside other stems; 2 are needed"):
        Panel(songs(), Settings((Stem.GUITAR,), ("GT",))).run()


# --- embeddings ---

TINY = EmbeddingConfig(width=16, depth=1, features=4, frames=32)


def test_the_embedding_hears_no_loudness_but_silence_and_context(tmp_path: Path) -> None:
    torch.manual_seed(0)
    PairEmbedding(TINY).save_pretrained(tmp_path)
    embedder = OwnEmbedder(PairEmbedding.from_pretrained(tmp_path), "tiny")
    case, other = cases(Stem.BASS)[:2]
    vectors = embedder.stem(case.truth)
    assert vectors.shape == (7, 8)  # windows of 32 frames of 46 ms, half of each in the next
    assert np.allclose(vectors, embedder.stem(Sound(case.truth.samples / 4)), atol=0.05)
    assert np.abs(vectors - embedder.stem(Sound(np.zeros_like(case.truth.samples)))).max() > 0.1
    own, others = (embedder.pair(c.context, case.truth) for c in (case, other))
    assert own.shape == (7, 4) and np.abs(own - others).max() > 0.01


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"batch": 1}, "batch is 1; choose 2 or more"),
        ({"songs": 0}, "songs is 0; choose 1 or more"),
        ({"drop_stem": 2.0}, "drop_stem is 2.0; choose 0 to 1"),
        ({"targets": {"drums": -1.0}}, "targets is .*; choose 0 or more for each"),
        ({"targets": {}}, "targets is .*, and more than 0 for one"),
    ],
)
def test_settings_of_the_embedding_that_cannot_be_are_named(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{reason}"):
        EmbeddingTraining("a", "b", **given)


def test_the_embedding_learns_whose_stem_it_is() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    config = EmbeddingTraining("", "", frames=32, batch=4, late=2, targets={"drums": 1.0}, trainer=TrainerConfig())
    levels = [{stem: _pooled_bytes(sound) for stem, sound in song.sounds.items()} for song in songs()]
    windows, model = PairWindows(levels, config, vary=False), PairEmbedding(TINY)
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=0.003), []
    for step in range(40):
        heard, found = model(*windows.batch(Stem.DRUMS, 4, np.random.default_rng(step)))
        loss, figures = contrast(heard * model.scale.exp(), found, config, np.random.default_rng(step))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    assert np.median(losses[-9:]) < 0.6 * np.median(losses[:5]) and 0 <= float(figures["right"]) <= 1
    assert first_of(model(*windows.batch(Stem.DRUMS, 12, np.random.default_rng(99))), choices=4) > 0.5
    with pytest.raises(ConfigError, match="no song of the training set has guitar"):
        windows.batch(Stem.GUITAR, 2, np.random.default_rng(0))


def _pooled_bytes(sound: np.ndarray) -> np.ndarray:
    from audio_subtract.evaluation.embedding import pooled
    from audio_subtract.model.spectrogram import to_decibels
    from audio_subtract.training.store import to_bytes

    return to_bytes(to_decibels(pooled(Sound(sound).level)))


def test_unknown_embeddings_are_named() -> None:
    assert load_embedder("none") is None
    with pytest.raises(InputError, match="embedding: 'nothing' is neither default, clap, clap:NAME nor none"):
        load_embedder("nothing")


def test_clap_without_its_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(ConfigError, match=r"laion/clap-htsat-unfused needs .* pip install 'msub\[hub\]'"):
        load_embedder("clap")


def test_a_small_clap_model_embeds_stems_and_mixes(tmp_path: Path) -> None:
    if importlib.util.find_spec("transformers") is None:
        pytest.skip("the transformers library, of the extra hub, is not installed")
    import transformers

    tower = {"patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [1, 2], "hidden_size": 16}
    text = {"vocab_size": 8, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    config = transformers.ClapConfig(text_config=text, audio_config=tower, projection_dim=12)
    transformers.ClapModel(config).save_pretrained(tmp_path)
    transformers.ClapFeatureExtractor(truncation="rand_trunc").save_pretrained(tmp_path)
    embedder = load_embedder(f"clap:{tmp_path}")
    assert isinstance(embedder, ClapEmbedder)
    case = cases(Stem.BASS)[0]
    stem, pair = embedder.stem(case.truth), embedder.pair(case.context, case.truth)
    assert stem.shape == pair.shape == (1, 12) and np.isfinite(stem).all() and np.abs(stem - pair).max() > 0
    with pytest.raises(ConfigError, match="cannot be loaded as a CLAP model"):
        load_embedder(f"clap:{tmp_path / 'absent'}")

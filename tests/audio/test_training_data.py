"""Training sets of sound: prepared and stored on disk, and cut into windows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from audio_subtract.listening.facts import FactSpan
from audio_subtract.listening.loudness import REFERENCE, loudness
from audio_subtract.model.autoencoder import STRIDE
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, log_mel, mixed
from audio_subtract.training.excerpts import AudioSongs
from audio_subtract.training.folders import find_stem_files, read_stems
from audio_subtract.training.prepare import _write_shard, prepare
from audio_subtract.training.store import Song, load_songs, pack_songs, spectrogram_of, to_bytes, unpack_songs
from audio_subtract.training.train_codec import CodecTraining, train_codec
from subtract_core.errors import ConfigError, InputError
from subtract_core.facts import StemFacts
from subtract_core.levels import word
from subtract_core.stems import Stem
from subtract_core.training.dataset import SubtractionConfig, SubtractiveDataset, stage_batch
from tests.audio.models import SPECTROGRAM, small_pipeline
from tests.audio.sounds import clicks, song, stem_folder

BUSY = StemFacts(Stem.DRUMS, levels={"density": 1.0})
SPARSE = StemFacts(Stem.DRUMS, levels={"density": 0.0})

here = pytest.mark.usefixtures("in_this_process")


def _stored(name: str = "a/song", seconds: float = 20.0) -> Song:
    drums = to_bytes(log_mel(torch.from_numpy(clicks(round(seconds * RATE), peak=0.5)), SPECTROGRAM))
    keys = to_bytes(log_mel(torch.from_numpy(song(seconds)[:, 0].astype(np.float32)), SPECTROGRAM))
    facts = {Stem.DRUMS: [FactSpan(0, 8, SPARSE), FactSpan(8, 20, BUSY)]}
    return Song(name, {Stem.DRUMS: drums, Stem.KEYS: keys}, np.arange(0, seconds, 2.0, dtype=np.float32), facts)


# --- the set on disk ---


def _make(item: float, config: SpectrogramConfig, rng: np.random.Generator) -> tuple[Song, dict[str, Any]]:
    if item < 0:
        raise InputError("negative")
    if item == 0:
        raise ZeroDivisionError
    levels = np.full((20, config.mels), int(rng.integers(256)), dtype=np.uint8)
    row = {"song": str(item), "seconds": item, "stems": {"drums": {}}}
    return Song(str(item), {Stem.DRUMS: levels}, np.zeros(0, np.float32)), row


def test_songs_survive_a_shard() -> None:
    before = [_stored("a/1", 3.0), _stored("b/2", 2.0)]
    after = unpack_songs(pack_songs(before, SPECTROGRAM))
    for a, b in zip(before, after, strict=True):
        assert a.name == b.name and a.facts == b.facts and (a.bars == b.bars).all() and set(a.parts) == set(b.parts)
        assert all((a.parts[s] == b.parts[s]).all() for s in a.parts)


def test_preparing_goes_on_where_it_was_and_reports_what_was_skipped(tmp_path: Path) -> None:
    items = [(str(i), float(i)) for i in range(-1, 34)]
    report = prepare(iter(items), len(items), _make, tmp_path, SPECTROGRAM, workers=1)
    assert (report.kept, report.skipped) == (33, {"cannot be used": 1, "unexpected": 1})
    assert report.stems == {"drums": 33} and report.seconds == sum(range(34))
    skipped = [json.loads(line) for line in (tmp_path / "skipped.jsonl").read_text().splitlines()]
    assert [r["detail"] for r in skipped] == ["negative", "ZeroDivisionError: "]
    manifest = [json.loads(line) for line in (tmp_path / "manifest.jsonl").read_text().splitlines()]
    assert [r["shard"] for r in manifest].count("00000.npz") == 14
    first = load_songs(tmp_path)
    gone, kept = tmp_path / "shards/00001.json", (tmp_path / "shards/00000.npz").stat().st_mtime_ns
    gone.unlink()
    prepare(iter(items), len(items), _make, tmp_path, SPECTROGRAM, workers=2)
    again = load_songs(tmp_path)
    assert (tmp_path / "shards/00000.npz").stat().st_mtime_ns == kept and gone.exists()
    assert all((a.parts[Stem.DRUMS] == b.parts[Stem.DRUMS]).all() for a, b in zip(first, again, strict=True))
    assert spectrogram_of(tmp_path) == SPECTROGRAM
    with pytest.raises(ConfigError, match="begun from other songs or with other settings"):
        prepare(iter(items), len(items), _make, tmp_path, SpectrogramConfig(), workers=1)


@here
def test_preparing_refuses_songs_from_elsewhere_and_other_options(tmp_path: Path) -> None:
    items = [("a", 1.0), ("b", 2.0)]
    origin = {"inputs": ["here"], "seconds": 30.0}
    prepare(iter(items), 2, _make, tmp_path, SPECTROGRAM, workers=1, origin=origin)
    prepare(iter(items), 2, _make, tmp_path, SPECTROGRAM, workers=1, origin=origin)
    for other in ({"inputs": ["there"]}, {"seconds": 20.0}):
        with pytest.raises(ConfigError, match="begun from other songs or with other settings"):
            prepare(iter(items), 2, _make, tmp_path, SPECTROGRAM, workers=1, origin={**origin, **other})
    with pytest.raises(ConfigError, match="begun from other songs or with other settings"):
        prepare(iter(items), 3, _make, tmp_path, SPECTROGRAM, workers=1, origin=origin)
    (tmp_path / "settings.json").write_text('{"spec')
    with pytest.raises(ConfigError, match=r"settings\.json: is damaged, .* choose another"):
        prepare(iter(items), 2, _make, tmp_path, SPECTROGRAM, workers=1, origin=origin)


@here
def test_preparing_takes_songs_that_have_changed_anew(tmp_path: Path) -> None:
    stem_folder(tmp_path / "in", ["a/drums.wav", "b/drums.wav"])
    bad = tmp_path / "in/b/drums.wav"
    whole = bad.read_bytes()
    bad.write_bytes(b"rubbish")

    def run() -> list[str]:
        songs = [(song.name, song) for song in find_stem_files(tmp_path / "in")]
        prepare(iter(songs), 2, read_stems, tmp_path / "out", SPECTROGRAM, workers=1)
        return [song.name for song in load_songs(tmp_path / "out")]

    assert run() == ["a"]
    bad.write_bytes(whole)
    assert run() == ["a", "b"]
    (tmp_path / "in/b").rename(tmp_path / "in/c")
    assert run() == ["a", "c"]


@here
@pytest.mark.parametrize("damage", ["no levels", "half the levels", "half the report", "an old report"])
def test_preparing_makes_shards_anew_that_are_not_whole(tmp_path: Path, damage: str) -> None:
    items = [("a", 1.0), ("b", 2.0)]
    prepare(iter(items), 2, _make, tmp_path, SPECTROGRAM, workers=1)
    levels, report = tmp_path / "shards/00000.npz", tmp_path / "shards/00000.json"
    if damage == "no levels":
        levels.unlink()
    elif damage == "half the levels":
        levels.write_bytes(levels.read_bytes()[:200])
    elif damage == "half the report":
        report.write_text(report.read_text()[:20])
    else:
        report.write_text('{"rows": [], "skipped": []}')
    assert prepare(iter(items), 2, _make, tmp_path, SPECTROGRAM, workers=1).kept == 2
    assert [song.name for song in load_songs(tmp_path)] == ["1.0", "2.0"]


@here
def test_what_a_killed_run_leaves_is_no_shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [(str(i), float(i)) for i in range(1, 18)]
    prepare(iter(items), len(items), _make, tmp_path, SPECTROGRAM, workers=1)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "replace", killed)
        _write_shard([("x", 1.0)], _make, tmp_path / "shards/00002.npz", SPECTROGRAM, (0, 2), "digest")
    assert len(load_songs(tmp_path)) == 17


def test_folder_without_a_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no training set here"):
        load_songs(tmp_path)
    for content in ('{"kept": 1}', '{"spectrogram": {}}'):
        (tmp_path / "report.json").write_text(content)
        with pytest.raises(InputError, match="holds no audio training set"):
            load_songs(tmp_path)


@here
@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        ("report.json", r"report\.json: is no JSON"),
        ("shards/00000.npz", r"00000\.npz: is damaged; run `msub prepare audio` again"),
        (None, "its folder shards is gone or empty; run `msub prepare audio` again"),
    ],
)
def test_damaged_sets_are_named(tmp_path: Path, damaged: str | None, reason: str) -> None:
    prepare(iter([("a", 1.0)]), 1, _make, tmp_path, SPECTROGRAM, workers=1)
    if damaged is None:
        (tmp_path / "shards/00000.npz").unlink()
    else:
        content = (tmp_path / damaged).read_bytes()
        (tmp_path / damaged).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=reason):
        load_songs(tmp_path)


@here
def test_codecs_are_not_trained_on_nothing(tmp_path: Path) -> None:
    for name, item in (("songs", 1.0), ("none", -1.0)):
        prepare(iter([(name, item)]), 1, _make, tmp_path / name, SPECTROGRAM, workers=1)
    songs, none, cpu = str(tmp_path / "songs"), str(tmp_path / "none"), torch.device("cpu")
    with pytest.raises(ConfigError, match=r"data: .*none holds no songs"):
        train_codec(CodecTraining(none, songs), tmp_path / "run", cpu, None)
    with pytest.raises(ConfigError, match=r"validation: .*none holds no songs"):
        train_codec(CodecTraining(songs, none), tmp_path / "run", cpu, None)
    with pytest.raises(ConfigError, match=r"stem_weights: .*songs has none of the stems that weigh more than 0"):
        train_codec(CodecTraining(songs, songs, stem_weights={"drums": 0.0}), tmp_path / "run", cpu, None)


@here
def test_codecs_are_not_trained_on_windows_longer_than_every_song(tmp_path: Path) -> None:
    prepare(iter([("a", 1.0)]), 1, _make, tmp_path, SPECTROGRAM, workers=1)
    config = CodecTraining(str(tmp_path), str(tmp_path), frames=64)
    with pytest.raises(ConfigError, match="frames: 64 is more than any song of data has; choose 3 or less"):
        train_codec(config, tmp_path / "run", torch.device("cpu"), None)


@here
def test_a_set_of_sound_is_none_of_notes(tmp_path: Path) -> None:
    from midi_subtract.training.store import load_songs as load_notes

    prepare(iter([("a", 1.0)]), 1, _make, tmp_path, SPECTROGRAM, workers=1)
    with pytest.raises(InputError, match="holds no MIDI training set; make one with `msub prepare midi`"):
        load_notes(tmp_path)


# --- windows ---


def test_window_is_as_loud_as_models_expect_and_knows_its_bars_and_facts() -> None:
    source = AudioSongs([_stored()], SPECTROGRAM, 64, vary=False)
    excerpt = source.window(source.songs[0], STRIDE * 20, np.random.default_rng(0))
    assert {s: p[0].shape for s, p in excerpt.parts.items()} == {s: (STRIDE * 64, 32) for s in (Stem.DRUMS, Stem.KEYS)}
    whole = mixed([p[0] for p in excerpt.parts.values()])
    assert loudness(whole, SPECTROGRAM) == pytest.approx(REFERENCE, abs=0.5) and excerpt.valid.all()
    start = STRIDE * 20 * 512 / RATE
    assert excerpt.borders.tolist() == [0, *(round((t - start) * RATE / 4096) for t in (2, 4, 6))]
    part = excerpt.parts[Stem.DRUMS][0]
    assert excerpt.measure(part, Stem.DRUMS, {}, 0, 50) == SPARSE
    late = source.window(source.songs[0], STRIDE * 80, np.random.default_rng(0))
    assert late.measure(part, Stem.DRUMS, {}, 10, 50) == BUSY
    assert late.measure(part, Stem.KEYS, {}, 10, 50) == StemFacts(Stem.KEYS)


def test_a_window_played_faster_has_its_bars_closer_and_another_tempo() -> None:
    slow = StemFacts(Stem.DRUMS, {"tempo": 100.0, "density": 8.0}, {"tempo": "slow"}, levels={"tempo": 0.2})
    stored = replace(_stored(), facts={Stem.DRUMS: [FactSpan(0, 20, slow)]})
    source = AudioSongs([stored], SPECTROGRAM, 64, vary=False)
    usual, faster = (source.window(stored, 0, np.random.default_rng(0), pace) for pace in (1.0, 1.5))
    second = 4096 / RATE
    assert usual.borders.tolist() == [round(t / second) for t in (0, 2, 4)]
    assert faster.borders.tolist() == [round(t / second / 1.5) for t in (0, 2, 4, 6, 8)]
    part = faster.parts[Stem.DRUMS][0]
    onsets = [np.flatnonzero(np.diff(x.parts[Stem.DRUMS][0].amax(dim=1).numpy()) > 20) for x in (usual, faster)]
    between = [np.median(np.diff(at)) for at in onsets]
    assert between[0] == pytest.approx(1.5 * between[1], rel=0.05)
    facts = faster.measure(part, Stem.DRUMS, {}, 0, 60)
    assert facts.scales == {"tempo": 150.0, "density": 8.0} and facts.words == {"tempo": word("tempo", Stem.DRUMS, 150)}
    assert usual.measure(part, Stem.DRUMS, {}, 0, 60).words == {"tempo": word("tempo", Stem.DRUMS, 100)}


def test_windows_drawn_are_stretched_within_bounds() -> None:
    source = AudioSongs([_stored()], SPECTROGRAM, 64, vary=False, stretch=0.2)
    bars = [source.draw(Stem.DRUMS, np.random.default_rng(i)).borders for i in range(40)]
    lengths = [np.diff(b)[1] * 4096 / RATE for b in bars if len(b) > 2]  # the first may begin in a bar
    assert 1.58 < min(lengths) < 1.8 and 2.2 < max(lengths) < 2.5


def test_windows_end_with_the_song_and_vary() -> None:
    source = AudioSongs([_stored(seconds=3.0)], SPECTROGRAM, 64)
    a, b = (source.draw(Stem.DRUMS, np.random.default_rng(i)) for i in (0, 1))
    assert 32 <= a.valid.sum() <= 34 and not a.valid[40:].any() and (a.parts[Stem.DRUMS][0][300:] == FLOOR).all()
    assert not torch.equal(a.parts[Stem.DRUMS][0], b.parts[Stem.DRUMS][0])
    with pytest.raises(InputError, match="no song of the training set has guitar"):
        source.draw(Stem.GUITAR, np.random.default_rng(0))


def test_activity_is_the_share_of_time_in_which_something_sounds() -> None:
    source = AudioSongs([], SPECTROGRAM, 10)
    level = torch.full((STRIDE * 10, 32), FLOOR)
    assert source.activity(level, 10) == 0
    level[: STRIDE * 4, 7] = REFERENCE - 10
    assert source.activity(level, 10) == pytest.approx(0.4)


def test_the_shared_dataset_draws_and_encodes_examples_of_sound() -> None:
    source = AudioSongs([_stored("a"), _stored("b", 15.0)], SPECTROGRAM, 16)
    config = SubtractionConfig(targets={"drums": 1.0}, no_instruction=0.0, sections=(8,))
    dataset = SubtractiveDataset(source, config)
    examples = [dataset.draw(np.random.default_rng(i)) for i in range(4)]
    assert all(e.stem is Stem.DRUMS and set(e.context) == {Stem.KEYS} and e.instruction for e in examples)
    codec = small_pipeline().codec
    batch = stage_batch(examples, codec.stage).encode(codec)
    assert batch.target.shape == (4, 16, codec.latent_channels) and batch.valid.shape == (4, 16)
    assert batch.condition.context.shape == (4, 16, codec.context_channels)
    assert batch.condition.place.shape == (4, 16, 1)
    assert batch.condition.text is not None and batch.condition.text.any()
    # Levels wait for the codec in 16 bits: 0.06 dB.
    assert torch.allclose(batch.target, codec.encode([e.target for e in examples], Stem.DRUMS, 16), atol=0.02)
    assert torch.allclose(batch.condition.context, codec.encode_context([e.context for e in examples], 16), atol=0.02)

"""Parts on their way to the codec: small, and the same rolls as before when they arrive."""

import pickle

import numpy as np
import pytest
import torch

from midi_subtract.model import staging
from midi_subtract.model.codec import MidiCodec, MidiCodecConfig
from midi_subtract.model.rolls import to_roll
from midi_subtract.model.staging import stage_parts, stage_rolls
from midi_subtract.notes import Notes
from subtract_core.stems import STEMS, Stem
from subtract_core.training.dataset import SubtractiveExample

CPU = torch.device("cpu")
BEATS = 16


def _part(seed: int, lowest: int = 35, highest: int = 60, n: int = 60) -> Notes:
    """Notes all over a window and beyond its ends, some of them struck together."""
    rng = np.random.default_rng(seed)
    onset = rng.integers(-6, BEATS * 12 + 6, n)
    onset[: n // 2] = onset[n // 2 : 2 * (n // 2)]
    return Notes.from_arrays(onset, rng.integers(lowest, highest, n), rng.integers(1, 30, n), rng.integers(1, 128, n))


@pytest.mark.parametrize("block", [3, 8192])
@pytest.mark.parametrize("stem", [Stem.DRUMS, Stem.GUITAR])
def test_staged_beats_hold_the_rolls_of_the_sounding_beats(
    stem: Stem, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "BLOCK", {"cpu": block})
    parts = [_part(1), Notes.empty(), _part(2, n=3)]
    rolls = np.stack([to_roll(part, stem, BEATS) for part in parts])
    found = np.zeros_like(rolls)
    sizes = []
    for part, beat, roll in stage_rolls(list(enumerate(parts)), stem, BEATS).blocks(CPU):
        found[part.numpy(), beat.numpy()] = roll.numpy()
        sizes.append(len(part))
    assert rolls[0].any() and np.array_equal(found, rolls)
    assert max(sizes) <= block and sum(sizes) == np.count_nonzero(rolls.any(axis=(2, 3)))


def test_drums_and_pitched_parts_keep_their_numbers() -> None:
    staged = stage_parts([(Stem.BASS, _part(1)), (Stem.DRUMS, _part(2)), (Stem.KEYS, _part(3))], BEATS)
    assert set(staged.drums.part.tolist()) == {1} and set(staged.pitched.part.tolist()) == {0, 2}


def _example(seed: int, stem: Stem, context: dict[Stem, Notes]) -> SubtractiveExample[Notes]:
    place = np.zeros((BEATS, 1), np.float32)
    return SubtractiveExample(context, _part(seed), stem, (), "song", place, np.ones(BEATS, dtype=np.bool_))


def test_staged_examples_are_encoded_as_parts_and_contexts_are() -> None:
    torch.manual_seed(0)
    codec = MidiCodec(MidiCodecConfig()).eval()
    examples = [
        _example(1, Stem.DRUMS, {Stem.KEYS: _part(2), Stem.BASS: Notes.empty()}),
        _example(3, Stem.BASS, {Stem.DRUMS: _part(4)}),
    ]
    staged = codec.stage(examples, BEATS)
    target, context = codec.encode_staged(staged)
    for row, example in enumerate(examples):
        alone = codec.encode([example.target], example.stem, BEATS)[0]
        assert torch.allclose(target[row], alone, atol=1e-5)
        assert torch.allclose(context[row], codec.encode_context([example.context], BEATS)[0], atol=1e-5)
    assert context.shape == (2, BEATS, codec.context_channels)
    presence = context[:, 0, codec.latent_channels :: codec.latent_channels + 1][:, : len(STEMS)]
    assert [[STEMS[i] for i in row.nonzero().flatten()] for row in presence] == [[Stem.BASS, Stem.KEYS], [Stem.DRUMS]]
    dense = 2 * len(STEMS) * BEATS * 12 * 177 * 4
    assert len(pickle.dumps(staged)) < dense / 20

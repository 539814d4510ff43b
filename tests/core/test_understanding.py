"""The text encoder: words it never saw, sentences that say nothing, training, larger text models."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from subtract_core.config import from_dict
from subtract_core.errors import ConfigError, InputError
from subtract_core.facts import SCALES
from subtract_core.instructions.practice import practice
from subtract_core.instructions.worded import State
from subtract_core.stems import Stem
from subtract_core.training.trainer import TrainerConfig
from subtract_core.understanding.embedding import EmbeddingConfig
from subtract_core.understanding.encoder import (
    GUESSED,
    OPTIONS,
    Decisions,
    TextEncoder,
    TextEncoderConfig,
    wishes,
)
from subtract_core.understanding.states import level_of
from subtract_core.understanding.train_text import (
    Sentence,
    TextTraining,
    _with_stray_words,
    accuracy,
    targets,
    train_text,
)
from subtract_core.understanding.words import embed, split, word_table
from subtract_core.wish import LEVELS

HAND_WRITTEN = Path(__file__).parents[2] / "benchmarks" / "data" / "hand_written_instructions.jsonl"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def shipped() -> TextEncoder:
    return TextEncoder.from_pretrained()


@pytest.mark.parametrize(
    ("sentence", "stem", "scale", "low", "high"),
    [
        ("very busy drums", Stem.DRUMS, "density", 0.7, 1.0),
        ("a sparse bass line", Stem.BASS, "density", 0.0, 0.3),
        ("play softly", Stem.GUITAR, "loudness", 0.0, 0.35),
        ("make it loud", Stem.DRUMS, "loudness", 0.65, 1.0),
        ("high up the neck", Stem.GUITAR, "register", 0.65, 1.0),
        ("staccato", Stem.BASS, "note length", 0.0, 0.3),
    ],
)
def test_plain_wishes_are_understood(
    sentence: str, stem: Stem, scale: str, low: float, high: float, shipped: TextEncoder
) -> None:
    assert low <= shipped.understand(sentence, stem).levels[scale] <= high


def test_styles_and_denials_are_understood(shipped: TextEncoder) -> None:
    assert shipped.understand("Add reggae beats", Stem.DRUMS).options["style"] == {"reggae": True}
    assert shipped.understand("Add rock drums, no fills", Stem.DRUMS).options["kit"] == {"fills": False}
    assert shipped.understand("a walking bass line", Stem.BASS).options["figure"] == {"walking": True}


@pytest.mark.parametrize(
    ("sentence", "stem", "fact", "option"),
    [
        ("take out the crashing cymbals", Stem.DRUMS, "kit", "crashes"),
        ("please remove the toms", Stem.DRUMS, "kit", "toms"),
        ("Add drums, but lose the fills", Stem.DRUMS, "kit", "fills"),
        ("get rid of the shuffle", Stem.DRUMS, "figure", "shuffle"),
        ("skip the octaves", Stem.BASS, "figure", "octaves"),
        ("a bass line, leave out the slapping", Stem.BASS, "sound", "slap"),
        ("less distortion", Stem.GUITAR, "sound", "distorted"),
        ("too much strumming", Stem.GUITAR, "figure", "strummed"),
    ],
)
def test_what_is_to_be_taken_out_is_ruled_out(
    sentence: str, stem: Stem, fact: str, option: str, shipped: TextEncoder
) -> None:
    assert shipped.understand(sentence, stem).options[fact][option] is False


@pytest.mark.parametrize("sentence", ["more toms", "bring back the toms", "don't leave out the toms"])
def test_the_same_noun_is_wanted_where_nothing_denies_it(sentence: str, shipped: TextEncoder) -> None:
    assert shipped.understand(sentence, Stem.DRUMS).options["kit"] == {"toms": True}


def test_a_sentence_is_understood_alike_alone_and_beside_a_longer_one(shipped: TextEncoder) -> None:
    sentence, longer = "a busy bass line", "Add a bass line that walks softly, without any slides, and make it swing"
    with torch.no_grad():
        alone, beside = shipped([sentence], [Stem.BASS]), shipped([sentence, longer], [Stem.BASS, Stem.BASS])
    assert torch.allclose(alone.scales[0], beside.scales[0], atol=1e-4)
    assert torch.allclose(alone.options[0], beside.options[0], atol=1e-4)


def test_a_wrong_instrument_does_not_hide_how_it_is_to_be_played(shipped: TextEncoder) -> None:
    assert shipped.understand("a loud trumpet", Stem.BASS).levels["loudness"] > 0.6


@pytest.mark.parametrize("sentence", ["make it nice", "", "???", "Do your thing"])
def test_a_sentence_that_says_nothing_is_the_empty_wish(sentence: str, shipped: TextEncoder) -> None:
    assert not shipped.understand(sentence, Stem.BASS)


def test_what_an_instrument_does_not_have_is_left_out(shipped: TextEncoder) -> None:
    wish = shipped.understand("slap bass, high register, with legato notes and crash cymbals", Stem.DRUMS)
    assert not {"register", "note length"} & set(wish.levels) and "sound" not in wish.options


def test_unseen_wordings_are_understood_better_than_chance(shipped: TextEncoder) -> None:
    held_out = [Sentence(w.text, stem, w.states) for stem, w in practice(300, 77, held_out=True)]
    assert accuracy(shipped, held_out)["f1"] > 0.5
    rows = map(json.loads, HAND_WRITTEN.read_text().splitlines())
    hand = [Sentence(r["text"], Stem.parse(r["stem"]), tuple(State(**s) for s in r["states"])) for r in rows]
    assert accuracy(shipped, hand)["f1"] > 0.45


def _decided(unsaid: dict[int, float]) -> Decisions:
    """Decisions of one sentence: share of "unsaid" by place among the options, else nearly 1; the rest is wanted."""
    scales = torch.full((1, len(SCALES), 1 + LEVELS), -20.0)
    scales[..., 0] = 0.0
    options = torch.tensor([1 - 1e-6, 1e-6, 1e-9]).repeat(1, len(OPTIONS), 1).log()
    for place, share in unsaid.items():
        options[0, place] = torch.tensor([share, 1 - share, 1e-9]).log()
    return Decisions(scales, options)


def test_of_a_sentence_in_which_nothing_is_heard_the_likeliest_is_taken_if_it_is_not_too_far() -> None:
    ride, shuffle = OPTIONS.index(("kit", "ride")), OPTIONS.index(("figure", "shuffle"))
    likely, unlikely = 1 - GUESSED - 0.05, 1 - GUESSED + 0.05
    (wish,) = wishes(_decided({ride: likely, shuffle: likely + 0.01}), [Stem.DRUMS])
    assert wish.options == {"kit": {"ride": True}}, "one guess, not two"
    assert not wishes(_decided({ride: unlikely}), [Stem.DRUMS])[0]
    (wish,) = wishes(_decided({ride: 0.4, shuffle: likely}), [Stem.DRUMS])
    assert wish.options == {"kit": {"ride": True}}, "nothing is guessed beside what is heard"
    assert not wishes(_decided({ride: likely}), [Stem.BASS])[0], "a bass has no ride"


def test_words_the_table_lacks_have_letters_only() -> None:
    words = embed(["busy basssline"], word_table())
    assert words.known.tolist() == [[True, False]]
    assert words.vectors[0, 0].abs().sum() > 0 and not words.vectors[0, 1].any()
    assert split("Don't, PLAY it!") == ["dont", "play", "it", "!"]


def test_words_of_like_meaning_lie_close() -> None:
    table = word_table()

    def closeness(a: str, b: str) -> float:
        one, other = (table.vectors[table.words[w]][None] for w in (a, b))
        return float(torch.cosine_similarity(one, other))

    assert closeness("quiet", "silent") > closeness("quiet", "loud") > closeness("quiet", "guitar")


def test_words_that_musicians_use_are_in_the_table() -> None:
    words = word_table().words
    assert {"staccato", "snare", "strum", "reverb", "haiku", "bouncy", "jazzy", "twitchy"} <= set(words)


def test_targets_say_level_and_option() -> None:
    said = Sentence(
        "x", Stem.DRUMS, (State("density", "very busy"), State("kit", "toms", True), State("style", "rock"))
    )
    scales, options = targets([said])
    assert scales.sum() == 5 and (scales > 0).sum() == 1  # 1 + level 4
    assert {OPTIONS[i]: int(options[0, i]) for i in options[0].nonzero().flatten()} == {
        ("kit", "toms"): 2,
        ("style", "rock"): 1,
    }


def test_a_denied_word_asks_for_the_other_side() -> None:
    assert [level_of("density", w, False) for w in ("very sparse", "moderate", "very busy")] == [0, 2, 4]
    assert [level_of("density", w, True) for w in ("very sparse", "sparse", "busy")] == [3, 3, 1]
    assert [level_of("swing", w, n) for w, n in (("light swing", False), ("swung", False), ("swung", True))] == [
        2,
        4,
        0,
    ]


def test_training_learns_and_saves(tmp_path: Path) -> None:
    trainer = TrainerConfig(steps=40, warmup_steps=5, learning_rate=0.01, validate_every=1000, ema_decay=0.5)
    config = TextTraining(grammar=200, encoder=TextEncoderConfig(width=16, dropout=0.0), trainer=trainer, batch=32)
    encoder = train_text(config, tmp_path, CPU, None, lambda _: None)
    again = TextEncoder.from_pretrained(tmp_path / "text")
    with torch.no_grad():
        a, b = encoder(["busy"], [Stem.BASS]), again(["busy"], [Stem.BASS])
    assert torch.equal(a.scales, b.scales)
    still = TrainerConfig(steps=1, learning_rate=0.0, weight_decay=0.0)
    further = TextTraining(grammar=50, encoder=config.encoder, trainer=still, batch=8, start=str(tmp_path / "text"))
    same = train_text(further, tmp_path / "further", CPU, None, lambda _: None)
    with torch.no_grad():
        assert torch.allclose(same(["busy"], [Stem.BASS]).scales, b.scales, atol=1e-3), "goes on from there"
    # Most facts are not said: the first thing to learn.
    assert float(a.options.softmax(-1)[..., 0].mean()) > 0.8


@pytest.mark.parametrize(
    ("raw", "message"),
    [({"width": 0}, "width is 0; choose 1 or more"), ({"dropout": 1.5}, "dropout is 1.5; choose 0 to 1")],
)
def test_an_encoder_that_cannot_be_is_named(raw: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=f"x.yaml: {message}"):
        from_dict(TextEncoderConfig, raw, "x.yaml")


def test_stray_words_are_put_between_those_of_the_sentence() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        words = _with_stray_words("a busy bass line", rng).split()
        rest = iter(words)
        assert all(word in rest for word in ("a", "busy", "bass", "line")), "in their order"
        assert 5 <= len(words) <= 7 and all(word in word_table().words for word in words)


def test_nothing_to_train_on_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing to train on"):
        train_text(TextTraining(grammar=0), tmp_path, CPU, None, lambda _: None)


def test_a_missing_encoder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config\.json"):
        TextEncoder.from_pretrained(tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="needs msub[hub]")
def test_a_larger_text_model_takes_the_place_of_word_vectors(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel, BertTokenizer

    vocabulary = tmp_path / "vocab.txt"
    vocabulary.write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "busy", "bass", "sparse", "drums"]))
    BertTokenizer(str(vocabulary)).save_pretrained(tmp_path / "model")
    sizes = BertConfig(vocab_size=9, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(sizes).save_pretrained(tmp_path / "model")
    config = TextEncoderConfig(embedding=EmbeddingConfig(hub=str(tmp_path / "model")), width=8)
    encoder = TextEncoder(config).eval()
    with torch.no_grad():
        decisions = encoder(["busy bass", "sparse"], [Stem.BASS, Stem.DRUMS])
    assert decisions.options.shape == (2, len(OPTIONS), 3) and not torch.equal(decisions.scales[0], decisions.scales[1])
    assert not any("reader.model" in name for name in encoder.state_dict())


@pytest.mark.skipif(importlib.util.find_spec("transformers") is None, reason="needs msub[hub]")
def test_a_text_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"embedding\.hub: .*nowhere cannot be loaded"):
        TextEncoder(TextEncoderConfig(embedding=EmbeddingConfig(hub=str(tmp_path / "nowhere"))))

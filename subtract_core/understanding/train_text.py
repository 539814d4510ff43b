"""Training the text encoder on sentences of the grammar, and on those of `msub instruct`, whoever wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from subtract_core.config import check_least, check_shares
from subtract_core.errors import ConfigError
from subtract_core.facts import SCALES
from subtract_core.instructions.practice import practice
from subtract_core.instructions.sentences import typo
from subtract_core.instructions.worded import State, Worded
from subtract_core.instructions.writer import read_instructions
from subtract_core.instructions.written import written
from subtract_core.stems import STEMS, Stem
from subtract_core.training.trainer import Loss, Trainer, TrainerConfig
from subtract_core.understanding.encoder import (
    OPTIONS,
    RULED_OUT,
    UNSAID,
    WANTED,
    Decisions,
    TextEncoder,
    TextEncoderConfig,
    stated,
)  # fmt: skip
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.states import wish_of
from subtract_core.understanding.words import MAX_WORDS, dictionary, split
from subtract_core.wish import LEVELS, Wish

VALIDATION_SENTENCES = 2000
JOINED, TYPOS = 0.25, 0.1  # shares of written sentences that are joined to another, or mistyped
JOINTS = (". ", ", ", " and ", " - ", "; ", ", but ")
_SCALE_PLACE = {scale.name: i for i, scale in enumerate(SCALES)}
_OPTION_PLACE = {pair: i for i, pair in enumerate(OPTIONS)}
_NOUNS = lazy_pattern(r"(?i)\b(drums?|percussion|kit|beats?|bass( ?line)?|guitars?|piano|keys|strings|lead|melody)\b")
_OTHER_NOUNS = (
    "trumpet", "violin", "flute", "saxophone", "piano", "drums", "bass", "guitar", "choir", "organ", "cello", "synth",
    "banjo", "harp", "clarinet", "vocals", "brass", "marimba", "accordion", "horns", "ukulele", "oboe", "trombone",
)  # fmt: skip


@dataclass(frozen=True)
class TextTraining:
    """What `configs/text.yaml` holds; `kind` says which training a YAML file is for.

    grammar: number of sentences of the grammar, about every fact alike. instructions: files of `msub instruct`, whose
      sentences join them. encoder: the model. trainer: how it is trained. batch: sentences a step.
    start: folder of an encoder of these sizes to go on from; without one it starts afresh.
    other_nouns: share of sentences whose instrument is replaced by any other ("a loud trumpet"): what they say of the
      playing still holds.
    stray_words: share of sentences into which one to three words out of the dictionary are put, to learn that a word
      the grammar does not know need not state anything.
    written: share of sentences that are those written for this project (`instructions.written`) instead of these.
    """

    grammar: int = 100_000
    instructions: list[str] = field(default_factory=list)
    encoder: TextEncoderConfig = field(default_factory=TextEncoderConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    batch: int = 256
    start: str | None = None
    other_nouns: float = 0.05
    stray_words: float = 0.0
    written: float = 0.0
    kind: str = "text-encoder"

    def __post_init__(self) -> None:
        check_least(self, grammar=0, batch=1)
        check_shares(self, "other_nouns", "stray_words", "written")
        self.trainer.check_plain()


class Sentence(NamedTuple):
    """A sentence about a part of `stem`, and the facts it states."""

    text: str
    stem: Stem
    states: tuple[State, ...]


def train_text(
    config: TextTraining,
    out: Path,
    device: torch.device,
    max_minutes: float | None,
    say: Callable[[str], None] = print,
) -> TextEncoder:
    """Train a text encoder and write it to `out/text`; the training state lives in `out/text-training`."""
    sentences = _practised(config.grammar, config.trainer.seed)
    sentences += [s for path in config.instructions for s in read_sentences(Path(path))]
    if not sentences:
        raise ConfigError("grammar: 0 sentences and no instructions; there is nothing to train on")
    held_out = _practised(VALIDATION_SENTENCES, config.trainer.seed + 1, held_out=True)
    say(f"{len(sentences):,} sentences to train on, {len(held_out):,} in other wordings to validate on")
    torch.manual_seed(config.trainer.seed)
    encoder = TextEncoder(config.encoder).to(device)
    if config.start is not None:  # a run that is resumed takes its own weights later
        encoder.load(Path(config.start))

    drawer = _Drawer(sentences, _sentences(written()), config.written)

    def loss(module: nn.Module, rng: np.random.Generator) -> Loss:
        drawn = [drawer.draw(rng) for _ in range(config.batch)]
        texts = [_with_other_noun(s.text, rng) if rng.random() < config.other_nouns else s.text for s in drawn]
        texts = [_with_stray_words(text, rng) if rng.random() < config.stray_words else text for text in texts]
        return decision_loss(module(texts, [s.stem for s in drawn]), drawn), {}

    trainer = Trainer(
        encoder,
        loss,
        lambda module: _accuracies(module, held_out),  # type: ignore[arg-type]
        config.trainer,
        out / "text-training",
        device,
        say,
    )
    trainer.run(max_minutes)
    with trainer.averaged():
        encoder.save_pretrained(out / "text")
    return TextEncoder.from_pretrained(out / "text")


def _practised(count: int, seed: int, held_out: bool = False) -> list[Sentence]:
    return _sentences(practice(count, seed, held_out))


def written_held_out() -> list[Sentence]:
    """The written sentences kept for testing."""
    return _sentences(written(held_out=True))


def _sentences(pairs: Iterable[tuple[Stem, Worded]]) -> list[Sentence]:
    return [Sentence(worded.text, stem, worded.states) for stem, worded in pairs]


def _accuracies(encoder: TextEncoder, held_out: Sequence[Sentence]) -> dict[str, float]:
    of_written = accuracy(encoder, written_held_out())
    return accuracy(encoder, held_out) | {f"written_{name}": value for name, value in of_written.items()}


class _Drawer:
    """Draws sentences of the grammar and, in a share, written ones; of these some with a slip of the finger, and some
    with another sentence about other facts behind them, as there are far fewer."""

    def __init__(self, sentences: Sequence[Sentence], written: Sequence[Sentence], share: float) -> None:
        self.sentences, self.written, self.share = sentences, written, share
        self.about = {stem: [s for s in (*sentences, *written) if s.stem is stem] for stem in STEMS}

    def draw(self, rng: np.random.Generator) -> Sentence:
        if rng.random() >= self.share:
            return self.sentences[int(rng.integers(len(self.sentences)))]
        sentence = self.written[int(rng.integers(len(self.written)))]
        if rng.random() < JOINED:
            others = self.about[sentence.stem]
            sentence = joined(sentence, others[int(rng.integers(len(others)))], rng)
        return sentence._replace(text=typo(sentence.text, rng)) if rng.random() < TYPOS else sentence


def joined(first: Sentence, second: Sentence, rng: np.random.Generator) -> Sentence:
    """Both sentences as one, in either order; `first` alone if both speak of the same fact or it gets too long."""
    facts = [{state.fact for state in sentence.states} for sentence in (first, second)]
    if facts[0] & facts[1] or len(split(f"{first.text} {second.text}")) == MAX_WORDS:
        return first
    pair = [first, second] if rng.random() < 0.5 else [second, first]
    text = JOINTS[int(rng.integers(len(JOINTS)))].join(s.text.rstrip(" .") for s in pair)
    return Sentence(text, first.stem, (*pair[0].states, *pair[1].states))


def read_sentences(path: Path) -> list[Sentence]:
    """The sentences of an instruction file; raises `InputError` naming what is wrong with it, or if it has none."""
    sentences = [Sentence(s.text, row.facts.stem, s.states) for row in read_instructions(path) for s in row.sentences]
    if not sentences:
        raise ConfigError(f"{path}: holds no sentences; `msub instruct` writes them")
    return sentences


def decision_loss(decisions: Decisions, sentences: Sequence[Sentence]) -> Tensor:
    """Cross-entropy summed over scales and options, mean over sentences."""
    scales, options = targets(sentences)
    device = decisions.scales.device
    total = F.cross_entropy(decisions.scales.flatten(0, 1), scales.flatten().to(device), reduction="sum")
    total = total + F.cross_entropy(decisions.options.flatten(0, 1), options.flatten().to(device), reduction="sum")
    return total / len(sentences)


def targets(sentences: Sequence[Sentence]) -> tuple[Tensor, Tensor]:
    """What was said: int64 [n, scales], 0 or 1 + the level; int64 [n, options], unsaid, wanted or ruled out."""
    return heard_in([wish_of(sentence.states) for sentence in sentences])


def understood(heard: tuple[Tensor, Tensor], said: tuple[Tensor, Tensor]) -> Tensor:
    """bool [n, scales + options]: which facts were said and heard, a scale if at most a level off. heard, said: of
    scales and of options, as `stated` and `targets` give them."""
    (scales, options), (true_scales, true_options) = heard, said
    near = (true_scales > 0) & (scales > 0) & ((scales - true_scales).abs() <= 1)
    return torch.cat([near, (true_options != UNSAID) & (options == true_options)], dim=1)


@torch.no_grad()
def accuracy(encoder: TextEncoder, sentences: Sequence[Sentence], batch: int = 500) -> dict[str, float]:
    """The `scores` of what an encoder decides."""
    some = [sentences[first : first + batch] for first in range(0, len(sentences), batch)]
    heard = [stated(encoder([s.text for s in part], [s.stem for s in part]), [s.stem for s in part]) for part in some]
    scales, options = zip(*heard, strict=True)
    return scores((torch.cat(scales), torch.cat(options)), targets(sentences))


def heard_in(wishes: Sequence[Wish]) -> tuple[Tensor, Tensor]:
    """What wishes say: int64 [n, scales], 0 or 1 + the nearest level; int64 [n, options], unsaid, wanted, ruled out."""
    scales = torch.zeros(len(wishes), len(SCALES), dtype=torch.int64)
    options = torch.full((len(wishes), len(OPTIONS)), UNSAID)
    for row, wish in enumerate(wishes):
        for scale, level in wish.levels.items():
            scales[row, _SCALE_PLACE[scale]] = 1 + round(level * (LEVELS - 1))
        for choice, said in wish.options.items():
            for option, wanted in said.items():
                options[row, _OPTION_PLACE[choice, option]] = WANTED if wanted else RULED_OUT
    return scales, options


def scores(heard: tuple[Tensor, Tensor], said: tuple[Tensor, Tensor]) -> dict[str, float]:
    """Figures over sentences: `f1` of the facts stated (a scale counts if at most a level off), `exact`, the share of
    sentences of which every fact and nothing else was understood, `silent`, the share that state nothing and are
    understood so (nan without such). heard, said: of scales and of options, as `stated` and `targets` give them."""
    right = understood(heard, said).sum(1)
    said_here, heard_here = ((scales > 0).sum(1) + (options != UNSAID).sum(1) for scales, options in (said, heard))
    nothing = said_here == 0
    return {
        "f1": 2 * int(right.sum()) / max(1, int(said_here.sum() + heard_here.sum())),
        "exact": float(((right == said_here) & (heard_here == said_here)).double().mean()),
        "silent": float((heard_here[nothing] == 0).double().mean()),
    }


def _with_other_noun(text: str, rng: np.random.Generator) -> str:
    return _NOUNS.sub(lambda _: _OTHER_NOUNS[int(rng.integers(len(_OTHER_NOUNS)))], text, count=1)


def _with_stray_words(text: str, rng: np.random.Generator) -> str:
    words, known = text.split(), dictionary()
    for _ in range(rng.integers(1, 4)):
        words.insert(int(rng.integers(len(words) + 1)), known[int(rng.integers(len(known)))])
    return " ".join(words)

"""The text encoder: a sentence in, what it asks for out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from subtract_core.checkpoint import load_config, load_weights, save_component
from subtract_core.facts import CHOICE, CHOICES, SCALE, SCALES
from subtract_core.stems import STEMS, Stem
from subtract_core.understanding.embedding import Embedding, EmbeddingConfig
from subtract_core.wish import LEVELS, Wish

BUNDLED = Path(__file__).parents[1] / "weights" / "text"
OPTIONS: tuple[tuple[str, str], ...] = tuple(
    (choice.name, option)
    for choice in CHOICES
    for option in dict.fromkeys(o for options in choice.options.values() for o in options)
)
"""Every option of every choice: what the second head decides on, in order."""
UNSAID, WANTED, RULED_OUT = 0, 1, 2
"""What a sentence says of an option."""


@dataclass(frozen=True)
class TextEncoderConfig:
    """embedding: where word vectors come from. width: of the recurrent layers, each way. dropout: while training."""

    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    width: int = 96
    dropout: float = 0.3


class Decisions(NamedTuple):
    """Logits of every scale, not said or one of the levels, and of every option, unsaid, wanted or ruled out.

    scales: [n, scales, 1 + LEVELS]. options: [n, options, 3].
    """

    scales: Tensor
    options: Tensor


class TextEncoder(nn.Module):
    """Reads an instruction word by word in both directions and decides which facts it states.

    A sentence that states nothing gives the empty wish, and so leaves the part as it would be without a sentence.
    """

    def __init__(self, config: TextEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.embedding)
        width = config.width
        self.word_in = nn.Linear(self.embedding.width, 2 * width)
        self.stem = nn.Embedding(len(STEMS), 2 * width)
        self.reader = nn.GRU(2 * width, width, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(2 * width, 4)
        self.dropout = nn.Dropout(config.dropout)
        self.hidden = nn.Sequential(nn.Linear(12 * width, 2 * width), nn.GELU(), nn.Dropout(config.dropout))
        self.scales = nn.Linear(2 * width, len(SCALES) * (1 + LEVELS))
        self.options = nn.Linear(2 * width, len(OPTIONS) * 3)

    def forward(self, sentences: Sequence[str], stems: Sequence[Stem]) -> Decisions:
        """Sentences, each about a part of the stem given with it."""
        device = self.stem.weight.device
        words, mask = self.embedding(sentences)
        stem = self.stem(torch.tensor([s.number for s in stems], device=device)).unsqueeze(1)
        x = self.dropout(F.gelu(self.word_in(words) + stem))
        lengths = mask.sum(dim=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        read, _ = nn.utils.rnn.pad_packed_sequence(self.reader(packed)[0], batch_first=True, total_length=x.shape[1])
        seen = mask.unsqueeze(-1)
        weights = self.attention(read).masked_fill(~seen, -1e4).softmax(dim=1)
        attended = torch.einsum("nth,ntw->nhw", weights, read).flatten(1)
        highest = read.masked_fill(~seen, -1e4).amax(dim=1)
        mean = (read * seen).sum(dim=1) / seen.sum(dim=1)
        hidden = self.hidden(self.dropout(torch.cat([attended, highest, mean], dim=-1)))
        return Decisions(
            self.scales(hidden).unflatten(-1, (len(SCALES), -1)), self.options(hidden).unflatten(-1, (len(OPTIONS), -1))
        )

    @torch.no_grad()
    def understand(self, sentence: str, stem: Stem) -> Wish:
        """What a sentence asks of a part of `stem`; what such parts do not have is left out."""
        self.eval()
        return wishes(self([sentence], [stem]), [stem])[0]

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config and fp16 weights into `folder`."""
        save_component(Path(folder), self.config, self.state_dict())

    @classmethod
    def from_pretrained(cls, folder: str | Path = BUNDLED) -> TextEncoder:
        """Load an encoder saved by `save_pretrained`; raises `InputError` naming the file that does not fit."""
        encoder = cls(load_config(Path(folder), TextEncoderConfig))
        load_weights(Path(folder), encoder)
        return encoder.eval()


def wishes(decisions: Decisions, stems: Sequence[Stem]) -> list[Wish]:
    """The wishes that the decisions come to: what is more likely said than not."""
    scales, options = decisions.scales.float().softmax(-1).cpu(), decisions.options.float().softmax(-1).cpu()
    return [_wish(s, o, stem) for s, o, stem in zip(scales, options, stems, strict=True)]


def _wish(scales: Tensor, options: Tensor, stem: Stem) -> Wish:
    levels = {}
    for scale, shares in zip(SCALES, scales, strict=True):
        if stem in scale.stems and shares[0] < 0.5:
            likeliest = int(shares[1:].argmax())
            near = slice(max(likeliest - 1, 0), likeliest + 2)  # a sentence may lie between two words
            places, weights = torch.arange(LEVELS)[near], shares[1:][near]
            levels[scale.name] = float((places * weights).sum() / weights.sum()) / (LEVELS - 1)
    said: dict[str, dict[str, bool]] = {}
    for (choice, option), shares in zip(OPTIONS, options, strict=True):
        if option in CHOICE[choice].options.get(stem, ()) and shares[UNSAID] < 0.5:
            said.setdefault(choice, {})[option] = bool(shares[WANTED] > shares[RULED_OUT])
    return Wish(levels, said)


def level_of(scale: str, word: str, negated: bool) -> int:
    """The level (0 to LEVELS - 1) that a word of a scale asks for; ruled out, it asks for the other side."""
    words = SCALE[scale].words
    place = round(words.index(word) * (LEVELS - 1) / (len(words) - 1))
    if not negated:
        return place
    other = LEVELS - 1 - place
    return other if len(words) < LEVELS else min(max(other, 1), LEVELS - 2)

"""The text encoder: a sentence in, what it asks for out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from subtract_core.config import check_least, check_shares
from subtract_core.facts import CHOICE, CHOICES, SCALES
from subtract_core.model.checkpoint import INDEX, Component, load_weights, read_index, write_index
from subtract_core.stems import STEMS, Stem
from subtract_core.understanding.contrast import (
    are_opposed,
    clauses_after_denials,
    instead_of,
    not_behind,
    put_right,
    without,
)
from subtract_core.understanding.embedding import Embedding, EmbeddingConfig
from subtract_core.understanding.phrases import phrases, taken_up
from subtract_core.understanding.repeats import without_repeats
from subtract_core.wish import LEVELS, Wish, places_in

BUNDLED = Path(__file__).parents[1] / "weights" / "text"
OPTIONS: tuple[tuple[str, str], ...] = tuple(
    (choice.name, option)
    for choice in CHOICES
    for option in dict.fromkeys(o for options in choice.options.values() for o in options)
)
"""Every option of every choice: what is decided on beside the scales, in order."""
FACTS = (*(scale.name for scale in SCALES), *(f"{choice}: {option}" for choice, option in OPTIONS))
"""Names of all that is decided on, in order."""
KIND = "text_encoder"
UNSAID, WANTED, RULED_OUT = 0, 1, 2
"""What a sentence says of an option."""
GUESSED = 0.25
"""How likely a fact must be said to be heard in a sentence in which nothing else is."""
LIKELY, SURE = 0.5, 0.9
"""How likely a fact must be said to be heard, and to be heard in a phrase by itself."""
_HAS = torch.tensor(
    [
        [stem in scale.stems for scale in SCALES]
        + [option in CHOICE[choice].options.get(stem, ()) for choice, option in OPTIONS]
        for stem in STEMS
    ]
)
VALUES, ASKING = 64, 32
"""Widths of what is read at the words that speak of a fact: which it is, and whether it is asked for or ruled out."""


@dataclass(frozen=True)
class TextEncoderConfig:
    """embedding: where word vectors come from. width: of the recurrent layers, each way. dropout: while training."""

    embedding: EmbeddingConfig = field(default_factory=EmbeddingConfig)
    width: int = 96
    dropout: float = 0.3

    def __post_init__(self) -> None:
        check_least(self, width=1)
        check_shares(self, "dropout")


class Decisions(NamedTuple):
    """Logits of every scale, not said or one of the levels, and of every option, unsaid, wanted or ruled out.

    scales: [n, scales, 1 + LEVELS]. options: [n, options, 3].
    """

    scales: Tensor
    options: Tensor


class TextEncoder(Component):
    """Reads an instruction word by word in both directions and decides which facts it states.

    Every fact looks for the words that speak of it. Whether they ask for it or rule it out is read there by weights
    that all facts share, so that a way to deny one thing is understood of any other.
    A sentence that states nothing gives the empty wish, and so leaves the part as it would be without a sentence.
    """

    config_class = TextEncoderConfig

    def __init__(self, config: TextEncoderConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.embedding)
        width, facts = config.width, len(SCALES) + len(OPTIONS)
        self.word_in = nn.Linear(self.embedding.width, 2 * width)
        self.stem = nn.Embedding(len(STEMS), 2 * width)
        self.reader = nn.GRU(2 * width, width, batch_first=True, bidirectional=True)
        self.attention = nn.Linear(2 * width, 4)
        self.dropout = nn.Dropout(config.dropout)
        self.hidden = nn.Sequential(nn.Linear(12 * width, 2 * width), nn.GELU(), nn.Dropout(config.dropout))
        self.said_in_all = nn.Linear(2 * width, facts)
        self.levels_in_all = nn.Linear(2 * width, len(SCALES) * LEVELS)
        self.find = nn.Linear(2 * width, facts)
        self.value = nn.Linear(2 * width, VALUES)
        self.said = nn.Parameter(torch.randn(facts, VALUES) / VALUES**0.5)
        self.level = nn.Parameter(torch.randn(len(SCALES), LEVELS, VALUES) / VALUES**0.5)
        self.asking = nn.Linear(2 * width, ASKING)
        self.asked = nn.Sequential(nn.GELU(), nn.Linear(ASKING, 1))

    def forward(self, sentences: Sequence[str], stems: Sequence[Stem]) -> Decisions:
        """Sentences, each about a part of the stem given with it."""
        read, mask = self._read(sentences, stems)
        whole = self._whole(read, mask)
        read = self.dropout(read)
        where = self.find(read).masked_fill(~mask, -1e4).softmax(dim=1)
        values = torch.einsum("ntf,ntw->nfw", where, self.value(read))
        said = ((values * self.said).sum(dim=-1) + self.said_in_all(whole)).unsqueeze(-1)
        asked = self.asked(torch.einsum("ntf,ntw->nfw", where, self.asking(read)))
        wanted, denied = F.logsigmoid(asked), F.logsigmoid(-asked)
        some = len(SCALES)
        levels = torch.einsum("nfw,flw->nfl", values[:, :some], self.level)
        levels = (levels + self.levels_in_all(whole).unflatten(-1, (some, LEVELS))).log_softmax(dim=-1)
        # A word that is ruled out asks for the other side of its scale.
        levels = torch.logaddexp(wanted[:, :some] + levels, denied[:, :some] + levels.flip(-1))
        stated = said[:, :some] + levels, said[:, some:] + torch.cat([wanted, denied], dim=-1)[:, some:]
        return Decisions(*(F.pad(logits, (1, 0)) for logits in stated))  # 0 for what is not said

    def _read(self, sentences: Sequence[str], stems: Sequence[Stem]) -> tuple[Tensor, Tensor]:
        """What was read at every word [sentences, words, 2 * width], and the mask of words [sentences, words, 1]."""
        device = self.device
        words, mask = (x.to(device) for x in self.embedding(sentences))  # models of a hub read on the CPU
        stem = self.stem(torch.tensor([s.number for s in stems], device=device)).unsqueeze(1)
        x = self.dropout(F.gelu(self.word_in(words) + stem))
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False)
        read, _ = nn.utils.rnn.pad_packed_sequence(self.reader(packed)[0], batch_first=True, total_length=x.shape[1])
        return read, mask.unsqueeze(-1)

    def _whole(self, read: Tensor, mask: Tensor) -> Tensor:
        """What a sentence is about as a whole [sentences, 2 * width]."""
        weights = self.attention(read).masked_fill(~mask, -1e4).softmax(dim=1)
        attended = torch.einsum("nth,ntw->nhw", weights, read).flatten(1)
        highest = read.masked_fill(~mask, -1e4).amax(dim=1)
        mean = (read * mask).sum(dim=1) / mask.sum(dim=1)
        hidden: Tensor = self.hidden(self.dropout(torch.cat([attended, highest, mean], dim=-1)))
        return hidden

    @torch.no_grad()
    def understand(self, sentence: str, stem: Stem) -> Wish:
        """What a sentence asks of a part of `stem`; what such parts do not have is left out."""
        self.eval()
        sentence = without_repeats(sentence)
        if found := instead_of(sentence):
            rest, denied = found
            wish = self.understand(rest, stem) if rest else Wish()
            return without(wish, wishes(self([denied], [stem]), [stem], guess=False)[0])
        if found := not_behind(sentence):
            rest, denied = found
            wish, other = self.understand(rest, stem), wishes(self([denied], [stem]), [stem], guess=False)[0]
            if are_opposed(wish, other):
                return without(wish, other)
        clauses = clauses_after_denials(sentence)
        texts = [sentence, *(clause.text for clause in clauses)]
        whole, *alone = wishes(self(texts, [stem] * len(texts)), [stem] * len(texts))
        whole = put_right(whole, list(zip(clauses, alone, strict=True))) if clauses else whole
        parts = phrases(sentence)
        if len(parts) < 2:
            return whole
        stems = [stem] * len(parts)
        decisions = self(parts, stems)
        likely, sure = (wishes(decisions, stems, least, guess=False) for least in (LIKELY, SURE))
        return taken_up(whole, list(zip(parts, likely, sure, strict=True)))

    def save_pretrained(self, folder: str | Path) -> None:
        """Write config, fp16 weights and the names of the facts into `folder`."""
        super().save_pretrained(folder)
        write_index(Path(folder), {"kind": KIND, "facts": list(FACTS)})

    @classmethod
    def from_pretrained(cls, folder: str | Path = BUNDLED) -> TextEncoder:
        """Load an encoder saved by `save_pretrained`; raises `InputError` naming the file that does not fit."""
        return super().from_pretrained(folder)

    def load(self, folder: Path) -> None:
        """Load the weights of an encoder of the same sizes, whatever the order of its facts; raises `InputError` naming
        the file that does not fit, or the facts that it never learnt."""
        if not (folder / INDEX).is_file():  # saved by an earlier msub
            super().load(folder)
            return
        rows = places_in(read_index(folder, KIND).get("facts"), FACTS, f"{folder / INDEX}: facts")
        load_weights(folder, self, lambda state: _with_rows(state, rows))
        self.loaded_from = folder


def _with_rows(state: dict[str, Tensor], rows: list[int]) -> dict[str, Tensor]:
    """An encoder's weights with the facts, of which scales are the first, in the order `rows`."""
    scales = rows[: len(SCALES)]
    facts = ("said", "said_in_all.weight", "said_in_all.bias", "find.weight", "find.bias")
    places = [LEVELS * scale + level for scale in scales for level in range(LEVELS)]
    return {
        **state,
        **{name: state[name][rows] for name in facts},
        **{name: state[name][places] for name in ("levels_in_all.weight", "levels_in_all.bias")},
        "level": state["level"][scales],
    }


def stated(
    decisions: Decisions, stems: Sequence[Stem], least: float = LIKELY, guess: bool = True
) -> tuple[Tensor, Tensor]:
    """What sentences are taken to state: int64 [n, scales], 0 or 1 + the level; int64 [n, options], unsaid, wanted or
    ruled out.

    That is what is said more likely than `least`, of what parts of their stems have; and, if guesses are wanted, of a
    sentence that states none of it the likeliest, if that is not too far: most who write a sentence ask for something.
    """
    scales, options = decisions.scales.float().softmax(-1), decisions.options.float().softmax(-1)
    unsaid = torch.cat([scales[..., UNSAID], options[..., UNSAID]], dim=1).cpu()
    unsaid[~_HAS[torch.tensor([stem.number for stem in stems])]] = 1.0
    said = unsaid < 1 - least
    likeliest = unsaid.min(dim=1)
    guessed = ~said.any(dim=1) & (likeliest.values < 1 - GUESSED) & guess
    said[guessed, likeliest.indices[guessed]] = True
    levels, kinds = (1 + shares[..., 1:].argmax(-1).cpu() for shares in (scales, options))
    return levels * said[:, : len(SCALES)], kinds * said[:, len(SCALES) :]


def wishes(decisions: Decisions, stems: Sequence[Stem], least: float = LIKELY, guess: bool = True) -> list[Wish]:
    """The wishes that sentences come to, by what they state, see `stated`."""
    levels, kinds = stated(decisions, stems, least, guess)
    shares = decisions.scales.float().softmax(-1).cpu()
    return [_wish(*row) for row in zip(levels, kinds, shares, strict=True)]


def _wish(levels: Tensor, kinds: Tensor, shares: Tensor) -> Wish:
    wished = {}
    for scale, level, share in zip(SCALES, levels.tolist(), shares, strict=True):
        if level:
            near = slice(max(level - 2, 0), level + 1)  # a sentence may lie between two words
            places, weights = torch.arange(LEVELS)[near], share[1:][near]
            wished[scale.name] = float((places * weights).sum() / weights.sum()) / (LEVELS - 1)
    said: dict[str, dict[str, bool]] = {}
    for (choice, option), kind in zip(OPTIONS, kinds.tolist(), strict=True):
        if kind != UNSAID:
            said.setdefault(choice, {})[option] = kind == WANTED
    return Wish(wished, said)

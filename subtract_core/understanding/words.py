"""Sentences as rows of word vectors, the text encoder's built-in input: small, offline, no tokenizer to download.

A word is its vector in a table (distilled from a sentence encoder by `tools/word_vectors.py`, so that words of like
meaning lie close) and the hashes of its letter groups, which carry typing slips and words that the table lacks.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from subtract_core.understanding.patterns import lazy_pattern

MAX_WORDS = 40
GROUPS = 4096
"""Number of hash values of letter groups."""
_SPLIT = lazy_pattern(r"[a-z]+|[0-9]+|[?!&$]")
TABLE = Path(__file__).parent / "words"


@dataclass(frozen=True)
class WordTable:
    """words: word -> row. vectors: float32 [words, width]."""

    words: dict[str, int]
    vectors: Tensor

    @classmethod
    def load(cls, folder: Path = TABLE) -> WordTable:
        """The table that comes with the package, or one of `tools/word_vectors.py`."""
        words = (folder / "words.txt").read_text(encoding="utf-8").split()
        stored = load_file(folder / "words.safetensors")
        codes, centres = stored["codes"].long(), stored["centres"].float()
        vectors = centres[torch.arange(len(centres)), codes].flatten(1)  # a centre for every few components
        return cls({w: i for i, w in enumerate(words)}, vectors)


@lru_cache(maxsize=1)
def dictionary() -> list[str]:
    """The words of `word_table`, to draw from."""
    return list(word_table().words)


@lru_cache(maxsize=1)
def word_table() -> WordTable:
    """The table that comes with the package."""
    return WordTable.load()


def split(sentence: str) -> list[str]:
    """Lower-case words, numbers and the marks ?!&$, at most `MAX_WORDS`; an apostrophe joins (don't -> dont)."""
    plain = re.sub(r"['\u2019]", "", sentence.lower())
    return _SPLIT.findall(plain)[:MAX_WORDS]


def letter_groups(word: str) -> list[int]:
    """Hashes (below `GROUPS`) of the groups of three and four letters of a word with its ends marked."""
    marked = f"<{word}>"
    groups = {marked[i : i + n] for n in (3, 4) for i in range(len(marked) - n + 1)} or {marked}
    return sorted(zlib.crc32(g.encode()) % GROUPS for g in groups)


@dataclass(frozen=True)
class Words:
    """Sentences for the encoder.

    vectors: float32 [sentences, words, width], zero where the table lacks a word. known: bool [sentences, words].
    groups: int64 [all letter groups], group_starts: int64 [sentences * words], where each word's groups begin.
    mask: bool [sentences, words], false behind a sentence's end.
    """

    vectors: Tensor
    known: Tensor
    groups: Tensor
    group_starts: Tensor
    mask: Tensor


def embed(sentences: Sequence[str], table: WordTable) -> Words:
    """Sentences as word vectors and letter groups."""
    rows = [split(s) or ["?"] for s in sentences]
    longest = max(len(r) for r in rows)
    index = torch.full((len(rows), longest), -1)
    mask = torch.zeros(len(rows), longest, dtype=torch.bool)
    groups: list[int] = []
    starts: list[int] = []
    for i, row in enumerate(rows):
        mask[i, : len(row)] = True
        for j in range(longest):
            starts.append(len(groups))
            if j < len(row):
                index[i, j] = table.words.get(row[j], -1)
                groups += _cached_groups(row[j])
    known = index >= 0
    vectors = table.vectors[index.clamp(min=0)] * known.unsqueeze(-1)
    return Words(vectors, known, torch.tensor(groups), torch.tensor(starts), mask)


@lru_cache(maxsize=100_000)
def _cached_groups(word: str) -> list[int]:
    return letter_groups(word)

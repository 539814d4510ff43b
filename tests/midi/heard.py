"""A reader that remembers what rules leave to it."""

from __future__ import annotations

from subtract_core.stems import Stem
from subtract_core.wish import Wish


class Heard:
    """Hears the same wish in every sentence. sentences: those that it was asked to read."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.sentences: list[str] = []

    def understand(self, sentence: str, stem: Stem) -> Wish:
        self.sentences.append(sentence)
        return self.wish

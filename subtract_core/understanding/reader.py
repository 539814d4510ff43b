"""Who reads sentences."""

from __future__ import annotations

from typing import Protocol

from subtract_core.choice import shown
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.wish import Wish

OWN = "own"


class Reader(Protocol):
    """Understands what a sentence asks of a part: the text encoder, or a language model."""

    def understand(self, sentence: str, stem: Stem) -> Wish:
        """What a sentence asks of a part of `stem`, the empty wish where it is nothing that such parts have."""


def load_reader(reader: str | Reader) -> Reader | None:
    """The reader that is meant by "openai" or "openai:MODEL", a language model (see `LanguageModel`), or one that is
    given; None for "own", the model's text encoder. Raises `InputError` for other names, and without a model's name."""
    if not isinstance(reader, str):
        return reader
    kind, colon, model = reader.partition(":")
    if reader == OWN:
        return None
    if kind != "openai" or (colon and not model):
        raise InputError(f"reader: {shown(reader)} is not known; choose {OWN}, openai or openai:MODEL")
    from subtract_core.language_model import LanguageModel
    from subtract_core.understanding.language_model_reader import LanguageModelReader

    return LanguageModelReader(LanguageModel(model or None))

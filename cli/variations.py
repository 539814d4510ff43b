"""Parts written for one song that are to be chosen from, and so are kept apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from .backends import Backend

NEARLY_ALIKE, DRAWN_ANEW = 0.9, 2
"""F1 of the notes of two variations above which the later one is drawn anew, and how often at most."""


class Variations:
    """seeds: those that the parts are drawn by; what is drawn anew has the next ones. may_be_alike: whether nothing is,
    as of bars that go on as their song does."""

    def __init__(self, backend: Backend, seeds: Iterable[int], may_be_alike: bool) -> None:
        self._backend = backend
        self._spare = iter(range(max(seeds) + 1, 2**63))
        self._most = 0 if may_be_alike else DRAWN_ANEW
        self._written: list[Any] = []

    def add(self, write: Callable[[int], Any], seed: int) -> Any:
        """The part that `write` draws by a seed, or by a spare one if that is nearly one of those before; of several
        that all are, the one that is least. `report.seed` says by which."""
        kept = write(seed)
        likeness = self._backend.likeness(kept, self._written)
        for spare in islice(self._spare, self._most if likeness > NEARLY_ALIKE else 0):
            part = write(spare)
            its_likeness = self._backend.likeness(part, self._written)
            if its_likeness < likeness:
                kept, likeness = part, its_likeness
            if likeness <= NEARLY_ALIKE:
                break
        self._written.append(kept)
        return kept

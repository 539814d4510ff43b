"""What is asked of a part, gently, where nobody asks for anything: what most players do.

Both guidances without text pick what every player would agree on, which is less than any one of them plays: hi-hats go
first (docs/experiments.md, 2026-11-25). Of 600 training songs with drums 73% keep time on the hi-hat, and their density
lies at .50 of its scale on average; .6 is asked for, since what guidance takes away comes on top.
"""

from __future__ import annotations

from subtract_core.stems import Stem
from subtract_core.wish import Wish

USUAL: dict[Stem, Wish] = {Stem.DRUMS: Wish({"density": 0.6}, {"kit": {"hi-hat": True}})}
"""Stems that are better with it than without."""

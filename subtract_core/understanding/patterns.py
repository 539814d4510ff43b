"""Regular expressions of words, compiled when a sentence comes: a run without one needs none of them, and all together
take a fifth of a second."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, cast


class _LazyPattern:
    """Stands for a `re.Pattern`, which it compiles when it is first used."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.compiled, name)


def lazy_pattern(pattern: str) -> re.Pattern[str]:
    """As `re.compile`, but later."""
    return cast("re.Pattern[str]", _LazyPattern(pattern))

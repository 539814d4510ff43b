"""Which of several parts drawn for one song is kept."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from subtract_core.errors import InputError

TRIES = 3
"""How often a part is drawn at most."""
MOST_TRIES = 100
MOST_CHARACTERS = 1000
"""Of a sentence: what reads one takes longer than it is long."""
NEAR_ENOUGH = 0.15
"""A part that misses no more than this of what was asked for is as good as one that misses nothing."""

P = TypeVar("P")
Progress = Callable[[int, int], None]
"""Is told how much is done, and of how much."""


def typicality(parts: Sequence[P], likeness: Callable[[P, P], float]) -> list[float]:
    """How like the others each of several parts is on average; two parts are as like each other as the other way round.

    The part nearest to all others has the best chance to be near to what a player would have played (minimum Bayes
    risk, Kumar & Byrne 2004).
    """
    import numpy as np  # here, as the command line takes `TRIES` from this module to answer --help

    like = np.zeros((len(parts), len(parts)))
    for i, one in enumerate(parts):
        for j in range(i):
            like[i, j] = like[j, i] = likeness(one, parts[j])
    return [float(total) for total in like.sum(axis=1) / max(1, len(parts) - 1)]


def least_missing(missed: Sequence[float]) -> list[int]:
    """The places of the parts drawn that miss least of what was asked for, and of those that are as good."""
    least = max(min(missed), NEAR_ENOUGH)
    return [place for place, short in enumerate(missed) if short <= least]


def shown(value: object) -> str:
    """A value that somebody gave, as messages show it: in one line, and not all of a long one."""
    return " ".join(reprlib.repr(value).split())


def whole_number(name: str, value: object, valid: str) -> int:
    """The argument `name` as an int; raises `InputError`, which says what is `valid`, for what is no whole number."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)  # type: ignore[arg-type]  # NumPy's numbers have one as well
    except TypeError:
        raise InputError(f"{name}: {shown(value)} is no whole number; choose {valid}") from None


def checked_prompt(prompt: str | None) -> str | None:
    """`prompt`; raises `InputError` for what is no text, or longer than `MOST_CHARACTERS`."""
    if not isinstance(prompt, str | None):
        raise InputError(f"prompt: {shown(prompt)} is no text; give a sentence, or nothing")
    return prompt and checked_length("prompt", prompt)


def checked_length(name: str, sentence: str) -> str:
    """A sentence that is asked as `name`; raises `InputError` for one of more than `MOST_CHARACTERS`."""
    if len(sentence) > MOST_CHARACTERS:
        raise InputError(
            f"{name}: {shown(sentence)} has {len(sentence):,} characters; give at most {MOST_CHARACTERS:,}"
        )
    return sentence


def checked_seed(seed: int) -> int:
    """`seed`; raises `InputError` for one that cannot be."""
    valid = "0 to 2**63 - 1"
    seed = whole_number("seed", seed, valid)
    if not 0 <= seed < 2**63:
        raise InputError(f"seed: {shown(seed)} is out of range; choose {valid}")
    return seed


def checked_tries(tries: int | None) -> int:
    """`tries`, or `TRIES` for None; raises `InputError` for a number out of range."""
    valid = f"1 to {MOST_TRIES}"
    tries = TRIES if tries is None else whole_number("tries", tries, valid)
    if not 1 <= tries <= MOST_TRIES:
        raise InputError(f"tries: {shown(tries)} is out of range; choose {valid}")
    return tries


def checked_switch(name: str, value: object) -> bool:
    """The argument `name`; raises `InputError` for what is neither True nor False."""
    if type(value).__name__ not in ("bool", "bool_"):  # NumPy has one of its own, by either name
        raise InputError(f"{name}: {shown(value)} is neither True nor False")
    return bool(value)


def checked_progress(progress: Progress | None) -> Progress | None:
    """`progress`; raises `InputError` for what cannot be called."""
    if progress is not None and not callable(progress):
        raise InputError(f"progress: {shown(progress)} cannot be called; give a function of (done, total), or nothing")
    return progress


def seed_of(seed: int, attempt: int) -> int:
    """The seed of a further attempt: other noise, the same every time."""
    import numpy as np

    return seed if not attempt else int(np.random.default_rng((seed, attempt)).integers(2**62))


def counted_draws(progress: Progress, before: int, total: int) -> Progress:
    """Counts the steps of all parts drawn: `before` are done; nobody knows whether there will be more than `total`."""
    return lambda done, steps: progress(before * steps + done, total * steps)

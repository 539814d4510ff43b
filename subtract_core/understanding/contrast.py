"""Denials followed by what is wanted: "no distortion, clean", and one thing instead of another.

The text encoder is apt to take what follows a "no" for ruled out as well. A clause behind one that denies nothing
itself is therefore read once more alone. What something is to be played instead of is read by itself, too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_BREAK = lazy_pattern(r"[,;.:]+\s+| +[-\u2013\u2014]+ +| but ")
_DENIAL = lazy_pattern(r"(?i)(no|not|without|never|dont|don['\u2019]t|do not|skip|lose|drop|avoid|forget|nothing)\b")
_LIST = lazy_pattern(r"(?i)\b(or|nor|and|either|neither)\b|[/&]")
_INSTEAD = lazy_pattern(r"(?i)\b(instead|just|only|rather)\b")
_LISTED = {"kit"}  # choices of which one word behind another may be ruled out too: "no crashes, toms"


@dataclass(frozen=True)
class Clause:
    """A clause behind a denial. text: it, without words for "instead". instead: whether it had any."""

    text: str
    instead: bool


def clauses_after_denials(sentence: str) -> list[Clause]:
    """The clauses behind one that denies which deny nothing themselves; none where a list may be denied."""
    if _LIST.search(sentence):
        return []
    clauses = [clause.strip() for clause in _BREAK.split(sentence.strip())]
    denying = [bool(_DENIAL.match(clause)) for clause in clauses]
    behind = [clause for i, clause in enumerate(clauses) if any(denying[:i]) and not denying[i]]
    plain = [_INSTEAD.sub("", clause).strip() for clause in behind]
    return [Clause(text, text != clause) for text, clause in zip(plain, behind, strict=True) if text]


_INSTEAD_OF = lazy_pattern(
    r"(?i)\b(?:instead of|in (?:the )?place of|in lieu of|rather than"
    r"|(?P<but>(?:everything|anything|any \w+)) (?:but|except(?: for)?|other than|apart from)) (?P<denied>[^,.;:!?]+?)"
    r"(?=\s*(?:$|[,.;:!?]|\b(?:and|but|please|in the|for the|use|play|try|do)\b))"
)


def instead_of(sentence: str) -> tuple[str, str] | None:
    """The sentence without the words for what something is to be played instead of, and these; None without such."""
    found = _INSTEAD_OF.search(sentence)
    if not found:
        return None
    rest = re.sub(r"\s+(?=[,.;:!?])", "", sentence[: found.start()] + sentence[found.end() :])
    return " ".join(rest.split()).strip(" ,.;:"), found["denied"]


_NOT_BEHIND = lazy_pattern(
    r"(?i)(?<=\w),? (?:(?:but|and) )?(?:not|never) (?P<denied>[^,.;:!?]+?)(?=\s*(?:$|[,.;:!?]|\b(?:and|but|please)\b))"
)


def not_behind(sentence: str) -> tuple[str, str] | None:
    """The sentence without what is denied behind other words ("short, not long"), and that; None without such."""
    found = _NOT_BEHIND.search(sentence)
    return (sentence[: found.start()] + sentence[found.end() :], found["denied"]) if found else None


def are_opposed(wish: Wish, denied: Wish) -> bool:
    """Whether two wishes ask for different sides of a scale, and never for the same."""
    sides = [
        (wish.levels[scale] - 0.5) * (level - 0.5) for scale, level in denied.levels.items() if scale in wish.levels
    ]
    return bool(sides) and max(sides) < 0


def without(wish: Wish, denied: Wish) -> Wish:
    """A wish that rules out what another asks for, of scales the other side, where it does not speak of that itself."""
    levels = {scale: 1 - level for scale, level in denied.levels.items()}
    options = {choice: dict(said) for choice, said in wish.options.items()}
    for choice, said in denied.options.items():
        no = {option: False for option, wanted in said.items() if wanted}
        options[choice] = {**no, **options.get(choice, {})}
    return Wish({**levels, **wish.levels}, {choice: said for choice, said in options.items() if said})


def put_right(whole: Wish, clauses: Sequence[tuple[Clause, Wish]]) -> Wish:
    """What a sentence asks for, but that what clauses behind a denial ask for by themselves is asked for, where the
    sentence as a whole rules it out, asks for the other side of a scale, or denies another option of the choice."""
    levels, options = dict(whole.levels), {choice: dict(said) for choice, said in whole.options.items()}
    for clause, alone in clauses:
        for scale, level in alone.levels.items():
            if scale in levels and (levels[scale] - 0.5) * (level - 0.5) < 0:
                levels[scale] = level
        for choice, said in alone.options.items():
            sure = choice not in _LISTED or clause.instead
            if sure and False in options.get(choice, {}).values():
                options[choice] |= {option: True for option, wanted in said.items() if wanted}
    return Wish(levels, options)

"""Words that say when fills come: "a fill every four bars", "end with a fill", "a fill before the chorus".

Models know of fills, but not where they stand: what is asked for by its place is arranged by rule, and stands among the
drums of a wish as one of `AT_THE_END`, `BEFORE_SECTIONS` and "fills every 4 bars".
"""

from __future__ import annotations

import re

from subtract_core.understanding.clauses import CLAUSE, DENIAL, is_meant, one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern

AT_THE_END, BEFORE_SECTIONS = "fills at the end", "fills before sections"
_EVERY = lazy_pattern(r"fills every (\d+) bars")
_WORDS = {
    "other": 2, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "twelfth": 12,
    "sixteenth": 16, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "twelve": 12,
    "sixteen": 16,
}  # fmt: skip
_MOST = 64  # bars

_FILL = (
    r"(?:no fills? (?:except|other than|apart from|unless|but)(?: for)?"
    r"|(?:(?:with|and|add|play|put|throw in|do|use|have|include|just|only|a|an|one|some|the|short|quick|little|small"
    r"|big|nice|simple|single|final|last|drum|tom|snare|kit) ){0,5}(?:fills?(?: ins?)?|chops|(?<=drum )rolls?))"
    r"(?: (?:just|only|right|played|comes?|in)(?= ))*"
)
_BARS = r"(?:bars?|measures?)"
_N = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{'|'.join(_WORDS)})"
_COUNTED = rf"(?:(?:at|on|in|near) (?:the )?(?:end|last {_BARS}) of |on |in |for |at )?(?:every|each) (?P<n>{_N})"
_EVERY_N = rf"{_COUNTED}(?:[ -]{_BARS}(?: (?:phrases?|sections?|loops?))?)?"
_WHOLE = r"song|loop|part|piece|track|tune|pattern|section|groove|beat|phrase"
_AT_END = (
    rf"(?:at|near|towards?|on|in) (?:the )?(?:very )?(?:end(?:ing)?|(?:last|final) {_BARS})"
    rf"(?: of (?:the|this|my) (?:whole )?(?:{_WHOLE})|(?! of ))"
)
_END_WITH = r"(?:end|finish|close|conclud)(?:e|s|es|ing)?(?: (?:it|off|up|the \w+))? (?:with|on|in|by)"
_PLACES = r"(?:(?:pre-?)?chorus(?:es)?|verses?|bridges?|sections?|phrases?|parts?|drops?|refrains?|solos?|hooks?)"
_EACH = r"(?:(?:the|each|every|all|a|any|new|next) )*"
_SECTIONS = (
    rf"(?:(?:right )?before|(?:leading |going )?in ?to|between|leading up to|at (?:the )?ends? of) {_EACH}{_PLACES}"
    rf"|(?:at|on|for|in) {_EACH}(?:section (?:changes?|ends?|borders?|breaks?)|transitions?)"
)
_SELDOM = r"(?:every )?now and (?:then|again)|(?:every )?once in a while|here and there|from time to time|occasionally"
_STOP = r"(?![\w-])"
_PUT_PLAINLY = (
    (lazy_pattern(rf"(?i)\b(?<!no )fills?,? (?:just |only )?(?:{_SELDOM})(?![\w-])"), "fill every 8 bars"),
    (lazy_pattern(rf"(?i)\bfills?,? (?:but |just )*(?:not|never) (?=(?:{_AT_END}|{_SECTIONS}))"), "fills, no fill "),
    (lazy_pattern(r"(?i)\bno (?:drum )?fills?,? (?=(?:except|other than|apart from|unless|but)\b)"), "no fills "),
)
_DENIED = lazy_pattern(
    rf"(?i)(?:{DENIAL.pattern.removeprefix('(?i)')}|\b(?:leav(?:e|ing) out|skip|drop|omit|lose|cut)\b)"
    r"(?: [\w'-]+){0,3} ?$"
)
"""What denies a fill at a place; with more words between it denies something else."""
# "fill out the sound", "fill in for the guitar": no fills of drums
_MAKE_FULL = lazy_pattern(
    r"(?i)\b(?:(?:to|and|please|help|really) )*fill(?:s|ed|ing)? "
    r"(?:(?:out|up)(?: (?!at\b|on\b|every\b|before\b)[\w'-]+){1,4}"
    r"|in for [\w' -]+|(?:in )?(?:(?:the|any|all|every|some|my|our|that|empty) )+(?:\w+ )??"
    r"(?:sounds?|spaces?|gaps?|holes?|rooms?|mix|silences?|arrangement|low end|track|song|texture|spectrum)"
    r"(?: (?:between|left|of|in) [\w' -]+)?)" + _STOP
)
_FILL_LAST = (
    rf"fill(?:s|ing)?(?: up)? (?:the )?(?:very )?(?:last|final) {_BARS}(?: of (?:the|this|my) (?:whole )?(?:{_WHOLE}))?"
)
_WHEN = (
    lazy_pattern(rf"(?i)\b(?P<end>{_FILL_LAST})(?! of ){_STOP}"),
    lazy_pattern(rf"(?i)\b{_FILL} {_EVERY_N}{_STOP}"),
    lazy_pattern(rf"(?i)\b{_EVERY_N},? {_FILL}{_STOP}"),
    lazy_pattern(rf"(?i)\b{_FILL} (?P<end>{_AT_END}){_STOP}"),
    lazy_pattern(rf"(?i)\b(?P<end>{_END_WITH}) {_FILL}{_STOP}"),
    lazy_pattern(rf"(?i)\b(?P<end>{_AT_END}),? {_FILL}{_STOP}"),
    lazy_pattern(rf"(?i)\b{_FILL} (?:{_SECTIONS}){_STOP}"),
    lazy_pattern(rf"(?i)\b(?:{_SECTIONS}),? {_FILL}{_STOP}"),
)


def fills_placed(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without words that say when fills come, and each such name (`is_placed`) -> whether they are wanted
    there: "no fill at the end" rules out that one alone. Nothing else of filling out the sound or filling in for
    somebody is left, which are no fills."""
    for words, plainly in _PUT_PLAINLY:
        sentence = words.sub(plainly, sentence)
    full = _MAKE_FULL.sub(lambda found: "" if is_meant(found) else found[0], " ".join(sentence.split()))
    if full and full != sentence:
        sentence = tidied(one_comma(full))
    elif not full:
        sentence = ""
    kept, kit = list[str](), dict[str, bool]()
    for clause in CLAUSE.split(" ".join(sentence.split())):
        for words in _WHEN:
            found = words.search(clause)
            if not found or not (name := _name(found)):
                continue
            denied = _DENIED.search(clause[: found.start()])
            if denied or not DENIAL.search(clause[: found.start()]):
                kit[name] = not denied
                clause = clause[: (denied or found).start()] + clause[found.end() :]
        kept.append(clause)
    if not kit:
        return sentence, {}
    return tidied(one_comma("".join(kept))), kit


def _name(found: re.Match[str]) -> str | None:
    groups = found.groupdict()
    if number := groups.get("n"):
        word = number.lower()
        bars = _WORDS.get(word) or int(re.sub(r"\D", "", word) or 0)
        return f"fills every {bars} bars" if 2 <= bars <= _MOST else None
    return AT_THE_END if groups.get("end") else BEFORE_SECTIONS


def is_placed(drum: str) -> bool:
    """Whether a name of what is asked of the kit says when fills come."""
    return drum in (AT_THE_END, BEFORE_SECTIONS) or bool(bars_apart(drum))


def bars_apart(drum: str) -> int | None:
    """In every how many bars there is to be a fill, where a name says that."""
    found = _EVERY.fullmatch(drum)
    return int(found[1]) if found else None

"""Words for a part that is to be moved by octaves: "up an octave", "an octave lower"."""

from __future__ import annotations

import re

from subtract_core.understanding.clauses import CLAUSE, DENIAL, tidied
from subtract_core.understanding.patterns import lazy_pattern

_ONE = r"(?:an|one|1|a (?:full|whole|single))"
_HIGH, _LOW = r"(?:up|higher|above)", r"(?:down|lower|below)"
_VERBS = (
    r"(?:(?:and|then|but|now|all|everything|it|this|that|is|the (?:part|line|whole (?:part|thing)|bass(?:line)?"
    r"|guitars?|keys|pianos?|strings?|lead|melody)|play(?:ed|s|ing)?"
    r"|mov(?:e|ed|es|ing)|shift(?:ed|s)?|transpos(?:e|ed)|bring|take|put|raised?|lower(?:ed)?|go(?:es)?) ){0,5}"
)


def _moved(direction: str, verb: str) -> re.Pattern[str]:
    return lazy_pattern(
        rf"(?i)\b{_VERBS}(?:{verb} (?:by )?{_ONE} octave|(?:{_ONE} )?octave {direction}"
        rf"|(?P<two>{verb} (?:by )?(?:two|2) octaves|(?:two|2) octaves {direction}))\b"
        r"(?: (?:here|throughout|now|in this (?:section|part)|from here(?: on)?)){0,3}"
    )


_MOVED = {1: _moved(_HIGH, "up"), -1: _moved(_LOW, "down")}
_INSIDE = lazy_pattern(
    r"(?i)\b(?:jump|leap|skip|slid|slide|doubl|fill|alternat|sometimes|occasional)\w*|\b(?:every|each|than)\b"
    r"|\b(?:walk|run|climb)(?:s|n?ing)?(?: \w+ly| back| right| all the way)?"
    r" (?:(?:an |one |two )?octaves? )?(?:up|down)\b"
)
"""Words in a clause that tell of octaves inside of a part, or between two; "walking bass an octave lower" has none."""
_CHORD_TONE = lazy_pattern(
    r"(?i)\b(?:roots?|(?:third|fifth|3rd|5th)s?)(?: notes?)?(?:,? and(?: the| an| its)?|,(?: the| its)?) "
    r"octave (?:up|down|above|below)\b"
)
"""The octave as one of the notes that are played: "root, fifth and octave up"."""


def octaves_asked(sentence: str) -> tuple[str, int]:
    """The sentence without words that move a part by octaves, and by how many: up if positive, 0 for none."""
    if _CHORD_TONE.search(sentence):
        return sentence, 0
    kept, octaves = list[str](), 0
    for clause in CLAUSE.split(" ".join(sentence.split())):
        for sign, words in _MOVED.items():
            found = words.search(clause)
            if found and not _INSIDE.search(clause) and not DENIAL.search(clause[: found.start()]):
                octaves = sign * (2 if found["two"] else 1)
                clause = clause[: found.start()] + clause[found.end() :]
        kept.append(clause)
    return (tidied("".join(kept)), octaves) if octaves else (sentence, 0)

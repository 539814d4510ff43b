"""Words for a part that is to be moved by octaves: "up an octave", "an octave lower"."""

from __future__ import annotations

import re

_ONE = r"(?:an|one|1|a (?:full|whole|single))"
_HIGH, _LOW = r"(?:up|higher|above)", r"(?:down|lower|below)"
_VERBS = (
    r"(?:(?:and|then|but|now|all|everything|it|this|that|is|the (?:part|line|whole (?:part|thing)|bass(?:line)?"
    r"|guitars?|keys|pianos?|strings?|lead|melody)|play(?:ed|s|ing)?"
    r"|mov(?:e|ed|es|ing)|shift(?:ed|s)?|transpos(?:e|ed)|bring|take|put|raised?|lower(?:ed)?|go(?:es)?) )*"
)


def _moved(direction: str, verb: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?i)\b{_VERBS}(?:{verb} (?:by )?{_ONE} octave|(?:{_ONE} )?octave {direction}"
        rf"|(?P<two>{verb} (?:by )?(?:two|2) octaves|(?:two|2) octaves {direction}))\b"
        r"(?: (?:here|throughout|now|in this (?:section|part)|from here(?: on)?))*"
    )


_MOVED = {1: _moved(_HIGH, "up"), -1: _moved(_LOW, "down")}
_INSIDE = re.compile(
    r"(?i)\b(?:jump|leap|skip|slid|slide|doubl|fill|alternat|sometimes|occasional)\w*|\b(?:every|each|than)\b"
)
"""Words in a clause that tell of octaves inside of a part, or between two."""
_CLAUSE = re.compile(r"([,.;:!?]+(?:\s+|$)|\s+and\s+|\s+but\s+)")


def octaves_asked(sentence: str) -> tuple[str, int]:
    """The sentence without words that move a part by octaves, and by how many: up if positive, 0 for none."""
    kept, octaves = list[str](), 0
    for clause in _CLAUSE.split(" ".join(sentence.split())):
        for sign, words in _MOVED.items():
            found = words.search(clause)
            if found and not _INSIDE.search(clause):
                octaves = sign * (2 if found["two"] else 1)
                clause = clause[: found.start()] + clause[found.end() :]
        kept.append(clause)
    rest = re.sub(r"(?:\s*(?:[,.;:!?]|\band\b|\bbut\b)\s*)+$", "", "".join(kept))
    rest = re.sub(r"^(?:\s*(?:[,.;:!?]|\band\b|\bbut\b)\s*)+", "", rest)
    return (" ".join(rest.split()), octaves) if octaves else (sentence, 0)

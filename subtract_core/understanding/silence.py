"""Words for not playing at all: "rests", "tacet", "lay out", "no guitar here"."""

from __future__ import annotations

import re

from subtract_core.stems import Stem
from subtract_core.understanding.patterns import lazy_pattern

_NAMES: dict[Stem, str] = {
    Stem.DRUMS: r"drum(?:s|mers?|ming| kit| set)?",
    Stem.BASS: r"bass(?: guitars?|ists?| player)?",
    Stem.GUITAR: r"guitar(?:s|ists?)?",
    Stem.KEYS: r"keys|keyboards?|pianos?|organs?",
    Stem.STRINGS: r"strings?",
    Stem.LEAD: r"leads?|melody",
}
_FILLERS = (
    "please just simply here now completely entirely totally altogether the this these section part bit bars bar "
    "should must let lets let's for in during throughout at all whole entire it you your player one from on is are be "
    "stay stays keep keeps remain remains go goes so and then"
).split()  # fmt: skip
_PLAYING = r"play(?:s|ing)?(?: (?:anything|any notes?|a(?: single)? note))?"
_ON_BEAT = lazy_pattern(r"\bon (?:the )?(?:ands?|ones?|off-?beats?|down-?beats?|\d)\b")
_CLAUSE = lazy_pattern(r"[,.;:!?]+(?:\s+|$)|\s+-+\s+|\s+[\u2013\u2014]\s+|\s+(?:and|so)\s+")


def asks_silence(sentence: str, stem: Stem) -> bool:
    """Whether a sentence says nothing else than that a part of `stem` does not play."""
    if _ON_BEAT.search(sentence.lower()):  # "no notes on the one"
        return False
    clauses = [clause for clause in _CLAUSE.split(" ".join(sentence.lower().replace("\u2019", "'").split())) if clause]
    said = [" ".join(word for word in clause.split() if word not in _FILLERS) for clause in clauses]
    said = [clause for clause in said if clause]  # "in this section" adds nothing
    return bool(said) and all(_SILENT[stem].fullmatch(clause) for clause in said)


def _silent(name: str) -> re.Pattern[str]:
    return lazy_pattern(
        rf"(?:(?:{name}) )?(?:"
        rf"rests?|resting|silent|silence|tacet|tak(?:es?|ing) a (?:rest|break)|"
        rf"(?:full )?stops?(?: dead)?|pauses?|cuts? out|"
        rf"(?:do(?:es)?(?:n't| not|nt)|not|never|no|stops?) {_PLAYING}|"
        rf"plays? nothing|nothing|lay(?:s|ing)? out|sit(?:s|ting)? out|drop(?:s|ping)? out|out|"
        rf"(?:no|without|leave out|drop|skip)(?: any)? (?:{name}|notes?)|leave out)"
    )


_SILENT = {stem: _silent(name) for stem, name in _NAMES.items()}

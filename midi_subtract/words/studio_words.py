"""Words of the studio: velocities as numbers, and keys, capos and effects, of which notes tell nothing.

The text encoder has seen few of them, and hears wishes where there are none: "lots of delay" was a busy part, "in E
minor" a high one, "velocity around 40" an even one.
"""

from __future__ import annotations

import re

from subtract_core.knobs import RANGES
from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.understanding.clauses import one_comma
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_VELOCITY = lazy_pattern(
    r"(?i)\b(?:(?:with|at|around|about|to|keep|set|the|an?|midi|average|mean) ){0,4}velocit(?:y|ies)"
    r"(?: (?:of|at|to|around|about|near|is|are|should be))*[ :=~]*(?P<number>\d{1,3})\b(?! ?(?:-|to|and|\u2013) ?\d)"
)
_KEY = r"(?:the )?(?:key of )?(?-i:[A-Gb-g])(?:[#b\u266f\u266d]|[ -](?:sharp|flat))?[ -]?(?:major|minor|maj|min)\b"
_EFFECT = (
    r"(?:(?:no|some|more|less|heavy|big|long|lush|spacey|light|slapback|plate|spring|hall|tape|dotted|quarter|eighth|8th"
    r"|note) |(?:lots?|tons?|plenty|"
    r"loads|heaps|a (?:bit|touch|lot|hint)|bags) of ){0,3}(?:reverb|delay|echo|flanger|phaser|compression|autotune)s?\b"
)
_UNHEARD = lazy_pattern(
    rf"(?i)\b(?:(?:it['\u2019]s |song is |play )?in {_KEY}|key:? {_KEY}|key of {_KEY}"
    rf"|(?:and |with |plus |use |add ){{0,3}}(?:{_EFFECT}(?: and )?)+"
    r"|(?:cut|boost|roll(?:ing)? off|reduce|tame|less|fewer|more|add|turn (?:up|down)) (?:the |some |more )?"
    r"(?:highs?|lows?|mids|high end|treble)(?=\s*(?:$|[,.;:!?]|and\b|but\b))"
    r"|(?:(?:with|use|add|through|an?|the|some|on) ){0,4}(?:wah(?:[- ]?wah)?|effects?|volume|expression|delay|chorus)"
    r" pedals?"
    r"|(?:(?:and|but|play(?:ed|ing)?|sit(?:s|ting)?|a (?:bit|little|touch|hair)|slightly|just|way|well) ){0,4}"
    r"behind the beat(?!['\u2019])"
    r"|(?:with )?(?:a )?capo(?: (?:on|at|in))?(?: the)?(?: \d{1,2}(?:st|nd|rd|th)?)?(?: fret)?)"
)

_DIRT, _LOW_GAIN = (
    lazy_pattern(r"(?i)\b(?P<dirt>fuzz|distortion|overdrive) pedals?\b"),
    lazy_pattern(r"(?i)\blow gain\b"),
)
"""A pedal on the floor is no pedal point."""


def numbers_asked(sentence: str, stem: Stem) -> tuple[str, Wish]:
    """The sentence without a velocity that it states, and the loudness that this asks for."""
    found = _VELOCITY.search(sentence)
    least, most = RANGES["loudness"]
    if not found or not least <= (velocity := float(found["number"])) <= most:
        return sentence, Wish()
    rest = _tidy(sentence[: found.start()] + sentence[found.end() :])
    return rest, Wish({"loudness": level("loudness", stem, velocity)}, {}, {"loudness": velocity})


def without_studio(sentence: str) -> str:
    """The sentence without keys, capos and effects."""
    sentence = _DIRT.sub(r"\g<dirt>", _LOW_GAIN.sub("not distorted", sentence))
    rest, found = _UNHEARD.subn("", sentence)
    return _tidy(rest) if found else sentence


def _tidy(rest: str) -> str:
    rest = one_comma(" ".join(rest.split()))
    return re.sub(r"^(?:and|but|with)\b|\b(?:and|but|with)$", "", rest.strip(" ,.;:")).strip(" ,.;:")

"""Words for a part that gets louder or softer to its end: "crescendo", "build up", "start soft and end loud"."""

from __future__ import annotations

import re

from subtract_core.understanding.clauses import is_meant, tidied
from subtract_core.understanding.patterns import lazy_pattern

_SOFT = (
    r"(?:soft|quiet|low|light|small|sparse|bare|minimal)(?:ly|er)?|simpl[ey]|gentl(?:e|y|er)"
    r"|(?:pianissimo|piano|pp?|nothing|silence|a whisper)"
)
_LOUD = (
    r"(?:loud|strong|big|hard|full|huge|massive)(?:ly|er)?|heav(?:y|ily|ier)|dig(?:s|ging)? in"
    r"|(?:fortissimo|forte|ff?|a roar)"
)
_END = (
    r"(?:the (?:very )?end|(?:a|the) (?:(?:big|huge|loud|massive|epic|grand) )?(?:climax|peak|finish|finale|ending))"
    r"(?: of (?:the|this) \w+)?"
)
_TO_END = rf"(?: (?:towards?|to|until|till|up to|by|at|near) {_END})"
_SLOWLY = (
    r"(?:(?:a|the|one|with|long|slow(?:ly)?|big|steady|steadily|gradual(?:ly)?|continuous(?:ly)?|constantly"
    r"|huge) ){0,4}"
)
_MORE = r"(?:gets?|getting|grow(?:s|ing)?|becom(?:e|es|ing)|gradually|slowly|steadily|progressively|increasingly)"
_BIT = r"(?:(?:a (?:bit|little|lot)|much|even|ever) )?"
_AS_IT_GOES = r" as (?:the \w+|it|we) (?:progress|unfold|go)(?:es|s)?(?: on| along)?"
_AFTER = (
    rf"(?:{_TO_END}|{_AS_IT_GOES}"
    r"| (?:throughout|all the way(?: through)?|over (?:the whole|all of the) \w+|over time|over the \w+"
    r"|gradually|slowly|steadily|from (?:the )?(?:start|beginning)(?: to (?:the )?(?:end|finish))?)){0,3}"
)
_TENSION = r"(?:the |some )?(?:energy|tension|intensity|volume)"


def _ramp(start: str, end: str, comparative: str, more: str) -> re.Pattern[str]:
    """Words for a part that begins in one way and ends in another. comparative: "louder". more: other words for it."""
    how = r"(?:(?:very|really|super|rather|quite) )?"
    then = r"(?: with(?: (?!and\b)[\w-]+){1,3})?(?:[, ]|\b(?:and|then|but|to)\b|->){1,7}"
    return lazy_pattern(
        rf"(?i)\b{_SLOWLY}(?:"
        rf"(?:start|begin)(?:s|ning|ing)?(?: off| out)? {how}(?:{start}){then}"
        rf"(?:{_SLOWLY}(?:{more}|builds?|building|grows?)"
        rf"|(?:end|finish|close|get|becom|grow|build)(?:es|e|s|ting|ing)?(?: up| off| to)? {how}(?:{end}))"
        rf"|(?:{start}) (?:at first|(?:at|in) the (?:start|beginning)){then}{how}(?:{end})(?: (?:in|at) {_END})?"
        rf"|(?:goes? |builds? )?from {how}(?:{start}) to {how}(?:{end})|(?:{start}) to (?:{end})(?=$|[,.;!?])"
        rf"|(?:{_MORE} ){{1,3}}{_BIT}(?:{comparative})(?: and (?:{comparative}))*"
        rf"|(?:{comparative}) and (?:{comparative})|{_BIT}(?:{comparative})(?:{_TO_END}|(?={_AS_IT_GOES}))"
        rf"|{more}){_AFTER}(?!\w)"
    )


_RAMPS = {
    1: _ramp(
        _SOFT, _LOUD, "louder|stronger|bigger",
        rf"crescendo(?:ing)?|build(?:s|ing)?(?:[ -]?ups?\b(?: {_TENSION})?| {_TENSION})"
        r"|build(?:s|ing)?(?: gradually| slowly| steadily)?(?: to a \w+)?"
        rf"{_TO_END}|fad(?:es?|ing)[ -]?in|(?:peak|climax|culminat)(?:s|es?|ing)?{_TO_END}"
        r"|(?:slow|gradual|steadi)ly build(?:s|ing)?|(?:let it|keeps?) build(?:ing)?"
        r"|(?:ris|increas|grow|gain)(?:es|e|s|ing)? in (?:volume|loudness|intensity)",
    ),
    -1: _ramp(
        _LOUD, _SOFT, "softer|quieter|weaker",
        r"(?<!\bno )(?:end|finish|clos)(?:e|s|es|ing)? (?:(?:very|really) )?(?:softly|quietly|gently)"
        rf"|(?:diminuendo|decrescendo)(?:ing)?|fad(?:e|es|ing)(?:[ -]?(?:out|away|down)|(?={_TO_END}))"
        r"|(?:die|dies|dying) (?:away|down|out|off)"
        r"|trail(?:s|ing)? (?:off|away)|(?:decreas|fall)(?:es|e|s|ing)? in (?:volume|loudness|intensity)",
    ),
}  # fmt: skip
_ELSEWHERE = lazy_pattern(
    r"(?i)\b(?:every|each|within|than|swell|chorus|verse|bridge|solo|drop|breakdown|refrain|phrases?|(?<!single )notes?"
    r"|bars?|measures?|range|dynamics|contrast)(?:s|es)?\b"
)
"""Words in a clause that tell of ramps over other stretches than the part: "a crescendo in every phrase"."""


def ramp_asked(sentence: str) -> tuple[str, int]:
    """The sentence without words for a ramp over the whole part, and its direction: 1 where it gets louder, -1 where
    softer, 0 for none, for both, and for ramps that are denied or over other stretches."""
    text = " ".join(sentence.split())
    found = [(sign, match) for sign, words in _RAMPS.items() for match in words.finditer(text)]
    meant = [(sign, match) for sign, match in found if is_meant(match, _ELSEWHERE)]
    if len({sign for sign, _ in meant}) != 1:
        return sentence, 0
    for _, match in sorted(meant, key=lambda each: -each[1].start()):
        text = text[: match.start()] + text[match.end() :]
    return tidied(re.sub(r"[,;]\s*(?=[,;])", "", text)), meant[0][0]

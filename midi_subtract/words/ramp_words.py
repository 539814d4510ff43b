"""Words for a part that gets louder or softer to its end: "crescendo", "build up", "start soft and end loud"."""

from __future__ import annotations

import re

from midi_subtract.words.clauses import is_meant, tidied

_SOFT = r"(?:soft|quiet|gentl|low)(?:ly|er|y)?|(?:pianissimo|piano|pp?|nothing|silence|a whisper)"
_LOUD = r"(?:loud|strong|big|hard|full|huge)(?:ly|er)?|(?:fortissimo|forte|ff?|a roar)"
_END = r"(?:the (?:very )?end|(?:a|the) (?:big |huge |loud )?(?:climax|peak|finish|finale))(?: of (?:the|this) \w+)?"
_TO_END = rf"(?: (?:towards?|to|until|till|up to|by) {_END})"
_SLOWLY = (
    r"(?:(?:a|the|one|with|long|slow(?:ly)?|big|steady|steadily|gradual(?:ly)?|continuous(?:ly)?|constantly"
    r"|huge) ){0,4}"
)
_MORE = r"(?:gets?|getting|grow(?:s|ing)?|becom(?:e|es|ing)|gradually|slowly|steadily|progressively|increasingly)"
_BIT = r"(?:(?:a (?:bit|little|lot)|much|even|ever) )?"
_AFTER = (
    rf"(?:{_TO_END}| (?:throughout|all the way(?: through)?|over (?:the whole|all of the) \w+|over time|over the \w+"
    r"|gradually|slowly|steadily|as it goes(?: on| along)?"
    r"|from (?:the )?(?:start|beginning)(?: to (?:the )?(?:end|finish))?)){0,3}"
)


def _ramp(start: str, end: str, comparative: str, more: str) -> re.Pattern[str]:
    """Words for a part that begins in one way and ends in another. comparative: "louder". more: other words for it."""
    how = r"(?:(?:very|really|super|rather|quite) )?"
    then = r"(?:,? ?(?:and|then|but|to|->|,)){1,4}"
    return re.compile(
        rf"(?i)\b{_SLOWLY}(?:"
        rf"(?:start|begin)(?:s|ning|ing)?(?: off| out)? {how}(?:{start}){then} ?"
        rf"(?:{_SLOWLY}(?:{more})"
        rf"|(?:end|finish|close|get|becom|grow|build)(?:es|e|s|ting|ing)?(?: up| off| to)? {how}(?:{end}))"
        rf"|(?:{start}) (?:at|in) the (?:start|beginning){then} ?{how}(?:{end}) (?:at|by|in|towards?) {_END}"
        rf"|from {how}(?:{start}) to {how}(?:{end})"
        rf"|(?:{_MORE} ){{1,3}}{_BIT}(?:{comparative})(?: and (?:{comparative}))*"
        rf"|(?:{comparative}) and (?:{comparative})|{_BIT}(?:{comparative}){_TO_END}|{more}){_AFTER}(?!\w)"
    )


_RAMPS = {
    1: _ramp(
        _SOFT, _LOUD, "louder|stronger|bigger",
        r"crescendo(?:ing)?|build(?:s|ing)?[ -]?ups?\b(?: (?:the |some )?(?:energy|tension|intensity|volume))?"
        r"|build(?:s|ing)?(?: gradually| slowly| steadily)?(?: to a \w+)?"
        rf"{_TO_END}|(?:slow|gradual|steadi)ly build(?:s|ing)?|(?:let it|keeps?) build(?:ing)?"
        r"|(?:ris|increas|grow|gain)(?:es|e|s|ing)? in (?:volume|loudness|intensity)",
    ),
    -1: _ramp(
        _LOUD, _SOFT, "softer|quieter|weaker",
        r"(?:diminuendo|decrescendo)(?:ing)?|fad(?:e|es|ing)[ -]?(?:out|away)(?: at the (?:very )?end)?"
        r"|(?:die|dies|dying) (?:away|down)"
        r"|trail(?:s|ing)? (?:off|away)|(?:decreas|fall)(?:es|e|s|ing)? in (?:volume|loudness|intensity)",
    ),
}  # fmt: skip
_ELSEWHERE = re.compile(
    r"(?i)\b(?:every|each|within|than|swell|chorus|verse|bridge|solo|drop|breakdown|refrain|phrases?|notes?"
    r"|bars?|measures?)(?:s|es)?\b"
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

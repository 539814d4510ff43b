"""Words for lines of a bass that no model is told of: two-feel, roots in halves or quarters, root and fifth, tumbao,
pedals on a named note."""

from __future__ import annotations

import re

from midi_subtract.words.clauses import is_meant, tidied
from subtract_core.understanding.patterns import lazy_pattern

PEDAL = "pedal on "
"""What the names of lines on one note begin with; a note, `TONIC` or `DOMINANT` follows."""
OFF_ONE = "nothing on one"
"""The name of what leaves the first beat of each bar out."""
TONIC, DOMINANT = "the tonic", "the dominant"

_BASS = r"(?: (?:bass ?lines?|bass|lines?|patterns?|figures?|feel|style|grooves?|notes?)){0,4}"
_PLAY = r"(?:(?:a|an|the|some|it|with|in|on|bass|latin|cuban|play(?:s|ed|ing)?|keep(?:s|ing)?|stay(?:s|ing)?) ){0,5}"
_ENDS = r"(?= ?(?:$|[,.;:!?\u2013\u2014-]|(?:and|but|for|with|on|under|here|throughout|now)\b))"
_TAIL = (
    r"(?: (?:through(?:out)?|under|over|all the way)"
    rf"(?: (?:it|all(?: of it)?|everything|through|the (?:whole )?song))?{_ENDS})?"
)
_BEAT = r"(?:one|three|1|3|first|third)\b"
_ON = rf"(?: on (?:beats? |the )?{_BEAT}(?:(?:,? and |,? ?& ?|, )(?:the )?{_BEAT})?(?: beats?)?)?"
_THEN = r"(?:,? ?(?:and|then|to|&|\+|/|-|\u2013)? ?)(?:the )?"
_FIFTHS = r"(?:fifths?|5ths?|fives?|5s?)\b"
_TURNS = r"(?:alternat(?:e|es|ing)(?: between| from)?)"
_ROOTS = r"(?:the )?roots?(?: notes?)?"


def _roots_in(values: str) -> re.Pattern[str]:
    only, stop = r"(?:(?:just|only) )?", r"(?: only| alone)?(?=$|[,.;:!?])"
    apart = rf"{only}{_ROOTS}(?: only)?, {only}(?:{values}){stop}|{only}(?:{values})(?: only)?, {only}{_ROOTS}{stop}"
    return lazy_pattern(rf"(?i)\b{_PLAY}(?:{_ROOTS} in (?:{values})|(?:{values}) on {_ROOTS}|{apart}){_BASS}{_TAIL}")


_LONG = r"(?:long|held|sustained|ringing)"
_LINES = {
    "roots in wholes": lazy_pattern(
        rf"{_roots_in(rf'whole[ -]notes?|wholes|semibreves?|{_LONG}(?: ones| notes)').pattern}"
        rf"|\b(?:(?:just|only) )?{_LONG} roots?(?: notes?)?(?: only| alone)?(?=$|[,.;:!?])"
    ),
    "roots on one": lazy_pattern(
        rf"(?i)\b{_PLAY}(?:(?:just|only) )?(?:{_ROOTS}) (?:(?:just|only) )?on (?:the )?(?:beat )?(?:(?:one|1)\b"
        r"|downbeats?\b|first beat\b)(?: only)?(?: of (?:every|each|the) bar)?(?=$|[.;:!?]|, (?!fifth))"
    ),
    "roots in halves": _roots_in(r"half[ -]notes?|halves|minims?"),
    "roots in quarters": _roots_in(r"quarter[ -]notes?|quarters|crotchets?"),
    "two-feel": lazy_pattern(
        rf"(?i)\b{_PLAY}(?:(?:two|2)[ -](?:feel|beat\b(?! (?:notes?|rests?|long|later|early|before|after)))"
        rf"|in (?:two|2)(?: feel)?{_ENDS}|(?:half[ -]notes?|minims?)\b){_BASS}{_TAIL}"
    ),
    "root and fifth": lazy_pattern(
        rf"(?i)\b{_PLAY}(?:{_TURNS} )?(?:the )?roots?{_ON}{_THEN}{_FIFTHS}{_ON}(?: {_TURNS})?{_BASS}{_TAIL}"
        rf"|\b{_PLAY}(?:alternating[ -](?:bass ?lines?|bass)|oom[ -]?pah(?:[ -]pah)?|boom[ -]?chi?cka?){_BASS}{_TAIL}"
    ),
    "tumbao": lazy_pattern(
        rf"(?i)\b{_PLAY}(?:tumbaos?|(?:salsa|mambo|timba|son montuno|cha[ -]?cha(?:[ -]?ch[aá])?)(?= bass)"
        rf"|anticipated(?= bass)){_BASS}{_TAIL}"
    ),
}
_OFF_ONE = lazy_pattern(
    r"(?i)\b(?:(?:nothing|no notes?|never|not|rest|silent|(?:never|do(?:n['\u2019]?t| not)) (?:play|hit|land)"
    r"(?: anything)?) on|leave out|skip|avoid|stay off) (?:the (?:one|1|downbeats?|first beat)|(?:beat )?(?:one|1)\b"
    rf"|downbeats?)(?: of (?:the|every|each|a|any) bar)?{_ENDS}"
)
_OTHER = lazy_pattern(
    r"(?i)\b(?:octaves?|thirds?|3rds?|sevenths?|7ths?|eighth|eighths|8ths?|sixteenths?|16ths?|quarters?|whole|chords?)\b"
)
"""Words beside "root and fifth" or "half notes" that ask for other tones or for another rhythm."""
_ACCIDENTAL = r"(?:[#b\u266f\u266d]|[ -](?:sharp|flat))?"
_NOTE = rf"(?P<note>(?-i:[A-G]){_ACCIDENTAL}|(?-i:[b-g]){_ACCIDENTAL}|(?-i:a)(?=$|[,.;:!?]))(?![\w#])"
_DEGREE = (
    r"(?P<tonic>(?:tonic|home note|key ?note|roots?|key cent(?:er|re))(?: (?:note )?of the (?:key|song))?)"
    r"|(?P<dominant>dominant|fifth(?: of the key)?|5th(?: of the key)?)"
)
_WORD = r"(?:pedal(?:ling|ing|s)?(?:[ -](?:points?|notes?|tones?|bass))?|drone)"
_LINK = r"(?: (?:on|at|of|in|is|it|note|bass|the|a|an|low|open|deep|high|one|string|single|held|just|only)){0,5}"
_HOLD = rf"{_PLAY}(?:(?:hold|keep|use|low|just|the) (?:an? )?){{0,3}}"
_PEDALS = (
    lazy_pattern(rf"(?i)\b{_HOLD}{_WORD}{_LINK} (?:{_NOTE}|(?:{_DEGREE})\b)(?: string)?{_TAIL}"),
    lazy_pattern(
        rf"(?i)\b{_HOLD}(?:(?<!^)(?<!\. )|(?=(?-i:[B-G])|A\W)(?!A )){_NOTE}"
        rf"[ -]{_WORD}{_TAIL}"
    ),
    lazy_pattern(rf"(?i)\b{_HOLD}(?:{_DEGREE})(?:[ -]| as an? ){_WORD}{_TAIL}"),
)


def line_asked(sentence: str) -> tuple[str, str]:
    """The sentence without words for a line, and its name: one of `bass_lines.LINES`, `OFF_ONE`, or `PEDAL` with what
    is held; "" where there is none, or it is denied."""
    text = " ".join(sentence.split())
    for words in _PEDALS:
        if (found := words.search(text)) and is_meant(found):
            return _without(text, found), PEDAL + _held(found)
    if (found := _OFF_ONE.search(text)) and is_meant(found):
        return _without(text, found), OFF_ONE
    line = ""
    for name, words in _LINES.items():
        found = words.search(text)
        if found and is_meant(found) and (name == "tumbao" or not _OTHER.search(_without(text, found))):
            text = tidied(words.sub(lambda found: "" if is_meant(found) else found[0], text))
            line = line or name
    return (text, line) if line else (sentence, "")


def _held(found: re.Match[str]) -> str:
    named = found.groupdict()
    if note := named.get("note"):
        letter, sign = note[0].upper(), note[1:].strip(" -").lower()
        return letter + {"sharp": "#", "flat": "b", "\u266f": "#", "\u266d": "b"}.get(sign, sign)
    return TONIC if named.get("tonic") else DOMINANT


def _without(text: str, found: re.Match[str]) -> str:
    return tidied(text[: found.start()] + text[found.end() :])

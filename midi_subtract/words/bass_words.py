"""Words for lines of a bass that no model is told of: two-feel, roots in halves or quarters, root and fifth, tumbao,
pedals on a named note."""

from __future__ import annotations

import re

from subtract_core.understanding.clauses import is_meant, one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern

PEDAL = "pedal on "
"""What the names of lines on one note begin with; a note, `TONIC` or `DOMINANT` follows."""
ROOTS = "root notes"
"""The name of what plays no other tones, whenever it plays."""
PASSING = "passing notes"
"""The name of what leads from chord to chord by steps."""
CHANGES = "chord changes"
"""The name of what strikes each chord where it begins."""
TONES = (ROOTS, PASSING, CHANGES)
"""Lines that say which tones are played, of a part whose rhythm is its own."""
ROOT_FIFTH_OCTAVE, GALLOP, GALLOP_BACK = "root, fifth, octave", "gallop", "reverse gallop"
TONIC, DOMINANT = "the tonic", "the dominant"

_BASS = r"(?: (?:bass ?lines?|bass|lines?|patterns?|figures?|feel|style|grooves?|notes?)){0,4}"
_PLAY = r"(?:(?:a|an|the|some|it|with|in|on|bass|latin|cuban|play(?:s|ed|ing)?|keep(?:s|ing)?|stay(?:s|ing)?) ){0,5}"
_ENDS = r"(?= ?(?:$|[,.;:!?\u2013\u2014-]|(?:and|but|for|with|on|under|here|throughout|now)\b))"
_TAIL = (
    r"(?: (?:through(?:out)?|under|over|all the way|all(?= through))"
    rf"(?: (?:it|all(?: of it)?|everything|through|the (?:whole )?song))?{_ENDS})?"
)
_BEAT = r"(?:one|three|1|3|first|third)\b"
_ON = rf"(?: on (?:beats? |the )?{_BEAT}(?:(?:,? and |,? ?& ?|, )(?:the )?{_BEAT})?(?: beats?)?)?"
_THEN = r"(?:,? ?(?:and|then|to|&|\+|/|-|\u2013)? ?)(?:the )?"
_FIFTHS = r"(?:fifths?|5ths?|fives?|5s?)\b"
_TURNS = r"(?:alternat(?:e|es|ing)(?: between| from)?)"
_ROOTS = r"(?:the )?(?:chord )?roots?(?: notes?)?"


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
    "roots in halves": _roots_in(r"half[ -]notes?|halves|minims?"),
    "roots in quarters": _roots_in(r"quarter[ -]notes?|quarters|crotchets?"),
    "two-feel": lazy_pattern(
        rf"(?i)\b{_PLAY}(?:(?:two|2)[ -](?:feel|beat\b(?! (?:notes?|rests?|long|later|early|before|after)))"
        rf"|in (?:two|2)(?: feel)?{_ENDS}|(?:half[ -]notes?|minims?)\b){_BASS}{_TAIL}"
    ),
    ROOT_FIFTH_OCTAVE: lazy_pattern(
        rf"(?i)\b{_PLAY}(?:{_ROOTS}{_THEN}(?:the )?{_FIFTHS}{_THEN}(?:the )?octaves?(?: (?:up|above))?|[1r][ -]5[ -]8)"
        rf"(?![\w-]){_BASS}{_TAIL}"
    ),
    GALLOP_BACK: lazy_pattern(rf"(?i)\b{_PLAY}(?:reversed?|backwards?|inverted) gallop(?:s|ing|ed)?{_BASS}{_TAIL}"),
    GALLOP: lazy_pattern(rf"(?i)\b{_PLAY}gallop(?:s|ing|ed)?(?: (?:eighths|sixteenths|rhythms?))?{_BASS}{_TAIL}"),
    "root and fifth": lazy_pattern(
        rf"(?i)\b{_PLAY}(?:{_TURNS} )?(?:the )?roots?{_ON}{_THEN}{_FIFTHS}{_ON}(?: {_TURNS})?{_BASS}{_TAIL}"
        rf"|\b{_PLAY}(?:alternating[ -](?:bass ?lines?|bass)|oom[ -]?pah(?:[ -]pah)?|boom[ -]?chi?cka?"
        rf"|(?:tuba )?in an? polka(?: style)?|(?<!beat )polka(?: bass)?(?: style| feel| rhythm)?(?=$|[,.;:]))"
        rf"{_BASS}{_TAIL}"
    ),
    "tumbao": lazy_pattern(
        rf"(?i)\b{_PLAY}(?:tumbaos?|(?:salsa|mambo|timba|son montuno|cha[ -]?cha(?:[ -]?ch[aá])?)(?= bass)"
        rf"|anticipated(?= bass)){_BASS}{_TAIL}"
    ),
}
_ONLY = (
    r"(?:just|only|nothing but|simply|simple|basic|plain|stick(?:ing)? (?:to|with)|stay(?:ing)? (?:on|with)"
    r"|keep (?:to|it to|it)|follow(?:ing)?)"
)
_ROOTS_ALONE = lazy_pattern(
    rf"(?i)(?:^|(?<=[,.;:!?] ))(?:(?:and|but|then|play(?:ing)?|use|it) ){{0,4}}"
    rf"(?:(?:{_ONLY} ){{1,3}}(?:to |the |on ){{0,3}}(?:chord )?roots?(?: notes?)?"
    r"|(?P<how>(?:(?:calm|low|deep|soft|solid|easy|fat|warm|short|loud|quiet|heavy|sparse|gentle) ){0,3})"
    r"(?:the )?(?:chord )?(?:root notes|roots(?= only| alone)))(?: of (?:the|each|every) chords?)?"
    r"(?: (?:only|alone|throughout|all the way(?: through)?|(?:and )?nothing else)){0,3}"
    r"(?=\s*(?:$|[,.;:!?]|(?:but|no)\b))"
)
_PULSE = lazy_pattern(
    r"(?i)\b(?:eighths?|8ths?|quavers?|sixteenths?|16ths?|driv\w+|pump\w*|chug\w*|puls\w+|steady|straight|downstrokes?"
    r"|picking|eight (?:a|to the) bar|hits (?:a|per) beat)\b"
)
"""Words beside "root notes" that say when they are played, which is a figure that models know."""
_TONES = lazy_pattern(r"(?i)\b(?:fifths?|5ths?|octaves?|thirds?|3rds?|sevenths?|7ths?|passing|approach\w*)\b")
_EACH_CHORD = r" (?:(?:each|every|the(?: next)?|from) )?(?:next )?(?:chords?(?! chang)|changes?|chord to chord)\b"
_PASSING = lazy_pattern(
    r"(?i)(?<!too )(?<!less )(?<!no )\b(?:(?P<more>more|lots of|many|plenty of) |(?:(?:with|and|add(?:ing)?|use|some"
    r"|a few|the odd|occasional|nice|chromatic|diatonic) ){0,4})(?:(?:passing|approach|leading) (?:notes?|tones?))"
    r"(?: on (?:beat )?(?:4|four)\b)?"
    r"|(?<!too )(?<!less )(?:\ba )?(?:\bmore )?\bmelodic(?:ally)?(?: bass ?lines?| bass| lines?)?\b"
    rf"|\b(?:(?:with|and|some|little|short|quick|nice|play) )*(?:(?:runs?|walk[- ]?(?:ups?|downs?)|lead[- ]?ins?"
    rf"|walk(?:s|ing)?(?: up| down)?) (?:(?:in)?to|between)|lead(?:s|ing)? into|connect(?:s|ing)?){_EACH_CHORD}"
    r"(?: with (?:an? )?(?:little |short |quick )?runs?)?"
)
_CHANGES = lazy_pattern(
    r"(?i)\b(?:hit|mark|nail|catch|outline|follow|strike|land on|play|stay with)(?:s|ing)?(?: on| with)?"
    r" (?:(?:every|each|all(?: of)? the|the) )?(?:(?<!play the )chord )?changes?(?= ?(?:$|[,.;:!?]|(?:and|but|with)\b))"
)
_OTHER = lazy_pattern(
    r"(?i)\b(?:octaves?|thirds?|3rds?|sevenths?|7ths?|eighth|eighths|8ths?|sixteenths?|16ths?|quarters?|whole|chords?)\b"
)
"""Words beside "root and fifth" or "half notes" that ask for other tones or for another rhythm."""
_WHOLE = ("tumbao", ROOT_FIFTH_OCTAVE, GALLOP, GALLOP_BACK)
"""Lines that say both."""
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
    lazy_pattern(
        rf"(?i)\b{_PLAY}(?:stay|sit|hang|stick|hold|remain)(?:s|ting|ing)?(?: (?:down|to|with)){{0,2}}"
        rf"(?: (?:on|the|an?|low|open|deep|high|one|single|just|only|note)){{0,4}} {_NOTE}"
        r"(?: (?:string|note))?(?: (?:the (?:whole|entire) (?:time|song|way)|throughout|all the (?:way|time)"
        r"(?: through)?)){0,2}"
        r"(?=\s*(?:$|[.;:!?]|(?:,|and|but|with) (?!(?:then )?(?-i:[A-G])(?![\w']))))"
    ),
)


def line_asked(sentence: str) -> tuple[str, str]:
    """The sentence without words for a line, and its name: one of `bass_lines.LINES`, `ROOTS`, `PASSING`, or `PEDAL`
    with what is held; "" where there is none, or it is denied."""
    text = " ".join(sentence.split())
    for words in _PEDALS:
        if (found := words.search(text)) and is_meant(found):
            return _without(text, found), PEDAL + _held(found)
    line = ""
    for name, words in _LINES.items():
        found = words.search(text)
        if found and is_meant(found) and (name in _WHOLE or not _OTHER.search(_without(text, found))):
            text = tidied(words.sub(lambda found: "" if is_meant(found) else found[0], text))
            line = line or name
    if not line and (found := _PASSING.search(text)) and is_meant(found):
        rest = _PASSING.sub(lambda found: f"{found['more']} notes" if found["more"] else "", text)
        return tidied(one_comma(rest)), PASSING
    if not line and (found := _CHANGES.search(text)) and is_meant(found):
        return _without(text, found), CHANGES
    found = None if line or _PULSE.search(text) else _ROOTS_ALONE.search(text)
    if found and is_meant(found) and not any(map(is_meant, _TONES.finditer(text))):
        return tidied(text[: found.start()] + (found["how"] or "") + text[found.end() :]), ROOTS
    return (text, line) if line else (sentence, "")


def _held(found: re.Match[str]) -> str:
    named = found.groupdict()
    if note := named.get("note"):
        letter, sign = note[0].upper(), note[1:].strip(" -").lower()
        return letter + {"sharp": "#", "flat": "b", "\u266f": "#", "\u266d": "b"}.get(sign, sign)
    return TONIC if named.get("tonic") else DOMINANT


def _without(text: str, found: re.Match[str]) -> str:
    return tidied(text[: found.start()] + text[found.end() :])

"""Words about what other players do: "the piano is busy, leave it room" asks a bass for little, and not to be busy."""

from __future__ import annotations

import re
from functools import lru_cache

from subtract_core.stems import Stem
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_PLAYERS: dict[str, str] = {
    "drums": r"drum(?:s|mers?|ming|[ -]?kit|[ -]?set)?|percussion|kicks?(?: drums?)?|bass drums?|snares?"
    r"(?: drums?)?|(?:hi[- ]?)?hats?|cymbals?|toms?|rides?|claps?",
    "percussion": r"percussionists?|(?:conga|bongo|timbale|percussion) players?|congueros?|shakers?|maracas?"
    r"|congas?|bongos?|tambourines?|pandeiros?|timbales?|cow ?bells?|claves?"
    r"|g[uü]iros?|agogos?|cabasas?|triangles?|wood ?blocks?",
    "bass": r"bass(?! drum)(?:es|ists?|[ -]?(?:guitars?|lines?|players?))?|808s?",
    "guitar": r"guitar(?:s|ists?)?|banjos?|ukuleles?|mandolins?",
    "keys": r"(?:e[ -]?|electric )?pianos?|pianists?|keys|keyboards?|keyboardists?|organs?|organists?|rhodes|wurli\w*"
    r"|clavinets?|harpsichords?",
    "synth": r"synth(?:s|esi[sz]ers?)?|pads?|arps?",
    "strings": r"strings|string section|violins?|violinists?|violas?|cellos?|cellists?|orchestra|harps?",
    "lead": r"leads?|melody|melodies|solos?|soloists?|horns?|horn section|brass|trumpets?|trumpeters?"
    r"|sax(?:es|ophones?)?|saxophonists?|trombones?|flutes?|clarinets?|harmonicas?",
    "voice": r"vocals?|vox|voices?|singers?|vocalists?|singing(?! solos?\b)|rappers?|choirs?",
    "all": r"others|other (?:players?|instruments?|parts?)|(?:rest of the )?band|everyone else|everybody else"
    r"|everything else|rest",
}
_OWN: dict[Stem, tuple[str, ...]] = {
    Stem.DRUMS: ("drums",),
    Stem.BASS: ("bass",),
    Stem.GUITAR: ("guitar", "strings", "lead"),  # its own six strings
    Stem.KEYS: ("keys", "synth", "lead"),
    Stem.STRINGS: ("strings", "synth", "voice"),
    Stem.LEAD: ("lead", "synth", "voice"),
}
"""What may be the part itself, or a part of it."""
_DO = (
    r"(?:(?:play|strum|sing|hit|hold|keep|tak|walk|cover|carr|sound|stay|mov|driv|swing|chug|comp|fill|do|go|ha|get|handl"
    r"|rapp|pound|answer|repeat|lock|sit|rest|double|pluck|pick|bang|thump|ring|start|come|enter|drop|fad|need|want|leave|make)"
    r"(?:s|es|ies|ve|ing|d|ed)?|(?:solo|lead)(?:s|es|ing|ed))"
)
_BE = (
    r"(?:is|are|was|were|isn['\u2019]?t|aren['\u2019]?t|['\u2019](?:s|re)|will|can|should|must|might|may|has|have|had"
    r"|does|do)"
)
_WHOSE = r"(?:(?:the|my|our|your|his|her|their|this|that|these|those|both|all)(?: of)? )"
_NO_HOW = r"on|in|for|with|like|as|to|than|and|or"
_WHY = r"because|since|though|although|so(?: that)?"
_BEGIN = rf"(?:(?:^|(?<=[,.;:!?] )|(?<= - ))(?:(?:and|but|as|{_WHY}) )?|\b(?:and|but|{_WHY}) )"
_YOU = (
    r"(?:you|it|i|we|just|please|play|make|keep|leave|stay|give|be|let"
    r"|the (?:bass|drums?|guitars?|keys|strings|lead))\b"
)
_UNTIL = rf"(?:(?![,;:!?]|\.(?:\s|$)| - | [\u2013\u2014] |\b(?:but|so|then)\b|\band {_YOU}).)*"
_THERE = (
    r"(?:there(?:['\u2019]s| is| are)(?: already)?|(?:i|we)(?:['\u2019]ve| have)(?: got)?(?: already)?"
    r"|(?:i|we) already have|(?:(?:the|my|our|this) )?(?:song|track|tune) (?:already )?has(?: already)?|it already has)"
)

_MINE = lazy_pattern(r"(?i)\b(?:mine|my (?:own )?(?:part|one|track)|this (?:part|one))\b")
"""Words for the part that is written beside others of its instrument: "the guitar is busy, keep mine simple"."""
_ARTICLE = lazy_pattern(rf"(?i)^{_WHOSE}")
_JOINING = frozenset(_NO_HOW.split("|"))
_PIECE = lazy_pattern(r"([,.;:!?]+(?:\s+|$)|\s+(?:and|but)\s+)")
_WHO = r"(?:(?:the |my |our )?[\w' -]+?(?=$|[,.;:!?]| (?:and|but|so)\b))"
_WAY = rf"(?:the way(?: of {_WHO})?|(?:its|his|her|their) way|(?:the |my |our )?\w+['\u2019]s? way)"
_MUCH = r"(?:(?:some|more|enough|a lot of|lots of|plenty of|a bit of|a little|much|all the|good|its|his|her|their) )*"
_NOT_TO, _YOU_ARE = (
    r"(?:do(?:n['\u2019]?t| not)|never|without)",
    r"(?:you|it|this|that)(?: (?:is|are)|['\u2019](?:s|re))",
)
_ROOM = lazy_pattern(
    rf"(?i)\b(?:(?:leav|giv|mak)(?:e|es|ing) (?:{_MUCH}(?:room|space) (?:for|to) {_WHO}"
    rf"|(?:(?:it|him|her|them|everyone|others) |(?:the|my|our) (?:\w+ ){{1,2}}?){_MUCH}(?:room|space)(?: to \w+)?)"
    rf"|(?:so (?:that )?)?(?:the|my|our) (?:\w+ ){{1,3}}?(?:needs?|wants?|ha(?:s|ve)|gets?) {_MUCH}(?:room|space)"
    rf"(?: to \w+)?|(?:(?:stay|keep|get|be|go)(?:s|ing)? |that )*(?:well )?out of {_WAY}"
    rf"|{_NOT_TO} (?:get|be|stand)(?:ting|ing)? in {_WAY}"
    rf"|let(?:ting|s)? (?:the |my |our )\w+ (?:breathe|shine|through|have the spotlight)"
    rf"|(?:(?:{_YOU_ARE}) |{_NOT_TO} )(?:step|tread|trampl)(?:p?ing|le)? (?:all )?(?:on|over) (?!.*\bkick){_WHO})"
)
_ASKS_ROOM = lazy_pattern(r"(?i)\b(?:needs?|wants?|gets?|ha(?:s|ve)) .*\b(?:room|space)\b")
ROOM = Wish({"density": 0.25})
"""What is asked of a part that is to leave others room, where nothing else is said of how busy it is."""


def without_other_players(sentence: str, stem: Stem) -> str:
    """A sentence without the clauses in which others than a part of `stem` do something, or there are ("we have a busy
    piano"), and without what a list says of each of them ("drums busy, bass sparse"). Those that say that others need
    room stay, as does what the part is to do with others ("follow the kick")."""
    text = _own_of_list(" ".join(sentence.split()), stem)
    clauses, own = _clauses(stem, bool(_MINE.search(text))), re.compile(rf"(?i)\b(?:{_own(stem)}) ?$")

    def left(found: re.Match[str]) -> str:
        is_together = own.search(text[: found.start()])  # "the bass and the drums are soft"
        return found[0] if is_together or _ASKS_ROOM.search(found[0]) else ""

    rest = clauses.sub(left, text)
    return sentence if rest == " ".join(sentence.split()) else _tidy(rest)


def _own_of_list(text: str, stem: Stem) -> str:
    """Without the items about others of a list of players and how they are to play, if one is about a part of `stem`:
    "drums busy, bass sparse"."""
    pieces, (own, others) = _PIECE.split(text), _players(stem)
    if len(pieces) == 1 or not any(_is_item(piece, own) for piece in pieces):
        return text
    return _tidy("".join("" if _is_item(piece, others) and not own.search(piece) else piece for piece in pieces))


def _is_item(piece: str, players: re.Pattern[str]) -> bool:
    """Whether words name one of some players, and say in few others how: "drums very busy", "soft bass"."""
    if not (found := players.search(piece)):
        return False
    before, behind = _ARTICLE.sub("", piece[: found.start()]).split(), piece[found.end() :].split()
    is_short = (len(before), len(behind)) in {(1, 0), (0, 1), (0, 2), (0, 3)}
    return is_short and not _JOINING.intersection(word.lower() for word in (*before, *behind))


def room_asked(sentence: str) -> tuple[str, bool]:
    """The sentence without words for leaving others room, and whether it had any."""
    rest, found = _ROOM.subn("", " ".join(sentence.split()))
    return (_tidy(rest), True) if found else (sentence, False)


def _tidy(rest: str) -> str:
    """What is left of a sentence, without marks and joints that join nothing any more."""
    rest = re.sub(r"\s*(?:[,;:.]\s*)+(?=[,;:.])", "", " ".join(rest.split()))
    begin, end = r"and|but|so|then", r"and|but|so|because|since|as"
    return re.sub(rf"(?i)^(?:[\s,.;:!?-]|\b(?:{begin})\b)+|(?:[\s,;:-]|\b(?:{end})\b)+$", "", rest)


def _own(stem: Stem) -> str:
    return "|".join(_PLAYERS[name] for name in _OWN[stem])


@lru_cache(maxsize=len(Stem))
def _players(stem: Stem) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Names of a part of `stem`, and of others. Percussion may be asked of drums, and is neither."""
    own = {*_OWN[stem], *(("percussion",) if stem is Stem.DRUMS else ())}
    others = "|".join(words for name, words in _PLAYERS.items() if name not in own)
    own_names, other_names = (re.compile(rf"(?i)\b(?:{words})(?![\w-])") for words in (_own(stem), others))
    return own_names, other_names


@lru_cache(maxsize=2 * len(Stem))
def _clauses(stem: Stem, has_twin: bool) -> re.Pattern[str]:
    """Clauses whose subject is none of `stem`, or that tell of what the song has besides. has_twin: whether the part is
    told apart from others of its instrument: then none that is named is the part."""
    own = () if has_twin else _OWN[stem]
    players = "|".join(words for name, words in _PLAYERS.items() if name not in own)
    players = rf"{players}|(?:(?:an)?other|second|existing) (?:{_own(stem)})"
    how = rf"(?:(?!(?:{_NO_HOW}{'' if has_twin else '|' + _own(stem)})\b)[\w'\u2019-]+ ){{0,2}}"
    who = rf"(?:{players})(?: (?:parts?|lines?|players?|tracks?|section|drums?|chords?|riffs?))?(?![\w-])"
    others = rf"{who}(?:(?:,| and|,? &) {_WHOSE}?{who})*"
    when = r"(?: (?:already|now|just|only|also|really|always|never|usually|still|\w+ly))*"
    does = rf"{when}(?: ?{_BE}(?!\w)| {_DO}(?!\w))"
    whose = rf"(?:{_WHOSE}{how})?"
    if stem is Stem.DRUMS:  # "the shaker is busy" tells of one, "shaker plays eighths", "it should ..." are wishes
        hand = rf"(?:{_PLAYERS['percussion']})(?![\w-])"
        whose = rf"(?:{_WHOSE}{how}(?!{hand}(?:{does} (?:on|in)| (?:should|must|needs? to|has to))\b)|(?!{hand}))"
    return re.compile(
        rf"(?i){_BEGIN}(?:the fact that )?{whose}{others}{does}(?=[ ,.;!?]|$){_UNTIL}"
        rf"|{_BEGIN}{_THERE} {how}(?:{players})(?![\w-]){_UNTIL}"
    )

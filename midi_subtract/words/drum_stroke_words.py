"""What a sentence says of single strokes of the kit: on which beats, how loud beside the rest, ghost notes, accents.

Models know nothing of these: they are played by rule (`playing.drum_strokes`), and stand among the drums of a wish by
names such as "kick on 1 and 3", "snare on 4" (ruled out), "loud snare", "accents on 3", `GHOSTS` and `CRASH_FIRST`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from midi_subtract.words.beat_words import TOKEN, beats_as_tokens, on_beats, with_beats
from midi_subtract.words.percussion_words import (
    BACKBEAT,
    HATS,
    OFF_BEAT,
    PACE_BEHIND,
    QUARTERS,
    RIDE,
    paced,
    without_pace,
)
from subtract_core.understanding.clauses import is_meant, one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern

KICK, SNARE, OPEN_HAT, ANY, ACCENTS, GHOSTS = "kick", "snare", "open hat", "stroke", "accents", "ghost notes"
CRASH_FIRST, CRASH_LAST = "crash at the start", "crash at the end"
LOUD, SOFT, BUSY_KICK, SPARSE_KICK = "loud ", "soft ", "busy kick", "sparse kick"
PLACED = (KICK, SNARE, OPEN_HAT)
"""Drums of which a sentence may say where they are struck, beside hats and ride."""

_STOP = r"(?![\w-])"
_END = r"(?=\s*(?:$|[,.;:!?)]|(?:and|but|so|then)\b))"
_DRUMS = {
    KICK: r"kicks?(?: drums?)?|bass drums?",
    SNARE: r"snares?(?: drums?)?",
    OPEN_HAT: r"open (?:hi[- ]?)?hats?",
    HATS: r"(?:closed )?(?:hi[- ]?)?hats?",
    RIDE: r"rides?(?: cymbals?)?",
}
_LEVELLED = {
    **{drum: words for drum, words in _DRUMS.items() if drum != OPEN_HAT},
    SNARE: rf"{_DRUMS[SNARE]}|back[- ]?beats?",
    "crashes": r"crash(?:es)?(?: cymbals?)?",
    "toms": r"toms?(?:[ -]toms?)?",
    "cymbals": r"cymbals?",
}
"""Drums of which a sentence may say how loud they are beside the others."""


def _one_of(drums: Iterable[str]) -> str:
    return "|".join(f"(?P<d{at}>{_DRUMS[drum]})" for at, drum in enumerate(drums))


_PER_BAR = (
    r"(?: (?:hits?|strokes?|beats?))? ?(?:per|an?|each|every|in (?:each|every|a)|/) ?(?:bars?|measures?)\b(?: only)?"
)
_NOT_NO, _RIM = r"(?<!no )(?<!not )(?<!without )", r"rims?(?: clicks?)?|(?:side|cross)[- ]?sticks?"
_NUMBER = r"(?:[1-4]|one|two|three|four)\b"
_HAT = f"(?P<hats>{_DRUMS[HATS]})"
_PUT_PLAINLY = tuple(
    (lazy_pattern(rf"(?i){words}"), plainly)
    for words, plainly in (
        (rf"\b(?:an?|one|1|a single) (?:{_DRUMS[KICK]}){_PER_BAR}", "kick on 1"),
        (rf"\b(?:two|2) (?:{_DRUMS[KICK]}){_PER_BAR}", "kick on 1 and 3"),
        (rf"\b(?:an?|one|1|a single) (?:{_DRUMS[SNARE]}){_PER_BAR}", "snare on 3"),
        (rf"\b(?:two|2) (?:{_DRUMS[SNARE]}){_PER_BAR}", "snare on 2 and 4"),
        (rf"\b(?:four|4) (?P<drum>{_DRUMS[KICK]}|{_DRUMS[SNARE]}){_PER_BAR}", r"\g<drum> on every beat"),
        (rf"\b(?P<drum>{_DRUMS[KICK]}|{_DRUMS[SNARE]}|{_DRUMS[HATS]}) ?[:=] ?(?=(?:the and of )?\d)", r"\g<drum> on "),
        (rf"{_NOT_NO}\b(?P<rim>{_RIM}) (?=on (?:the )?(?:beats? )?{_NUMBER})", r"\g<rim>, snare "),
        (r"\bopen (?:the|your|my) (?P<hats>(?:hi[- ]?)?hats?) (?=on\b)", r"open \g<hats> "),
        (rf"\b{_HAT} (?:in |on )?(?:every|each|all)(?: the)? (?:16ths?|sixteenths?)\b", r"sixteenth \g<hats>"),
        (
            rf"\b(?P<drum>kick|snare) on (?P<first>{_NUMBER}),? (?:and )?(?:the )?(?P=drum) on (?P<then>{_NUMBER})",
            r"\g<drum> on \g<first> and \g<then>",
        ),
        (r"\brolls?,?(?: and| &)? triplets\b|\btriplets,?(?: and| &)? rolls?\b", "rolls"),
        (rf"\b(?:sixteenth|16th)(?:[- ]notes?)? {_HAT} (?=with (?:\w+ )?rolls\b)", r"\g<hats> "),
        (rf"\b{_HAT} (?:in )?between (?:the |each )?(?:kicks?|beats?)\b", r"off-beat \g<hats>"),
        (rf"\b(?:bus(?:y|ier)|fast(?:er)?) {_HAT}{_END}", r"sixteenth \g<hats>"),
        (rf"\b{_HAT} (?:(?:is|are|really|very|more) ){{0,3}}(?:bus(?:y|ier)|fast(?:er)?){_END}", r"sixteenth \g<hats>"),
        (rf"\b(?:spars|simpl|slow)(?:e|er)? {_HAT}{_END}", r"quarter note \g<hats>"),
        (rf"\b{_HAT} (?:(?:is|are|really|very|more) ){{0,3}}spars(?:e|er){_END}", r"quarter note \g<hats>"),
    )
)

# --- where ----------------------------------------------------------------------------------------------------------

_BUSY = r"bus(?:y|ier)|active|complex|fast(?:er)?|double"
_SPARSE = r"spars(?:e|er)|simpl(?:e|er)|minimal|slow(?:er)?"
_KICKS = lazy_pattern(
    r"(?i)(?<![\w-])(?:(?:an?|the|with|and|very|really|keep|make) ){0,3}(?:"
    rf"(?:(?P<busy>{_BUSY}|(?:more|lots of|a lot of|twice as many|extra)(?= kicks| bass drums))"
    rf"|(?P<sparse>{_SPARSE}|fewer|half as many|a few)) (?:{_DRUMS[KICK]})(?: (?:hits?|strokes?|patterns?|notes?))?"
    rf"|(?:{_DRUMS[KICK]})(?:'s)?(?: (?:pattern|part))?(?: (?:is|very|really|more)){{0,3}}(?P<too> too)?"
    rf" (?:(?P<busy_behind>{_BUSY})|(?P<sparse_behind>{_SPARSE}))){_END}(?! ?(?:and|&|\+) (?:the )?snare)"
)
_PLACED_AT = lazy_pattern(
    r"(?i)(?<![\w-])(?P<alone>(?:only|just|nothing but) )?"
    rf"(?:(?:put|play|hit|place|keep|with|and|an?|the|your|my) ){{0,4}}(?:{_one_of(PLACED)})(?: (?:hits?|strokes?))?"
    r"(?: (?:is|are|plays?|playing|comes?|goes|going|lands?|falls?|hits?|hitting|strikes?))?(?: [a-z]+ly)?"
    r"(?:,? (?:just|only))?(?: (?:on|in|at)(?: the(?= off))?|(?= (?:every|each|all|quarter|16th|sixteenth|8th|eighth)))"
    rf" (?:straight |steady )?(?:{PACE_BEHIND}){_STOP}(?! (?:triplets?|two|three|four)\b)(?: (?:only|alone))?"
    rf"|(?:\b(?:with|and|an?|the) ){{0,3}}\boff[- ]?beat (?P<opened>{_DRUMS[OPEN_HAT]}){_STOP}"
)
_LEAVE = r"(?:leave out|skip|avoid|stay off|omit)"
_DRUM_BEFORE = lazy_pattern(rf"(?i)\b(?:{'|'.join(_DRUMS.values())})(?: and| &| \+)?(?: the)? $")
"""Before a drum that is one of several: "kick and snare on the beat"."""
_SELDOM = lazy_pattern(r"(?i)\b(?:hardly|rarely|seldom|sometimes|occasional\w*|once in a while|now and then|stop)\b")
_MORE_DRUMS = lazy_pattern(rf"(?i),? and (?:the |an? )?(?:{'|'.join(_DRUMS.values())})\b")
"""Behind "just a kick on one", which is not alone then."""
_NOT_AT = lazy_pattern(
    r"(?i)\b(?:(?:no|never|without|skip|omit|leave out|drop|lose|mute|remove|cut|don'?t (?:play|hit|put))"
    r"(?: (?:any|an?|the))?"
    rf" (?:{_one_of(_DRUMS)}|(?:hits?|strokes?|drums?))(?: (?:hits?|strokes?))?|nothing"
    rf"|(?:(?:don'?t|do not|never) (?:play|hit|strike)(?: anything)?|{_LEAVE})) (?:on|at)"
    rf" (?P<beats>{TOKEN}){_STOP}"
)
_GHOSTS = lazy_pattern(
    r"(?i)\b(?P<no>(?:no|without|drop|lose|skip|kill|stop|cut)(?: (?:the|any|those))? )?"
    r"(?:(?:add|with|some|lots of|plenty of|a few|a lot of|play|put|in|and|the|snare|little|soft|subtle|more) ){0,4}"
    r"ghost(?:ed|ing|y)?(?:[- ](?:snares?(?: (?:notes?|hits?|strokes?))?|notes?|strokes?|hits?)|s\b)"
    r"(?: (?:on|in|around|between|with) (?:the )?(?:snares?(?: drums?)?|back[- ]?beats?))?"
)
_CRASH = r"(?:(?:an?|one|the|big|loud|single|final|last|huge|nice) ){0,4}crash(?: cymbals?)?"
_BUT = r"(?:but|except|unless|other than|apart from)"
_START = r"(?:(?:very )?(?:start|beginning|top|first (?:beat|hit|bar|note|downbeat))|opening)"
_CLOSE = r"(?:(?:very )?(?:end|last (?:beat|hit|note|stroke)|finish))"
_HERE = (
    r"(?! of (?:each|every|all))"
    r"(?: of (?:the|this|my) (?:\w+ )?(?:song|section|part|piece|track|chorus|verse|bridge|solo|tune|loop))?"
)
_CRASHES = {
    CRASH_FIRST: r"(?:start|begin|open|come in|kick off)(?:s|ning|ing)?(?: (?:it|this|off|in|the \w+)){0,2}"
    rf" (?:with|on) {_CRASH}{_END}"
    rf"|{_CRASH} (?:(?P<only>only) )?(?:(?:right )?(?:at|on|in) )?(?:the )?{_START}{_HERE}{_END}"
    rf"|{_CRASH} to (?:start|begin|open)(?: (?:with|off|it)){{0,2}}{_END}"
    rf"|no crash(?:es)?,? (?P<but>{_BUT}(?: for)?(?: one)?) (?:at|on) the {_START}"
    rf"{_HERE}{_END}",
    CRASH_LAST: r"(?<!that )(?<!which )(?:end|finish|close|conclude)(?:s|ing)?"
    r"(?: (?:it|this|off|up|on (?:the |beat )?(?:1|one)|the \w+)){0,3}"
    rf" (?:with|on|in) {_CRASH}{_END}"
    rf"|{_CRASH} (?:(?P<only>only) )?(?:right )?(?:at|on) the {_CLOSE}{_HERE}{_END}"
    rf"|{_CRASH} to (?:end|finish|close)(?: (?:with|off|it)){{0,2}}{_END}",
}
_CRASH_AT = {
    name: lazy_pattern(
        rf"(?i)\b(?:(?:and|then) )?(?P<no>(?:no|without|skip|don'?t) (?:the |an? )?(?!{_CRASH}(?:es)?,? {_BUT}))?"
        rf"(?:{words})"
    )
    for name, words in _CRASHES.items()
}

# --- how loud -------------------------------------------------------------------------------------------------------

_STRESS = r"(?:accents?|accented|accenting|accentuate|emphasi[sz]e|emphasis|stress|punch|lean on)"
_STRESSED = lazy_pattern(rf"(?i)\b({_STRESS}|hit|{_LEAVE}) (?=(?:the )?(?:(?:beats? )?{_NUMBER}|downbeat\b))")
"""Before beats that no "on" stands before."""
_ACCENTS = lazy_pattern(
    rf"(?i)\b(?:(?:(?:put|with|add|play|an?|the|strong|heavy|big|hard|some) ){{0,4}}{_STRESS}(?: (?:notes?|hits?))?"
    r"|(?:(?:hit|play) )?(?:heavy|hard|strong|loud)(?= on (?:@|(?:the )?back))|(?P<hit>hit)(?= on @))"
    r"(?: (?:on|in)| (?=the |every |each |all |off|@|back[- ]?beat|down-?beat))"
    rf" ?(?:the )?(?:{PACE_BEHIND}){_STOP}(?(hit) (?:hard|harder))"
)
_ONE = f"(?:{'|'.join(_LEVELLED.values())})"
_LISTED = rf"(?P<drums>{_ONE}(?:(?:,? (?:and|&)|,) (?:the |your )?{_ONE}){{0,6}})"
_DEGREE = r"(?:(?:a (?:bit|little|lot|touch|tad)|way|much|far|very|really|super|quite|pretty|rather|nice and) ){0,2}"
_IS = (
    r"(?: (?:should|must|can|could|has to|have to|needs? to|to))?"
    r"(?: (?:be|is|are|was|were|plays?|played|hits?|sounds?|sounded|stays?|sits?|goes|kept|mixed|coming))?"
)
_LOUDER = (
    r"loud(?:er|ly)?|bigger|fatter|harder|hard|punchy|punchier|strong(?:er)?|heavier|up[ -]?front|out front|forward"
    r"|(?:up )?in (?:the )?front|up(?= in the mix)|to the front|turned up|cranked(?: up)?"
)
_SOFTER = (
    r"soft(?:er|ly)?|quiet(?:er|ly)?|gentl(?:e|y|er)|light(?:er|ly)|subtle|faint(?:er)?|lower|low(?= in the mix)|down"
    r"|half as loud|in the back(?:ground)?|tucked (?:in|away)|buried|turned down"
)
_TURN = r"(?:turn|bring|push|dial|crank|take|mix|pull)(?:ing)?"
_TAIL = (
    r"(?: (?:in the mix|a (?:bit|little|notch|touch|lot)|(?:the )?last time|before))?(?: than [^,.;:!?]+)?"
    rf"(?:,? (?:so |please |and )*{_TURN} (?:it|them|that) (?:down|up|back)(?: a (?:bit|little|notch|touch|lot))?)?"
)
_LEVELS = (
    # everything soft except the snare
    r"(?<!\bnothing is )\b(?P<all>(?:(?:everything|all|it all)(?: else)?(?: is| stays)? )?(?:very |really )?"
    r"(?:(?P<softer>loud)|(?P<louder>soft|quiet|gentle)))"
    rf",? (?:but|except(?: for)?|apart from|other than)(?: the)? {_LISTED}(?=\s*(?:$|[,.;:!?)]))",
    # turn up the snare; turn the hats down
    rf"\b{_TURN} (?:(?P<louder>up|forward)|(?P<softer>down)) (?:the |your )?{_LISTED}{_TAIL}{_END}",
    rf"\b{_TURN} (?:the |your )?{_LISTED} {_DEGREE}(?:(?P<louder>up|{_LOUDER})|(?P<softer>{_SOFTER})){_TAIL}{_END}",
    # feather the kick; accent the snare
    rf"\b(?:(?P<softer>feather|bury|tame|ease (?:off|up) on)|(?P<louder>accent|accentuate|emphasi[sz]e))"
    rf" (?:the |your )?(?P<drums>{'|'.join(_LEVELLED[drum] for drum in (KICK, SNARE, HATS, RIDE))}){_END}",
    # make the snare crack
    rf"\b(?:(?:make|let|want|have)(?: the| your| that)? )?{_LISTED}(?: that| to)?(?: really)?"
    rf" (?P<louder>cracks?|pops?|smacks?|slams?|stands? out|cuts? through|punch through){_END}",
    # more kick, too much snare
    rf"\b(?:(?P<louder>more|not enough)|(?P<softer>less|too much)) (?:of the )?"
    rf"(?P<drums>{_DRUMS[KICK]}|{_DRUMS[SNARE]}){_END}",
    # hats quieter; snare too loud
    rf"(?<![\w-])(?:(?:make|keep|play|hit|have|get|let|and|with|the|your|my) ){{0,3}}{_LISTED}"
    rf"(?: (?:hits?|drums?|strokes?))?{_IS} {_DEGREE}(?P<flip>(?:not )?(?:too|so|as|that) )?"
    rf"(?:(?P<louder>{_LOUDER})|(?P<softer>{_SOFTER})){_TAIL}{_END}",
)
_LEVEL_BEFORE = lazy_pattern(  # a soft kick
    r"(?i)(?<![\w-])(?:(?:an?|the|with|and|very|really|nice|big) ){0,3}"
    r"(?:(?P<louder>loud(?:er)?|heavy|heavier|(?:big(?:ger)?|hard)(?! (?:cymbals?|hats?)\b)|fat(?:ter)?|huge|harder"
    r"|punchy|punchier|strong(?:er)?|booming|cracking|pounding|thumping|massive)"
    r"|(?P<softer>soft(?:er)?|quiet(?:er)?|gentl(?:e|er)|light(?:er)?|subtle|faint(?:er)?|delicate|feathered))"
    rf" {_LISTED}(?=\s*(?:$|[,.;:!?)]|(?:and|but|with|on|in|under|over|throughout|for)\b))"
)
_PLAYS = lazy_pattern(
    r"(?i)loud(?:ly)?|hard|heavy|big|fat|huge|punchy|strong|booming|cracking|pounding|thumping|massive"
    r"|soft(?:ly)?|quiet(?:ly)?|gentl[ey]|light(?:ly)?|subtle|faint|delicate|feathered|up[ -]?front"
)
"""How drums are that play ("a soft ride"); other words hold them against what is there ("softer ride")."""
_GOES_ON = lazy_pattern(r"(?i) (?:on|in) ")
_ALONE = lazy_pattern(r"(?i)\b(?:only|just|nothing but|alone)\b")
"""In clauses about what plays alone, which tell how loud that is."""
_FINE = lazy_pattern(
    rf"(?i)\b(?:the )?{_LISTED} (?:is |are )?(?:fine|ok|okay|good|great|perfect)(?: as (?:it )?is)?{_END}"
)


def strokes_said(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without what it says of single strokes, and each name for that -> whether it is wanted.

    What models know is left in it: a kick in quarters, the backbeat; a snare on 3 alone is half-time for them, one off
    the beat double-time.
    """
    plain, kit = " ".join(sentence.split()), dict[str, bool]()
    for words, plainly in _PUT_PLAINLY:
        plain = words.sub(plainly, plain)
    text = _STRESSED.sub(r"\1 on ", plain)
    for name, words in _CRASH_AT.items():
        text = words.sub(partial(_left, partial(_crash, name), kit), text)
    text, beats = beats_as_tokens(text)
    for words, said in _RULES:
        text = words.sub(partial(_left, said, kit), text)
    if not kit:
        return plain, {}
    text = one_comma(_FINE.sub("", text))
    return with_beats(tidied(text), beats), kit


_Said = Callable[[re.Match[str]], tuple[dict[str, bool], str] | None]
"""What words ask for, and what is left of them; None where they say something else."""


def _left(said: _Said, kit: dict[str, bool], found: re.Match[str]) -> str:
    read = said(found)
    if read is None:
        return found[0]
    kit.update(read[0])
    return read[1]


def _placed(found: re.Match[str]) -> tuple[dict[str, bool], str] | None:
    if not is_meant(found, _SELDOM):
        return None
    if found["opened"]:
        return {OPEN_HAT: True, f"{OPEN_HAT} off the beat": True}, ""
    drum = _drum(found, PLACED)
    name = paced(drum, found)
    if _DRUM_BEFORE.search(found.string[: found.start(f"d{PLACED.index(drum)}")][-40:]):
        return None
    if found["alone"] and not _MORE_DRUMS.match(found.string, found.end()):
        return {name: True}, f"only {drum}"
    if name in (KICK + QUARTERS, SNARE + BACKBEAT):
        return None
    played = {OPEN_HAT: True} if drum == OPEN_HAT else {}
    return played | {name: True}, {f"{SNARE} on 3": ", half-time", SNARE + OFF_BEAT: ", double-time"}.get(name, "")


def _not_at(found: re.Match[str]) -> tuple[dict[str, bool], str]:
    return {_drum(found, _DRUMS) + on_beats(found["beats"]): False}, ""


def _kicks(found: re.Match[str]) -> tuple[dict[str, bool], str] | None:
    is_busy = bool(found["busy"] or found["busy_behind"]) != bool(found["too"])
    return ({BUSY_KICK if is_busy else SPARSE_KICK: True}, "") if is_meant(found) else None


def _drum(found: re.Match[str], drums: Iterable[str]) -> str:
    return next((drum for at, drum in enumerate(drums) if found[f"d{at}"]), ANY)


def _ghosts(found: re.Match[str]) -> tuple[dict[str, bool], str]:
    return {GHOSTS: not found["no"] and is_meant(found)}, ""


def _crash(name: str, found: re.Match[str]) -> tuple[dict[str, bool], str] | None:
    if found["no"]:
        return {name: False}, ""
    is_alone = found["only"] or found.groupdict().get("but")
    if not is_alone and not is_meant(found):
        return None
    return ({"crashes": False} if is_alone else {}) | {name: True}, ""


def _accents(found: re.Match[str]) -> tuple[dict[str, bool], str] | None:
    name = paced(ACCENTS, found)
    return ({name: True}, "backbeat" if name == ACCENTS + BACKBEAT else "") if is_meant(found) else None


def _levelled(
    found: re.Match[str], is_before: bool = False, elsewhere: re.Pattern[str] | None = None
) -> tuple[dict[str, bool], str] | None:
    """is_before: whether words for how loud drums are stand before them. elsewhere: as for `is_meant`."""
    if not is_meant(found, elsewhere):
        return None
    said, drums = found.groupdict(), found["drums"]
    how = SOFT if bool(said.get("softer")) != bool(said.get("flip")) else LOUD
    named = re.split(r"(?i),? (?:and|&) (?:the |your )?|, (?:the |your )?", drums)
    kit = {
        how + drum: True for drum, words in _LEVELLED.items() if any(map(re.compile(f"(?i){words}").fullmatch, named))
    }
    if left := said.get("all"):
        return kit, left
    if is_before and _GOES_ON.match(found.string, found.end()):
        return kit, drums
    plays = _PLAYS.fullmatch(said.get("louder") or said.get("softer") or "") and not said.get("flip")
    left = drums if plays else ", ".join(re.findall(r"(?i)back[- ]?beats?", drums))
    is_usual = re.fullmatch(rf"(?i)(?:{_DRUMS[KICK]}|{_DRUMS[SNARE]}|and|the|[ ,&])*", left)
    return kit, "" if is_usual else left


_RULES: tuple[tuple[re.Pattern[str], _Said], ...] = (
    (_GHOSTS, _ghosts),
    (_ACCENTS, _accents),
    (_NOT_AT, _not_at),
    (_PLACED_AT, _placed),
    (_KICKS, _kicks),
    *((lazy_pattern(f"(?i){words}"), _levelled) for words in _LEVELS),
    (_LEVEL_BEFORE, partial(_levelled, is_before=True, elsewhere=_ALONE)),
)


def overruled(kit: Mapping[str, bool], later: Mapping[str, bool], has_figure: bool) -> set[str]:
    """The names in a kit that do not hold where something else is asked later of where a drum is struck, or how loud.
    has_figure: whether a figure is asked for later, which says where kick and snare are struck."""
    placed = {drum for name in later if (drum := without_pace(name)) != name}
    placed |= {KICK, SNARE} if has_figure else set()
    placed |= {KICK} if later.get(BUSY_KICK) or later.get(SPARSE_KICK) else set()
    return {
        name
        for name in kit
        if ((drum := without_pace(name)) != name and drum in placed)
        or any(map(later.get, _opposite(name)))
        or (name in (BUSY_KICK, SPARSE_KICK) and KICK in placed)
    }


def _opposite(name: str) -> list[str]:
    pairs = ((LOUD, SOFT), (SOFT, LOUD), (BUSY_KICK, SPARSE_KICK), (SPARSE_KICK, BUSY_KICK))
    return [other + name.removeprefix(how) for how, other in pairs if name.startswith(how)]

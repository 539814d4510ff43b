"""Drums that a sentence rules out, or takes up again: "no snare", "only kick and hi-hat", "the snare comes in".

A reader may miss a "no" behind other words, so these words are read by rule, before it gets the rest of the sentence.
"""

from __future__ import annotations

import re

from subtract_core.understanding.contrast import clauses_after_denials
from subtract_core.understanding.patterns import lazy_pattern

ALWAYS = ("kick", "snare")
"""Drums that are struck without being asked for."""
_KEEP_TIME = {"hi-hat", "open hat", "pedal hat", "ride", "hand percussion"}
ALL = "all drums"
"""Stands among drums that are taken up again for those of the whole kit."""
PEDAL_HAT = (
    r"(?:pedal(?:ed|led)?|foot)[- ](?:hi[- ]?)?hats?|(?:hi[- ]?)?hats?[- ](?:pedal|foot|chicks?)"
    r"|(?:hi[- ]?)?hats?(?: \w+)? (?:with|by) (?:the |my |your )?foot|(?:left )?foot on (?:the )?(?:hi[- ]?)?hats?"
    r"|(?:stepped|chick) (?:hi[- ]?)?hats?"
)
_WORDS = {
    "kick": r"kicks?(?: drums?)?|bass drums?",
    "snare": r"snares?(?: drums?)?",
    "pedal hat": rf"(?:{PEDAL_HAT})(?: on (?:(?:beats? )?(?:2|two) ?(?:and|&|\+) ?(?:4|four)|the back[- ]?beats?))?",
    "open hat": r"open (?:hi[- ]?)?hats?",
    "hi-hat": r"(?:closed )?(?:hi[- ]?)?hats?",
    "toms": r"toms?(?:[ -]toms?)?",
    "ride": r"rides?(?: cymbals?)?",
    "crashes": r"crash(?:es)?(?: cymbals?)?",
    "cymbals": r"cymbals?",
    "claps": r"(?:hand[- ]?)?claps?",
    "rim clicks": r"rims?(?:[- ]?(?:shots?|clicks?))?|(?:side|cross)[- ]?sticks?",
    "hand percussion": r"(?:hand )?percussion|shakers?|congas?|bongos?|tambourines?|maracas?|cow ?bells?|hand drums?"
    r"|pandeiros?|campanas?|(?:mambo|cha[- ]?cha|bongo) bells?"
    r"|cabasas?|claves?|wood ?blocks?|triangles?|timbales?|agogos?|g[uü]iros?",
}
_DRUM = f"(?:{'|'.join(_WORDS.values())})"
_HOW = r"soft|gentle|light|quiet|subtle|loud|hard|heavy|big|sparse|simple|busy|steady"


_INSTEAD_DRUMS = f"{_WORDS['claps']}|{_WORDS['rim clicks']}|{_WORDS['pedal hat']}"  # of snare and hats


def _listed(drum: str, comma: str = ",") -> str:
    return rf"(?P<drums>{drum}(?:(?:,? (?:and|or|nor)|{comma}| [&+]|/) ?(?:no |the |an? |some )?{drum})*)"


_LIST, _HOW_LIST = _listed(_DRUM, rf",(?! ?(?:{_INSTEAD_DRUMS}))"), _listed(rf"(?:(?:{_HOW}) )*{_DRUM}")
_END = r"(?=\s*(?:$|[,.;:!?)]|(?:and|but|at all|throughout)\b))"
_NOT = r"do(?:n['\u2019]?t| not)"
_NO = (
    r"no|without|skip|drop|lose|omit|mute|cut|get rid of|(?:leave|take|cut) out|remove"
    rf"|(?:{_NOT}|never) (?:play|use|hit)|{_NOT} want"
)
_IN_IT = (
    r"(?: (?:(?:in|from|of|out of) (?:it|this|there|here|(?:the|this|my) (?:mix|beat|groove|part|pattern|song|track))"
    r"|whatsoever|anywhere|any ?more|ever))*"
)
_DENIED = lazy_pattern(
    rf"(?i)\b(?:(?:{_NO})|(?P<out>leave|take|keep|pull|throw|get)) (?:any |the |a )?{_LIST}"
    rf"(?(out) out|(?: out)?){_IN_IT}{_END}"
)
_SITS_OUT = lazy_pattern(rf"(?i)\b(?:the )?{_LIST} (?:drop|sit|stay|lay|lie|fall|go)(?:s|es)? out{_IN_IT}{_END}")
_KEPT = lazy_pattern(rf"(?i)\b(?:keep|leave in) (?:the |my |your )?{_LIST}(?: in)?{_END}")
_NEVER = lazy_pattern(r"(?i)\b(?:do(?:n['\u2019]?t| not)|never)(?: you)?(?: ever)? $")
"""Before a denial: "don't drop the toms" asks for them."""
_EVERY = (
    r"everything|every drum|all(?: of)?(?: the| your)?(?: (?:drums?|kit))?|(?:the )?(?:full|whole|entire|complete)"
    r" (?:drum )?(?:kit|set|drums)|the (?:kit|drums|whole thing)|(?P<any>anything|any drums?)"
)
_BUT = r"but|except(?: for)?|apart from|aside from|other than|save(?: for)?|minus|excluding"
_ALL_BUT = lazy_pattern(rf"(?i)\b(?:(?:play|use|hit|with) )?(?:{_EVERY}),? (?:{_BUT}) (?:any |the |a )?{_LIST}{_END}")
_INSTEAD = lazy_pattern(
    rf"(?i)\b(?:instead of|in (?:the )?place of|rather than) (?:the |an? |any )?(?P<drums>{_DRUM}(?: (?:and|or)"
    rf" (?:the )?{_DRUM})*)(?=\s*(?:$|[,.;:!?)]|(?:and|but|use|play|put|try|at all|throughout|please)\b))"
)
_BEGIN = r"(?i)(?:^|(?<=[,.;:] ))(?:play |use |keep to |with )?"
_JUST = r"(?:just|only|nothing but|stick to) (?:the |an? |some )?"
_ONLY = (
    lazy_pattern(rf"{_BEGIN}{_JUST}{_HOW_LIST}{_END}"),
    lazy_pattern(rf"{_BEGIN}(?:the |an? |some )?{_HOW_LIST} (?:only|alone){_END}"),
)
_AND = r"(?:and |now |then |here |the |a |with ){0,4}"
_WHOLE = (
    r"(?P<whole>(?:full|whole|entire|complete) (?:drum )?(?:kit|drums|set)|all (?:of )?(?:the )?drums|everything|it all"
    r"|all of it)"
)
_IN = r"(?:comes?|is|are|kicks?|drops?) (?:back )?(?:in|back|again)|enters?|returns?"
_WITH = r"add|bring (?:back )?(?:in )?|use|with|plus"
_BACK = tuple(
    lazy_pattern(pattern + rf"(?: back)?(?: in)?(?: again| now)?{_END}")
    for pattern in (
        rf"(?i)(?:^|(?<=[,.;:] )){_AND}(?:{_WITH}) ?{_AND}(?:{_LIST}|{_WHOLE})",
        rf"(?i)(?:^|(?<=[,.;:] )){_AND}(?:{_LIST}|{_WHOLE}) (?:{_IN})",
        rf"(?i)(?:^|(?<=[,.;:] )){_AND}{_WHOLE}",
    )
)


def drums_ruled_out(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without words that rule out drums, or all but some; and drum -> False for those, True for others
    that they name. How these are played ("just a soft kick") is left in the sentence, as is what "only" says is played
    instead, or before other drums that are spoken of."""
    rest, kit = " ".join(re.sub(r"(?i)\bplease\b", "", sentence).split()), dict[str, bool]()
    if every := _ALL_BUT.search(rest):
        kit |= dict.fromkeys(_parts(every["drums"]), False)
        rest = _joined(rest[: every.start()] + ("" if every["any"] else "everything"), rest[every.end() :])
    while denied := _DENIED.search(rest) or _SITS_OUT.search(rest) or _INSTEAD.search(rest):
        never = _NEVER.search(rest[: denied.start()])
        kit |= dict.fromkeys(_parts(denied["drums"]), never is not None)
        rest = _joined(rest[: (never or denied).start()], rest[denied.end() :])
    kept = {drum for found in _KEPT.finditer(rest) for drum in _parts(found["drums"])}
    kit |= dict.fromkeys(kit.keys() & kept, True)  # "no hats - no, keep the hats"
    only = next((found for pattern in _ONLY if (found := pattern.search(rest))), None)
    left = _joined(rest[: only.start()], rest[only.end() :]) if only else ""
    if only and not _named(left) and not any(clause.instead for clause in clauses_after_denials(rest)):
        played = _parts(only["drums"])
        if played <= _KEEP_TIME and kit.keys() & _KEEP_TIME - played:  # no hats, just shakers: these keep time instead
            kit |= dict.fromkeys(played, True)
        else:
            kit |= _alone(played)
        kit = {drum: yes for drum, yes in kit.items() if not (yes and drum in ALWAYS)}
        rest = ", ".join(filter(None, [left, *re.findall(rf"\b(?:{_HOW})\b", only["drums"].lower())]))
    return (rest.strip(" ,.;:!?"), kit) if kit else (sentence, {})


def _joined(before: str, after: str) -> str:
    """What is left of a sentence on either side of words that were taken out."""
    return ", ".join(filter(None, (part.strip(" ,.;:") for part in (before, after))))


def _alone(played: set[str]) -> dict[str, bool]:
    """These drums and no others; open and closed hats are one, unless they are told apart."""
    kit = {drum: drum in played for drum in _WORDS if drum != "cymbals"}
    if played & {"hi-hat", "open hat"}:
        kit = {drum: yes for drum, yes in kit.items() if yes or drum not in ("hi-hat", "open hat", "pedal hat")}
    return kit


def drums_taken_up(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without words that take up kick or snare again, or the whole kit; and drum -> True, `ALL` for all.

    Other drums beside these stay True, as the vocabulary has them."""
    for pattern in _BACK:
        if found := pattern.search(sentence):
            whole = found.groupdict().get("whole")
            drums = {ALL} if whole else _parts(found["drums"])
            if drums & {ALL, *ALWAYS}:
                rest = sentence[: found.start()] + sentence[found.end() :]
                return rest.strip(" ,.;:!?"), dict.fromkeys(sorted(drums), True)
    return sentence, {}


def _named(words: str) -> set[str]:
    found = re.findall("|".join(rf"\b({pattern})\b" for pattern in _WORDS.values()), words.lower())
    return {drum for row in found for drum, word in zip(_WORDS, row, strict=True) if word}


def _parts(words: str) -> set[str]:
    """The drums that words name, cymbals as ride and crashes."""
    named = _named(words)
    return named - {"cymbals"} | ({"ride", "crashes"} if "cymbals" in named else set())

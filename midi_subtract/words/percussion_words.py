"""Instruments beside the kit, and ways to play it, that a sentence names: "tambourine on the backbeat", "ride bell".

Models know hand percussion, hats and ride as one drum each. What is named is played by rule (`playing.percussion`), and
stands among the drums of a wish: `PERCUSSION` and `WAYS` by their names, where it is said how often, as in "shaker in
sixteenths".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

from midi_subtract.words.beat_words import TOKEN, beats_as_tokens, on_beats, with_beats, without_beats
from subtract_core.understanding.clauses import CLAUSE, DENIAL, one_comma, tidied
from subtract_core.understanding.drum_words import PEDAL_HAT as PEDAL_HAT_WORDS
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.places import is_place

CLAPS, PEDAL_HAT, RIDE_BELL, HATS, RIDE = "claps", "pedal hat", "ride bell", "hi-hat", "ride"
_NAMES = {
    CLAPS: r"(?:hand[- ]?)?claps?(?:ping)?",
    "tambourine": r"tambourines?|tambos?|pandeiros?",
    "cowbell": r"cow[- ]?bells?|campanas?|(?:mambo|cha[- ]?cha|bongo)[- ]bells?",
    "shaker": r"(?:egg )?shakers?|maracas?",
    "cabasa": r"cabasas?|afuch[ée]",
    "congas": r"congas?|tumbadoras?",
    "bongos": r"bongos?",
    "claves": r"(?<!in )(?:[23][-:/ ][23] )?(?:(?:son|rumba) )?claves?",
    "woodblock": r"wood[- ]?blocks?|temple blocks?",
    "triangle": r"triangles?",
    "timbales": r"timbales?",
    "agogo": r"agog[oô]s?",
    "guiro": r"g[uü]iros?",
}
BACKBEAT, QUARTERS, EIGHTHS, TRIPLETS, SIXTEENTHS, ROLLS, OFF_BEAT = (
    " on the backbeat", " in quarters", " in eighths", " in triplets", " in sixteenths", " with rolls", " off the beat",
)  # fmt: skip
_EVERY, _NOTES = r"(?:(?:every|each|all)(?: the)? )?", r"(?:[- ]?notes?)?s?"
_ROLLS = r"(?:(?:trap|fast|triplet|some|lots of|32nd|32nd[- ]note) )*(?:rolls?|stutters?|ratchets?)"
_VALUES = {
    TRIPLETS: rf"(?<!quarter )(?<!quarter.note ){_EVERY}(?:(?:eighth|8th)(?:[- ]notes?)? )?"
    r"(?:triplets|triplet(?! (?:on|in|for|with)\b))",
    SIXTEENTHS: rf"{_EVERY}(?:sixteenth|16th|semiquaver){_NOTES}",
    EIGHTHS: rf"{_EVERY}(?:eighth|8th|quaver){_NOTES}",
    QUARTERS: rf"{_EVERY}(?:quarter|4th|crotchet){_NOTES}",
}
_PACES = {
    BACKBEAT: r"(?:the )?(?:back[- ]?beats?|@2&4)",
    OFF_BEAT: r"(?:(?:the|every|each|all the) )?(?:(?:off[- ]?|up[- ]?)beats?|ands?(?! every))",
    ROLLS: _ROLLS,
    TRIPLETS: _VALUES[TRIPLETS],
    SIXTEENTHS: _VALUES[SIXTEENTHS],
    EIGHTHS: _VALUES[EIGHTHS],
    QUARTERS: rf"{_VALUES[QUARTERS]}|(?:every|each|all(?: the| four)?|the) beats?|all (?:four|4)|(?:the )?downbeats",
}
_KEEPERS = {HATS: r"(?:closed )?(?:hi[- ]?)?hats?", RIDE: r"rides?(?: cymbals?)?"}
_NAME = "|".join(f"(?P<{name}>{words})" for name, words in _NAMES.items())
_LEAD = (
    r"(?:(?:give (?:me|us)|and|with|plus|add|adding|also|bring in|use|put|play|playing|have|include|some|more|a lot of"
    r"|lots of|a bit of|a touch of|a|an|the|light|bit|of|little|steady|straight|constant|driving|real|live|just"
    r"|only) ){0,5}"
)
_TAIL = (
    r"(?:(?: (?:playing|doing|in|with)(?: an?| the)?)? (?:drums?|bells?|hits?|strokes?|parts?|patterns?|grooves?|tumbao"
    r"|martillo|rhythms?|loops?|throughout|sounds?|layers?|on top|underneath|player"
    r"|(?:on|to|with|over|along with|doubling|layered (?:on|with)) the snares?))*"
)
HOW = (
    r"(?: (?:is|are|plays?|playing|played|going|hitting|doing|running))?"
    r"(?: (?:just|only))?(?: (?:in|on|at|with))? (?:straight |steady )?"
)
PACE_BEHIND = "|".join([*(f"(?P<p{i}>{words})" for i, words in enumerate(_PACES.values())), f"(?P<beats>{TOKEN})"])
_PACE_BEFORE = "|".join(f"(?P<q{i}>{words})" for i, words in enumerate(_PACES.values()))
_END = r"(?![\w-])"
_HOW_OFTEN = rf"(?:{HOW}(?:{PACE_BEHIND}){_END})?"
_PHRASE = lazy_pattern(rf"(?i)(?<![\w-]){_LEAD}(?:(?:{_PACE_BEFORE}) )?(?:{_NAME}){_END}(?! like\b){_TAIL}{_HOW_OFTEN}")
_FOR_SNARE = (
    r"(?: hits?)? (?:instead of|in place of|in the place of|replac(?:e|es|ing)|rather than|for|not) (?:the |a )?snares?"
    r"(?: drums?)?"
)
_SIMILE = lazy_pattern(  # "hats like a shaker"; "I'd like a shaker" is none
    r"(?i)(?<!\w)(?:(?:that |which )?sound(?:s|ing)? )?(?:(?<!would )(?<!['\u2019]d )(?<!\bi )(?<!we )(?<!something )"
    r"like|(?<!well )as (?=an? |the )|similar to|imitat(?:es?|ing)|resembl(?:es?|ing))"
    rf" ?(?:(?:an?|the|some) )?(?:\w+ )?(?:{_NAME}){_END}{_TAIL}"
)
_LESS = lazy_pattern(
    rf"(?i)\b(?:less|fewer|not (?:so|too|as) (?:much|many))(?: of)?(?: the)? (?:{_NAME}){_END}{_TAIL}{_HOW_OFTEN}"
)
_ANY_NAME = lazy_pattern(rf"(?i)(?<![\w-])(?:{_NAME}){_END}")
_NAMES_ALONE = "|".join(_NAMES.values())
_KIT = r"(?:the |a |any )?(?:drums?(?:[ -]?(?:kit|set))?|kit)\b"
_FOR_KIT = lazy_pattern(
    rf"(?i)(?:^|(?<=[,.;:] ))(?:(?:play|use|put|with|only|just|(?:give|get) (?:me|us)|i want) )*"
    rf"(?P<played>(?:[\w-]+ ){{0,3}}?(?:{_NAMES_ALONE})(?: (?:and|&) (?:[\w-]+ )?(?:{_NAMES_ALONE}))*{_END}"
    rf"(?:{HOW}(?:{'|'.join(_PACES.values())}|{TOKEN}){_END})?)(?: (?:only|alone))?"
    rf"(?: (?:instead of|in place of|rather than|replacing)|,? (?:and |but )?(?:no|without)) {_KIT}"
)
_KIT_DENIED = lazy_pattern(
    rf"(?i)\b(?:no|without) {_KIT}[,;:.]? ?(?:but |and )?(?:just|only) (?=(?:[\w-]+ ){{0,3}}?(?:{_NAMES_ALONE}){_END})"
)
_ANY_PACE = lazy_pattern(
    rf"(?i)(?P<name>(?:{'|'.join([_NAMES_ALONE, *_KEEPERS.values()])}){_END})(?:{HOW}(?:{'|'.join(_PACES.values())}"
    rf"|{TOKEN}){_END})"
)
_CLAPS_FOR_SNARE = lazy_pattern(rf"(?i)(?<![\w-])({_NAMES[CLAPS]}){_FOR_SNARE}{_END}")
_FOOT = lazy_pattern(
    rf"(?i)\b(?:(?:with|and|the|a|an|add|play) ){{0,4}}(?<!off )(?<!off the )(?:{PEDAL_HAT_WORDS})"
    rf"{_END}(?: (?:only|just))?{_HOW_OFTEN}"
)
_BELL = lazy_pattern(
    r"(?i)\b(?:ride[- ]?(?:cymbal )?(?:\'s )?bells?|bell of (?:the |a )?ride(?: cymbal)?)" + _END + _HOW_OFTEN
)
_VALUE_BEFORE = "|".join(f"(?P<q{i}>{_VALUES[pace]})" for i, pace in enumerate(_PACES) if pace in _VALUES)
_OFF_BEFORE = f"(?P<q{list(_PACES).index(OFF_BEAT)}>off[- ]?beats?)|(?P<q{list(_PACES).index(ROLLS)}>roll(?:ing|ed))"
_KEPT = {
    name: lazy_pattern(
        rf"(?i)(?<![\w-])(?:(?<!dotted )(?:{_VALUE_BEFORE}|{_OFF_BEFORE})(?: (?:on|for|with|in) (?:the |my |your )?| )"
        rf"(?:{words}){_END}"
        rf"|(?<!open )(?:{words}){_END}(?: (?:is|are|going|doing))?(?: (?:just|only))?"
        r"(?: (?:in|on|at|to|with|play(?:s|ing)?|do(?:es|ing))(?: (?:in|on))?"
        r"|(?= (?:straight )?(?:quarter|8th|eighth|triplet|roll)))"
        rf" (?:straight |steady )?"
        rf"(?:{PACE_BEHIND}){_END}(?! triplets?))"
    )
    for name, words in _KEEPERS.items()
}
"""What keeps the time, as often as is said, in sixteenths too, which are a figure that models know."""
_STRAY = lazy_pattern(r"(?i)^(?:\s|[,.;:!?-]|\b(?:and|with|the|a|plus|on|in|at|then|but)\b)*$")


def percussion_named(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without the names of percussion and of ways to play the kit that it asks for, and each -> True;
    "snare" -> False where claps are to be in its place. What a clause denies is left in it; of what it wants less of,
    there is to be none. Comparisons ("like a shaker") name none, and are left out.

    A ride bell is a ride: the sentence goes on saying so.
    """
    kit, kept = dict[str, bool](), list[str]()
    text = " ".join(sentence.split())
    counted, beats = beats_as_tokens(_SIMILE.sub("", text))
    for clause in CLAUSE.split(counted):
        kept.append(_named(clause, kit))
    if not kit and not _SIMILE.search(text):
        return sentence, {}
    if any(yes and name.split(" ")[0] in _NAMES for name, yes in kit.items()):
        kit.pop("hand percussion", None)
    rest = with_beats(tidied(one_comma("".join(kept))), beats)
    return ("" if _STRAY.match(rest) else rest), kit


def percussion_denied(sentence: str) -> dict[str, bool]:
    """Percussion that clauses of a sentence deny -> False."""
    kit = dict[str, bool]()
    for clause in CLAUSE.split(" ".join(sentence.split())):
        if denial := DENIAL.search(clause):
            kit |= {_instrument(found): False for found in _ANY_NAME.finditer(clause, denial.end())}
    return kit


def only_percussion(sentence: str) -> str:
    """The sentence with "only congas" for "congas instead of the drums", "congas, no kit" and "no kit, just congas"."""
    text, beats = beats_as_tokens(" ".join(sentence.split()))
    return with_beats(_KIT_DENIED.sub("only ", _FOR_KIT.sub(r"only \g<played>", text)), beats)


def without_paces(sentence: str) -> str:
    """The sentence without what it says of how often percussion, hats and the ride are struck."""
    text, beats = beats_as_tokens(sentence)
    return with_beats(_ANY_PACE.sub(r"\g<name>", text), beats)


def _named(clause: str, kit: dict[str, bool]) -> str:
    """What is left of a clause; what it names is put into `kit`."""

    def read(words: re.Pattern[str], clause: str, said: Callable[[re.Match[str]], dict[str, bool]], left: str) -> str:
        def heard(found: re.Match[str]) -> str:
            asked = {} if DENIAL.search(found.string[: found.start()]) else said(found)
            kit.update(asked)
            return left if asked else found[0]

        return words.sub(heard, clause)

    clause = read(_CLAPS_FOR_SNARE, clause, lambda _: {CLAPS: True, "snare": False}, "")
    whole = clause
    clause = read(_FOOT, clause, lambda found: {paced(PEDAL_HAT, found): True}, "")
    clause = read(_BELL, clause, lambda found: {paced(RIDE_BELL, found): True, RIDE: True}, RIDE)
    for keeper, words in _KEPT.items():
        clause = read(words, clause, partial(_kept_at, keeper), keeper)
    clause = read(_LESS, clause, lambda found: _none_of(_instrument(found)), "")
    clause = read(_PHRASE, clause, lambda found: {paced(_instrument(found), found): True}, "")
    return "" if clause != whole and is_place(clause) else clause  # "tambourine in the chorus"


def _instrument(found: re.Match[str]) -> str:
    return next(name for name in _NAMES if found[name])


def _kept_at(keeper: str, found: re.Match[str]) -> dict[str, bool]:
    name = paced(keeper, found)
    return {} if name.endswith(SIXTEENTHS) else {keeper: True, name: True}


def _none_of(name: str) -> dict[str, bool]:
    return {name: False} if name == CLAPS else {name: False, "hand percussion": False}


def paced(name: str, found: re.Match[str]) -> str:
    """A name with what words say of how often it is struck, or on which beats, where that is not as usual."""
    groups = found.groupdict()
    pace = next((pace for i, pace in enumerate(_PACES) if groups[f"p{i}"] or groups.get(f"q{i}")), "")
    if beats := groups["beats"]:
        pace = QUARTERS if beats == "@1&2&3&4" else on_beats(beats)
    return name if pace == USUAL.get(name) else name + pace


def without_pace(name: str) -> str:
    """The instrument of a name that stands among the drums of a wish."""
    return next((name.removesuffix(pace) for pace in _PACES if name.endswith(pace)), without_beats(name))


def named_as(kit: Mapping[str, bool], instrument: str) -> str | None:
    """The name under which an instrument or way to play is asked for, with what is said of how often; None if not."""
    names = [name for name, yes in kit.items() if yes and without_pace(name) == instrument]
    return max(names, key=len) if names and kit.get(instrument) is not False else None


def pace_of(kit: Mapping[str, bool], instrument: str) -> str:
    """What is said of how often an instrument that is asked for is struck; empty if nothing is."""
    return (named_as(kit, instrument) or instrument).removeprefix(instrument)


USUAL = {
    PEDAL_HAT: BACKBEAT, RIDE_BELL: QUARTERS,
    "tambourine": BACKBEAT, "cowbell": QUARTERS, "woodblock": QUARTERS, "triangle": EIGHTHS, "shaker": EIGHTHS,
    "cabasa": EIGHTHS,
}  # fmt: skip
"""How often what is named is struck where nothing is said of it; what is not here has patterns of its own."""

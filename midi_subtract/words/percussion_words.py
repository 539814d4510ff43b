"""Instruments beside the kit, and ways to play it, that a sentence names: "tambourine on the backbeat", "ride bell".

Models know hand percussion, hats and ride as one drum each. What is named is played by rule (`playing.percussion`), and
stands among the drums of a wish: `PERCUSSION` and `WAYS` by their names, where it is said how often, as in "shaker in
sixteenths".
"""

from __future__ import annotations

import re
from collections.abc import Callable

from midi_subtract.words.octave_words import CLAUSE, DENIAL, tidied

CLAPS, PEDAL_HAT, RIDE_BELL = "claps", "pedal hat", "ride bell"
_NAMES = {
    CLAPS: r"(?:hand[- ]?)?claps?(?:ping)?",
    "tambourine": r"tambourines?|tambos?",
    "cowbell": r"cow[- ]?bells?",
    "shaker": r"(?:egg )?shakers?|maracas?",
    "cabasa": r"cabasas?|afuch[ée]",
    "congas": r"congas?|tumbadoras?",
    "bongos": r"bongos?",
    "claves": r"claves",
    "woodblock": r"wood[- ]?blocks?|temple blocks?",
    "triangle": r"triangles?",
    "timbales": r"timbales?",
    "agogo": r"agog[oô]s?",
    "guiro": r"g[uü]iros?",
}
BACKBEAT, QUARTERS, EIGHTHS, SIXTEENTHS, OFF_BEAT = (
    " on the backbeat", " in quarters", " in eighths", " in sixteenths", " off the beat",
)  # fmt: skip
_NOTES = r"(?:[- ]?notes?)?s?"
_PACES = {
    BACKBEAT: r"(?:the )?(?:back[- ]?beats?|(?:beats? )?2&4)",
    OFF_BEAT: r"(?:the )?(?:off[- ]?|up[- ]?)beats?|(?:the )?ands?",
    SIXTEENTHS: rf"(?:sixteenth|16th){_NOTES}",
    EIGHTHS: rf"(?:eighth|8th){_NOTES}",
    QUARTERS: rf"(?:quarter|4th){_NOTES}|(?:every|each|all(?: the| four)?|the) beats?|the (?:1|one)|the downbeats?",
}
_NAME = "|".join(f"(?P<{name}>{words})" for name, words in _NAMES.items())
_LEAD = (
    r"(?:(?:give (?:me|us)|and|with|plus|add|adding|also|bring in|use|put|play|playing|have|include|some|more|a lot of"
    r"|lots of|a bit of|a touch of|a|an|the|light|bit|of|little|steady|straight|constant|driving|real|live|just"
    r"|only) )*"
)
_TAIL = (
    r"(?:(?: (?:playing|doing|in|with)(?: an?| the)?)? (?:drums?|bells?|hits?|strokes?|parts?|patterns?|grooves?|tumbao"
    r"|martillo|rhythms?|loops?|throughout|sounds?|layers?|on top|underneath|player"
    r"|(?:on|to|with|over|along with|doubling|layered (?:on|with)) the snares?))*"
)
_HOW = r"(?: (?:plays|playing|played|going|hitting|doing|running))?(?: (?:in|on|at|with))? (?:straight |steady )?"
_PACE_BEHIND = "|".join(f"(?P<p{i}>{words})" for i, words in enumerate(_PACES.values()))
_PACE_BEFORE = "|".join(f"(?P<q{i}>{words})" for i, words in enumerate(_PACES.values()))
_END = r"(?![\w-])"
_PHRASE = re.compile(
    rf"(?i)(?<![\w-]){_LEAD}(?:(?:{_PACE_BEFORE}) )?(?:{_NAME}){_END}(?! like\b){_TAIL}"
    rf"(?:{_HOW}(?:{_PACE_BEHIND}){_END})?"
)
_FOR_SNARE = (
    r"(?: hits?)? (?:instead of|in place of|in the place of|replac(?:e|es|ing)|rather than|for|not) (?:the |a )?snares?"
    r"(?: drums?)?"
)
_CLAPS_FOR_SNARE = re.compile(rf"(?i)(?<![\w-])({_NAMES[CLAPS]}){_FOR_SNARE}{_END}")
_FOOT = re.compile(
    r"(?i)\b(?:(?:with|and|the|a|an|add|play) )*(?:(?:pedal(?:ed|led)?|foot)[- ](?:hi[- ]?)?hats?"
    r"|(?:hi[- ]?)?hats?[- ](?:pedal|foot|chicks?)|(?:hi[- ]?)?hats?(?: \w+)? (?:with|by) (?:the |my |your )?foot"
    r"|(?:left )?foot on (?:the )?(?:hi[- ]?)?hats?|(?:stepped|chick) (?:hi[- ]?)?hats?)"
    rf"(?: (?:only|just))?(?: on {_PACES[BACKBEAT]})?{_END}"
)
_BELL = re.compile(r"(?i)\b(?:ride[- ]?(?:cymbal )?(?:\'s )?bells?|bell of (?:the |a )?ride(?: cymbal)?)" + _END)
_TWO_AND_FOUR = re.compile(r"(?i)\b(?:2|two) ?(?:and|&|\+) ?(?:4|four)\b")  # is one thing, and ends no clause
_STRAY = re.compile(r"(?i)^(?:\s|[,.;:!?-]|\b(?:and|with|the|a|plus|on|in|at|then|but)\b)*$")


def percussion_named(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without the names of percussion and of ways to play the kit that it asks for, and each -> True;
    "snare" -> False where claps are to be in its place. What a clause denies is left in it.

    A ride bell is a ride: the sentence goes on saying so.
    """
    kit, kept = dict[str, bool](), list[str]()
    for clause in CLAUSE.split(_TWO_AND_FOUR.sub("2&4", " ".join(sentence.split()))):
        kept.append(_named(clause, kit))
    if not kit:
        return sentence, {}
    rest = tidied(re.sub(r"(?:\s*[,;])+", ",", "".join(kept)))
    return ("" if _STRAY.match(rest) else rest.replace("2&4", "2 and 4")), kit


def _named(clause: str, kit: dict[str, bool]) -> str:
    """What is left of a clause; what it names is put into `kit`."""

    def read(words: re.Pattern[str], clause: str, said: Callable[[re.Match[str]], dict[str, bool]], left: str) -> str:
        def heard(found: re.Match[str]) -> str:
            if DENIAL.search(found.string[: found.start()]):
                return found[0]
            kit.update(said(found))
            return left

        return words.sub(heard, clause)

    clause = read(_CLAPS_FOR_SNARE, clause, lambda _: {CLAPS: True, "snare": False}, "")
    clause = read(_FOOT, clause, lambda _: {PEDAL_HAT: True}, "")
    clause = read(_BELL, clause, lambda _: {RIDE_BELL: True, "ride": True}, "ride")
    return read(_PHRASE, clause, lambda found: {_percussion(found): True}, "")


def _percussion(found: re.Match[str]) -> str:
    groups = found.groupdict()
    name = next(name for name in _NAMES if groups[name])
    pace = next((pace for i, pace in enumerate(_PACES) if groups[f"p{i}"] or groups[f"q{i}"]), "")
    return name if name == CLAPS or pace == USUAL.get(name) else name + pace  # claps are where the snare is


def without_pace(name: str) -> str:
    """The instrument of a name that stands among the drums of a wish."""
    return next((name.removesuffix(pace) for pace in _PACES if name.endswith(pace)), name)


USUAL = {
    "tambourine": BACKBEAT, "cowbell": QUARTERS, "woodblock": QUARTERS, "triangle": EIGHTHS, "shaker": EIGHTHS,
    "cabasa": EIGHTHS,
}  # fmt: skip
"""How often percussion is struck where nothing is said of it; what is not here has patterns of its own."""

"""Note values ("quarter notes", "16ths"): how many notes a part plays, which readers are apt to take for swing."""

from __future__ import annotations

from dataclasses import replace

from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.understanding.clauses import CLAUSE, is_meant
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_SOME = r"(?<!few )(?<!some )(?<!odd )(?<!occasional )(?<!dotted )(?<!instead of )(?<!rather than )"
_OF = (
    r"(?=[- ](?:\w+ )?(?:lines?|runs?|riffs?|grooves?|patterns?|arpeggios?|chords?|stabs?|strum\w*|picking|pulses?)\b)"
)
_VALUES = {
    4.0: r"quarters|quarter[- ]notes?|crotchets",
    8.0: rf"8ths|eighths|(?:8th|eighth)(?:[- ]notes?|{_OF})|quavers",
    16.0: rf"16ths|sixteenths|(?:16th|sixteenth)(?:[- ]notes?|{_OF})|semiquavers",
}
"""Onsets in four beats."""
_VALUE = lazy_pattern(
    rf"(?i){_SOME}\b(?:{'|'.join(f'({words})' for words in _VALUES.values())})\b"
    r"(?! (?:delay|echo|rests?|feel|before|after|later|early|late|ahead|behind))"
)
_SWING = lazy_pattern(r"(?i)\b(?:sw[iu]ng\w*|shuffl\w*|straight\w*)\b")
_PLAIN = lazy_pattern(
    rf"(?i)(?:\W|\b(?:{'|'.join(_VALUES.values())}|no|not|without|plays?|playing|played|use|do|go|keep|stick|stay"
    r"|repeat\w*|want|need|add|in|on|with|of|to|at|it|that|and|the|an?|all|only|just|mostly|some|more|lots|steady"
    r"|constant|flowing|pulsing|scratchy|choppy|muted|staccato|short|legato|soft|loud"
    r"|driving|pumping|chugging|running|fast|slow|quick|simple|plain|busy|roots?|notes?|bass|guitars?|strings"
    r"|lines?|runs?|parts?|riffs?|patterns?|chords?|strum\w*|please|throughout|way|through"
    r"|instead|rather|than|per|bars?|beats?|every"
    r"|each|nothing|but|d|n|like)\b)+"
)
"""Words that say nothing of how notes lie. "Bouncy eighths", "eighths of equal length" are a swing, and no pace."""
_OWN_PACE = ("eighths", "walking")
"""In the names of figures that have a pace of their own."""


def with_note_values(sentence: str, wish: Wish, stem: Stem) -> Wish:
    """A wish with the density that the note value of a sentence comes to, where it says nothing of that nor of a figure
    with a pace of its own, and without a swing. Sentences that speak of swing themselves say how such notes lie."""
    meant = {found.lastindex for found in _VALUE.finditer(sentence) if is_meant(found)}
    if stem is Stem.DRUMS or len(meant) != 1 or _SWING.search(sentence):
        return wish
    if "swing" in wish.levels and not _is_plain(sentence):
        return wish
    onsets = list(_VALUES)[(meant.pop() or 1) - 1]
    levels = {scale: asked for scale, asked in wish.levels.items() if scale != "swing"}
    wish = _without_eighths(wish) if onsets > 8 else wish
    if not any(own in figure for figure in wish.options.get("figure", {}) for own in _OWN_PACE):
        asked = level("density", stem, onsets)
        busier = onsets > 8 and levels.get("density", 0.0) > 0.5  # a reader hears them as any word for busy
        levels["density"] = asked if busier else levels.get("density", asked)
    return replace(wish, levels=levels)


def _without_eighths(wish: Wish) -> Wish:
    """A wish for sixteenths without the figures in eighths that were heard in it; muted ones are still muted."""
    figures = wish.options.get("figure", {})
    heard = {name for name, yes in figures.items() if yes and name.endswith("eighths")}
    if not heard:
        return wish
    options = {**wish.options, "figure": {name: yes for name, yes in figures.items() if name not in heard}}
    if "muted eighths" in heard:
        options["sound"] = {"muted": True, **wish.options.get("sound", {})}
    return replace(wish, options={choice: said for choice, said in options.items() if said})


def _is_plain(sentence: str) -> bool:
    """Whether the clauses with note values say no more than that they are played."""
    clauses = [clause for clause in CLAUSE.split(sentence) if _VALUE.search(clause)]
    return all(_PLAIN.fullmatch(clause) for clause in clauses)

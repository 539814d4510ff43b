"""Note values ("quarter notes", "16ths"): how many notes a part plays, which readers are apt to take for swing."""

from __future__ import annotations

import re
from dataclasses import replace

from midi_subtract.words.clauses import is_meant
from subtract_core.levels import level
from subtract_core.stems import Stem
from subtract_core.wish import Wish

_SOME = r"(?<!few )(?<!some )(?<!odd )(?<!occasional )(?<!dotted )(?<!instead of )(?<!rather than )"
_VALUES = {
    4.0: r"quarters|quarter[- ]notes?|crotchets",
    8.0: r"8ths|eighths|(?:8th|eighth)[- ]notes?|quavers",
    16.0: r"16ths|sixteenths|(?:16th|sixteenth)[- ]notes?|semiquavers",
}
"""Onsets in four beats."""
_VALUE = re.compile(
    rf"(?i){_SOME}\b(?:{'|'.join(f'({words})' for words in _VALUES.values())})\b"
    r"(?! (?:delay|echo|rests?|feel|before|after|later|early|late|ahead|behind))"
)
_SWING = re.compile(r"(?i)\b(?:sw[iu]ng\w*|shuffl\w*|straight\w*)\b")


def with_note_values(sentence: str, wish: Wish, stem: Stem) -> Wish:
    """A wish with the density that the note value of a sentence comes to, where it says nothing of that nor wants a
    figure in eighths, and without a swing. Sentences that speak of swing themselves say how such notes lie."""
    meant = {found.lastindex for found in _VALUE.finditer(sentence) if is_meant(found)}
    if stem is Stem.DRUMS or len(meant) != 1 or _SWING.search(sentence):
        return wish
    onsets = list(_VALUES)[(meant.pop() or 1) - 1]
    levels = {scale: asked for scale, asked in wish.levels.items() if scale != "swing"}
    figures = [figure for figure, wanted in wish.options.get("figure", {}).items() if wanted]
    if not any("eighths" in figure for figure in figures):
        levels.setdefault("density", level("density", stem, onsets))
    return replace(wish, levels=levels)

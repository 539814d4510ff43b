"""Drums that a sentence rules out: "no snare", "only kick and hi-hat".

The vocabulary that models are told has no kick and no snare. These words are read by rule, before a reader gets the
rest of the sentence, and carried out by `finishing`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from subtract_core.stems import Stem
from subtract_core.understanding.contrast import clauses_after_denials
from subtract_core.understanding.reader import Reader
from subtract_core.wish import Wish

UNTOLD = ("kick", "snare")
"""Drums that may be ruled out of the kit, of which models are told nothing."""
_WORDS = {
    "kick": r"kicks?(?: drums?)?|bass drums?",
    "snare": r"snares?(?: drums?)?",
    "hi-hat": r"(?:hi[- ]?)?hats?",
    "toms": r"toms?(?:[ -]toms?)?",
    "ride": r"rides?(?: cymbals?)?",
    "crashes": r"crash(?:es)?(?: cymbals?)?",
    "cymbals": r"cymbals?",
}
_DRUM = f"(?:{'|'.join(_WORDS.values())})"
_LIST = rf"(?P<drums>{_DRUM}(?:(?:,? (?:and|or|nor)|,| [&+]|/) ?(?:no |the |a )?{_DRUM})*)"
_END = r"(?=\s*(?:$|[,.;:!?)]|(?:and|but|at all|throughout)\b))"
_NO = r"no|without|skip|drop|lose|omit|mute|(?:leave|take) out|remove|do(?:n['\u2019]?t| not) (?:play|use)"
_DENIED = re.compile(rf"(?i)\b(?:{_NO}) (?:any |the |a )?{_LIST}{_END}")
_BEGIN = r"(?i)(?:^|(?<=[,.;:] ))(?:play |use |keep to |with )?"
_JUST = r"(?:just|only|nothing but|stick to) (?:the |a )?"
_ONLY = (re.compile(rf"{_BEGIN}{_JUST}{_LIST}{_END}"), re.compile(rf"{_BEGIN}(?:the |a )?{_LIST} (?:only|alone){_END}"))


def drums_ruled_out(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without words that rule out kick, snare or cymbals, or all drums but some; and drum -> False for
    those, True for others of the vocabulary that they name. What "only" says is played instead, or before other drums
    that are spoken of, is left in the sentence, as is what the vocabulary has."""
    rest, kit = " ".join(re.sub(r"(?i)\bplease\b", "", sentence).split()), dict[str, bool]()
    denied = _DENIED.search(rest)
    if denied and _named(denied["drums"]) & {*UNTOLD, "cymbals"}:
        kit = dict.fromkeys(_parts(denied["drums"]), False)
        rest = (rest[: denied.start()] + rest[denied.end() :]).lstrip(" ,.;:")
    only = next((found for pattern in _ONLY if (found := pattern.search(rest))), None)
    left = rest[: only.start()] + rest[only.end() :] if only else ""
    if only and not _named(left) and not any(clause.instead for clause in clauses_after_denials(rest)):
        played = _parts(only["drums"])
        kit |= {drum: drum in played for drum in ("rim clicks", "hand percussion", *_WORDS) if drum != "cymbals"}
        kit, rest = {drum: yes for drum, yes in kit.items() if not (yes and drum in UNTOLD)}, left
    return (rest.strip(" ,.;:!?"), kit) if kit else (sentence, {})


def _named(words: str) -> set[str]:
    found = re.findall("|".join(rf"\b({pattern})\b" for pattern in _WORDS.values()), words.lower())
    return {drum for row in found for drum, word in zip(_WORDS, row, strict=True) if word}


def _parts(words: str) -> set[str]:
    """The drums that words name, cymbals as ride and crashes."""
    named = _named(words)
    return named - {"cymbals"} | ({"ride", "crashes"} if "cymbals" in named else set())


def told(wish: Wish) -> Wish:
    """What models are told of a wish: what their vocabulary has."""
    kit = wish.options.get("kit", {})
    known = {drum: yes for drum, yes in kit.items() if drum not in UNTOLD}
    return replace(wish, options={**wish.options, "kit": known}) if known != kit else wish


@dataclass(frozen=True)
class KitReader:
    """Reads what rules out drums, and leaves the rest of a sentence to `reader`."""

    reader: Reader

    def understand(self, sentence: str, stem: Stem) -> Wish:
        """As `Reader.understand`; of drums, those of `UNTOLD` may be ruled out of the kit too."""
        rest, kit = drums_ruled_out(sentence) if stem is Stem.DRUMS else (sentence, {})
        wish = self.reader.understand(rest, stem) if rest or not kit else Wish()
        return replace(wish, options={**wish.options, "kit": {**wish.options.get("kit", {}), **kit}}) if kit else wish

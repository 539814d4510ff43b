"""Drums that a sentence rules out, or takes up again: "no snare", "only kick and hi-hat", "the snare comes in".

The vocabulary that models are told has no kick and no snare. These words are read by rule, before a reader gets the
rest of the sentence, and carried out by `finishing`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from subtract_core.stems import Stem
from subtract_core.understanding.contrast import clauses_after_denials
from subtract_core.understanding.reader import Reader
from subtract_core.wish import Wish

UNTOLD = ("kick", "snare")
"""Drums that may be ruled out of the kit, of which models are told nothing."""
ALL = "all drums"
"""Stands among drums that are taken up again for those of the whole kit."""
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
_AND = r"(?:and |now |then |here |the |a |with )*"
_WHOLE = r"(?P<whole>(?:full|whole|entire|complete) (?:drum )?(?:kit|drums|set)|all (?:of )?(?:the )?drums|everything)"
_IN = r"(?:comes?|is|are|kicks?|drops?) (?:back )?(?:in|back|again)|enters?|returns?"
_WITH = r"add|bring (?:back )?(?:in )?|use|with|plus"
_BACK = tuple(
    re.compile(pattern + rf"(?: back)?(?: in)?(?: again| now)?{_END}")
    for pattern in (
        rf"(?i)(?:^|(?<=[,.;:] )){_AND}(?:{_WITH}) ?{_AND}(?:{_LIST}|{_WHOLE})",
        rf"(?i)(?:^|(?<=[,.;:] )){_AND}(?:{_LIST}|{_WHOLE}) (?:{_IN})",
        rf"(?i)(?:^|(?<=[,.;:] )){_AND}{_WHOLE}",
    )
)


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


def drums_taken_up(sentence: str) -> tuple[str, dict[str, bool]]:
    """The sentence without words that take up kick or snare again, or the whole kit; and drum -> True, `ALL` for all.

    Other drums beside these stay True, as the vocabulary has them."""
    for pattern in _BACK:
        if found := pattern.search(sentence):
            whole = found.groupdict().get("whole")
            drums = {ALL} if whole else _parts(found["drums"])
            if drums & {ALL, *UNTOLD}:
                rest = sentence[: found.start()] + sentence[found.end() :]
                return rest.strip(" ,.;:!?"), dict.fromkeys(sorted(drums), True)
    return sentence, {}


def in_section(prompt: Wish, section: Wish) -> Wish:
    """As `Wish.then`; drums that the section takes up again are ruled out no longer."""
    kit = prompt.options.get("kit", {})
    if section.options.get("kit", {}).get(ALL):
        prompt = _with_kit(prompt, {drum: yes for drum, yes in kit.items() if yes})
    return settled(prompt.then(section))


def settled(wish: Wish) -> Wish:
    """Without drums that are taken up where nothing ruled them out: they are struck anyway."""
    kit = wish.options.get("kit", {})
    return _with_kit(wish, {drum: yes for drum, yes in kit.items() if not (yes and drum in (ALL, *UNTOLD))})


def _with_kit(wish: Wish, kit: Mapping[str, bool]) -> Wish:
    if kit == wish.options.get("kit", {}):
        return wish
    options = {choice: said for choice, said in wish.options.items() if choice != "kit"}
    return replace(wish, options={**options, "kit": kit} if kit else options)


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
    return _with_kit(wish, {drum: yes for drum, yes in kit.items() if drum not in UNTOLD})


@dataclass(frozen=True)
class KitReader:
    """Reads what rules out drums or takes them up again, and leaves the rest of a sentence to `reader`."""

    reader: Reader

    def understand(self, sentence: str, stem: Stem) -> Wish:
        """As `Reader.understand`; of drums, those of `UNTOLD` may be ruled out too, or taken up (`in_section`)."""
        if stem is not Stem.DRUMS:
            return self.reader.understand(sentence, stem)
        rest, out = drums_ruled_out(sentence)
        rest, back = drums_taken_up(rest)
        kit = {**out, **back}
        wish = self.reader.understand(rest, stem) if rest or not kit else Wish()
        return _with_kit(wish, {**wish.options.get("kit", {}), **kit})

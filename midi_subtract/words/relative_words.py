"""Words that hold a section against another: "a little busier", "softer than the verse", "same but higher".

A clause with a comparative is read by itself, as any sentence is; of each scale that it speaks of, the side on which it
asks for something says whether there is to be more or less of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from midi_subtract.words.kit_words import in_section
from midi_subtract.words.ramp_words import ramp_asked
from subtract_core.facts import SCALE
from subtract_core.levels import level, value_at
from subtract_core.stems import Stem
from subtract_core.understanding.clauses import CLAUSE, DENIAL, tidied
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.plain import plain
from subtract_core.understanding.reader import Reader
from subtract_core.wish import Wish

At = Callable[[str], Wish]
"""What is asked where words such as "the verse" or "bar 9" say, "" being the section before."""
MIDDLE, APART = 0.5, 0.1
"""The level from which a scale goes up and down where nothing is asked of it, and how far from it a clause that asks
for more or less has to be."""

_MORE = lazy_pattern(
    r"(?i)\b(?:more|less|fewer|not (?:quite |nearly )?(?:as|so)"
    r"|(?:busi|loud|soft|quiet|full|dens|thick|thinn|hard|heavi|light|simpl|spars|high|low|deep|bigg|small|long|short"
    r"|straight|swingi|gentl|calm|strong|punchi|tight|loos|choppi|smooth|fierc|tam|wild|mellow|empti|plain|sadd|happi|bright)er)\b"
)
_AS_MUCH = lazy_pattern(r"(?i)\bas (?P<what>\w+) as\b")
_TIMES = lazy_pattern(
    r"(?i)\b(?:(?P<half>half)|twice|double) (?:(?:of )?the (?:number of )?|as (?:many|much|busy|dense)\b ?)"
    r"(?:(?:notes?|hits?|strokes?|density)\b)?(?! ?(?:kicks?|bass drums?|snares?|hats?|crash(?:es)?|toms?|fills?)\b)"
)
_COMPARATIVE = r"(?:(?:much|a (?:little|bit)|slightly) )?(?:(?:more|less) \w+|\w+er)"
_BOTH = lazy_pattern(rf"(?i)\b({_COMPARATIVE}) and ({_COMPARATIVE}) (than [^,.;]+)")
"""Two comparatives with one place: "busier and louder than the verse"."""
_BIT = lazy_pattern(
    r"(?i)\b(?:just )?(?:a (?:(?:little|tiny) )?(?:little|bit|touch|tad|hair|shade)|slightly|somewhat) "
)
_MUCH = lazy_pattern(r"(?i)\b(?:much|a lot|lots|way|far|considerably) ")
_THAN = lazy_pattern(r"(?i)\b(?:than|as|like)\b(?P<where> .+?)(?P<besides> with .+)?$")
_SAME = lazy_pattern(
    r"(?i)(?:(?:just|exactly|all|it|stay|keep|play|go|do|be|is)(?:s|ing|es)? )*(?:(?:on|with) )?"
    r"(?:(?:the )?same(?: (?:again|thing|feel|groove|pattern|idea|way|here|now))*(?: (?:as|like) (?P<as>.+))?"
    r"|(?:as|like) (?P<like>.+))"
)
_PART = r"(?:pre-?)?(?:intro|verse|chorus|bridge|refrain|solo|outro|coda|breakdown|drop|hook|build(?:[ -]?up)?)"
_OF_SECTIONS = tuple(
    (lazy_pattern(rf"(?i){words}"), instead)
    for words, instead in (
        (rf"^(?:{_PART})(?: (?:section|part))?(?: \d+)? ?(?:[,:]|-+) (?=\w)", ""),
        (r"\b(?:break|breaking) it down(?=\s*[,:]) ?[,:]", ""),
        (rf"\bbuild(?:s|ing)?(?: up)? (?:in)?to the (?:{_PART})\b", "build up,"),
        (rf" (?:till?|until) (?:bar \d+|the (?:\w+ )?(?:{_PART}|end))\b", ""),
        (
            r"(?:(?:and|but),? )?\b(?:keep|same|don'?t change|hold)(?: (?:the|this|that|its))?(?: same)?"
            r" (?:volume|loudness|level|dynamics)(?: (?:the same|as (?:it )?is|up|level))?(?=\s*(?:$|[,.;:!?]))",
            "",
        ),
        (r" (?:here|for now|right now|(?:in|for) this (?:section|part|bit))(?=\s*(?:$|[,.;:!?]))", ""),
    )
)
"""Of the section itself, where it ends, and what stays as it is: words of which a reader would make wishes."""
_PLACE = (
    r"(?:before|previously|last time|the (?:rest|beginning|start)"
    r"|(?:the |a )?(?:\w+ )?(?:intro|verse|chorus|bridge|refrain|solo|outro|coda|section|part)s?"
    r"|bars? \d+(?: ?- ?\d+)?)"
)


@dataclass(frozen=True)
class Change:
    """How much more or less of a scale is asked than somewhere else: by how many of its words, or times as much of its
    unit. where: words for the place, see `At`."""

    scale: str
    words: float = 0.0
    times: float = 1.0
    where: str = ""

    def level(self, stem: Stem, at: At) -> float:
        """What that comes to, 0 to 1."""
        before = at(self.where).levels.get(self.scale, MIDDLE)
        if self.times != 1.0:
            return level(self.scale, stem, self.times * value_at(self.scale, stem, before))
        return min(max(before + self.words / (len(SCALE[self.scale].words) - 1), 0.0), 1.0)


@dataclass(frozen=True)
class SectionSaid:
    """What a sentence about a section asks for.

    wish: whatever is asked elsewhere. changes: against what is asked elsewhere. same: words for the place at which the
    same is asked but for these, see `At`; None where that is as the prompt has it.
    """

    wish: Wish = field(default_factory=Wish)
    changes: tuple[Change, ...] = ()
    same: str | None = None

    def __bool__(self) -> bool:
        return bool(self.wish or self.changes or self.same is not None)

    def asked(self, prompt: Wish, controls: Wish, stem: Stem, at: At) -> Wish:
        """What that comes to in a song; changes are made to what controls ask for, too, all else is under them."""
        base = prompt if self.same is None else at(self.same)
        asked = in_section(base, self.wish).under(controls)
        if self.same is not None and not self.wish.is_told:
            asked = replace(asked, silent=asked.silent or base.silent)
        before = [at(change.where) for change in self.changes if change.scale == "loudness"]
        is_step = any(wish.is_step or "loudness" not in wish.levels for wish in before)
        return asked.under(Wish({c.scale: c.level(stem, at) for c in self.changes}, is_step=is_step))


def section_said(sentence: str, stem: Stem, reader: Reader, names: Sequence[str] = ()) -> SectionSaid:
    """Read a sentence about a section. names: of the song's markers."""

    def understand(words: str) -> Wish:
        return reader.understand(words, stem)

    place = re.compile("|".join([rf"(?i)(?:in |at |on |during )?(?:{_PLACE}", *map(re.escape, names)]) + ")")
    rest, ramp = ramp_asked(_of_section(plain(sentence)))  # "louder and louder" is no comparison
    rest = _BOTH.sub(r"\1 \3 and \2 \3", rest)
    kept, changes, wish, same = list[str](), list[Change](), Wish(ramp=ramp), None
    for clause in CLAUSE.split(" ".join(rest.split())):
        found = _SAME.fullmatch(clause)
        where = (found["as"] or found["like"] or "") if found else ""
        if found and (not where or place.fullmatch(where)):
            same = where
        elif said := _relative(clause, understand):
            more, besides = said
            changes += more
            wish = wish.under(besides)
        else:
            kept.append(clause)
            continue
        kept.append("")
    rest = tidied("".join(kept))
    return SectionSaid(wish.under(understand(rest)) if rest else wish, tuple(changes), same)


def _of_section(sentence: str) -> str:
    for words, instead in _OF_SECTIONS:
        sentence = words.sub(instead, sentence)
    return sentence.strip(" ,.;:") or sentence


def _relative(clause: str, understand: Callable[[str], Wish]) -> tuple[list[Change], Wish] | None:
    """The changes that a clause asks for, and what it wants besides; None where it asks for no change."""
    as_much, times, more = _AS_MUCH.search(clause), _TIMES.search(clause), _MORE.search(clause)
    found = times or more or as_much
    if not found or "octave" in clause.lower() or DENIAL.search(clause[: found.start()]):
        return None
    than = _THAN.search(clause, found.end() - len(" as") if found is as_much else found.end())
    where = than["where"].strip() if than else ""
    if times:
        return [Change("density", times=0.5 if times["half"] else 2.0, where=where)], Wish()
    if not more:
        return [Change(scale, where=where) for scale in understand(found["what"]).levels], Wish()
    positive, bit = _BIT.subn("", clause[: than.start()] if than else clause)
    positive, much = _MUCH.subn("", positive)
    said, words = understand(positive), 2.0 if much else 0.5 if bit else 1.0
    changes = [
        Change(scale, words if level > MIDDLE else -words, where=where)
        for scale, level in said.levels.items()
        if abs(level - MIDDLE) >= APART
    ]
    besides = understand(than["besides"].strip()) if than and than["besides"] else Wish()
    return (changes, replace(said, levels={}, numbers={}).under(besides)) if changes else None

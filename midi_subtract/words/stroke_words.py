"""Words for when a pitched part strikes, of which no model is told: "stabs on 2 and 4", "nothing on one", "accent the
four", "whole notes"; and for how keys, strings and leads, whose figures no model knows, break their chords."""

from __future__ import annotations

import re
from dataclasses import replace

from midi_subtract.words.bass_words import PASSING, ROOTS
from midi_subtract.words.beat_words import TOKEN, beats_as_tokens, beats_said, on_beats, with_beats
from subtract_core.stems import Stem
from subtract_core.understanding.clauses import is_meant, one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

EVERY_BEAT, WHOLES, HALVES, DOTTED = "on every beat", "whole notes", "half notes", "dotted quarters"
OFF, ACCENTS = "nothing on ", "accents on "
"""What the names of lines begin with that leave beats out, or stress them; the beats follow, as in "nothing on 1"."""
OOM_PAH, ARPEGGIATED, OFF_BEAT = "oom-pah", "arpeggiated", "off-beat"
_CHORDAL = (Stem.GUITAR, Stem.KEYS)
_NO_FIGURES = (Stem.KEYS, Stem.STRINGS, Stem.LEAD)

_NUMBER = r"(?:[1-6]|one|two|three|four|five|six)\b"
_BEAT = rf"(?:(?:the )?(?:beats? |and of ){_NUMBER}|the (?:{_NUMBER}|(?:down|back)-?beats?\b))"
_VERB = r"(?:skip|avoid|leave out|leave|stay off|hit|play|accent|accentuate|emphasi[sz]e|stress)(?:s|ing)?"
_THING = r"(?:to|notes?|bars?|fingers?|strings?|frets?|chords?|times|of|from|that|parts?)"
_NORMAL = tuple(
    (lazy_pattern(rf"(?i)\b{words}"), instead)
    for words, instead in (
        (rf"(?P<verb>{_VERB}(?: (?:just|only))?) (?={_BEAT}(?! ?{_THING}\b))", r"\g<verb> on "),
        (rf"(?P<verb>{_VERB}|strum) (?={_NUMBER}(?: and|,| ?&) ?{_NUMBER}(?! ?{_THING}\b))", r"\g<verb> on "),
        (rf"(?:(?<=^)|(?<=[,.;:] ))(?={_NUMBER}(?: and| ?&) ?{_NUMBER} only\b)", "on "),
        (r"(?:on|at) the (?:start|beginning|top|head) of (?:each|every|the|a) (?:bar|measure)\b", "on 1"),
        (rf"(?:only|just) (?=beats? {_NUMBER})", "only on "),
        (
            rf"(?:strip|pare|cut|bring|take)\w*(?: \w+)? (?:back|down) to (?:just |only )?(?:on )?(?={_BEAT})",
            "only on ",
        ),
        (r"(?:only|just)(?: on)?(?: the)? down-?beats?(?![\w-])", "only on 1"),
        (r"on(?: the)? down-?beats?(?![\w-])", "on 1"),
        (r"on(?: the)? back-?beats?(?![\w-])", "on 2 and 4"),
        (r"on (?:(?:every|each|all)(?: single| four| of| the){0,3} beats?|the (?:four )?beats)\b", "on @0"),
    )
)
"""Other ways to name beats, in words that `beats_as_tokens` knows; every beat is the token "@0"."""
_FOUR = lazy_pattern(r"(?i)\bfour to the bar\b")
_ON = (
    rf"(?:(?:right|exactly) )?(?:on|at) {TOKEN}(?: of (?:every|each|the|a) (?:bar|measure))?"
    r"(?= ?(?:$|[,.;:!?)]|(?:and|but|with|then|for|please|only|alone|each time|throughout|now|here|out|empty|free|open"
    r"|really|hard|harder|loud|louder|strong|gently|softly|instead)\b))"
)
_DULL = (
    r"(?:(?:play(?:s|ing)?|hit(?:s|ting)?|strik(?:e|es|ing)|pick|comp|use|put|do|with|and|just|only|it|the|an?|all"
    r"|single|one|bass|them) ){0,5}"
)
_STRUCK = (
    r"(?P<kept>(?:chords?|stabs?|strums?|strumming|chops?|chopping|skanks?|triads?|plucks?|jabs?|pizz\w*|comping"
    r"|voicings?) )|(?P<note>(?:hits?|notes?|roots?(?: notes?)?|strokes?) )"
)
_PLACED = lazy_pattern(
    rf"(?i)\b(?P<lead>{_DULL})(?:{_STRUCK})?(?P<alone>(?:just |only ){{0,2}}){_ON}(?! (?:really )?(?:hard|loud))"
    r"(?P<only> (?:only|alone)\b)?"
)
_ASKING = lazy_pattern(r"(?i)\b(?:play|hit|strik|pick|comp|just|only)")
_CLAUSE_BEGINS = lazy_pattern(r"(?:^|[,.;:!?] )$")
_ELSEWHERE = lazy_pattern(
    r"(?i)\b(?:chang\w+|mov(?:e|es|ing)|new|different|another|next|start\w*|begin\w*|end(?:s|ing)?|land\w*|resolv\w+"
    r"|always|sure|remember|more than|sometimes|occasional\w*|now and (?:then|again)|accent\w*)\b"
)
"""Words in a clause that name beats for something else than to strike there, or not there alone."""
_OFF = lazy_pattern(
    r"(?i)\b(?:(?:nothing|no (?:notes?|chords?|strums?|stabs?|strokes?|hits?)|rest(?:s|ing)?|silen(?:t|ce)|pause|never"
    r"|not|(?:never|do(?:n['\u2019]?t| not)) (?:play|hit|land|strum|strike)(?: anything| notes)?|skip|avoid|leave out"
    rf"|stay off|(?:lay|sit|drop) out) {_ON}|leave {_ON} (?:out|empty|free|open|blank|alone))"
)
_ACCENTS = lazy_pattern(
    r"(?i)\b(?:(?:with|strong|heavy|big|hard|an?|the|put|some) ){0,4}"
    r"(?:(?:accent\w*|emphasi[sz]\w*|emphasis|stress(?:ed|es)?)(?: (?:it|the|hits?|notes?|chords?)){0,3} "
    rf"{_ON}|(?:hit|play) {_ON} (?:really )?(?:hard|harder|loud|louder|strong)\b)"
)
_VALUES = {
    WHOLES: r"whole[ -]notes?|semibreves?",
    HALVES: r"half[ -]notes?|minims?",
    DOTTED: r"dotted[ -](?:quarters?|crotchets?)(?:[ -]notes?)?|tresillos?",
}
_FEW = r"(?<!mostly )(?<!some )(?<!few )(?<!odd )(?<!no )(?<!rather than )(?<!instead of )"
_VALUE = lazy_pattern(
    rf"(?i){_FEW}\b(?:(?:in|all|only|just|long|steady|simple|use|play(?:ing)?) ){{0,4}}"
    rf"(?:{'|'.join(f'({words})' for words in _VALUES.values())})\b"
    r"(?! (?:rests?|later|before|after|delay|triplets?)\b|,? (?:(?:then|and|plus|an?) )*(?:eighth|quaver|quarter|half))"
)
_TURNS = lazy_pattern(
    r"(?i)(?<![\w-])(?<!of the )(?<!in )(?:oom[ -]?pah(?:[ -]pah)?|boom[ -]?chi?c?k?(?:a|y)?(?:[ -]boom)?"
    r"|(?:alternat\w+ )?(?:bass|left[ -]hand)(?: notes?)?(?: on @1&3,?(?: then| and| with)?"
    r"|(?:(?<=note)|(?<=notes)),? (?:then|and))(?: the)?(?: right[ -]hand)?"
    r"(?: an?| the)? (?:chords?|strums?)(?: on @2&4)?"
    r"|chords? on @2&4,? (?:and |with )?(?:the )?bass(?: notes?)? on @1&3"
    r"|(?:(?<=^)|(?<=[,.;:] )|(?<=\ba )|(?<=left[ -]hand )|(?<=\bplay )|(?<=\bsome )|(?<=\bold[ -]time ))"
    r"(?:rag-?time stride|stride|rag-?time)"
    r"(?= ?(?:$|[,.;:!?]|(?:piano|style|left|feel|pattern|playing|bass|like|please)\b)))(?![\w-])"
)
_BROKEN = lazy_pattern(
    r"(?i)(?<!in place of )(?<!rather than )\b(?:(?:(?:rolling|flowing|rippling) )?"
    r"(?:arp(?:eggios?|eggiat\w*|s)|(?-i:arp))(?: up and down)?|broken chords?|alberti(?: bass)?"
    r"|rolling chords?|(?:breaks?|roll) the chords?)\b"
)
_BETWEEN = lazy_pattern(
    r"(?i)\b(?:(?:(?P<kept>(?:chords?|stabs?|chops?|jabs?|hits?|pizz\w*) )"
    r"|(?:play(?:ing)?|only|just|all|notes?|melody) ){1,4}"
    r"(?:on |only ){0,2}(?:the )?(?:off|up)[- ]?beats?(?: only)?|(?:off|up)[- ]?beats? only"
    r"|off[- ]?beat(?= (?:\w+ )?(?:chords?|stabs?|chops?|jabs?|comping|rhythm|hits|punches))|skanks?"
    r"|bubbl(?:e|ing)(?= organ)|(?<=organ )bubbl(?:e|es|ing)"
    r"|(?:(?<=^)|(?<=[,.;:] ))(?:on the )?off[- ]?beats?(?=$|[,.;:!?]))(?![\w-])"
)
_LESS = lazy_pattern(
    r"(?i)\b(?:stop|quit|leave|leaves|stow|drop|kill|lose|forget|avoid|less|fewer|more|few|enough|sick|tired|those|hint"
    r"|touch|dash|sprinkle|smattering|late|lean|nudge|delay|nerves|once)\b"
)
"""Words in a clause that rule figures out, or ask for a little of them."""
_STABS, _STACCATO = lazy_pattern(r"(?i)\b(?:stabs?|chops|jabs)\b"), 0.1
_STRUMS, _FEW_STRUMS = lazy_pattern(r"(?i)\bstrum(?:s|med|ming)?\b"), 0.2
WHEN = {"walking", "root eighths", "octaves", "arpeggiated", "muted eighths", "off-beat", "single-note lead"}
"""Figures that say when is struck, against which no beats are named."""
_AT_ODDS = {ROOTS: {"walking", "octaves"}, PASSING: {"walking"}}
"""Lines that say which tones are played -> figures that say otherwise."""


def strokes_asked(sentence: str, stem: Stem) -> tuple[str, str]:
    """The sentence without words for when, or how, a pitched part strikes, and the name of that: beats ("on 1 and 3"),
    `EVERY_BEAT`, a note value, `OFF` or `ACCENTS` with beats, or one of the figures that the stem has no other name
    for; "" where there is none, or it is denied."""
    text = " ".join(sentence.split())
    for words, instead in _NORMAL:
        text = words.sub(instead, text)
    text, said = beats_as_tokens(_FOUR.sub("only on @0", text) if stem in _CHORDAL else text)
    said["@0"] = "every beat"
    for read in (_by_turns, _stressed, _placed, _left_out, _in_values, _figure):
        rest, line = read(text, stem)
        if line:
            return with_beats(tidied(one_comma(rest)), said), line
    return sentence, ""


def beats_of(line: str) -> str:
    """The beats that the name of a line says, as `beat_words.on_beats` does (" on 1 and 3"); "" for other lines."""
    name = line if line.startswith((OFF, ACCENTS)) else f" {line}"
    beats = name[name.find(" on ") :] if " on " in name else ""
    return beats if beats_said(beats) else ""


def is_placed(line: str) -> bool:
    """Whether a line is struck where its name says, and nowhere else."""
    return line in (EVERY_BEAT, WHOLES, HALVES, DOTTED) or line.startswith("on ")


def with_strokes(wish: Wish, line: str, sentence: str, stem: Stem) -> tuple[Wish, str]:
    """The wish of a sentence, and the line that it asks for besides: none where beats are named beside a figure that
    says itself when is struck; what is struck on them is not strummed. Stabs are short, and strumming is a figure."""
    if (stabs := _STABS.search(sentence)) and is_meant(stabs):
        wish = Wish({"note length": _STACCATO}).under(wish)
    figures = wish.options.get("figure", {})
    wanted = {name for name, yes in figures.items() if yes}
    if wanted & (WHEN if is_placed(line) else _AT_ODDS.get(line, set())):
        return wish, ""
    if is_placed(line):
        options = {**wish.options, "figure": {name: yes for name, yes in figures.items() if name != "strummed"}}
        return replace(wish, options={choice: said for choice, said in options.items() if said}), line
    strums = _STRUMS.search(sentence) if stem is Stem.GUITAR and not wanted and not line else None
    if strums and is_meant(strums) and "strummed" not in figures and wish.levels.get("density", 0.5) >= _FEW_STRUMS:
        wish = replace(wish, options={**wish.options, "figure": {**figures, "strummed": True}})
    return wish, line


def _by_turns(text: str, stem: Stem) -> tuple[str, str]:
    return _read(_TURNS, text, OOM_PAH, _LESS) if stem in _CHORDAL else (text, "")


def _stressed(text: str, stem: Stem) -> tuple[str, str]:
    return _on_beats(_ACCENTS, text, ACCENTS)


def _left_out(text: str, stem: Stem) -> tuple[str, str]:
    return _on_beats(_OFF, text, OFF)


def _placed(text: str, stem: Stem) -> tuple[str, str]:
    """All that is struck on beats; what else these words say ("chords", "stabs") is left in the sentence."""
    rest = _OFF.sub("", text)
    found = [place for place in _PLACED.finditer(rest) if _is_struck(place) and is_meant(place, _ELSEWHERE)]
    tokens = re.findall(TOKEN, " ".join(place[0] for place in found))
    if not tokens:
        return text, ""
    beats = sorted({beat for token in tokens for beat in token[1:].split("&")})
    for place in reversed(found):
        rest = rest[: place.start()] + (place["kept"] or "") + rest[place.end() :]
    return rest, EVERY_BEAT if "0" in beats else on_beats(f"@{'&'.join(beats)}").strip()


def _is_struck(place: re.Match[str]) -> bool:
    """Whether words before beats say that something is struck there, or there alone, as a list of them by itself does:
    "funky, on the one" does not."""
    is_list = "&" in place[0] and not place["lead"] and _CLAUSE_BEGINS.search(place.string[: place.start()])
    said = place["kept"] or place["note"] or place["alone"] or place["only"] or _ASKING.search(place["lead"])
    return bool(said or is_list)


def _in_values(text: str, stem: Stem) -> tuple[str, str]:
    """Note values that are too long for a density to say; basses have other names for most of them."""
    found = next((found for found in _VALUE.finditer(text) if is_meant(found, _LESS)), None)
    line = list(_VALUES)[(found.lastindex or 1) - 1] if found else ""
    if not found or (stem is Stem.BASS and line != DOTTED):
        return text, ""
    return text[: found.start()] + text[found.end() :], line


def _figure(text: str, stem: Stem) -> tuple[str, str]:
    if stem not in _NO_FIGURES:
        return text, ""
    rest, line = _read(_BROKEN, text, ARPEGGIATED, _LESS)
    return (rest, line) if line else _read(_BETWEEN, text, OFF_BEAT, _LESS)


def _on_beats(words: re.Pattern[str], text: str, name: str) -> tuple[str, str]:
    """As `_read`, of words with beats, which the name goes on with."""
    found = words.search(text)
    token = re.search(TOKEN, found[0]) if found else None
    if not token or token[0] == "@0":
        return text, ""
    return _read(words, text, name.removesuffix(" on ") + on_beats(token[0]))


def _read(words: re.Pattern[str], text: str, line: str, elsewhere: re.Pattern[str] | None = None) -> tuple[str, str]:
    """The text without the words, and the line that they name; "" where it has none, or denies them."""
    found = words.search(text)
    if not found or not (words is _OFF or is_meant(found, elsewhere)):  # "never on 1" is a denial itself
        return text, ""
    return text[: found.start()] + (found.groupdict().get("kept") or "") + text[found.end() :], line

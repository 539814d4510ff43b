"""What musicians say that the text encoder has not learnt: moods, textures, how many voices, and lines that answer.

Moods come to what players make of them, as listeners tell them by: sad music is soft, sparse and legato, happy music
short and lively, what threatens low (Juslin and Laukka, 2003). Whatever else a sentence asks for wins over these.
"""

from __future__ import annotations

import re

from midi_subtract.words.stroke_words import ARPEGGIATED, WHEN
from subtract_core.stems import Stem
from subtract_core.understanding.clauses import is_meant, one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_MELODIC = (Stem.GUITAR, Stem.KEYS, Stem.STRINGS, Stem.LEAD)
_SAYINGS: tuple[tuple[re.Pattern[str], Wish], ...] = tuple(
    (lazy_pattern(rf"(?i)\b(?:{words})\b"), wish)
    for wish, words in (
        (Wish({"loudness": 0.25, "density": 0.25, "note length": 0.75}),
         r"(?:sad|gloom|lone|melanchol)(?:der|l?y|ly|lier|ness|liness|ic|some)?(?! (?:notes?|chords?|hits?|strokes?))"
         r"|mourn(?:ful|ing)|sorrowful"
         r"|heart-?broken|wistful|tearful|bittersweet|bleak|elegiac"),
        (Wish({"loudness": 0.25, "note length": 0.75}),
         r"tender(?:ly)?|nostalgic|serene|soothing|meditative|reverent|solemn|dreamy|ethereal|floaty|ambient|mysterious"
         r"|eerie|ghostly|haunting|lullaby"),
        (Wish({"density": 0.65, "note length": 0.25}),
         r"happ(?:y|ier)(?! (?:with|medium|to|day)\b)|cheer(?:ful|y)|joy(?:ful|ous)|playful|care-?free"
         r"|light-?hearted|whimsical"
         r"|quirky|jolly|cheeky"),
        (Wish({"loudness": 0.85}), r"triumphant|heroic|majestic|anthemic|big and full|epic|screaming|wailing"),
        (Wish({"loudness": 0.25, "register": 0.25}),
         r"ominous|sinister|menacing|brooding|moody|creepy|scary|spooky|horror"),
        (Wish({"register": 0.75}),
         r"uplifting|euphoric|sunny|soaring|bright(?:er)?(?! (?:electric )?piano)|shimmer(?:y|ing)|sparkl(?:y|ing)"),
        (Wish({"polyphony": 0.0, "density": 0.0, "note length": 1.0}), r"drones?|pedal (?:notes?|tones?|points?)"),
        (Wish({"density": 0.25, "note length": 1.0}), r"(?:bed|carpet|cushion|blanket)(?= |$|,)"),
        (Wish({"density": 0.25}),
         r"supportive|unobtrusive|nothing distracting"
         r"|lay(?:s|ing)? back|laz(?:y|ily)|let it breathe|give it (?:some |more )?air"
         r"|do(?:n't| not) (?:move|change)"),
        (Wish({"density": 1.0}), r"virtuos(?:o|ic)|shredd?(?:y|ing)?|sheets of sound|gallop(?:s|ing)?|reels?|jigs?"),
        (Wish({"note length": 0.0}), r"spiccato|secco"),
        (Wish({"syncopation": 0.75}), r"groov(?:y|ier)|(?:should|must|has to|needs to|make it|let it|really) groove"),
        (Wish({"density": 0.75, "syncopation": 1.0}, {"style": {"latin": True}}), r"montunos?|guajeos?"),
        (Wish({"density": 0.75, "swing": 1.0, "register": 0.25}, {"style": {"blues": True}}), r"boogie(?:[- ]woogie)?"),
    )
)  # fmt: skip
"""What words come to."""
_OTHERWISE = lazy_pattern(r"(?i)\b(?:less|too|than|stop|quit)\b")
_CHORDS = lazy_pattern(
    r"(?i)(?<!er )(?<!more )(?<!less )(?<!the )(?<!of )(?<!broken )(?<!power )\b(?:chords|triads|voicings)\b"
    r"(?! (?:tones?|changes?|charts?))"
)
_VOICES: tuple[tuple[re.Pattern[str], Wish, tuple[Stem, ...]], ...] = tuple(
    (lazy_pattern(rf"(?i)\b(?:{words})(?![\w-])"), wish, stems)
    for stems, wish, words in (
        (_MELODIC, Wish({"polyphony": 0.0}),
         r"one (?:single )?note at (?:a time|once)|note by note|counter[- ]?(?:melod(?:y|ies)|lines?)|obbligato"),
        ((Stem.STRINGS,), Wish({"polyphony": 0.0}), r"(?<!the )(?<!and )solo(?:ist)?"),
        (_MELODIC, Wish({"polyphony": 0.5}),
         r"(?:in )?(?:parallel )?(?:thirds|sixths|3rds|6ths|tenths)|in (?:parallel )?octaves|double[- ]stops?"
         r"|(?:two|2)[- ](?:part|voice)s?(?: harmon(?:y|ies))?|two notes at (?:a time|once)"),
        (_MELODIC, Wish({"polyphony": 1.0}),
         r"(?:four|4|five|5)[- ](?:part|voice)s?(?: harmony)?|(?<=string )(?:quartet|quintet)"),
        ((Stem.KEYS,), Wish({"polyphony": 1.0}),
         r"left[- ]hand [^,.;]{3,25}?(?:,| and| with)+ (?:the |a )?right[- ]hand(?= )"),
        ((Stem.STRINGS,), Wish(), r"tremol(?:o|os|andi|ando)"),  # a sound, and no strokes of its own
        ((Stem.KEYS, Stem.LEAD), Wish(), r"grand(?= piano)|french(?= horn)|steel (?:drum|pan)s?"),  # and no style
        (_MELODIC, Wish(), r"against the (?!beat|groove|pulse)\w+"),
    )
)  # fmt: skip
"""Words, what they come to, and the stems in which they mean that and nothing else."""
_SINGER = (
    r"(?:the |my |our |his |her )?(?:vocal(?:s|ist)?|singer|singing|melody|voice|lead)(?:'?s)?(?: (?:lines?|phrases?))*"
)
_GAPS = r"(?:(?:the|any|those|little|all|vocal) )*(?:gaps|holes|pauses)"
_ANSWERING = lazy_pattern(
    rf"(?i)\b(?:(?:in|into|fill(?:s|ing)?(?: in)?) {_GAPS}|between {_SINGER}"
    rf"|(?:answer(?:s|ing)?|respond(?:s|ing)? to|repl(?:y|ies) to) (?:the |my )\w+|call[- ]and[- ](?:response|answer)"
    r"|(?:when(?:ever)?|while) (?:they|he|she|nobody|no ?one)(?:'?(?:re|s)| are| is)? ?"
    r"(?:not sing|rest|paus|breath|sing)\w*)\b"
)
"""A part that plays where the singer does not."""


def voices_asked(sentence: str, stem: Stem) -> tuple[str, Wish]:
    """The sentence without words for how many voices it has ("in thirds", "solo violin"), and what they ask for."""
    asked = Wish()
    for words, wish, stems in _VOICES:
        found = words.search(sentence) if stem in stems else None
        if found and is_meant(found):
            sentence, asked = tidied(one_comma(words.sub("", sentence))), asked.under(wish)
    return sentence, asked


def sayings(sentence: str, wish: Wish, line: str) -> Wish:
    """What a sentence asks for by moods and other words of musicians, and by speaking of chords, beneath `wish`, what
    it asks for besides. line: the name of what it is to play by rule. Figures say themselves how many notes there
    are."""
    answers = _ANSWERING.search(sentence)
    wish = wish.under(Wish({"density": 0.25})) if answers and is_meant(answers) else wish
    asked, figures = Wish(), {name for name, yes in wish.options.get("figure", {}).items() if yes}
    for words, said in _SAYINGS:
        if (found := words.search(sentence)) and is_meant(found, _OTHERWISE):
            asked = asked.under(said)
    if line or figures & WHEN:
        asked = Wish({name: level for name, level in asked.levels.items() if name != "density"}, asked.options)
    if line != ARPEGGIATED and not figures and (found := _CHORDS.search(sentence)) and is_meant(found):
        asked = asked.under(Wish({"polyphony": 0.75}))
    return asked.under(wish)

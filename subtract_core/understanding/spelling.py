"""Words of music that are spelled wrong: "cresendo", "no symbals", "a simpel bass"."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache

from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.understanding.words import dictionary

_MEANT = (
    "acoustic aggressive arpeggiated arpeggio arpeggios backbeat ballad bongos brushes busy chords congas cowbell "
    "crescendo cymbal cymbals decrescendo diminuendo distorted distortion eighths energetic fretless gentle guitar "
    "legato melodic melody muted octave octaves percussion pizzicato quarter quarters quiet reggae rhythm rhythmic "
    "samba shaker shuffle simple simpler sixteenth sixteenths snare sparse staccato steady strummed strumming swing "
    "syncopated syncopation tambourine tremolo triplets vibrato walking"
).split()
_CLOSE = 0.83
"""How alike a word is to the one that is meant, as `difflib` measures it; "sparce" and "sparse" are."""
_ENDINGS = ("er", "est", "ed", "ing", "ly", "s", "es", "y", "ish")
_WORD = lazy_pattern(r"(?<![\w'-])(?!un)[a-z]{5,}(?<!less)(?![\w'-])")


def spelled(sentence: str) -> str:
    """The sentence with words of five and more small letters that nobody knows as those of music that they resemble,
    but for what is derived from these: "unswung", "crescendos"."""
    return _WORD.sub(lambda found: _word(found[0]), sentence)


@lru_cache(maxsize=10_000)
def _word(word: str) -> str:
    if word in _known() or _is_derived(word):
        return word
    close = get_close_matches(word, _MEANT, 1, _CLOSE)
    return close[0] if close and close[0] not in word and word not in close[0] else word


def _is_derived(word: str) -> bool:
    """Whether it is a form of a word that is known: "squarer" is no "quarter"."""
    stems = (word.removesuffix(end) for end in _ENDINGS if word.endswith(end))
    return any(stem in _known() or stem + "e" in _known() for stem in stems)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset((*dictionary(), *_MEANT))

"""Words for how often something comes round ("a fill every four bars"), which say nothing of how much is played."""

from __future__ import annotations

from subtract_core.understanding.patterns import lazy_pattern

_NUMBER = (
    r"(?:\d+(?:st|nd|rd|th)?|two|three|four|five|six|seven|eight|twelve|sixteen"
    r"|second|third|fourth|fifth|sixth|seventh|eighth|twelfth|sixteenth|other|(?:a )?couple(?: of)?|few)"
)
_END = r"(?=\s*(?:$|[,.;:!?)]|(?:and|but|or|with|then|please)\b))"
_REPEAT = lazy_pattern(
    rf"(?i)\s*\b(?:once )?(?:every|each) {_NUMBER}(?:[ -](?:bars?|measures?)\b(?: phrases?\b)?|{_END})"
)

_COUNTED = lazy_pattern(r"(?i)\b(?:notes?|chords?|strums?|strokes?|hits?|stabs?|kicks?|roots?)\b")
"""What is counted by bars where it is sparse: "one chord every two bars"."""


def without_repeats(sentence: str) -> str:
    """A sentence without "every four bars", "every 8th bar", "every other bar", "every eight" at the end of a clause;
    of beats and notes it keeps such words, and all where notes or chords are counted. Spaces are made single."""
    words = " ".join(sentence.split())
    return words if _COUNTED.search(words) else _REPEAT.sub("", words).strip()

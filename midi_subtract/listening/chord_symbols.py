"""Chord symbols as musicians write them, such as F#m7b5, C6/9, Bb13sus4 or AmMaj7, and the pitch classes they mean."""

from __future__ import annotations

import re

_NOTE = r"([A-G])([#b♯♭]?)"
_SYMBOL = re.compile(rf"{_NOTE}(.*?)(?:/{_NOTE})?")
_NATURAL = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SPELT = str.maketrans({"♯": "#", "♭": "b", "\u2212": "-", "\u2013": "-", "△": "Δ", "^": "Δ", "º": "°", "Ø": "ø"})

_MAJOR = r"[Mm]aj(?:or)?|MAJ|[Mm]a(?!dd)|MA|M(?!I)|Δ|j(?=7)"  # of the seventh
_HEAD = re.compile(
    r"(?P<minor>[Mm]in(?:or)?|MIN|[Mm]i|MI|m(?!aj|a(?!dd))|-)?(?P<dim>dim|o(?!mit)|°)?(?P<half>ø|halfdim|hdim)?"
    rf"(?P<aug>aug|\+)?(?:dom)?(?P<major>{_MAJOR})?(?P<number>69|13|11|9|7|6|5|4|2)?"
)
_MORE = re.compile(
    r"[(,/]*(?:"
    rf"(?P<major>{_MAJOR})7?|sus(?P<sus>24|42|2|4)?|(?P<alt>alt)|(?:no|omit)(?P<no>3|5)|"
    r"(?:add)?(?P<sign>[#b+-])(?P<altered>4|5|6|9|11|13)|(?:add)?(?P<added>2|4|6|7|9|11|13)|(?P<raised>\+|aug)"
    r")\)*"
)
_DEGREES = {2: 2, 4: 5, 6: 9, 7: 10, 9: 2, 11: 5, 13: 9}
_STACKED = {"69": (6, 9), "6": (6,), "7": (7,), "9": (7, 9), "11": (7, 9, 11), "13": (7, 9, 11, 13)}

_Chord = dict[int, set[int]]
"""Degree of a chord (3 the third, 5 the fifth ...) -> semitones above its root that are played for it."""


def pitch_classes(symbol: str) -> list[int] | None:
    """The pitch classes of a chord, its bass first and no other twice; None for what is no chord symbol.

    What an 11th or a 13th of a major third stands beside is as it is played: without the third, and without the 11th.
    """
    found = _SYMBOL.fullmatch(symbol.translate(_SPELT))
    if found is None:
        return None
    root, bass = _pitch_class(found[1], found[2]), _pitch_class(found[4], found[5]) if found[4] else None
    chord = _semitones(found[3])
    if root is None or chord is None:
        return None
    classes = sorted({(root + above) % 12 for degree in chord.values() for above in degree} | {root})
    lowest = root if bass is None else bass
    return [lowest, *(pitch_class for pitch_class in classes if pitch_class != lowest)]


def _pitch_class(letter: str, accidental: str) -> int:
    return (_NATURAL[letter] + {"#": 1, "b": -1, "": 0}[accidental]) % 12


def _semitones(quality: str) -> _Chord | None:
    """What is played of a chord of this quality, all that stands behind its root; None where it is none."""
    head = _HEAD.match(quality)
    assert head is not None  # all of it may be missing
    chord = _stacked(head)
    at = head.end()
    while chord is not None and at < len(quality):
        more = _MORE.match(quality, at)
        if more is None:
            return None
        _change(chord, more)
        at = more.end()
    return chord


def _stacked(head: re.Match[str]) -> _Chord | None:
    """The thirds that a chord is made of by the beginning of its quality."""
    is_minor, number = bool(head["minor"] or head["dim"] or head["half"]), head["number"]
    chord: _Chord = {3: {3 if is_minor else 4}, 5: {6 if head["dim"] or head["half"] else 8 if head["aug"] else 7}}
    if number == "5":
        return None if is_minor or head["major"] else {5: chord[5]} if not head["aug"] else chord
    if number in ("2", "4"):
        return None if is_minor or head["aug"] or head["major"] else {int(number): {_DEGREES[int(number)]}, 5: chord[5]}
    chord |= {degree: {_DEGREES[degree]} for degree in _STACKED.get(number or "", ())}
    if head["half"] or head["major"] == "Δ" or (is_minor and head["major"]):
        chord.setdefault(7, {10})
    if 7 in chord:
        chord[7] = {11 if head["major"] else 9 if head["dim"] else 10}
    if not is_minor and 13 in chord:
        del chord[11]
    elif not is_minor and 11 in chord:
        del chord[3]
    return chord


def _change(chord: _Chord, more: re.Match[str]) -> None:
    """Change a chord by one of the words that may stand behind its beginning."""
    if more["major"]:
        chord[7] = {11}
    elif more["alt"]:
        chord.update({7: {10}, 5: {8}, 9: {1, 3}})
    elif more["no"]:
        chord.pop(int(more["no"]), None)
    elif more["altered"]:
        _alter(chord, int(more["altered"]), -1 if more["sign"] in "b-" else 1)
    elif more["added"]:
        chord.setdefault(int(more["added"]), set()).add(_DEGREES[int(more["added"])])
    elif more["raised"]:
        chord[5] = {8}
    else:
        chord.pop(3, None)
        chord.update({degree: {_DEGREES[degree]} for degree in (2, 4) if str(degree) in (more["sus"] or "4")})


def _alter(chord: _Chord, degree: int, by: int) -> None:
    """Play a degree a semitone higher or lower, beside what it was altered to before."""
    natural = 7 if degree == 5 else _DEGREES[degree]
    chord.setdefault(degree, set()).discard(natural)
    chord[degree].add((natural + by) % 12)

"""The General MIDI program that a prompt names by words that musicians use: a flute, a Hammond organ, an 808.

Of sounds, wishes know those of basses, guitars and brushes alone (`subtract_core.facts`), as only there they change how
a part is played. These words choose the new track's program, and nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache

from midi_subtract.listening.facts import program_of
from subtract_core.choice import whole_number
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_KEYS = {
    "piano": 0, "bright piano": 1, "electric grand": 2, "honky tonk": 3, "electric piano": 4, "e piano": 4,
    "epiano": 4, "rhodes": 4, "wurlitzer": 4, "wurli": 4, "wurly": 4, "fm piano": 5, "dx7": 5, "harpsichord": 6,
    "cembalo": 6, "clavinet": 7, "clavi": 7, "clav": 7, "celesta": 8, "celeste": 8, "glockenspiel": 9, "music box": 10,
    "vibraphone": 11, "marimba": 12, "mallets": 12, "xylophone": 13, "tubular bell": 14, "bell": 14, "dulcimer": 15,
    "organ": 16, "hammond": 16, "hammond b3": 16, "percussive organ": 17, "rock organ": 18, "church organ": 19,
    "pipe organ": 19, "cathedral organ": 19, "reed organ": 20, "harmonium": 20, "accordion": 21, "harmonica": 22,
    "blues harp": 22, "bandoneon": 23, "sitar": 104, "banjo": 105, "shamisen": 106, "koto": 107, "kalimba": 108,
    "steel drum": 114, "steel pan": 114,
}  # fmt: skip
_STRINGS = {
    "violin": 40, "viola": 41, "cello": 42, "celli": 42, "violoncello": 42, "double bass": 43, "contrabass": 43,
    "tremolo strings": 44, "pizzicato": 45, "pizz": 45, "plucked strings": 45, "harp": 46, "timpani": 47, "strings": 48,
    "string ensemble": 48, "string section": 48, "string quartet": 48, "orchestra": 48, "slow strings": 49,
    "synth strings": 50, "string machine": 50, "choir": 52, "aahs": 52, "oohs": 53, "synth choir": 54,
    "synth voice": 54, "synth pad": 89, "warm pad": 89, "choir pad": 91, "bowed pad": 92, "metallic pad": 93,
    "halo pad": 94, "sweep pad": 95,
}  # fmt: skip
_LEAD = {
    "trumpet": 56, "trombone": 57, "tuba": 58, "muted trumpet": 59, "horn": 60, "horns": 61, "horn section": 61,
    "brass": 61, "brass section": 61, "synth brass": 62, "brass synth": 62, "soprano sax": 64, "soprano saxophone": 64,
    "sax": 65, "saxophone": 65, "tenor sax": 66, "tenor saxophone": 66, "baritone sax": 67, "baritone saxophone": 67,
    "oboe": 68, "english horn": 69, "cor anglais": 69, "bassoon": 70, "clarinet": 71, "piccolo": 72, "flute": 73,
    "recorder": 74, "pan flute": 75, "panpipe": 75, "shakuhachi": 77, "whistle": 78, "whistling": 78, "whistled": 78,
    "ocarina": 79,
    "square lead": 80, "square wave": 80, "chiptune": 80, "saw lead": 81, "saw synth": 81, "sawtooth": 81,
    "supersaw": 81, "calliope": 82, "bagpipe": 109, "fiddle": 110, "shehnai": 111,
}  # fmt: skip
_ANY = {**_KEYS, **_STRINGS, **_LEAD}
_WITHOUT_PIANO = {word: program for word, program in _ANY.items() if word != "piano"}

_PROGRAMS: dict[Stem, dict[str, int]] = {
    # What wishes do not know of.
    Stem.BASS: {"808": 38, "moog": 38, "minimoog": 38, "reese": 38, "sub bass": 38, "tuba": 58},
    Stem.GUITAR: {
        "ukulele": 24, "mandolin": 25, "dobro": 25, "pedal steel": 26, "lap steel": 26, "guitar harmonics": 31,
        "sitar": 104, "banjo": 105,
    },
    Stem.KEYS: {**_ANY, "pad": 89, "synth": 90},
    # Bowed strings that are asked for by their stem's name stay those that are replaced; piano says how loud they are.
    Stem.STRINGS: {
        **{word: program for word, program in _WITHOUT_PIANO.items() if word != "strings"},
        "tremolo": 44, "synth": 50, "pad": 89,
    },
    # By programs that are heard as a lead, where there are some: a fiddle, a voice.
    Stem.LEAD: {
        **_ANY, "violin": 110, "choir": 85, "aahs": 85, "oohs": 85, "synth choir": 85, "synth voice": 85, "synth": 80,
        "guitar": 27, "electric guitar": 27, "acoustic guitar": 25, "classical guitar": 24, "nylon guitar": 24,
        "distorted guitar": 30, "distortion guitar": 30, "overdriven guitar": 29, "metal guitar": 30,
        "screaming guitar": 30, "bari sax": 67,
    },
}  # fmt: skip
"""Stem of the new part -> words, in the singular but for those that mean something else in it -> program (0-127)."""

_NOT_MEANT = lazy_pattern(
    r"\b(?:no|not|without|never|don't|can|could|than|instead of|(?:un)?like|mezzo)(?: (?:use|an?|any|the))* $"
    r"|\b(?!(?:on|for|by|let|have)\b)[a-z']+ the $"
)
"""Before a sound that the part is not to have, or that of another part: "answer the trumpet"."""
_LISTED = lazy_pattern(r" (?:or|nor|and) (?:(?:an?|any|the) )?")


def asked_program(stem: Stem, program: object, wish: Wish, named: int | None = None) -> int | None:
    """The program that is given, or `named` in a prompt, or that a wish asks for; None where none says anything.

    Raises `InputError` for one that is no whole number from 0 to 127.
    """
    if program is None:
        sounds = [s for choice in ("sound", "kit") for s, wanted in wish.options.get(choice, {}).items() if wanted]
        programs = [named, *(program_of(stem, sound) for sound in sounds)]
        return next((p for p in programs if p is not None), None)
    number = whole_number("program", program, "0 to 127")
    if not 0 <= number <= 127:
        raise InputError(f"program: {number} is out of range; choose 0 to 127")
    return number


def named_program(prompt: str, stem: Stem) -> int | None:
    """The program (0-127) of the first sound that a prompt names for a part of `stem`; None where it names none.

    Of words that begin at one place the longest are meant; none are behind "no", "without", "like a" and the like.
    """
    words = _words(stem)
    if words is None:
        return None
    text = re.sub(r"[\s_/-]+", " ", prompt.lower().replace("\u2019", "'"))
    ruled_out_until = 0  # where the last sound ends that is not meant
    for found in words.finditer(text):
        listed = _LISTED.fullmatch(text[ruled_out_until : found.start()])
        if not listed and not _NOT_MEANT.search(text[: found.start()]):
            return _PROGRAMS[stem][found[1]]
        ruled_out_until = found.end()
    return None


@lru_cache(maxsize=len(Stem))
def _words(stem: Stem) -> re.Pattern[str] | None:
    """The words of a stem's sounds, the longest first; the first group is the singular."""
    words = sorted(_PROGRAMS.get(stem, {}), key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})s?\b(?! like\b)") if words else None

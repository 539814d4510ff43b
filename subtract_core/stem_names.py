"""What files and tracks are called, and the stem that they hold."""

from __future__ import annotations

import re

from subtract_core.stems import Stem

_WORDS: tuple[tuple[str, Stem], ...] = (
    (r"bass ?drums?|(?:kick|snare)?drums?|drum ?(?:kit|set)|drm|perc(?:ussion)?|kicks?|snares?|hats?|hihats?|cymbals?"
     r"|over ?heads?|toms|(?:floor|rack|hi(?:gh)?|mid|low) ?tom|shakers?|tambourines?|congas?|bongos?|cowbells?"
     r"|hand ?claps?|schlagzeug|batterie|bater[ií]a"
     r"|^(?:tom|crash|ride|claps?|snaps?|rims?|rim ?shots?|(?:side|cross) ?sticks?|wood ?blocks?|bd|sd|snr"
     r"|(?:(?:open|closed) )?hh(?: open| closed)?|chh|ohh?)(?: [lr])?$", Stem.DRUMS),
    (r"bass (?:guitars?|synths?)|\w*bass[eo]?|bass ?lines?|sub|(?:low|reese) synths?|synth low|bajo|baixo|bas",
     Stem.BASS),
    (r"\w*guitars?|[ae]?gtrs?|ukuleles?|banjos?|gitarren?|guitares?|guitarras?|chitarr[ae]", Stem.GUITAR),
    (r"chromatic percussion|pianos?|keys?|keyboards?|organs?|rhodes|\w*synths?|marimbas?|vibraphones?|clavinets?",
     Stem.KEYS),
    (r"synth pads?|\w*strings?|violins?|violas?|cell(?:os?|i)|pads?|choirs?|ensembles?", Stem.STRINGS),
    (r"synth leads?|vocals?|vox|voices?|singers?|brass|sax(?:ophone)?s?|trumpets?|trombones?|horns?|flutes?|reeds?"
     r"|(?:wood)?winds?|pipes?|clarinets?|oboes?|bassoons?|tubas?|recorders?", Stem.LEAD),
)  # fmt: skip
_VAGUE_WORDS: tuple[tuple[str, Stem], ...] = (
    (r"beats?|(?:roland|tr) 808s?|808s? (?:kit|claps?|crash|ride|rims?|toms?)|(?:claps?|crash|ride|rims?|toms?) 808s?",
     Stem.DRUMS),
    ("reese|808s?(?: [lr])?$", Stem.BASS),
    ("other", Stem.KEYS),
    ("leads?|melody|solo", Stem.LEAD),
)  # fmt: skip
"""Words in the names of files, folders and tracks, and the stem they mean; vague ones where no other word stands.
Voices count as lead, "other" as keys: they are heard as context, and nothing but a `targets` that names them makes a
model write them. An 808 is a drum machine whose kick plays basses: with a drum's name it is that drum."""


def stem_of_words(name: str) -> Stem | None:
    """The stem that a name such as `Acoustic_Bass` means, or None. The last word that means one counts, for songs have
    names too: `Drum Machine_Bass` is a bass, and a bass clarinet none."""
    words = in_words(name)
    for known in (_WORDS, _VAGUE_WORDS):
        # Of patterns that match from the same word on the longest is meant: a bass guitar is no guitar.
        places = [
            (match.end(), -match.start(), place)
            for place, (pattern, _) in enumerate(known)
            for match in re.finditer(rf"\b(?:{pattern})\b", words)
        ]
        if places:
            return known[max(places)[-1]][1]
    return None


def in_words(name: str) -> str:
    """A name in small letters with spaces between its words, without numbers but for the 808: `HiHat_2` is `hi hat`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"(?<!\d)808s?(?![^\W_])|[^\W\d_]+", apart.lower()))

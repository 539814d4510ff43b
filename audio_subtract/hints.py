"""What is asked of a stem and understood, but only hinted at where sound is written."""

from __future__ import annotations

from collections.abc import Iterable

from subtract_core.explain import asked_for
from subtract_core.facts import CHOICE
from subtract_core.stems import Stem
from subtract_core.understanding.drum_words import drums_ruled_out
from subtract_core.understanding.plain import plain
from subtract_core.wish import Wish

_SHOWN = 4  # names in a warning


def ruled_out(sentence: str, stem: Stem) -> list[str]:
    """The drums that a sentence rules out, which nothing in a model of sound can leave out."""
    return (
        [drum for drum, played in drums_ruled_out(plain(sentence))[1].items() if not played]
        if stem is Stem.DRUMS
        else []
    )


def hint_warning(stem: Stem, sentences: Iterable[str], wishes: Iterable[Wish]) -> str | None:
    """What to say of styles, figures and drums that are asked for or ruled out in these; None where none is."""
    said = [f"no {drum}" for sentence in sentences for drum in ruled_out(sentence, stem)]
    said += [option for wish in wishes for name, option in asked_for(wish) if name in CHOICE]
    names = list(dict.fromkeys(said))
    if not names:
        return None
    shown = ", ".join([*names[:_SHOWN], *(["..."] if len(names) > _SHOWN else [])])
    return (
        f"in recordings style, figures and kit are hints only ({shown}): the {stem.value} may go without them, or play "
        "what is ruled out; in MIDI songs they are carried out"
    )

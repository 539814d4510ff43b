"""Palm muting, which a text encoder is apt to hear ruled out where it is asked for: "palm-mute it"."""

from __future__ import annotations

from dataclasses import replace

from subtract_core.understanding.clauses import CLAUSE, DENIAL, one_comma, tidied
from subtract_core.understanding.patterns import lazy_pattern
from subtract_core.wish import Wish

_PALM = lazy_pattern(
    r"(?i)\b(?:(?:do(?:n['\u2019]?t| not)|never) forget to )?"
    r"(?:(?:with|use|using|some|lots of|a lot of|heavy|heavily|tight|tightly|chuggy|chugging|all|play|it) ){0,4}"
    r"(?:palm[- ]?mut(?:e|es|ed|ing|ings)|p\.?m\.?(?=$|[,.;])"
    r"|mut(?:e|ed|ing)(?: (?:it|the strings|them))? with (?:the|your) palm)"
    r"(?: (?:it|them|everything|throughout|all the way|all through|(?:the )?(?:strings|notes|guitars?)))*(?![\w-])"
)
_DENIED = lazy_pattern(r"(?i)\b(?:drop|lose|skip|stop|less|avoid\w*|rather than|leave out|remove)\b")
_FIGURES = ("arpeggiated", "single-note lead", "off-beat", "strummed")
RULED_OUT = Wish({}, {"figure": {"muted eighths": False}, "sound": {"muted": False}})


def palm_muting(sentence: str) -> tuple[str, bool | None]:
    """The sentence without words for palm muting, and whether it asks for it or rules it out; None where it is silent
    of it."""
    kept, asked = list[str](), None
    for clause in CLAUSE.split(" ".join(sentence.split())):
        if found := _PALM.search(clause):
            before = clause[: found.start()]
            denied = [words for words in (DENIAL, _DENIED) if (no := words.search(before))]
            asked = len(denied) != 1  # "don't skip the palm mutes" asks for them
            if denied:
                before = min((before[: no.start()] for words in denied if (no := words.search(before))), key=len)
            clause = before + clause[found.end() :]
        kept.append(clause)
    return (tidied(one_comma("".join(kept))), asked) if asked is not None else (sentence, None)


def with_palm_muting(wish: Wish, asked: bool | None) -> Wish:
    """The wish with palm muting: eighths that are played so and the sound of it, each where no other is asked for, or
    short notes where both are; or with neither of them."""
    if asked is None:
        return wish
    options = {choice: dict(said) for choice, said in wish.options.items()}
    if not asked:
        for choice, said in RULED_OUT.options.items():
            options[choice] = {**options.get(choice, {}), **said}
        return replace(wish, options=options)
    figures, sounds = options.get("figure", {}), options.get("sound", {})
    has_figure = any(figures.get(name) for name in _FIGURES)
    has_sound = any(wanted for sound, wanted in sounds.items() if sound != "muted")
    if not has_figure:
        options["figure"] = {**figures, "muted eighths": True}
    if not has_sound:
        options["sound"] = {**sounds, "muted": True}
    levels = {"note length": 0.25} if has_figure and has_sound else {}
    return replace(wish, levels={**levels, **wish.levels}, options=options)

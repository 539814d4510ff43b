"""What the name of a style says of how a part is played.

Few songs state their style, so models learn little of what styles sound like, but much of the facts that make them up.
A wish that names a style is told to a model together with these facts, unless it speaks of them itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from subtract_core.stems import Stem
from subtract_core.wish import Wish


def _drums(figure: str | None = None, *kit: str, **levels: float) -> Wish:
    options = {"figure": {figure: True}} if figure else {}
    return Wish(levels, options | ({"kit": dict.fromkeys(kit, True)} if kit else {}))


_SWUNG = _drums(None, "ride", swing=1.0, density=0.5)
_DANCE = _drums("four on the floor", "hi-hat", "open hat", swing=0.0)
_DRUMS: Mapping[str, Wish] = {
    "rock": _drums("backbeat", "hi-hat", loudness=0.75),
    "pop": _drums("backbeat", "hi-hat"),
    "punk": _drums("double-time", "hi-hat", loudness=1.0),
    "metal": _drums("backbeat", "crashes", loudness=1.0, density=0.9),
    "blues": _drums("shuffle", swing=1.0),
    "jazz": _SWUNG,
    "swing": _SWUNG,
    "funk": _drums("backbeat", "hi-hat", syncopation=1.0, density=0.8),
    "soul": _drums("backbeat", "hi-hat", syncopation=0.5, swing=0.0),
    "disco": _DANCE,
    "dance": _DANCE,
    "hip hop": _drums("backbeat", "hi-hat", syncopation=0.9),
    "reggae": _drums("half-time", "hi-hat", "rim clicks", density=0.4),
    "latin": _drums(None, "ride", "rim clicks", "toms", syncopation=0.8, density=0.8),
    "bossa nova": _drums(None, "hi-hat", "rim clicks", syncopation=0.8, loudness=0.25),
    "samba": _drums(None, "hi-hat", "toms", density=0.75),
    "afrobeat": _drums(None, "hi-hat", "toms", syncopation=0.9, density=0.8),
    "country": _drums("backbeat", "hi-hat", loudness=0.4),
    "folk": _drums(None, density=0.3, loudness=0.25),
    "gospel": _drums("backbeat", "hi-hat", "fills", density=0.7),
    "ballad": _drums("backbeat", density=0.3, loudness=0.25),
    "new orleans": _drums(None, "toms", syncopation=0.9, density=0.9),
}
IMPLIED: Mapping[Stem, Mapping[str, Wish]] = {Stem.DRUMS: _DRUMS}
"""Stem -> style -> what players of that style usually do; stems for which it was measured to help. Our choice, after
drummers' performances whose source states a style (Groove: ride and swing of jazz, rim clicks, toms and ride of Latin,
backbeats of rock, funk, soul and hip hop) and the textbook for the rest."""


def with_implied(wish: Wish, stem: Stem) -> Wish:
    """A wish and what the styles it names imply; of several styles the first comes first, and what a wish says itself
    of a scale or a choice comes before all."""
    told = wish
    for style, wanted in wish.options.get("style", {}).items():
        implied = IMPLIED.get(stem, {}).get(style) if wanted else None
        told = implied.under(told) if implied else told
    return told

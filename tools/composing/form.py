"""The form of a song: which sections follow each other, how long they are, and who plays in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from tools.composing.harmony import Colour, Harmony, Key, draw_harmony
from tools.composing.rhythm import BAR

MIN_BARS, MAX_BARS = 32, 80
_FORMS = (
    "intro verse chorus verse chorus bridge chorus outro",
    "intro verse verse chorus verse chorus chorus outro",
    "verse chorus verse chorus bridge chorus",
    "intro verse chorus bridge verse chorus",
    "verse verse bridge verse",
    "intro chorus verse chorus verse chorus outro",
    "verse chorus verse chorus",
    "intro verse bridge verse bridge outro",
)
_LENGTHS = {"intro": (4, 4, 8), "verse": (8, 8, 16), "chorus": (8, 8, 8, 16), "bridge": (4, 8, 8), "outro": (4, 8)}
_PRESENCE = {"intro": 0.55, "verse": 0.88, "chorus": 0.97, "bridge": 0.75, "outro": 0.8}
_LOUDER = {"intro": -6, "verse": -3, "chorus": 6, "bridge": -2, "outro": -4}
_SHARES = {"bass": 0.92, "guitar": 0.8, "keys": 0.65, "strings": 0.4, "lead": 0.65}


@dataclass(frozen=True)
class Kind:
    """What all sections of a kind share. loud: velocity; pushed: chords' times that come an eighth early."""

    bars: int
    harmony: Harmony
    density: float
    loud: int
    players: frozenset[str]
    pushed: tuple[int, ...]


def draw_order(rng: Random, blues: bool) -> tuple[list[str], dict[str, int]]:
    """The sections in order, and the bars of each kind; a blues may have twelve."""
    lengths = _LENGTHS | ({"verse": (12,), "chorus": (12,)} if blues and rng.random() < 0.6 else {})
    while True:
        order = rng.choice(_FORMS).split()
        bars = {kind: rng.choice(choices) for kind, choices in lengths.items()}
        if MIN_BARS <= sum(bars[kind] for kind in order) <= MAX_BARS:
            return order, bars


def draw_players(rng: Random, drums: bool) -> list[str]:
    """The parts of a song: somebody plays chords, and there are two parts at least."""
    players = [name for name, share in _SHARES.items() if rng.random() < share]
    if not {"guitar", "keys", "strings"} & {*players}:
        players.append(rng.choice(["guitar", "guitar", "keys"]))
    if "guitar" in players and rng.random() < 0.3:
        players.append("guitar 2")
    if not drums and len(players) < 2:
        players.append("bass" if "bass" not in players else "keys")
    return players + ["drums"] * drums


def draw_kinds(rng: Random, bars: dict[str, int], key: Key, colour: Colour, players: list[str]) -> dict[str, Kind]:
    """Each kind of section with chords, density, loudness and players of its own."""
    seeds = {kind: rng.random() for kind in bars}
    if rng.random() < 0.25:  # one loop goes through the whole song
        seeds = dict.fromkeys(bars, seeds["verse"])
    else:
        seeds["intro"] = rng.choice([seeds["intro"], seeds["verse"], seeds["chorus"]])
        seeds["outro"] = rng.choice([seeds["outro"], seeds["verse"], seeds["chorus"]])
    pushes = rng.choice([0, 0, 0, 0.4, 0.8])
    loud, density = rng.randint(72, 96), rng.uniform(0.25, 0.9)
    kinds = {}
    for kind in bars:
        harmony = draw_harmony(Random(seeds[kind]), key, colour, bars[kind])
        kinds[kind] = Kind(
            bars=bars[kind],
            harmony=harmony,
            density=min(1.0, max(0.0, density + rng.uniform(-0.2, 0.2) + _LOUDER[kind] / 40)),
            loud=loud + _LOUDER[kind] + rng.randint(-3, 3),
            players=_present(rng, kind, players),
            pushed=tuple(t for t in harmony.times if t % BAR == 0 and t and rng.random() < pushes),
        )
    return kinds


def _present(rng: Random, kind: str, players: Iterable[str]) -> frozenset[str]:
    """Who plays in the sections of a kind; a lead rests more often, as a singer does."""
    present = [p for p in players if rng.random() < _PRESENCE[kind] * (0.85 if p == "lead" else 1)]
    return frozenset(players if kind == "verse" and rng.random() < 0.3 else present)

"""Songs: everything drawn, played section by section, and written as MIDI."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pretty_midi

from tools.composing import bass, chordal, guitar, lead
from tools.composing.drums import KICK_KEYS, RULED_STYLES, Performance, excerpt, ruled
from tools.composing.form import Kind, draw_kinds, draw_order, draw_players
from tools.composing.harmony import Key, draw_colour, draw_key
from tools.composing.rhythm import BAR, BEAT, Note, pushed, varied
from tools.composing.section import Section
from tools.composing.tastes import Band, draw_band, draw_programs, family_of

_TEMPI = {"rock": (88, 168), "pop": (84, 132), "dance": (112, 134), "ballad": (58, 92)}
_NO_DRUMS, _RULED = 0.15, 0.25
_NEAR_TEMPO = 1.1


@dataclass(frozen=True)
class Composed:
    """A song. tempo: quarter notes a minute; parts: name -> (program, notes); drums are the part `drums`."""

    style: str
    tempo: float
    parts: dict[str, tuple[int, list[Note]]]


@dataclass(frozen=True)
class Drummer:
    """Who plays the drums: performances by kind of section, or the rules of a style where there are none."""

    style: str
    tempo: float
    swing: bool
    performances: dict[str, Performance]
    silent: bool


def compose(seed: int, index: int, performances: Sequence[Performance]) -> Composed:
    """Song `index` of a seed: it depends on nothing else but the performances."""
    rng = Random(f"{seed}/{index}")
    drummer = _draw_drummer(rng, performances)
    family = family_of(drummer.style)
    key = draw_key(rng, family)
    order, bars = draw_order(rng, key.mode == "blues")
    players = draw_players(rng, not drummer.silent)
    kinds = draw_kinds(rng, bars, key, draw_colour(rng, family), players)
    _let_all_play(kinds, order, players)
    programs = draw_programs(rng, family)
    parts: dict[str, list[Note]] = {name: [] for name in players}
    players_of_song = _Players(f"{seed}/{index}", drummer, draw_band(rng, family), rng)
    heard: Counter[str] = Counter()
    start = 0
    for kind in order:
        for name, notes in players_of_song.section(kind, kinds[kind], key, heard[kind]).items():
            parts[name] += [n._replace(start=n.start + start, end=n.end + start) for n in notes]
        heard[kind] += 1
        start += kinds[kind].bars * BAR
    return Composed(
        drummer.style, drummer.tempo, {name: (programs.get(name, 0), notes) for name, notes in parts.items() if notes}
    )


def _draw_drummer(rng: Random, performances: Sequence[Performance]) -> Drummer:
    """Styles count less than in proportion to their performances, so that rock is frequent but not everything."""
    chance = rng.random()
    if chance < _RULED:
        style = rng.choices(RULED_STYLES, [45, 25, 15, 15])[0]
        low, high = _TEMPI[style]
        return Drummer(style, rng.randint(low, high), style != "dance" and rng.random() < 0.1, {}, False)
    counts = Counter(p.style for p in performances)
    style = rng.choices(list(counts), [n**0.65 for n in counts.values()])[0]
    own = [p for p in performances if p.style == style]
    first = rng.choice(own)
    near = [p for p in own if p.swing == first.swing and 1 / _NEAR_TEMPO < p.tempo / first.tempo < _NEAR_TEMPO]
    other = rng.choice(near) if rng.random() < 0.4 else first
    played = {"intro": first, "verse": first, "chorus": other, "bridge": rng.choice([first, other]), "outro": other}
    return Drummer(style, first.tempo, first.swing, played, chance > 1 - _NO_DRUMS)


def _let_all_play(kinds: dict[str, Kind], order: Sequence[str], players: Sequence[str]) -> None:
    """Whoever would rest in the whole song plays in its longest kind of section."""
    playing = frozenset(p for kind in order for p in kinds[kind].players)
    longest = max(order, key=lambda kind: kinds[kind].bars * order.count(kind))
    old = kinds[longest]
    kinds[longest] = replace(old, players=old.players | ({*players} - playing))


class _Players:
    """The band of a song. A part in a section depends on the section's kind, and on the drums it hears."""

    def __init__(self, seed: str, drummer: Drummer, band: Band, rng: Random) -> None:
        self._seed = seed
        self._drummer = drummer
        self._band = band
        self._registers = {
            "keys": rng.randint(58, 67), "strings": rng.randint(58, 70), "lead": rng.randint(65, 78)
        }  # fmt: skip
        self._variation = rng.choice([0, 0.02, 0.05, 0.1])
        self._offsets = {kind: 4 * rng.randrange(8) for kind in ("intro", "verse", "chorus", "bridge", "outro")}
        self._goes_on = rng.random() < 0.5

    def section(self, name: str, kind: Kind, key: Key, times: int) -> dict[str, list[Note]]:
        """The notes of who plays, from the section's start on. times: how often it was heard before."""
        drums = self._drums(name, kind, times)
        kick = tuple(sorted({n.start for n in drums if n.pitch in KICK_KEYS}))
        swing, heard = self._drummer.swing, kick if "drums" in kind.players else ()
        section = Section(kind.bars, key, kind.harmony, swing, kind.loud, kind.density, heard)
        bass_line = bass.play(section, self._rng(name, "bass"), self._band.bass)
        plays: dict[str, Callable[[Random], list[Note]]] = {
            "bass": lambda rng: bass_line,
            "guitar": lambda rng: guitar.play(section, rng, self._band.guitars[0], bass_line),
            "guitar 2": lambda rng: guitar.play(section, rng, self._band.guitars[1], []),
            "keys": lambda rng: chordal.play_keys(section, rng, self._band.keys, self._registers["keys"]),
            "strings": lambda rng: chordal.play_strings(section, rng, self._band.strings, self._registers["strings"]),
            "lead": lambda rng: lead.play(section, rng, self._registers["lead"]),
        }
        parts = {"drums": drums} if "drums" in kind.players else {}
        for part in sorted(kind.players - {"drums"}):
            notes = plays[part](self._rng(name, part))
            if part != "lead":
                notes = pushed(notes, kind.pushed, swing)
            parts[part] = varied(notes, self._rng(f"{name} {times}", part), self._variation if times else 0.0)
        return parts

    def _rng(self, section: str, part: str) -> Random:
        return Random(f"{self._seed}/{section}/{part}")

    def _drums(self, name: str, kind: Kind, times: int) -> list[Note]:
        performance = self._drummer.performances.get(name)
        if performance:
            return excerpt(performance, self._offsets[name] + (kind.bars * times if self._goes_on else 0), kind.bars)
        return ruled(self._rng(name, "drums"), self._drummer.style, kind.bars, kind.loud + 6, self._drummer.swing)


def write(song: Composed, path: Path) -> None:
    """Write a song as a Standard MIDI File, a track a part."""
    midi = pretty_midi.PrettyMIDI(resolution=480, initial_tempo=song.tempo)
    midi.time_signature_changes.append(pretty_midi.TimeSignature(4, 4, 0))
    second = 60 / song.tempo / BEAT
    for name, (program, notes) in song.parts.items():
        instrument = pretty_midi.Instrument(program, is_drum=name == "drums", name=name)
        instrument.notes = [
            pretty_midi.Note(n.velocity, n.pitch, n.start * second, n.end * second) for n in _apart(notes)
        ]
        midi.instruments.append(instrument)
    path.parent.mkdir(parents=True, exist_ok=True)
    midi.write(str(path))


def _apart(notes: Sequence[Note]) -> list[Note]:
    """No two notes of a pitch at once: each ends where the next of its pitch begins."""
    result = []
    following: dict[int, int] = {}
    for n in sorted(notes, reverse=True):
        end = min(n.end, following.get(n.pitch, n.end))
        if end > n.start:
            result.append(n._replace(end=end))
            following[n.pitch] = n.start
    return result[::-1]

"""Rhythmic figures of drums, and the drums that a kit part uses, by rules on single bars as in `figures`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from midi_subtract.listening.figures import bar_index, on, share_of, stroke_times
from midi_subtract.metrics import CLASS_OF_KEY, BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES, DRUM_KEY, HAND_CLAP

BLAST_STROKES_A_SECOND = 4.0
"""Least strokes a second of kick and of snare, each, in a blast beat; a punk beat at 200 beats a minute makes 3.3."""
GHOST = 0.6
"""Snare strokes softer than this share of the part's loud ones (90th percentile of velocity) are ghost notes."""
FILL_STROKES, FILL_SURPLUS = 4, 2
"""A fill has at least that many strokes of snare and toms in the second half of its bar, and that many more than the
part's median."""

_BEAT, _EIGHTH, _SIXTEENTH = STEPS_PER_BEAT, STEPS_PER_BEAT // 2, STEPS_PER_BEAT // 4
_WHOLE = 4 * STEPS_PER_BEAT


@dataclass(frozen=True)
class DrumBar:
    """Strokes of one bar by drum, in steps from the bar line.

    snare: snare, side stick and clap without ghost notes. hats: closed, pedal and open hat.
    cymbals: hats and ride, which keep the time. drums: snare and toms, ghost notes included.
    """

    length: int
    kick: frozenset[int]
    snare: frozenset[int]
    hats: frozenset[int]
    cymbals: frozenset[int]
    drums: frozenset[int]

    @property
    def beats(self) -> range:
        return range(0, self.length, _BEAT)


KICK = ("kick",)
SNARE = ("snare", "stick and clap")
HATS = ("closed hat", "pedal hat", "open hat")
TIME = (*HATS, "ride")
TOMS = ("low tom", "mid tom", "high tom")
_NAMES = [name for name, _, _ in DRUM_CLASSES]


def drum_bars(notes: Notes, bar_starts: IntArray) -> list[DrumBar]:
    """The bars in which the drums play."""
    return [bar for _, bar in played_drum_bars(notes, bar_starts)]


def played_drum_bars(notes: Notes, bar_starts: IntArray) -> list[tuple[int, DrumBar]]:
    """(index, bar) of each bar in which the drums play."""
    loud = ~of_classes(notes, SNARE) | (notes.velocity >= GHOST * _loud(notes.select(of_classes(notes, SNARE))))
    groups = (
        notes.select(of_classes(notes, KICK)),
        notes.select(of_classes(notes, SNARE) & loud),
        notes.select(of_classes(notes, HATS)),
        notes.select(of_classes(notes, TIME)),
        notes.select(of_classes(notes, (*SNARE, *TOMS))),
    )
    n_bars = len(bar_starts) - 1
    split = [_places(group, bar_starts) for group in groups]
    playing = sorted(b for b in _places(notes, bar_starts) if 0 <= b < n_bars)
    lengths = np.diff(bar_starts).tolist()
    return [(b, DrumBar(lengths[b], *(places.get(b, frozenset()) for places in split))) for b in playing]


def of_classes(notes: Notes, names: Sequence[str]) -> BoolArray:
    """Which notes belong to drum classes of these names."""
    return np.asarray(_keys_of(tuple(names))[notes.pitch], dtype=np.bool_)


def with_claps(drums: Notes) -> Notes:
    """The same with a hand clap for what of "stick and clap" is struck with a snare, and a side stick for the rest."""
    sticks = np.where(of_classes(drums, ("stick and clap",)), DRUM_KEY["stick and clap"], drums.pitch)
    pitch = np.where(_with_snare(drums), HAND_CLAP, sticks)
    return Notes.from_arrays(drums.onset, pitch, drums.duration, drums.velocity)


def is_clap(drums: Notes) -> BoolArray:
    """Which notes are hand claps, or will be: see `with_claps`."""
    return np.asarray(_with_snare(drums) | (drums.pitch == HAND_CLAP), dtype=np.bool_)


def _with_snare(drums: Notes) -> BoolArray:
    """What of "stick and clap" is struck with a snare."""
    on_snare = np.isin(drums.onset, drums.onset[of_classes(drums, ("snare",))])
    return np.asarray(of_classes(drums, ("stick and clap",)) & on_snare, dtype=np.bool_)


@lru_cache(maxsize=64)
def _keys_of(names: tuple[str, ...]) -> BoolArray:
    """Which of the 128 keys belong to drum classes of these names."""
    return np.asarray(np.isin(CLASS_OF_KEY, [_NAMES.index(name) for name in names]), dtype=np.bool_)


def _loud(notes: Notes) -> float:
    return float(np.quantile(notes.velocity, 0.9)) if len(notes) else 0.0


def _places(notes: Notes, bar_starts: IntArray) -> dict[int, frozenset[int]]:
    """Bar -> steps of its strokes from the bar line; strokes one step apart (flams) are one."""
    times = stroke_times(notes)
    places: dict[int, set[int]] = {}
    for time, bar in zip(times, bar_index(times, bar_starts), strict=True):
        places.setdefault(bar, set()).add(time - int(bar_starts[bar]))
    return {bar: frozenset(at) for bar, at in places.items()}


def is_four_on_the_floor(bar: DrumBar) -> bool:
    """Kick on every beat, and at most half as many kicks between, which would be a double bass drum."""
    return on(bar.kick, bar.beats) == len(bar.beats) and len(bar.kick) <= 1.5 * len(bar.beats)


def is_backbeat(bar: DrumBar) -> bool:
    """In bars of two or four beats: snare on every second one, not on the others."""
    even = bar.length in (_WHOLE // 2, _WHOLE)
    return even and on(bar.snare, bar.beats[1::2]) == len(bar.beats) // 2 and not on(bar.snare, bar.beats[::2])


def is_half_time(bar: DrumBar) -> bool:
    """In 4/4: snare on the third beat, not on the first, the second and the fourth."""
    return bar.length == _WHOLE and on(bar.snare, (24,)) == 1 and not on(bar.snare, (0, 12, 36))


def is_double_time(bar: DrumBar) -> bool:
    """In 4/4: snare on three of the four eighths between the beats, and at most on one beat."""
    return bar.length == _WHOLE and on(bar.snare, (6, 18, 30, 42)) >= 3 and on(bar.snare, bar.beats) <= 1


def is_shuffle(bar: DrumBar) -> bool:
    """Half of the beats have a hat or ride at two thirds (or three quarters, as some write), one of four at the half.

    Sixteenths (a stroke at a quarter of the beat, steps 2 and 3) do not count; the middle of a triplet (step 4) does.
    """
    late = sum(bool({b + 7, b + 8, b + 9} & bar.cymbals) and not {b + 2, b + 3} & bar.cymbals for b in bar.beats)
    half = sum(bool({b + 5, b + 6} & bar.cymbals) for b in bar.beats)
    return late >= max(1.0, len(bar.beats) / 2) and half <= len(bar.beats) / 4


def is_blast_beat(bar: DrumBar, tempo: float) -> bool:
    """Kick and snare each at least four times a second. tempo: beats a minute."""
    seconds = bar.length / _BEAT * 60.0 / tempo
    return min(len(bar.kick), len(bar.snare)) >= BLAST_STROKES_A_SECOND * seconds


def is_sixteenth_hats(bar: DrumBar) -> bool:
    """Three quarters of the sixteenths have a hat, and so have three quarters of the eighths between the beats; in
    compound meters sixteenths are sixths of the beat, which are near enough."""
    sixteenths, offbeats = range(0, bar.length, _SIXTEENTH), range(_EIGHTH, bar.length, _BEAT)
    # Triplets come near three sixteenths of four, but never near the half of the beat.
    return on(bar.hats, sixteenths) >= 0.75 * len(sixteenths) and on(bar.hats, offbeats) >= 0.75 * len(offbeats)


DRUM_RULES: dict[str, Callable[[DrumBar], bool]] = {
    "four on the floor": is_four_on_the_floor,
    "backbeat": is_backbeat,
    "half-time": is_half_time,
    "double-time": is_double_time,
    "shuffle": is_shuffle,
    "sixteenth hats": is_sixteenth_hats,
}


def drum_figures(notes: Notes, bar_starts: IntArray, tempo: float) -> dict[str, float]:
    """Share of the bars played that follow each figure. tempo: beats a minute."""
    bars = drum_bars(notes, bar_starts)
    shares = {name: share_of(map(rule, bars)) for name, rule in DRUM_RULES.items()}
    shares["blast beat"] = share_of(is_blast_beat(bar, tempo) for bar in bars)
    return shares


KIT_STROKES_A_BAR: dict[str, float] = {
    "hi-hat": 2.0,
    "open hat": 0.5,
    "ride": 2.0,
    "crashes": 0.2,
    "toms": 0.5,
    "rim clicks": 0.5,
    "hand percussion": 0.5,
    "fills": 0.125,
}
"""Strokes a bar played, on average, from which on a kit part has a drum: what keeps the time twice a bar, crashes once
in five bars, fills (not strokes) once in eight, the rest once in two."""


def kit_strokes(notes: Notes, bar_starts: IntArray) -> dict[str, float]:
    """Strokes of each part of the kit, and fills, a bar played."""
    bars = drum_bars(notes, bar_starts)
    drums = {
        "hi-hat": notes.select(of_classes(notes, HATS)),
        "open hat": notes.select(of_classes(notes, ("open hat",))),
        "ride": notes.select(of_classes(notes, ("ride",))),
        "crashes": notes.select(of_classes(notes, ("crash",))),
        "toms": notes.select(of_classes(notes, TOMS)),
        "rim clicks": notes.select(notes.pitch == DRUM_KEY["stick and clap"]),
        "hand percussion": notes.select(of_classes(notes, ("hand percussion",))),
    }
    n_bars = max(len(bars), 1)
    return {name: len(stroke_times(part)) / n_bars for name, part in drums.items()} | {"fills": fills(bars) / n_bars}


def fills(bars: Sequence[DrumBar]) -> int:
    """How many bars end in a fill, by `FILL_STROKES` and `FILL_SURPLUS`."""
    return len(fill_bars(bars))


def fill_bars(bars: Sequence[DrumBar], but: Sequence[int] = ()) -> list[int]:
    """The places of those bars. but: places that the median leaves out, if there are others."""
    strokes_of = [sum(at >= bar.length / 2 - 1 for at in bar.drums) for bar in bars]
    plain = [n for place, n in enumerate(strokes_of) if place not in but]
    usual = float(np.median(plain or strokes_of)) if strokes_of else 0.0
    return [place for place, n in enumerate(strokes_of) if n >= max(FILL_STROKES, usual + FILL_SURPLUS)]

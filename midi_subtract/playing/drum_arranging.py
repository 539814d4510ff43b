"""Bars of drums played in a figure that was asked for, where the model wrote something else.

Each figure is about one limb: kick, snare or what keeps the time, by which density is arranged too. The rest of the bar
stays the model's; only a fill takes the second half of its bar. Beats divide as those of the song do, see `divisions`:
fills in triplets, grooves shuffled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from midi_subtract.listening import drum_figures
from midi_subtract.listening.divisions import SWUNG, THIRDS, Division, eighths
from midi_subtract.listening.drum_figures import GHOST, HATS, KICK, SNARE, TIME, DrumBar, of_classes, played_drum_bars
from midi_subtract.listening.figures import MOST, bar_index, share_of, stroke_times
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, same, without_twins
from midi_subtract.playing.crashes import with_crashes
from midi_subtract.playing.drum_bars import backbeats, bar_notes
from midi_subtract.playing.drum_fills import with_fills, with_groove_fills
from midi_subtract.playing.grooves import grooves, in_style, styles_heard
from midi_subtract.playing.swing_time import JAZZ, with_jazz_time
from midi_subtract.programs import DRUM_KEY
from midi_subtract.words.kit_words import told
from subtract_core.facts import SCALE
from subtract_core.levels import is_near, level
from subtract_core.stems import Stem
from subtract_core.wish import Wish

_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth
_THIRD, _WHOLE = STEPS_PER_BEAT // 3, 4 * STEPS_PER_BEAT
_HALF_TIME, _DOUBLE_TIME, _BEATS = (24,), (6, 18, 30, 42), (0, 12, 24, 36)


def arranged_drums(
    notes: Notes,
    wanted: Sequence[str],
    bar_starts: IntArray,
    tempo: float,
    feel: Sequence[Division],
    density: Density | None = None,
    borders: Sequence[int] = (),
    expected: Sequence[str] = (),
    sections: Sequence[int] = (),
    kit: Mapping[str, bool] | None = None,
) -> Notes:
    """The part with each figure of `wanted` in every bar played, unless it is the part's figure already.

    notes: within the bar lines. wanted: styles, of which the first is played if the part is in none, then figures, and
    names of `PLACED`. tempo: beats a minute. feel: how the beats of each bar divide. A figure that no bar can have, as
    a backbeat in 3/4, is left out. density: how many strokes are asked for. borders: bars with which sections begin, in
    order. expected: kick or snare, which bars get that lack them, if the part does. sections: bars with which those
    begin before which a groove has fills. kit: drum -> whether it is wanted.
    """
    if lacks := lacking(notes, bar_starts, expected):
        notes = _in_bars(
            notes,
            lambda bar: all(getattr(bar, drum) for drum in lacks),
            lambda bar, length, division: _plain(bar, lacks, length, division, bar),
            bar_starts,
            feel,
        )
    if density is not None:
        notes = _with_density(notes, density, bar_starts, feel, len(expected) == len(_BEAT))
    styles = [name for name in wanted if name in grooves()]
    style = None
    if styles and not _is_in_style(notes, styles, bar_starts):
        lengths = np.diff(bar_starts).tolist()
        style = next((name for name in styles if any(map(grooves()[name].fits, lengths))), styles[0])
        notes = _in_style(notes, style, bar_starts, feel)
    swings = 2 * feel.count(SWUNG) > len(feel)
    if swung := [name for name in styles if name in JAZZ or (name == "waltz" and swings)]:
        before, notes = notes, with_jazz_time(notes, bar_starts, kit or {})
        style = style or (None if same(before, notes) else swung[0])
    if style:
        notes = with_groove_fills(notes, style, sections, bar_starts, feel, kit or {})
    for name in wanted:
        if not len(notes):
            break
        if name in PLACED:
            if drum_figures.kit_strokes(notes, bar_starts)[name] < drum_figures.KIT_STROKES_A_BAR[name]:
                is_fill = name == "fills"
                notes = with_fills(notes, bar_starts, feel) if is_fill else with_crashes(notes, bar_starts, borders)
            continue
        rule, player = _rule(name, tempo), _player(name, tempo)
        if rule is not None and player is not None:
            notes = _in_bars(notes, rule, player, bar_starts, feel)
    return notes


def _in_style(notes: Notes, style: str, bar_starts: IntArray, feel: Sequence[Division]) -> Notes:
    """The part with the groove of a style, so much of it as it takes to be heard in that style: shuffled where the song
    is, not every groove is, nor between many fills and crashes."""
    written = in_style(notes, style, bar_starts)
    parts = chain(
        (in_style(notes, style, bar_starts, feel), written),
        (in_style(notes, style, bar_starts, how, plain=True) for how in (feel, None)),
    )
    return next((part for part in parts if _is_in_style(part, (style,), bar_starts)), written)


def _is_in_style(notes: Notes, styles: Sequence[str], bar_starts: IntArray) -> bool:
    """Whether the part is in one of them, as far as that can be told."""
    return max(styles_heard(notes, styles, bar_starts).values(), default=1.0) >= 1.0


def expected_drums(wish: Wish) -> tuple[str, ...]:
    """Which of kick and snare drums are to have of which this is asked: those that are not ruled out, if nothing else
    is wanted than how much and how loud they play, and what is laid over them, or if all drums but some are ruled
    out."""
    wanted = any(yes for said in told(wish).options.values() for yes in said.values())
    kit = wish.options.get("kit", {})
    are_some = kit.get("toms") is False and kit.get("crashes") is False
    return tuple(drum for drum in _BEAT if drum not in kit) if wish and (are_some or not wanted) else ()


_BEAT = {"kick": KICK, "snare": SNARE}


def lacking(notes: Notes, bar_starts: IntArray, expected: Sequence[str]) -> tuple[str, ...]:
    """Which of the drums that are expected, kick or snare, are struck in fewer than half of the bars played."""
    bars = [bar for _, bar in played_drum_bars(notes, bar_starts)]
    return tuple(drum for drum in expected if share_of(bool(getattr(bar, drum)) for bar in bars) < MOST)


def _plain(bar: Notes, drums: Sequence[str], length: int, division: Division, kept: Notes) -> Notes:
    """What is kept of a bar with those of `drums` that it lacks: the snare on the backbeat, the kick on other beats."""
    snare = backbeats(length)
    kick = [beat for beat in _beats(length, division) if beat not in snare]
    for drum, places in (("kick", kick), ("snare", snare)):
        if drum in drums and not of_classes(kept, _BEAT[drum]).any():
            kept = _struck(kept, drum, places, before=bar)
    return kept


@dataclass(frozen=True)
class Density:
    """How many strokes are asked for. level: of the scale. number: onsets in four beats, if it was given by one."""

    level: float
    number: float | None = None

    def apart(self, onsets: float) -> float:
        """How far a density is from it."""
        if self.number is not None:
            return abs(onsets - self.number)
        return abs(level("density", Stem.DRUMS, onsets) - self.level)

    def is_near(self, onsets: float) -> bool:
        if self.number is not None:
            return is_near("density", self.number, onsets)
        return self.apart(onsets) <= 0.5 / (len(SCALE["density"].words) - 1)


def _with_density(
    notes: Notes, asked: Density, bar_starts: IntArray, feel: Sequence[Division], backbeat: bool
) -> Notes:
    """The part with hats, or the ride, as often in every bar as brings its density nearest to what is asked for, if it
    is not there already; bars with fills stay. backbeat: where that comes near to no number, kick and snare may play a
    plain one."""
    density = _density(notes, bar_starts)
    if density is None or asked.is_near(density):
        return notes
    bars = [bar for _, bar in played_drum_bars(notes, bar_starts)]
    filled = {bars[place] for place in drum_figures.fill_bars(bars)}

    def paced(pace: _Pace, plain: bool = False) -> Notes:
        def player(bar: Notes, length: int, division: Division) -> Notes:
            bar = _plain(bar, tuple(_BEAT), length, division, bar.select(of_classes(bar, TIME))) if plain else bar
            return _time_at(bar, pace(length, division))

        return _in_bars(notes, filled.__contains__, player, bar_starts, feel)

    def missed(part: Notes) -> float:
        return asked.apart(_density(part, bar_starts) or 0.0)

    best = min([notes, *map(paced, _PACES)], key=missed)
    if asked.number is None or not backbeat or asked.is_near(_density(best, bar_starts) or 0.0):
        return best
    return min([best, *(paced(pace, plain=True) for pace in _PACES)], key=missed)


def _density(notes: Notes, bar_starts: IntArray) -> float | None:
    """Of the bars played, if there are any; others would make a part that rests seem sparse."""
    steps = sum(bar.length for _, bar in played_drum_bars(notes, bar_starts))
    return len(stroke_times(notes)) * _WHOLE / steps if steps else None


_Pace = Callable[[int, Division], Sequence[int]]
"""(length of a bar in steps, how its beats divide) -> where what keeps the time is struck."""


def _beats(length: int, division: Division) -> range:
    return range(0, length, STEPS_PER_BEAT)


def _every_second_beat(length: int, division: Division) -> range:
    return range(0, length, 2 * STEPS_PER_BEAT)


def _eighths_and_more(length: int, division: Division) -> list[int]:
    """Eighths and the last sixteenth of every beat; triplets where beats swing or divide in thirds."""
    return eighths(length, THIRDS if division in (SWUNG, THIRDS) else (0, 6, 9))


def _sixteenths(length: int, division: Division) -> range:
    """Sixths of a beat that divides in thirds."""
    return range(0, length, _THIRD // 2 if division == THIRDS else _STROKE)


_PACES: tuple[_Pace, ...] = (_every_second_beat, _beats, eighths, _eighths_and_more, _sixteenths)


PLACED = ("fills", "crashes")
"""What of the kit is arranged like a figure: strokes that have their places in a part."""


def _rule(name: str, tempo: float) -> Callable[[DrumBar], bool] | None:
    if name == "blast beat":
        return lambda bar: drum_figures.is_blast_beat(bar, tempo)
    return drum_figures.DRUM_RULES.get(name)


_Player = Callable[[Notes, int, Division], Notes]
"""(notes of a bar, its length in steps, how its beats divide) -> the bar in the figure."""


def _player(name: str, tempo: float) -> _Player | None:
    if name == "blast beat":
        return lambda bar, length, _: _blast(bar, length, tempo)
    return _PLAYERS.get(name)


def _in_bars(
    notes: Notes,
    rule: Callable[[DrumBar], bool],
    player: _Player,
    bar_starts: IntArray,
    feel: Sequence[Division],
) -> Notes:
    bars = played_drum_bars(notes, bar_starts)
    if share_of(rule(bar) for _, bar in bars) >= MOST:
        return notes
    place = np.array(bar_index(notes.onset.tolist(), bar_starts))
    parts = [notes.select(~np.isin(place, [index for index, _ in bars]))]
    for index, bar in bars:
        own = notes.select(place == index)
        if not rule(bar):
            played = without_twins(player(bar_notes(notes, index, bar_starts), bar.length, feel[index]))
            own = played.between(0, bar.length).shifted(int(bar_starts[index]))
        parts.append(own)
    return Notes.merge(parts)


def _struck(bar: Notes, name: str, places: Iterable[int], before: Notes, like: Notes | None = None) -> Notes:
    """The bar with a drum at these steps too, as loud as that drum is there, or as the bar is.

    before: the bar with all that was taken out of it, which may be all it had. like: strokes as loud as which these
    are, if there are any, rather than as that drum is.
    """
    own = bar.select(of_classes(bar, (name,)))
    like = own if like is None else like
    heard = like if len(like) else bar if len(bar) else before
    velocity = int(np.rint(heard.velocity.mean()))
    there = set(own.onset.tolist())
    new = [at for at in places if not {at - 1, at, at + 1} & there]
    return Notes.merge([bar, Notes.of((at, DRUM_KEY[name], _STROKE, velocity) for at in new)])


def _on(notes: Notes, places: Iterable[int]) -> BoolArray:
    """Which notes lie at most a step from one of these steps."""
    near = [at + off for at in places for off in (-1, 0, 1)]
    return np.asarray(np.isin(notes.onset, near), dtype=np.bool_)


def _loud_snare(bar: Notes) -> BoolArray:
    snare = of_classes(bar, SNARE)
    loudest = float(np.quantile(bar.velocity[snare], 0.9)) if snare.any() else 0.0
    return np.asarray(snare & (bar.velocity >= GHOST * loudest), dtype=np.bool_)


def _snare_at(bar: Notes, places: Sequence[int], not_at: Iterable[int]) -> Notes:
    loud = _loud_snare(bar)
    left = bar.select(~(loud & _on(bar, not_at)))
    # A ghost note where the stroke belongs makes room for it.
    left = left.select(~(of_classes(left, ("snare",)) & _on(left, places)))
    backbeats = bar.select(loud & (bar.velocity >= bar.velocity.mean()))  # not ghost notes that are all the bar has
    return _struck(left, "snare", places, before=bar, like=backbeats)


def _four_on_the_floor(bar: Notes, length: int, division: Division) -> Notes:
    beats = _beats(length, division)
    return _struck(bar.select(~(of_classes(bar, KICK) & ~_on(bar, beats))), "kick", beats, before=bar)


def _backbeat(bar: Notes, length: int, division: Division) -> Notes:
    beats = _beats(length, division)
    return _snare_at(bar, beats[1::2], beats[::2]) if length in (_WHOLE // 2, _WHOLE) else bar


def _half_time(bar: Notes, length: int, division: Division) -> Notes:
    return _snare_at(bar, _HALF_TIME, (0, 12, 36)) if length == _WHOLE else bar


def _double_time(bar: Notes, length: int, division: Division) -> Notes:
    """Kick on the beats, snare between them."""
    if length != _WHOLE:
        return bar
    return _struck(_snare_at(bar, _DOUBLE_TIME, _BEATS), "kick", _BEATS, before=bar)


def _shuffle(bar: Notes, length: int, division: Division) -> Notes:
    """What keeps the time on each beat and at two thirds of it."""
    return _time_at(bar, eighths(length, SWUNG))


def _sixteenth_hats(bar: Notes, length: int, division: Division) -> Notes:
    hats = of_classes(bar, ("ride",))
    pitch = np.where(hats, DRUM_KEY["closed hat"], bar.pitch)
    on_hats = Notes.from_arrays(bar.onset, pitch, bar.duration, bar.velocity)
    return _time_at(on_hats, _sixteenths(length, division))


def _time_at(bar: Notes, places: Sequence[int]) -> Notes:
    """Hat or ride, whichever the bar has more of, struck at these steps and nowhere else; open hats there stay."""
    ride, hats = of_classes(bar, ("ride",)), of_classes(bar, HATS)
    keeper = "ride" if ride.sum() > hats.sum() else "closed hat"
    kept = bar.select(~of_classes(bar, TIME) | _on(bar, places))
    there = set(kept.onset[of_classes(kept, TIME)].tolist())
    return _struck(kept, keeper, [at for at in places if not {at - 1, at, at + 1} & there], before=bar)


def _blast(bar: Notes, length: int, tempo: float) -> Notes:
    """Kick and snare together, as often as a blast beat needs, on the fewest parts of the beat that allow it."""
    needed = drum_figures.BLAST_STROKES_A_SECOND * 60.0 / tempo
    parts = next((n for n in (1, 2, 3, 4, 6) if n >= needed), 12)
    places = range(0, length, STEPS_PER_BEAT // parts)
    left = bar.select(~of_classes(bar, (*KICK, *SNARE)) | (_on(bar, places) & ~_ghosts(bar)))
    return _struck(_struck(left, "kick", places, before=bar), "snare", places, before=bar)


def _ghosts(bar: Notes) -> BoolArray:
    return np.asarray(of_classes(bar, SNARE) & ~_loud_snare(bar), dtype=np.bool_)


_PLAYERS: dict[str, _Player] = {
    "four on the floor": _four_on_the_floor,
    "backbeat": _backbeat,
    "half-time": _half_time,
    "double-time": _double_time,
    "shuffle": _shuffle,
    "sixteenth hats": _sixteenth_hats,
}

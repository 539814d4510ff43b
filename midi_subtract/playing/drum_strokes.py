"""Single strokes of the kit that a sentence speaks of: where they are, how loud beside the rest, ghost notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from midi_subtract.listening.divisions import Division, shuffled
from midi_subtract.listening.drum_figures import HATS, KICK, SNARE, TIME, TOMS, of_classes
from midi_subtract.listening.figures import MOST, share_of
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.crashes import on_time
from midi_subtract.playing.drum_bars import Bar, backbeats, in_bar, near, places_of, played_bars, struck_at
from midi_subtract.playing.drum_fills import bars_with_fills, fill_begin, with_crash
from midi_subtract.playing.percussion import drum_strokes, ghosts, keeps_pace, kept_at
from midi_subtract.programs import DRUM_KEY
from midi_subtract.words import drum_stroke_words as words
from midi_subtract.words.percussion_words import pace_of, without_pace

_LOUDER, _SOFTER, _ACCENTED = 1.3, 0.65, 1.25
"""How hard what is to be loud, soft or accented is struck on average, beside what is usual."""
_HEARD, _LOUDEST = 0.15, 120
"""How far from as hard as usual it has to be, in that proportion, to be heard so; and how hard is loud in any case."""
_HARDLY = 0.1
"""Share of the bars in which strokes that are ruled out may be, as where a song ends."""
_SOFTLY = 0.45
"""How hard a ghost note is struck beside the backbeat."""
_LEVELLED: dict[str, tuple[tuple[str, ...], float]] = {
    "kick": (KICK, 1.2), "snare": (SNARE, 1.3), "hi-hat": (HATS, 0.75), "ride": (("ride",), 0.8),
    "crashes": (("crash",), 1.2), "toms": (TOMS, 1.1), "cymbals": (("ride", "crash"), 0.9),
}  # fmt: skip
"""Drum -> its classes, and how hard it is usually struck beside the rest."""
_STRUCK = {"kick": KICK, "snare": SNARE, "open hat": ("open hat",), "hi-hat": HATS, "ride": ("ride",)}
_WAYS = (words.GHOSTS, words.CRASH_FIRST, words.CRASH_LAST, words.BUSY_KICK, words.SPARSE_KICK)
_MANY, _FEW = 4, 2
"""Kicks in a bar of four beats that are busy, at least, and sparse, at most."""


def speaks_of_strokes(kit: Mapping[str, bool]) -> bool:
    """Whether anything is said of single strokes that are placed here."""
    return any(name in _WAYS or _is_placed(name) for name in kit)


def _is_placed(name: str) -> bool:
    return name != (drum := without_pace(name)) and drum in (*words.PLACED, *_STRUCK, words.ANY, words.ACCENTS)


def with_strokes(drums: Notes, kit: Mapping[str, bool], bar_starts: IntArray, feel: Sequence[Division]) -> Notes:
    """The drums with kick, snare and open hat on the beats that are said, nothing on those that are denied, ghost notes
    and a crash at the start and the end, or without these; fills stay. kit: drum, or a name of `drum_stroke_words` ->
    whether it is wanted. bar_starts: bars of whole beats. feel: how the beats of each bar divide."""
    if not len(drums) or not speaks_of_strokes(kit):
        return drums
    played = played_bars(drums, bar_starts, feel)
    for drum in words.PLACED:
        if pace := pace_of(kit, drum):
            drums = _placed(drums, played, drum, pace, bar_starts)
    if kit.get(words.BUSY_KICK) or kit.get(words.SPARSE_KICK):
        drums = _kicked(drums, played, bool(kit.get(words.BUSY_KICK)), bar_starts)
    for name, yes in kit.items():
        if not yes and _is_placed(name):
            drums = drums.select(~_struck_near(drums, played, name, bar_starts))
    if words.GHOSTS in kit:
        drums = _with_ghosts(drums, played, bar_starts) if kit[words.GHOSTS] else drums.select(~ghosts(drums))
    return _with_crashes(drums, kit, bar_starts)


def _placed(drums: Notes, played: Sequence[Bar], drum: str, pace: str, bar_starts: IntArray) -> Notes:
    own = drum_strokes(drums, drum + pace)
    loud = float((drums.velocity[own] if own.any() else drums.velocity).mean())
    sticks = int(of_classes(drums, ("stick and clap",)).sum())
    key = DRUM_KEY["stick and clap" if drum == "snare" and 2 * sticks > own.sum() else drum]
    drums = kept_at(drums, played, own, np.zeros(len(drums), dtype=np.bool_), key, pace, loud, bar_starts)
    if drum != words.OPEN_HAT:
        return drums
    opened = drums.onset[of_classes(drums, ("open hat",))]
    return drums.select(~(of_classes(drums, ("closed hat", "pedal hat")) & near(drums.onset, opened)))


def _kicked(drums: Notes, played: Sequence[Bar], is_busy: bool, bar_starts: IntArray) -> Notes:
    """Bars with few kicks with one more on each eighth around their middle, until these are many; or kicks on odd beats
    alone, or the first there is."""
    kick = of_classes(drums, KICK)
    left_out, new = np.zeros(len(drums), dtype=np.bool_), list[int]()
    for bar in played:
        first, after = np.searchsorted(drums.onset, bar_starts[bar.number : bar.number + 2] - 1)
        own = first + np.flatnonzero(kick[first:after])
        at = drums.onset[own] - bar.start
        if is_busy:
            missing = max(_most(bar, _MANY) - len(own), 0)
            free = [place for place in _around_the_middle(bar) if not (np.abs(at - place) <= 1).any()]
            new += [bar.start + place for place in free[:missing]]
        elif len(own) > _most(bar, _FEW):
            odd = np.isin((at + 1) // STEPS_PER_BEAT, range(0, len(bar.beats), 2)) & ((at + 1) % STEPS_PER_BEAT <= 2)
            odd = odd if odd.any() else np.arange(len(own)) == 0
            left_out[own[~odd]] = True
    loud = int(np.rint(drums.velocity[kick].mean())) if kick.any() else int(np.rint(drums.velocity.mean()))
    added = struck_at(np.array(new, dtype=np.int64), DRUM_KEY["kick"], loud)
    return Notes.merge([drums.select(~left_out), added])


def _most(bar: Bar, in_four: int) -> int:
    return max(in_four * len(bar.beats) // 4, 1)


def _around_the_middle(bar: Bar) -> list[int]:
    """The first beat, those in the middle that are no backbeat, the eighths on either side of them, and the last."""
    off = bar.division[-1]
    middle = [beat for beat in bar.beats[1:] if beat not in backbeats(bar.length)]
    around = [beat + side for beat in middle for side in (off - STEPS_PER_BEAT, off)]
    return [0, *middle, *around, bar.length - STEPS_PER_BEAT + off]


def _struck_near(drums: Notes, played: Sequence[Bar], name: str, bar_starts: IntArray) -> BoolArray:
    """Which strokes of what a name speaks of are on the beats of it, but in fills."""
    drum = without_pace(name)
    own = of_classes(drums, _STRUCK[drum]) if drum in _STRUCK else ~of_classes(drums, ("hand percussion",))
    is_there = own & near(drums.onset, places_of(played, name.removeprefix(drum)))
    return np.asarray(is_there & ~_in_fills(drums, bar_starts), dtype=np.bool_)


def _in_fills(drums: Notes, bar_starts: IntArray) -> BoolArray:
    is_fill = np.zeros(len(drums), dtype=np.bool_)
    for bar in bars_with_fills(drums, bar_starts):
        start, stop = int(bar_starts[bar]), int(bar_starts[bar + 1])
        is_fill |= in_bar(drums, bar, bar_starts) & (drums.onset >= start + fill_begin(stop - start) - 1)
    return is_fill


def _with_ghosts(drums: Notes, played: Sequence[Bar], bar_starts: IntArray) -> Notes:
    """Soft strokes on the snare a sixteenth before the beat behind each backbeat, and one behind it where no backbeat
    follows; none where another stroke of the snare is near, nor in fills."""
    own = of_classes(drums, SNARE)
    if not own.any() or _has_ghosts(drums, bar_starts):
        return drums
    filled = set(bars_with_fills(drums, bar_starts))
    loud = max(int(np.rint(_SOFTLY * drums.velocity[own].mean())), 1)
    free = [bar.start + at for bar in played if bar.number not in filled for at in _between_backbeats(bar)]
    places, snare = np.array(free, dtype=np.int64), drums.onset[own, None] + np.arange(-2, 3)
    return Notes.merge([drums, struck_at(places[~np.isin(places, snare)], DRUM_KEY["snare"], loud)])


def _between_backbeats(bar: Bar) -> list[int]:
    beats = backbeats(bar.length)
    behind = [beat + STEPS_PER_BEAT * 3 // 4 for beat in beats]
    after = [beat + STEPS_PER_BEAT * 5 // 4 for beat in beats if beat + STEPS_PER_BEAT not in beats]
    return sorted(at for step in (*behind, *after) if (at := shuffled(step, bar.division)) < bar.length)


def _has_ghosts(drums: Notes, bar_starts: IntArray) -> bool:
    soft = np.searchsorted(drums.onset[ghosts(drums)], bar_starts)
    struck = np.searchsorted(drums.onset, bar_starts)
    counts = zip(np.diff(soft).tolist(), np.diff(struck).tolist(), strict=True)
    return share_of(ghosts_there > 0 for ghosts_there, there in counts if there) >= MOST


def _with_crashes(drums: Notes, kit: Mapping[str, bool], bar_starts: IntArray) -> Notes:
    """With a crash where the first bar begins that is not a pickup, and on the last beat struck, with which drums end
    then; or without these."""
    if words.CRASH_FIRST in kit and (line := _first_line(drums, bar_starts)) is not None:
        drums = with_crash(drums, line, line + STEPS_PER_BEAT) if kit[words.CRASH_FIRST] else _without(drums, line)
    if words.CRASH_LAST in kit and (last := _last_beat(drums, bar_starts)) is not None:
        drums = _crash_last(drums, last, kit) if kit[words.CRASH_LAST] else _without(drums, last)
    return drums


def _crash_last(drums: Notes, last: int, kit: Mapping[str, bool]) -> Notes:
    drums = with_crash(drums.select(drums.onset <= last + 1), last, last + STEPS_PER_BEAT)
    has_kick = (of_classes(drums, KICK) & near(drums.onset, np.array([last]))).any()
    if has_kick or not kit.get("kick", True):
        return drums
    return Notes.merge([drums, struck_at(np.array([last]), DRUM_KEY["kick"], int(drums.velocity[-1]))])


def _first_line(drums: Notes, bar_starts: IntArray) -> int | None:
    """The line of the first bar that is struck on it, if one of the first two bars played is."""
    first = int(np.searchsorted(bar_starts, drums.onset[0] + 1, side="right")) - 1
    lines = bar_starts[first : min(first + 2, len(bar_starts) - 1)]
    return next((int(line) for line in lines if near(drums.onset, np.array([line])).any()), None)


def _last_beat(drums: Notes, bar_starts: IntArray) -> int | None:
    """The last beat that is struck."""
    ahead = drums.onset + 1
    behind_line = ahead - bar_starts[np.searchsorted(bar_starts, ahead, side="right") - 1]
    early = behind_line % STEPS_PER_BEAT
    return int((ahead - early)[early <= 2].max()) if (early <= 2).any() else None


def _without(drums: Notes, at: int) -> Notes:
    """Without a crash there, in whose place what keeps the time is struck."""
    here = near(drums.onset, np.array([at]))
    crash = of_classes(drums, ("crash",)) & here
    is_kept = (of_classes(drums, TIME) & here).any()
    return drums.select(~crash) if is_kept else Notes.merge([drums.select(~crash), on_time(drums.select(crash), drums)])


# --- how loud -------------------------------------------------------------------------------------------------------


def with_levels(drums: Notes, kit: Mapping[str, bool], bar_starts: IntArray, feel: Sequence[Division]) -> Notes:
    """The drums with those of which it is said louder or softer than the rest, and accents; arguments as for
    `with_strokes`."""
    for name, yes in kit.items():
        if yes and (said := _level(drums, name, bar_starts, feel)):
            drums = _set_apart(drums, said)
    return drums


@dataclass(frozen=True)
class _Level:
    """own: which strokes are to be louder or softer. usual: how hard they are usually beside the others. factor: how
    hard they are to be beside that."""

    own: BoolArray
    usual: float
    factor: float

    def is_heard(self, there: float, loudness: float) -> bool:
        """Whether strokes so hard beside the others, and so loud, are heard as what is asked for."""
        if self.factor < 1:
            return there <= self.usual * (1 - _HEARD)
        return there >= self.usual * (1 + _HEARD) or loudness >= _LOUDEST


def _level(drums: Notes, name: str, bar_starts: IntArray, feel: Sequence[Division]) -> _Level | None:
    """Which strokes a name says to be louder or softer than the others; None for other names."""
    for how, factor in ((words.LOUD, _LOUDER), (words.SOFT, _SOFTER)):
        if name.startswith(how) and (drum := _LEVELLED.get(name.removeprefix(how))):
            own = of_classes(drums, drum[0])
            return _Level(own & ~ghosts(drums) if how == words.LOUD else own, drum[1], factor)
    if without_pace(name) == words.ACCENTS and name != words.ACCENTS:
        places = places_of(played_bars(drums, bar_starts, feel), name.removeprefix(words.ACCENTS))
        return _Level(near(drums.onset, places) & ~of_classes(drums, ("hand percussion",)), 1.0, _ACCENTED)
    return None


def _beside(drums: Notes, own: BoolArray) -> float | None:
    """How hard some strokes are on average beside the others, ghost notes aside; None without either."""
    rest = ~own & ~ghosts(drums)
    return float(drums.velocity[own].mean() / drums.velocity[rest].mean()) if own.any() and rest.any() else None


def _set_apart(drums: Notes, level: _Level) -> Notes:
    """Some strokes so hard beside the others, if they are not already; where they have no room, all others softer."""
    there, wanted = _beside(drums, level.own), level.usual * level.factor
    if there is None or (there >= wanted if level.factor > 1 else there <= wanted):
        return drums
    velocity = drums.velocity.astype(np.float64)
    velocity[level.own] *= wanted / there
    velocity *= min(1.0, 127.0 / float(velocity[level.own].max()))
    return Notes.from_arrays(drums.onset, drums.pitch, drums.duration, np.clip(np.rint(velocity), 1, 127))


def strokes_as_said(
    drums: Notes, name: str, bar_starts: IntArray, feel: Sequence[Division], wanted: bool
) -> bool | None:
    """Whether a name of `drum_stroke_words` is true of drums, or untrue where it is not wanted; None for others."""
    if not len(drums):
        return None
    if said := _level(drums, name, bar_starts, feel):
        there = _beside(drums, said.own)
        return there is None or said.is_heard(there, float(drums.velocity[said.own].mean()))
    if name == words.GHOSTS:
        return _has_ghosts(drums, bar_starts) == wanted
    if name in (words.BUSY_KICK, words.SPARSE_KICK):
        return _is_kicked(drums, name == words.BUSY_KICK, bar_starts, feel)
    if name in (words.CRASH_FIRST, words.CRASH_LAST):
        first = _first_line(drums, bar_starts)
        at = first if name == words.CRASH_FIRST else _last_beat(drums, bar_starts)
        is_there = at is not None and (of_classes(drums, ("crash",)) & near(drums.onset, np.array([at]))).any()
        return bool(is_there) == wanted
    if not _is_placed(name):
        return None
    if wanted:
        return keeps_pace(drums, name, bar_starts, feel) if without_pace(name) in words.PLACED else None
    played = played_bars(drums, bar_starts, feel)
    struck = drums.onset[_struck_near(drums, played, name, bar_starts)] + 1
    return len(np.unique(np.searchsorted(bar_starts, struck, side="right"))) <= len(played) * _HARDLY


def _is_kicked(drums: Notes, is_busy: bool, bar_starts: IntArray, feel: Sequence[Division]) -> bool:
    kicks = np.diff(np.searchsorted(drums.onset[of_classes(drums, KICK)] + 1, bar_starts)).tolist()
    bars = played_bars(drums, bar_starts, feel)
    enough = (
        kicks[bar.number] >= _most(bar, _MANY) if is_busy else kicks[bar.number] <= _most(bar, _FEW) for bar in bars
    )
    return share_of(enough) >= MOST

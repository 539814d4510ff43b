"""Fills by rule: where drums have none, in the drums of a groove, and where a sentence says that they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from midi_subtract.listening.divisions import SWUNG, THIRDS, Division, divisions, eighths
from midi_subtract.listening.drum_figures import (
    FILL_STROKES,
    KICK,
    TIME,
    TOMS,
    fill_bars,
    of_classes,
    played_drum_bars,
)
from midi_subtract.listening.figures import stroke_times
from midi_subtract.listening.sections import is_pickup, phrase_borders
from midi_subtract.metrics import BoolArray, IntArray, bar_events
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.drum_bars import bar_notes, in_bar
from midi_subtract.playing.endings import ending_of
from midi_subtract.playing.grooves import grooves
from midi_subtract.programs import DRUM_KEY
from midi_subtract.words.fill_words import AT_THE_END, bars_apart, is_placed
from subtract_core.stems import PITCHED, Stem

FILL_EVERY = 8
"""Bars from one fill to the next."""
MONOTONOUS = 0.07
"""Share of different bars among those played up to which drums are one bar over and over."""
_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth
_THIRD, _WALTZ = STEPS_PER_BEAT // 3, 3 * STEPS_PER_BEAT
_SOFTEST, _LOUDEST = 0.7, 1.15  # the first and the last stroke of a groove's fill, beside the mean of its bar
_DOWNWARDS = ("snare", *reversed(TOMS))
_BUSY = 4  # strokes of a groove's fill drums in half a bar from which on its fills are in sixteenths throughout


def with_form(notes: Notes, others: Mapping[Stem, Notes], bar_starts: IntArray) -> Notes:
    """Drums that are hardly more than a bar over and over, as a model writes for sketches, with a fill before each
    section of the other parts that begins after two such bars, or every eight bars where there are no sections.

    bar_starts: the song's bar lines in steps, its end included. Other drums stay as they are.
    """
    events = bar_events({Stem.DRUMS: notes}, bar_starts)
    bars = np.flatnonzero(events.any(axis=1))
    groove = events[bars[:-1]]  # the last bar ends the song
    if len(bars) < FILL_EVERY or len(np.unique(groove, axis=0)) > max(1, MONOTONOUS * len(bars)):
        return notes
    borders = phrase_borders(others, bar_starts)
    ends = (borders[borders > 1] - 1).tolist() if len(borders) else bars[FILL_EVERY - 1 :: FILL_EVERY].tolist()
    alike = [bar for bar in ends if events[bar].any() and (events[bar] == events[bar - 1]).all()]
    return _even_fills(notes, alike, bar_starts, divisions([*others.values(), notes], bar_starts)) if alike else notes


def with_fills(notes: Notes, bar_starts: IntArray, feel: Sequence[Division]) -> Notes:
    """A fill in every eighth bar played, and in the last one. feel: how the beats of each bar divide."""
    bars = [index for index, _ in played_drum_bars(notes, bar_starts)]
    return _even_fills(notes, sorted({*bars[FILL_EVERY - 1 :: FILL_EVERY], *bars[-1:]}), bar_starts, feel)


def fill_begin(length: int) -> int:
    """Where a fill begins at the earliest in a bar of so many steps: with its second half, in three beats with it."""
    return 0 if length == _WALTZ else length // 2


def _even_fills(
    notes: Notes, bars: Sequence[int], bar_starts: IntArray, feel: Sequence[Division], drums: Sequence[str] = _DOWNWARDS
) -> Notes:
    """A fill in the second half of these bars: `drums` one after the other in sixteenths, or triplets, as loud as what
    they stand for."""
    for bar in bars if drums else ():
        length = int(bar_starts[bar + 1] - bar_starts[bar])
        apart = _fill_steps(length // 2, feel[bar])
        begin = length // 2 // apart * apart
        replaced = notes.velocity[_from(notes, bar, bar_starts, begin)]
        loud = int((replaced if len(replaced) else notes.velocity).max())
        places = range(begin, length, apart)
        notes = _filled(notes, bar, bar_starts, places, drums, [loud] * len(places))
    return notes


def _filled(
    notes: Notes, bar: int, bar_starts: IntArray, places: Sequence[int], drums: Sequence[str], loud: Sequence[int]
) -> Notes:
    """A bar from the first of these places on with a fill on `drums`, one after the other, in the place of what keeps
    the time; the feet go on, and whoever plays percussion. loud: velocity at each place."""
    start, stop = int(bar_starts[bar]), int(bar_starts[bar + 1])
    fill = [
        (start + at, DRUM_KEY[drums[len(drums) * i // len(places)]], min(_STROKE, stop - start - at), loud[i])
        for i, at in enumerate(places)
    ]
    go_on = of_classes(notes, (*KICK, "pedal hat", "hand percussion"))
    return Notes.merge([notes.select(~_from(notes, bar, bar_starts, places[0]) | go_on), Notes.of(fill)])


def _from(notes: Notes, bar: int, bar_starts: IntArray, begin: int) -> BoolArray:
    """Which notes of a bar are struck from a step of it on."""
    inside = in_bar(notes, bar, bar_starts) & (notes.onset >= bar_starts[bar] + begin - 1)
    return np.asarray(inside, dtype=np.bool_)


def _fill_steps(length: int, division: Division) -> int:
    """Steps from stroke to stroke of a fill so many steps long: sixteenths, in beats of thirds triplets, or what is
    half as long if these are too few."""
    if division not in (SWUNG, THIRDS):
        return _STROKE
    return _THIRD if length >= FILL_STROKES * _THIRD else _THIRD // 2


# --- in grooves -----------------------------------------------------------------------------------------------------


def with_groove_fills(
    notes: Notes,
    style: str,
    sections: Sequence[int],
    bar_starts: IntArray,
    feel: Sequence[Division],
    kit: Mapping[str, bool],
) -> Notes:
    """A groove that is played without fills with one before each section, eight bars apart at least, every eight bars
    where there are no sections; and a crash behind it.

    sections: bars with which sections begin, in order. kit: drum -> False for those that are ruled out; of brushes,
    which are soft, and without toms a fill is a roll on the snare, and no crash follows. Nothing is put in where fills
    are ruled out, or asked for by place.
    """
    is_placed_elsewhere = any(yes and is_placed(name) for name, yes in kit.items())
    if kit.get("fills") is False or is_placed_elsewhere or bars_with_fills(notes, bar_starts):
        return notes
    bars = {bar for bar, _ in played_drum_bars(notes, bar_starts)}
    begins = sections or sorted(bars)[FILL_EVERY::FILL_EVERY]
    last = -FILL_EVERY
    for border in begins:
        if not {border - 2, border - 1, border} <= bars or border - last < FILL_EVERY:
            continue
        last = border
        notes = _with_groove_fill(notes, style, border - 1, bar_starts, feel[border - 1], kit)
        if kit.get("crashes", True) and not kit.get("brushes"):
            notes = with_crash(notes, int(bar_starts[border]), int(bar_starts[border + 1]))
    return notes


def _with_groove_fill(
    notes: Notes, style: str, bar: int, bar_starts: IntArray, division: Division, kit: Mapping[str, bool]
) -> Notes:
    """A fill in the second half of a bar, in three beats through all of it: eighths that end in sixteenths and grow
    louder, on the snare and the toms that the groove has; the feet go on as they do."""
    length = int(bar_starts[bar + 1] - bar_starts[bar])
    own = {drum for strokes in grooves()[style].bars for _, drum, _ in strokes}
    drums = [drum for drum in _drums_left(kit) if drum == "snare" or drum in own]
    if not drums:
        return notes
    begin = fill_begin(length) // STEPS_PER_BEAT * STEPS_PER_BEAT
    mean = float(notes.velocity[in_bar(notes, bar, bar_starts)].mean())
    replaced = _from(notes, bar, bar_starts, begin) & of_classes(notes, ("snare", *TOMS))
    is_busy = int(replaced.sum()) > _BUSY
    places = _fill_places(begin, length, division, is_busy)
    growth = np.linspace(_SOFTEST, 1.0 if kit.get("brushes") else _LOUDEST, len(places))
    loud = np.clip(np.rint(mean * growth), 1, 127).astype(int).tolist()
    return _filled(notes, bar, bar_starts, places, drums, loud)


def _drums_left(kit: Mapping[str, bool]) -> list[str]:
    """What fills are played on, downwards, where drums are ruled out; with brushes on the snare alone."""
    has = {"snare": kit.get("snare", True), "toms": kit.get("toms", True) and not kit.get("brushes")}
    return [drum for drum in _DOWNWARDS if has.get(drum, has["toms"])]


def _fill_places(begin: int, length: int, division: Division, is_busy: bool) -> list[int]:
    """Where a groove's fill is struck in its bar: eighths, and in the last beat what divides them."""
    last = begin if is_busy else (length - 1) // STEPS_PER_BEAT * STEPS_PER_BEAT
    fast = range(last, length, _THIRD if division in (SWUNG, THIRDS) else _STROKE)
    return sorted({*(at for at in eighths(length, division) if begin <= at < last), *fast})


def with_crash(notes: Notes, line: int, stop: int) -> Notes:
    """A crash on a bar line in the place of what keeps the time there, as loud as its bar."""
    at_line = np.abs(notes.onset - line) <= 1
    if (at_line & of_classes(notes, ("crash",))).any():
        return notes
    mean = float(notes.velocity[(notes.onset >= line - 1) & (notes.onset < stop)].mean())
    crash = Notes.of([(line, DRUM_KEY["crash"], _STROKE, int(np.clip(np.rint(mean * _LOUDEST), 1, 127)))])
    by_hand = tuple(name for name in TIME if name != "pedal hat")
    return Notes.merge([notes.select(~(at_line & of_classes(notes, by_hand))), crash])


# --- where a sentence says ------------------------------------------------------------------------------------------


def placed_bars(kit: Mapping[str, bool], others: Mapping[Stem, Notes], bar_starts: IntArray) -> list[int] | None:
    """The bars, counted from 0, in which fills are asked for by place (`fill_words`), in order; None where they are by
    no place.

    others: the other parts, which tell where sections begin, and whether the last bar is a chord that is held: then
    the end is the bar before, and no fill is in it. bar_starts: of what is spoken of.
    """
    if not any(yes and is_placed(name) for name, yes in kit.items()):
        return None
    return sorted(_bars_named(kit, True, others, bar_starts) - _bars_named(kit, False, others, bar_starts))


def without_denied_fills(
    notes: Notes, kit: Mapping[str, bool], others: Mapping[Stem, Notes], bar_starts: IntArray
) -> Notes:
    """The part without fills where they are ruled out by place; arguments as for `placed_bars`."""
    denied = _bars_named(kit, False, others, bar_starts)
    return without_fills(notes, bar_starts, among=denied) if denied else notes


def _bars_named(kit: Mapping[str, bool], wanted: bool, others: Mapping[Stem, Notes], bar_starts: IntArray) -> set[int]:
    """The bars of the places at which a kit wants fills, or rules them out."""
    names = [name for name, yes in kit.items() if yes is wanted and is_placed(name)]
    if not names:
        return set()
    bars, first = len(bar_starts) - 1, int(is_pickup(bar_starts))
    is_closed = _ends_in_chord(others, bar_starts)
    chosen: set[int] = set()
    for name in names:
        if name == AT_THE_END:
            chosen.add(bars - 2 if is_closed else _last_bar(others, bar_starts))
        elif every := bars_apart(name):
            chosen |= set(range(first + every - 1, bars, every))
        else:
            borders = sections_in(others, bar_starts) or range(first + FILL_EVERY, bars + 1, FILL_EVERY)
            chosen |= {border - 1 for border in borders}
    if is_closed:
        chosen.discard(bars - 1)
    return {bar for bar in chosen if bar >= first}


def sections_in(others: Mapping[Stem, Notes], bar_starts: IntArray) -> list[int]:
    """The bars with which phrases begin that are heard as sections, see `phrase_borders`."""
    start, stop = int(bar_starts[0]), int(bar_starts[-1])
    pitched = [(stem, part.starting(start, stop)) for stem, part in others.items() if stem in PITCHED]
    inside: dict[Stem, Notes] = {stem: part for stem, part in pitched if len(part)}
    return [int(bar) for bar in phrase_borders(inside, bar_starts)] if inside else []


def _last_bar(others: Mapping[Stem, Notes], bar_starts: IntArray) -> int:
    """The last bar, or the one before where the others do no more there than strike a chord."""
    bars = len(bar_starts) - 1
    struck = [np.unique(part.onset) for stem, part in others.items() if stem in PITCHED and len(part)]
    if bars < 2 or not struck:
        return bars - 1
    before, last = np.diff(np.searchsorted(np.unique(np.concatenate(struck)), bar_starts[-3:])).tolist()
    return bars - 2 if last <= 1 < before else bars - 1


def _ends_in_chord(others: Mapping[Stem, Notes], bar_starts: IntArray) -> bool:
    """Whether the last bar of several is a chord with which all end (`endings`): no bar to fill."""
    ending = ending_of(others, bar_starts) if len(bar_starts) > 2 else None
    return ending is not None and bool(bar_starts[-2] - 1 <= ending.at < bar_starts[-1])


def bars_with_fills(notes: Notes, bar_starts: IntArray, placed: Sequence[int] = ()) -> list[int]:
    """The bars, counted from 0, that end in a fill. placed: where fills are to be, so that the other bars tell what is
    usual."""
    played = played_drum_bars(notes, bar_starts)
    but = [place for place, (bar, _) in enumerate(played) if bar in placed]
    return [played[place][0] for place in fill_bars([bar for _, bar in played], but)]


def are_fills_placed(
    notes: Notes, name: str, kit: Mapping[str, bool], others: Mapping[Stem, Notes], bar_starts: IntArray
) -> bool | None:
    """Whether fills stand in the bars that a name asks for by place, and in no others but those of the rest of the kit;
    None for other names.

    Of a name that is ruled out, whether no fill is there. Of bars that rest, or end the song with a stroke, no fill is
    asked. Where no bar is left, as of every fourth one of three, none is there. kit, others, bar_starts: as for
    `placed_bars`.
    """
    denied = {place: yes for place, yes in kit.items() if not yes and place != name}
    placed = placed_bars({**denied, name: True}, others, bar_starts)
    if placed is None:
        return None
    if kit.get(name) is False:
        return not set(placed).intersection(bars_with_fills(notes, bar_starts))
    every = placed_bars(kit, others, bar_starts) or placed
    strokes = np.diff(np.searchsorted(stroke_times(notes), bar_starts))
    there = {bar for bar in bars_with_fills(notes, bar_starts, every) if strokes[bar] > 1}
    wanted, all_wanted = ({bar for bar in bars if strokes[bar] > 1} for bars in (placed, every))
    return bool(wanted) and wanted <= there == all_wanted


def with_fills_at(
    notes: Notes, bars: Sequence[int], bar_starts: IntArray, feel: Sequence[Division], kit: Mapping[str, bool]
) -> Notes:
    """The part with fills in these bars, if it plays there, and in no others. kit: drum -> whether it is wanted."""
    notes = without_fills(notes, bar_starts, but=bars)
    played = {bar for bar, _ in played_drum_bars(notes, bar_starts)}
    empty = played & set(bars) - set(bars_with_fills(notes, bar_starts, bars))
    return _even_fills(notes, sorted(empty), bar_starts, feel, _drums_left(kit))


def without_fills(
    notes: Notes, bar_starts: IntArray, but: Sequence[int] = (), among: Collection[int] | None = None
) -> Notes:
    """The part with the bar before, or behind, that is as long and no fill in the place of every bar with a fill, but
    for some, or of those among some alone."""
    filled = set(bars_with_fills(notes, bar_starts, but))
    plain = [bar for bar, _ in played_drum_bars(notes, bar_starts) if bar not in filled and bar not in but]
    lengths = np.diff(bar_starts)
    for bar in sorted(filled - set(but) if among is None else filled.intersection(among)):
        alike = [other for other in plain if lengths[other] == lengths[bar]]
        if not alike:
            continue
        like = min(alike, key=lambda other: (other > bar, abs(other - bar)))
        copy = bar_notes(notes, like, bar_starts).between(0, int(lengths[bar])).shifted(int(bar_starts[bar]))
        notes = Notes.merge([notes.select(~in_bar(notes, bar, bar_starts)), _on_hats(copy)])
    return notes


def _on_hats(bar: Notes) -> Notes:
    """A copy of a bar, without the crash that marks where that begins."""
    crash = of_classes(bar, ("crash",))
    time = bar.select(of_classes(bar, TIME))
    if not crash.any() or not len(time):
        return bar
    keys, counts = np.unique(time.pitch, return_counts=True)
    pitch = np.where(crash, keys[counts.argmax()], bar.pitch)
    again = Notes.from_arrays(bar.onset, pitch, bar.duration, bar.velocity)
    return again.select(np.append(True, (np.diff(again.onset) != 0) | (np.diff(again.pitch) != 0)))

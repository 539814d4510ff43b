"""What a player can do for a wish without other notes: louder, an octave lower, swung, short, on the ride.

A model moves all facts of a part a little; these it leaves half done can be brought where they were asked to be. What
a finished part plays, and when, stays the model's choice: density, syncopation, chords and figures are its own, but
for single notes in their place, a shuffle, which is the same beat in triplets, and for a part without any off-beat that
is to swing: it gets some.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import numpy as np

from midi_subtract.listening import drum_figures
from midi_subtract.listening.divisions import HALVES, THIRDS, Division, beat_lines, divisions, moved_bars
from midi_subtract.listening.facts import in_thirds, kit_of, scales
from midi_subtract.listening.figures import strokes
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, without_twins
from midi_subtract.playing.crashes import borders_for_crashes, with_crashes
from midi_subtract.playing.drum_fills import placed_bars, without_denied_fills, without_fills
from midi_subtract.playing.drum_strokes import speaks_of_strokes, with_levels, with_strokes
from midi_subtract.playing.kicks import with_kicks
from midi_subtract.playing.percussion import strokes_placed, with_percussion, with_ways
from midi_subtract.playing.swing_time import JAZZ, is_long_and_short, on_eighths, swings_along, swung_along
from midi_subtract.programs import DRUM_KEY, HAND_CLAP, PLAYABLE_RANGE
from midi_subtract.words.percussion_words import without_pace
from subtract_core.facts import SCALE
from subtract_core.levels import BOUNDS, is_near, level, value_at, word
from subtract_core.stems import Stem
from subtract_core.wish import Wish

WITHIN = 0.4
"""How far from the word asked for a scale may stay, in words."""
_WHOLE = 4 * STEPS_PER_BEAT
# Drums that a kit can do without, and what is struck in their place; None leaves the stroke out.
_INSTEAD: dict[str, tuple[tuple[str, ...], str | None]] = {
    "open hat": (("open hat",), "closed hat"),
    "crashes": (("crash",), None),
    "toms": (drum_figures.TOMS, "snare"),
    "hand percussion": (("hand percussion",), None),
    "pedal hat": (("pedal hat",), None),
}


def finish(
    notes: Notes, stem: Stem, wish: Wish, bar_starts: IntArray, others: Mapping[Stem, Notes] | None = None
) -> Notes:
    """The part with every fact of `wish` that asks for no other notes brought to what was asked for.

    bar_starts: the song's bar lines in steps, its end included. others: the other parts, which tell where sections
    begin. Facts that are near enough stay as they are.
    """
    if not wish or not len(notes):
        return notes
    lines, stop = beat_lines(bar_starts), max(int(bar_starts[-1]), notes.last_step)
    borders = borders_for_crashes(wish, others or {}, bar_starts)
    kit = wish.options.get("kit", {})
    placed = (placed_bars(kit, others or {}, bar_starts) if stem is Stem.DRUMS else None) or ()
    is_drums, is_bass = stem is Stem.DRUMS, stem is Stem.BASS
    notes = without_denied_fills(notes, kit, others or {}, bar_starts) if is_drums else notes
    is_placed = strokes_placed(kit) or speaks_of_strokes(kit)
    divides = (is_drums and (is_placed or is_long_and_short(wish))) or (is_bass and swings_along(wish))
    feel = divisions((others or {}).values(), bar_starts) if divides else [HALVES] * (len(bar_starts) - 1)
    if (lines == bar_starts).all():
        finished = _finished(notes, stem, wish, lines, borders, placed, feel)
    else:
        finished = _finished(_moved(notes, bar_starts, lines), stem, wish, lines, borders, placed, feel)
        finished = without_twins(_moved(finished, lines, bar_starts))
    finished = _until(finished, stop)
    return with_kicks(finished, wish, others or {}, bar_starts) if is_bass else finished


def _finished(
    notes: Notes,
    stem: Stem,
    wish: Wish,
    bar_starts: IntArray,
    borders: Sequence[int],
    placed: Sequence[int],
    feel: list[Division],
) -> Notes:
    """As `finish` says, of bars of whole beats. borders: bars with which sections begin. placed: bars that are to have
    fills. feel: how the beats of each bar of the other parts divide, where it matters."""
    if stem is Stem.DRUMS:
        notes = _drums_finished(notes, wish, bar_starts, borders, placed, feel)
    if wish.levels.get("swing", 0.0) > 0.25 and len(notes) and _measured(notes, stem, "swing") is None:
        notes = _with_skips(notes, stem)
    touches: dict[str, Callable[[Notes, Stem, float], Notes]] = {
        "polyphony": _polyphony, "register": _register, "swing": _swing, "note length": _note_length,
        "loudness": _loudness, "dynamic range": _dynamic_range,
    }  # fmt: skip
    for name, touch in touches.items():
        asked = wish.levels.get(name)
        if asked is not None and len(notes) and stem in SCALE[name].stems:
            if name in wish.numbers:
                notes = _to(notes, stem, name, wish.numbers[name], touch)
            else:
                notes = _towards(notes, stem, name, asked, touch)
    if stem is Stem.DRUMS and "loudness" not in wish.numbers:  # louder parts have less room for single drums
        notes = with_levels(notes, wish.options.get("kit", {}), bar_starts, feel)
    return swung_along(notes, wish, bar_starts, feel) if stem is Stem.BASS and swings_along(wish) else notes


def _drums_finished(
    notes: Notes,
    wish: Wish,
    bar_starts: IntArray,
    borders: Sequence[int],
    placed: Sequence[int],
    feel: list[Division],
) -> Notes:
    """Drums with what is asked of the kit, and shuffled; arguments as for `_finished`."""
    asked_kit = wish.options.get("kit", {})
    named = {without_pace(name): True for name, yes in asked_kit.items() if yes}  # "claps on 4" are claps
    kit = {**named, **asked_kit}
    if kit.get("crashes") and "crashes" in _used(notes, bar_starts):  # a model that is asked for them overdoes it
        notes = with_crashes(notes, bar_starts, borders)
    notes = with_percussion(notes, kit, bar_starts, feel, placed)
    notes = without_fills(notes, bar_starts) if kit.get("fills") is False else notes
    notes = with_ways(_kit(notes, kit, bar_starts), kit, bar_starts, feel, before=notes)
    notes = _two_hands(with_strokes(notes, kit, bar_starts, feel))
    if not kit.get("rim clicks") and not kit.get("claps"):
        notes = drum_figures.with_claps(notes)
        in_jazz = any(wish.options.get("style", {}).get(style) for style in JAZZ)
        notes = notes.select(~drum_figures.is_clap(notes)) if in_jazz or kit.get("brushes") else notes
    is_even = 2 * feel.count(THIRDS) > len(feel)  # as in 6/8, whose eighths are what triplets are in 4/4
    if is_long_and_short(wish) and not is_even:
        notes = _shuffled(on_eighths(notes))
    elif wish.options.get("figure", {}).get("shuffle"):
        notes = _shuffled(notes)
    return with_levels(notes, kit, bar_starts, feel)


def _moved(notes: Notes, lines: IntArray, to: IntArray) -> Notes:
    onset = moved_bars(notes.onset.astype(np.int64), lines, to)
    last = moved_bars(notes.end.astype(np.int64) - 1, lines, to, early=0)  # what ends with a bar announces no other
    return Notes.from_arrays(onset, notes.pitch, last + 1 - onset, notes.velocity)


def _until(notes: Notes, stop: int) -> Notes:
    """Without what begins or rings after a step: there another section plays, or what the song has of the part."""
    notes = notes.select(notes.onset < stop)
    return Notes.from_arrays(notes.onset, notes.pitch, np.minimum(notes.end, stop) - notes.onset, notes.velocity)


def _towards(notes: Notes, stem: Stem, name: str, asked: float, touch: Callable[[Notes, Stem, float], Notes]) -> Notes:
    """The part after `touch` with the value at the near side of what was asked for, if it is not there already."""
    there = _measured(notes, stem, name)
    if there is None:
        return notes
    near = WITHIN / (len(SCALE[name].words) - 1)
    wanted = float(np.clip(level(name, stem, there), asked - near, asked + near))
    if wanted == level(name, stem, there):
        return notes
    return touch(notes, stem, value_at(name, stem, min(max(wanted, 0.0), 1.0)))


def _to(notes: Notes, stem: Stem, name: str, number: float, touch: Callable[[Notes, Stem, float], Notes]) -> Notes:
    """The part after `touch` with the number asked for, or the nearest that is straight, light or full swing."""
    there = _measured(notes, stem, name)
    if there is None or (name != "loudness" and is_near(name, number, there)):
        return notes
    return touch(notes, stem, round(2 * number) / 2 if name == "swing" else number)


def _measured(notes: Notes, stem: Stem, name: str) -> float | None:
    return scales(notes, stem, np.array([0, int(notes.end.max())]), tempo=120.0).get(name)


_NO_HAND = ("kick", "pedal hat", "stick and clap", "hand percussion")  # by foot, by another player, on top of the snare
_HANDS = 2


def _two_hands(drums: Notes) -> Notes:
    """Of all that is struck by hand at one moment two strokes, what keeps the time after the rest, and soft after loud:
    a model that is pulled hard strikes whatever it can."""
    by_hand = np.flatnonzero(~drum_figures.of_classes(drums, _NO_HAND))
    keeps_time = drum_figures.of_classes(drums, (*drum_figures.HATS, "ride"))
    order = by_hand[np.lexsort((-drums.velocity[by_hand].astype(int), keeps_time[by_hand], drums.onset[by_hand]))]
    onset = drums.onset[order]
    place = np.arange(len(order)) - np.searchsorted(onset, onset, side="left")
    kept = np.ones(len(drums), dtype=np.bool_)
    kept[order[place >= _HANDS]] = False
    return drums.select(kept)


# --- how it is struck -----------------------------------------------------------------------------------------------


def _loudness(notes: Notes, stem: Stem, wanted: float) -> Notes:
    """All velocities up alike, again where some had no room, or down in proportion: soft strokes are heard still."""
    velocity = notes.velocity.astype(np.float64)
    velocity *= min(1.0, wanted / velocity.mean())
    for _ in range(8):
        velocity = np.clip(velocity + wanted - velocity.mean(), 1, 127)
    return _struck(notes, velocity)


def _dynamic_range(notes: Notes, stem: Stem, wanted: float) -> Notes:
    """Velocities nearer to their mean or farther from it; a part without any difference stays so."""
    velocity = notes.velocity.astype(np.float64)
    mean = velocity.mean()
    for _ in range(8):
        if velocity.std() > 0.5:
            velocity = np.clip(mean + (velocity - velocity.mean()) * wanted / velocity.std(), 1, 127)
    return _struck(notes, velocity)


def _struck(notes: Notes, velocity: np.ndarray) -> Notes:
    return Notes.from_arrays(notes.onset, notes.pitch, notes.duration, np.rint(velocity))


def _polyphony(notes: Notes, stem: Stem, wanted: float) -> Notes:
    """Of chords the highest note, where single ones are wanted: a cello cannot do else."""
    order = np.lexsort((-notes.pitch.astype(int), notes.onset))
    highest = order[np.unique(notes.onset[order], return_index=True)[1]]
    return notes.select(np.isin(np.arange(len(notes)), highest)) if wanted < 1.5 else notes


# --- where and how long ---------------------------------------------------------------------------------------------


def _register(notes: Notes, stem: Stem, wanted: float) -> Notes:
    """The whole part by octaves, as near as they come; notes that would leave the instrument stay an octave inside."""
    octaves = round((wanted - float(notes.pitch.mean())) / 12)
    low, high = PLAYABLE_RANGE[stem]
    pitch = notes.pitch.astype(np.int64) + 12 * octaves
    pitch += 12 * np.ceil(np.maximum(low - pitch, 0) / 12).astype(np.int64)
    pitch -= 12 * np.ceil(np.maximum(pitch - high, 0) / 12).astype(np.int64)
    return without_twins(Notes.from_arrays(notes.onset, pitch, notes.duration, notes.velocity))


def _swing(notes: Notes, stem: Stem, wanted: float) -> Notes:
    """The off-beat of each beat to the half, two thirds or between; beats that hold sixteenths or triplets stay, unless
    that leaves too little of two thirds: then sixteenths become triplets."""
    place = 6 + SCALE["swing"].words.index(word("swing", stem, wanted))
    finer = {int(t) // STEPS_PER_BEAT for t in notes.onset if int(t) % STEPS_PER_BEAT in (2, 3, 9, 10)}
    finer |= in_thirds(notes.onset.tolist())

    def moved(times: np.ndarray) -> np.ndarray:
        beat, at = np.divmod(times, STEPS_PER_BEAT)
        movable = (at >= 5) & (at <= 8) & ~np.isin(beat, list(finer))
        return np.where(movable, beat * STEPS_PER_BEAT + place, times)

    onset = moved(notes.onset.astype(np.int64))
    duration = np.maximum(moved(notes.end.astype(np.int64)) - onset, 1)
    swung = without_twins(Notes.from_arrays(onset, notes.pitch, duration, notes.velocity))
    there = _measured(swung, stem, "swing")
    return _shuffled(notes) if place == 8 and there is not None and there < BOUNDS["swing"][stem][1] else swung


def _with_skips(notes: Notes, stem: Stem) -> Notes:
    """A part that plays hardly anything between the beats with a short stroke before every second beat: the last note
    or chord once more, what keeps the time of drums. Bars of silence stay silent."""
    keeper = (
        drum_figures.of_classes(notes, (*drum_figures.HATS, "ride"))
        if stem is Stem.DRUMS
        else np.ones(len(notes), dtype=bool)
    )
    starts = np.unique(notes.onset[keeper])
    added = []
    for beat in range(STEPS_PER_BEAT, int(notes.onset.max()) + STEPS_PER_BEAT, 2 * STEPS_PER_BEAT):
        at = beat + 8
        before = starts[starts <= beat]
        if not len(before) or beat - before[-1] >= _WHOLE or np.isin(notes.onset, (at - 1, at, at + 1)).any():
            continue
        again = notes.select(keeper & (notes.onset == before[-1]))
        soft = np.maximum(again.velocity * 0.85, 1)
        added.append(Notes.from_arrays(np.full(len(again), at), again.pitch, np.full(len(again), 4), soft))
    return without_twins(Notes.merge([notes, *added]))


_TRIPLETS = np.array([0, 1, 4, 4, 4, 8, 8, 8, 8, 9, 10, 11])


def _shuffled(notes: Notes) -> Notes:
    """Off-beats to two thirds of the beat, early sixteenths to one third; late ones make room for an off-beat."""
    beat, at = np.divmod(notes.onset.astype(np.int64), STEPS_PER_BEAT)
    crowded = (at == 9) & np.isin(beat, beat[(at >= 5) & (at <= 8)])
    onset = beat * STEPS_PER_BEAT + np.where(crowded, 10, _TRIPLETS[at])
    rings_on = notes.duration > _to_next(notes.onset)
    duration = np.where(rings_on, notes.duration, np.minimum(notes.duration, _to_next(onset)))
    return without_twins(Notes.from_arrays(onset, notes.pitch, duration, notes.velocity))


def _to_next(onset: IntArray) -> IntArray:
    """Steps from each onset to the next later one, a whole note at the end."""
    times = np.unique(onset)
    after = np.append(times[1:], times[-1:] + _WHOLE)
    steps: IntArray = after[np.searchsorted(times, onset)] - onset
    return steps


def _note_length(notes: Notes, stem: Stem, wanted: float) -> Notes:
    """Every duration in the same proportion, at most to the next stroke; notes that ring over it are only shortened."""
    room = _room(notes)

    def length(octaves: float) -> float:
        return _measured(_scaled(notes, 2.0**octaves, room), stem, "note length") or 0.0

    low, high = -6.0, 6.0  # binary logarithm of the proportion
    for _ in range(12):
        middle = (low + high) / 2
        low, high = (middle, high) if length(middle) < wanted else (low, middle)
    nearest = low if wanted - length(low) < length(high) - wanted else high
    return _scaled(notes, 2.0**nearest, room)


def _room(notes: Notes) -> np.ndarray:
    """Steps from each note's onset to the next stroke, at most a whole note; its own duration where that is longer."""
    starts = [s.at for s in strokes(notes)] + [int(notes.onset.max()) + _WHOLE]
    gap = {first: min(then - first, _WHOLE) for first, then in pairwise(starts)}
    index = np.searchsorted(starts, notes.onset, side="right") - 1
    return np.asarray(np.maximum([gap[starts[i]] for i in index], notes.duration))


def _scaled(notes: Notes, factor: float, room: np.ndarray) -> Notes:
    duration = np.clip(np.rint(notes.duration * factor), 1, room)
    return Notes.from_arrays(notes.onset, notes.pitch, duration, notes.velocity)


# --- what is struck -------------------------------------------------------------------------------------------------


def _kit(notes: Notes, asked: Mapping[str, bool], bar_starts: IntArray) -> Notes:
    """Without the drums ruled out; time kept on hat or ride, and snare or rim, as asked for."""
    for option, (classes, instead) in _INSTEAD.items():
        if asked.get(option) is False:
            notes = _replaced(notes, drum_figures.of_classes(notes, classes), instead)
    if asked.get("claps") is False:
        notes = notes.select(~drum_figures.is_clap(notes))
    if asked.get("claps") and asked.get("snare") is False:
        notes = _replaced(notes, drum_figures.of_classes(notes, drum_figures.SNARE), "hand clap")
    if asked.get("rim clicks") is False:
        notes = _replaced(notes, notes.pitch == DRUM_KEY["stick and clap"], "snare")
    if asked.get("ride") is False:
        notes = _replaced(notes, drum_figures.of_classes(notes, ("ride",)), "closed hat")
    if asked.get("hi-hat") is False:
        instead = next((drum for drum in ("ride", "hand percussion") if asked.get(drum)), None)
        is_needed = instead is not None and instead not in _used(notes, bar_starts)
        hats = drum_figures.of_classes(notes, drum_figures.HATS)
        notes = _replaced(notes, hats, instead if is_needed else None)
    missing = {o for o, wanted in asked.items() if wanted} - set(_used(notes, bar_starts))
    if asked.get("rim clicks"):
        clicks = drum_figures.SNARE if "rim clicks" in missing else ("stick and clap",)
        notes = _replaced(notes, drum_figures.of_classes(notes, clicks), "stick and clap")
    if "ride" in missing and not asked.get("hi-hat"):
        notes = _replaced(notes, drum_figures.of_classes(notes, drum_figures.HATS), "ride")
    if "hi-hat" in missing and not asked.get("ride"):
        notes = _replaced(notes, drum_figures.of_classes(notes, ("ride",)), "closed hat")
    if asked.get("kick") is False:
        notes = _replaced(notes, drum_figures.of_classes(notes, drum_figures.KICK), None)
    if asked.get("snare") is False:
        snare = ("snare",) if asked.get("rim clicks") or asked.get("claps") else drum_figures.SNARE
        notes = _replaced(notes, drum_figures.of_classes(notes, snare), None)
    return notes


def _used(notes: Notes, bar_starts: IntArray) -> tuple[str, ...]:
    return kit_of(drum_figures.kit_strokes(notes, bar_starts), {}) if len(notes) else ()


def _replaced(notes: Notes, these: np.ndarray, instead: str | None) -> Notes:
    if instead is None:
        return notes.select(~these)
    pitch = np.where(these, HAND_CLAP if instead == "hand clap" else DRUM_KEY[instead], notes.pitch)
    return without_twins(Notes.from_arrays(notes.onset, pitch, notes.duration, notes.velocity))

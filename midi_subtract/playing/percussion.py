"""Percussion, claps, pedal hat and ride bell where a sentence names them: models know one key of each kind.

What an instrument plays where nothing else is said are the patterns that textbooks begin with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from midi_subtract.listening.divisions import THIRDS, Division, shuffled
from midi_subtract.listening.drum_figures import (
    GHOST,
    KICK,
    KIT_STROKES_A_BAR,
    SNARE,
    TIME,
    of_classes,
    played_drum_bars,
)
from midi_subtract.listening.figures import MOST, share_of
from midi_subtract.metrics import BoolArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.drum_bars import (
    Bar,
    backbeats,
    bar_notes,
    in_bar,
    near,
    paced,
    places_of,
    played_bars,
    struck_at,
)
from midi_subtract.playing.drum_fills import bars_with_fills, fill_begin
from midi_subtract.programs import DRUM_KEY, HAND_CLAP, PERCUSSION, RIDE_BELL
from midi_subtract.words import percussion_words as words

_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth
_MEAN = 6.0  # how hard a stroke is, from 1 to 9, that is as loud as what keeps the time
# Of the other instruments, key -> the eighths of one bar of 4/4 or two, a digit how hard; then those of 3/4 and of 6/8.
_PATTERNS: dict[str, dict[int, str]] = {
    "congas": {62: "337337..|337..3..", 63: "......88|......88", 64: "........|...66..."},
    "bongos": {60: "7454745.|7454745.", 61: "......7.|......7."},
    "claves": {75: "7..7..7.|..7.7..."},
    "timbales": {65: "7.77.7.7|7.77.7.7", 66: "....7...|....7..."},
    "agogo": {67: "7.....77|7...77..", 68: "..77....|..7....7"},
    "guiro": {73: "..76..76", 74: "8...8..."},
}
_IN_THREE: dict[str, dict[int, str]] = {
    "congas": {62: "3373..", 63: "....88"},
    "bongos": {60: "7454.4", 61: "....7."},
    "claves": {75: "7..7..|..7.7."},
    "timbales": {65: "7.7.77", 66: "....7."},
    "agogo": {67: "7....7", 68: "..7.7."},
    "guiro": {73: "..7676", 74: "8....."},
}
_IN_SIX: dict[str, dict[int, str]] = {
    "congas": {62: "3373..", 63: "....88"},
    "bongos": {60: "74574.", 61: ".....7"},
    "claves": {75: "7.7.7.|.7.7.."},
    "timbales": {65: "7.7.77|.7.7.7", 66: "...7.."},
    "agogo": {67: "7...7.|.7...7", 68: "..7..7|...7.."},
    "guiro": {73: ".76.76", 74: "8..8.."},
    "cowbell": {56: "7.7.77|.7.7.7"},  # the bell of bembé
}
_KEEPERS = {words.HATS: ("closed hat", "open hat"), words.RIDE: ("ride",)}
_DRUMS = {"kick": KICK, "snare": SNARE, "open hat": ("open hat",)}
_HIGH_AND_LOW = ("woodblock",)  # high where a bar begins, low on other beats
_MUTED_AND_OPEN = ("triangle",)  # muted on the beat, open behind it


def percussion_asked(kit: Mapping[str, bool]) -> list[str]:
    """The names of percussion that are asked for, with what is said of how often they are struck."""
    if kit.get("hand percussion") is False:
        return []
    instruments = dict.fromkeys(words.without_pace(name) for name in kit)
    return [name for one in instruments if one in PERCUSSION and (name := words.named_as(kit, one))]


def strokes_placed(kit: Mapping[str, bool]) -> bool:
    """Whether anything is asked for whose strokes are placed here."""
    ways = (words.CLAPS, words.PEDAL_HAT, words.RIDE_BELL)
    named = any(words.named_as(kit, way) for way in ways) or any(words.pace_of(kit, name) for name in _KEEPERS)
    return named or bool(percussion_asked(kit))


def with_percussion(
    drums: Notes,
    kit: Mapping[str, bool],
    bar_starts: IntArray,
    feel: Sequence[Division],
    placed: Sequence[int] = (),
) -> Notes:
    """The drums with the percussion and the claps that are asked for, in the bars in which they play.

    What the part has of percussion is played by the one instrument that is named, if that has one key; else each of
    them has a pattern of its own, as loud as what keeps the time. Claps are struck with the snare, or where it would
    be. kit: drum -> whether it is wanted. feel: how the beats of each bar divide. placed: bars in which fills are asked
    for, as in `bars_with_fills`.
    """
    played = played_bars(drums, bar_starts, feel)
    if claps := words.named_as(kit, words.CLAPS):
        pace, replaces = claps.removeprefix(words.CLAPS), kit.get("snare") is False
        drums = _claps_at(drums, played, pace) if pace else _with_claps(drums, played, bar_starts, replaces)
        drums = _at_rest_in_fills(drums, bar_starts, placed)
    named = percussion_asked(kit)
    least = KIT_STROKES_A_BAR["hand percussion"] * len(played)
    is_free = all(name in PERCUSSION for name in named)  # nothing is said of where they are struck
    if not named or (is_free and all(_struck(drums, name) >= least for name in named)):
        return drums
    own = of_classes(drums, ("hand percussion",))
    keys = PERCUSSION.get(named[0], ())
    if is_free and len(named) == len(keys) == 1 and own.sum() >= least:
        pitch = np.where(own, keys[0], drums.pitch)
        return Notes.from_arrays(drums.onset, pitch, drums.duration, drums.velocity)
    loud = _loudness(drums)
    patterns = [_notes(_pattern(name, bar), bar, loud) for name in named for bar in played]
    return Notes.merge([drums.select(~own), *patterns])


def keeps_pace(drums: Notes, name: str, bar_starts: IntArray, feel: Sequence[Division]) -> bool:
    """Whether percussion, hats, the ride or another drum are struck where a name says in most of the bars played; swung
    strokes may be two steps off. feel: how the beats of each bar divide."""
    instrument = words.without_pace(name)
    keys = PERCUSSION.get(instrument)
    own = drums.select(drum_strokes(drums, name) if keys is None else np.isin(drums.pitch, keys))

    def is_paced(index: int, length: int) -> bool:
        bar = Bar(index, int(bar_starts[index]), length, feel[index])
        rows = paced(name.removeprefix(instrument), bar) if keys is None else _pattern(name, bar)
        places = sorted({row[0] for row in rows})
        at = np.unique(bar_notes(own, index, bar_starts).onset)
        return len(at) == len(places) and bool((np.abs(at - places) <= 2).all())

    return share_of(is_paced(index, bar.length) for index, bar in played_drum_bars(drums, bar_starts)) >= MOST


def drum_strokes(drums: Notes, name: str) -> BoolArray:
    """Which notes are strokes of the drum of a name; of the snare its ghost notes are none, but where it is struck in
    sixteenths, which are not alike."""
    drum = words.without_pace(name)
    own = of_classes(drums, _KEEPERS.get(drum) or _DRUMS[drum])
    is_all = drum != "snare" or name.endswith(words.SIXTEENTHS)
    return own if is_all else np.asarray(own & ~ghosts(drums), dtype=np.bool_)


def ghosts(drums: Notes) -> BoolArray:
    """Which notes are ghost notes on the snare."""
    snare = of_classes(drums, SNARE)
    loud = float(np.quantile(drums.velocity[snare], 0.9)) if snare.any() else 0.0
    return np.asarray(snare & (drums.velocity < GHOST * loud), dtype=np.bool_)


def _struck(drums: Notes, name: str) -> int:
    return int(np.isin(drums.pitch, PERCUSSION[words.without_pace(name)]).sum())


def _loudness(drums: Notes) -> float:
    """Of what keeps the time, otherwise of all that is no percussion, otherwise of all."""
    masks: tuple[BoolArray, ...] = (of_classes(drums, TIME), ~of_classes(drums, ("hand percussion",)))
    mask = next((mask for mask in masks if mask.any()), np.ones(len(drums), dtype=np.bool_))
    return float(drums.velocity[mask].mean())


_Row = tuple[int, int, int]
"""(step of its bar, key, how hard from 1 to 9)."""


def _notes(rows: Iterable[_Row], bar: Bar, loud: float) -> Notes:
    return Notes.of(
        (bar.start + at, key, min(_STROKE, bar.length - at), int(np.clip(np.rint(loud * hard / _MEAN), 1, 127)))
        for at, key, hard in rows
    )


def _pattern(name: str, bar: Bar) -> list[_Row]:
    instrument = words.without_pace(name)
    keys, pace = PERCUSSION[instrument], name.removeprefix(instrument) or words.USUAL.get(instrument, "")
    written = _written_for(instrument, bar)
    if written and name == instrument:
        return _written(written, bar)
    rows = paced(pace, bar)
    if instrument in _HIGH_AND_LOW:
        return [(at, keys[at > 0], hard) for at, hard in rows]
    if instrument in _MUTED_AND_OPEN:
        return [(at, keys[at % STEPS_PER_BEAT > 0], hard) for at, hard in rows]
    return [(at, keys[-1 if len(keys) < 3 else 1], hard) for at, hard in rows]  # of congas the open one


def _written_for(instrument: str, bar: Bar) -> Mapping[int, str] | None:
    """The pattern of an instrument that has one for bars like this."""
    if bar.is_six:
        return _IN_SIX.get(instrument)
    return (_IN_THREE if len(bar.beats) == 3 else _PATTERNS).get(instrument)


def _written(pattern: Mapping[int, str], bar: Bar) -> list[_Row]:
    """As much of a pattern as a bar has room for; two of 2/4 have one bar of 4/4. Eighths of 6/8 are thirds of its
    beats."""
    rows = []
    halves = len(bar.beats) == 2 and not bar.is_six
    index, skipped = (bar.index // 2, 4 * (bar.index % 2)) if halves else (bar.index, 0)
    for key, text in pattern.items():
        bars = text.split("|")
        for place, mark in enumerate(bars[index % len(bars)][skipped:]):
            at = THIRDS[1] * place if bar.is_six else shuffled(place * STEPS_PER_BEAT // 2, bar.division)
            if mark != "." and at < bar.length:
                rows.append((at, key, int(mark)))
    return rows


def _with_claps(drums: Notes, played: Sequence[Bar], bar_starts: IntArray, replace_snare: bool) -> Notes:
    """Claps where the snare is struck on the beat, on the backbeat in bars in which it is not; where they replace it
    (`finishing`), in these bars alone."""
    snare, claps = drums.select(of_classes(drums, SNARE)), drums.select(drums.pitch == HAND_CLAP)
    loud = int(np.rint((snare if len(snare) else drums).velocity.mean()))
    added: list[tuple[int, int, int, int]] = []
    for bar in played:
        inside = bar_notes(snare, bar.number, bar_starts)
        on_beat = inside.select((inside.onset + 1) % STEPS_PER_BEAT <= 2)
        if not len(on_beat):
            added += [(bar.start + at, HAND_CLAP, _STROKE, loud) for at in backbeats(bar.length)]
        elif not replace_snare:
            rows = zip(on_beat.onset.tolist(), on_beat.velocity.tolist(), strict=True)
            added += [(bar.start + at, HAND_CLAP, _STROKE, hard) for at, hard in rows if hard >= GHOST * loud]
    there = claps.onset.tolist()
    new = {row[0]: row for row in added if not {row[0] - 1, row[0], row[0] + 1} & set(there)}
    return Notes.merge([drums, Notes.of(new.values())])


def _claps_at(drums: Notes, played: Sequence[Bar], pace: str) -> Notes:
    """Claps where they are said to be, and nowhere else."""
    rest = drums.select(drums.pitch != HAND_CLAP)
    snare = rest.select(of_classes(rest, SNARE))
    loud = int(np.rint((snare if len(snare) else drums).velocity.mean()))
    return Notes.merge([rest, struck_at(places_of(played, pace), HAND_CLAP, loud)])


def _at_rest_in_fills(drums: Notes, bar_starts: IntArray, placed: Sequence[int]) -> Notes:
    """The drums without claps while a fill sounds: nobody has hands for both."""
    is_clap = drums.pitch == HAND_CLAP
    for bar in bars_with_fills(drums.select(~is_clap), bar_starts, placed):
        start, stop = int(bar_starts[bar]), int(bar_starts[bar + 1])
        rests = is_clap & in_bar(drums, bar, bar_starts) & (drums.onset >= start + fill_begin(stop - start) - 1)
        drums, is_clap = drums.select(~rests), is_clap[~rests]
    return drums


def with_ways(
    drums: Notes, kit: Mapping[str, bool], bar_starts: IntArray, feel: Sequence[Division], before: Notes
) -> Notes:
    """The drums with the hat struck by the foot, where a stick would strike it otherwise, and the ride on its bell,
    where these are asked for: on the backbeat and on the beat, if nothing else is said. bar_starts: bars of whole
    beats. feel: how the beats of each bar divide. before: the drums with what is ruled out, which tell where they play,
    and how loud where nothing else is left."""
    played = played_bars(before, bar_starts, feel)
    loud = int(np.rint(_loudness(drums if len(drums) else before)))
    if bell := words.named_as(kit, words.RIDE_BELL):
        drums = _on_bell(drums, played, bell.removeprefix(words.RIDE_BELL), loud)
    if foot_hat := words.named_as(kit, words.PEDAL_HAT):
        places = places_of(played, foot_hat.removeprefix(words.PEDAL_HAT) or words.USUAL[words.PEDAL_HAT])
        by_foot = of_classes(drums, ("pedal hat",)) | (
            near(drums.onset, places) & of_classes(drums, ("closed hat", "open hat"))
        )
        drums = Notes.merge([drums.select(~by_foot), struck_at(places, DRUM_KEY["pedal hat"], loud)])
    for keeper in _KEEPERS:
        if pace := words.pace_of(kit, keeper):
            other = next(name for name in _KEEPERS if name != keeper)
            silent = () if words.pace_of(kit, other) else _KEEPERS[other]
            own, is_silent = of_classes(drums, _KEEPERS[keeper]), of_classes(drums, silent)
            drums = kept_at(drums, played, own, is_silent, DRUM_KEY[_KEEPERS[keeper][0]], pace, loud, bar_starts)
    return drums


def kept_at(
    drums: Notes,
    played: Sequence[Bar],
    own: BoolArray,
    silent: BoolArray,
    key: int,
    pace: str,
    loud: float,
    bar_starts: IntArray,
) -> Notes:
    """One drum where it is said to be struck and nowhere else, and what it stands for not at all; fills stay as they
    are. own: which notes are its strokes. silent: which are of the drums that it stands for."""
    filled = set(bars_with_fills(drums, bar_starts))
    left_out, new = np.zeros(len(drums), dtype=np.bool_), []
    for bar in played:
        end = (fill_begin(bar.length) if bar.number in filled else bar.length) - 1
        here = slice(*np.searchsorted(drums.onset, (bar.start - 1, bar.start + end + 1)))
        at = drums.onset[here] - bar.start
        rows = [(place, key, hard) for place, hard in paced(pace, bar) if place < end]
        apart = 0 if pace == words.ROLLS else 1  # a sixteenth is as near to two strokes of a roll
        near = np.isin(at, [place + off for place, _, _ in rows for off in range(-apart, apart + 1)])
        left_out[here] = (at < end) & (silent[here] | (own[here] & ~near))
        there = at[own[here] & ~left_out[here]]
        new.append(_notes([row for row in rows if not (np.abs(there - row[0]) <= apart).any()], bar, loud))
    return Notes.merge([drums.select(~left_out), *new])


def _on_bell(drums: Notes, played: Sequence[Bar], pace: str, loud: int) -> Notes:
    """The ride on its bell where it is struck on the beat, or wherever it is said to be, where nothing else strikes it.

    An off-beat may be swung in the drums and not in the song, so strokes near it count."""
    places = places_of(played, pace or words.QUARTERS)
    ride = of_classes(drums, ("ride",))
    apart = np.abs(drums.onset[:, None] - places) - (places % STEPS_PER_BEAT > 0)  # one step more off the beat
    near = (apart <= 1) & ride[:, None]
    pitch = np.where(near.any(axis=1), RIDE_BELL, np.where(ride & bool(pace), DRUM_KEY["ride"], drums.pitch))
    bells = Notes.from_arrays(drums.onset, pitch, drums.duration, drums.velocity)
    if not pace:
        return bells
    missing = places[~near.any(axis=0)]
    return Notes.merge([bells, struck_at(missing, RIDE_BELL, loud)])

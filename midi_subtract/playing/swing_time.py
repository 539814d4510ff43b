"""Long and short eighths: what keeps the time where drums swing, and basses that go along.

In jazz this is the ride cymbal on every beat and before 1 and 3, the hat by the foot on 2 and 4, and a kick that is
felt rather than heard.

A model that is asked for jazz writes swung eighths all through, which a style classifier hears as jazz too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from midi_subtract.listening.divisions import SWUNG, THIRDS, Division
from midi_subtract.listening.drum_figures import KICK, TIME, of_classes, played_drum_bars
from midi_subtract.listening.figures import bar_index
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, one_after_another
from midi_subtract.playing.drum_bars import bar_notes, in_bar
from midi_subtract.playing.drum_fills import bars_with_fills
from midi_subtract.programs import DRUM_KEY
from subtract_core.wish import Wish

JAZZ = ("jazz", "swing")
"""Styles in which the time is kept so."""
_SWUNG = 0.75  # level of swing from which on eighths are as long and short as those of triplets
_EARLY, _LATE = STEPS_PER_BEAT // 3, 2 * STEPS_PER_BEAT // 3
_SHORT = STEPS_PER_BEAT // 6  # a note that has little room
_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth
_FEATHERED, _SKIPPED, _FOOT = 0.45, 0.85, 0.9  # kick, the stroke before a beat and pedal hat beside the ride's mean
_MOST_KICKS = 2  # of a bar, that comment on what others play; more of them keep the time, as one on its line does


def is_swung(wish: Wish) -> bool:
    """Whether a part is to swing as much as triplets do."""
    return wish.levels.get("swing", 0.0) >= _SWUNG or bool(wish.options.get("figure", {}).get("shuffle"))


def swings_along(wish: Wish) -> bool:
    """Whether a bass swings where the song does: it is to walk or to play jazz, and nothing else is said of how its
    eighths lie."""
    styles, walks = wish.options.get("style", {}), wish.options.get("figure", {}).get("walking", False)
    in_jazz = walks or any(styles.get(style) for style in JAZZ)
    return bool(in_jazz and (is_swung(wish) or "swing" not in wish.levels))


def is_long_and_short(wish: Wish) -> bool:
    """Whether drums are to swing in eighths: nothing is said of more strokes than those."""
    figure = wish.options.get("figure", {})
    return is_swung(wish) and wish.levels.get("density", 0.0) <= 0.5 and not figure.get("sixteenth hats")


def on_eighths(drums: Notes) -> Notes:
    """Drums with what keeps the time at eighths: of sixteenths and triplets those in between go, or would fill every
    beat that swings; a last sixteenth without an off-beat before it becomes one."""
    time = of_classes(drums, (*TIME, "hand percussion"))
    beat, at = np.divmod(drums.onset.astype(np.int64), STEPS_PER_BEAT)
    has_offbeat = np.isin(beat, beat[time & (at >= 5) & (at <= 8)])
    late = (at == 9) | (at == 10)
    gone = time & (((at >= 2) & (at <= 4)) | (late & has_offbeat))
    onset = np.where(time & late, beat * STEPS_PER_BEAT + _LATE, drums.onset)
    return Notes.from_arrays(onset[~gone], drums.pitch[~gone], drums.duration[~gone], drums.velocity[~gone])


def swung_along(bass: Notes, wish: Wish, bar_starts: IntArray, feel: Sequence[Division]) -> Notes:
    """A bass with nothing straight between the beats of bars that swing: the first of early sixteenths and triplets at
    a third of the beat, the first stroke behind them at two thirds, others left out. A model plays straight eighths and
    sixteenths among swung ones. feel: how the beats of each bar of the song divide; if the bass is to swing,
    straight ones are swung too."""
    swings = np.array([division == SWUNG or (is_swung(wish) and division != THIRDS) for division in feel])
    bar = np.clip(bar_index(bass.onset.tolist(), bar_starts), 0, len(swings) - 1)
    beat, at = np.divmod(bass.onset.astype(np.int64), STEPS_PER_BEAT)
    place, is_first = at.copy(), np.ones(len(bass), dtype=bool)
    for begin, stop, goes_to in ((2, _EARLY + 1, _EARLY), (STEPS_PER_BEAT // 2 - 1, STEPS_PER_BEAT - 1, _LATE)):
        moved = (at >= begin) & (at < stop)
        first = np.full(int(beat.max(initial=0)) + 1, STEPS_PER_BEAT)
        np.minimum.at(first, beat[moved], at[moved])
        place[moved] = goes_to
        is_first &= ~(moved & (at > first[beat]))
    onset = np.where(swings[bar], beat * STEPS_PER_BEAT + place, bass.onset)
    kept = ~swings[bar] | is_first
    if kept.all() and (onset == bass.onset).all():
        return bass
    begins = dict(zip(bass.onset.tolist(), np.where(kept, onset, (beat + 1) * STEPS_PER_BEAT).tolist(), strict=True))
    end = np.array([begins.get(end, end) for end in bass.end.tolist()])  # notes go on to the next one as they did
    swung = Notes.from_arrays(onset, bass.pitch, np.maximum(end - onset, _SHORT), bass.velocity)
    return one_after_another(swung.select(kept[np.lexsort((bass.pitch, onset))]))


def ride_pattern(length: int) -> list[int]:
    """Where the ride is struck in a bar of so many steps: spang, spang-a-lang."""
    beats = range(0, length, STEPS_PER_BEAT)
    return sorted([*beats, *(beat + _LATE for beat in beats[1::2])])


def with_jazz_time(notes: Notes, bar_starts: IntArray, kit: Mapping[str, bool]) -> Notes:
    """Drums with the time as jazz drummers keep it in every bar in which hats or ride keep it otherwise; what snare and
    toms play stays. kit: drum -> whether it is wanted: hats keep the time where they are, or no ride is.

    Fills, bars in which neither hats nor ride are struck, and meters without whole beats stay as they are.
    """
    on_hats = kit.get("ride") is False or (kit.get("hi-hat") and not kit.get("ride"))
    keeper = DRUM_KEY["closed hat" if on_hats else "ride"]
    parts, left = [], np.ones(len(notes), dtype=np.bool_)
    filled = bars_with_fills(notes, bar_starts)
    for index, bar in played_drum_bars(notes, bar_starts):
        start = int(bar_starts[index])
        if index in filled or bar.length % STEPS_PER_BEAT or not bar.cymbals or _is_kept(bar.cymbals, bar.length):
            continue
        left &= ~in_bar(notes, index, bar_starts)
        own = bar_notes(notes, index, bar_starts)
        parts.append(_in_jazz_time(own, bar.length, keeper).shifted(start))
    return Notes.merge([notes.select(left), *parts]) if parts else notes


def _is_kept(struck: frozenset[int], length: int) -> bool:
    """Whether strokes of hats and ride are the pattern already, but for one that is missing and one more."""
    pattern = {at + off for at in ride_pattern(length) for off in (-1, 0, 1)}
    hit = [at for at in ride_pattern(length) if {at - 1, at, at + 1} & struck]
    skips = any(at % STEPS_PER_BEAT for at in hit)  # quarters alone are a waltz
    return skips and len(hit) >= len(ride_pattern(length)) - 1 and len(struck - pattern) <= 1


def _in_jazz_time(bar: Notes, length: int, keeper: int) -> Notes:
    time, kicks = of_classes(bar, TIME), of_classes(bar, KICK)
    loud = float(bar.velocity[time].mean())
    beats = range(0, length, STEPS_PER_BEAT)
    crashes = set(bar.onset[of_classes(bar, ("crash",))].tolist())

    def struck(places: list[int], key: int, share: float) -> list[tuple[int, int, int, int]]:
        return [(at, key, _STROKE, max(1, round(loud * share))) for at in places]

    pattern = [at for at in ride_pattern(length) if at not in crashes]  # one hand cannot strike both
    rows = struck([at for at in pattern if not at % STEPS_PER_BEAT], keeper, 1.0)
    rows += struck([at for at in pattern if at % STEPS_PER_BEAT], keeper, _SKIPPED)
    rows += struck([*beats[1::2]], DRUM_KEY["pedal hat"], _FOOT)
    comments = kicks.sum() <= _MOST_KICKS and (bar.onset[kicks] > 1).any()
    if not comments:
        is_on_one = kicks.any() and (bar.onset[kicks] <= 1).all()
        rows += struck([0] if is_on_one else [*beats], DRUM_KEY["kick"], _FEATHERED)
        time = time | kicks
    return Notes.merge([bar.select(~time), Notes.of(rows)])

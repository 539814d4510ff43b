"""Walking basses: a quarter note on every beat, on the bass of each chord where it begins, led into from beside it.

The line is the cheapest path through the pitches of all beats, by costs that say what bass teachers do: chord tones on
strong beats, steps and few leaps, no note twice in a row, a semitone or a step before the next chord. What the model
plays on a beat costs a little less, so that lines differ as its parts do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from midi_subtract.listening.chords import ChordSpan, chord_at, chord_spans
from midi_subtract.listening.divisions import divisions
from midi_subtract.listening.figures import Bar, is_walking, on, played_bars
from midi_subtract.metrics import FloatArray, IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, one_after_another
from midi_subtract.playing.octaves import HIGHEST, at_pitches
from midi_subtract.playing.scenes import Row, compass_of, estimated, struck_again, with_bars
from subtract_core.stems import Stem

_NEVER = 50.0
_STEP = np.array([8, 0, 0, 0.3, 0.3, 0.6, 2.5, 1, 2.5, 3, 4, 4, 1.5])
"""Cost of an interval by its semitones, an octave last; larger ones cost 6."""
_APPROACH = np.array([4, 0, 0.2, 1.5, 1.5, 2.5, 3, 2.5, 3, 3, 3, 3, 2.5])
"""What it costs more as the way into a chord, or into a bar."""
_BACK, _ON = 1.2, 2.0  # to the note before the last; two leaps in one direction
_LEAP = 5  # semitones
_CHROMATIC, _SCALE_NOTE = 3.0, 0.4
_NO_ROOT, _ROOT_AGAIN = 2.0, 0.5  # on the first beat of a bar; on others, where it was there already
_OWN = 0.5  # what a note of the model's costs less
_HIGH, _HIGHER = 48, 0.3  # C3: above it every semitone costs that much
_SCALES = np.array(
    [
        np.roll(np.isin(np.arange(12), scale), tonic)
        for scale in ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 11))
        for tonic in range(12)
    ],
    dtype=np.float64,
)
"""Major, melodic minor and harmonic minor scales as pitch classes [36, 12]."""
_NEAR = 6  # chords on either side that tell a chord's scale


@dataclass(frozen=True)
class _Beat:
    """at: its step. chord: what sounds. scale: the pitch classes of its scale. begins: whether a bar or a chord does.
    root: whether it is to be the chord's bass. leads: whether a bar or a chord begins with the next beat.
    given: its pitch, where that is settled. heard: what the model plays there."""

    at: int
    chord: ChordSpan
    scale: frozenset[int]
    begins: bool
    root: bool
    leads: bool
    given: int | None
    heard: int | None


def walked(notes: Notes, context: Mapping[Stem, Notes], lines: IntArray, chart: Sequence[ChordSpan] = ()) -> Notes:
    """A bass that walks in every bar in which it plays; bars stay that do so already.

    context: the song's parts. lines: bar lines in steps, the end included. chart: chords that are written for the song,
    whose basses are then played where they begin; where none are, bars begin with the model's notes.
    """
    notes = struck_again(notes, lines)
    bars = dict(played_bars(notes, context, lines))
    if not bars:
        return notes
    chords = chord_spans(chart, estimated(notes, Stem.BASS, context, lines), int(lines[-1]))
    new = {index for index, bar in bars.items() if not walks(bar, int(lines[index]), chart)}
    compass = compass_of(notes, Stem.BASS)
    beats = list(_beats(bars, new, lines, chords, bool(chart), compass))
    rows: dict[int, list[Row]] = {index: [] for index in sorted(new)}
    for beat, pitch in zip(beats, _line(beats, compass), strict=True):
        index = int(np.searchsorted(lines, beat.at, side="right")) - 1
        if index in new:
            room = min(STEPS_PER_BEAT, int(lines[index + 1]) - beat.at)
            rows[index].append((beat.at - int(lines[index]), pitch, max(room - 1, 1)))
    return with_bars(notes, rows, lines, compass)


def with_passing_notes(
    notes: Notes, context: Mapping[Stem, Notes], lines: IntArray, chart: Sequence[ChordSpan] = ()
) -> Notes:
    """A bass that leads into each chord by an eighth, a step of the scale beside the note that it begins with, from the
    side it comes from: in the place of a note that it repeats there, or of the end of a longer one. Where it rests, or
    moves already, it stays as it is."""
    chords = chord_spans(chart, estimated(notes, Stem.BASS, context, lines), int(lines[-1])) if len(notes) else []
    feel, pitch = divisions([*context.values(), notes], lines), notes.pitch.astype(np.int64)
    onset, added = notes.onset.tolist(), list[tuple[int, int, int, int]]()
    for place, chord in enumerate(chords[1:], 1):
        after = int(np.searchsorted(notes.onset, chord.start - 1))
        if not 0 < after < len(notes) or onset[after] > chord.start + 1:
            continue
        steps = STEPS_PER_BEAT - feel[int(np.searchsorted(lines, chord.start - 1, side="right")) - 1][-1]
        before, at = after - 1, chord.start - steps
        into = _step_into(int(pitch[after]), int(pitch[before]), _scale(place, chords))
        if onset[before] >= at - 1:
            is_repeated = before > 0 and pitch[before] == pitch[before - 1]
            pitch[before] = into if is_repeated else pitch[before]
        elif notes.end[before] > at - STEPS_PER_BEAT:
            added.append((at, into, steps, int(notes.velocity[before])))
    led = at_pitches(notes, pitch)
    return one_after_another(Notes.merge([led, Notes.of(added)])) if added else led


def _step_into(pitch: int, before: int, scale: frozenset[int]) -> int:
    """A step from a pitch on the side of the note before, or the other where that is the step: in a scale if there is
    one, else a semitone."""
    side = 1 if before > pitch else -1
    steps = [pitch + side * by for by in (1, 2, -1, -2) if pitch + side * by != before]
    return next((step for step in steps if step % 12 in scale), steps[0])


def walks(bar: Bar, start: int, chart: Sequence[ChordSpan]) -> bool:
    """Whether a bar walks; by a chart, if there is one: no note on two beats in a row, every chord's bass where it
    begins. start: the bar's step."""
    if not is_walking(bar) or not chart:
        return is_walking(bar)
    played = [(stroke.lowest, start + stroke.at) for stroke in bar.strokes]
    walk = [stroke.lowest for stroke in bar.strokes if on((stroke.at,), bar.beats)]
    basses = {chord.start: chord.bass for chord in chart if start <= chord.start < start + bar.length}
    there = [any(p % 12 == bass and abs(at - first) <= 1 for p, at in played) for first, bass in basses.items()]
    return all(there) and all(a != b for a, b in pairwise(walk))


def _beats(
    bars: Mapping[int, Bar],
    new: set[int],
    lines: IntArray,
    chords: Sequence[ChordSpan],
    has_chart: bool,
    compass: tuple[int, int],
) -> Iterator[_Beat]:
    scales = {chord.start: _scale(place, chords) for place, chord in enumerate(chords)}
    times = [(i, int(lines[i]) + beat) for i in sorted(bars) for beat in bars[i].beats]
    for (index, at), (_, after) in pairwise([*times, (-1, int(lines[-1]))]):
        bar, start, chord = bars[index], int(lines[index]), chord_at(chords, at)
        assert chord is not None  # estimated ones are everywhere
        heard = next((s.lowest for s in bar.strokes if abs(s.at + start - at) <= 1), None)
        is_first = has_chart and at - STEPS_PER_BEAT < chord.start <= at
        given = heard if index not in new else None
        if given is None and at == start and not has_chart:
            given = min(max(bar.strokes[0].lowest, compass[0]), compass[1])
        following = chord_at(chords, after)
        leads = after in lines or (has_chart and following is not None and after - STEPS_PER_BEAT < following.start)
        yield _Beat(at, chord, scales[chord.start], at == start or is_first, is_first, leads, given, heard)


def _scale(place: int, chords: Sequence[ChordSpan]) -> frozenset[int]:
    """The scale of a chord: the one that has most of its tones, and of those of the chords around it."""
    weight = np.zeros(12)
    first = max(place - _NEAR, 0)
    for near, chord in enumerate(chords[first : place + _NEAR + 1], first):
        weight[list(chord.tones)] += 4.0 if near == place else 0.5 ** abs(near - place)
    weight[[(chords[place].root + above) % 12 for above in (2, 5, 9)]] += 0.1
    return frozenset(np.flatnonzero(_SCALES[int((_SCALES @ weight).argmax())]).tolist())


def _line(beats: Sequence[_Beat], compass: tuple[int, int]) -> list[int]:
    """The cheapest pitches: Viterbi over pairs of notes, since going back is told by three."""
    highest = max([HIGHEST, *(beat.given for beat in beats if beat.given is not None)])
    pitches = np.arange(compass[0], min(compass[1], highest) + 1)
    apart = np.abs(pitches[:, None] - pitches[None, :])
    step = np.where(apart <= 12, _STEP[np.minimum(apart, 12)], 6.0)
    approach = step + np.where(apart <= 12, _APPROACH[np.minimum(apart, 12)], 3.0)
    signed = np.where(apart >= _LEAP, np.sign(pitches[None, :] - pitches[:, None]), 0)
    onwards = signed[:, :, None] * signed[None, :, :] > 0
    three = _BACK * np.eye(len(pitches))[:, None, :] + _ON * onwards  # [before, now, next]
    total = np.broadcast_to(_own(beats[0], pitches), apart.shape).copy()  # [before, now]
    came_from = []
    for beat in beats[1:]:
        paths = total[:, :, None] + three
        came_from.append(paths.argmin(axis=0))
        total = paths.min(axis=0) + (approach if beat.begins else step) + _own(beat, pitches)
    before, now = (int(i) for i in np.unravel_index(int(total.argmin()), total.shape))
    line = [now]
    for back in reversed(came_from):
        before, now = int(back[before, now]), before
        line.append(now)
    return [int(pitches[i]) for i in reversed(line)]


def _own(beat: _Beat, pitches: IntArray) -> FloatArray:
    """What each pitch costs on a beat, whatever comes before and after."""
    if beat.given is not None:
        return np.where(pitches == beat.given, 0.0, _NEVER)
    classes = pitches % 12
    is_tone, is_in_scale = np.isin(classes, list(beat.chord.tones)), np.isin(classes, list(beat.scale))
    is_bass = classes == beat.chord.bass
    strength = 4.0 if beat.begins else 0.3 if beat.leads else 1.0
    cost = strength * np.where(is_tone, 0.0, np.where(is_in_scale, _SCALE_NOTE, _CHROMATIC))
    if beat.begins:
        cost = cost + np.where(is_bass, 0.0, _NEVER if beat.root else _NO_ROOT)
    else:
        cost = cost + _ROOT_AGAIN * is_bass
    cost = cost + _HIGHER * np.maximum(pitches - _HIGH, 0)
    return np.asarray(cost - _OWN * (pitches == beat.heard), dtype=np.float64)

"""When a pitched part strikes, where that is asked for by beats: nothing but these, all but these, or these louder.

What is struck there is what the model has sounding; guitars and keys strike chords.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from midi_subtract.listening.divisions import SWUNG, divisions, shuffled
from midi_subtract.listening.figures import GUITAR_RULES, MOST, Bar, played_bars, share_of
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing import drum_bars
from midi_subtract.playing.bass_lines import places_in, until_next
from midi_subtract.playing.scenes import Row, Scene, compass_of, in_bars, nearest, stopped, struck_again
from midi_subtract.words.bass_words import PEDAL, TONES
from midi_subtract.words.stroke_words import ACCENTS, ARPEGGIATED, OFF, OOM_PAH, WHOLES, beats_of, is_placed
from subtract_core.explain import FactReport
from subtract_core.stems import Stem

_NEAR = 2  # steps by which a stroke may miss the beat
_OFF_BEAT = STEPS_PER_BEAT // 2
_ACCENT, _PLAIN = 1.2, 0.85  # velocities on stressed beats and on others, beside what they were
_LOUDER = 8.0
"""Velocity by which what is stressed is louder, on average."""


Voicing = Callable[[Scene, int], list[int]]
"""The pitches that are struck at a step of a bar."""


def struck(
    notes: Notes,
    stem: Stem,
    line: str,
    context: Mapping[Stem, Notes],
    lines: IntArray,
    voices: int,
    voicing: Voicing | None = None,
    longest: int | None = None,
) -> Notes:
    """A part that strikes where a line says (`places_in`), and nowhere else, in every bar in which it plays: what the
    model has sounding there, where that has so many voices; else tones of the chord. voicing: what is struck whatever
    the model has. longest: steps that a stroke lasts at most.
    """
    notes = struck_again(notes, lines)
    if not len(notes):
        return notes
    sounding = voicing or _sounding(notes, voices, compass_of(notes, stem))

    def player(scene: Scene) -> list[Row]:
        length = scene.bar.length
        places = places_in(line, scene.bar, scene.start)
        if line == WHOLES and length > (half := 2 * STEPS_PER_BEAT) and scene.chord(0) != scene.chord(half):
            places = [0, half]
        room = [min(steps, longest or steps) for steps in until_next(places, length)]
        return [(at, pitch, steps) for at, steps in zip(places, room, strict=True) for pitch in sounding(scene, at)]

    return in_bars(notes, stem, lambda bar: False, player, context, lines)


def _sounding(notes: Notes, voices: int, compass: tuple[int, int]) -> Voicing:
    """What a part has sounding, where that has so many voices; else the root or three tones of the chord, near its
    middle."""
    middle = int(np.median(notes.pitch))

    def pitches(scene: Scene, at: int) -> list[int]:
        step = scene.start + at
        there = np.unique(notes.pitch[(notes.onset <= step + 1) & (notes.end > step + 1)])
        if len(there) >= voices:
            return [int(pitch) for pitch in there]
        return sorted({nearest(tone, middle, compass) for tone in scene.chord(at).pitch_classes[:voices]})

    return pitches


# --- some beats left out, or louder ---------------------------------------------------------------------------------


def _steps(line: str, notes: Notes, context: Mapping[Stem, Notes], lines: IntArray) -> IntArray:
    """The steps of the song on which the beats of a line lie."""
    beats, feel = beats_of(line), divisions([*context.values(), notes], lines)
    bars = zip(lines.tolist(), np.diff(lines).tolist(), feel, strict=False)
    places = [
        start + at
        for start, length, division in bars
        for at, _ in drum_bars.paced(beats, drum_bars.Bar(0, start, length, division))
    ]
    return np.array(sorted(places), dtype=np.int64)


def _behind(notes: Notes, places: IntArray) -> IntArray:
    """How many steps behind the nearest of several places each note begins."""
    after = np.minimum(np.searchsorted(places, notes.onset), len(places) - 1)
    later, earlier = notes.onset - places[after], notes.onset - places[np.maximum(after - 1, 0)]
    return np.asarray(np.where(np.abs(later) < np.abs(earlier), later, earlier), dtype=np.int64)


def left_out(notes: Notes, line: str, context: Mapping[Stem, Notes], lines: IntArray) -> Notes:
    """The part without what it strikes on some beats: held notes begin half a beat later, if no other does, and none
    rings into such a beat."""
    places = _steps(line, notes, context, lines)
    if not len(places) or not len(notes):
        return notes
    behind = _behind(notes, places)
    early = np.where(np.abs(behind) <= _NEAR, np.minimum(behind, 0), 0)
    notes = Notes.from_arrays(notes.onset - early, notes.pitch, notes.duration + early, notes.velocity)
    notes = stopped(notes, places)
    behind = _behind(notes, places)
    on_beat, later = np.abs(behind) <= _NEAR, notes.onset - behind + _OFF_BEAT
    around = np.arange(-(_OFF_BEAT // 2), _OFF_BEAT // 2 + 1)
    free = ~np.isin(later, notes.onset[~on_beat, None] + around)
    kept = ~on_beat | (free & (notes.end > later + 1))
    onset, notes = np.where(on_beat, later, notes.onset)[kept], notes.select(kept)
    return Notes.from_arrays(onset, notes.pitch, notes.end - onset, notes.velocity)


def accented(notes: Notes, line: str, context: Mapping[Stem, Notes], lines: IntArray) -> Notes:
    """The part with what it strikes on some beats louder than the rest."""
    stressed = _on(notes, _steps(line, notes, context, lines))
    if stressed.all() or not stressed.any():
        return notes
    velocity = np.clip(np.rint(notes.velocity * np.where(stressed, _ACCENT, _PLAIN)), 1, 127)
    return Notes.from_arrays(notes.onset, notes.pitch, notes.duration, velocity)


def _on(notes: Notes, places: IntArray) -> np.ndarray:
    """Which notes begin on one of several places."""
    if not len(places):
        return np.zeros(len(notes), dtype=np.bool_)
    return np.abs(_behind(notes, places)) <= _NEAR


# --- what is there --------------------------------------------------------------------------------------------------


def with_line_report(
    rows: Sequence[FactReport], line: str, notes: Notes, context: Mapping[Stem, Notes], lines: IntArray
) -> list[FactReport]:
    """What is said of a part, and of the line that it is asked for, if it is, in the place of rows on what it comes to.

    notes: of the bars between `lines`. context: the song's parts.
    """
    if not line:
        return list(rows)
    there, instead = _is_there(line, notes, context, lines), "something else"
    report = FactReport("figure", line, line if there else instead, there)
    if line.startswith(PEDAL):
        report = FactReport("figure", line, "one note" if there else "several notes", there)
    said_by_it = {"pedal", *(("power chords",) if is_placed(line) else ())}  # these would need two strokes a bar
    return [report, *(row for row in rows if row.fact != "figure" or row.asked not in said_by_it)]


def _is_there(line: str, notes: Notes, context: Mapping[Stem, Notes], lines: IntArray) -> bool:
    """Whether a part plays a line, in most of the bars in which it plays."""
    if line.startswith(PEDAL):
        return len(np.unique(notes.pitch % 12)) == 1
    if line.startswith(OFF):
        before_last = notes.starting(0, int(lines[-2]))  # the last bar may end all
        return not _on(before_last, _steps(line, notes, context, lines)).any()
    if line.startswith(ACCENTS):
        stressed = _on(notes, _steps(line, notes, context, lines))
        loud = notes.velocity.astype(np.float64)
        return bool(stressed.any() and (stressed.all() or loud[stressed].mean() >= loud[~stressed].mean() + _LOUDER))
    if line in (*TONES, OOM_PAH):
        return True  # the rule that plays them leaves nothing to be wished for
    bars = played_bars(notes, context, lines)
    if line == ARPEGGIATED:
        return share_of(GUITAR_RULES[ARPEGGIATED](bar) for _, bar in bars) >= MOST
    return share_of(_is_struck_in(line, bar, int(lines[index])) for index, bar in bars) >= MOST


def _is_struck_in(line: str, bar: Bar, start: int) -> bool:
    """Whether a bar is struck where a line is and nowhere else, straight or swung; on its line it need not be, nor
    where a bar in three may be, and skips before a place may repeat the note that they follow. Where beats are named,
    the bar's line is one of them or none."""
    own = set(places_in(line, bar, start))
    needed = own if beats_of(line) else own - {0}
    also = () if beats_of(line) else (0, *(places_in("two-feel", bar, start) if line == "root and fifth" else ()))
    places = {*needed, *also}
    near = {place: range(place - 1, shuffled(place, SWUNG) + 2) for place in places}
    again = {stroke.at for stroke, rise in zip(bar.strokes[1:], bar.intervals, strict=True) if rise == 0}
    skips = {at for at in again if any(3 <= place - at <= 5 for place in (*places, bar.length))}
    strays = [at for at in bar.at - skips if not any(at in around for around in near.values())]
    return not strays and all(bar.at & {*near[place]} for place in needed)

"""How a part ends where the others strike a last chord together and hold it: with them.

Where the others of validation songs hold a last chord, 16 of 30 of a model's guitars strum on, of people's 4; drums
play a bar of their groove, or a part is silent already while the chord sounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from midi_subtract.listening.chords import Chord, Progression, estimate_chords
from midi_subtract.listening.drum_figures import HATS, of_classes
from midi_subtract.metrics import BoolArray, IntArray, bar_events
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.octaves import LOWEST
from midi_subtract.programs import DRUM_KEY, PLAYABLE_RANGE
from midi_subtract.words.drum_stroke_words import CRASH_LAST
from subtract_core.stems import Stem

LAST_BEATS = 64
"""Beats before a song's last stroke that tell how far apart its strokes are."""
FEWEST_BARS, PHRASE = 8, 4
"""Bars of a sketch that can have an ending, and those with which loops begin anew."""
NEAR = 1
"""Steps from each other at which notes are struck together."""
_STIRRING, _HELD = 0.5, 0.75
"""Share of the bars before that have more than a stroke, and of the last bar for which its chord lasts."""
_STROKE = STEPS_PER_BEAT // 4  # drums are notes of a sixteenth


@dataclass(frozen=True)
class Ending:
    """The others' last chord. at, end: the steps between which it sounds. chord: which it is. together: whether all of
    them strike it that played in the bar before."""

    at: int
    end: int
    chord: Chord
    together: bool


def ending_of(others: Mapping[Stem, Notes], bar_starts: IntArray) -> Ending | None:
    """The last chord of the other parts, if they hold it.

    They do where it sounds for a beat and more, and longer than any two of their strokes in the `LAST_BEATS` before are
    apart. In shorter songs, and where chords are held throughout, the last one is held where four things say that the
    song does not go on: the parts that played in the bar before strike it together on its bar line, and it lasts for
    most of that bar; most bars before have more strokes than one; the last four bars did not come before, as those of
    loops do; and its root is the one with which the song began, or on which it is longest. Fewer than eight bars are
    always a loop. bar_starts: bar lines in steps, the song's end included.
    """
    sounding = [notes for stem, notes in others.items() if stem is not Stem.DRUMS and len(notes)]
    if not sounding:
        return None
    strokes = np.unique(np.concatenate([notes.onset for notes in others.values()]))
    at = int(strokes[-1])
    end = max(notes.last_step for notes in sounding)
    if end - at < STEPS_PER_BEAT:
        return None
    chords = estimate_chords(sounding, bar_starts)
    before = strokes[strokes >= at - LAST_BEATS * STEPS_PER_BEAT]
    outlasts = len(before) < len(strokes) and end - at > int(np.diff(before).max())
    bar = int(np.searchsorted(bar_starts, at + NEAR, side="right")) - 1
    playing = [notes for notes in sounding if notes.last_step > bar_starts[max(bar - 1, 0)]]
    home = _home(chords, int(strokes[0]), end)
    ending = Ending(at, end, _sixth(chords, at, home), all(int(notes.onset[-1]) >= at - NEAR for notes in playing))
    return ending if outlasts or (ending.together and _closes(others, ending, bar, home, bar_starts)) else None


def _home(chords: Progression, begin: int, end: int) -> set[int]:
    """The pitch classes that may be a song's tonic: the root with which it begins, and that on which it is longest."""
    roots = [chord.root for start, chord in zip(chords.starts, chords.chords, strict=True) if begin <= start < end]
    return {chords.at(begin).root, Counter(roots).most_common(1)[0][0]} if roots else set()


def _sixth(chords: Progression, at: int, home: Collection[int]) -> Chord:
    """The chord at a step; a major one with a sixth where it has the notes of a minor seventh behind the dominant of
    that, and is not at home on the root of this."""
    chord = chords.at(at)
    before = next(
        (c for start, c in zip(chords.starts[::-1], chords.chords[::-1], strict=True) if start < at and c != chord),
        chord,
    )
    tonic = (chord.root + 3) % 12
    is_sixth = chord.quality == "m7" and before.root == (tonic + 7) % 12 and chord.root not in home
    return Chord(tonic, "") if is_sixth else chord


def _closes(
    others: Mapping[Stem, Notes], ending: Ending, bar: int, home: Collection[int], bar_starts: IntArray
) -> bool:
    """Whether a sketch ends with what is struck together last, in a bar counted from 0, see `ending_of`."""
    if bar + 1 < FEWEST_BARS or bar + 1 >= len(bar_starts):
        return False
    line, after = int(bar_starts[bar]), int(bar_starts[bar + 1])
    if ending.at > line + NEAR or ending.end - line < _HELD * (after - line):
        return False
    strokes = np.unique(np.concatenate([notes.onset for notes in others.values()]))
    count = np.histogram(strokes, bins=bar_starts[: bar + 1])[0]
    if not (count > 1).sum() > _STIRRING * (count > 0).sum():
        return False
    events = bar_events(others, bar_starts[: bar + 2])
    last = events[bar + 1 - PHRASE :]
    if any((events[first : first + PHRASE] == last).all() for first in range(bar + 1 - PHRASE)):
        return False
    return ending.chord.root in home


def ended(
    notes: Notes,
    stem: Stem,
    ending: Ending,
    bar_starts: IntArray,
    is_held: bool = True,
    kit: Mapping[str, bool] | None = None,
) -> Notes:
    """A part that strikes the last chord with the others and nothing after it, which drums mark with kick and crash.

    Where all of these strike it, a bass plays its root, and a part that is silent then, but played in the two bars
    before, gets a stroke there: its stroke before with every note on the nearest tone of the chord; a lead nothing.
    is_held: whether it is held as long as the others hold theirs. kit: drum -> False for those that are ruled out.
    """
    bar = int(np.searchsorted(bar_starts, ending.at + NEAR, side="right")) - 1
    recent = bool(((notes.onset >= bar_starts[max(bar - 2, 0)]) & (notes.onset <= ending.at + NEAR)).any())
    notes = notes.select(notes.onset <= ending.at + NEAR)
    if not recent:
        return notes
    if stem is Stem.DRUMS:
        struck = {"kick": "kick", "crashes": "crash"}
        left = [drum for name, drum in struck.items() if (kit or {}).get(name, True)]
        left = [drum for drum in left if drum != "crash" or (kit or {}).get(CRASH_LAST, True)]
        return _with_last_hit(notes, _begun(notes, ending.at, int(bar_starts[bar])), left)
    notes = _once_each(notes, ending.at - NEAR)
    is_last = (notes.onset >= ending.at - NEAR) | (notes.end > ending.at + STEPS_PER_BEAT)
    if ending.together and stem is Stem.BASS and is_last.any():
        notes = _on_root(notes, is_last, ending)
    elif ending.together and stem is not Stem.LEAD and not is_last.any():
        kept = Notes.from_arrays(
            notes.onset, notes.pitch, np.minimum(notes.duration, ending.at - notes.onset), notes.velocity
        )
        added = _last_stroke(notes, stem, ending)
        notes = Notes.merge([kept, added])
        is_last = notes.onset >= ending.at
    end = np.where(is_last & is_held, np.maximum(notes.end, ending.end), notes.end)
    return Notes.from_arrays(notes.onset, notes.pitch, end - notes.onset, notes.velocity)


def _once_each(notes: Notes, since: int) -> Notes:
    """Without pitches that are struck again after the step `since`: a note that is held leaves no room for that."""
    struck = np.flatnonzero(notes.onset >= since)
    first = np.unique(notes.pitch[struck], return_index=True)[1]
    kept = np.ones(len(notes), dtype=np.bool_)
    kept[np.delete(struck, first)] = False
    return notes.select(kept)


def _last_stroke(notes: Notes, stem: Stem, ending: Ending) -> Notes:
    """What a part strikes of a chord at which it is silent, a beat long."""
    before = notes.select(notes.onset >= notes.onset[-1] - NEAR)
    tones = (ending.chord.root,) if stem is Stem.BASS else ending.chord.pitch_classes
    pitches = {_nearest(pitch, tones, stem) for pitch in before.pitch.tolist()}
    pitches = {min(pitches)} if stem is Stem.BASS else pitches
    loud = int(np.rint(before.velocity.mean()))
    return Notes.of([(ending.at, pitch, STEPS_PER_BEAT, loud) for pitch in pitches])


def _on_root(bass: Notes, is_last: BoolArray, ending: Ending) -> Notes:
    """A bass whose last note is the chord's root; one of several notes, as of an octave, is enough."""
    if (bass.pitch[is_last] % 12 == ending.chord.root).any():
        return bass
    rooted = [_nearest(pitch, (ending.chord.root,), Stem.BASS) for pitch in bass.pitch.tolist()]
    return Notes(bass.onset, np.where(is_last, rooted, bass.pitch).astype(np.int16), bass.duration, bass.velocity)


def _nearest(pitch: int, tones: Sequence[int], stem: Stem) -> int:
    """The nearest pitch of some pitch classes that is not below a stem's lowest open string."""
    low, high = LOWEST.get(stem, PLAYABLE_RANGE[stem][0]), PLAYABLE_RANGE[stem][1]
    return min((p for p in range(low, high + 1) if p % 12 in tones), key=lambda near: abs(near - pitch))


def _begun(drums: Notes, at: int, line: int) -> int:
    """Where drums strike a last chord: on the beat, if they strike there and the chord that ends at a step is strummed.
    line: of its bar."""
    beat = at - (at - line) % STEPS_PER_BEAT
    is_struck = (np.abs(drums.onset - beat) <= NEAR).any()
    return beat if is_struck and at - beat < STEPS_PER_BEAT // 2 else at


def _with_last_hit(drums: Notes, at: int, struck: Sequence[str]) -> Notes:
    """Drums that end with some on the last chord, and without what keeps the time; as they are if there are none."""
    if not struck:
        return drums
    last = drums.onset >= at - NEAR
    loud = int(np.rint(drums.velocity[last if last.any() else slice(None)].mean()))
    kept = drums.select(~(last & of_classes(drums, (*HATS, "ride"))))
    there = kept.select(kept.onset >= at - NEAR)
    added = [(at, DRUM_KEY[name], _STROKE, loud) for name in struck if not of_classes(there, (name,)).any()]
    return Notes.merge([kept, Notes.of(added)])

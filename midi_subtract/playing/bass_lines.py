"""Figures of basses by rule: roots in eighths and in octaves, pedals, notes on the kick, and lines no model is told of.

Those are `LINES` (`Wish.line`), which the vocabulary of models has not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from midi_subtract.listening.chord_symbols import pitch_classes
from midi_subtract.listening.chords import ChordSpan, chord_at, chord_spans, pitch_class_weights, tonic_of_chart
from midi_subtract.listening.drum_figures import KICK, of_classes
from midi_subtract.listening.figures import Bar, bar_index, played_bars
from midi_subtract.listening.key import key_of_parts
from midi_subtract.listening.lead_sheet import LeadSheet
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, one_after_another
from midi_subtract.playing import drum_bars
from midi_subtract.playing.drum_bars import paced
from midi_subtract.playing.octaves import LOWEST, at_pitches, tuned_lower
from midi_subtract.playing.scenes import (
    Player,
    Row,
    Scene,
    compass_of,
    estimated,
    nearest,
    stopped,
    struck_again,
    with_bars,
)
from midi_subtract.programs import PLAYABLE_RANGE
from midi_subtract.song import Song
from midi_subtract.words.bass_words import DOMINANT, GALLOP, GALLOP_BACK, PEDAL, ROOT_FIFTH_OCTAVE, TONIC
from midi_subtract.words.stroke_words import DOTTED, EVERY_BEAT, HALVES, OFF_BEAT, WHOLES, beats_of
from subtract_core.stems import Stem

_TWO_BEATS = 2 * STEPS_PER_BEAT
_TURNS = {"two-feel": "1-", "root and fifth": "1-", ROOT_FIFTH_OCTAVE: "1585"}
"""Lines in which other tones take turns with roots: the fifth below ("-") and above, the octave."""


def _detached(room: int) -> int:
    """Steps that a note lasts which ends just before the next one."""
    return max(room - 1, 1)


def _root_eighths(scene: Scene) -> list[Row]:
    return [(at, scene.root(at), _detached(room)) for at, room in scene.eighths]


def _octaves(scene: Scene) -> list[Row]:
    """Roots in eighths, between the beats an octave higher; lower where the instrument ends."""
    rows = []
    for at, room in scene.eighths:
        root = scene.root(at)
        leap = 12 if root + 12 <= scene.range[1] else -12
        rows.append((at, root + leap * bool(at % STEPS_PER_BEAT), _detached(room)))
    return rows


def _off_beat(scene: Scene) -> list[Row]:
    return [(at, scene.root(at), _detached(room)) for at, room in scene.eighths if at % STEPS_PER_BEAT]


def off_beat_octaves(scene: Scene) -> list[Row]:
    """Off-beats that go up an octave and down again; lower where the instrument ends."""
    rows = _off_beat(scene)
    leap = 12 if max((pitch for _, pitch, _ in rows), default=0) + 12 <= scene.range[1] else -12
    return [(at, pitch + leap * (place % 2), room) for place, (at, pitch, room) in enumerate(rows)]


def _whole_note(scene: Scene) -> list[Row]:
    return [(0, scene.root(0) if scene.chart else scene.bar.strokes[0].lowest, scene.bar.length)]


PLAYERS: dict[str, Player] = {
    "root eighths": _root_eighths,
    "octaves": _octaves,
    "off-beat": _off_beat,
    "whole notes": _whole_note,
}
"""Figures that are played bar by bar; what walks is in `walking`."""


def on_kicks(notes: Notes, drums: Notes, lines: IntArray) -> Notes:
    """In the bars that it plays a note with every kick drum: the one that the model wrote last in that bar, or its
    first. Bars without a kick stay as they are."""
    kicks = np.unique(drums.select(of_classes(drums, KICK)).onset)
    kicks = kicks[(kicks >= lines[0]) & (kicks < lines[-1])]
    bar = np.array(bar_index(notes.onset.tolist(), lines), dtype=np.int64)
    of_kick = np.searchsorted(lines, kicks, side="right") - 1
    kicks, of_kick = (x[np.isin(of_kick, bar)] for x in (kicks, of_kick))
    if not len(kicks):
        return notes
    first, last = (np.searchsorted(bar, of_kick, side=side) for side in ("left", "right"))
    source = np.clip(np.searchsorted(notes.onset, kicks + 1, side="right") - 1, first, last - 1)
    duration = np.minimum(np.diff(kicks, append=lines[-1]), STEPS_PER_BEAT)
    kept = stopped(notes.select(~np.isin(bar, of_kick)), lines[np.unique(of_kick)])
    return Notes.merge([kept, Notes.from_arrays(kicks, notes.pitch[source], duration, notes.velocity[source])])


# --- pedals ---------------------------------------------------------------------------------------------------------


def pedal(notes: Notes, line: str, context: Mapping[Stem, Notes], chart: Sequence[ChordSpan] = ()) -> Notes:
    """Every note moved to the nearest octave of one pitch class, the rhythm kept: that of the line, see `PEDAL`, of
    others the tonic by a chart, and without one the note that sounds longest.

    A player who is told to stay on a note, and not on which, takes the home note of the chords on the stand.
    """
    line = line or (PEDAL + TONIC) * bool(chart)
    held = _held(line, {**context, Stem.BASS: notes}, chart)
    up = ((int(pitch_class_weights(notes).argmax()) if held is None else held) - notes.pitch.astype(np.int64)) % 12
    pitch = notes.pitch + np.where(up > 6, up - 12, up)
    low, high = PLAYABLE_RANGE[Stem.BASS]
    pitch = np.where(pitch < low, pitch + 12, np.where(pitch > high, pitch - 12, pitch))
    return Notes.from_arrays(notes.onset, pitch, notes.duration, notes.velocity)


def _held(line: str, parts: Mapping[Stem, Notes], chart: Sequence[ChordSpan]) -> int | None:
    """The pitch class of a pedal; None of a line that is none, and where no key is heard. A chart tells its tonic."""
    if not line.startswith(PEDAL):
        return None
    name = line.removeprefix(PEDAL)
    if name not in (TONIC, DOMINANT):
        note = pitch_classes(name)
        return note[0] if note else None
    fifth = 7 * (name == DOMINANT)
    if chart:
        return (tonic_of_chart(chart) + fifth) % 12
    key = key_of_parts(parts)
    tonic = pitch_classes(key.split()[0]) if key else None
    return (tonic[0] + fifth) % 12 if tonic else None


# --- lines ----------------------------------------------------------------------------------------------------------


def _beats(length: int) -> int:
    return -(-length // STEPS_PER_BEAT)


def _quarters(length: int) -> list[int]:
    return list(range(0, length, STEPS_PER_BEAT))


def _two_beats(length: int) -> list[int]:
    """Every second beat of a bar; of a bar of two beats both."""
    return list(range(0, length, STEPS_PER_BEAT if _beats(length) == 2 else _TWO_BEATS))


def _oom_pah(length: int) -> list[int]:
    """As `_two_beats`; of a bar in three the first, as the others have the rest of it."""
    return [0] if _beats(length) == 3 else _two_beats(length)


def _tumbao(length: int) -> list[int]:
    """The half of the second beat, and the last beat, which is tied over the bar line."""
    last = (_beats(length) - 1) * STEPS_PER_BEAT
    return [at for at in (STEPS_PER_BEAT * 3 // 2,) if at < last] + [last]


def _gallop(length: int, within: tuple[int, ...] = (0, 6, 9)) -> list[int]:
    """An eighth and two sixteenths in every beat."""
    return [beat + at for beat in _quarters(length) for at in within if beat + at < length]


def _once(length: int) -> list[int]:
    return [0]


def _dotted(length: int) -> list[int]:
    return list(range(0, length, STEPS_PER_BEAT * 3 // 2))


LINES: dict[str, Callable[[int], list[int]]] = {
    "two-feel": _two_beats,
    "root and fifth": _oom_pah,
    "roots in wholes": _once,
    "roots in halves": _two_beats,
    "roots in quarters": _quarters,
    "tumbao": _tumbao,
    ROOT_FIFTH_OCTAVE: _quarters,
    GALLOP: _gallop,
    GALLOP_BACK: partial(_gallop, within=(0, 3, 6)),
    WHOLES: _once,
    HALVES: _two_beats,
    DOTTED: _dotted,
    EVERY_BEAT: _quarters,
}
"""Lines that models are not told of -> where they are struck in a bar of so many steps."""
_FOLLOWS_CHORDS = ("two-feel", "root and fifth", "roots in wholes", WHOLES)
"""Lines whose bars of one note have another where a chord begins within them."""


def places_in(name: str, bar: Bar, start: int) -> list[int]:
    """Where a line is struck in a bar that begins at a step of the song."""
    if beats := beats_of(name):
        return sorted(at for at, _ in paced(beats, drum_bars.Bar(0, start, bar.length, bar.division)))
    return bar.offbeats if name == OFF_BEAT else LINES[name](bar.length)


def until_next(places: Sequence[int], length: int) -> list[int]:
    """Steps that each stroke of a bar lasts: until the next one, or the bar's end, where the first is on its line;
    elsewhere a beat at most, as nothing sounds on the line either."""
    room = [after - at for at, after in pairwise([*places, length])]
    return room if 0 in places else [min(steps, STEPS_PER_BEAT) for steps in room]


def in_line(
    notes: Notes, name: str, context: Mapping[Stem, Notes], lines: IntArray, chart: Sequence[ChordSpan] = ()
) -> Notes:
    """A bass in one of `LINES`, or on beats that are named, in every bar in which it plays: basses of chords, in
    `_TURNS` their fifths, too.

    context: the song's parts. lines: bar lines in steps, the end included. chart: chords that are written for the song.
    """
    notes = struck_again(notes, lines)
    bars = dict(sorted(played_bars(notes, context, lines)))
    if not bars:
        return notes
    chords = chord_spans(chart, estimated(notes, Stem.BASS, context, lines), int(lines[-1]))
    compass = compass_of(notes, Stem.BASS)
    play = _anticipated if name == "tumbao" else partial(_back_and_forth, name=name)
    rows = play(bars, lines, chords, compass, int(np.median(notes.pitch)))
    return one_after_another(with_bars(notes, rows, lines, compass))


def _back_and_forth(
    bars: Mapping[int, Bar],
    lines: IntArray,
    chords: Sequence[ChordSpan],
    compass: tuple[int, int],
    middle: int,
    name: str,
) -> dict[int, list[Row]]:
    """The bass of a chord at every stroke; in `_TURNS` where a bar or the chord begins, else its fifth, and in bars of
    one note by turns; or up to the octave and back."""
    rows: dict[int, list[Row]] = {}
    bass = pitch = middle
    before = None
    turn = 0
    for index, bar in bars.items():
        start, length = int(lines[index]), bar.length
        places = places_in(name, bar, start)
        if len(places) == 1 and length > _TWO_BEATS and name in _FOLLOWS_CHORDS:
            changes = chord_at(chords, start) != chord_at(chords, start + _TWO_BEATS)
            places = [0, _TWO_BEATS] if changes else places
        rows[index] = []
        for at, room in zip(places, until_next(places, length), strict=True):
            chord = chord_at(chords, start + at)
            assert chord is not None
            turns = chord is before and (at > 0 or len(places) == 1)
            turn = turn + 1 if turns else 0
            tones = _TURNS.get(name, "1")
            tone = tones[turn % len(tones)]
            if tone == "1":
                near = (pitch + middle) / 2 if tones[-1] != "5" else middle - 6  # with the octave above it
                bass = nearest(chord.bass, round(near), compass)
            above = {"1": 0, "5": (chord.fifth - bass) % 12, "8": 12}
            pitch = _below(chord.fifth, bass, compass) if tone == "-" else bass + above[tone]
            rows[index].append((at, pitch, room))
            before = chord
    return rows


def _anticipated(
    bars: Mapping[int, Bar], lines: IntArray, chords: Sequence[ChordSpan], compass: tuple[int, int], middle: int
) -> dict[int, list[Row]]:
    """Each bar's last beat is the bass of the next bar's chord, held until the half of its second beat; that is the
    bass of a chord which begins with the third, else the fifth. Where no bar leads into one it begins on its line."""
    rows: dict[int, list[Row]] = {}
    for index in bars:
        start, length = int(lines[index]), int(lines[index + 1] - lines[index])
        own = chord_at(chords, start)
        assert own is not None
        bass = nearest(own.bass, middle, compass)
        *middles, last = _tumbao(length)
        rows[index] = [(0, bass, length)] if last and index - 1 not in rows else []
        for at in middles:
            coming = chord_at(chords, start + at + STEPS_PER_BEAT // 2) or own
            is_new = coming != own
            pitch = nearest(coming.bass, middle, compass) if is_new else _below(own.fifth, bass, compass)
            rows[index].append((at, pitch, length - at))
        following = chord_at(chords, start + length) or chord_at(chords, start + last) or own
        is_tied = index + 1 in bars
        ahead = STEPS_PER_BEAT * 3 // 2 if is_tied else 0
        rows[index].append((last, nearest(following.bass, middle, compass), length - last + ahead))
    return rows


def _below(pitch_class: int, bass: int, compass: tuple[int, int]) -> int:
    """The tone under a bass, above it where the instrument ends."""
    under = bass - (bass - pitch_class) % 12
    return under if under >= compass[0] else under + 12


def roots_alone(notes: Notes, context: Mapping[Stem, Notes], lines: IntArray, chart: Sequence[ChordSpan] = ()) -> Notes:
    """A bass with every note moved to the nearest octave of the bass of its chord: that which sounds an eighth behind
    its onset, as notes come early where chords change."""
    if not len(notes):
        return notes
    chords = chord_spans(chart, estimated(notes, Stem.BASS, context, lines), int(lines[-1]))
    compass = compass_of(notes, Stem.BASS)
    heard = notes.onset + np.minimum(notes.duration, STEPS_PER_BEAT) // 2
    sounding = [chord_at(chords, int(at)) for at in heard]
    rows = zip(sounding, notes.pitch.tolist(), strict=True)
    return at_pitches(notes, np.array([nearest(c.bass, p, compass) if c else p for c, p in rows], dtype=np.int64))


def on_changes(notes: Notes, context: Mapping[Stem, Notes], lines: IntArray, chart: Sequence[ChordSpan] = ()) -> Notes:
    """A bass that strikes the bass of each chord where it begins, in the bars in which it plays: with the note that it
    has there, or with one more that lasts until the next."""
    if not len(notes):
        return notes
    chords = chord_spans(chart, estimated(notes, Stem.BASS, context, lines), int(lines[-1]))
    compass, pitch = compass_of(notes, Stem.BASS), notes.pitch.astype(np.int64)
    added = list[tuple[int, int, int, int]]()
    bars = set(bar_index(notes.onset.tolist(), lines))
    for chord, (bar,) in ((chord, bar_index([chord.start], lines)) for chord in chords if chord.start >= lines[0]):
        first, after = np.searchsorted(notes.onset, (chord.start - 1, chord.start + 2))
        like = min(int(first), len(notes) - 1)
        tone = nearest(chord.bass, int(pitch[like]), compass)
        if first < after:
            pitch[first:after] = tone
        elif bar in bars:
            stop = min([chord.end, int(lines[bar + 1]), *notes.onset[after : after + 1].tolist()])
            added.append((chord.start, tone, stop - chord.start, int(notes.velocity[like])))
    return one_after_another(Notes.merge([at_pitches(notes, pitch), Notes.of(added)]))


# --- basses of a chart -----------------------------------------------------------------------------------------------


def with_basses(bass: Notes, sheet: LeadSheet, song: Song) -> Notes:
    """A bass that plays the bass of each chord that has another than its root, as G/B, where it would begin it with
    another note, or play the root; models do in two of three such chords. It goes no lower than its lowest string,
    or than it went."""
    pitch = bass.pitch.astype(np.int64)
    string = LOWEST[Stem.BASS] - tuned_lower(song.stems.items())
    lowest = max(PLAYABLE_RANGE[Stem.BASS][0], int(pitch.min(initial=string)))
    for start, end, chord, root in sheet.chords_in(song):
        inside = (bass.onset >= start - 1) & (bass.onset < end - 1)
        if root is None or not inside.any():
            continue
        changed = inside & ((bass.pitch % 12 == root) | (bass.onset == bass.onset[inside].min()))
        nearest = pitch + (chord[0] - pitch + 5) % 12 - 5
        nearest += 12 * (nearest < lowest)
        pitch = np.where(changed, nearest, pitch)
    return at_pitches(bass, pitch)

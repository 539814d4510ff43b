"""Bars of a pitched part played in a figure that was asked for, where the model wrote something else.

The last resort of an instruction: what the model drew, several times, is tried first. Harmony stays the model's: roots
are the lowest notes that it wrote, chords are estimated from the whole song, its part included; what each figure
makes of them is a rule. Bars in which it rests stay silent. Drums have a module of their own, `drum_arranging`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise, permutations

import numpy as np

from midi_subtract.evaluation.cases import pitched
from midi_subtract.listening import figures
from midi_subtract.listening.chords import BEATS_PER_CHORD, Chord, Progression, estimate_chords, pitch_class_weights
from midi_subtract.listening.divisions import HALVES, THIRDS, divisions, eighths, shuffled
from midi_subtract.listening.drum_figures import KICK, of_classes
from midi_subtract.listening.facts import Setting, figure_shares, scales
from midi_subtract.listening.figures import Bar, bar_index, played_bars
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.crashes import borders_for_crashes
from midi_subtract.playing.drum_arranging import PLACED, Density, arranged_drums, expected_drums
from midi_subtract.playing.grooves import grooves
from midi_subtract.playing.octaves import LOWEST
from midi_subtract.programs import PLAYABLE_RANGE
from subtract_core.levels import level, shortfall
from subtract_core.stems import Stem
from subtract_core.wish import Wish

_HALF = BEATS_PER_CHORD * STEPS_PER_BEAT
_GUITAR_ROOTS = 40  # E2: chords and power chords have their root in the octave from here on
_LEAD_FLOOR = 55  # G3: a lead is written from here on
_STRUMMING = (0, 12, 18, 30, 36, 42)  # down, down up, up down up, in halves of the beat
_SHORT = STEPS_PER_BEAT // 4
_BROKEN = (0, 1, 2, 3, 2, 1)  # tones of a chord, up and down
# Figures of drums that say how often what keeps the time is struck.
_KEEPING_TIME = {"shuffle", "sixteenth hats", "blast beat"}

Row = tuple[int, int, int]
"""(step, pitch, duration) of a note, the step counted from the bar line."""


def arranged(notes: Notes, stem: Stem, wish: Wish, context: Mapping[Stem, Notes], setting: Setting) -> Notes:
    """The part with the figure that a wish asks for in all bars played, unless it is the part's figure already.

    notes, context: of the whole song, in steps from its start. setting: the stretch of which the wish speaks; notes
    outside it are left out. Of several figures of a pitched part, which may stand for each other, one is enough, but it
    gets as many as one or two rules bring together.
    """
    lines = setting.bar_starts
    notes = notes.starting(int(lines[0]), int(lines[-1]))
    wanted = asked_figures(wish, stem)
    is_drums = stem is Stem.DRUMS
    if not len(notes) or not (wanted or (is_drums and expected_drums(wish))):
        return notes
    if is_drums:
        feel = divisions([*context.values(), notes], lines)
        density = Density(wish.levels["density"], wish.numbers.get("density")) if "density" in wanted else None
        borders = borders_for_crashes(wish, {s: part for s, part in context.items() if s is not stem}, lines)
        return arranged_drums(notes, wanted, lines, setting.tempo, feel, density, borders, expected_drums(wish))
    if stem is Stem.GUITAR and "power chords" in wanted:
        wanted = [name for name in wanted if name != "strummed"]  # they say which chords are strummed

    def there(part: Notes) -> int:
        return sum(_is_there(part, stem, name, context, setting) for name in wanted)

    if there(notes) == len(wanted):
        return _as_dense(notes, stem, wish, context, lines)
    parts = [notes, *(_in_figure(notes, stem, name, context, lines) for name in wanted)]
    if len(wanted) > 1:
        pairs = permutations(zip(wanted, parts[1:], strict=True), 2)
        parts += [_in_figure(part, stem, name, context, lines) for (_, part), (name, _) in pairs]
        parts += [_in_both(notes, stem, both, context, lines) for both in _TOGETHER[stem] if set(both) <= set(wanted)]
    best = max(parts, key=there)  # of equals the first: as it is, or in the figure named first
    return _as_dense(best if there(best) else parts[1], stem, wish, context, lines)


def _as_dense(notes: Notes, stem: Stem, wish: Wish, context: Mapping[Stem, Notes], lines: IntArray) -> Notes:
    """The part, if it is a guitar's that is asked for busy arpeggios, in sixteenths where it is not busy enough."""
    asked = wish.levels.get("density", 0.0)
    if stem is not Stem.GUITAR or asked <= 0.5 or not wish.options.get("figure", {}).get("arpeggiated"):
        return notes
    start = int(lines[0])
    onsets = scales(notes.between(start, int(lines[-1])), stem, lines - start, tempo=120.0).get("density", 0.0)
    if level("density", stem, onsets) >= asked or not shortfall("density", stem, asked, onsets):
        return notes
    return _in_bars(notes, stem, lambda bar: False, _arpeggiated_in_sixteenths, context, lines)


def _in_figure(notes: Notes, stem: Stem, name: str, context: Mapping[Stem, Notes], lines: IntArray) -> Notes:
    """The part with a figure in every bar; as it is where there is no rule for that."""
    if name in _PLAYERS.get(stem, {}):
        return _in_bars(notes, stem, _RULES[stem][name], _PLAYERS[stem][name], context, lines)
    if stem is Stem.BASS and name == "pedal":
        return _pedal(notes)
    if stem is Stem.BASS and name == "follows the kick" and Stem.DRUMS in context:
        return _on_kicks(notes, context[Stem.DRUMS], lines)
    return notes


def _in_both(notes: Notes, stem: Stem, both: tuple[str, str], context: Mapping[Stem, Notes], lines: IntArray) -> Notes:
    """The part with two figures in every bar, by one player for both."""
    rules = [_RULES[stem][name] for name in both]
    return _in_bars(notes, stem, lambda bar: all(rule(bar) for rule in rules), _TOGETHER[stem][both], context, lines)


def asked_figures(wish: Wish, stem: Stem) -> list[str]:
    """The figures that a wish asks for; of drums, styles that have a groove, fills and crashes are among them, and
    density, if nothing else says how what keeps the time is played."""
    figure, kit = wish.options.get("figure", {}), wish.options.get("kit", {})
    named = [name for name, yes in figure.items() if yes]
    if stem is not Stem.DRUMS:
        return named
    styles = [name for name, yes in wish.options.get("style", {}).items() if yes and name in grooves()]
    silent = kit.get("hi-hat") is False and kit.get("ride") is False
    is_free = not (styles or silent or _KEEPING_TIME & set(named))
    density = ["density"] if "density" in wish.levels and is_free else []
    return density + styles + named + [name for name in PLACED if kit.get(name)]


def _is_there(notes: Notes, stem: Stem, name: str, context: Mapping[Stem, Notes], setting: Setting) -> bool:
    """Whether a figure is the part's, by the rules of its facts."""
    start, stop = int(setting.bar_starts[0]), int(setting.bar_starts[-1])
    lines = setting.bar_starts - start
    inside = {s: part.between(start, stop) for s, part in context.items()}
    shares = figure_shares(notes.between(start, stop), stem, inside, lines, replace(setting, bar_starts=lines))
    return shares.get(name, 1.0) >= figures.least_share(name)


# --- bar by bar -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Scene:
    """What a rule knows of a bar: the strokes that the model wrote there, the chords of the song, the lowest note
    that it wrote next, the seven pitch classes that sound most in the song, and the instrument's range."""

    bar: Bar
    start: int
    chords: Progression
    next_root: int
    scale: frozenset[int]
    range: tuple[int, int]

    @property
    def eighths(self) -> list[tuple[int, int]]:
        """(step, steps to the next one)."""
        at = self.bar.eighths
        return list(zip(at, self.until_next(at), strict=True))

    def lowest(self, at: int) -> int:
        """The lowest note of the stroke at a step of the bar, or of the last one before it."""
        return next((s.lowest for s in reversed(self.bar.strokes) if s.at <= at), self.bar.strokes[0].lowest)

    def root(self, at: int) -> int:
        """The lowest note with which the half bar of a step begins."""
        half = at // _HALF * _HALF
        inside = (s.lowest for s in self.bar.strokes if half - 1 <= s.at < half + _HALF - 1)
        return next(inside, self.lowest(half))

    def chord(self, at: int) -> Chord:
        return self.chords.at(self.start + max(at, 0))

    def rhythm(self, least: float, instead: Iterable[int]) -> list[int]:
        """The model's own strokes, where there are `least` a whole note, and other steps where there are not."""
        at = sorted({max(stroke.at, 0) for stroke in self.bar.strokes})
        enough = len(at) * 4 * STEPS_PER_BEAT >= least * self.bar.length
        return at if enough else [step for step in instead if step < self.bar.length]

    def until_next(self, at: Sequence[int]) -> list[int]:
        """Steps from each of several onsets to the next one, the last to the end of the bar."""
        return [max(after - now, 1) for now, after in pairwise([*at, self.bar.length])]


_Player = Callable[[_Scene], list[Row]]


def _in_bars(
    notes: Notes,
    stem: Stem,
    rule: Callable[[Bar], bool],
    player: _Player,
    context: Mapping[Stem, Notes],
    lines: IntArray,
) -> Notes:
    """The part with every bar that does not follow `rule` written anew by `player`."""
    bars = played_bars(notes, context, lines)
    if not bars:  # all there is are upbeats to what comes after
        return notes
    song = [*pitched({s: part for s, part in context.items() if s is not stem}), notes]
    chords = estimate_chords(song, lines)
    weights = np.bincount(np.concatenate([p.pitch % 12 for p in song]), minlength=12)
    scale = frozenset(int(pc) for pc in np.argsort(-weights, kind="stable")[:7])
    roots = [bar.strokes[0].lowest for _, bar in bars]
    rows: list[tuple[int, int, int, int]] = []
    rewritten = np.zeros(len(lines), dtype=bool)
    place = np.array(bar_index(notes.onset.tolist(), lines))
    low, high = PLAYABLE_RANGE[stem]
    low = max(low, min(LOWEST[stem], int(notes.pitch.min())))
    for (index, bar), after in zip(bars, [*roots[1:], roots[-1]], strict=True):
        if rule(bar):
            continue
        rewritten[index] = True
        start = int(lines[index])
        velocity = int(np.rint(notes.velocity[place == index].mean()))
        for at, pitch, duration in player(_Scene(bar, start, chords, after, scale, (low, high))):
            rows.append((start + at, min(max(pitch, low), high), duration, velocity))
    kept = notes.select(~rewritten[place])
    return Notes.merge([_stopped(kept, lines[:-1][rewritten[:-1]]), Notes.of(rows)])


def _stopped(kept: Notes, new: IntArray) -> Notes:
    """Without what rings from a bar that stays into a new one, against which it would sound. new: their lines."""
    stops = np.append(new, np.iinfo(np.int32).max)
    ends = np.minimum(kept.end, stops[np.searchsorted(stops, kept.onset, side="right")])
    return Notes.from_arrays(kept.onset, kept.pitch, ends - kept.onset, kept.velocity)


# --- bass -----------------------------------------------------------------------------------------------------------


def _detached(room: int) -> int:
    """Steps that a note lasts which ends just before the next one."""
    return max(room - 1, 1)


def _root_eighths(scene: _Scene) -> list[Row]:
    return [(at, scene.root(at), _detached(room)) for at, room in scene.eighths]


def _octaves(scene: _Scene) -> list[Row]:
    """Roots in eighths, between the beats an octave higher; lower where the instrument ends."""
    rows = []
    for at, room in scene.eighths:
        root = scene.root(at)
        leap = 12 if root + 12 <= scene.range[1] else -12
        rows.append((at, root + leap * bool(at % STEPS_PER_BEAT), _detached(room)))
    return rows


def _off_beat(scene: _Scene) -> list[Row]:
    return [(at, scene.root(at), _detached(room)) for at, room in scene.eighths if at % STEPS_PER_BEAT]


def _off_beat_octaves(scene: _Scene) -> list[Row]:
    """Off-beats that go up an octave and down again; lower where the instrument ends."""
    rows = _off_beat(scene)
    leap = 12 if max((pitch for _, pitch, _ in rows), default=0) + 12 <= scene.range[1] else -12
    return [(at, pitch + leap * (place % 2), room) for place, (at, pitch, room) in enumerate(rows)]


def _whole_note(scene: _Scene) -> list[Row]:
    return [(0, scene.bar.strokes[0].lowest, scene.bar.length)]


def _walking(scene: _Scene) -> list[Row]:
    """A quarter note on every beat: the model's first note, then the cheapest path by `_step_cost` that comes a
    semitone or two beside the next bar's first note."""
    beats = list(scene.bar.beats)
    low, high = scene.range
    first = scene.bar.strokes[0].lowest
    near = range(max(low, first - 9), min(high, first + 12) + 1)
    paths: dict[int, tuple[float, list[int]]] = {first: (0.0, [first])}
    for beat in beats[1:]:
        tones = set(scene.chord(beat).pitch_classes)
        longer: dict[int, tuple[float, list[int]]] = {}
        for pitch in near:
            own = 0.0 if pitch % 12 in tones else 1.0 if pitch % 12 in scene.scale else 4.0
            if beat == beats[-1]:
                away = abs(pitch - scene.next_root)
                own = 0.3 * own + (3.0 if away == 0 else 0.0 if away <= 2 else away / 2)
            options = [(cost + own + _step_cost(path, pitch), [*path, pitch]) for cost, path in paths.values()]
            longer[pitch] = min(options)
        paths = longer
    _, best = min(paths.values())
    return [(at, pitch, STEPS_PER_BEAT - 1) for at, pitch in zip(beats, best, strict=True)]


def _step_cost(path: Sequence[int], pitch: int) -> float:
    """What a step of a walking bass costs: nothing for a second to a fourth, more for leaps and for going back."""
    step = abs(pitch - path[-1])
    return (6.0 if step == 0 else 0.0 if step <= 5 else 0.5 * (step - 5)) + (2.0 if pitch in path else 0.0)


def _pedal(notes: Notes) -> Notes:
    """Every note moved to the nearest octave of the pitch class that sounds longest, the rhythm kept."""
    up = (int(pitch_class_weights(notes).argmax()) - notes.pitch.astype(np.int64)) % 12
    pitch = notes.pitch + np.where(up > 6, up - 12, up)
    low, high = PLAYABLE_RANGE[Stem.BASS]
    pitch = np.where(pitch < low, pitch + 12, np.where(pitch > high, pitch - 12, pitch))
    return Notes.from_arrays(notes.onset, pitch, notes.duration, notes.velocity)


def _on_kicks(notes: Notes, drums: Notes, lines: IntArray) -> Notes:
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
    kept = _stopped(notes.select(~np.isin(bar, of_kick)), lines[np.unique(of_kick)])
    return Notes.merge([kept, Notes.from_arrays(kicks, notes.pitch[source], duration, notes.velocity[source])])


# --- guitar ---------------------------------------------------------------------------------------------------------


def _voicing(scene: _Scene, at: int) -> list[int]:
    """Three tones of the chord and the root's octave, upwards from the root."""
    chord = scene.chord(at)
    root = _GUITAR_ROOTS + (chord.root - _GUITAR_ROOTS) % 12
    thirds_and_fifths = sorted((pc - chord.root) % 12 for pc in chord.pitch_classes[1:3])
    return [root, *(root + step for step in thirds_and_fifths), root + 12]


def _power(scene: _Scene, at: int) -> list[int]:
    """Root, fifth and the root's octave."""
    root = _voicing(scene, at)[0]
    return [root, root + 7, root + 12]


_Voicing = Callable[[_Scene, int], list[int]]


def _chords_at(
    scene: _Scene, places: Sequence[int], durations: Sequence[int], voicing: _Voicing = _voicing
) -> list[Row]:
    return [(at, p, duration) for at, duration in zip(places, durations, strict=True) for p in voicing(scene, at)]


def _strummed(scene: _Scene) -> list[Row]:
    at = scene.rhythm(3.0, [shuffled(step, scene.bar.division) for step in _STRUMMING])
    return _chords_at(scene, at, scene.until_next(at))


def _guitar_off_beat(scene: _Scene, voicing: _Voicing = _voicing) -> list[Row]:
    at = scene.bar.offbeats
    return _chords_at(scene, at, [_SHORT] * len(at), voicing)


def _arpeggiated(scene: _Scene, places: Sequence[int] | None = None) -> list[Row]:
    at = scene.bar.eighths if places is None else places
    tones = [_BROKEN[place % len(_BROKEN)] for place in range(len(at))]
    return [(a, _voicing(scene, a)[t], room) for a, t, room in zip(at, tones, scene.until_next(at), strict=True)]


def _arpeggiated_in_sixteenths(scene: _Scene) -> list[Row]:
    """Triplets where the song swings, or its beats divide in thirds."""
    return _arpeggiated(scene, eighths(scene.bar.length, (0, 3, 6, 9) if scene.bar.division == HALVES else THIRDS))


def _power_chords(scene: _Scene) -> list[Row]:
    at = scene.rhythm(2.0, scene.bar.beats)
    return _chords_at(scene, at, scene.until_next(at), _power)


def _muted_eighths(scene: _Scene, voicing: _Voicing = lambda scene, at: _voicing(scene, at)[:1]) -> list[Row]:
    at = scene.bar.eighths
    return _chords_at(scene, at, [min(room // 2, _SHORT) for room in scene.until_next(at)], voicing)


def _lead(scene: _Scene) -> list[Row]:
    """One note a stroke, in the lead's register; a note repeated moves to its neighbour in the scale and back."""
    at = scene.rhythm(2.0, scene.bar.beats)
    rows: list[Row] = []
    for place, duration in zip(at, scene.until_next(at), strict=True):
        pitch = scene.lowest(place)
        pitch += 12 * max(0, -(-(_LEAD_FLOOR - pitch) // 12))
        if rows and rows[-1][1] == pitch:
            pitch += next(step for step in (2, 1, 3) if (pitch + step) % 12 in scene.scale or step == 3)
        rows.append((place, pitch, duration))
    return rows


_RULES: dict[Stem, dict[str, Callable[[Bar], bool]]] = {
    Stem.BASS: figures.BASS_RULES,
    Stem.GUITAR: {**figures.GUITAR_RULES, "muted eighths": figures.is_muted_eighths},
}
_PLAYERS: dict[Stem, dict[str, _Player]] = {
    Stem.BASS: {
        "root eighths": _root_eighths,
        "walking": _walking,
        "octaves": _octaves,
        "off-beat": _off_beat,
        "whole notes": _whole_note,
    },
    Stem.GUITAR: {
        "strummed": _strummed,
        "arpeggiated": _arpeggiated,
        "power chords": _power_chords,
        "single-note lead": _lead,
        "muted eighths": _muted_eighths,
        "off-beat": _guitar_off_beat,
    },
}
_TOGETHER: dict[Stem, dict[tuple[str, str], _Player]] = {
    Stem.BASS: {("octaves", "off-beat"): _off_beat_octaves},
    Stem.GUITAR: {
        ("power chords", "muted eighths"): partial(_muted_eighths, voicing=_power),
        ("power chords", "off-beat"): partial(_guitar_off_beat, voicing=_power),
        ("strummed", "muted eighths"): partial(_muted_eighths, voicing=_voicing),
    },
}
"""Figures of which one says what is struck and the other when, so that neither rule can follow the other."""

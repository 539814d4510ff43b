"""Bars of a pitched part played in a figure that was asked for, where the model wrote something else.

The last resort of an instruction: what the model drew, several times, is tried first. Harmony stays the model's: roots
are the lowest notes that it wrote, chords are estimated from the whole song, its part included; where a bass has a
chart, its chords are played. What each figure makes of them is a rule. Bars in which it rests stay silent. Basses and
drums have modules of their own, `bass_lines`, `walking` and `drum_arranging`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import permutations

from midi_subtract.listening import figures
from midi_subtract.listening.chords import ChordSpan
from midi_subtract.listening.divisions import HALVES, SWUNG, THIRDS, divisions, eighths, shuffled
from midi_subtract.listening.facts import Setting, figure_shares, scales
from midi_subtract.listening.figures import Bar
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes, same
from midi_subtract.playing import bass_lines, strokes
from midi_subtract.playing.crashes import borders_for_crashes
from midi_subtract.playing.drum_arranging import PLACED, Density, arranged_drums, expected_drums
from midi_subtract.playing.drum_fills import placed_bars, sections_in, with_fills_at
from midi_subtract.playing.grooves import grooves
from midi_subtract.playing.scenes import Player, Row, Scene, in_bars
from midi_subtract.playing.swing_time import is_swung
from midi_subtract.playing.walking import walked, with_passing_notes
from midi_subtract.words.bass_words import CHANGES, PASSING, PEDAL, ROOTS
from midi_subtract.words.fill_words import is_placed
from midi_subtract.words.stroke_words import ACCENTS, ARPEGGIATED, OFF, OOM_PAH
from subtract_core.levels import level, shortfall
from subtract_core.stems import Stem
from subtract_core.wish import Wish

_GUITAR_ROOTS = 40  # E2: chords and power chords have their root in the octave from here on
_LEAD_FLOOR = 55  # G3: a lead is written from here on
_STRUMMING = (0, 12, 18, 30, 36, 42)  # down, down up, up down up, in halves of the beat
_SHORT = STEPS_PER_BEAT // 4
_TONES = {ROOTS: bass_lines.roots_alone, PASSING: with_passing_notes, CHANGES: bass_lines.on_changes}
_STAB, _SHORTER = STEPS_PER_BEAT // 3, 0.3
"""How long is what is struck on some beats and asked to be short, and below which level of note length that is."""
_BROKEN = (0, 1, 2, 3, 2, 1)  # tones of a chord, up and down
# Figures of drums that say how often what keeps the time is struck.
_KEEPING_TIME = {"shuffle", "sixteenth hats", "blast beat"}


def arranged(
    notes: Notes,
    stem: Stem,
    wish: Wish,
    context: Mapping[Stem, Notes],
    setting: Setting,
    chart: Sequence[ChordSpan] = (),
) -> Notes:
    """The part with the figure that a wish asks for in all bars played, unless it is the part's figure already.

    notes, context: of the whole song, in steps from its start. setting: the stretch of which the wish speaks; notes
    outside it are left out. chart: chords that are written for the song, in its steps, by which basses go. Of several
    figures of a pitched part, which may stand for each other, one is enough, but it gets as many as one or two rules
    bring together. Lines that models are not told of (`Wish.line`) are always written by rule.
    """
    lines = setting.bar_starts
    notes = notes.starting(int(lines[0]), int(lines[-1]))
    if wish.line and not wish.line.startswith(PEDAL):
        return _in_line(notes, stem, wish, context, setting, chart)
    wanted = asked_figures(wish, stem)
    is_drums = stem is Stem.DRUMS
    if not len(notes) or not (wanted or (is_drums and expected_drums(wish))):
        return notes
    if is_drums:
        feel = divisions([*context.values(), notes], lines)
        feel = [SWUNG if division == HALVES and is_swung(wish) else division for division in feel]
        density = Density(wish.levels["density"], wish.numbers.get("density")) if "density" in wanted else None
        borders = borders_for_crashes(wish, {s: part for s, part in context.items() if s is not stem}, lines)
        kit, sections = wish.options.get("kit", {}), sections_in(context, lines)
        expected, placed = expected_drums(wish), placed_bars(kit, context, lines)
        part = arranged_drums(notes, wanted, lines, setting.tempo, feel, density, borders, expected, sections, kit)
        return part if placed is None else with_fills_at(part, placed, lines, feel, kit)
    if stem is Stem.GUITAR and "power chords" in wanted:
        wanted = [name for name in wanted if name != "strummed"]  # they say which chords are strummed

    def played(part: Notes, name: str) -> Notes:
        if stem is Stem.BASS and name == "pedal":
            return bass_lines.pedal(part, wish.line, context, chart)
        return _in_figure(part, stem, name, context, lines, chart)

    def there(part: Notes) -> int:
        by_name = {*_COMPING, *(("walking", "pedal") if chart else ("pedal",) if wish.line else ())}
        others = (_is_there(part, stem, name, context, setting) for name in wanted if name not in by_name)
        return sum(others) + sum(same(played(part, name), part) for name in wanted if name in by_name)

    if there(notes) == len(wanted):
        return _as_dense(notes, stem, wish, context, lines)
    parts = [notes, *(played(notes, name) for name in wanted)]
    if len(wanted) > 1:
        parts += [played(part, name) for (_, part), (name, _) in permutations(zip(wanted, parts[1:], strict=True), 2)]
        parts += [_in_both(notes, stem, both, context, lines) for both in _TOGETHER[stem] if set(both) <= set(wanted)]
    best = max(parts, key=there)  # of equals the first: as it is, or in the figure named first
    return _as_dense(best if there(best) else parts[1], stem, wish, context, lines)


def _in_line(
    notes: Notes,
    stem: Stem,
    wish: Wish,
    context: Mapping[Stem, Notes],
    setting: Setting,
    chart: Sequence[ChordSpan],
) -> Notes:
    """The part in the line that a wish asks for; what a line says nothing of is as it is without it."""
    line, lines = wish.line, setting.bar_starts
    if line in _TONES or line.startswith((OFF, ACCENTS)):
        part = arranged(notes, stem, replace(wish, line=""), context, setting, chart)
        if line in _TONES:
            return _TONES[line](part, context, lines, chart)
        change = strokes.left_out if line.startswith(OFF) else strokes.accented
        return change(part, line, context, lines)
    if line == OOM_PAH:
        return in_bars(notes, stem, lambda bar: False, partial(_oom_pah, voicing=_VOICING[stem]), context, lines)
    if line == ARPEGGIATED:
        player = partial(_arpeggiated, voicing=_VOICING[stem])
        part = in_bars(notes, stem, figures.is_arpeggiated, player, context, lines)
        return _as_dense(part, stem, wish, context, lines)
    if stem is Stem.BASS:
        return bass_lines.in_line(notes, line, context, lines, chart)
    in_chords = wish.levels.get("polyphony", 1.0 if stem in (Stem.GUITAR, Stem.KEYS) else 0.0) >= 0.25
    voicing = _power if wish.options.get("figure", {}).get("power chords") else None
    longest = _STAB if wish.levels.get("note length", 0.5) < _SHORTER else None
    return strokes.struck(notes, stem, line, context, lines, 3 if in_chords else 1, voicing, longest)


def _as_dense(notes: Notes, stem: Stem, wish: Wish, context: Mapping[Stem, Notes], lines: IntArray) -> Notes:
    """The part, if it is asked for busy arpeggios, in sixteenths where it is not busy enough."""
    asked = wish.levels.get("density", 0.0)
    breaks_chords = wish.line == ARPEGGIATED or wish.options.get("figure", {}).get("arpeggiated")
    if asked <= 0.5 or not breaks_chords:
        return notes
    start = int(lines[0])
    onsets = scales(notes.between(start, int(lines[-1])), stem, lines - start, tempo=120.0).get("density", 0.0)
    if level("density", stem, onsets) >= asked or not shortfall("density", stem, asked, onsets):
        return notes
    player = partial(_arpeggiated_in_sixteenths, voicing=_VOICING[stem])
    return in_bars(notes, stem, lambda bar: False, player, context, lines)


def _in_figure(
    notes: Notes,
    stem: Stem,
    name: str,
    context: Mapping[Stem, Notes],
    lines: IntArray,
    chart: Sequence[ChordSpan],
) -> Notes:
    """The part with a figure in every bar; as it is where there is no rule for that."""
    if stem is Stem.GUITAR and name in _COMPING:
        return in_bars(notes, stem, lambda bar: False, _COMPING[name], context, lines)
    if name in _PLAYERS.get(stem, {}):
        return in_bars(notes, stem, _RULES[stem][name], _PLAYERS[stem][name], context, lines, chart)
    if stem is Stem.BASS and name == "walking":
        return walked(notes, context, lines, chart)
    if stem is Stem.BASS and name == "follows the kick" and Stem.DRUMS in context:
        return bass_lines.on_kicks(notes, context[Stem.DRUMS], lines)
    return notes


def _in_both(notes: Notes, stem: Stem, both: tuple[str, str], context: Mapping[Stem, Notes], lines: IntArray) -> Notes:
    """The part with two figures in every bar, by one player for both."""
    rules = [_RULES[stem][name] for name in both]
    return in_bars(notes, stem, lambda bar: all(rule(bar) for rule in rules), _TOGETHER[stem][both], context, lines)


def asked_figures(wish: Wish, stem: Stem) -> list[str]:
    """The figures that a wish asks for; of guitars of which no other is asked a style in which they comp; of drums,
    styles that have a groove, fills and crashes are among them, and density, if nothing else says how what keeps the
    time is played."""
    figure, kit = wish.options.get("figure", {}), wish.options.get("kit", {})
    named = [name for name, yes in figure.items() if yes]
    styles = [name for name, yes in wish.options.get("style", {}).items() if yes]
    if stem is Stem.GUITAR and not named and wish.levels.get("polyphony", 1.0) >= 0.5:
        return [name for name in styles if name in _COMPING][:1]
    if stem is not Stem.DRUMS:
        return named
    styles = [name for name in styles if name in grooves()]
    silent = kit.get("hi-hat") is False and kit.get("ride") is False
    is_free = not (styles or silent or _KEEPING_TIME & set(named))
    density = ["density"] if "density" in wish.levels and is_free else []
    placed = [name for name, yes in kit.items() if yes and is_placed(name)]
    return density + styles + named + [name for name in PLACED if kit.get(name)] + placed


def _is_there(notes: Notes, stem: Stem, name: str, context: Mapping[Stem, Notes], setting: Setting) -> bool:
    """Whether a figure is the part's, by the rules of its facts."""
    start, stop = int(setting.bar_starts[0]), int(setting.bar_starts[-1])
    lines = setting.bar_starts - start
    inside = {s: part.between(start, stop) for s, part in context.items()}
    shares = figure_shares(notes.between(start, stop), stem, inside, lines, replace(setting, bar_starts=lines))
    return shares.get(name, 1.0) >= figures.least_share(name)


# --- guitar, and chords of others ------------------------------------------------------------------------------------


def _voicing(scene: Scene, at: int, lowest: int = _GUITAR_ROOTS) -> list[int]:
    """Three tones of the chord and the root's octave, upwards from the root. lowest: that this may be."""
    chord = scene.chord(at)
    root = lowest + (chord.root - lowest) % 12
    thirds_and_fifths = sorted((pc - chord.root) % 12 for pc in chord.pitch_classes[1:3])
    return [root, *(root + step for step in thirds_and_fifths), root + 12]


def _power(scene: Scene, at: int) -> list[int]:
    """Root, fifth and the root's octave."""
    root = _voicing(scene, at)[0]
    return [root, root + 7, root + 12]


_Voicing = Callable[[Scene, int], list[int]]
_VOICING: dict[Stem, _Voicing] = {
    Stem.GUITAR: _voicing,
    Stem.KEYS: partial(_voicing, lowest=48),  # C3
    Stem.STRINGS: partial(_voicing, lowest=55),  # G3, a violin's lowest string
    Stem.LEAD: partial(_voicing, lowest=60),
}


def _chords_at(
    scene: Scene, places: Sequence[int], durations: Sequence[int], voicing: _Voicing = _voicing
) -> list[Row]:
    return [(at, p, duration) for at, duration in zip(places, durations, strict=True) for p in voicing(scene, at)]


def _strummed(scene: Scene) -> list[Row]:
    at = scene.rhythm(3.0, [shuffled(step, scene.bar.division) for step in _STRUMMING])
    return _chords_at(scene, at, scene.until_next(at))


def _guitar_off_beat(scene: Scene, voicing: _Voicing = _voicing) -> list[Row]:
    at = scene.bar.offbeats
    return _chords_at(scene, at, [_SHORT] * len(at), voicing)


def _arpeggiated(scene: Scene, places: Sequence[int] | None = None, voicing: _Voicing = _voicing) -> list[Row]:
    at = scene.bar.eighths if places is None else places
    tones = [_BROKEN[place % len(_BROKEN)] for place in range(len(at))]
    return [(a, voicing(scene, a)[t], room) for a, t, room in zip(at, tones, scene.until_next(at), strict=True)]


def _arpeggiated_in_sixteenths(scene: Scene, voicing: _Voicing) -> list[Row]:
    """Triplets where the song swings, or its beats divide in thirds."""
    places = eighths(scene.bar.length, (0, 3, 6, 9) if scene.bar.division == HALVES else THIRDS)
    return _arpeggiated(scene, places, voicing)


def _oom_pah(scene: Scene, voicing: _Voicing) -> list[Row]:
    """The root, and the fifth by turns, on every second beat, of three on the first, an octave below where there is
    room; short chords on the others."""
    rows: list[Row] = []
    beats = list(scene.bar.beats)
    bass = beats[:1] if len(beats) == 3 else beats[::2]
    for at in beats:
        root, *upper = voicing(scene, at)
        if at in bass:
            is_fifth = bass.index(at) % 2 and scene.chord(at) == scene.chord(at - 2 * STEPS_PER_BEAT)
            pitch = upper[1] if is_fifth else root
            rows.append((at, pitch - 12 * (root - 12 >= scene.range[0]), STEPS_PER_BEAT))
        else:
            rows += [(at, pitch, STEPS_PER_BEAT // 2) for pitch in upper]
    return rows


def _power_chords(scene: Scene) -> list[Row]:
    at = scene.rhythm(2.0, scene.bar.beats)
    return _chords_at(scene, at, scene.until_next(at), _power)


def _muted_eighths(scene: Scene, voicing: _Voicing = lambda scene, at: _voicing(scene, at)[:1]) -> list[Row]:
    at = scene.bar.eighths
    return _chords_at(scene, at, [min(room // 2, _SHORT) for room in scene.until_next(at)], voicing)


def _lead(scene: Scene) -> list[Row]:
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


def _four_to_the_bar(scene: Scene) -> list[Row]:
    """A short chord on every beat, as Freddie Green played them."""
    at = list(scene.bar.beats)
    return _chords_at(scene, at, [min(room, STEPS_PER_BEAT // 2) for room in scene.until_next(at)])


_BOSSA = ((0, 18, 36), (12, 30))
"""Where the fingers of a bossa nova strike in two bars, as sticks do on the rim; the thumb plays on one and three."""


def _bossa_nova(scene: Scene) -> list[Row]:
    length = scene.bar.length
    fingers = [at for at in _BOSSA[scene.start // length % 2] if at < length]
    upper = _chords_at(scene, fingers, scene.until_next(fingers), lambda scene, at: _voicing(scene, at)[1:])
    thumb = list(range(0, length, 2 * STEPS_PER_BEAT))
    return upper + _chords_at(scene, thumb, scene.until_next(thumb), lambda scene, at: _voicing(scene, at)[:1])


_COMPING: dict[str, Player] = {"swing": _four_to_the_bar, "bossa nova": _bossa_nova}
"""Styles of which models do not know how guitars comp in them."""
_RULES: dict[Stem, dict[str, Callable[[Bar], bool]]] = {
    Stem.BASS: figures.BASS_RULES,
    Stem.GUITAR: {**figures.GUITAR_RULES, "muted eighths": figures.is_muted_eighths},
}
_PLAYERS: dict[Stem, dict[str, Player]] = {
    Stem.BASS: bass_lines.PLAYERS,
    Stem.GUITAR: {
        "strummed": _strummed,
        "arpeggiated": _arpeggiated,
        "power chords": _power_chords,
        "single-note lead": _lead,
        "muted eighths": _muted_eighths,
        "off-beat": _guitar_off_beat,
    },
}
_TOGETHER: dict[Stem, dict[tuple[str, str], Player]] = {
    Stem.BASS: {("octaves", "off-beat"): bass_lines.off_beat_octaves},
    Stem.GUITAR: {
        ("power chords", "muted eighths"): partial(_muted_eighths, voicing=_power),
        ("power chords", "off-beat"): partial(_guitar_off_beat, voicing=_power),
        ("strummed", "muted eighths"): partial(_muted_eighths, voicing=_voicing),
    },
}
"""Figures of which one says what is struck and the other when, so that neither rule can follow the other."""

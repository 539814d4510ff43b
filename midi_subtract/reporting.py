"""What is reported of a part: what was asked of it beside what is measured in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from midi_subtract.listening.divisions import divisions
from midi_subtract.listening.drum_figures import of_classes
from midi_subtract.listening.facts import stem_facts
from midi_subtract.listening.style_classifier import bundled_styles
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.playing.adherence import heard_styles
from midi_subtract.playing.asked import Asked, Stretch
from midi_subtract.playing.drum_fills import are_fills_placed
from midi_subtract.playing.drum_strokes import strokes_as_said
from midi_subtract.playing.grooves import styles_heard
from midi_subtract.playing.loudness import beside_before, beside_others, in_velocities
from midi_subtract.playing.percussion import keeps_pace
from midi_subtract.playing.strokes import with_line_report
from midi_subtract.programs import PERCUSSION
from midi_subtract.words.kit_words import is_struck
from midi_subtract.words.percussion_words import HATS, PEDAL_HAT, RIDE, named_as, without_pace
from subtract_core.explain import FactReport, explain
from subtract_core.levels import value_at
from subtract_core.stems import Stem

_MOVED = 6.0
"""Semitones by which the mean of a part is moved that is up or down an octave: it plays other notes there, too."""


def explained(asked: Asked, notes: Notes, program: int) -> list[FactReport]:
    """What was asked beside what was measured; with several stretches the bars are named. Without notes nothing is
    measured, and nothing that was asked for is fulfilled, but silence."""
    rows = []
    for stretch in asked.stretches:
        inside = notes.starting(stretch.start, stretch.stop)
        bars = stretch.bars if asked.names_bars else ""
        if stretch.wish.silent:
            heard = f"{len(inside)} notes" if len(inside) else "silent"
            rows.append(FactReport("playing", "silent", heard, not len(inside), bars))
            continue
        style = _style(asked, inside, stretch)
        setting = replace(stretch.setting, programs={program: len(inside)} if len(inside) else {}, style=style)
        facts = stem_facts(notes, asked.stem, asked.song.stems, setting)
        band = asked.band(stretch)
        said = explain(in_velocities(stretch.wish, asked.stem, band), facts, _mean_length(inside))
        said = [beside_others(row, stretch.wish, band) if row.fact == "loudness" else row for row in said]
        before = notes.starting(0, stretch.start)
        said = [beside_before(row, stretch.wish, asked.stem, before) if row.fact == "loudness" else row for row in said]
        said = [_moved(asked, row, notes, stretch) if row.fact == "register" else row for row in said]
        said = [_is_kit(asked, row, inside, stretch) if row.fact == "kit" else row for row in said]
        said = with_line_report(said, stretch.wish.line, inside, asked.song.stems, stretch.setting.bar_starts)
        if style:
            said = [replace(r, measured=f"{r.measured} (inferred)") if r.fact == "style" else r for r in said]
        rows += [replace(row, bars=bars) for row in sorted(said, key=lambda row: not row.asked)]
    for ramp in asked.ramps:
        rows.append(replace(ramp.explained(notes), bars=ramp.bars if asked.names_bars else ""))
    if not len(notes):
        missing = [row if row.fact == "playing" else _unmeasured(row) for row in rows]
        return [row for row in missing if row.asked]
    return rows


def _moved(asked: Asked, row: FactReport, notes: Notes, stretch: Stretch) -> FactReport:
    """What is said of the register of a stretch that is to be moved by octaves: whether it is, for the most part,
    beside the part where it is not, or what is usual of such parts."""
    octaves = stretch.wish.octaves
    if not octaves or row.value is None:
        return row
    usual = asked.usual_pitch(notes, stretch)
    usual = value_at("register", asked.stem, 0.5) if usual is None else usual
    up, by = "up" if octaves > 0 else "down", "an octave" if abs(octaves) == 1 else f"{abs(octaves)} octaves"
    is_moved = (row.value - usual) * np.sign(octaves) >= _MOVED
    return replace(row, asked=f"{by} {up}", fulfilled=bool(is_moved), asked_value=None)


def _is_kit(asked: Asked, row: FactReport, notes: Notes, stretch: Stretch) -> FactReport:
    """A row on the kit, judged if it is on drums, their pace or places of fills that are in no vocabulary, too.

    Beside a pedal hat that is asked for, no hat is ruled out but what a stick strikes.
    """
    name, kit, lines = row.asked.removeprefix("no "), stretch.wish.options.get("kit", {}), stretch.setting.bar_starts
    fills = are_fills_placed(notes, name, kit, asked.song.stems, lines)
    if fills is not None:
        return replace(row, fulfilled=fills)
    if row.asked == "no hi-hat" and named_as(kit, PEDAL_HAT):
        return replace(row, fulfilled=not of_classes(notes, ("closed hat", "open hat")).any())
    feel = divisions([part for stem, part in asked.song.stems.items() if stem is not asked.stem], lines)
    is_wanted = row.asked == name
    if (is_so := strokes_as_said(notes, name, lines, feel, is_wanted)) is not None:
        return replace(row, fulfilled=is_so)
    if name != without_pace(name) and without_pace(name) in (*PERCUSSION, HATS, RIDE):
        return replace(row, fulfilled=keeps_pace(notes, name, lines, feel))
    struck = is_struck(notes, name)
    return row if struck is None else replace(row, fulfilled=struck != row.asked.startswith("no "))


def _style(asked: Asked, notes: Notes, stretch: Stretch) -> tuple[str, ...]:
    """The style that the drums of a stretch are heard to be in, where one is asked for that can be told apart."""
    if asked.stem is not Stem.DRUMS or not (wanted := heard_styles(stretch.wish)):
        return ()
    lines, known = stretch.setting.bar_starts, bundled_styles().config.styles
    there = tuple(style for style, sure in styles_heard(notes, wanted, lines).items() if sure >= 1.0)
    if there or not set(wanted) & set(known):
        return there
    found = bundled_styles().recognised(notes, lines)
    return (found,) if found else ()


def _mean_length(notes: Notes) -> dict[str, float]:
    """Note length as musicians measure it: the mean duration, beats."""
    return {"note length": float(notes.duration.mean()) / STEPS_PER_BEAT} if len(notes) else {}


def _unmeasured(row: FactReport) -> FactReport:
    return replace(row, measured="cannot be measured", fulfilled=False)

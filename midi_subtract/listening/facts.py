"""What can be said of a part, measured in its notes: the facts of `subtract_core.facts` for MIDI.

Numbers follow the definitions of the scales there, figures and kit the rules of `figures` and `drum_figures`. Times
are steps, 12 a beat; notes that start at most a step apart are one stroke (a strum, a flam) and count as one
onset time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from midi_subtract.listening import drum_figures, figures
from midi_subtract.listening.divisions import beat_lines, moved_bars
from midi_subtract.metrics import IntArray
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Song
from subtract_core.facts import CHOICE, StemFacts
from subtract_core.levels import level, word
from subtract_core.rhythm import density, syncopation
from subtract_core.stems import PITCHED, Stem

MIN_SWING_ONSETS = 4
"""Fewest onsets between the beats from which swing can be told."""
SOUND_SHARE = 0.25
"""Least share of a part's notes that a sound must have to be named."""
NEVER = 0.05
"""Share of the bars up to which a figure counts as absent: a single bar may look like anything."""
BRUSH_KIT = 40
"""Program of the brush kit (General MIDI 2, GS, XG)."""

_FOUR_BEATS = 4 * STEPS_PER_BEAT
_SOUNDS: dict[Stem, dict[int, str]] = {
    Stem.BASS: {
        32: "upright", 33: "fingered", 34: "picked", 35: "fretless", 36: "slap", 37: "slap", 38: "synth", 39: "synth",
    },
    Stem.GUITAR: {
        24: "nylon", 25: "steel", 26: "jazz", 27: "clean", 28: "muted", 29: "overdriven", 30: "distorted",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """What the facts of a part depend on besides notes.

    bar_starts: int64 bar lines of the window in steps, its end included; `of` makes them from a song.
    tempo: mean beats a minute.
    programs: General MIDI program (for drums: the kit's) -> number of notes that the part plays with it; may be empty.
    style: names of `CHOICE["style"]` that the source of the song states.
    """

    bar_starts: IntArray
    tempo: float
    programs: Mapping[int, int] = field(default_factory=dict)
    style: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        song: Song,
        start: int = 0,
        stop: int | None = None,
        programs: Mapping[int, int] | None = None,
        style: Sequence[str] = (),
    ) -> Setting:
        """The bars and the tempo of a song in [start, stop) steps; to the end of its last bar without `stop`."""
        lines = song.bar_starts(max(song.last_step if stop is None else stop, start + 1))
        stop = int(lines[-1]) if stop is None else stop
        inner = lines[(lines > start) & (lines < stop)]
        bar_starts = np.concatenate([[start], inner, [stop]]).astype(np.int64)
        begin, end = song.step_to_seconds(np.array([start, stop]))
        tempo = (stop - start) / STEPS_PER_BEAT * 60.0 / float(end - begin)
        return cls(bar_starts, tempo, programs or {}, tuple(style))


def song_facts(song: Song, stem: Stem, start: int = 0, stop: int | None = None, style: Sequence[str] = ()) -> StemFacts:
    """The facts of all that a song's `stem` plays in [start, stop) steps, the whole song without them.

    Sounds are those of its tracks, weighted by their notes in the window. Raises `InputError` for an unknown style.
    """
    setting = Setting.of(song, start, stop, style=style)
    first, last = setting.bar_starts[[0, -1]].tolist()
    programs: Counter[int] = Counter()
    for track in song.tracks:
        if track.stem is stem:
            inside = (track.notes.onset >= first) & (track.notes.onset < last)
            programs[track.program] += int(np.count_nonzero(inside))
    context = song.others(stem)
    return stem_facts(song.stem(stem), stem, context, replace(setting, programs=programs))


def stem_facts(notes: Notes, stem: Stem, context: Mapping[Stem, Notes], setting: Setting) -> StemFacts:
    """The facts of one part among others.

    notes, context: onsets in the steps of `setting.bar_starts`; what starts outside the window is left out.
    Facts that cannot be measured, as without notes or without a second onset, are left out.
    Raises `InputError` for a style that is not in the vocabulary.
    """
    bar_starts = setting.bar_starts - setting.bar_starts[0]
    notes = _inside(notes, setting.bar_starts)
    context = {other: _inside(part, setting.bar_starts) for other, part in context.items()}
    values = scales(notes, stem, bar_starts, setting.tempo)
    shares = figure_shares(notes, stem, context, bar_starts, setting)
    strokes = drum_figures.kit_strokes(notes, bar_starts) if stem is Stem.DRUMS and len(notes) else {}
    choices = {
        "figure": figures_of(shares),
        "kit": kit_of(strokes, setting.programs) if strokes else (),
        "sound": sounds_of(stem, setting.programs),
        "style": setting.style,
    }
    absent = {
        "figure": tuple(name for name, share in shares.items() if share <= NEVER),
        "kit": tuple(name for name, rate in strokes.items() if not rate),
        "sound": unheard_sounds(stem, setting.programs),
    }
    return StemFacts(
        stem,
        scales=values,
        words={name: word(name, stem, value) for name, value in values.items()},
        levels={name: level(name, stem, value) for name, value in values.items()},
        choices={name: chosen for name, chosen in choices.items() if chosen},
        absent={name: missing for name, missing in absent.items() if missing},
    )


def _inside(notes: Notes, bar_starts: IntArray) -> Notes:
    """The notes of a window from its start on."""
    return notes.wide().between(int(bar_starts[0]), int(bar_starts[-1]))


# --- scales ---------------------------------------------------------------------------------------------------------


def scales(notes: Notes, stem: Stem, bar_starts: IntArray, tempo: float) -> dict[str, float]:
    """Scale -> value by its definition in `subtract_core.facts.SCALES`; what cannot be measured is left out.

    notes: of the window between the first and the last bar line. Beats are counted from bar lines. tempo: mean beats a
    minute.
    """
    times = figures.stroke_times(notes)
    if not times:
        return {}
    lines = beat_lines(bar_starts)

    def in_beats(strokes: Sequence[int]) -> list[int]:
        placed: list[int] = moved_bars(np.array(strokes, dtype=np.int64), bar_starts, lines).tolist()
        return placed

    pulse = times if stem is not Stem.DRUMS else figures.stroke_times(_kick_and_snare(notes))
    values: dict[str, float | None] = {
        "density": density(times),
        "loudness": float(notes.velocity.mean()),
        "dynamic range": float(notes.velocity.std()),
        "syncopation": syncopation(in_beats(pulse), -(-int(lines[-1]) // STEPS_PER_BEAT)),
        "swing": swing(in_beats(times)),
        "tempo": tempo,
    }
    if stem in PITCHED:
        hits = figures.strokes(notes)
        values["register"] = float(notes.pitch.mean())
        values["note length"] = note_length(hits)
        values["polyphony"] = sum(hit.pitches for hit in hits) / len(hits)
    return {name: value for name, value in values.items() if value is not None}


def swing(times: Sequence[int]) -> float | None:
    """Mean lateness of the onsets in the middle of a beat: 0 at its half (steps 5 and 6), .5 at 7, 1 at two thirds (8).

    Sixteenths lie outside, and so do beats of triplets, which are even, as eighths of 6/8 are (`in_thirds`). None for
    fewer than `MIN_SWING_ONSETS` such onsets.
    """
    even = in_thirds(times)
    middle = [t for t in times if 5 <= t % STEPS_PER_BEAT <= 8 and t // STEPS_PER_BEAT not in even]
    lateness = [max(0, t % STEPS_PER_BEAT - 6) / 2 for t in middle]
    return sum(lateness) / len(lateness) if len(lateness) >= MIN_SWING_ONSETS else None


def in_thirds(times: Iterable[int]) -> set[int]:
    """The beats, by number, that begin something at their third and nothing in their last quarter: triplets, where a
    swung beat of sixteenths has (0, 4, 8, 10)."""
    place = [divmod(int(t), STEPS_PER_BEAT) for t in times]
    return {beat for beat, at in place if at == 4} - {beat for beat, at in place if at >= 9}


def note_length(hits: Sequence[figures.Stroke]) -> float | None:
    """Mean over onset times, in beats, of duration x share of the time to the next onset that it fills.

    The time to the next onset is at most four beats, the duration at most that time. Legato notes count with their
    duration, gaps take from it, so that sixteenths played legato are longer than staccato quarters. The last onset,
    which nothing follows, is left out; None for a single onset.
    """
    lengths = []
    for hit, after in pairwise(hits):
        gap = min(after.at - hit.at, _FOUR_BEATS)
        lengths.append(min(hit.duration, gap) ** 2 / gap / STEPS_PER_BEAT)
    return sum(lengths) / len(lengths) if lengths else None


def _kick_and_snare(drums: Notes) -> Notes:
    """What carries the rhythm of a kit: hats and cymbals that run through would hide every syncopation."""
    return drums.select(drum_figures.of_classes(drums, (*drum_figures.KICK, *drum_figures.SNARE)))


# --- choices --------------------------------------------------------------------------------------------------------


def figures_of(shares: Mapping[str, float]) -> tuple[str, ...]:
    """The figures that a part follows, most typical first. shares: see `figure_shares`."""
    return _most_first({name: share for name, share in shares.items() if share >= figures.least_share(name)})


def figure_shares(
    notes: Notes, stem: Stem, context: Mapping[Stem, Notes], bar_starts: IntArray, setting: Setting
) -> dict[str, float]:
    """Figure -> share (0-1) of the bars played that follow it; nothing for stems without figures or notes."""
    if not len(notes):
        return {}
    if stem is Stem.DRUMS:
        return drum_figures.drum_figures(notes, bar_starts, setting.tempo)
    if stem is Stem.BASS:
        return figures.bass_figures(notes, context, bar_starts)
    if stem is Stem.GUITAR:
        return figures.guitar_figures(
            notes, context, bar_starts, muted=sounds_of(stem, setting.programs)[:1] == ("muted",)
        )
    return {}


def kit_of(strokes: Mapping[str, float], programs: Mapping[int, int]) -> tuple[str, ...]:
    """The drums that are used, by strokes a bar in proportion to what is asked for; brushes by the kit's program.

    strokes: see `drum_figures.kit_strokes`.
    """
    rates = {name: rate / drum_figures.KIT_STROKES_A_BAR[name] for name, rate in strokes.items()}
    brushes = ("brushes",) if BRUSH_KIT in _frequent(programs) else ()
    return brushes + _most_first({name: rate for name, rate in rates.items() if rate >= 1})


def sounds_of(stem: Stem, programs: Mapping[int, int]) -> tuple[str, ...]:
    """The sounds that play at least `SOUND_SHARE` of the notes, most played first."""
    total = sum(programs.values())
    heard = _notes_by_sound(stem, programs).most_common()
    return tuple(name for name, count in heard if count >= SOUND_SHARE * total)


def program_of(stem: Stem, sound: str) -> int | None:
    """The General MIDI program (for drums: the kit's) of a sound or a kit; None where it has none of its own."""
    if stem is Stem.DRUMS:
        return BRUSH_KIT if sound == "brushes" else None
    return next((program for program, name in _SOUNDS.get(stem, {}).items() if name == sound), None)


def unheard_sounds(stem: Stem, programs: Mapping[int, int]) -> tuple[str, ...]:
    """The sounds of a stem that no note plays; none where it is not known what plays."""
    heard = _notes_by_sound(stem, programs)
    return tuple(name for name in CHOICE["sound"].options[stem] if name not in heard) if heard else ()


def _notes_by_sound(stem: Stem, programs: Mapping[int, int]) -> Counter[str]:
    """Sound -> notes that it plays, without the sounds that play none."""
    notes: Counter[str] = Counter()
    for program, count in programs.items():
        if count and program in _SOUNDS.get(stem, {}):
            notes[_SOUNDS[stem][program]] += count
    return notes


def _frequent(programs: Mapping[int, int]) -> set[int]:
    total = sum(programs.values())
    return {program for program, count in programs.items() if count and count >= SOUND_SHARE * total}


def _most_first(shares: Mapping[str, float]) -> tuple[str, ...]:
    return tuple(sorted(shares, key=lambda name: -shares[name]))

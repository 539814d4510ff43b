"""A picture of what was written: piano rolls of a song before and after, the new part highlighted.

matplotlib is an optional extra of the package and imported only here, when a picture is asked for.
"""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.programs import DRUM_CLASSES, drum_class
from midi_subtract.song import Song
from subtract_core.errors import InputError
from subtract_core.files import check_writable, write_file
from subtract_core.stems import Stem

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MUTED: dict[Stem, str] = {
    Stem.DRUMS: "#8c8c8c",
    Stem.BASS: "#7d8fb3",
    Stem.GUITAR: "#b39b7d",
    Stem.KEYS: "#86b08f",
    Stem.STRINGS: "#a98bb8",
    Stem.LEAD: "#7fb0b5",
}
NEW = "#e4572e"
_DRUM_ROW = 1.5  # height of a drum class, in semitones
_DRUM_STRIP = len(DRUM_CLASSES) * _DRUM_ROW + 1.5  # what drums take under the lowest pitch, with a gap
_NOTE_HEIGHT = 0.86  # of the room that a note has
_GAP = 0.08  # beats left blank behind a note, so that repeated notes are seen apart
_WIDTH = (10.0, 30.0)  # inches
_DPI = 110

Boxes = npt.NDArray[np.float64]
"""[notes, 4]: left and right edge in beats, bottom and top edge in semitones."""


def piano_roll_figure(before: Song, after: Song, stem: Stem, path: str | Path, *, overwrite: bool = False) -> None:
    """Draw `before` above and `after` below it into a PNG file; what `after` adds to `stem` stands out.

    Pitched notes lie at their MIDI pitch, drums in a strip of one row a drum class underneath.
    Raises `InputError` where matplotlib is not installed, or `path` cannot be written or exists (unless `overwrite`).
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise InputError(f"{path}: a picture is written as PNG; choose a name that ends in .png")
    check_writable(path, overwrite)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InputError("plot: matplotlib is not installed; run: pip install 'msub[plot]'") from None
    fresh = _is_new(before.stem(stem), after.stem(stem))
    new, kept = after.stem(stem).select(fresh), after.stem(stem).select(~fresh)
    lines = after.bar_starts(after.last_step)
    bottom, top = _pitch_range(after)
    # Figure without pyplot: nothing global is touched, and no display is looked for.
    figure = Figure(figsize=(float(np.clip(len(lines) * 0.42, *_WIDTH)), 8.0), layout="constrained", dpi=_DPI)
    upper, lower = figure.subplots(2, 1, sharex=True)
    # A name with two dollar signs is no mathematics.
    title = f"{Path(after.name).name}: {stem.value} added ({len(new)} notes)"
    figure.suptitle(title, fontsize=13, parse_math=False)
    for axes, song, title in ((upper, before, "before"), (lower, after, f"with {stem.value}")):
        draw_grid(axes, lines, bottom, top, has_drums=Stem.DRUMS in after.stems)
        for part in song.stems:
            notes = kept if song is after and part is stem else song.stem(part)
            draw_notes(axes, boxes(notes, part, bottom), MUTED[part], part.value, alpha=0.75)
        axes.set_title(title, loc="left", fontsize=10)
    draw_notes(lower, boxes(new, stem, bottom), NEW, f"{stem.value} (new)", alpha=1.0)
    for axes in (upper, lower):
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=9)
    lower.set_xlabel("bar")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    write_file(path, buffer.getvalue(), overwrite)


def _is_new(before: Notes, after: Notes) -> npt.NDArray[np.bool_]:
    """Which notes of `after` are not in `before`, equal notes counted."""
    known = Counter(zip(*(column.tolist() for column in _columns(before)), strict=True))
    fresh = np.zeros(len(after), dtype=np.bool_)
    for index, note in enumerate(zip(*(column.tolist() for column in _columns(after)), strict=True)):
        fresh[index] = known[note] == 0
        known[note] -= not fresh[index]
    return fresh


def _columns(notes: Notes) -> tuple[npt.NDArray[np.generic], ...]:
    return notes.onset, notes.pitch, notes.duration, notes.velocity


def _pitch_range(song: Song) -> tuple[int, int]:
    """Lowest and highest pitch that is played, with a little room; drums have no pitch."""
    pitched = [notes.pitch for stem, notes in song.stems.items() if stem is not Stem.DRUMS]
    pitches = np.concatenate(pitched or [np.array([48, 72])])
    return int(pitches.min()) - 1, int(pitches.max()) + 2


def boxes(notes: Notes, stem: Stem, bottom: int) -> Boxes:
    """Where the notes are drawn. Drum hits are a sixteenth wide; those in no drum class are left out."""
    row, height = notes.pitch.astype(np.float64), _NOTE_HEIGHT
    left, length = notes.onset / STEPS_PER_BEAT, notes.duration / STEPS_PER_BEAT
    if stem is Stem.DRUMS:
        kinds = np.array([np.nan if (kind := drum_class(int(key))) is None else kind for key in notes.pitch])
        row, height = bottom - _DRUM_STRIP + kinds * _DRUM_ROW, _NOTE_HEIGHT * _DRUM_ROW
        length = np.full(len(notes), 0.25)
    right = left + np.maximum(length - _GAP, 0.6 * length)
    return np.stack([left, right, row, row + height], axis=1)[~np.isnan(row)]


def draw_notes(axes: Axes, shapes: Boxes, colour: str, label: str, alpha: float) -> None:
    """Draw what `boxes` made of the notes of a part, as one entry of the legend."""
    # One collection for all notes of a part: thousands of single patches would take seconds.
    from matplotlib.collections import PolyCollection

    if not len(shapes):
        return
    left, right, low, high = shapes.T
    corners = np.stack([np.stack([left, left, right, right], 1), np.stack([low, high, high, low], 1)], axis=2)
    # Snapped to whole pixels, narrow notes would vanish.
    collection = PolyCollection(list(corners), facecolors=colour, linewidths=0, alpha=alpha, label=label, snap=False)
    axes.add_collection(collection)


def draw_grid(axes: Axes, lines: npt.NDArray[np.int64], bottom: int, top: int, has_drums: bool) -> None:
    """Bar lines, every fourth of them numbered, octaves, and the strip for drums."""
    beats = lines / STEPS_PER_BEAT
    floor = bottom - _DRUM_STRIP if has_drums else bottom
    axes.set_xlim(0, beats[-1])
    axes.set_ylim(floor - 0.5, top)
    axes.vlines(beats, floor - 0.5, top, colors="#dddddd", linewidth=0.6, zorder=0)
    axes.vlines(beats[::4], floor - 0.5, top, colors="#b8b8b8", linewidth=0.9, zorder=0)
    axes.set_xticks(beats[:-1:4], [str(number) for number in range(1, len(lines), 4)])
    octaves = [pitch for pitch in range(bottom, top) if pitch % 12 == 0]
    ticks = [(pitch + _NOTE_HEIGHT / 2, f"C{pitch // 12 - 1}") for pitch in octaves]
    if has_drums:
        axes.axhspan(floor - 0.5, bottom - 1, color="#f4f4f4", zorder=-1)
        ticks.append(((floor + bottom - 1.5) / 2, "drums"))
    axes.set_yticks([at for at, _ in ticks], [text for _, text in ticks], fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)

"""Parts that a model must beat, or must not fall to: other songs' parts, simple rules, and Debian's `mma`.

Each control takes a `Case` and returns a part in steps from the start of its window. None of them knows the true
part, except `copy1` and `rotated`.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from midi_subtract.evaluation.cases import Case
from midi_subtract.files.reader import read_song
from midi_subtract.listening.chords import BEATS_PER_CHORD, Chord, Progression, estimate_chords, pitch_class_weights
from midi_subtract.notes import STEPS_PER_BEAT, Notes
from midi_subtract.song import Song
from subtract_core.stems import Stem

ROTATION = 3
"""Bars by which `rotated` moves a part: no multiple of the phrases of two, four and eight bars that songs repeat."""
_EIGHTH = STEPS_PER_BEAT // 2
_BASS_FLOOR, _GUITAR_FLOOR = 28, 52  # E1 and E3: the lowest root that the rules write
_KICK, _SNARE, _CLOSED_HAT = 36, 38, 42


# --- parts of other songs -------------------------------------------------------------------------------------------


def other_song(case: Case, others: Sequence[Case], rng: np.random.Generator) -> Case:
    """A random case of another song for the same stem, at least as long as `case` where there is one.

    Raises `ValueError` where `others` holds no other song.
    """
    pool = [other for other in others if other.song_name != case.song_name and other.stem is case.stem]
    if not pool:
        raise ValueError(f"others: holds no {case.stem.value} case of another song than {case.song_name!r}")
    pool = [other for other in pool if other.n_beats >= case.n_beats] or pool
    return pool[int(rng.integers(len(pool)))]


def rand(case: Case, others: Sequence[Case], rng: np.random.Generator) -> Notes:
    """Another song's part for the same stem and number of beats (RAND); a shorter one is repeated to fill them."""
    other = other_song(case, others, rng)
    length, stop = int(other.bar_starts[-1]), int(case.bar_starts[-1])
    return Notes.merge(other.truth.shifted(at) for at in range(0, stop, length)).between(0, stop)


def rand_key(case: Case, others: Sequence[Case], rng: np.random.Generator) -> Notes:
    """RAND, and for pitched stems transposed to fit the context (RANDkey); the same `rng` state draws the same part."""
    part = rand(case, others, rng)
    return part if case.stem is Stem.DRUMS else part.shifted(semitones=best_transposition(part, case.pitched_context))


def copy1(case: Case) -> Notes:
    """The true part delayed by one bar, its last bar lost (COPY1)."""
    return case.truth.shifted(int(case.bar_starts[1])).between(0, int(case.bar_starts[-1]))


def rotated(case: Case, bars: int = ROTATION) -> Notes:
    """The true part with its bars moved `bars` later, the last ones to the front: right notes, wrong places.

    Every bar keeps what starts in it as far as the bar that it moves to is long; tails are cut at its end.
    """
    lines, n = case.bar_starts.tolist(), case.n_bars
    moved = []
    for index in range(n):
        bar, to = case.truth.between(lines[index], lines[index + 1]), (index + bars) % n
        moved.append(bar.between(0, lines[to + 1] - lines[to]).shifted(lines[to]))
    return Notes.merge(moved)


def best_transposition(part: Notes, context: Sequence[Notes]) -> int:
    """Semitones, -5 to 6, that bring the part into the context's key.

    As in Krumhansl's key finding, but with the context in the place of the key profiles: the shift with the largest
    Pearson correlation of the two pitch-class histograms, each note weighted by its duration.
    """
    ours, theirs = pitch_class_weights(part), pitch_class_weights(Notes.merge(context))
    if not ours.std() or not theirs.std():
        return 0
    fit = [float(np.corrcoef(np.roll(ours, shift), theirs)[0, 1]) for shift in range(-5, 7)]
    return int(np.argmax(fit)) - 5


# --- rules ----------------------------------------------------------------------------------------------------------


def rule(case: Case) -> Notes:
    """What a beginner's rule writes (RULE): root eighths for bass, a rock beat for drums, triads on the beat else."""
    if case.stem is Stem.DRUMS:
        return _rock_beat(case)
    chords = _chords_in_fours(case)
    if case.stem is Stem.BASS:
        return _root_eighths(chords, case.n_beats)
    return _strummed_triads(chords, case.n_beats)


def _chords_in_fours(case: Case) -> Progression:
    """The chords of a case in bars of four beats, which is what a beginner and `mma`'s grooves count."""
    stop = case.n_beats * STEPS_PER_BEAT
    return estimate_chords(case.pitched_context, np.append(np.arange(0, stop, 4 * STEPS_PER_BEAT), stop))


def _rock_beat(case: Case) -> Notes:
    """Kick on odd beats of the bar, snare on even ones, closed hat on eighths."""
    rows = []
    for start, stop in zip(case.bar_starts[:-1].tolist(), case.bar_starts[1:].tolist(), strict=True):
        rows += [(step, _CLOSED_HAT, 1, 80) for step in range(start, stop, _EIGHTH)]
        beats = range(start, stop, STEPS_PER_BEAT)
        rows += [(step, _SNARE if i % 2 else _KICK, 1, 100) for i, step in enumerate(beats)]
    return Notes.of(rows)


def _root_eighths(chords: Progression, n_beats: int) -> Notes:
    steps = range(0, n_beats * STEPS_PER_BEAT, _EIGHTH)
    return Notes.of((step, _at_or_above(_BASS_FLOOR, chords.at(step).root), _EIGHTH, 90) for step in steps)


def _strummed_triads(chords: Progression, n_beats: int) -> Notes:
    rows = []
    for step in range(0, n_beats * STEPS_PER_BEAT, STEPS_PER_BEAT):
        pitches = (_at_or_above(_GUITAR_FLOOR, pc) for pc in chords.at(step).pitch_classes[:3])
        rows += [(step, pitch, STEPS_PER_BEAT, 80) for pitch in pitches]
    return Notes.of(rows)


def _at_or_above(floor: int, pitch_class: int) -> int:
    """Lowest MIDI note of a pitch class that is not under `floor`."""
    return floor + (pitch_class - floor) % 12


# --- mma ------------------------------------------------------------------------------------------------------------


DEFAULT_GROOVE = "8Beat"
"""mma's plain pop groove, which has tracks for all three stems."""

TUNED_GROOVES: dict[Stem, str] = {Stem.BASS: "8Beat", Stem.DRUMS: "PopBallad", Stem.GUITAR: "BasicRock4"}
"""The groove for each stem: of 32 common ones the best in note F1 over 30 training songs (for guitar the second, which
is as good and no busier than people play). They lead at slow and fast tempi alike, so tempo has no say."""


def mma_installed() -> bool:
    """Whether the `mma` program is on the path."""
    return shutil.which("mma") is not None


def mma(case: Case, seed: int = 0, groove: str = DEFAULT_GROOVE) -> Notes | None:
    """The case's stem as `mma` plays it over chords estimated from the context (MMA); None where it is not installed.

    groove: one of mma's library. Its 4/4 bars are laid over the beats in fours, whatever the case's own meter.
    Raises `subprocess.CalledProcessError` where `mma` rejects its input.
    """
    if not mma_installed():
        return None
    chords = _chords_in_fours(case).chords
    tempo = case.song.tempo_at(0)
    accompaniment = _run_mma(mma_text(chords, tempo, groove, seed))
    return _mma_part(accompaniment, case.stem).between(0, case.n_beats * STEPS_PER_BEAT)


def mma_text(chords: Sequence[Chord], tempo: float, groove: str, seed: int) -> str:
    """Source text for `mma`: a numbered line of chords a bar, two beats each, `/` where a chord goes on."""
    lines = [f"RndSeed {seed}", f"Tempo {min(max(tempo, 30), 300):.0f}", f"Groove {groove}"]
    per_bar = 4 // BEATS_PER_CHORD
    for bar, first in enumerate(range(0, len(chords), per_bar), start=1):
        cells = [" ".join([str(chord)] + ["/"] * (BEATS_PER_CHORD - 1)) for chord in chords[first : first + per_bar]]
        lines.append(f"{bar} {' '.join(cells)}")
    return "\n".join(lines) + "\n"


def _run_mma(text: str) -> Song:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "chords.mma"), Path(folder, "chords.mid")
        source.write_text(text)
        command = ["mma", "-w", str(source), "-f", str(target)]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=60)
        return read_song(target.read_bytes(), target.name)


def _mma_part(song: Song, stem: Stem) -> Notes:
    """The tracks of a stem; where the groove has none, its chord tracks, since those are what a guitar would play."""
    if stem in song.stems:
        return song.stem(stem)
    return Notes.merge(track.notes for track in song.tracks if track.name.startswith("Chord"))

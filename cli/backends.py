"""The two kinds of songs, told apart by what is in a file, and what `msub insert` does with each."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from subtract_core.choice import TRIES
from subtract_core.errors import InputError
from subtract_core.stems import Stem

from .output import UsageError, counted

Row = dict[str, Any]
"""One result as `--json` prints it."""
Progress = Callable[[int, int], None]
Place = int | str | tuple[int, int]
"""Where a section is: a bar from which on it holds, the name of markers, or its first and last bar."""


class Kind(str, Enum):
    """What a song is."""

    MIDI = "MIDI"
    AUDIO = "audio"


def kind_of(path: Path) -> Kind:
    """What a file is by its content; by its name where that says nothing, or where it cannot be read."""
    from audio_subtract.files.formats import SUFFIXES, is_audio, is_midi

    head = b""
    if path.is_file():  # a device or a pipe might never answer
        try:
            with path.open("rb") as file:
                head = file.read(16)
        except OSError:
            pass
    if is_midi(head):
        return Kind.MIDI
    return Kind.AUDIO if is_audio(head) or path.suffix.lower() in SUFFIXES else Kind.MIDI


def suffixes(kind: Kind) -> tuple[str, ...]:
    """Names under which songs of a kind are looked for in folders."""
    from audio_subtract.files.formats import SUFFIXES
    from midi_subtract.files.smf import MIDI_SUFFIXES

    return MIDI_SUFFIXES if kind is Kind.MIDI else SUFFIXES


def suffix_written(song: Path, kind: Kind) -> str:
    """The suffix of what is written for a song if nothing else is asked for: its own, if that can be written."""
    from audio_subtract.files.formats import CONTAINERS
    from midi_subtract.files.smf import MIDI_SUFFIXES

    own = song.suffix if song.suffix.lower() in (MIDI_SUFFIXES if kind is Kind.MIDI else CONTAINERS) else ""
    return own or (".mid" if kind is Kind.MIDI else ".wav")


_INSTEAD = {
    "--section by bar number": "give a time, as in '0:45: busier'",
    "--only by bar number": "give times, as in 0:45-1:10",
    "--section by marker": "give a time, as in '0:45: busier'",
    "--section by time": "give a bar number, as in '17: busier'",
    "--only by time": "give bar numbers, as in 17-24",
    "--tempo": "the file says its own; leave one of them out",
}
"""What is said in another way for songs of the other kind."""


@dataclass(frozen=True)
class Request:
    """What is asked of a part, in the words of the options of `msub insert`.

    sections: bar, first and last bar, or name of markers, -> sentence. moments: second -> sentence. bars, spans: the
    bars, and the seconds, to be written.
    knobs: control -> what is asked of it. Of the others, None (0, 1, False or empty) is what goes without saying.
    """

    instrument: Stem
    prompt: str | None = None
    sections: Mapping[Place, str] = field(default_factory=dict)
    moments: Mapping[float, str] = field(default_factory=dict)
    bars: Sequence[tuple[int, int | None]] = ()
    spans: Sequence[tuple[float, float | None]] = ()
    afresh: bool = False
    chords: str | None = None
    knobs: Mapping[str, str | None] = field(default_factory=dict)
    steps: int | None = None
    context_scale: float | None = None
    text_scale: float | None = None
    tries: int = TRIES
    best_of: int | None = None
    program: int | None = None
    replace: bool = False
    beats: str = "auto"
    first_beat: float | None = None
    plot: bool = False
    listen: bool = False
    gain: float = 0.0
    tempo: float | None = None

    def of_both(self, seed: int, progress: Progress) -> dict[str, Any]:
        """What the inserters of both kinds are asked for in the same words."""
        names = ("instrument", "prompt", "steps", "context_scale", "text_scale", "tries", "best_of")
        return {**self.knobs, **{name: getattr(self, name) for name in names}, "seed": seed, "progress": progress}

    def check(self, songs: Mapping[Path, Kind]) -> None:
        """Raise `UsageError` for an option, or a value of one, that one of the songs has no use for."""
        asked: dict[Kind, dict[str, Any]] = {
            Kind.AUDIO: {
                "--section by bar number": any(not isinstance(place, str) for place in self.sections),
                "--section by marker": self.sections,
                "--only by bar number": self.bars,
                "--afresh": self.afresh,
                "--chords": self.chords is not None,
                "--program": self.program is not None,
                "--replace": self.replace,
                "--beats": self.beats != "auto",
                "--first-beat": self.first_beat is not None,
                "--plot": self.plot,
                "--listen": self.listen,
            },
            Kind.MIDI: {
                "--gain": self.gain != 0,
                "--tempo": self.tempo is not None,
                "--section by time": self.moments,
                "--only by time": self.spans,
            },
        }
        for song, kind in songs.items():
            option = next((name for name, given in asked[kind].items() if given), None)
            if option is not None:
                other = Kind.MIDI if kind is Kind.AUDIO else Kind.AUDIO
                remedy = _INSTEAD.get(option, "leave one of them out")
                raise UsageError(f"{option}: is for {other.value}, and {song} is {kind.value}; {remedy}")
        for kind in sorted(set(songs.values())):
            self._check_values(kind)

    def _check_values(self, kind: Kind) -> None:
        """Raise `UsageError` for a control, or chords, that songs of a kind cannot be given."""
        from subtract_core.knobs import knob_wish, words_only
        from subtract_core.levels import level

        try:
            knob_wish(self.instrument, self.knobs, level if kind is Kind.MIDI else words_only)
            if self.chords is not None:
                from midi_subtract.listening.lead_sheet import lead_sheet

                lead_sheet(self.chords, self.instrument)
        except InputError as error:
            raise UsageError(f"--{error}") from None


def check_midi(path: Path) -> None:
    """Raise `InputError` for what is no readable MIDI file."""
    from midi_subtract.files.inputs import midi_bytes
    from midi_subtract.files.smf import parse_smf

    data, name = midi_bytes(path)
    parse_smf(data, name)


def check_audio(path: Path) -> None:
    """Raise `InputError` for what is no audio that can be used."""
    from audio_subtract.files.reader import read_header

    read_header(path)


def check_formats(path: Path, outputs: list[Path]) -> None:
    """Raise `InputError` for names of outputs that cannot hold what is written for an audio file.

    Its samples are read only where a name asks for a format that cannot go beyond full scale and the song might."""
    from audio_subtract.files.formats import output_format
    from audio_subtract.files.reader import read_audio, read_header
    from audio_subtract.files.writer import stored_format

    header = read_header(path)
    doubtful = []
    for out in outputs:
        output_format(out, header.rate, header.channels, header.format)
        try:
            output_format(out, header.rate, header.channels, header.format, peak=2.0)
        except InputError:
            doubtful.append(out)
    if doubtful:
        song = read_audio(path)
        for out in doubtful:
            stored_format(out, song)


def check_listening(path: Path) -> None:
    """Raise `UsageError` for a name that the sound of a MIDI file cannot be written under."""
    from audio_subtract.rendering.midi_file import check_listening

    try:
        check_listening(path)
    except InputError as error:
        raise UsageError(f"--listen: {error}") from None


def load_soundfont(path: Path | None) -> Any:
    """What `--listen` plays with; raises `InputError` where it or a synthesizer is missing."""
    from audio_subtract.rendering.midi_file import listening_soundfont

    return listening_soundfont(path)


class MidiBackend:
    """`MidiInserter` as the command line uses it."""

    def __init__(self, model: str, device: str, reader: str) -> None:
        from midi_subtract.inserter import MidiInserter

        self.inserter = MidiInserter.from_pretrained(model, device, reader)

    def write(self, song: Path, seed: int, request: Request, progress: Progress) -> Any:
        """The result for one part."""
        return self.inserter(
            song,
            sections=request.sections,
            only=request.bars or None,
            afresh=request.afresh,
            chords=request.chords,
            program=request.program,
            replace_existing=request.replace,
            beats=request.beats,
            first_beat=request.first_beat,
            **request.of_both(seed, progress),
        )

    @staticmethod
    def likeness(result: Any, others: Sequence[Any]) -> float:
        """F1 of the notes of a part against the one of others that is most like it; 0 without others."""
        from midi_subtract.metrics import note_f1

        played = [other.notes for other in others if len(other.notes)]
        return max((note_f1(result.notes, notes, result.part.is_drum) for notes in played), default=0.0)

    @staticmethod
    def size(row: Row) -> str:
        """How much was written, in words."""
        removed = f", {counted(row['removed_notes'], 'note')} removed" if row["removed_notes"] else ""
        bars = sum(last - first + 1 for first, last in row["only"]) or row["bars"]
        return f"{counted(row['notes'], 'note')} in {counted(bars, 'bar')}{removed}"


class AudioBackend:
    """The audio backend's inserters as the command line uses them."""

    def __init__(self, model: str, device: str, reader: str) -> None:
        from audio_subtract.models import load_inserter

        self.inserter = load_inserter(model, device, reader)

    def write(self, song: Path, seed: int, request: Request, progress: Progress) -> Any:
        """The result for one part."""
        return self.inserter(
            song,
            sections=request.moments,
            only=request.spans or None,
            gain=request.gain,
            tempo=request.tempo,
            **request.of_both(seed, progress),
        )

    @staticmethod
    def likeness(result: Any, others: Sequence[Any]) -> float:
        """0: sounds are not compared."""
        return 0.0

    @staticmethod
    def size(row: Row) -> str:
        """How much was written, in words."""
        minutes, seconds = divmod(round(row["length"]), 60)
        loudness = "silent" if row["loudness"] is None else f"{row['loudness']:+.1f} dB against the song"
        return f"{minutes}:{seconds:02}, {loudness}"


Backend = MidiBackend | AudioBackend


def load_backend(kind: Kind, model: str, device: str, reader: str) -> Backend:
    """The inserter for a kind of songs; raises `InputError` where `model` is none of its models, or `reader` none."""
    collects = gc.isenabled()
    gc.disable()  # libraries stay: to look again and again for what is garbage of them takes a tenth of the time
    try:
        return MidiBackend(model, device, reader) if kind is Kind.MIDI else AudioBackend(model, device, reader)
    finally:
        if collects:
            gc.enable()

"""`msub insert`: write the missing part into songs."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from subtract_core.choice import TRIES, shown
from subtract_core.errors import MsubError
from subtract_core.stems import Stem

from .backends import Backend, Kind, Place, Progress, Request, Row, check_formats, load_backend, load_soundfont
from .output import INTERRUPTION, Json, Output, Quiet, Show, UsageError, Verbose, exit_code
from .paths import Target, check_song, check_targets
from .plan import FILES, Job, Part, Targets, make_plan
from .rows import fact_lines, part_line, part_row
from .variations import Variations

MODEL, OWN = "default", "own"
"""The model, and the reader of prompts, that are used if no others are named."""


class Device(str, Enum):
    """Where a model runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


class Beats(str, Enum):
    """Whose beats the part goes by."""

    AUTO = "auto"
    FILE = "file"
    HEARD = "heard"


def _knob(words: str) -> Any:
    return typer.Option(metavar="X", help=f"{words[0].upper()}{words[1:]}.", rich_help_panel="Controls")


def insert(
    songs: Annotated[list[str], typer.Argument(metavar="SONGS", help="MIDI or audio files, or folders of them.")],
    instrument: Annotated[
        Stem,
        typer.Option(
            "--instrument",
            "--stem",
            case_sensitive=False,
            help="The part to write; into audio, drums, bass or guitar by the default model.",
        ),
    ],
    prompt: Annotated[str | None, typer.Option(metavar="TEXT", help="What the part should be like.")] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PLACE:TEXT",
            help="The same from a bar on ('17: busier'), in some bars ('17-24: busier'), or wherever a marker says so "
            "('Chorus: loud'), of audio from a time on ('0:45: busier').",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FROM-TO",
            help="Write these bars alone ('17-24', '33-'), of audio these times ('0:45-1:10'). Of MIDI, they go with "
            "what the song has of the part elsewhere.",
        ),
    ] = None,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Not like bars that the part plays elsewhere, with --only; for MIDI.")
    ] = False,
    chords: Annotated[
        str | None,
        typer.Option(
            metavar="CHORDS",
            help="Chords to go by beside what the song has: 'Am F C G', with several in a bar 'Am | F G'; MIDI.",
        ),
    ] = None,
    density: Annotated[str | None, _knob("very sparse ... very busy; for MIDI also 0-48 onsets in four beats")] = None,
    register: Annotated[str | None, _knob("very low ... very high; for MIDI also 0-127, the mean pitch")] = None,
    loudness: Annotated[str | None, _knob("very soft ... very loud; for MIDI also 1-127, the mean velocity")] = None,
    swing: Annotated[str | None, _knob("straight, light swing, swung; for MIDI also 0-1")] = None,
    syncopation: Annotated[str | None, _knob("straight, moderate, syncopated; for MIDI also 0-1")] = None,
    style: Annotated[str | None, _knob("rock, funk, reggae ..., several with commas between")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what was understood, and what the part measures.")
    ] = False,
    out: Annotated[
        str | None, typer.Option("-o", "--out", metavar="PATH", help="File or folder of the song with its new part.")
    ] = None,
    stem_out: Annotated[
        str | None, typer.Option(metavar="PATH", help="Write the part alone as well, to this file or folder.")
    ] = None,
    variations: Annotated[
        int, typer.Option("-n", "--variations", metavar="N", min=1, max=1000, help="How many parts, kept apart.")
    ] = 1,
    seed: Annotated[
        int | None, typer.Option(metavar="S", min=0, help="The same seed gives the same part; drawn if not given.")
    ] = None,
    text_scale: Annotated[
        float | None, typer.Option(metavar="X", min=0, max=20, help="How closely to follow the prompt.")
    ] = None,
    context_scale: Annotated[
        float | None, typer.Option(metavar="X", min=0, max=20, help="How closely to follow the song.")
    ] = None,
    steps: Annotated[int | None, typer.Option(metavar="K", min=1, max=1000, help="Denoising steps.")] = None,
    tries: Annotated[
        int,
        typer.Option(
            metavar="N", min=1, max=100, help="How often a part is drawn at most: anew if it misses the prompt."
        ),
    ] = TRIES,
    best_of: Annotated[
        int | None,
        typer.Option("--best-of", metavar="K", min=1, max=100, help="Draw K parts, keep what is most typical of them."),
    ] = None,
    program: Annotated[
        int | None, typer.Option(metavar="P", min=0, max=127, help="General MIDI program of the new track; for MIDI.")
    ] = None,
    gain: Annotated[
        float, typer.Option(metavar="DB", min=-60, max=24, help="Louder than usual by so many decibels; for audio.")
    ] = 0.0,
    tempo: Annotated[
        float | None,
        typer.Option(metavar="BPM", min=20, max=400, help="To count beats by, heard otherwise; for audio."),
    ] = None,
    model: Annotated[
        str,
        typer.Option(metavar="MODEL", help="A folder, a name of `msub models`, riffusion, riff-pix2pix or ace-step."),
    ] = MODEL,
    reader: Annotated[
        str,
        typer.Option(
            metavar="READER",
            help="Who reads the prompt: own, the model; openai or openai:NAME, a language model, for any language.",
        ),
    ] = OWN,
    device: Annotated[Device, typer.Option(help="Where the model runs.")] = Device.AUTO,
    replace: Annotated[
        bool, typer.Option("--replace", help="First remove that instrument's parts, or those of --only; for MIDI.")
    ] = False,
    beats: Annotated[
        Beats,
        typer.Option(help="And bars: the file's, or heard in the notes, as auto does where these go by others; MIDI."),
    ] = Beats.AUTO,
    first_beat: Annotated[
        float | None,
        typer.Option(metavar="N", min=1, help="The beat of the first bar on which bars begin: '3', '2.5'; MIDI."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over files that exist.")] = False,
    plot: Annotated[
        str | None, typer.Option(metavar="PATH", help="Draw the song before and after as PNG; MIDI.")
    ] = None,
    listen: Annotated[
        str | None, typer.Option(metavar="PATH", help="Play the song with its part to a WAV, FLAC, OGG or MP3; MIDI.")
    ] = None,
    soundfont: Annotated[
        Path | None, typer.Option(metavar="SF2", help="What --listen plays with, instead of a small one.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a missing instrument into songs.

    Of song.mid and bass, song.bass.mid is made beside it, of song.wav song.bass.wav and song.bass.stem.wav, unless
    --out says another place. Controls combine with the prompt and win over it.
    """
    import secrets  # late, like all that --help can do without

    output = Output(quiet, verbose, json)
    with output.guarded():
        check_targets({"--out": out, "--stem-out": stem_out, "--plot": plot, "--listen": listen})
        if afresh and not only:
            raise UsageError("--afresh: says how the bars of --only are written; give these as well, or leave it out")
        if soundfont is not None and listen is None:
            raise UsageError("--soundfont: says what --listen plays with; give that as well, or leave it out")
        others = {
            "stem_out": Target(stem_out, ".stem"),
            "plot": Target(plot, suffix=".png"),
            "listen": Target(listen, suffix=".wav"),
        }
        targets = Targets({"out": Target(out)} | {k: t for k, t in others.items() if t.given is not None})
        request = Request(
            instrument,
            prompt,
            *_sections(section or []),
            *_only(only or []),
            afresh,
            chords,
            {
                "density": density, "register": register, "loudness": loudness, "swing": swing,
                "syncopation": syncopation, "style": style,
            },
            steps=steps,
            context_scale=context_scale,
            text_scale=text_scale,
            tries=tries,
            best_of=best_of,
            program=program,
            replace=replace,
            beats=beats.value,
            first_beat=first_beat,
            plot=plot is not None,
            listen=listen is not None,
            gain=gain,
            tempo=tempo,
        )  # fmt: skip
        seeds = _seeds(secrets.randbits(31) if seed is None else seed, variations)
        jobs = make_plan(songs, instrument, targets, seeds, output)
        request.check({job.song: job.kind for job in jobs})
        font = load_soundfont(soundfont) if request.listen else None
        rows = output.results
        ready = [job for job in jobs if _is_ready(job, targets, instrument, overwrite, output)]
        load = partial(load_backend, model=model, device=device.value, reader=reader)
        backends = _loaded(ready, jobs, load, output, instrument)
        ready = [job for job in ready if job.kind in backends]
        _Run(backends, request, font, overwrite, explain, output).all(ready)
        output.document({"results": rows, "error": None})
        written = any(row[kind] for row in rows for kind in FILES)
        raise typer.Exit(exit_code(any(row["error"] for row in rows), written))


def _loaded(
    ready: list[Job],
    jobs: list[Job],
    load: Callable[[Kind], Backend],
    output: Output,
    instrument: Stem,
) -> dict[Kind, Backend]:
    """The inserters that songs need; where songs are of both kinds, one that cannot be had stops only its own.

    load: makes that of a kind."""
    backends: dict[Kind, Backend] = {}
    for kind in dict.fromkeys(job.kind for job in ready):
        try:
            backends[kind] = load(kind)
        except MsubError as error:
            if len({job.kind for job in jobs}) == 1:
                raise
            failed = [job for job in ready if job.kind is kind]
            for job in failed:
                reason = output.reason(error, str(job.song))
                output.results.append(part_row(job.song, kind, instrument, None, reason))
            output.error(f"{failed[0].song}: {error}")
    return backends


def _seeds(first: int, variations: int) -> range:
    """The seeds of so many parts; raises `UsageError` where one of them cannot be."""
    if first + variations > 2**63:
        raise UsageError(f"--seed: {shown(first)} is out of range; choose 0 to 2**63 - {variations}")
    return range(first, first + variations)


_CLOCK = r"(?:(?P<hours>\d+):(?=[0-5]?\d:))?(?P<minutes>\d+):(?P<seconds>[0-5]?\d(?:\.\d+)?)"
_TIME = re.compile(rf"\s*(?P<place>{_CLOCK})\s*:(?P<said>.*)", re.DOTALL)
_BARS = re.compile(r"([1-9]\d*) ?[-\u2013] ?([1-9]\d*)")
_TIME_GOES_ON = re.compile(r"\d\d?(\.\d+)?(\s|$)|\s*\d+(\.\d+)?\s*:")
"""What stands behind a colon like a further part of a time, and not like the beginning of a sentence."""


def _sections(given: list[str]) -> tuple[dict[Place, str], dict[float, str]]:
    """Bar number, first and last bar, or name of markers, -> sentence, and second -> sentence."""
    sections: dict[Place, str] = {}
    moments: dict[float, str] = {}
    for text in given:
        time = _TIME.fullmatch(text)
        place, _, sentence = (time["place"], ":", time["said"]) if time else text.partition(":")
        place = place.strip()
        is_name = any(letter.isalpha() for letter in place)
        between = _BARS.fullmatch(place)
        is_place = time or is_name or between or (place.isdecimal() and int(place))
        if not (is_place and sentence.strip()) or (not is_name and _TIME_GOES_ON.match(sentence)):
            raise UsageError(
                f"--section: {shown(text)} is not valid; give a bar number (of audio minutes and seconds) or a marker "
                "of the song, and a sentence, as in '17: busier', '17-24: busier' ('0:45: busier') or 'Chorus: busier'"
            )
        bars = (int(between[1]), int(between[2])) if between else None
        at = _in_seconds(time) if time else place if is_name else bars or int(place)
        known: dict[Any, str] = moments if time else sections
        if str(at).casefold() in {str(other).casefold() for other in known}:
            raise UsageError(f"--section: two begin with {place[:60]}; give one sentence for it")
        known[at] = sentence.strip()
    return sections, moments


def _only(given: list[str]) -> tuple[list[tuple[int, int | None]], list[tuple[float, float | None]]]:
    """Pairs of bar numbers, and pairs of seconds; a second one of None is the end."""
    bars: list[tuple[int, int | None]] = []
    seconds: list[tuple[float, float | None]] = []
    for text in given:
        first, dash, last = (place.strip() for place in text.partition("-"))
        times = [re.fullmatch(_CLOCK, place) for place in (first, last) if place]
        if first and dash and all(times):
            ends = [_in_seconds(time) for time in times if time]
            seconds.append((ends[0], ends[1] if last else None))
        elif first.isdecimal() and (last.isdecimal() or not last):
            bars.append((int(first), int(last) if last else None if dash else int(first)))
        else:
            raise UsageError(
                f"--only: {shown(text)} is not valid; give a first and a last bar (of audio, minutes and seconds), as "
                "in '17-24' ('0:45-1:10')"
            )
    return bars, seconds


def _in_seconds(time: re.Match[str]) -> float:
    return int(time["hours"] or 0) * 3600 + int(time["minutes"]) * 60 + float(time["seconds"])


def _is_ready(job: Job, targets: Targets, instrument: Stem, overwrite: bool, output: Output) -> bool:
    """Whether a song can be read and its files written; says what is wrong, and adds it to the results, otherwise."""
    try:
        check_song(job.song)
        if job.kind is Kind.AUDIO:
            check_formats(job.song, [path for part in job.parts for path in part.files.values()])
        for part in job.parts:
            for target, path in targets.files(part):
                target.check(path, overwrite)
    except Exception as error:
        reason = output.reason(error, str(job.song))
        output.results.append(part_row(job.song, job.kind, instrument, None, reason))
        output.error(reason)
        return False
    return True


@dataclass(frozen=True)
class _Run:
    """Writes parts one after another, and says how it went. font: the SoundFont to listen with."""

    backends: Mapping[Kind, Backend]
    request: Request
    font: Any
    overwrite: bool
    explain: bool
    output: Output

    def all(self, jobs: list[Job]) -> None:
        """Write every part of every song, a result each; a song that fails is given up, and the next one begun."""
        done, total = 0, sum(len(job.parts) for job in jobs)
        with self.output.progress() as show:
            for job in jobs:
                told: set[str] = set()
                seeds, goes_on = [part.seed for part in job.parts], bool(self.request.bars) and not self.request.afresh
                variations = Variations(self.backends[job.kind], seeds, may_be_alike=goes_on)
                for index, part in enumerate(job.parts):
                    progress = partial(_show_steps, show, done + index, total, job.song.name)
                    row = part_row(job.song, job.kind, self.request.instrument, part.seed)
                    self.output.results.append(row)
                    self._part(job, part, row, progress, told, variations)
                    if row["error"]:
                        break
                done += len(job.parts)

    def _part(self, job: Job, part: Part, row: Row, progress: Progress, told: set[str], variations: Variations) -> None:
        """Write one part and note in `row` how it went."""
        started = time.monotonic()
        song, backend = job.song, self.backends[job.kind]
        try:
            result = variations.add(lambda seed: backend.write(song, seed, self.request, progress), part.seed)
            row |= asdict(result.report)
            self._save(song, result, part, row)
            row["warnings"] = list(result.report.warnings)  # writing may add some
        except KeyboardInterrupt:
            row["error"] = INTERRUPTION
            raise
        except Exception as error:
            row["error"] = self.output.reason(error, str(song))
            self.output.error(row["error"])
            return
        for warning in result.report.warnings:
            if warning not in told:
                self.output.warn(f"{song}: {warning}")
        told.update(result.report.warnings)
        self.output.line(part_line(row, backend.size(row), time.monotonic() - started))
        if self.explain:
            for line in fact_lines(result):
                self.output.line(line)

    def _save(self, song: Path, result: Any, part: Part, row: Row) -> None:
        """Write the files of a part and note in `row` which are there: each is whole or absent."""
        save = {
            "out": result.save,
            "stem_out": result.save_part,
            "plot": partial(_draw, song, result, self.request),
            "listen": partial(_play, song, result, self.font),
        }
        for kind, path in part.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            save[kind](path, self.overwrite)
            row[kind] = str(path)


def _show_steps(show: Show, done: int, total: int, name: str, step: int, steps: int) -> None:
    show(done + step / steps, total, name)


def _draw(song: Path, result: Any, request: Request, path: Path, overwrite: bool) -> None:
    from midi_subtract.files.inputs import midi_bytes
    from midi_subtract.files.reader import read_beside, read_song
    from midi_subtract.plot import piano_roll_figure

    before = read_song(midi_bytes(song)[0], str(song), request.beats, request.first_beat)
    piano_roll_figure(before, read_beside(before, result.midi), request.instrument, path, overwrite=overwrite)


def _play(song: Path, result: Any, font: Any, path: Path, overwrite: bool) -> None:
    from audio_subtract.rendering.midi_file import write_played
    from midi_subtract.files.smf import parse_smf

    # A synthesizer may not get over what players do, such as a tempo of zero.
    write_played(parse_smf(result.midi, str(song)).clean(), font, path, overwrite)

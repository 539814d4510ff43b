"""`msub info` and `msub models`: what songs hold, and which models are there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subtract_core.errors import InputError
from subtract_core.files import read_json
from subtract_core.stems import Stem

from .backends import Kind
from .output import Json, Output, Quiet, Verbose, counted, exit_code
from .paths import check_song, find_songs
from .rows import song_row

if TYPE_CHECKING:
    from midi_subtract.song import Song

WANTED = (Stem.DRUMS, Stem.BASS, Stem.GUITAR)
"""The stems that are named as missing where a song lacks them."""

_UNTOUCHED = "C major"
"""Key signature that many programs write where nobody chose one."""

Facts = dict[str, Any]


def info(
    songs: Annotated[list[str], typer.Argument(metavar="SONGS", help="MIDI or audio files, or folders of them.")],
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Say what songs hold and what they lack.

    Stems with their notes and programs, tempo, meter, key, length, missing stems, and faults of the file; of audio its
    format, length and loudness.
    """
    output = Output(quiet, verbose, json)
    with output.guarded():
        rows = output.results
        for song in find_songs(songs, output):
            row = song_row(song.path, song.kind)
            try:
                row |= _audio_facts(song.path) if song.kind is Kind.AUDIO else _facts(song.path)
            except Exception as error:
                row["error"] = output.reason(error, str(song.path))
                output.error(row["error"])
            rows.append(row)
            if not row["error"]:
                for line in _audio_lines(row) if song.kind is Kind.AUDIO else _lines(row):
                    output.line(line)
        output.document({"results": rows, "error": None})
        errors = [bool(row["error"]) for row in rows]
        raise typer.Exit(exit_code(any(errors), not all(errors)))


def _facts(path: Path) -> Facts:
    import numpy as np

    from midi_subtract.files.inputs import midi_bytes
    from midi_subtract.files.key_signatures import stated_keys
    from midi_subtract.files.markers import markers_of
    from midi_subtract.files.reader import read_song
    from midi_subtract.files.smf import parse_smf
    from midi_subtract.files.told import told_warning
    from midi_subtract.listening.key import estimated_key
    from midi_subtract.song import heard_warning

    check_song(path)
    data, name = midi_bytes(path)
    smf, song = parse_smf(data, name), read_song(data, name, "auto")
    bars = song.bar_starts(song.last_step).tolist()
    bar_ticks = song.step_to_tick(np.array(bars)).tolist()
    keys = _changes(stated_keys(smf), bar_ticks, "key")
    tempi = [(0, song.usual_tempo)] if song.beats_heard else song.quarter_tempi
    return {
        "song": name,
        "format": smf.format,
        "tracks": len(smf.tracks),
        "ticks_per_quarter": smf.division,
        "bars": len(bars) - 1,
        "seconds": float(song.step_to_seconds(np.array([song.last_step]))[0]),
        "beats": song.beats,
        "beat_quarters": song.meters[0].beat,
        "tempi": _changes(((step, round(bpm, 2)) for step, bpm in tempi), bars, "bpm"),
        "meters": _changes(((m.step, f"{m.numerator}/{m.denominator}") for m in song.meters), bars, "meter"),
        "key": {"stated": keys[0]["key"] if keys else None, "estimated": estimated_key(song)},
        "keys": keys,
        "markers": [{"bar": marker.bar, "marker": marker.name} for marker in markers_of(smf, song)],
        "stems": {stem.value: _played(song, stem) for stem in song.stems},
        "not_heard": _played(song, None),
        "missing": [stem.value for stem in WANTED if stem not in song.stems],
        "warnings": [*smf.warnings, *(said for said in (told_warning(smf), heard_warning(song)) if said)],
    }


def _audio_facts(path: Path) -> Facts:
    from audio_subtract.files.reader import read_audio
    from audio_subtract.insertion import audible
    from audio_subtract.listening.facts import Beats
    from audio_subtract.listening.loudness import LoudnessCurve
    from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig

    check_song(path)
    song, config = read_audio(path), SpectrogramConfig()
    heard, warnings = song.heard(RATE), list(song.warnings)
    try:
        audible(heard, config, song)
    except InputError as error:
        warnings.append(str(error).removeprefix(f"{song.name}: "))
    beats = Beats.tracked(heard)
    tempi = (beats.candidates if beats else None) or ()
    return {
        "song": str(path),
        "format": song.format.container,
        "subtype": song.format.subtype,
        "rate": song.rate,
        "channels": song.channels,
        "seconds": song.seconds,
        "loudness": round(max(LoudnessCurve.of_channels(song, config).metered(), FLOOR), 1),
        "tempo": round(beats.tempo, 1) if beats and tempi else None,
        "tempo_or": round(tempi[1], 1) if tempi[1:] else None,
        "warnings": warnings,
    }


def _audio_lines(facts: Facts) -> list[str]:
    minutes, seconds = divmod(round(facts["seconds"]), 60)
    size = f"{counted(facts['channels'], 'channel')}, {facts['rate']:,} Hz, {minutes}:{seconds:02}"
    first = f"{facts['song']}: {facts['format']} {facts['subtype']}, {size}"
    tempo = f"{facts['tempo']:g} bpm, as heard" if facts["tempo"] else "none is heard"
    if facts["tempo_or"]:
        tempo += f", or {facts['tempo_or']:g}: unsure"
    rows = [("loudness", f"{facts['loudness']:g} LUFS"), ("tempo", tempo)]
    rows += [("warning", text) for text in facts["warnings"]]
    return [first, *(f"  {name:<8} {text}" for name, text in rows)]


def _played(song: Song, stem: Stem | None) -> Facts:
    """Notes and programs of a stem; None is what no model hears, such as sound effects."""
    tracks = [track for track in song.tracks if track.stem is stem]
    programs = {track.program for track in tracks} if stem is not Stem.DRUMS else set()
    return {"notes": sum(len(track.notes) for track in tracks), "programs": sorted(programs)}


def _changes(events: Iterable[tuple[int, Any]], bars: list[int], what: str) -> list[Facts]:
    """Events as the bar (from 1) in which they come and the value that holds from there; repetitions are left out."""
    rows: list[Facts] = []
    for step, value in events:
        if rows and (step >= bars[-1] or rows[-1][what] == value):
            continue
        rows.append({"bar": bisect_right(bars, step), what: value})
    return rows


def _lines(facts: Facts) -> list[str]:
    """The facts for people."""
    minutes, seconds = divmod(round(facts["seconds"]), 60)
    stems = [(name, _stem_text(played)) for name, played in facts["stems"].items()]
    if facts["not_heard"]["notes"]:
        stems.append(("unheard", _stem_text(facts["not_heard"]) + ", which the model does not hear"))
    rows = [
        ("tempo", _change_text(facts["tempi"], "bpm", "{:g} bpm") + _dotted_text(facts)),
        ("meter", _change_text(facts["meters"], "meter", "{}")),
        ("key", _key_text(**facts["key"], changes=facts["keys"])),
        *([("markers", _marker_text(facts["markers"]))] if facts["markers"] else []),
        *stems,
        ("missing", ", ".join(facts["missing"]) or "nothing"),
        *(("warning", text) for text in facts["warnings"]),
    ]
    size = f"{counted(facts['tracks'], 'track')}, {counted(facts['bars'], 'bar')}, {minutes}:{seconds:02}"
    return [f"{facts['song']}: format {facts['format']}, {size}", *(f"  {name:<8} {text}" for name, text in rows)]


def _change_text(rows: list[Facts], what: str, form: str, most: int = 6) -> str:
    first, *later = (form.format(row[what]) for row in rows)
    shown = [f"{text} from bar {row['bar']}" for text, row in zip(later, rows[1:], strict=True)]
    more = [f"and {len(shown) - most} changes more"] if len(shown) > most else []
    return ", ".join([first, *shown[:most], *more])


def _marker_text(rows: list[Facts], most: int = 40) -> str:
    shown = [f"{row['marker']} from bar {row['bar']}" for row in rows[:most]]
    return ", ".join([*shown, *([f"and {len(rows) - most} more"] if len(rows) > most else [])])


def _dotted_text(facts: Facts) -> str:
    """Which beats a tempo counts, where those of the first meter are dotted."""
    quarters = facts["beat_quarters"]
    per_minute = round(facts["tempi"][0]["bpm"] / quarters, 2)
    return "" if quarters == 1 else f", in quarters ({per_minute:g} dotted beats a minute)"


def _key_text(stated: str | None, estimated: str | None, changes: list[Facts]) -> str:
    if len(changes) > 1:
        return _change_text(changes, "key", "{}") + f" (the file says so; estimated: {estimated or 'nothing'})"
    if stated in (None, _UNTOUCHED):
        says = "nothing" if stated is None else stated
        return f"{estimated} (estimated; the file says {says})" if estimated else f"unknown (the file says {says})"
    return f"{stated} (the file says so; estimated: {estimated or 'nothing'})"


def _stem_text(played: Facts) -> str:
    import pretty_midi

    names = [f"{p} {pretty_midi.program_to_instrument_name(p)}" for p in played["programs"]]
    return ", ".join([counted(played["notes"], "note"), *names])


def models(json: Json = False, quiet: Quiet = False, verbose: Verbose = False) -> None:
    """List the models that came with msub."""
    output = Output(quiet, verbose, json)
    with output.guarded():
        found = [(kind, index) for kind in Kind for index in sorted(weights(kind).glob("*/model_index.json"))]
        if not found:
            raise InputError("models: this package holds none; give a checkpoint folder with --model")
        for kind, path in found:
            row = _model(kind, path)
            output.results.append(row)
            output.line(_model_line(row))
        output.document({"results": output.results, "error": None})


def _model(kind: Kind, index: Path) -> Facts:
    """What a model writes and is for, its size and its folder."""
    said = read_json(index)
    return {
        "model": index.parent.name,
        "kind": kind.value.lower(),
        "stems": said.get("stems", []),
        "about": said.get("about"),
        "bytes": sum(path.stat().st_size for path in index.parent.rglob("*") if path.is_file()),
        "folder": str(index.parent),
    }


def _model_line(row: Facts) -> str:
    kind = next(kind.value for kind in Kind if kind.value.lower() == row["kind"])
    facts = [f"writes {', '.join(row['stems'])}"] if row["stems"] else []
    facts += [row["about"]] if row["about"] else []
    size = f"{row['bytes'] / 1e6:.1f} MB in {row['folder']}"
    return f"{row['model']} ({kind}): {'; '.join([*facts, size])}"


def weights(kind: Kind) -> Path:
    """The folder of a backend's models that come with the package, found without loading torch."""
    import audio_subtract
    import midi_subtract

    return Path((midi_subtract if kind is Kind.MIDI else audio_subtract).__path__[0]) / "weights"

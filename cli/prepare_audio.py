"""`msub prepare audio`: a training set of sound, from songs as stems or from MIDI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

import typer

from subtract_core.errors import InputError
from subtract_core.stems import Stem

from .insert import Device
from .output import Output, Quiet, UsageError, Verbose, counted
from .paths import named


def prepare_audio(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Folders of songs as stems; with --from-midi, what `prepare midi` made; with --separate, mixes.",
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DATA", help="Folder of the training set.")],
    from_midi: Annotated[bool, typer.Option("--from-midi", help="Render songs of notes with SoundFonts.")] = False,
    separate: Annotated[
        bool, typer.Option("--separate", help="Take finished mixes apart with Demucs; their stems are kept in DATA.")
    ] = False,
    separator: Annotated[
        str, typer.Option(metavar="NAME", help="Model of Demucs for --separate: a name, or a saved one's path.")
    ] = "htdemucs",
    device: Annotated[Device, typer.Option(help="Where mixes are taken apart.")] = Device.AUTO,
    stem: Annotated[
        Stem | None, typer.Option(case_sensitive=False, help="Every file is this stem alone, as loops are.")
    ] = None,
    soundfont: Annotated[
        list[Path] | None,
        typer.Option(metavar="SF2", help="A SoundFont, or a folder of some; those of this machine if none is given."),
    ] = None,
    hold_out: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A SoundFont to leave out, for tests; without its suffix.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(metavar="S", min=8, max=600, help="How much of each song is rendered.")
    ] = 30.0,
    most: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="About how many songs of each input, spread evenly.")
    ] = None,
    mels: Annotated[int, typer.Option(metavar="M", min=16, max=512, help="Bands of the spectrogram.")] = 256,
    seed: Annotated[int, typer.Option(metavar="S", min=0, help="Of what is drawn: fonts, programs, rooms.")] = 0,
    workers: Annotated[int | None, typer.Option(metavar="N", min=1, help="Processes; as many as cores.")] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Turn songs into a training set of sound.

    Songs as stems lie in folders like those of MUSDB18, Slakh2100 and MoisesDB, or one folder a song and one file a
    stem (drums.wav, bass.wav ...); finished mixes are taken apart first. A run that was stopped goes on where it was.
    One bad song never stops it.
    """
    output = Output(quiet, verbose)
    with output.guarded():
        if from_midi and separate:
            raise UsageError("--separate: songs from MIDI are no mixes; leave one of them out")
        if (from_midi or separate) and stem is not None:
            raise UsageError(f"--stem: songs from {'MIDI' if from_midi else 'mixes'} know their stems; leave it out")
        if not from_midi and (soundfont or hold_out):
            raise UsageError("--soundfont, --hold-out: are for --from-midi; leave them out, or add it")
        sources = named(inputs, "INPUT", "a folder")
        from audio_subtract.model.spectrogram import SpectrogramConfig
        from audio_subtract.training.prepare import prepare

        source = (
            _from_midi(sources, soundfont or [], hold_out or [], seconds, most, output)
            if from_midi
            else _from_mixes(sources, separator, out / "stems", device, most)
            if separate
            else _from_stems(sources, stem, most)
        )
        origin = {"inputs": [str(path.resolve()) for path in sources], "most": most, **source.options}
        config = SpectrogramConfig(mels=mels)
        with output.progress() as show:
            report = prepare(
                source.items,
                source.total,
                source.make,
                out,
                config,
                seed,
                lambda done, all_: show(done, all_, "songs"),
                workers,
                origin,
                source.not_understood,
            )
        stems = ", ".join(f"{name} {count:,}" for name, count in sorted(report.stems.items()))
        size = f"{counted(report.kept, 'song')}, {report.seconds / 3600:.1f} hours"
        output.line(f"{out}: {size}" + (f" ({stems})" if stems else ""))
        for reason, count in sorted(report.skipped.items(), key=lambda row: -row[1]):
            output.line(f"  {count:,} skipped: {reason}")
        if report.not_understood:
            output.line(f"  {counted(report.not_understood, 'file')} not understood, so left out")
        if report.skipped or report.not_understood:
            output.line(f"  which and why is in {out / 'skipped.jsonl'}")
        if not report.kept:
            raise InputError(f"{out}: no song was kept; {out / 'skipped.jsonl'} says why")


class Source(NamedTuple):
    """Items (name, item), how many there are, what makes a song of one, the options that it goes by, and files that are
    part of no item, with the reason."""

    items: Iterator[tuple[str, Any]]
    total: int
    make: Any
    options: dict[str, Any]
    not_understood: Mapping[str, str] = MappingProxyType({})


def _from_midi(
    inputs: list[Path], soundfonts: list[Path], hold_out: list[str], seconds: float, most: int | None, output: Output
) -> Source:
    from audio_subtract.rendering.soundfonts import find_soundfonts
    from audio_subtract.rendering.synth import synthesizer

    from .scores import Renderer, songs_of

    songs, total = songs_of(inputs, most)
    fonts = find_soundfonts(soundfonts, hold_out)
    for font in fonts:
        synthesizer(font)
    output.line(f"soundfonts: {', '.join(font.name for font in fonts)}")
    options = {"soundfonts": [str(font.path.resolve()) for font in fonts], "seconds": seconds}
    return Source(songs, total, Renderer(tuple(fonts), seconds), options)


def _from_mixes(inputs: list[Path], separator: str, stems: Path, device: Device, most: int | None) -> Source:
    from audio_subtract.training.separation import Separator, find_mixes, load_separator

    load_separator(separator)  # once here: what is wrong with it is wrong for every song
    mixes = []
    for root in inputs:
        found = find_mixes(root)
        mixes += found[:: max(1, -(-len(found) // most))] if most else found
    made = Separator(separator, stems, device.value)
    return Source(((str(mix), mix) for mix in mixes), len(mixes), made, {"separator": separator})


def _from_stems(inputs: list[Path], stem: Stem | None, most: int | None) -> Source:
    from audio_subtract.training.folders import find_stems, read_stems

    songs, unknown = [], dict[str, str]()
    for root in inputs:
        try:
            stems = find_stems(root, stem)
        except InputError as error:
            hint = " (or --stem, where every file is one stem)" if stem is None and root.exists() else ""
            raise InputError(f"{error}{hint}") from None
        found = stems.songs
        unknown |= stems.unknown
        songs += found[:: max(1, -(-len(found) // most))] if most else found
    options = {"stem": stem.value if stem else None}
    return Source(((song.name, song) for song in songs), len(songs), read_stems, options, unknown)

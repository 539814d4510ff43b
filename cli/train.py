"""`msub prepare midi` and `msub train`: codecs, denoisers, matcher, embedding and text encoder of one's own."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from subtract_core.errors import ConfigError, InputError

from .insert import Device
from .output import Output, Quiet, Verbose, counted
from .paths import named


class Training(NamedTuple):
    """One kind of training: where its code lies (imported when it is asked for), where its results go if nothing else
    is said, and what is said at the end."""

    module: str
    config: str
    train: str
    out: Path
    said: str


_CODEC = "{out}/codec: the codec; name it in the denoiser's config as `codec`"
_MODEL = "{out}: the model; use it with msub insert --model {out}"
_MATCHER = "{out}/matcher: the matcher; a model folder that holds it chooses and is measured by it"
_STYLES = "{out}/styles: the style classifier; it belongs in midi_subtract/weights/styles"
_EMBEDDING = "{out}/embedding: the embedding; use it with msub evaluate audio --embedding {out}/embedding"
_TEXT = "{out}/text: the text encoder; a model folder that holds it uses it"
TRAININGS = {
    "midi-codec": Training(
        "midi_subtract.training.train_codec", "CodecTraining", "train_codec", Path("runs/midi"), _CODEC
    ),
    "midi-denoiser": Training(
        "midi_subtract.training.train_denoiser", "DenoiserTraining", "train_denoiser", Path("runs/midi/model"), _MODEL
    ),
    "midi-matcher": Training(
        "midi_subtract.training.train_matcher", "MatcherTraining", "train_matcher", Path("runs/midi"), _MATCHER
    ),
    "midi-styles": Training(
        "midi_subtract.training.train_styles", "StyleTraining", "train_styles", Path("runs/midi"), _STYLES
    ),
    "audio-codec": Training(
        "audio_subtract.training.train_codec", "CodecTraining", "train_codec", Path("runs/audio"), _CODEC
    ),
    "audio-denoiser": Training(
        "audio_subtract.training.train_denoiser", "DenoiserTraining", "train_denoiser", Path("runs/audio/model"), _MODEL
    ),
    "audio-riffusion": Training(
        "audio_subtract.riffusion.train", "RiffusionTraining", "train_riffusion", Path("runs/audio/riffusion"), _MODEL
    ),
    "audio-embedding": Training(
        "audio_subtract.evaluation.train_embedding",
        "EmbeddingTraining",
        "train_embedding",
        Path("runs/audio"),
        _EMBEDDING,
    ),
    "text-encoder": Training(
        "subtract_core.understanding.train_text", "TextTraining", "train_text", Path("runs"), _TEXT
    ),
}
"""Kinds of training, as a config's field `kind` names them."""

_HERE = Path(__file__).resolve().parent
CONFIGS = next((f for f in (_HERE / "configs", _HERE.parent / "configs") if f.is_dir()), _HERE / "configs")
"""The configs that come with msub: inside the installed package, beside it in a checkout."""


def prepare_midi(
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT", help="Folders, .tar or .zip archives, MIDI files.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DATA", help="Folder of the training set.")],
    workers: Annotated[int | None, typer.Option(metavar="N", min=1, help="Processes; as many as cores.")] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON lines with `file` and `path`: whence renamed files came."),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Turn MIDI files into a training set.

    Folders called after a genre (rock, hip_hop) say the style of the songs in them. A run that was stopped goes on
    where it was. One bad file never stops it.
    """
    output = Output(quiet, verbose)
    with output.guarded():
        from midi_subtract.training.prepare import prepare

        sources = named(inputs, "INPUT", "a folder, an archive or a MIDI file")
        with output.progress() as show:
            report = prepare(sources, out, lambda done, total: show(done, total, "files"), workers, manifest)
        stems = ", ".join(f"{name} {count:,}" for name, count in sorted(report.stems.items()))
        output.line(f"{out}: {counted(report.kept, 'song')} kept" + (f" ({stems})" if stems else ""))
        for reason, count in sorted(report.skipped.items(), key=lambda row: -row[1]):
            output.line(f"  {count:,} skipped: {reason}")
        if report.skipped:
            output.line(f"  files and reasons are in {out / 'skipped.jsonl'}")
        if not report.kept:
            raise InputError(f"{out}: no song was kept; more MIDI files of several instruments are needed")


def train(
    config: Annotated[str, typer.Argument(metavar="CONFIG", help="A YAML file, or one of msub's own: midi/denoiser.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", metavar="RUN", help="Folder of the results.")] = None,
    max_minutes: Annotated[
        float | None,
        typer.Option(
            metavar="M",
            min=0,
            help="Train for so long in all, runs that were stopped included; the learning rate falls in time.",
        ),
    ] = None,
    device: Annotated[Device, typer.Option(help="Where to train.")] = Device.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train a codec, a denoiser, a matcher, a style classifier or a text encoder.

    The config says which, on what and for how long. A run that was stopped goes on where it was.
    """
    output = Output(quiet, verbose)
    with output.guarded():
        path = find_config(config)
        kind = _kind(path)
        folder = TRAININGS[kind].out if out is None else out
        output.line(_train(kind, path, folder, device, max_minutes, output))


def find_config(name: str) -> Path:
    """The YAML file called `name`: a path, or one of msub's own without its suffix."""
    bundled = CONFIGS / f"{name}.yaml"
    if not Path(name).exists() and bundled.is_file():
        return bundled
    if not Path(name).exists():
        names = sorted(str(p.relative_to(CONFIGS).with_suffix("")) for p in CONFIGS.rglob("*.yaml"))
        raise InputError(f"{name}: no such file; msub's own configs are {', '.join(names)}")
    return Path(name)


def _kind(path: Path) -> str:
    """Which training a config is for."""
    from subtract_core.config import read_yaml

    raw = read_yaml(path)
    kind: Any = raw.get("kind") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in TRAININGS:
        raise ConfigError(f"{path}: field kind is {kind!r}; it is one of {', '.join(TRAININGS)}")
    return kind


def _hint(kind: str, path: Path) -> str:
    """What to say where the fields of a config are not those of its kind but of the same model's in another backend."""
    from dataclasses import fields

    from subtract_core.config import read_yaml

    given = set(read_yaml(path))
    for other in (name for name in TRAININGS if name != kind and name.partition("-")[2] == kind.partition("-")[2]):
        known, own = (
            {field.name for field in fields(getattr(import_module(t.module), t.config))}
            for t in (TRAININGS[other], TRAININGS[kind])
        )
        if given <= known and not given <= own:
            return f"; a config of these fields is of kind {other}"
    return ""


def _train(kind: str, path: Path, out: Path, device: Device, max_minutes: float | None, output: Output) -> str:
    """Train what a config of a kind says; a sentence that says where the result lies."""
    from subtract_core.config import load_yaml
    from subtract_core.model.device import pick_device

    training = TRAININGS[kind]
    module = import_module(training.module)
    try:
        config = load_yaml(getattr(module, training.config), path)
    except ConfigError as error:
        raise ConfigError(f"{error}{_hint(kind, path)}") from None
    getattr(module, training.train)(config, out, pick_device(device.value), max_minutes, output.line)
    return training.said.format(out=out)

"""Train a MIDI denoiser on a machine that has a GPU and little else: no network, no disk to spare, minutes to go.

    python tools/remote_training.py pack data/midi/train bundle/train.xz       # 19,714 songs in 29 MB
    python tools/remote_training.py pack data/midi/val bundle/val.xz
    python tools/remote_training.py train gpu.yaml bundle results --minutes 11  # there
    python tools/remote_training.py join results midi_subtract/weights/default runs/model

The config is one like configs/midi/denoiser.yaml with what the README says of GPUs; its `data` and `validation` are
overlooked.

What goes there: this file, subtract_core, midi_subtract (but for weights that no config names), the bundle, a config,
and the folders that its `codec` and `start` name. What must be there: torch, numpy, safetensors and PyYAML, so this
reads its arguments with argparse. What comes back are the averaged weights in fp16, in files small enough for mail.
"""

from __future__ import annotations

import argparse
import io
import json
import lzma
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

PART_BYTES = 15 * 2**20
"""Most bytes of weights in one file."""
_WIDE = ("note_onset", "note_duration")  # high bytes are mostly zero: apart from the low ones they pack well


def pack(folder: Path, file: Path) -> int:
    """Write the songs of a training set made by `msub prepare midi`, without their names, into one small file; returns
    how many. Onsets are stored as differences, what has two bytes as two columns."""
    from midi_subtract.training.store import load_songs, pack_songs

    songs = load_songs(folder)
    if len(songs) > np.iinfo(np.uint16).max:
        raise SystemExit(f"{folder}: {len(songs):,} songs are more than fit into one file (65,535)")
    arrays = pack_songs(songs, "")
    arrays["song_source"] = np.array([song.name.partition("/")[0] for song in songs])
    arrays["song_name"] = np.array([str(index) for index in range(len(songs))])
    arrays["note_onset"] = np.diff(arrays["note_onset"], prepend=np.uint16(0))
    for name in _WIDE:
        columns = arrays.pop(name).astype("<u2").view(np.uint8).reshape(-1, 2)
        arrays |= {f"{name}_{i}": np.ascontiguousarray(columns[:, i]) for i in range(2)}
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(lzma.compress(packed.getvalue()))
    return len(songs)


def unpack(file: Path, folder: Path) -> None:
    """Make the training set of a file written by `pack` again."""
    with np.load(io.BytesIO(lzma.decompress(file.read_bytes()))) as packed:
        arrays = dict(packed)
    for name in _WIDE:
        columns = [arrays.pop(f"{name}_{i}") for i in range(2)]
        arrays[name] = np.stack(columns, axis=1).view("<u2")[:, 0]
    arrays["note_onset"] = np.cumsum(arrays["note_onset"], dtype=np.uint16)
    (folder / "shards").mkdir(parents=True, exist_ok=True)
    np.savez(folder / "shards" / "all-0000.npz", allow_pickle=False, **arrays)
    (folder / "report.json").write_text(json.dumps({"duplicates": {}}))


def train(config_file: Path, bundle: Path, results: Path, minutes: float) -> None:
    """Train on `bundle` for so many minutes, or until SIGTERM, and write the averaged weights into `results`.

    A run that is started again goes on from where it was. Its `log.csv` comes back too.
    """
    from midi_subtract.training.train_denoiser import DenoiserTraining, train_denoiser
    from subtract_core.config import load_yaml

    began, work = time.monotonic(), results / "work"

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True)

    config = load_yaml(DenoiserTraining, config_file)
    for name in ("train", "val"):
        if not (work / name / "report.json").exists():
            unpack(bundle / f"{name}.xz", work / name)
    config = replace(config, data=str(work / "train"), validation=str(work / "val"))
    torch.set_float32_matmul_precision("high")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    training = work / "model" / "training"
    try:
        train_denoiser(config, work / "model", device, minutes, say)
    except KeyboardInterrupt:
        say("told to stop")
    state = load_file(training / "state.safetensors")
    averages = {n.removeprefix("average."): v for n, v in state.items() if n.startswith("average.")}
    buffers = {n.removeprefix("buffer."): v for n, v in state.items() if n.startswith("buffer.")}
    write_parts(averages | buffers, results)
    shutil.copy(training / "log.csv", results)
    say(f"weights written to {results}")


def write_parts(weights: dict[str, Tensor], folder: Path, most: int = PART_BYTES) -> None:
    """Write weights as fp16 into `part-0.safetensors` and so on, of at most `most` bytes each if single ones allow."""
    parts: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, value in sorted(weights.items()):
        value = (value.half() if value.is_floating_point() else value).cpu().contiguous()
        if parts[-1] and size + value.nbytes > most:
            parts.append({})
            size = 0
        parts[-1][name] = value
        size += value.nbytes
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("part-*.safetensors"):
        old.unlink()
    for index, part in enumerate(parts):
        save_file(part, folder / f"part-{index}.safetensors")


def join(results: Path, like: Path, out: Path) -> None:
    """Write a model to `out`: that of `like`, with the denoiser that came back in `results`."""
    from midi_subtract.model.pipeline import MidiPipeline

    pipeline = MidiPipeline.from_pretrained(like)
    weights = {n: v for part in sorted(results.glob("part-*.safetensors")) for n, v in load_file(part).items()}
    pipeline.denoiser.load_state_dict({name: value.float() for name, value in weights.items()})
    pipeline.save_pretrained(out)
    for component in ("codec", "matcher"):  # as they were stored, which may be in eight bits
        if (like / component).is_dir():
            shutil.copytree(like / component, out / component, dirs_exist_ok=True)


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    arguments = {
        "pack": {"folder": "a training set", "file": "where to write it"},
        "train": {"config": "a denoiser's", "bundle": "train.xz and val.xz", "results": "what is to come back"},
        "join": {"results": "what came back", "like": "a model of the same sizes", "out": "folder for the new one"},
    }
    for command, names in arguments.items():
        sub = commands.add_parser(command)
        for name, text in names.items():
            sub.add_argument(name, type=Path, help=text)
        if command == "train":
            sub.add_argument("--minutes", type=float, required=True, help="how long to train in all")
    given = parser.parse_args()
    if given.command == "pack":
        count = pack(given.folder, given.file)
        print(f"{count:,} songs are {given.file.stat().st_size / 1e6:.1f} MB in {given.file}")
    elif given.command == "train":
        train(given.config, given.bundle, given.results, given.minutes)
    else:
        join(given.results, given.like, given.out)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # nothing is installed there
    main()

"""What the codec keeps of real parts: one row a stem, over whole songs.

    python benchmarks/codec_quality.py DATA [--model DIR] [--source rpbot_ultimate --manifest manifest.jsonl]

DATA is a training set made by `msub prepare midi` from songs the codec was not trained on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from midi_subtract.evaluation.codec_quality import codec_quality
from midi_subtract.model.pipeline import DEFAULT_MODEL, MidiPipeline
from midi_subtract.training.store import load_songs


def main(
    data: Annotated[Path, typer.Argument(help="Prepared training set of held-out songs.")],
    model: Annotated[str, typer.Option(help="Checkpoint folder, or a model of the package.")] = DEFAULT_MODEL,
    manifest: Annotated[Path | None, typer.Option(help="manifest.jsonl that tells sources apart.")] = None,
    source: Annotated[str | None, typer.Option(help="Only songs of this source.")] = None,
    beats: Annotated[int, typer.Option(help="Beats of each song, from its start.")] = 400,
) -> None:
    """Print F1 of onsets, share of note ends within a step, and mean velocity error."""
    songs = load_songs(data)
    if manifest and source:
        rows = (json.loads(line) for line in manifest.read_text().splitlines())
        files = {Path(r["file"]).name for r in rows if r["source"] == source and r["split"] == "val"}
        songs = [s for s in songs if Path(s.name).name in files]
    quality = codec_quality(MidiPipeline.from_pretrained(model).codec, songs, beats)
    print(f"| codec, {len(songs)} songs | note F1 | ends within a step | velocity error |\n|---|---|---|---|")
    for stem, row in quality.items():
        print(f"| {stem.value} | {row['f1']:.3f} | {row['ends']:.3f} | {row['velocity']:.1f} |")


if __name__ == "__main__":
    typer.run(main)

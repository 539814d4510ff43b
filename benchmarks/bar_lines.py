"""Whether bars are found where a file's begin elsewhere, and what drums gain by it.

    python benchmarks/bar_lines.py data/midi/val [--cases 60]

Held-out songs in 4/4 with drums are moved by nothing, and by one to seven eighths, as if their file began so much
earlier. Printed is how often the first beat of their bars is found, with their drums, as when these are replaced; and
how often it is hinted at without them. Then, of songs in which other bars than the file's are found as they are, some
figures of `msub evaluate midi` of drums written in the file's bars, and in those found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from midi_subtract import MidiInserter
from midi_subtract.evaluation.cases import cut_cases
from midi_subtract.evaluation.scores import score
from midi_subtract.evaluation.songs import songs_of_source
from midi_subtract.listening.bar_lines import SURE, beginning_on, hinted_first_beat, likelier_first_beat
from midi_subtract.listening.beats import FEWEST_ONSETS
from midi_subtract.notes import STEPS_PER_BEAT
from midi_subtract.song import Meter, Song
from subtract_core.evaluation.measures import mean
from subtract_core.evaluation.panel import own_seed
from subtract_core.stems import Stem

EIGHTH = STEPS_PER_BEAT // 2
FIGURES = ("kick", "snare", "hat", "all F1")


def is_measured(song: Song) -> bool:
    """Whether a song counts bars of four quarters from its start, and has drums and other notes enough."""
    drums = len(song.stem(Stem.DRUMS))
    others = sum(len(notes) for notes in song.others(Stem.DRUMS).values())
    return song.meters == [Meter(0, 4, 4)] and min(drums, others) >= FEWEST_ONSETS


def later(song: Song, eighths: int) -> Song:
    """The song with so much rest before it."""
    tracks = [replace(track, notes=track.notes.wide().shifted(eighths * EIGHTH)) for track in song.tracks]
    return replace(song, tracks=tracks, _stems={})


def undrummed(song: Song) -> Song:
    """The song without its drums."""
    return replace(song, tracks=[t for t in song.tracks if t.stem is not Stem.DRUMS], _stems={})


def found(songs: Sequence[Song], eighths: int) -> list[str]:
    """Shares of songs, so many eighths late, whose bars are found, kept as they are, or put elsewhere: of whole songs,
    and of those without drums."""
    right = 1 + eighths / 2 if eighths else None
    cells = []
    moved = [later(song, eighths) for song in songs]
    drummed = [likelier_first_beat(song, SURE) for song in moved]
    for heard in (drummed, [hinted_first_beat(undrummed(song)) for song in moved]):
        kinds = Counter("found" if at == right else "kept" if at is None else "elsewhere" for at in heard)
        cells += [f"{kinds[kind] / len(songs):.3f}" for kind in ("found", "kept", "elsewhere")]
    return cells


def row(inserter: MidiInserter, name: str, songs: Sequence[Song], cases: int, seeds: int) -> str:
    """Figures of the drums written for songs, means over cases and seeds."""
    scores = [
        score(inserter.write(case.song, case.stem, seed=own_seed(case.song_name, seed)), case)
        for case in cut_cases(songs, Stem.DRUMS, cases)
        for seed in range(seeds)
    ]
    return " | ".join([f"| {name}", *(f"{mean([s[f] for s in scores]):.3f}" for f in FIGURES)]) + " |"


def main(
    folder: Annotated[Path, typer.Argument(help="A set made by `msub prepare midi`.")],
    manifest: Annotated[Path | None, typer.Option(help="What says of which source songs are.")] = None,
    source: Annotated[str | None, typer.Option(help="Songs of this source alone.")] = None,
    cases: Annotated[int, typer.Option(help="How many windows of drums.", min=2)] = 60,
    seeds: Annotated[int, typer.Option(help="How many parts of each.", min=1)] = 2,
    model: Annotated[str, typer.Option(help="A folder, or a name of `msub models`.")] = "default",
) -> None:
    """Print both tables."""
    songs = [song for song in songs_of_source(folder, manifest, source) if is_measured(song)]
    kinds = "found | kept | elsewhere"
    print(f"| {len(songs)} songs, eighths late | with drums: {kinds} | without, hinted at: {kinds} |")
    print(f"|{'---|' * 7}")
    for eighths in range(8):
        print(f"| {eighths} | {' | '.join(found(songs, eighths))} |", flush=True)
    heard = {song.name: likelier_first_beat(song, SURE) for song in songs}
    moved = [song for song in songs if heard[song.name] is not None]
    if len(moved) < 2:
        return
    inserter = MidiInserter.from_pretrained(model, device="cpu")
    print(f"| {len(moved)} songs, drums | {' | '.join(FIGURES)} |\n|{'---|' * (len(FIGURES) + 1)}")
    print(row(inserter, "in the file's bars", moved, cases, seeds), flush=True)
    print(row(inserter, "in those found", [beginning_on(s, heard[s.name] or 1.0) for s in moved], cases, seeds))


if __name__ == "__main__":
    typer.run(main)

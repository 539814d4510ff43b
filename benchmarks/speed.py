"""How long `msub` takes and how much memory it needs, as whole processes.

    python benchmarks/speed.py [--bars 100,500,2000]

Each song is made here: drums and chords in 4/4. Prints seconds, peak memory, and the time of `msub --help`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import pretty_midi
import typer

CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
BEAT = 0.5  # seconds


def make_song(bars: int, path: Path) -> None:
    """A song of drums and piano chords, 120 quarter notes a minute."""
    song = pretty_midi.PrettyMIDI(initial_tempo=60 / BEAT)
    drums, keys = pretty_midi.Instrument(0, is_drum=True), pretty_midi.Instrument(0)
    for bar in range(bars):
        start = bar * 4 * BEAT
        for eighth in range(8):
            at = start + eighth * BEAT / 2
            drums.notes.append(pretty_midi.Note(70, 42, at, at + 0.1))
            if eighth % 2 == 0:
                drums.notes.append(pretty_midi.Note(100, 36 if eighth % 4 == 0 else 38, at, at + 0.1))
        for pitch in CHORDS[bar // 2 % len(CHORDS)]:
            keys.notes.append(pretty_midi.Note(80, pitch, start, start + 4 * BEAT - 0.05))
    song.instruments = [drums, keys]
    song.write(str(path))


def run(command: list[str]) -> tuple[float, float]:
    """Run a command; its wall time in seconds and its peak memory in GiB (on systems that tell)."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    unit = 1 if sys.platform == "darwin" else 1024  # ru_maxrss counts bytes there, kibibytes elsewhere
    return time.perf_counter() - started, usage.ru_maxrss * unit / 2**30


def main(
    bars: Annotated[str, typer.Option(help="Lengths of the songs, separated by commas.")] = "100,500,2000",
    instrument: Annotated[str, typer.Option(help="What is inserted.")] = "bass",
    repeat: Annotated[int, typer.Option(help="Runs of each; the fastest counts.", min=1)] = 3,
) -> None:
    """Print a row for `--help` and one for each length."""
    msub = str(Path(sys.executable).with_name("msub"))
    print("| command | seconds | peak memory (GiB) |\n|---|---|---|")
    seconds, memory = min(run([msub, "--help"]) for _ in range(repeat))
    print(f"| msub --help | {seconds:.2f} | {memory:.2f} |")
    with tempfile.TemporaryDirectory() as folder:
        for count in (int(b) for b in bars.split(",")):
            song, out = Path(folder) / f"{count}.mid", Path(folder) / "out.mid"
            make_song(count, song)
            command = [msub, "insert", str(song), "--instrument", instrument, "--seed", "1", "-o", str(out)]
            seconds, memory = min(run([*command, "--overwrite", "--device", "cpu"]) for _ in range(repeat))
            print(f"| {instrument} for {count} bars | {seconds:.1f} | {memory:.2f} |")


if __name__ == "__main__":
    typer.run(main)

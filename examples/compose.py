"""Compose the example songs and write them as MIDI files: `python examples/compose.py [FOLDER]`.

The songs were written for this project. Their bytes are the same on every run and every machine.
"""

from __future__ import annotations

import sys
from pathlib import Path

from songs import harbour_waltz, karaoke_night, neon_groove, night_drive
from songs.writer import midi_bytes

SONGS = {
    "night_drive": night_drive.compose,
    "harbour_waltz": harbour_waltz.compose,
    "neon_groove": neon_groove.compose,
    "karaoke_night": karaoke_night.compose,
}


def main(folder: Path) -> None:
    """Write every song into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, compose in SONGS.items():
        (folder / f"{name}.mid").write_bytes(midi_bytes(compose()))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

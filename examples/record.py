"""Plays the first bars of neon_groove.mid to neon_groove.ogg: `python examples/record.py` (needs the extra `render`).

The SoundFont is FluidR3_GM, which is under the MIT licence (Debian: fluid-soundfont-gm).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pretty_midi
import soundfile

from audio_subtract.model.spectrogram import RATE
from audio_subtract.rendering.soundfonts import find_soundfonts
from audio_subtract.rendering.synth import PlayedNotes, Sound, render

FOLDER = Path(__file__).parent
SECONDS = 36.9
"""Sixteen bars."""
PEAK = 0.6


def played(instrument: pretty_midi.Instrument) -> PlayedNotes:
    notes = [n for n in instrument.notes if n.start < SECONDS]
    return PlayedNotes(
        start=np.array([n.start for n in notes]),
        end=np.array([n.end for n in notes]),
        pitch=np.array([n.pitch for n in notes]),
        velocity=np.array([n.velocity for n in notes]),
        program=instrument.program,
        is_drum=instrument.is_drum,
    )


def main() -> None:
    font = next(font for font in find_soundfonts() if font.name == "FluidR3_GM")
    song = pretty_midi.PrettyMIDI(str(FOLDER / "neon_groove.mid"))
    tracks = [played(i) for i in song.instruments]
    sound = render(tracks, font, SECONDS, Sound(reverb=50, chorus=10))
    sound *= PEAK / np.abs(sound).max()
    soundfile.write(FOLDER / "neon_groove.ogg", sound, RATE, format="OGG", subtype="VORBIS")


if __name__ == "__main__":
    main()

"""What files and tracks are called, and the stem that they hold."""

import pytest

from subtract_core.stem_names import stem_of_words
from subtract_core.stems import Stem


@pytest.mark.parametrize(
    ("name", "stem"),
    [("Acoustic_Bass", Stem.BASS), ("bassoon", Stem.LEAD), ("lead_vocals", Stem.LEAD), ("E-Gtr L", Stem.GUITAR),
     ("Strings (continued)", Stem.STRINGS), ("overhead drums", Stem.DRUMS), ("click", None), ("SubBass 2", Stem.BASS),
     ("That_Song_Bass", Stem.BASS), ("Heartbeat_Piano", Stem.KEYS), ("Drum Machine_Bass", Stem.BASS),
     ("bass guitar", Stem.BASS), ("Bass Drum", Stem.DRUMS), ("HiHat_1", Stem.DRUMS), ("lead guitar", Stem.GUITAR),
     ("Guitar Lead", Stem.GUITAR), ("Lead", Stem.LEAD), ("Synth Lead", Stem.LEAD), ("Synth Pad", Stem.STRINGS),
     ("Bass Synth", Stem.BASS), ("bassdrum", Stem.DRUMS), ("Overheads L", Stem.DRUMS), ("06_Tom1", Stem.DRUMS),
     ("Floor Tom", Stem.DRUMS), ("Ride", Stem.DRUMS), ("Joy Ride", None), ("EGtr", Stem.GUITAR),
     ("Chromatic Percussion", Stem.KEYS), ("Beat", Stem.DRUMS), ("other_plucked", Stem.KEYS),
     ("Bass Clarinet", Stem.LEAD), ("E-Gitarre", Stem.GUITAR), ("Batería", Stem.DRUMS), ("Contrabasso", Stem.BASS),
     ("Sub", Stem.BASS), ("Suburban", None), ("Perc 2", Stem.DRUMS), ("Guitar Solo", Stem.GUITAR),
     ("Melody", Stem.LEAD), ("808", Stem.BASS), ("Hard 808s", Stem.BASS), ("808_L", Stem.BASS),
     ("808 Kick", Stem.DRUMS), ("Clap 808", Stem.DRUMS), ("808 kit", Stem.DRUMS), ("TR-808", Stem.DRUMS),
     ("TR-808 Bass", Stem.BASS), ("1808", None), ("808 State - Cubik", None), ("Reese", Stem.BASS),
     ("Low Synth", Stem.BASS), ("BD", Stem.DRUMS), ("Rim", Stem.DRUMS), ("Side Stick", Stem.DRUMS),
     ("HH Open", Stem.DRUMS), ("Snap 2", Stem.DRUMS)],
)  # fmt: skip
def test_words_that_name_a_stem(name: str, stem: Stem | None) -> None:
    assert stem_of_words(name) is stem

"""SoundFonts, the synthesizer, and songs of notes rendered with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pretty_midi
import pytest
import torch

from audio_subtract.listening.facts import FactSpan
from audio_subtract.listening.loudness import REFERENCE, loudness
from audio_subtract.model.spectrogram import RATE
from audio_subtract.rendering import synth
from audio_subtract.rendering.soundfonts import SoundFont, find_soundfonts, read_soundfont
from audio_subtract.rendering.synth import PlayedNotes, Sound, midi_file, render
from audio_subtract.training.render import MIX_LEVELS, Score, render_score
from audio_subtract.training.store import to_level
from subtract_core.errors import InputError
from subtract_core.facts import StemFacts
from subtract_core.stems import Stem
from tests.audio.models import SPECTROGRAM

TIM = Path(pretty_midi.__file__).with_name("TimGM6mb.sf2")
BUSY = StemFacts(Stem.DRUMS, levels={"density": 1.0})


def _beat(seconds: float = 4.0, pitch: int = 38, is_drum: bool = True, program: int = 0) -> PlayedNotes:
    start = np.arange(0.5, seconds - 0.5, 0.5)
    same = np.ones(len(start), dtype=int)
    return PlayedNotes(start, start + 0.25, pitch * same, 100 * same, program, is_drum)


def test_soundfonts_say_what_they_play() -> None:
    font = read_soundfont(TIM)
    assert font.name == "TimGM6mb" and 0 in font.kits and not font.is_drum_kit
    assert font.plays(33, False) and font.plays(0, True)
    kit = SoundFont(Path("kit.sf2"), frozenset({(0, 0)}))
    assert kit.is_drum_kit and kit.plays(0, True) and not kit.plays(0, False)


def test_soundfonts_are_found_and_held_out(tmp_path: Path) -> None:
    (tmp_path / "b.sf2").write_bytes(TIM.read_bytes())
    assert [f.name for f in find_soundfonts([TIM, tmp_path])] == ["TimGM6mb", "b"]
    assert [f.name for f in find_soundfonts([TIM, tmp_path], ["b"])] == ["TimGM6mb"]
    with pytest.raises(InputError, match="hold_out: 'c' is none of the soundfonts; there are TimGM6mb, b"):
        find_soundfonts([TIM, tmp_path], ["c"])
    with pytest.raises(InputError, match="soundfont: there is none"):
        find_soundfonts([TIM], ["TimGM6mb"])


@pytest.mark.parametrize("content", [b"", b"RIFF\0\0\0\0WAVEfmt ", b"RIFF\x10\0\0\0sfbkLIST\x04\0\0\0INFO"])
def test_what_is_no_soundfont_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.sf2"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"x\.sf2: is (not|a damaged) "):
        read_soundfont(path)


def test_midi_file_holds_the_notes_at_their_times() -> None:
    from midi_subtract.files.reader import read_song

    data = midi_file([_beat(), _beat(pitch=60, is_drum=False, program=33)], read_soundfont(TIM), 4.0, Sound(90, 0))
    read = read_song(data)
    assert read.stem(Stem.DRUMS).onset.tolist() == [12 * i for i in range(1, 7)]  # a beat is half a second
    assert set(read.stem(Stem.BASS).pitch.tolist()) == {60} and bytes([0xB9, 91, 90]) in data
    kit = SoundFont(Path("kit.sf2"), frozenset({(0, 0)}))
    assert bytes([0x90, 38, 100]) in midi_file([_beat()], kit, 4.0, Sound())


@pytest.mark.parametrize("engine", ["midirenderer", "fluidsynth"])
def test_notes_sound_when_they_are_played(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    if engine == "midirenderer":
        pytest.importorskip("midirenderer")
    elif shutil.which("fluidsynth") is None:
        pytest.skip("fluidsynth is not installed")
    monkeypatch.setattr(synth, "synthesizer", lambda font: engine)
    sound = render([_beat()], read_soundfont(TIM), 4.0, Sound(0, 0))
    assert sound.shape == (4 * RATE,) and sound.dtype == np.float32 and np.abs(sound).max() <= 1
    power = sound.reshape(-1, RATE // 100) ** 2
    loud = power.mean(axis=1)
    struck = [loud[t : t + 5].max() for t in range(50, 350, 50)]
    assert loud[:48].max() < 1e-6 and min(struck) > 1e-4


def test_missing_synthesizer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'msub\[render\]'"):
        synth.synthesizer(read_soundfont(TIM))
    with pytest.raises(InputError, match=r"\.sf3 needs the program fluidsynth"):
        synth.synthesizer(SoundFont(Path("x.sf3"), frozenset()))


def test_rendered_stems_are_as_loud_as_in_a_mix() -> None:
    pytest.importorskip("midirenderer")
    tracks = {Stem.DRUMS: [_beat()], Stem.BASS: [_beat(pitch=40, is_drum=False, program=33)]}
    score = Score("song", 4.0, tracks, np.array([0.0, 2.0]), {Stem.DRUMS: [FactSpan(0, 4, BUSY)]})
    rendered, row = render_score(score, [read_soundfont(TIM)], SPECTROGRAM, np.random.default_rng(0))
    assert row["stems"] == {
        "drums": {"font": "TimGM6mb", "programs": [0]},
        "bass": {"font": "TimGM6mb", "programs": [33]},
    }
    assert {len(p) for p in rendered.parts.values()} == {SPECTROGRAM.frames(4 * RATE)}
    for stem, part in rendered.parts.items():
        found = loudness(torch.from_numpy(to_level(part)), SPECTROGRAM)
        assert found == pytest.approx(REFERENCE + MIX_LEVELS[stem], abs=10)
    assert rendered.facts == score.facts
    with pytest.raises(InputError, match=r"no soundfont has the programs \[33\] of its bass"):
        render_score(score, [SoundFont(TIM, frozenset({(128, 0)}))], SPECTROGRAM, np.random.default_rng(0))

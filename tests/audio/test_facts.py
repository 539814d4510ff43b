"""Facts measured in sound: on sounds whose facts are known because they were made so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from audio_subtract.listening import facts
from audio_subtract.listening.facts import Beats, WholeStem, onsets, scales, stem_facts, tracked_facts
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, log_mel
from subtract_core.stems import Stem

CONFIG = SpectrogramConfig()
BEATS = Beats(np.arange(17) * 0.5)  # 120 a minute, 8 s


def _notes(times: list[float], pitch: float = 40, length: float = 0.2, seconds: float = 8.0) -> torch.Tensor:
    """Levels of plucked tones with five harmonics."""
    clock = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(len(clock))
    for time in times:
        age = clock - time
        shape = np.where((age >= 0) & (age < length), np.exp(-2 * age), 0.0) * np.clip(age * 200, 0, 1)
        shape *= np.clip((length - age) * 200, 0, 1)
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        sound += shape * sum(np.sin(2 * np.pi * hertz * n * age) / n for n in range(1, 6))
    return log_mel(torch.from_numpy((0.1 * sound).astype(np.float32)), CONFIG)


def _measure(times: list[float], **how: float) -> dict[str, float]:
    return dict(scales(_notes(times, **how), Stem.BASS, CONFIG, BEATS, 0.0, 8.0))


EIGHTHS = [i * 0.25 for i in range(32)]


def test_onsets_lie_where_notes_begin() -> None:
    found = onsets(_notes(EIGHTHS).numpy().astype(np.float64)) * CONFIG.hop / RATE
    assert len(found) in (31, 32)  # the first begins with the sound itself
    assert np.abs(found[-31:] - EIGHTHS[1:]).max() < 0.03


def test_density_counts_onsets_a_bar_whatever_the_tempo() -> None:
    assert _measure(EIGHTHS)["density"] == pytest.approx(8, abs=0.3)
    assert _measure(EIGHTHS[::2])["density"] == pytest.approx(4, abs=0.3)
    slow = scales(_notes(EIGHTHS), Stem.BASS, CONFIG, Beats(np.arange(9) * 1.0), 0.0, 8.0)
    assert slow["density"] == pytest.approx(16, abs=0.6)


def test_register_rises_with_the_pitch_and_lies_within_a_fourth() -> None:
    pitches = [31, 38, 45, 52, 59]  # bands and bins are a third apart down there
    heard = [_measure(EIGHTHS[::4], pitch=pitch)["register"] for pitch in pitches]
    assert heard == sorted(heard) and np.abs(np.array(heard) - pitches).max() <= 5


def test_note_length_tells_staccato_from_legato() -> None:
    short, long = (_measure(EIGHTHS[::2], length=length)["note length"] for length in (0.12, 0.45))
    assert short < 0.24 and long > 0.67  # staccato and long, in the words for a bass


def test_syncopation_is_what_anticipates_beats_that_are_not_struck() -> None:
    pushed = [t for beat in range(0, 16, 4) for t in (beat * 0.5, beat * 0.5 + 0.75, beat * 0.5 + 1.5)]
    assert _measure(EIGHTHS)["syncopation"] < 0.05
    assert _measure(pushed)["syncopation"] == pytest.approx(1 / 3, abs=0.06)


def test_drums_are_told_no_pitch_and_silence_only_its_tempo() -> None:
    drums = stem_facts(_notes(EIGHTHS), Stem.DRUMS, CONFIG, BEATS, 0.0, 8.0)
    assert set(drums.scales) == {"tempo", "density"} == set(drums.words) and drums.words["density"] == "moderate"
    silence = torch.full((600, CONFIG.mels), FLOOR)
    assert set(stem_facts(silence, Stem.BASS, CONFIG, BEATS, 0.0, 6.0).scales) == {"tempo"}


def test_hats_far_below_a_kick_are_heard() -> None:
    frames = np.arange(8 * RATE // CONFIG.hop)
    levels = np.full((len(frames), CONFIG.mels), FLOOR, dtype=np.float32)
    second = RATE / CONFIG.hop
    for beat in range(16):
        at = round(beat * 0.5 * second)
        levels[at : at + 8, :10] = 10.0
        for hat in (at, round((beat + 0.5) * 0.5 * second)):
            levels[hat : hat + 4, CONFIG.mels // 2 :] = 10.0 - 55.0
    drums = scales(torch.from_numpy(levels), Stem.DRUMS, CONFIG, BEATS, 0.0, 8.0)
    assert drums["density"] == pytest.approx(8, abs=0.5)


def test_a_note_or_two_have_a_density_and_no_more() -> None:
    few = stem_facts(_notes([1.0, 5.0]), Stem.BASS, CONFIG, BEATS, 0.0, 8.0)
    assert set(few.scales) == {"tempo", "density"} and few.words["density"] == "very sparse"


def test_facts_of_recordings_are_measured_by_tracked_beats() -> None:
    clock = np.arange(12 * RATE) / RATE
    clicks = (np.exp(-60 * (clock % 0.5)) * np.sin(2 * np.pi * 900 * clock)).astype(np.float32)
    spans = tracked_facts({Stem.BASS: _notes([i * 0.25 for i in range(48)], seconds=12.0)}, clicks, CONFIG)[Stem.BASS]
    assert spans and all(s.facts.inferred == frozenset(s.facts.scales) for s in spans)
    assert spans[0].stop - spans[0].start == pytest.approx(8.0, abs=0.3)
    assert spans[0].facts.scales["density"] == pytest.approx(8, abs=0.6)
    assert tracked_facts({Stem.BASS: _notes(EIGHTHS)}, np.zeros(RATE, dtype=np.float32), CONFIG) == {}


def test_onsets_and_loudness_are_found_once_for_all_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    level = _notes(EIGHTHS)
    apart = [scales(level, Stem.BASS, CONFIG, BEATS, a, a + 4.0) for a in (0.0, 2.0, 4.0)]
    counted = {"onsets": 0, "loudness_by_frame": 0}

    def counting(name: str) -> Any:
        function = getattr(facts, name)

        def count(*given: Any) -> Any:
            counted[name] += 1
            return function(*given)

        return count

    for name in counted:
        monkeypatch.setattr(facts, name, counting(name))
    whole = WholeStem(level, CONFIG)
    assert [scales(whole, Stem.BASS, CONFIG, BEATS, a, a + 4.0) for a in (0.0, 2.0, 4.0)] == apart
    assert counted == {"onsets": 1, "loudness_by_frame": 1}
    time = np.arange(20 * RATE) / RATE
    pulse = (np.exp(-60 * (time % 0.5)) * np.sin(2 * np.pi * 900 * time)).astype(np.float32)
    spans = tracked_facts({Stem.BASS: _notes([i * 0.25 for i in range(80)], seconds=20.0)}, pulse, CONFIG)
    assert len(spans[Stem.BASS]) > 1 and counted == {"onsets": 2, "loudness_by_frame": 2}


def test_places_go_on_beyond_the_last_beat() -> None:
    places = BEATS.place(np.array([-0.5, 0.25, 8.0, 9.0]))
    assert places == pytest.approx([-1.0, 0.5, 16.0, 18.0]) and BEATS.tempo == pytest.approx(120)
    assert Beats.between_bars([0.0, 2.0, 3.5], [4, 3]).times == pytest.approx([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5])

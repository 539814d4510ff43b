"""A stem goes with its song's loudness, and rests where that does."""

import numpy as np
import pytest
import torch
from torch import Tensor

from audio_subtract.listening.loudness import loudness_by_frame
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig, log_mel
from audio_subtract.playing.dynamics import BEFORE, MOST, waiting, with_dynamics

CONFIG = SpectrogramConfig()
SECOND = RATE / CONFIG.hop


def sound(*stretches: tuple[float, float, float]) -> Tensor:
    """Levels of a noise that goes from one decibel to another in each of these stretches (seconds, from, to)."""
    course = torch.cat([torch.linspace(first, last, round(seconds * SECOND)) for seconds, first, last in stretches])
    return course[:, None].expand(-1, CONFIG.mels).clamp(FLOOR, 0.0).clone()


def steady(song: Tensor) -> Tensor:
    """A stem as long as a song, and as loud throughout."""
    return torch.full_like(song, -45.0)


def loud(level: Tensor, second: float) -> float:
    """Loudness in decibels at a second."""
    return float(loudness_by_frame(level, CONFIG)[round(second * SECOND)])


def test_beside_a_steady_song_a_steady_stem_stays_as_it_is() -> None:
    stem = sound((12, -50, -50))
    assert torch.allclose(with_dynamics(stem, sound((12, -40, -40)), CONFIG), stem, atol=0.01)


def test_a_stem_fades_with_its_song() -> None:
    song = sound((20, -40, -40), (8, -40, -90))
    stem = steady(song)
    faded = with_dynamics(stem, song, CONFIG)
    assert loud(faded, 15) == pytest.approx(loud(stem, 15), abs=0.5)
    for second in (22.0, 23.5, 25.0):
        against = loud(faded, second) - loud(song, second)
        assert against == pytest.approx(loud(stem, 15) - loud(song, 15), abs=4), second
    assert (with_dynamics(stem, song.flip(0), CONFIG).flip(0)[-1] == FLOOR).all(), "fades in as well"


def test_a_softer_verse_gets_a_softer_stem() -> None:
    song = sound((15, -49, -49), (15, -40, -40))
    written = with_dynamics(steady(song), song, CONFIG)
    assert 6 < loud(written, 25) - loud(written, 5) < 9, "most of the nine decibels"


def test_a_stem_that_wanders_by_itself_wanders_less() -> None:
    stem = sound((10, -40, -40), (10, -50, -50), (10, -40, -40))
    written = with_dynamics(stem, torch.full_like(stem, -40.0), CONFIG)
    assert 2 < loud(written, 5) - loud(written, 15) < 5, "a third of the ten decibels"


def test_what_a_stem_is_softer_by_is_made_up_for_up_to_a_limit() -> None:
    stem = sound((10, -40, -40), (10, -80, -80))
    written = with_dynamics(stem, torch.full_like(stem, -40.0), CONFIG)
    assert loud(written, 15) - loud(stem, 15) == pytest.approx(MOST, abs=0.1), "of forty decibels"
    assert (written - stem).abs().max() <= MOST + 0.1


def test_a_stem_that_sounds_a_third_of_the_time_is_not_lifted() -> None:
    stem = sound((10, -40, -40), *[(1, -40, -40), (2, FLOOR, FLOOR)] * 4)
    written = with_dynamics(stem, torch.full_like(stem, -40.0), CONFIG)
    for second in (5.0, 10.5, 13.5, 16.5, 19.5):
        assert abs(loud(written, second) - loud(stem, second)) < 3, second


def test_a_stem_rests_before_its_song_begins_while_it_pauses_and_after_its_end() -> None:
    song = sound((2, FLOOR, FLOOR), (8, -40, -40), (3, FLOOR, FLOOR), (8, -40, -40), (4, FLOOR, FLOOR))
    written = with_dynamics(steady(song), song, CONFIG)
    for second in (0.0, 1.0, 1.9, 11.0, 12.5, 22.0, 24.5):
        assert (written[round(second * SECOND)] == FLOOR).all(), second
    for second in (2.1, 6.0, 9.9, 10.1, 13.1, 20.9, 21.1):
        assert loud(written, second) > -40, second


@pytest.mark.parametrize("silence", [0.1, 0.3, 1.0])
def test_a_stem_waits_for_the_first_sound_however_soon_it_comes(silence: float) -> None:
    song = sound((silence, FLOOR, FLOOR), (8, -40, -40), (0.5 + silence, FLOOR, FLOOR))
    written = with_dynamics(steady(song), song, CONFIG)
    first = round(silence * SECOND)
    assert (written[:first] == FLOOR).all() and (written[first] > FLOOR).all()
    assert (written[-first:] == FLOOR).all(), "and ends with the last one, but for what rings on"


@pytest.mark.parametrize("silence", [0, 100, 20_000])
def test_no_sample_of_a_stem_comes_long_before_its_song(silence: int) -> None:
    song = np.pad(np.full(RATE, 0.07, dtype=np.float32), (silence, 0))
    stem = np.full(len(song), 0.1, dtype=np.float32)
    written = waiting(stem, song)
    few = round(BEFORE * RATE)
    assert not written[: max(0, silence - few)].any() and (written[silence:] == stem[silence:]).all()
    assert (np.diff(written[max(0, silence - few) :]) >= 0).all(), "it comes in without a click"


def test_a_pause_of_a_second_is_one_though_frames_hear_its_ends() -> None:
    noise = 0.1 * torch.randn(RATE * 8, generator=torch.Generator().manual_seed(0))
    noise[4 * RATE : 5 * RATE] = 0
    song = log_mel(noise, CONFIG)
    assert (with_dynamics(steady(song), song, CONFIG)[round(4.8 * SECOND)] == FLOOR).all()


def test_a_noise_floor_is_no_song() -> None:
    song = sound((3, -85, -85), (10, -40, -40))
    written = with_dynamics(steady(song), song, CONFIG)
    assert (written[: round(2.9 * SECOND)] == FLOOR).all() and loud(written, 5) > -40


def test_a_short_stop_is_left_to_the_model() -> None:
    song = sound((8, -40, -40), (0.6, FLOOR, FLOOR), (8, -40, -40))
    written = with_dynamics(steady(song), song, CONFIG)
    assert loud(written, 8.3) == pytest.approx(loud(written, 4), abs=1)


@pytest.mark.parametrize("frames", [1, 5, 40])
def test_songs_of_moments_keep_their_stems(frames: int) -> None:
    stem = sound((1, -45, -45))[:frames]
    assert torch.allclose(with_dynamics(stem, sound((1, -40, -40))[:frames], CONFIG), stem, atol=0.01)


def test_silence_stays_silence() -> None:
    silence = sound((5, FLOOR, FLOOR))
    assert torch.equal(with_dynamics(silence, sound((5, -40, -40)), CONFIG), silence)

"""The public interface: what comes back, and that the song stays as it is."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from audio_subtract import AudioInserter
from audio_subtract.arguments import clock
from audio_subtract.files.reader import read_audio
from audio_subtract.files.waveform import Waveform
from audio_subtract.inserter import LOUDEST, RAMP, _understood, gains, loudness_gain
from audio_subtract.insertion import Asked, Progress, SongInserter, Written
from audio_subtract.listening.loudness import SILENT, LoudnessCurve
from audio_subtract.model.spectrogram import SpectrogramConfig, log_mel
from audio_subtract.models import load_inserter
from audio_subtract.playing.choice import likeness
from subtract_core.choice import seed_of
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.wish import Wish
from tests.audio.sounds import RATE, as_bytes, clicks, song, written

pytestmark = pytest.mark.usefixtures("few_rounds")


class Stub(SongInserter):
    """Writes the sound it was given, float32 [frames] of what it hears, and understands one wish."""

    hears_sections = True

    def __init__(self, sound: np.ndarray, wish: Wish | None = None, later: dict[float, Wish] | None = None) -> None:
        self.sound, self.wish, self.later = sound, wish or Wish(), later or {}

    def _write(self, song: Waveform, asked: Asked, progress: Progress | None) -> Written:
        return Written(self.sound[: song.frames], self.wish, later=asked.within({0.0: self.wish, **self.later}))


def test_song_plus_stem_is_the_mix(inserter: AudioInserter, tmp_path: Path) -> None:
    path = written(tmp_path / "song.wav", song(3.0), "PCM_24", 48_000)
    result = inserter(path, stem="drums", seed=7)
    before = soundfile.read(path, dtype="int32", always_2d=True)[0]
    assert result.mix.shape == result.stem.shape == before.shape and result.mix.dtype == np.int32
    assert (result.mix.astype(np.int64) - result.stem == before).all() and result.stem.any()
    assert (result.stem[:, 0] == result.stem[:, 1]).all()
    out = result.save(tmp_path / "out.wav")
    info = soundfile.info(out)
    assert (info.subtype, info.samplerate, info.channels, info.frames) == ("PCM_24", 48_000, 2, len(before))
    assert (soundfile.read(out, dtype="int32")[0] == result.mix).all()
    result.save_part(tmp_path / "stem.flac")
    assert (soundfile.read(tmp_path / "stem.flac", dtype="int32")[0] == result.stem).all()
    report = result.report
    assert (report.seed, report.rate, report.channels, report.instrument) == (7, 48_000, 2, "drums")
    assert report.length == pytest.approx(len(before) / 48_000)


def test_same_seed_gives_the_same_stem_and_another_one_does_not(inserter: AudioInserter) -> None:
    stems = [inserter((song(2.0), RATE), seed=s).stem for s in (1, 1, 2)]
    assert (stems[0] == stems[1]).all() and (stems[0] != stems[2]).any()


def test_a_model_that_writes_too_softly_is_made_louder(inserter: AudioInserter, tmp_path: Path) -> None:
    pipeline = replace(inserter.pipeline, settings={"gains": {"drums": 6.0}})
    pipeline.save_pretrained(tmp_path)
    corrected = AudioInserter.from_pretrained(tmp_path)
    for stem, gain in (("drums", 6.0), ("bass", 0.0)):
        quiet = (song(2.0, peak=0.02), RATE)  # it leaves room
        before, after = (i(quiet, stem, seed=3).report.loudness for i in (inserter, corrected))
        assert before is not None and after is not None and after - before == pytest.approx(gain, abs=0.3)
    wrong = AudioInserter(replace(pipeline, settings={"gains": {"drums": "loud"}}))
    with pytest.raises(InputError, match=r"gains\.drums is 'loud'; give decibels up to 20"):
        wrong((song(2.0), RATE), "drums")
    with pytest.raises(InputError, match=r"model_index\.json: gains is 6\.0; give decibels by stem"):
        AudioInserter(replace(pipeline, settings={"gains": 6.0}))((song(2.0), RATE), "drums")


def test_of_several_stems_the_one_most_like_the_others_is_kept(
    inserter: AudioInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    level = log_mel(torch.from_numpy(song(2.0)[:, 0].astype(np.float32)), inserter.pipeline.codec.config.spectrogram)
    singles = [inserter.write(level, Stem.DRUMS, seed=seed_of(3, attempt)) for attempt in range(3)]
    like = [[likeness(a, b) for b in singles] for a in singles]
    most = int(np.argmax([sum(row) for row in like]))
    seen: list[tuple[int, int]] = []
    kept = inserter.write(
        level, Stem.DRUMS, seed=3, sampler={"best_of": 3}, progress=lambda done, total: seen.append((done, total))
    )
    assert torch.equal(kept, singles[most])
    assert seen == [(done, 6) for done in range(1, 7)]  # two steps a stem
    assert (inserter((song(2.0), RATE), seed=3, best_of=1).stem == inserter((song(2.0), RATE), seed=3).stem).all()
    two = inserter.write(level, Stem.DRUMS, seed=3, sampler={"best_of": 2})
    assert torch.equal(two, singles[0])  # neither is more like the other than the other way round
    with pytest.raises(InputError, match="best_of: 0 is out of range; choose 1 to 100"):
        inserter((song(2.0), RATE), best_of=0)
    monkeypatch.setattr(AudioInserter, "draws_several", False)
    with pytest.raises(InputError, match="best_of: 2 is out of range for this model, which draws one stem"):
        inserter((song(2.0), RATE), best_of=2)


def test_stems_are_alike_by_what_changes_in_them() -> None:
    time = torch.arange(400)[:, None] / 86
    pulse = -60 * (time % 0.5) * torch.ones(1, 32) - 20
    same = [pulse, pulse - 12, pulse + torch.linspace(-10, 0, 32)]
    assert all(likeness(pulse, other) > 0.99 for other in same)  # neither loudness nor timbre counts
    assert likeness(pulse, pulse.roll(21, 0)) < 0
    high = pulse.clone()
    high[:, 16:] = -80
    low = pulse.clone()
    low[:, :16] = -80
    assert abs(likeness(high, low)) < 0.1
    assert likeness(pulse, torch.full_like(pulse, -100.0)) == 0


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 1), (44_100, 6), (192_000, 2)])
def test_any_rate_and_any_channels(inserter: AudioInserter, rate: int, channels: int) -> None:
    samples = song(1.5, channels, rate)
    result = inserter((samples, rate), seed=3)
    assert result.stem.shape == samples.shape and result.stem[:, 0].any() and not result.stem[:, 2:].any()
    assert np.abs(result.mix - result.stem - samples).max() < 1e-12
    assert any("8000 Hz" in w for w in result.report.warnings) == (rate == 8_000)
    assert any("6 channels" in w for w in result.report.warnings) == (channels == 6)


def test_gain_makes_the_stem_louder_by_as_much(inserter: AudioInserter) -> None:
    quiet, loud = (inserter((song(2.0, peak=0.1), RATE), seed=1, gain=g) for g in (-12.0, -6.0))
    ratio = np.sqrt((loud.stem**2).mean() / (quiet.stem**2).mean())
    assert ratio == pytest.approx(10 ** (6 / 20), rel=0.01)
    assert loud.report.loudness is not None and quiet.report.loudness is not None
    assert loud.report.loudness - quiet.report.loudness == pytest.approx(6.0, abs=0.01)
    with pytest.raises(InputError, match="gain: 99 is out of range; choose -60 to 24 dB"):
        inserter((song(2.0), RATE), gain=99)


def test_stem_is_as_loud_against_a_quiet_song_as_against_a_loud_one(inserter: AudioInserter) -> None:
    results = [inserter((song(2.0, peak=p), RATE), seed=1, gain=-12.0) for p in (0.02, 0.2)]
    quiet, loud = (np.sqrt((r.stem**2).mean()) for r in results)
    assert loud / quiet == pytest.approx(10, rel=0.35)


@pytest.mark.parametrize("decibels", [-30.0, 40.0])
def test_a_song_far_from_full_scale_is_heard_and_answered_as_one_near_it(
    inserter: AudioInserter, monkeypatch: pytest.MonkeyPatch, decibels: float
) -> None:
    heard, given = [], AudioInserter.write

    def listened(self: AudioInserter, level: torch.Tensor, *arguments: Any) -> Any:
        heard.append(level)
        return given(self, level, *arguments)

    monkeypatch.setattr(AudioInserter, "write", listened)
    near, far = (inserter((song(2.0, peak=0.1) * 10 ** (d / 20), RATE), seed=1, gain=-30.0) for d in (0.0, decibels))
    assert (heard[1] - heard[0]).abs().max() < 0.01
    assert far.report.loudness == pytest.approx(near.report.loudness, abs=0.3)


def test_no_room_is_said(inserter: AudioInserter) -> None:
    loud = song(2.0)
    result = inserter((loud / np.abs(loud).max(), RATE), seed=1, gain=20.0)
    assert np.abs(result.mix).max() < 1.0 + 1e-5 and result.report.reduction > 1
    assert any("turned down by up to" in warning for warning in result.report.warnings)


def test_loudness_is_that_of_the_stem_as_it_was_turned_down(inserter: AudioInserter) -> None:
    loud = song(4.0)
    loud[: 2 * RATE] /= np.abs(loud).max()
    loud[2 * RATE :] *= 0.01
    left, room = (inserter((s, RATE), seed=1, gain=12.0) for s in (loud, loud * 0.02))
    assert left.report.reduction > 6 > 0.1 > room.report.reduction
    assert left.report.loudness is not None and room.report.loudness is not None
    energy = [(r.stem[:, 0] ** 2).mean() / (r.song.samples[:, 0] ** 2).mean() for r in (left, room)]
    lost = 10 * np.log10(energy[1] / energy[0])
    assert lost > 3 and room.report.loudness - left.report.loudness == pytest.approx(lost, abs=3)


def test_why_nothing_of_a_stem_is_written(inserter: AudioInserter) -> None:
    square = np.where(song(2.0) > 0, 32_767, -32_768).astype(np.int16)
    full = inserter((square, RATE), seed=1).report
    assert full.loudness is None
    assert full.warnings == ["nothing of the drums is written: the song is at full scale throughout"]
    quiet = np.round(song(2.0, peak=0.002) * 32_768).astype(np.int16)
    soft = inserter((quiet, RATE), seed=1, gain=-60).report
    assert soft.loudness is None
    assert soft.warnings == ["nothing of the drums is written: it is softer than the song's samples can tell"]


def test_channels_that_cancel_each_other_are_not_called_silent(inserter: AudioInserter) -> None:
    left = song(2.0, channels=1)
    with pytest.raises(InputError, match="song: its channels cancel each other out, and models hear their sum"):
        inserter((np.hstack([left, -left]), RATE))


def test_which_channels_of_many_a_stem_is_in_is_said(inserter: AudioInserter) -> None:
    warnings = inserter((song(1.5, channels=4), RATE), "bass", seed=1).report.warnings
    assert "the song has 4 channels: the first two have the bass" in warnings
    assert not [said for said in inserter((song(1.5), RATE), "bass", seed=1).report.warnings if "channels" in said]


def test_a_faint_channel_beside_a_silent_one_is_too_soft_and_cancels_nothing(inserter: AudioInserter) -> None:
    left = song(2.0, peak=0.0005, channels=1)
    alone = LoudnessCurve.of(left[:, 0].astype(np.float32), inserter.pipeline.codec.config.spectrogram).within()
    faint = left * 10 ** ((SILENT + 3 - alone) / 20)
    with pytest.raises(InputError, match=r"song: is silent \(-7\d dB\)"):
        inserter((np.hstack([faint, np.zeros_like(faint)]), RATE))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"gain": "3"}, "gain: '3' is no number; choose -60 to 24 dB"),
        ({"gain": True}, "gain: True is no number"),
        ({"gain": float("nan")}, "gain: nan is out of range"),
        ({"prompt": 3}, "prompt: 3 is no text; give a sentence"),
        ({"sections": {0: "a" * 1001}}, "has 1,001 characters; give at most 1,000"),
        ({"sections": [(0, "busy")]}, "sections: seconds with a sentence each are needed"),
        ({"sections": {"0:01": "busy"}}, "sections: '0:01' is no second of the song; give a number"),
        ({"sections": {float("nan"): "busy"}}, "sections: nan is no second of the song; give a number"),
        ({"sections": {1.0: 3}}, "sections: what is asked from 0:01 on is 3; a sentence is needed"),
        ({"only": [(1.0, 1.0)]}, "only: 0:01-0:01 has no length; give a later end"),
        ({"only": [(1.0, 9.0)]}, "only: 0:01-0:09 is not in the song; song lasts 0:02"),
        ({"only": [(9.0, None)]}, "only: 0:09 is not in the song"),
        ({"only": [("0:01", 2.0)]}, "only: '0:01' is no second of the song; give numbers"),
        ({"only": [(True, 2.0)]}, "only: True is no second of the song"),
        ({"only": 3.0}, "only: 3.0 is no list of pairs"),
        ({"song": None}, "song: a path, or .* is needed, not a value of type NoneType"),
        ({"song": [np.zeros(RATE), RATE]}, "song: a path, or .* is needed, not a value of type list"),
        ({"song": b"night.wav"}, "song: is not audio that can be read"),
    ],
)
def test_arguments_of_the_wrong_type_are_named(inserter: AudioInserter, given: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as error:
        inserter(**{"song": (song(2.0), RATE), "seed": 1, **given})
    assert "\n" not in str(error.value)


def test_two_stems_to_choose_from_are_said_to_be_one(inserter: AudioInserter) -> None:
    quiet = (song(2.0, peak=0.1), RATE)
    warned = {n: inserter(quiet, seed=1, gain=-12, best_of=n).report.warnings for n in (1, 2, 3)}
    assert warned[1] == warned[3] == [] and "best_of 2 draws one stem" in warned[2][0]


def test_loudness_is_that_of_the_seconds_in_which_the_stem_sounds() -> None:
    quiet = song(8.0, peak=0.2)
    stem = quiet[:, 0].astype(np.float32)
    stem[4 * RATE :] *= 2  # twice as loud from there on
    quiet[6 * RATE :] *= 0.5  # and the song half as loud
    reports = {start: Stub(stem)((quiet, RATE), only=[(start, start + 2)]).report for start in (0, 4, 6)}
    loudness = {start: report.loudness for start, report in reports.items()}
    assert None not in loudness.values()
    both = {start: stem[start * RATE :][: 2 * RATE] for start in loudness}
    heard = {start: quiet[start * RATE :][: 2 * RATE] for start in loudness}  # speakers add powers
    wanted = {start: 10 * np.log10((both[start] ** 2).mean() / (heard[start] ** 2).mean()) for start in loudness}
    assert loudness == pytest.approx(wanted, abs=1.0) and wanted[6] - wanted[0] == pytest.approx(12, abs=0.1)


def test_every_stretch_has_a_loudness_of_its_own() -> None:
    stem = song(8.0, peak=0.1)[:, 0].astype(np.float32)
    stem[4 * RATE :] *= 4
    loud = Wish({"loudness": 1.0})
    rows = Stub(stem, Wish({"loudness": 0.0}), {4.0: loud})((song(8.0, peak=0.2), RATE)).report.facts
    values = [float(row.measured.split()[0]) for row in rows if row.fact == "loudness"]
    assert values[1] - values[0] == pytest.approx(12, abs=1)


def test_loudness_is_what_a_meter_shows() -> None:
    rng, short = np.random.default_rng(0), (np.arange(8 * RATE) % (RATE // 4)) < RATE // 40
    steady = rng.normal(0, 0.05, (8 * RATE, 2))
    struck = (rng.normal(0, 0.05, 8 * RATE) * short).astype(np.float32)  # a tenth of the time
    report = Stub(struck)((steady, RATE)).report
    assert report.loudness == pytest.approx(-10, abs=0.5), "the time between strokes counts"
    tone = np.sin(2 * np.pi * 997 * np.arange(4 * RATE) / RATE)[:, None]
    for samples in (tone, np.hstack([tone, tone]), np.hstack([tone, -tone])):
        curve = LoudnessCurve.of_channels(read_audio((0.1 * samples, RATE)), SpectrogramConfig())
        assert curve.metered() == pytest.approx(-20, abs=0.5), "ITU-R BS.1770, of two speakers"


def test_a_loudness_is_fulfilled_where_it_was_not_taken_off_again(inserter: AudioInserter) -> None:
    rng = np.random.default_rng(0)
    for peak, fulfilled in ((0.01, True), (0.999, False)):
        full = np.clip(rng.normal(0, peak, (2 * RATE, 2)), -peak, peak)
        result = inserter((full, RATE), "drums", loudness="very loud", seed=1, steps=2)
        (row,) = [row for row in result.report.facts if row.fact == "loudness"]
        assert row.fulfilled is fulfilled, row
    assert "for this" in row.measured
    assert "which alone peaks at -0.0 dBFS" in result.report.warnings[0]


def test_a_tempo_that_is_known_is_counted_by() -> None:
    given, inserter = (song(6.0, peak=0.1), RATE), Stub(clicks(6 * RATE))  # a pulse every half second
    tempi = {}
    for tempo in (None, 60, 105):
        facts = inserter(given, "drums", tempo=tempo).report.facts
        (row,) = [row for row in facts if row.fact == "tempo"]
        assert row.value is not None
        tempi[tempo] = row.value
    assert tempi == {tempo: pytest.approx(tempo or 120, rel=0.03) for tempo in (None, 60, 105)}
    for wrong in (19, 401, "fast", True):
        with pytest.raises(InputError, match=r"tempo: .*choose 20 to 400 beats a minute"):
            inserter(given, tempo=wrong)  # type: ignore[arg-type]


def test_an_end_before_its_beginning_is_shown_as_it_was_given(inserter: AudioInserter) -> None:
    with pytest.raises(InputError, match="only: 0:04-0:02 ends before it begins"):
        inserter((song(6.0), RATE), only=[(4, 2)])


@pytest.mark.parametrize(
    ("stem", "prompt", "names"),
    [
        ("drums", "no snare", "no snare"),
        ("drums", "only kick and hi-hat", "no toms"),
        ("drums", "half-time reggae", "reggae"),
        ("bass", "busy", ""),
    ],
)
def test_what_recordings_are_only_hinted_at_is_said_to_be(
    inserter: AudioInserter, stem: str, prompt: str, names: str
) -> None:
    warnings = inserter((song(2.0, peak=0.1), RATE), stem, prompt=prompt, seed=1, steps=2).report.warnings
    assert not any("nothing in the prompt" in warning for warning in warnings)
    hints = [warning for warning in warnings if "hints only" in warning]
    assert len(hints) == bool(names) and names in "".join(hints)


def test_loudness_is_told_where_the_song_rests() -> None:
    resting = song(8.0, peak=0.2)
    resting[4 * RATE :] = 0
    report = Stub(song(8.0, peak=0.1)[:, 0].astype(np.float32))((resting, RATE), only=[(5, 7)]).report
    assert report.loudness is not None and -10 < report.loudness < 0, "against what there is of the song elsewhere"


def test_a_stem_that_sounds_elsewhere_alone_is_silent() -> None:
    stem = clicks(8 * RATE)
    stem[3 * RATE :] = 0
    result = Stub(stem)((song(8.0, peak=0.2), RATE), only=[(5, 7)], seed=1)
    assert result.report.loudness is None and not result.stem.any()
    assert result.report.warnings == ["the model chose silence: there is no drums to hear; try another seed"]
    assert Stub(stem)((song(8.0, peak=0.2), RATE), only=[(1, 7)], seed=1).report.warnings == []


def test_a_section_outside_the_seconds_of_the_stem_is_said_to_be(inserter: AudioInserter) -> None:
    long, sections = song(8.0, peak=0.1), {0.5: "busy", 1.0: "soft", 4.5: "loud", 7.0: "sparse"}
    warnings = inserter((long, RATE), seed=1, only=[(2, 3), (4, 5)], sections=sections).report.warnings
    assert warnings == [
        f"the section at {place} changes nothing: no part of it is in 0:02-0:03, 0:04-0:05"
        for place in ("0:00.5", "0:07")
    ]
    assert not inserter((long, RATE), seed=1, sections=sections).report.warnings


def test_a_section_that_begins_before_what_is_heard_is_named_as_it_was_given(
    inserter: AudioInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audio_subtract.insertion.AROUND", 1.0)
    given: dict[str, Any] = {"seed": 1, "only": [(5, 7)]}
    vague = inserter((song(8.0, peak=0.1), RATE), **given, sections={1.0: "lovely"})
    assert vague.report.warnings == ["nothing in the section at 0:01 is known of drums"]
    loud = inserter((song(8.0, peak=0.1), RATE), **given, sections={1.0: "very loud"})
    assert (loud.stem == inserter((song(8.0, peak=0.1), RATE), **given, prompt="very loud").stem).all()


def test_what_a_prompt_says_of_times_sounds_there(inserter: AudioInserter) -> None:
    long = song(8.0, peak=0.1)
    said = inserter((long, RATE), seed=1, prompt="very soft, very loud from 0:02 to 0:04, rest after 0:06")
    given = {2.0: "very loud", 4.0: "very soft", 6.0: "rest"}
    assert (said.stem == inserter((long, RATE), seed=1, prompt="very soft", sections=given).stem).all()
    assert not said.report.warnings


def test_an_end_just_beyond_the_song_is_the_songs(inserter: AudioInserter) -> None:
    cut = song(3.98, peak=0.1)  # is shown as 0:04
    result = inserter((cut, RATE), seed=1, only=[(2, 4)])
    assert result.report.only == [(2.0, len(cut) / RATE)] and result.stem[-RATE:].any()
    with pytest.raises(InputError, match="only: 0:02-0:05 is not in the song; song lasts 0:04"):
        inserter((cut, RATE), only=[(2, 5)])


@pytest.mark.parametrize(
    ("seconds", "shown"), [(59.97, "1:00"), (59.94, "0:59.9"), (119.96, "2:00"), (7.98, "0:08"), (-59.97, "-1:00")]
)
def test_seconds_are_rounded_before_they_are_shown(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize("span", [(1.7, 2.4), (1.8, 3.1)])  # less the second before and plus it again, they differ
def test_stretches_of_no_length_are_not_explained(span: tuple[float, float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audio_subtract.insertion.AROUND", 1.0)
    stub = Stub(song(5.0, peak=0.1)[:, 0].astype(np.float32), Wish({"loudness": 1.0}))
    rows = stub((song(5.0, peak=0.1), RATE), only=[span]).report.facts
    assert {row.bars for row in rows} == {f"{clock(span[0])}-{clock(span[1])}"}


@pytest.mark.parametrize(("form", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS")])
def test_a_lossy_song_is_said_once_to_be_encoded_anew(
    inserter: AudioInserter, tmp_path: Path, form: str, subtype: str
) -> None:
    name = form.lower()
    result = inserter(written(tmp_path / f"song.{name}", song(2.0, peak=0.1), subtype, form=form), seed=1)
    result.save(tmp_path / "out.wav")
    assert result.report.warnings == []
    for place in ("a", "b"):
        result.save(tmp_path / f"{place}.{name}")
        result.save_part(tmp_path / f"{place}.stem.{name}")
    anew = f"the song is {form} and was encoded anew, as {form}, which loses a little; -o NAME.wav loses nothing"
    assert result.report.warnings == [anew]
    kept = inserter((song(2.0, peak=0.1), RATE), seed=1)
    kept.save(tmp_path / f"kept.{name}")
    assert kept.report.warnings == [], "whoever gives no lossy file chooses one"


@pytest.mark.parametrize(
    ("subtype", "name", "warned"),
    [("PCM_32", "out.flac", True), ("PCM_32", "out.aiff", False), ("PCM_24", "out.flac", False)],
)
def test_bits_that_a_format_does_not_hold_are_warned_of(
    inserter: AudioInserter, tmp_path: Path, subtype: str, name: str, warned: bool
) -> None:
    result = inserter(written(tmp_path / "song.wav", song(2.0, peak=0.1), subtype), seed=1, gain=-12.0)
    result.save(tmp_path / name)
    lost = "the song has 32 bits a sample, of which FLAC holds 24; -o NAME.wav keeps all"
    assert result.report.warnings == [lost] * warned


def test_silence_and_short_songs_are_refused(inserter: AudioInserter) -> None:
    with pytest.raises(InputError, match=r"song: is silent \(-100 dB\)"):
        inserter((np.zeros((2 * RATE, 2)), RATE))
    with pytest.raises(InputError, match="is silent"):
        inserter((np.full((2 * RATE, 2), 0.5), RATE))  # an offset cannot be heard
    with pytest.raises(InputError, match=r"is 0\.05 s long"):
        inserter((song(0.05), RATE))


def test_a_stem_that_the_model_was_not_trained_to_write_is_refused(inserter: AudioInserter) -> None:
    fewer = AudioInserter(replace(inserter.pipeline, stems=(Stem.DRUMS, Stem.BASS)))
    with pytest.raises(InputError, match="stem: this model does not write guitar; choose one of drums, bass"):
        fewer((song(2.0), RATE), stem="guitar", seed=1)
    assert fewer((song(2.0), RATE), stem="bass", seed=1).stem.any()


def test_clipped_songs_are_taken(inserter: AudioInserter) -> None:
    clipped = np.clip(song(2.0, peak=4.0), -1, 1)
    samples = np.round(clipped * 32_767).astype(np.int16)
    result = inserter((samples, RATE), seed=1, gain=20.0)  # a stem beyond full scale as well
    assert (result.mix.astype(int) - result.stem == samples).all()


def test_wishes_are_understood_and_change_the_stem(inserter: AudioInserter) -> None:
    plain = inserter((song(2.0), RATE), seed=1)
    asked = inserter((song(2.0), RATE), seed=1, density="very busy", style="rock")
    said = {(f.fact, f.asked) for f in asked.report.facts if f.asked}
    assert said == {("density", "very busy"), ("style", "rock")} and "tempo" in {f.fact for f in asked.report.facts}
    assert (plain.stem != asked.stem).any()
    with pytest.raises(InputError, match="density: 12 cannot be asked for in sound; use a word"):
        inserter((song(2.0), RATE), density=12)
    with pytest.raises(InputError, match="stem: 'kazoo' is not known"):
        inserter((song(2.0), RATE), stem="kazoo")


def test_perturbed_attention_guides_only_stems_of_which_nothing_is_asked(inserter: AudioInserter) -> None:
    level = log_mel(torch.from_numpy(song(2.0)[:, 0].astype(np.float32)), inserter.pipeline.codec.config.spectrogram)
    led = {"perturbed_scales": {"drums": 2.0}}
    plain = inserter.write(level, Stem.DRUMS, seed=1)
    assert not torch.equal(inserter.write(level, Stem.DRUMS, seed=1, sampler=led), plain)
    busy = Wish({"density": 1.0})
    asked = inserter.write(level, Stem.DRUMS, busy, seed=1)
    assert torch.equal(inserter.write(level, Stem.DRUMS, busy, seed=1, sampler=led), asked)


def test_a_loud_stem_is_louder_by_decibels_and_a_soft_one_softer(inserter: AudioInserter) -> None:
    quiet = (song(2.0, peak=0.1), RATE)
    soft, loud = (inserter(quiet, seed=1, gain=-20, loudness=how).report.loudness for how in ("very soft", "very loud"))
    assert loudness_gain(Wish({"loudness": 1.0})) == LOUDEST == -loudness_gain(Wish({"loudness": 0.0}))
    assert loudness_gain(Wish()) == 0.0
    # The untrained model heeds the wish at random, by much less than the decibels that are added.
    assert soft is not None and loud is not None and loud - soft > LOUDEST


def test_a_section_changes_the_stem_from_its_second_on(inserter: AudioInserter) -> None:
    given: dict[str, Any] = {"seed": 1, "prompt": "very soft"}
    plain = inserter((song(4.0, peak=0.1), RATE), **given)
    later = inserter((song(4.0, peak=0.1), RATE), **given, sections={2.0: "very loud"})
    level = [
        20 * np.log10(np.sqrt((r.stem[3 * RATE :] ** 2).mean() / (r.stem[:RATE] ** 2).mean())) for r in (plain, later)
    ]
    assert level[1] - level[0] > LOUDEST, "twelve decibels, and what else the model makes of it"
    loudness = [(row.bars, row.asked) for row in later.report.facts if row.fact == "loudness"]
    assert loudness == [("0:00-0:02", "very soft"), ("0:02-0:04", "very loud")]
    vague = inserter((song(4.0), RATE), seed=1, sections={1.5: "lovely"})
    assert any("nothing in the section at 0:01.5" in warning for warning in vague.report.warnings)
    for second in (-1.0, 4.0):
        with pytest.raises(InputError, match=r"sections: .* is not in the song; .* lasts 0:04"):
            inserter((song(4.0), RATE), sections={second: "busy"})


def test_a_stem_of_some_seconds_is_written_for_what_sounds_around_them(
    inserter: AudioInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, given = [], AudioInserter._write

    def listened(self: AudioInserter, *arguments: Any) -> Any:
        heard.append(arguments[0].seconds)
        return given(self, *arguments)

    monkeypatch.setattr(AudioInserter, "_write", listened)
    monkeypatch.setattr("audio_subtract.insertion.AROUND", 1.0)
    long = song(8.0, peak=0.1)
    result = inserter((long, RATE), seed=1, only=[(4, 6)], prompt="very soft", sections={5.0: "very loud"})
    assert heard == [4.0]
    assert result.mix.shape == long.shape and result.report.only == [(4.0, 6.0)]
    assert not result.stem[: 4 * RATE].any() and not result.stem[6 * RATE :].any()
    first, second = (result.stem[a * RATE : (a + 1) * RATE] for a in (4, 5))
    assert 0 < np.abs(first).max() < np.abs(second).max()
    loudness = [(row.bars, row.asked) for row in result.report.facts if row.fact == "loudness"]
    assert loudness == [("0:04-0:05", "very soft"), ("0:05-0:06", "very loud")]
    vague = inserter((long, RATE), seed=1, only=[(4, 6)], sections={5.0: "lovely"})
    assert any("nothing in the section at 0:05 is" in warning for warning in vague.report.warnings)


def test_places_may_be_numbers_of_numpy(inserter: AudioInserter) -> None:
    beat = np.float64(1.0)
    given: dict[str, Any] = {"seed": 1, "only": [(beat, 2 * beat)], "sections": {1.5 * beat: "busy"}}
    assert inserter((song(3.0), RATE), **given).report.only == [(1.0, 2.0)]
    with pytest.raises(InputError, match="sections: 0:04 is not in the song"):
        inserter((song(3.0), RATE), sections={4 * beat: "busy"})


def test_nothing_is_asked_where_a_stem_is_not_to_sound() -> None:
    loud, soft = Wish({"loudness": 1.0}), Wish({"loudness": 0.0})
    asked = Asked(Stem.DRUMS, None, Wish(), 0.0, 1, None, None, None, only=[(2.0, 4.0), (6.0, 7.0)])
    assert asked.within({0.0: loud, 3.0: soft}) == {
        0.0: Wish(), 2.0: loud, 3.0: soft, 4.0: Wish(), 6.0: soft, 7.0: Wish(),
    }  # fmt: skip
    assert replace(asked, only=()).within({0.0: loud}) == {0.0: loud}


def test_loudness_goes_from_one_section_to_the_next_without_a_click() -> None:
    curve = gains({0.0: Wish({"loudness": 0.0}), 1.0: Wish(), 2.0: Wish({"loudness": 1.0})}, 3 * RATE, RATE)
    before = round((1 - RAMP) * RATE)
    assert curve[[0, before, RATE, round(1.5 * RATE), 2 * RATE]].tolist() == pytest.approx(
        [-LOUDEST, -LOUDEST, 0, 0, LOUDEST], abs=0.01
    )
    assert gains({0.0: Wish({"loudness": 1.0})}, 3 * RATE, RATE).tolist() == [LOUDEST]
    assert np.abs(np.diff(curve)).max() <= 1.01 * LOUDEST / (RAMP * RATE)


def test_sections_nearer_than_a_ramp_have_their_loudness_as_well() -> None:
    levels = {0.0: 0.5, 0.02: 1.0, 0.05: 0.0, 1.0: 1.0}
    curve = gains({second: Wish({"loudness": level}) for second, level in levels.items()}, RATE + 1, RATE)
    assert curve[[round(second * RATE) for second in levels]].tolist() == pytest.approx(
        [0, LOUDEST, -LOUDEST, LOUDEST], abs=0.01
    )


def test_a_section_that_rests_is_silent(inserter: AudioInserter) -> None:
    result = inserter((song(6.0), RATE), "drums", seed=1, sections={2.0: "rest here, do not play", 4.0: "very loud"})
    heard = np.abs(np.asarray(result.stem, dtype=np.float64).reshape(6 * RATE, -1)).max(axis=1)
    assert heard[round(2.01 * RATE) : round(3.94 * RATE)].max() < 1e-6 < heard[: 2 * RATE - RATE // 10].max()
    rests = [row for row in result.report.facts if row.fact == "playing"]
    assert [(row.bars, row.asked, row.fulfilled) for row in rests] == [("0:02-0:04", "silent", True)]


def test_loudness_is_in_force_throughout_the_seconds_of_a_stem(
    inserter: AudioInserter, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {"seed": 1, "gain": -20.0, "only": [(1, 2), (3, 4)]}
    constant = torch.linspace(0, 4, 4 * RATE)  # the same whatever is asked
    monkeypatch.setattr(
        "audio_subtract.inserter.stem_to_sound", lambda *_, **__: (0.1 * (200 * constant).sin()).float()
    )
    quiet = (song(4.0, peak=0.1), RATE)
    plain = inserter(quiet, **given).stem[:, 0]
    asked = inserter(quiet, **given, loudness="very loud", sections={3.0: "softer", 3.5: "very loud"}).stem[:, 0]
    for start, stop in ((1.0, 2.0), (3.5, 4.0)):
        some = slice(round(start * RATE), round(stop * RATE))
        assert asked[some] == pytest.approx(plain[some] * 10 ** (LOUDEST / 20), rel=1e-3, abs=1e-7)


def test_progress_goes_up_to_its_end(inserter: AudioInserter) -> None:
    told: list[tuple[int, int]] = []
    inserter((song(2.0), RATE), seed=1, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1] == (100, 100) and len(told) >= 3


def test_nothing_is_written_over_or_in_half(inserter: AudioInserter, tmp_path: Path) -> None:
    result = inserter((song(2.0), RATE), seed=1)
    (tmp_path / "out.wav").write_bytes(b"precious")
    with pytest.raises(InputError, match="exists already"):
        result.save(tmp_path / "out.wav")
    assert (tmp_path / "out.wav").read_bytes() == b"precious"
    with pytest.raises(InputError, match="cannot be written; choose one of"):
        result.save(tmp_path / "out.xyz")
    assert {p.name for p in tmp_path.iterdir()} == {"out.wav"}


def test_truncated_song_is_warned_of(inserter: AudioInserter, tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(as_bytes(song(4.0), "WAV", "PCM_16")[: -2 * RATE * 4])
    assert "truncated" in inserter(path, seed=1).report.warnings[0]


@pytest.mark.parametrize("kind", ["float32", "int16"])
def test_samples_without_channels_come_back_so(kind: str, tmp_path: Path) -> None:
    before = (song(2.0)[:, 0] * (1 if kind == "float32" else 2**15)).astype(kind)
    result = Stub(clicks(2 * RATE))((before, RATE), "drums")
    assert result.mix.shape == result.stem.shape == before.shape
    np.testing.assert_allclose(result.mix - result.stem, before, atol=1e-6)
    assert soundfile.info(result.save(tmp_path / "out.wav")).channels == 1
    assert (soundfile.read(result.save_part(tmp_path / "stem.wav"), dtype=kind)[0] == result.stem).all()


def test_songs_are_taken_and_given_as_the_content_of_files(tmp_path: Path) -> None:
    path = written(tmp_path / "song.wav", song(2.0), "PCM_24", 48_000)
    expected, stub = Stub(clicks(2 * RATE))(path, "drums"), Stub(clicks(2 * RATE))
    content = path.read_bytes()
    with path.open("rb") as opened:
        for given in (content, bytearray(content), memoryview(content), io.BytesIO(content), opened):
            result = stub(given, "drums")
            assert (result.mix == expected.mix).all() and result.report.song == "song"
    expected.save(tmp_path / "out.wav")
    expected.save_part(tmp_path / "stem.flac")
    assert expected.to_bytes() == (tmp_path / "out.wav").read_bytes()
    assert expected.part_to_bytes("flac") == (tmp_path / "stem.flac").read_bytes()
    with pytest.raises(InputError, match="format: 'mid' is not known; choose one of wav, flac"):
        expected.to_bytes("mid")
    with path.open("rb") as opened, pytest.raises(InputError, match=r"song: is damaged or truncated"):
        stub(opened.read(30), "drums")
    with pytest.raises(InputError, match=r"song: .* is open as text; open it with mode 'rb'"):
        stub(io.StringIO("x"), "drums")  # type: ignore[arg-type]


def test_arguments_that_cannot_be_are_named(tmp_path: Path) -> None:
    stub, given = Stub(clicks(2 * RATE)), (song(2.0), RATE)
    with pytest.raises(InputError, match="instrument, stem: mean the same"):
        stub(given, "drums", instrument="bass")
    with pytest.raises(InputError, match="progress: 5 cannot be called"):
        stub(given, progress=5)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="tries: 101 is out of range; choose 1 to 100"):
        stub(given, tries=101)
    for name in (None, "a\0b.wav", "x" * 300 + ".wav"):
        with pytest.raises(InputError, match=r"is no name of a file|File name too long"):
            stub(given, instrument="bass", tries=None).save(name)  # type: ignore[arg-type]
    for unreadable in ("a\0b.wav", "x" * 300 + ".wav"):
        with pytest.raises(InputError, match=r"is no name of a file|File name too long"):
            stub(unreadable)
    with pytest.raises(InputError, match="model: None is no name"):
        load_inserter(None)  # type: ignore[arg-type]


def test_what_others_play_says_nothing_of_a_stem_and_fast_is_busy() -> None:
    class Hears:
        def understand(self, sentence: str, stem: Stem) -> Wish:
            return Wish({"tempo": 0.75} if "fast" in sentence else {"loudness": 0.75})

    def understood(sentence: str) -> Wish:
        return _understood(sentence, Stem.DRUMS, Hears())

    assert understood("the guitars are loud") == Wish() and understood("loud") == Wish({"loudness": 0.75})
    assert understood("no guitar thanks") == understood("no guitar"), "in plain words"
    assert understood("the bass is busy, leave it room") == Wish({"density": 0.25})
    assert understood("fast hats") == Wish({"density": 0.75}) and understood("fast tempo") == Wish({"tempo": 0.75})

"""Compound meters: a beat is a dotted note there, and a third of it an eighth."""

from __future__ import annotations

import io
from pathlib import Path

import mido
import numpy as np
import pytest

from midi_subtract.files.reader import read_song
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening.compound import FEWEST_BEATS, beat_steps, dotted, on_beats
from midi_subtract.model.features import place_features
from midi_subtract.song import Meter, Song, bar_starts
from midi_subtract.training.prepare import prepare
from midi_subtract.training.store import pack_songs, unpack_songs
from subtract_core.facts import SCALES
from subtract_core.stems import Stem

RESOLUTION = 480
EIGHTH = RESOLUTION // 2


def file(
    *meters: tuple[int, int, int], eighths: int = 96, tempi: tuple[tuple[int, float], ...] = ((0, 60.0),)
) -> bytes:
    """A file with a bass note on every eighth and a chord on every third; meters: (eighth, numerator, denominator);
    tempi: (eighth, quarters a minute)."""
    midi = mido.MidiFile(ticks_per_beat=RESOLUTION)
    events: list[tuple[int, mido.Message | mido.MetaMessage]] = []
    for at, numerator, denominator in meters:
        events.append((at, mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)))
    for at, qpm in tempi:
        events.append((at, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(qpm))))
    midi.tracks.append(in_order(events))
    for channel, program, keys, every in ((0, 33, (36,), 1), (1, 0, (60, 64, 67), 3)):
        played = [(0, mido.Message("program_change", channel=channel, program=program))]
        for at in range(0, eighths, every):
            played += [(at, mido.Message("note_on", channel=channel, note=key, velocity=80)) for key in keys]
            played += [(at + 1, mido.Message("note_off", channel=channel, note=key)) for key in keys]
        midi.tracks.append(in_order(played))
    buffer = io.BytesIO()
    midi.save(file=buffer)
    return buffer.getvalue()


def in_order(events: list[tuple[int, mido.Message | mido.MetaMessage]]) -> mido.MidiTrack:
    """A track of (eighth, event)."""
    track, now = mido.MidiTrack(), 0
    for at, event in sorted(events, key=lambda pair: (pair[0], pair[1].type == "note_on")):
        track.append(event.copy(time=(at - now) * EIGHTH))
        now = at
    return track


def onsets(song: Song) -> list[int]:
    """Of the bass, in steps."""
    return [int(step) for step in song.stem(Stem.BASS).onset]


@pytest.mark.parametrize(("numerator", "beats"), [(6, 2), (9, 3), (12, 4)])
def test_eighths_are_thirds_of_a_beat(numerator: int, beats: int) -> None:
    song = read_song(file((0, numerator, 8), eighths=108))
    assert onsets(song) == list(range(0, 4 * 108, 4))
    assert song.meters == [Meter(0, numerator, 8, dotted=True)] and song.meters[0].bar_steps == 12 * beats
    assert len(song.bar_starts(song.last_step)) - 1 == 108 // numerator


def test_bars_of_sixteenths_count_dotted_eighths() -> None:
    assert onsets(read_song(file((0, 6, 16))))[:3] == [0, 8, 16], "an eighth is two thirds of a dotted one"


@pytest.mark.parametrize("meter", [(3, 8), (4, 4), (3, 4), (7, 8), (6, 4), (5, 8), (2, 2), (6, 64)])
def test_other_meters_count_quarters(meter: tuple[int, int]) -> None:
    song = read_song(file((0, *meter)))
    assert onsets(song)[:3] == [0, 6, 12] and not song.beat_ticks and not song.meters[0].dotted


def test_facts_are_counted_in_beats_and_say_so(random_inserter: MidiInserter) -> None:
    report = random_inserter(file((0, 6, 8), tempi=((0, 120.0),)), "drums", seed=1, density=6).report
    rows = {row.fact: row for row in report.facts}
    assert rows["tempo"].value == pytest.approx(80) and rows["tempo"].unit == "beats a minute"
    assert "80 beats a minute" in rows["tempo"].measured and "onsets in four beats" in rows["density"].measured
    assert (rows["density"].asked, rows["density"].asked_value) == ("sparse (6)", 6.0)
    assert not {"bar", "quarter"} & {word for scale in SCALES for word in scale.unit.split()}


def test_tempo_is_that_of_the_beat_and_the_files_is_kept() -> None:
    song = read_song(file((0, 6, 8), tempi=((0, 60.0), (48, 90.0))))
    assert [(step, round(bpm, 2)) for step, bpm in song.tempi] == [(0, 40.0), (192, 60.0)]
    assert [(step, round(bpm, 2)) for step, bpm in song.quarter_tempi] == [(0, 60.0), (192, 90.0)]


def test_seconds_and_ticks_are_those_of_the_file() -> None:
    song = read_song(file((0, 4, 4), (16, 6, 8), (64, 4, 4), tempi=((0, 60.0), (40, 90.0), (64, 120.0))))
    ticks = song.step_to_tick(np.array(onsets(song)))
    assert ticks.tolist() == [EIGHTH * at for at in range(96)]
    at = np.arange(96)
    slow, middle, fast = np.minimum(at, 40) / 2, np.clip(at - 40, 0, 24) / 2, np.clip(at - 64, 0, None) / 2
    assert song.step_to_seconds(np.array(onsets(song))) == pytest.approx(slow + middle / 1.5 + fast / 2, abs=0.02)


@pytest.mark.parametrize("meter", [(6, 8), (4, 4)])
def test_ticks_are_steps_again(meter: tuple[int, int]) -> None:
    song, steps = read_song(file((0, *meter))), np.arange(0, 400)
    assert np.abs(song.tick_to_step(song.step_to_tick(steps)) - steps).max() < 0.5 / 40, "half a tick of 40 a step"


def test_beats_change_with_the_meter() -> None:
    song = read_song(file((0, 4, 4), (16, 6, 8), (64, 4, 4)))
    quarters, dotted_ones = list(range(0, 96, 6)), list(range(96, 96 + 4 * 48, 4))
    assert onsets(song) == [*quarters, *dotted_ones, *range(288, 288 + 6 * 32, 6)]
    assert [(m.step, m.dotted) for m in song.meters] == [(0, False), (96, True), (288, False)]
    assert song.bar_starts(song.last_step).tolist()[:6] == [0, 48, 96, 120, 144, 168]


def test_a_bar_or_two_among_others_keep_to_quarters() -> None:
    song = read_song(file((0, 4, 4), (16, 6, 8), (28, 4, 4)))
    assert onsets(song) == list(range(0, 576, 6)) and not song.beat_ticks


def test_a_loop_of_a_bar_or_two_has_the_beats_of_its_meter() -> None:
    assert onsets(read_song(file((0, 6, 8), eighths=6))) == [0, 4, 8, 12, 16, 20]


def test_bars_of_several_compound_meters_are_one_run() -> None:
    each = FEWEST_BEATS // 4
    meters = [Meter(0, 6, 8), Meter(36 * each // 2, 9, 8), Meter(36 * each // 2 + 54 * each, 4, 4)]
    assert [m.dotted for m in dotted(meters, 10_000)] == [True, True, False]


def test_a_beat_that_a_change_cuts_off_lengthens_the_one_before_or_stands() -> None:
    meters = [Meter(0, 6, 8, dotted=True), Meter(42, 4, 4)]
    assert beat_steps(meters, 60).tolist() == [0, 18, 42, 54, 66, 78], "six steps are less than half a dotted quarter"
    meters = [Meter(0, 6, 8, dotted=True), Meter(48, 4, 4)]
    assert beat_steps(meters, 60).tolist() == [0, 18, 36, 48, 60, 72]


@pytest.mark.parametrize(
    ("meters", "bars"),
    [
        (((0, 1, 8), (1, 6, 8)), [1, *[6] * 15]),  # an upbeat
        (((0, 6, 8), (48, 3, 8), (51, 6, 8)), [*[6] * 8, 3, *[6] * 7]),
        (((0, 7, 8), (7, 6, 8)), [7, *[6] * 14]),
        (((0, 7, 8), (21, 6, 8)), [7, 7, 7, *[6] * 12]),
        (((0, 12, 8), (48, 5, 8), (53, 12, 8)), [12, 12, 12, 12, 5, 12, 12, 12]),
        (((0, 6, 8), (43, 4, 4)), [*[6] * 7, 1, *[8] * 6]),  # cut off after an eighth
    ],
    ids=str,
)
def test_bars_that_end_in_half_a_beat_are_as_many_and_as_fast_as_in_the_file(
    meters: tuple[tuple[int, int, int], ...], bars: list[int]
) -> None:
    song = read_song(file(*meters, eighths=sum(bars)))
    lines = song.step_to_tick(song.bar_starts(song.last_step))
    assert np.diff(lines).tolist() == [EIGHTH * bar for bar in bars]
    assert [(step, round(bpm, 2)) for step, bpm in song.quarter_tempi] == [(0, 60.0)]


def test_half_a_beat_that_a_change_cuts_off_is_no_beat_of_its_own() -> None:
    assert beat_steps([Meter(0, 7, 8), Meter(42, 6, 8, dotted=True)], 78).tolist()[:5] == [0, 12, 24, 42, 60]
    song = read_song(file((0, 6, 8), (48, 3, 8), (51, 6, 8)))
    assert [(step, round(bpm, 2)) for step, bpm in song.tempi] == [(0, 40.0)], "three eighths are a dotted beat"


def test_bars_shorter_than_a_step_of_the_grid_are_counted_too() -> None:
    meters = [Meter(0, 1, 16), Meter(15, 6, 8, dotted=True)]  # five bars in one beat
    moved = on_beats(meters, beat_steps(meters, 60))
    assert bar_starts(moved, 60).tolist() == [0, 2, 5, 7, 10, 12, 36, 60]


def test_a_model_is_told_of_beats_in_three_as_of_triplets() -> None:
    compound, plain = read_song(file((0, 12, 8))), read_song(file((0, 4, 4)))
    straight, triplets = place_features(plain, 0, 16), place_features(compound, 0, 16)
    assert np.array_equal(straight[:, :-1], triplets[:, :-1]), "but for the tempo"
    assert (triplets[:, -1] < straight[:, -1]).all()


def test_songs_for_training_keep_their_beats(tmp_path: Path) -> None:
    for meters in (((0, 6, 8),), ((0, 1, 8), (1, 6, 8))):
        song = read_song(file(*meters), "jig")
        (again,) = unpack_songs(pack_songs([song], "songs"))
        assert again.meters == song.meters and onsets(again) == onsets(song)
    (tmp_path / "jig.mid").write_bytes(file((0, 6, 8)))
    assert prepare([tmp_path], tmp_path / "set", workers=1).kept == 1


def test_sets_made_before_count_quarters() -> None:
    arrays = pack_songs([read_song(file((0, 7, 8)), "old")], "songs")
    del arrays["meter_dotted"], arrays["meter_length"]
    (song,) = unpack_songs(arrays)
    assert song.meters == [Meter(0, 7, 8)]


def test_a_part_lies_on_eighths_of_the_file(random_inserter: MidiInserter) -> None:
    result = random_inserter(file((0, 6, 8)), "drums", seed=1)
    assert result.report.bars == 16 and result.report.beats == "file" and not result.report.warnings
    written = mido.MidiFile(file=io.BytesIO(result.midi)).tracks[-1]
    ticks = np.cumsum([event.time for event in written])
    at = {int(tick) for tick, event in zip(ticks, written, strict=True) if event.type == "note_on"}
    assert at and all(tick % (1.5 * RESOLUTION / 12) == 0 for tick in at), "a twelfth of a dotted quarter"

"""The instrument panel's measures on hand-made parts whose figures are known."""

from __future__ import annotations

import dataclasses
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

from midi_subtract import metrics
from midi_subtract.evaluation import controls, copying, form, panel, realism, rows, songs, statistics
from midi_subtract.evaluation.cases import Case, cut_case
from midi_subtract.evaluation.distributions import add_overlaps
from midi_subtract.evaluation.muspy_metrics import muspy_figures, one_bar_length, to_muspy
from midi_subtract.evaluation.plots import learning_curves
from midi_subtract.evaluation.preservation import preservation, preserved, with_part
from midi_subtract.evaluation.scores import GAPS, difference, score
from midi_subtract.files.reader import read_song
from midi_subtract.listening.sections import novelty, peaks, section_borders
from midi_subtract.notes import Notes
from midi_subtract.playing.usual import FILL, USUAL, beneath, usual_sections
from midi_subtract.song import Meter, Song, Track
from midi_subtract.training.prepare import read_in_bars
from subtract_core.errors import InputError
from subtract_core.evaluation import measures
from subtract_core.evaluation.panel import add_gaps
from subtract_core.stems import Stem
from subtract_core.wish import Section, Wish

BAR = 48
SILENCE = Notes.empty()
EXAMPLES = Path(__file__).parents[2] / "examples"


def bass(order: str = "aabbaabb") -> Notes:
    """Bars of two kinds: quarters on C, or E and G in half notes."""
    kinds = {"a": [(0, 36), (12, 36), (24, 36), (36, 36)], "b": [(0, 40), (24, 43)]}
    return Notes.of((bar * BAR + at, key, 12, 90) for bar, kind in enumerate(order) for at, key in kinds[kind])


def chords(order: str = "aabbaabb") -> Notes:
    """C major in bars of kind a, E minor in the others."""
    triads = {"a": (60, 64, 67), "b": (64, 67, 71)}
    return Notes.of((bar * BAR, key, BAR, 80) for bar, kind in enumerate(order) for key in triads[kind])


def beat(bars: int = 8) -> Notes:
    """Kick and snare in turn, a quarter each."""
    return Notes.of((step, 36 if step % 24 == 0 else 38, 1, 100) for step in range(0, bars * BAR, 12))


def song(order: str = "aabbaabb", drums: Notes | None = None, name: str = "a") -> Song:
    tracks = [
        Track("bass", 33, False, bass(order)),
        Track("keys", 0, False, chords(order)),
        Track("pad", 48, False, chords(order).shifted(semitones=12)),
        Track("drums", 0, True, beat(len(order)) if drums is None else drums),
    ]
    return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480, name)


def case(stem: Stem = Stem.BASS, order: str = "aabbaabb", name: str = "a") -> Case:
    return cut_case(song(order, name=name), stem, 0, len(order))


# --- scores and controls --------------------------------------------------------------------------------------------


def test_the_songs_own_part_scores_as_perfect() -> None:
    figures = score(case().truth, case())
    assert figures["agreement"] == figures["onset F1"] == figures["note F1"] == figures["in-harmony"] == 1
    assert figures["structure"] == pytest.approx(1)
    assert figures["no-op rate"] == 0
    assert figures["notes per bar"] == 3
    assert figures["kick-bass lock"] == pytest.approx(2 * 16 / (24 + 16))


def test_a_semitone_off_loses_harmony_and_keeps_rhythm_and_structure() -> None:
    figures = score(case().truth.shifted(semitones=1), case())
    assert figures["note F1"] == figures["agreement"] == figures["in-harmony"] == 0
    assert figures["onset F1"] == 1
    assert figures["structure"] == pytest.approx(1)


def test_an_eighth_late_keeps_harmony_and_loses_every_onset_and_the_kick() -> None:
    figures = score(case().truth.shifted(steps=6), case())
    assert figures["onset F1"] == figures["note F1"] == figures["kick-bass lock"] == 0
    assert figures["in-harmony"] == 1


def test_silence_is_a_no_op_without_structure() -> None:
    figures = score(SILENCE, case())
    assert figures["no-op rate"] == 1
    assert figures["note F1"] == figures["structure"] == figures["notes per bar"] == 0
    assert figures["in-harmony"] == figures["agreement"] == figures["kick-bass lock"] == 0
    assert np.isnan(figures["polyphony"])


def test_who_is_silent_in_half_of_the_cases_gets_half_of_every_figure() -> None:
    for stem, names in ((Stem.BASS, ("in-harmony", "agreement")), (Stem.DRUMS, ("kick", "all F1"))):
        cases = [case(stem, name=name) for name in "abcd"]
        often = statistics.over_seeds([[score(c.truth, c)] for c in cases])
        half = statistics.over_seeds([[score(c.truth if i % 2 else SILENCE, c)] for i, c in enumerate(cases)])
        for name in (*names, "onset F1", "kick-bass lock"):
            assert half[name]["value"] == pytest.approx(often[name]["value"] / 2), name
            assert half[name]["measured"] == often[name]["measured"] == 4


def test_drums_without_a_kick_lock_with_no_bass_unless_the_songs_own_have_none() -> None:
    no_kick = beat().select(beat().pitch != 36)
    assert score(no_kick, case(Stem.DRUMS))["kick-bass lock"] == 0
    without = cut_case(song(drums=no_kick), Stem.DRUMS, 0, 8)
    assert np.isnan(score(no_kick, without)["kick-bass lock"])


def test_rotated_bars_keep_every_note_of_the_bar_and_break_the_structure() -> None:
    part = controls.rotated(case(order="aaabbbbb"))
    lines = case().bar_starts
    counts = np.histogram(part.onset, lines)[0].tolist()
    assert counts == [2, 2, 2, 4, 4, 4, 2, 2]  # aaabbbbb, three bars later
    assert score(part, case(order="aaabbbbb"))["structure"] < 0.5


def test_rotating_through_bars_of_other_lengths_stays_inside_them() -> None:
    meters = [Meter(0, 4, 4), Meter(4 * BAR, 2, 4)]
    tracks = [t for t in song().tracks if t.name != "drums"]
    window = cut_case(Song(tracks, meters, [(0, 120.0)], 480, "m"), Stem.BASS, 0, 8)
    part = controls.rotated(window)
    bar = np.searchsorted(window.bar_starts, part.onset, side="right") - 1
    assert (part.end <= window.bar_starts[bar + 1]).all()


def test_rows_that_share_a_seed_share_their_other_song() -> None:
    several = [
        case(name=name, order=order) for name, order in zip("abcd", ("abab", "aaab", "bbba", "abba"), strict=True)
    ]
    writers = rows.writers(several, None)
    rand, moved = (writers[name](several[0], 3) for name in ("RAND", "RANDkey"))
    assert rand is not None and moved is not None
    assert rand.onset.tolist() == moved.onset.tolist()
    assert "model" not in writers


def test_rows_are_named_and_ordered() -> None:
    assert rows.parse_rows("model, GT", False) == ["GT", "model"]
    assert "model-no-text" not in rows.parse_rows("", False)
    assert "model-no-text" in rows.parse_rows("", True)
    with pytest.raises(InputError, match="'GTX' is no row; choose from GT, RAND"):
        rows.parse_rows("GTX", False)
    with pytest.raises(InputError, match="--with-text"):
        rows.parse_rows("model-no-text", False)


def test_diversity_is_zero_for_the_same_notes_and_one_for_none_in_common() -> None:
    part = bass()
    assert difference(part, part, Stem.BASS) == difference(SILENCE, SILENCE, Stem.BASS) == 0
    assert difference(part, part.shifted(semitones=1), Stem.BASS) == 1
    assert difference(part, SILENCE, Stem.BASS) == difference(SILENCE, part, Stem.BASS) == 1


def test_muspy_sees_the_grid_as_it_is() -> None:
    music = to_muspy(bass("aa"), Stem.BASS)
    assert (music.resolution, len(music.tracks[0].notes)) == (12, 8)
    figures = muspy_figures(bass("aa"), Stem.BASS, BAR)
    assert figures["pitch-class entropy"] == 0
    assert figures["scale consistency"] == figures["polyphony"] == 1
    assert figures["groove consistency"] == 1  # no empty bar is counted behind the last note
    # of 48 steps a bar, quarters and half notes differ in two
    assert muspy_figures(bass("ab"), Stem.BASS, BAR)["groove consistency"] == pytest.approx(1 - 2 / 48)
    assert muspy_figures(chords("aa"), Stem.KEYS, BAR)["polyphony"] == 3
    assert np.isnan(muspy_figures(bass("ab"), Stem.BASS, None)["groove consistency"])
    assert set(muspy_figures(beat(), Stem.DRUMS, BAR)) == {"groove consistency"}
    assert one_bar_length(np.array([0, 48, 96])) == 48
    assert one_bar_length(np.array([0, 48, 72])) is None


# --- statistics -----------------------------------------------------------------------------------------------------


def test_seeds_are_averaged_and_the_best_is_reported_beside() -> None:
    scores = [[{"note F1": 0.2}, {"note F1": 0.6}], [{"note F1": 0.4}, {"note F1": float("nan")}]]
    figures = statistics.over_seeds(scores)
    assert figures["note F1"]["cases"] == pytest.approx([0.4, 0.4])
    assert figures["best-of-k note F1"]["cases"] == [0.6, 0.4]
    assert figures["note F1"]["interval"] == pytest.approx([0.4, 0.4])


def test_gaps_put_gt_at_zero_and_rand_at_one() -> None:
    figures = {name: {"in-harmony": measures.entry(values)} for name, values in
               {"GT": [0.8, 0.9, 1.0], "RAND": [0.2, 0.3, 0.4], "model": [0.8, 0.9, 0.7]}.items()}  # fmt: skip
    add_gaps(figures, GAPS)
    assert figures["GT"]["M1 gap"]["value"] == 0
    assert figures["RAND"]["M1 gap"]["value"] == 1
    assert 0 < figures["model"]["M1 gap"]["value"] < 1


@pytest.mark.parametrize("seeds", [1, 3, 12])
def test_who_draws_from_peoples_own_figures_has_no_gap_however_many_the_seeds(
    seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measures, "bootstrap_interval", lambda *_, **__: (0.0, 1.0))  # slow, and of no concern here
    rng = np.random.default_rng(0)
    truth = rng.beta(2, 1, size=300)
    drawn = {"GT": truth[:, None], "RAND": rng.beta(1, 2, size=(300, seeds)), "model": rng.choice(truth, (300, seeds))}
    figures = {row: statistics.over_seeds([[{"in-harmony": float(v)} for v in case] for case in values])
               for row, values in drawn.items()}  # fmt: skip
    add_gaps(figures, GAPS)
    assert figures["model"]["M1 gap"]["value"] < 0.1 and figures["RAND"]["M1 gap"]["value"] == 1
    assert figures["model"]["M1 gap"]["measured"] == 300


def test_what_could_not_be_measured_is_null_in_json() -> None:
    assert measures.nan_to_none({"a": [float("nan"), 1.0], "b": (2.0,)}) == {"a": [None, 1.0], "b": [2.0]}


def test_overlap_with_gt_is_one_for_gt_and_falls_with_the_register() -> None:
    cases = [case(name="a"), case(name="b", order="abababab")]
    truth = [[c.truth] for c in cases]
    parts = {"GT": truth, "model": [[t.shifted(semitones=12)] for [t] in truth], "quiet": [[SILENCE] for _ in cases]}
    figures: dict[str, dict[str, object]] = {row: {} for row in parts}
    add_overlaps(figures, parts, cases)
    values = {row: {k: v["value"] for k, v in f.items()} for row, f in figures.items()}  # type: ignore[index]
    assert set(values["GT"].values()) == {1.0}
    assert values["model"]["overlap: pitch"] == 0
    assert values["model"]["overlap: velocity"] == values["model"]["overlap: IOI"] == 1
    assert np.isnan(values["quiet"]["overlap: pitch"]) and values["quiet"]["overlap: density"] == 0


# --- realism --------------------------------------------------------------------------------------------------------


def many_cases(n: int, seed: int, stem: Stem = Stem.BASS) -> list[Case]:
    rng = np.random.default_rng(seed)
    return [case(stem, "".join(rng.choice(list("ab"), 16)), f"{seed}-{i}") for i in range(n)]


def test_parts_of_the_same_kind_are_real_and_a_drone_is_not() -> None:
    reference, cases = realism.Reference(many_cases(40, 0)), many_cases(40, 1)
    drone = Notes.of((step, 90, 1, 20) for step in range(0, 16 * BAR, 3))
    own = realism.realism([c.truth for c in cases], cases, reference)
    other = realism.realism([drone for _ in cases], cases, reference)
    assert own["Fréchet distance"]["value"] < 0.1 * other["Fréchet distance"]["value"]
    assert own["density"]["value"] > 0.6 and own["coverage"]["value"] > 0.8
    assert other["density"]["value"] == other["coverage"]["value"] == 0
    assert np.mean(own["density"]["cases"]) == pytest.approx(own["density"]["value"])


def test_a_part_late_by_a_bar_is_as_real_as_before() -> None:
    """Realism hears the part alone, so it cannot tell: that is what the other measures are for."""
    reference, cases = realism.Reference(many_cases(40, 0)), many_cases(40, 1)
    late = realism.realism([controls.copy1(c) for c in cases], cases, reference)
    assert late["coverage"]["value"] > 0.6


@pytest.mark.parametrize("stem", [Stem.BASS, Stem.DRUMS])
def test_silent_segments_have_features_without_breaking_anything(stem: Stem) -> None:
    cases = many_cases(12, 0, stem)
    silent = realism.realism([SILENCE for _ in cases], cases, realism.Reference(cases))
    assert np.isfinite(silent["Fréchet distance"]["value"]) and silent["Fréchet distance"]["value"] > 1


# --- copies ---------------------------------------------------------------------------------------------------------


def test_a_copied_stretch_is_measured_in_beats() -> None:
    training = copying.TrainingParts([song("aabbaabb", name="t")], Stem.BASS)
    assert training.longest_copy(bass("aabb"), Stem.BASS, 16) == 16
    # four bars that stand there, then three quarters of a bar that do not
    stranger = Notes.of([(16 * 12 + 12 * beat, 50 + beat, 12, 90) for beat in range(4)])
    assert training.longest_copy(Notes.merge([bass("aabb"), stranger]), Stem.BASS, 20) == 16
    # other intervals, of which nothing stands there but single beats
    assert training.longest_copy(Notes.of((12 * i, 36 + i * i, 12, 90) for i in range(8)), Stem.BASS, 8) == 1


@pytest.mark.parametrize("semitones", [-7, 1, 6])
def test_a_copy_in_another_key_is_one_from_any_bar_on(semitones: int) -> None:
    training = copying.TrainingParts([song("aabbaabb", name="t")], Stem.BASS)
    assert training.longest_copy(bass("aabb").shifted(semitones=semitones), Stem.BASS, 16) == 16
    assert training.longest_copy(bass("bbaa").shifted(semitones=semitones), Stem.BASS, 16) == 16
    moved_once = Notes.merge([bass("aa"), bass("bb").shifted(steps=2 * BAR, semitones=semitones)])
    assert training.longest_copy(moved_once, Stem.BASS, 16) < 16, "within a copy intervals count"


def test_drums_that_trade_their_classes_are_no_copy() -> None:
    training = copying.TrainingParts([song(name="t")], Stem.DRUMS)
    assert training.longest_copy(beat().shifted(semitones=2), Stem.DRUMS, 32) < 32


def test_velocity_does_not_hide_a_copy_and_a_shorter_note_does() -> None:
    training = copying.TrainingParts([song("aaaa", name="t")], Stem.BASS)
    part = bass("aaaa")
    quiet = Notes(part.onset, part.pitch, part.duration, part.velocity - 40)
    short = Notes(part.onset, part.pitch, part.duration - 3, part.velocity)
    assert training.longest_copy(quiet, Stem.BASS, 16) == 16
    assert training.longest_copy(short, Stem.BASS, 16) == 0


def test_silence_is_nobodys_work() -> None:
    training = copying.TrainingParts([song("aaaa", drums=beat(1), name="t")], Stem.DRUMS)
    assert training.longest_copy(beat(1), Stem.DRUMS, 32) == 4 + copying.REST_BEATS
    assert copying.TrainingParts([], Stem.DRUMS).longest_copy(beat(), Stem.DRUMS, 32) == 0


def test_drums_are_compared_by_class() -> None:
    training = copying.TrainingParts([song(name="t")], Stem.DRUMS)
    other_kick = Notes(beat().onset, np.where(beat().pitch == 36, 35, 40), beat().duration * 3, beat().velocity)
    assert training.longest_copy(other_kick, Stem.DRUMS, 32) == 32


def test_stretches_are_equal_where_the_beats_are() -> None:
    numbers = np.array([1, 2, 3, 1, 2, 4], dtype=np.uint64)
    hashes = copying.stretches(copying.Beats(numbers, numbers), 2)
    assert len(hashes) == 5
    assert hashes[0] == hashes[3]
    assert len(set(hashes.tolist())) == 4
    assert len(copying.stretches(copying.Beats(numbers[:1], numbers[:1]), 2)) == 0


# --- form -----------------------------------------------------------------------------------------------------------


SECTIONS = "a" * 8 + "b" * 8 + "a" * 8


def with_fills(bars: tuple[int, ...], crash_bars: tuple[int, ...]) -> Notes:
    """A beat; in some bars toms on sixteenths instead, and crashes at the start of others."""
    plain = beat(len(SECTIONS))
    kept = plain.select(~np.isin(plain.onset // BAR, bars))
    fills = [(bar * BAR + step, 45, 1, 100) for bar in bars for step in range(0, BAR, 3)]
    return Notes.merge([kept, Notes.of(fills + [(bar * BAR, 49, 1, 110) for bar in crash_bars])])


def whole(drums: Notes) -> Case:
    return cut_case(song(SECTIONS, drums), Stem.DRUMS, 0, len(SECTIONS))


def test_novelty_peaks_where_a_section_begins_and_nowhere_else() -> None:
    values = novelty(np.kron(np.eye(2), np.ones((8, 8))).astype(np.float64))
    assert values.argmax() == 8
    assert values[8] == pytest.approx(1)
    np.testing.assert_allclose(values[:5], 0, atol=1e-9)
    np.testing.assert_allclose(novelty(np.ones((16, 16))), 0, atol=1e-9)


def test_section_borders_are_found_where_the_context_changes() -> None:
    similarity = metrics.self_similarity(whole(beat()).context, whole(beat()).bar_starts)
    assert peaks(novelty(similarity)).tolist() == [8, 16]
    assert peaks(novelty(np.ones((24, 24)))).tolist() == []


def test_section_borders_of_a_long_song_do_not_depend_on_how_it_is_cut_into_blocks() -> None:
    rng = np.random.default_rng(0)
    bars = np.repeat(rng.integers(0, 4, 80), 8)  # 640 bars in sections of 8 or more
    keys = Notes.of(
        (48 * bar + 12 * i, 48 + 5 * int(kind) + 7 * i, 12, 80) for bar, kind in enumerate(bars) for i in (0, 2)
    )
    lines = np.arange(0, 48 * len(bars) + 1, 48)
    whole = peaks(novelty(metrics.self_similarity({Stem.KEYS: keys}, lines)))
    assert len(whole) > 30 and section_borders({Stem.KEYS: keys}, lines).tolist() == whole.tolist()


def test_a_fill_is_usual_before_a_section_begins() -> None:
    case = whole(beat())
    sections = usual_sections(case.song, Stem.DRUMS)
    assert [(s.first, s.wish) for s in sections] == [
        (0, USUAL[Stem.DRUMS]),
        *((4 * bar, wish) for b in (8, 16) for bar, wish in ((b - 1, FILL), (b, USUAL[Stem.DRUMS]))),
    ]
    assert usual_sections(case.song, Stem.GUITAR) == [Section(0, USUAL[Stem.GUITAR])]
    assert usual_sections(case.song, Stem.BASS) == [Section(0, USUAL[Stem.BASS])]
    assert usual_sections(case.song, Stem.KEYS) == []
    ride = Wish({"loudness": 1.0}, {"kit": {"ride": True}})
    both = beneath(sections[:3], [Section(0, Wish()), Section(30, ride)])
    assert [(s.first, s.wish) for s in both] == [
        (0, USUAL[Stem.DRUMS]),
        (28, FILL),
        (30, Wish({"density": FILL.levels["density"], "loudness": 1.0}, {"kit": {"ride": True}})),
        (32, ride),
    ]


def test_neither_density_nor_length_of_notes_is_usual_beside_a_figure_that_is_asked_for() -> None:
    usual = [Section(0, USUAL[Stem.BASS])]
    assert "density" in beneath(usual, [Section(0, Wish({"loudness": 1.0}))])[0].wish.levels
    whole_notes = Wish({}, {"figure": {"whole notes": True}})
    assert beneath(usual, [Section(0, whole_notes)]) == [Section(0, whole_notes)], "they are few, and long"
    not_walking = Wish({}, {"figure": {"walking": False}})
    assert beneath(usual, [Section(0, not_walking)])[0].wish.levels == USUAL[Stem.BASS].levels


def test_bars_are_new_that_no_bar_before_them_was() -> None:
    case = whole(beat())
    assert form.new_bars(beat(24), case) == pytest.approx(1 / 24)
    assert form.new_bars(with_fills((7, 15), (8, 16)), case) == pytest.approx(3 / 24), "a fill, the same again, a crash"
    assert form.new_bars(beat(2), case) == pytest.approx(1 / 2), "bars of rest do not count"
    assert np.isnan(form.new_bars(Notes.empty(), case))


def test_fills_before_borders_and_crashes_on_them_are_placed_well() -> None:
    drums = with_fills((7, 15), (8, 16))
    figures = form.fill_figures(drums, whole(drums))
    assert figures["novelty at borders"] == 1
    assert figures["fill placement"] > 0.7
    assert figures["crash placement"] == 1


def test_fills_elsewhere_are_placed_badly() -> None:
    drums = with_fills((11, 20), (11, 20))
    figures = form.fill_figures(drums, whole(drums))
    assert figures["fill placement"] < 0 and figures["crash placement"] < 0


def test_a_beat_that_never_changes_has_no_fills() -> None:
    figures = form.fill_figures(beat(24), whole(beat(24)))
    assert figures["fill placement"] == figures["crash placement"] == pytest.approx(0)


def test_the_ratio_of_fills_is_over_all_songs_and_leaves_out_what_is_missing() -> None:
    entry = statistics.ratio_entry(np.array([0.4, 0.8, np.nan]), np.array([0.2, 0.4, 0.1]))
    assert entry["value"] == pytest.approx(2)
    assert entry["interval"] == pytest.approx([2, 2])


# --- preservation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.mid")), ids=lambda p: p.stem)
def test_a_part_keeps_every_byte_and_is_heard(path: Path) -> None:
    data = path.read_bytes()
    part = bass().between(0, read_song(data, path.name).last_step)
    outcome = preservation(data, path.name, part, Stem.BASS)
    assert outcome == {"bytes kept": 1, "notes heard": 1}


def test_one_changed_byte_is_noticed_wherever_it_is() -> None:
    data = (EXAMPLES / "night_drive.mid").read_bytes()
    after = with_part(data, "night_drive.mid", bass(), Stem.BASS)
    assert preserved(data, after)
    for at in (9, 12, 14, 30, len(data) - 1):
        spoilt = bytearray(after)
        spoilt[at] ^= 1
        assert not preserved(data, bytes(spoilt)), at
    assert not preserved(data, data)
    assert not preserved(data, after + b"\0")
    miscounted = after[:10] + struct.pack(">H", 99) + after[12:]
    assert not preserved(data, miscounted)


def test_a_file_that_cannot_be_read_gives_its_reason() -> None:
    assert "broken.mid" in str(preservation(b"MThd\0\0", "broken.mid", bass(), Stem.BASS))


# --- songs ----------------------------------------------------------------------------------------------------------


def test_songs_are_read_from_a_folder_of_files_and_found_again() -> None:
    found = songs.evaluation_songs(EXAMPLES)
    names = {s.name for s in found}
    assert names == {f"examples/{path.name}" for path in EXAMPLES.glob("*.mid")}
    files = songs.originals(EXAMPLES, names)
    assert files == {f"examples/{path.name}": path.read_bytes() for path in EXAMPLES.glob("*.mid")}


def test_of_copies_one_is_measured_and_files_that_are_left_out_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.mid", "b.mid", "c.mid"):
        shutil.copy(EXAMPLES / "night_drive.mid", tmp_path / name)
    shutil.copy(EXAMPLES / "neon_groove.mid", tmp_path / "odd.mid")

    def fail(data: bytes, name: str) -> Song:
        if name.endswith("odd.mid"):
            raise ZeroDivisionError
        return read_in_bars(data, name)

    monkeypatch.setattr(songs, "read_in_bars", fail)
    said = list[str]()
    assert [s.name for s in songs.evaluation_songs(tmp_path, say=said.append)] == [f"{tmp_path.name}/a.mid"]
    assert said == [f"{tmp_path}: 3 of 4 files are left out: 2 duplicate, 1 unreadable"]


def test_a_songs_file_is_the_one_in_its_folder_and_of_its_name_alone_only_where_no_other_is(tmp_path: Path) -> None:
    files = ("a/001.mid", "b/001.mid", "x/b/002.mid", "y/b/002.mid", "c/solo.mid", "d/twin.mid")
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(file.encode())
    names = ["set/b/001.mid", "set/z/001.mid", f"{tmp_path.name}/y/b/002.mid", "e/solo.mid", "f/twin.mid", "g/twin.mid"]
    assert songs.originals(tmp_path, names) == {
        "set/b/001.mid": b"b/001.mid",
        f"{tmp_path.name}/y/b/002.mid": b"y/b/002.mid",
        "e/solo.mid": b"c/solo.mid",
    }


def test_apart_from_full_tables_nothing_is_measured_on_their_songs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "CASES", 2)
    monkeypatch.setattr(panel, "FORM_SONGS", 2)
    several = [song("aabb" * 10, name=name) for name in "abcdefghijkl"]
    settings = panel.Settings((Stem.BASS,), ("GT",), cases=2, seeds=1, bars=8, form_songs=2)

    def used(result: panel.StemResult) -> set[str]:
        form = result.figures["form"]["songs"]
        return {entry["song"] for entry in result.figures["cases"] + form}

    full, apart, further = (
        used(panel.Panel(several, dataclasses.replace(settings, apart_from=seeds)).run()[Stem.BASS])
        for seeds in ((), (0,), (0, 0))
    )
    assert min(len(full), len(apart), len(further)) > 1
    assert not full & apart and not further & (full | apart)


def test_a_manifest_chooses_songs_by_source(tmp_path: Path) -> None:
    manifest = tmp_path / "m.jsonl"
    manifest.write_text('{"file": "examples/night_drive.mid", "source": "ours"}\n')
    wanted = songs.files_of_source(manifest, "ours")
    assert [s.name for s in songs.evaluation_songs(EXAMPLES, wanted)] == ["examples/night_drive.mid"]
    with pytest.raises(InputError, match=r"'theirs' is not in .*; choose from ours"):
        songs.files_of_source(manifest, "theirs")
    with pytest.raises(InputError, match="none of its"):
        songs.evaluation_songs(EXAMPLES, {"examples/other.mid"})
    manifest.write_text("nonsense\n")
    with pytest.raises(InputError, match="line 1 is no JSON object"):
        songs.files_of_source(manifest, "ours")


def test_learning_curves_show_every_figure_of_validation(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    names = ["loss", "error", *(f"val_{name}" for name in ("loss", "drums", "bass", "guitar", "keys", "mix"))]
    for run in ("codec", "denoiser"):
        (tmp_path / run).mkdir()
        rows = [f"{step},{name},{step}" for step in (1, 2) for name in names]
        (tmp_path / run / "log.csv").write_text("\n".join(["step,figure,value", *rows]))
    picture = learning_curves([tmp_path / run / "log.csv" for run in ("codec", "denoiser")]).decode()
    assert all(picture.count(f"<!-- {name} -->") == 2 for name in names if name.startswith("val_"))
    assert "<!-- error -->" not in picture

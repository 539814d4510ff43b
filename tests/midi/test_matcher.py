"""The matcher and what it measures (M3, M4), on songs made up here whose parts are known to fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from midi_subtract.evaluation import controls
from midi_subtract.evaluation.cases import Case, cut_case
from midi_subtract.evaluation.context import context_figures
from midi_subtract.evaluation.matching import CANDIDATES, LATE, ContextMatch, match_rate, songs_needed
from midi_subtract.evaluation.panel import Panel, Settings
from midi_subtract.inserter import MidiInserter
from midi_subtract.model.match_input import Bars, context_planes, frames_of, part_planes, struck_together
from midi_subtract.model.matcher import Matcher, MatcherConfig
from midi_subtract.model.pipeline import MidiPipeline, bundled_matcher
from midi_subtract.notes import Notes, same
from midi_subtract.playing.choice import Drawn, choose
from midi_subtract.song import Meter, Song, Track
from midi_subtract.training import store
from midi_subtract.training import train_matcher as train_matcher_module
from midi_subtract.training.train_matcher import MatcherTraining, train_matcher
from subtract_core.errors import InputError
from subtract_core.stems import Stem
from subtract_core.training.trainer import TrainerConfig

pytestmark = pytest.mark.usefixtures("few_resamples")

BAR, BARS = 48, 16
SMALL = MatcherConfig(pitch=4, rhythm=8, layers=1, form=4, hidden=8)
STEMS = (Stem.BASS, Stem.DRUMS, Stem.GUITAR)
SCALE = np.array([0, 2, 4, 5, 7, 9, 11])


def band(seed: int, bars: int = BARS) -> Song:
    """Bass, guitar, keys and drums that play together, in loud and quiet sections as long as they happen to be.

    The kick goes with the bass, the guitar plays in loud sections only, fills lead from one to the next.
    """
    rng = np.random.default_rng(seed)
    key, chords = int(rng.integers(12)), rng.integers(0, 6, size=bars)
    quiet_hits = [0, *(6 * (1 + np.flatnonzero(rng.random(7) < 0.3)))]
    loud_hits = [0, *(6 * (1 + np.flatnonzero(rng.random(7) < 0.7)))]
    borders = np.cumsum(rng.integers(2, 6, size=bars))
    rows: dict[str, list[tuple[int, int, int, int]]] = {"bass": [], "guitar": [], "keys": [], "drums": []}
    for bar, chord in enumerate(chords):
        at, loud = bar * BAR, int(np.searchsorted(borders, bar, side="right")) % 2 == 1
        hits, fill = loud_hits if loud else quiet_hits, bar + 1 in borders
        triad = [key + int(SCALE[(chord + i) % 7]) for i in (0, 2, 4)]
        rows["bass"] += [(at + h, 36 + triad[0] % 12, 6, 90) for h in hits]
        rows["keys"] += [(at + beat, 60 + tone % 12, 24, 70) for tone in triad for beat in (0, 24)]
        strummed = [(at + h, 52 + tone % 12, 6, 80) for h in hits for tone in triad]
        rows["guitar"] += strummed if loud else [(at, 52 + triad[0] % 12, 48, 60)]
        rows["drums"] += [(at + h, 36, 1, 100) for h in hits] + [(at + b, 38, 1, 100) for b in (12, 36)]
        rows["drums"] += [(at + s, 51 if loud else 42, 1, 70) for s in range(0, 24 if fill else 48, 6)]
        rows["drums"] += [(at + s, 45, 1, 95) for s in range(24, 48, 3)] if fill else []
        rows["drums"] += [(at, 49, 1, 110)] if bar in borders else []
    programs = {"bass": 33, "guitar": 27, "keys": 0, "drums": 0}
    tracks = [Track(name, programs[name], name == "drums", Notes.of(notes)) for name, notes in rows.items()]
    return Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480, f"made/{seed}")


def cases(stem: Stem, count: int = 10) -> list[Case]:
    return [cut_case(band(seed), stem, 0, BARS) for seed in range(count)]


@pytest.fixture(scope="module")
def trained() -> Matcher:
    return bundled_matcher()


@pytest.fixture
def small() -> Matcher:
    torch.manual_seed(0)
    return Matcher(SMALL).eval()


def found(match: ContextMatch, part_of: Callable[[Case], Notes]) -> float:
    return float(np.mean([match.found(part_of(c), c, np.random.default_rng(i)) for i, c in enumerate(match.cases)]))


# --- what it hears --------------------------------------------------------------------------------------------------


def test_parts_and_contexts_are_laid_out_by_eighths() -> None:
    case = cases(Stem.BASS, 1)[0]
    pitch, rhythm = part_planes(Notes.of([(0, 36, 12, 90), (9, 40, 3, 90)]), Stem.BASS, 4)
    assert (pitch.shape, rhythm.shape) == ((3, 12, 4), (79, 4))
    assert pitch[0, 0].tolist() == [1, 0, 0, 0] and pitch[1, 4].tolist() == [0, 1, 0, 0], "onsets by half of the eighth"
    assert pitch[2, 0].tolist() == [1, 1, 0, 0] and pitch[2, 4].tolist() == [0, 0.5, 0, 0], "share that sounds"
    assert torch.nonzero(rhythm[:6]).tolist() == [[0, 0], [3, 1]]
    pitch, rhythm = context_planes(case.context, 8)
    assert (pitch.shape, rhythm.shape) == ((15, 12, 8), (113, 8))
    assert rhythm[-6:, 0].tolist() == [1, 0, 1, 1, 0, 0], "drums, guitar and keys play"
    assert not part_planes(Notes.of([(0, 36, 1, 90)]), Stem.DRUMS, 4).pitch.any()


def test_what_is_struck_together_is_counted_by_group() -> None:
    case = cases(Stem.DRUMS, 1)[0]
    frames = frames_of(BARS * BAR)
    part = part_planes(case.truth, Stem.DRUMS, frames).rhythm[None]
    together = struck_together(part, context_planes(case.context, frames).rhythm[None])
    assert together.shape == (1, 60, frames)
    kick_with_bass = together[0].reshape(6, 10, frames)[1, 0].sum()
    assert int(kick_with_bass) == len(case.context[Stem.BASS]), "the kick goes with the bass"


def test_bars_of_any_length_are_means_over_their_frames() -> None:
    bars = Bars.of(np.array([0, 24, 72, 75, 96]), 16)
    assert bars.shares.shape == (16, 3), "a bar without a frame is left out"
    assert bars.shares.sum(dim=0).tolist() == pytest.approx([1, 1, 1])
    assert bars.places.tolist()[1] == [4, 5, 6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize("stem", STEMS)
def test_moving_part_and_context_together_changes_nothing(stem: Stem) -> None:
    torch.manual_seed(1)
    matcher, case = Matcher(SMALL).eval(), cases(stem, 1)[0]
    [score] = matcher.scores([case.truth], case.context, stem, case.bar_starts)
    higher = {s: n if s is Stem.DRUMS else n.shifted(semitones=5) for s, n in case.context.items()}
    moved = case.truth if stem is Stem.DRUMS else case.truth.shifted(semitones=5)
    assert matcher.scores([moved], higher, stem, case.bar_starts) == pytest.approx([score], abs=1e-4)


def test_a_matcher_is_saved_and_loaded(small: Matcher, tmp_path: Path) -> None:
    small.half().float().save_pretrained(tmp_path)
    case = cases(Stem.BASS, 1)[0]
    again = Matcher.from_pretrained(tmp_path)
    arguments: Any = ([case.truth], case.context, Stem.BASS, case.bar_starts)
    assert again.scores(*arguments) == pytest.approx(small.scores(*arguments), abs=1e-5)


# --- what it measures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", STEMS)
def test_the_true_part_is_recognised_and_another_songs_is_not(trained: Matcher, stem: Stem) -> None:
    match = ContextMatch(trained, cases(stem))
    truth = found(match, lambda c: c.truth)
    others = found(match, lambda c: controls.rand(c, list(match.cases), np.random.default_rng(1)))
    assert truth >= 0.5 and truth > 0.4 + others and others <= 0.3


@pytest.mark.parametrize("stem", STEMS)
def test_the_true_part_fits_better_than_the_same_moved(trained: Matcher, stem: Stem) -> None:
    some = cases(stem)
    scores = []
    for c in some:
        moved = [controls.rotated(c), c.truth.shifted(LATE)]
        moved += [] if stem is Stem.DRUMS else [c.truth.shifted(semitones=1)]
        scores.append(trained.scores([c.truth, *moved], c.context, stem, c.bar_starts))
    better = np.array([[truth > score for score in others] for truth, *others in scores])
    assert better.mean() >= 0.8 and better.mean(axis=0).min() >= 0.5


def test_random_weights_are_at_chance() -> None:
    rates, some = [], {Stem.BASS: cases(Stem.BASS, 8)}
    for seed in range(12):
        torch.manual_seed(seed)
        rates.append(match_rate(Matcher(SMALL).eval(), some, seed)["match"])
    error = np.std(rates) / len(rates) ** 0.5
    assert abs(np.mean(rates) - 1 / CANDIDATES) < 4 * error


def test_silence_is_a_blind_guess_and_a_tie_is_shared(small: Matcher) -> None:
    match = ContextMatch(small, cases(Stem.BASS, 8))
    rng = np.random.default_rng(0)
    assert match.found(Notes.empty(), match.cases[0], rng) == 1 / CANDIDATES
    torch.nn.init.zeros_(small.score.weight)
    assert match.found(match.cases[0].truth, match.cases[0], rng) == 1 / CANDIDATES


def test_sensitivity_is_what_is_lost_with_another_songs_part(trained: Matcher) -> None:
    some = cases(Stem.BASS)
    match = ContextMatch(trained, some)
    truth = context_figures(match, [[c.truth] for c in some])
    assert truth["M4 sensitivity"]["value"] > 0.4
    assert truth["M3 match"]["value"] >= 0.7 and len(truth["M3 match"]["cases"]) == len(some)
    same = context_figures(match, [[some[0].truth] * 2 for _ in some])
    assert same["M4 sensitivity"]["value"] == 0, "what is written whatever the context ignores it"


def test_of_stems_that_the_matcher_never_learnt_nothing_is_said(trained: Matcher) -> None:
    assert trained.config.stems == ("drums", "bass", "guitar") and not trained.judges(Stem.KEYS)
    settings = Settings((Stem.KEYS,), ("GT", "RAND"), cases=6, seeds=1, bars=16, form_songs=0)
    [result] = Panel([band(seed, 32) for seed in range(6)], settings, matcher=trained).run().values()
    assert any("the matcher knows drums, bass, guitar, and no keys" in note for note in result.notes)
    assert all("M3 match" not in row["figures"] for row in result.figures["rows"].values())


def test_the_panel_reports_every_row_or_says_why_not(trained: Matcher) -> None:
    songs = [band(seed, 32) for seed in range(6)]
    settings = Settings((Stem.BASS, Stem.DRUMS), ("GT", "RAND", "RULE"), cases=6, seeds=2, bars=16, form_songs=0)
    results = Panel(songs, settings, matcher=trained).run()
    for result in results.values():
        rows = {row: entry["figures"] for row, entry in result.figures["rows"].items()}
        assert all(0 <= figures["M3 match"]["value"] <= 1 for figures in rows.values())
        assert rows["GT"]["M4 sensitivity"]["interval"][0] > rows["RAND"]["M4 sensitivity"]["value"]
    assert results[Stem.DRUMS].figures["rows"]["RULE"]["figures"]["M4 sensitivity"]["value"] == 0
    few = Panel(songs[: songs_needed(Stem.BASS) - 1], replace(settings, stems=(Stem.BASS,)), matcher=trained).run()
    assert any("it needs 5 cases of bass" in note for note in few[Stem.BASS].notes)
    without = Panel(songs, replace(settings, stems=(Stem.BASS,))).run()
    assert any("there is no matcher" in note for note in without[Stem.BASS].notes)


# --- what it is for -------------------------------------------------------------------------------------------------


def test_of_two_parts_the_one_that_fits_better_is_kept() -> None:
    parts = [Notes.of([(0, pitch, 12, 90)]) for pitch in (40, 41)]
    drawn, lines = [Drawn(notes, notes, 0.0) for notes in parts], np.array([0, 48])

    def chosen(drawn: list[Drawn], fit: Any = None) -> Notes:
        return choose(drawn, Stem.BASS, lines, lambda raw: pytest.fail("bars of two parts were put together"), fit)

    assert chosen(drawn, lambda some: [float(n.pitch[0] == 41) for n in some]) is parts[1]
    assert chosen(drawn) is parts[0], "without a matcher"
    missed = [drawn[0], Drawn(parts[1], parts[1], 1.0)]
    assert chosen(missed, lambda some: [0.0, 1.0][: len(some)]) is parts[0], "what was asked comes first"


def test_a_model_with_a_matcher_keeps_it_and_one_without_works(
    random_pipeline: MidiPipeline, small: Matcher, tmp_path: Path
) -> None:
    random_pipeline.save_pretrained(tmp_path / "without")
    assert MidiPipeline.from_pretrained(tmp_path / "without").matcher is None
    small.save_pretrained(tmp_path / "matcher")
    replace(random_pipeline, matcher_folder=tmp_path / "matcher").save_pretrained(tmp_path / "with")
    pipeline = MidiPipeline.from_pretrained(tmp_path / "with")
    assert pipeline.matcher is not None and '"matcher"' in (tmp_path / "with" / "model_index.json").read_text()
    for model in (pipeline, random_pipeline):
        part = MidiInserter(model).write(band(0), Stem.STRINGS, seed=1, best_of=2, steps=2)
        assert len(part)


def test_two_parts_of_a_stem_that_the_matcher_never_learnt_are_kept_without_it_and_told(
    random_pipeline: MidiPipeline, small: Matcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.save_pretrained(tmp_path)
    monkeypatch.setattr(Matcher, "scores", lambda *_: pytest.fail("it was asked"))
    inserter, said = MidiInserter(replace(random_pipeline, matcher_folder=tmp_path)), list[str]()
    asked: dict[str, Any] = {"seed": 1, "steps": 2, "say": said.append}
    two = inserter.write(band(0), Stem.STRINGS, best_of=2, **asked)
    assert [s for s in said if s.startswith("--best-of 2 (best_of=2): this model has no matcher for strings")]
    said.clear()
    one = inserter.write(band(0), Stem.STRINGS, best_of=1, **asked)
    assert same(one, two) and not said


def _songs(folder: Path, count: int, bars: int = 32, **more: int) -> str:
    """A training set of so many songs of the source `made`, and of as many of others as is said of each."""
    (folder / "shards").mkdir(parents=True)
    for source, number in {"made": count, **more}.items():
        arrays: dict[str, Any] = store.pack_songs([band(s, bars) for s in range(number)], source)
        np.savez(folder / "shards" / f"{source}-0000.npz", **arrays)
    (folder / "report.json").write_text(json.dumps({"kept": count + sum(more.values()), "duplicates": {}}))
    return str(folder)


def _training(data: str, validation: str) -> MatcherTraining:
    trainer = TrainerConfig(steps=2, validate_every=10, save_every=1, precision="float32")
    return MatcherTraining(data, validation, model=SMALL, trainer=trainer, batch=5, bars=8, slack=4, validation_cases=8)


def test_training_is_resumed_and_leaves_a_small_component(tmp_path: Path) -> None:
    data = _songs(tmp_path / "data", 12)
    config, said, device = _training(data, data), list[str](), torch.device("cpu")
    train_matcher(config, tmp_path / "run", device, None, said.append)
    longer = replace(config, trainer=replace(config.trainer, steps=3))
    train_matcher(longer, tmp_path / "run", device, None, said.append)
    assert "resumed at step 2" in said and any("val_match" in line for line in said)
    assert Matcher.from_pretrained(tmp_path / "run" / "matcher").config == SMALL


def test_a_matcher_knows_the_stems_that_it_was_trained_for(tmp_path: Path) -> None:
    data = _songs(tmp_path / "data", 12)
    config = replace(_training(data, data), targets={"keys": 1.0, "bass": 0.5, "drums": 0.0})
    matcher = train_matcher(config, tmp_path / "run", torch.device("cpu"), None, lambda _: None)
    assert matcher.config.stems == ("bass", "keys")
    with pytest.raises(InputError, match="stems: 'kazoo' is not known"):
        MatcherConfig(stems=("kazoo",))


def test_songs_are_drawn_from_those_of_the_sources_asked_for(tmp_path: Path) -> None:
    data, said = _songs(tmp_path / "data", 40, bars=2, held=12), list[str]()
    (tmp_path / "data" / "report.json").write_text(json.dumps({"kept": 51, "duplicates": {"held-0000": [3]}}))
    config = replace(_training(data, data), songs=10, sources=["held"])
    drawn = train_matcher_module._songs(config, said.append)
    assert len({song.name for song in drawn}) == 10 and {song.name.split("/")[0] for song in drawn} == {"held"}
    assert len(train_matcher_module._songs(replace(config, songs=20), said.append)) == 11 and not said


def test_sources_that_the_songs_are_not_of_are_told_and_do_not_end_training(tmp_path: Path) -> None:
    data, said = _songs(tmp_path / "data", 3, bars=2, held=2), list[str]()
    config = replace(_training(data, data), sources=["web", "held"])
    assert len(train_matcher_module._songs(config, said.append)) == 2
    assert len(train_matcher_module._songs(replace(config, sources=["web"]), said.append)) == 5
    told = "sources: no song is of web; the training set has songs of held, made"
    assert said == [told, f"{told}, and all are used"]


def test_a_set_without_songs_is_named(tmp_path: Path) -> None:
    data = _songs(tmp_path / "data", 0)
    with pytest.raises(InputError, match=r"data: .*data holds no songs; .*skipped\.jsonl says why"):
        train_matcher(_training(data, data), tmp_path / "run", torch.device("cpu"), None, lambda _: None)


def test_too_few_songs_end_training_with_a_word(tmp_path: Path) -> None:
    many, few = _songs(tmp_path / "many", 12), _songs(tmp_path / "few", 4)
    for data, validation, message in (
        (few, many, "data: 4 songs play bass beside others .* a batch needs 5"),
        (many, few, "validation: .*few has cases of 4 songs with bass; at least 5 are needed"),
    ):
        config = replace(_training(data, validation), targets={"bass": 1.0})
        with pytest.raises(InputError, match=message):
            train_matcher(config, tmp_path / "run", torch.device("cpu"), None, lambda _: None)


def test_the_shipped_matcher_is_small(trained: Matcher) -> None:
    assert sum(p.numel() for p in trained.parameters()) * 2 <= 1_500_000

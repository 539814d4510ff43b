"""M9: flips and rank correlation on parts whose answer is known."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from midi_subtract.evaluation.cases import Case, cut_cases
from midi_subtract.evaluation.instruction_eval import (
    CONTRASTS,
    SCALES_ASKED,
    InstructionEval,
    amount,
    insertions,
    more,
    summary,
)
from midi_subtract.listening.style_classifier import bundled_styles
from midi_subtract.notes import Notes
from midi_subtract.playing.grooves import in_style
from midi_subtract.song import Meter, Song, Track
from subtract_core.facts import CHOICE, SCALE
from subtract_core.instructions.worded import State
from subtract_core.stems import Stem
from subtract_core.understanding.states import wish_of
from subtract_core.wish import Wish

BAR = 48


def _eighths(pitch: int, every: int = 6, bars: int = 32) -> Notes:
    return Notes.of([(at, pitch, every, 90) for at in range(0, bars * BAR, every)])


def _case() -> Case:
    parts = [(33, _eighths(40)), (0, _eighths(64, 24)), (48, _eighths(67, 48))]
    tracks = [Track("", program, False, notes) for program, notes in parts]
    song = Song(tracks, [Meter(0, 4, 4)], [(0, 120.0)], 480, "song")
    return cut_cases([song], Stem.BASS, 1)[0]


class Obedient:
    """An inserter that does what it is told, or the opposite, or nothing."""

    def __init__(self, turn: int) -> None:
        self.turn = turn
        self.pipeline = self
        self.text = self

    def understand(self, sentence: str, stem: Stem) -> Wish:
        """Understands density and register by their plainest words."""
        for level, words in enumerate((("sparse",), ("busy",))):
            if any(w in sentence.lower() for w in words):
                return Wish({"density": float(level)})
        return Wish()

    def write(self, song: Song, stem: Stem, *, seed: int, wish: Wish, **how: object) -> Notes:
        self.how = how
        level = wish.levels.get("density", 0.5)
        wanted = 0.5 + self.turn * ((level > 0.5) - (level < 0.5)) / 2
        return _eighths(40, {0.0: 48, 0.5: 24, 1.0: 6}[wanted])


def test_amounts_of_scales_figures_and_drums() -> None:
    case = _case()
    assert amount(_eighths(40), case, State("density", "busy")) == pytest.approx(8, abs=0.1)
    assert amount(_eighths(40), case, State("register", "low")) == 40
    assert amount(_eighths(40), case, State("figure", "root eighths")) == 1
    assert amount(_eighths(40, 48), case, State("figure", "whole notes")) == 1
    assert amount(Notes.empty(), case, State("density", "busy")) == 0
    assert np.isnan(amount(_eighths(40, 48), case, State("swing", "swung")))  # whole notes have no off-beats


def test_what_cannot_be_measured_counts_neither_way() -> None:
    nan = float("nan")
    assert (more(2, 1), more(1, 2), more(1, 1)) == (1, 0, 0) and np.isnan(more(nan, 0)) and np.isnan(more(0, nan))
    row = {"levels": {"swing": [0.1, nan, 0.6]}, "same": [False]}
    fits = [{"without": {"note F1": 0.5}, "with": {"note F1": 0.5}}] * 2
    report = summary([row | {"flips": {"swing": moved}} for moved in (1.0, nan, 0.0)], fits)
    assert report["flips"]["swing"] == 0.5 and report["unmeasured"] == {"swing": 1}
    assert report["spearman"]["swing"] == pytest.approx(1)


@pytest.mark.parametrize(("turn", "flips"), [(1, 1.0), (-1, 0.0), (0, 0.0)])
def test_a_model_that_obeys_is_told_from_one_that_does_not(turn: int, flips: float) -> None:
    steps: list[int] = []
    evaluation = InstructionEval(Obedient(turn), 0, steps.append)  # type: ignore[arg-type]
    evaluation.understood = lambda case, states: _understood(states)  # type: ignore[method-assign]
    report = evaluation.run([_case(), _case()])
    assert report["flips"]["density"] == flips and report["cases"] == 2
    assert sum(steps) == insertions(Stem.BASS, 2)
    assert report["flips"]["register"] == 0.0  # never heeded
    if turn:
        assert report["spearman"]["density"] == pytest.approx(turn * 0.97, abs=0.1) and 0 < report["same"] < 1
    else:
        assert report["same"] == 1.0


def test_what_a_true_sentence_changes_in_fit_is_measured_over_cases_of_its_own() -> None:
    evaluation = InstructionEval(Obedient(1), 0)  # type: ignore[arg-type]
    evaluation.understood = lambda case, states: Wish()  # type: ignore[method-assign]
    evaluation.true_wish = lambda case: Wish({"density": 1.0})  # type: ignore[method-assign]
    case = _case()
    other = replace(case, truth=_eighths(40, 24))  # what the part is without a sentence
    report = evaluation.run([case, case], [case, case, other])
    assert report["cases"] == 2 and report["fit_cases"] == 3
    row = report["fit"]["note F1"]
    quarters_of_eighths = 2 / (1 + 4) * 1.0  # a quarter of the strokes, all of them right
    assert row["without"] == pytest.approx((2 * quarters_of_eighths + 1) / 3)
    assert row["with"] == pytest.approx((2 * 1 + quarters_of_eighths) / 3)
    low, high = row["difference"]
    assert low < row["with"] - row["without"] < high


def test_the_denoiser_can_be_measured_by_itself_and_without_sentences() -> None:
    inserter = Obedient(1)
    evaluation = InstructionEval(inserter, 0, alone=True, unworded=True)  # type: ignore[arg-type]
    inserter.understand = None  # type: ignore[assignment]
    report = evaluation.run([_case(), _case()])
    assert report["flips"]["density"] == 1.0 and inserter.how == {"tries": 1, "finished": False}


def test_styles_are_recognised_in_single_draws_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of drums that play a style at last, and nothing at first."""
    monkeypatch.setattr("midi_subtract.evaluation.instruction_eval.SCALES_ASKED", {Stem.DRUMS: ("loudness",)})
    monkeypatch.setattr("midi_subtract.evaluation.instruction_eval.CONTRASTS", {})

    class Late(Obedient):
        def write(self, song: Song, stem: Stem, *, seed: int, wish: Wish, **how: object) -> Notes:
            style = next(iter(wish.options.get("style", {})), None)
            if style is None or how:
                return Notes.empty()
            return in_style(_eighths(36), style, np.arange(0, 33 * BAR, BAR))

    steps: list[int] = []
    evaluation = InstructionEval(Late(1), 0, steps.append, unworded=True)  # type: ignore[arg-type]
    drums = replace(_case(), stem=Stem.DRUMS, truth=_eighths(36))
    report = evaluation.run([drums])
    assert set(report["styles"]) == set(report["styles_alone"]) == set(bundled_styles().config.styles)
    assert np.mean(list(report["styles"].values())) > 0.5 and not any(report["styles_alone"].values())
    assert sum(steps) == insertions(Stem.DRUMS, 1)
    assert report["judges"] == {"styles": bundled_styles().fingerprint}
    alone = InstructionEval(Late(1), 0, alone=True, unworded=True).run([drums])  # type: ignore[arg-type]
    assert not any(alone["styles"].values()) and "styles_alone" not in alone


def test_states_come_to_the_wish_that_says_them() -> None:
    states = [State("density", "busy"), State("swing", "swung", True), State("figure", "walking"),
              State("figure", "pedal", True)]  # fmt: skip
    assert wish_of(states) == Wish({"density": 0.75, "swing": 0.0}, {"figure": {"walking": True, "pedal": False}})


def _understood(states: Sequence[State]) -> Wish:
    levels = {"very sparse": 0.0, "sparse": 0.0, "busy": 1.0, "very busy": 1.0}
    said = [levels[s.word] for s in states if s.fact == "density" and s.word in levels]
    return Wish({"density": said[-1]}) if said else Wish()


def test_every_wish_that_is_asked_for_is_in_the_vocabulary() -> None:
    for stem, scales in SCALES_ASKED.items():
        assert all(stem in SCALE[name].stems for name in scales)
    for stem, pairs in CONTRASTS.items():
        for state in (s for pair in pairs for s in pair):
            assert state.word in CHOICE[state.fact].options[stem]
    assert all(len(SCALES_ASKED[s]) + len(CONTRASTS[s]) >= 11 for s in CONTRASTS)

"""Measure M9: are instructions carried out? Counterfactual flips, rank correlation, and what following costs in fit.

Every sentence comes from the phrase grammar in wordings held out of training, is read as prompts are (by rules, which
leave the rest to the text encoder), and is given with the same song and the same seed as its counterpart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from midi_subtract.evaluation.cases import Case
from midi_subtract.evaluation.scores import fit_scores
from midi_subtract.inserter import MidiInserter
from midi_subtract.listening import drum_figures
from midi_subtract.listening.facts import Setting, figure_shares, stem_facts
from midi_subtract.listening.style_classifier import bundled_styles
from midi_subtract.notes import Notes, same
from midi_subtract.words.kit_words import settled
from midi_subtract.words.rule_reader import RuleReader
from subtract_core.evaluation.measures import mean, mean_interval, spearman
from subtract_core.evaluation.panel import number_of, own_seed
from subtract_core.facts import SCALE
from subtract_core.instructions.grammar import Grammar
from subtract_core.instructions.worded import State
from subtract_core.stems import PITCHED, Stem
from subtract_core.understanding.states import wish_of
from subtract_core.wish import Wish

SCALES_ASKED: dict[Stem, tuple[str, ...]] = {
    Stem.DRUMS: ("density", "loudness", "dynamic range", "syncopation", "swing"),
    **dict.fromkeys(PITCHED, ("density", "register", "loudness", "syncopation", "swing", "note length", "polyphony")),
}
"""Scales whose words are asked for one after another."""

_NO = True
CONTRASTS: dict[Stem, tuple[tuple[State, State], ...]] = {
    Stem.DRUMS: (
        (State("figure", "four on the floor"), State("figure", "half-time")),
        (State("figure", "double-time"), State("figure", "half-time")),
        (State("figure", "shuffle"), State("figure", "sixteenth hats")),
        (State("kit", "ride"), State("kit", "hi-hat")),
        (State("kit", "crashes"), State("kit", "crashes", _NO)),
        (State("kit", "toms"), State("kit", "toms", _NO)),
        (State("kit", "open hat"), State("kit", "open hat", _NO)),
        (State("kit", "fills"), State("kit", "fills", _NO)),
    ),
    Stem.BASS: (
        (State("figure", "walking"), State("figure", "root eighths")),
        (State("figure", "root eighths"), State("figure", "whole notes")),
        (State("figure", "octaves"), State("figure", "whole notes")),
        (State("figure", "off-beat"), State("figure", "root eighths")),
    ),
    Stem.GUITAR: (
        (State("figure", "strummed"), State("figure", "single-note lead")),
        (State("figure", "arpeggiated"), State("figure", "strummed")),
        (State("figure", "power chords"), State("figure", "arpeggiated")),
        (State("figure", "single-note lead"), State("figure", "power chords")),
    ),
}
"""Pairs of wishes, of which the first must show more in the part than under the second; other stems have no figures."""

Progress = Callable[[int], None]


class InstructionEval:
    """Asks one model for parts of one case after another.

    alone: what the denoiser does by itself: the first part that it draws, with nothing brought to what was asked for
    afterwards. unworded: give it the facts themselves, not a sentence that has to be understood.
    """

    def __init__(
        self,
        inserter: MidiInserter,
        seed: int = 0,
        progress: Progress | None = None,
        alone: bool = False,
        unworded: bool = False,
    ) -> None:
        self.inserter, self.seed, self.progress = inserter, seed, progress
        self.alone, self.unworded = alone, unworded
        self.grammar = Grammar(held_out=True, typos=0.0)

    def run(self, cases: Sequence[Case], fit_cases: Sequence[Case] = ()) -> dict[str, Any]:
        """Every figure over cases of one stem, that of fit over `fit_cases` where there are any; see `summary`.

        What following costs in fit differs much more from song to song than whether a sentence is followed does, and
        takes two parts a song instead of dozens.
        """
        figures = summary([self.case(case) for case in cases], [self.fits(case) for case in fit_cases or cases])
        return figures | {"judges": {"styles": bundled_styles().fingerprint}}

    def case(self, case: Case) -> dict[str, Any]:
        """What one case gives: amounts by scale and word, flips, repeats of the part without a sentence."""
        plain = self.write(case, Wish())
        rows: dict[str, Any] = {"stem": case.stem.value, "flips": {}, "levels": {}, "same": []}
        for name in SCALES_ASKED[case.stem]:
            answers = [self.ask(case, State(name, word), plain, rows) for word in SCALE[name].words]
            rows["levels"][name] = answers
            low, high = (1, 3) if len(answers) == 5 else (0, len(answers) - 1)
            rows["flips"][name] = more(answers[high], answers[low])
        for this, that in CONTRASTS.get(case.stem, ()):
            label = f"{_label(this)} / {_label(that)}"
            with_this = self.ask(case, this, plain, rows)
            rows["flips"][label] = more(with_this, self.ask(case, that, plain, rows, measured=this))
        if case.stem is Stem.DRUMS:
            asked = {style: self.understood(case, [State("style", style)]) for style in styles_asked(case.stem)}
            parts = {style: self.write(case, wish) for style, wish in asked.items()}
            rows["same"] += [same(part, plain) for part in parts.values()]
            rows["styles"] = {style: _recognised(part, case, style) for style, part in parts.items()}
            if not self.alone:
                first = {style: self.write(case, wish, alone=True) for style, wish in asked.items()}
                rows["styles_alone"] = {style: _recognised(part, case, style) for style, part in first.items()}
        return rows

    def fits(self, case: Case) -> dict[str, dict[str, float]]:
        """`fit` of the part without a sentence, and of that with a true one."""
        return {
            "without": fit(self.write(case, Wish()), case),
            "with": fit(self.write(case, self.true_wish(case)), case),
        }

    def ask(self, case: Case, state: State, plain: Notes, rows: dict[str, Any], measured: State | None = None) -> float:
        """The amount of `measured` (of `state` itself without it) in the part for a sentence that says `state`."""
        part = self.write(case, self.understood(case, [state]))
        rows["same"].append(same(part, plain))
        return amount(part, case, measured or state)

    def understood(self, case: Case, states: Sequence[State]) -> Wish:
        """What is made of a sentence that says `states`, or what should be made of it."""
        if self.unworded:
            return wish_of(states)
        text = f"{case.song_name} {self.seed} {states}"
        sentence = self.grammar.say(case.stem, states, number_of(text)).text
        return self._read(sentence, case)

    def true_wish(self, case: Case) -> Wish:
        """What is made of a sentence about the song's own part."""
        setting = Setting.of(case.song, stop=int(case.bar_starts[-1]))
        facts = stem_facts(case.truth, case.stem, case.context, setting)
        worded = self.grammar.word(facts, number_of(f"{case.song_name} {self.seed}"))
        if self.unworded:
            return wish_of(worded.states)
        return self._read(worded.text, case)

    def _read(self, sentence: str, case: Case) -> Wish:
        return settled(RuleReader(self.inserter.pipeline.text, case.song.usual_bar).understand(sentence, case.stem))

    def write(self, case: Case, wish: Wish, alone: bool = False) -> Notes:
        """The model's part under a wish. alone: what the denoiser does by itself, as `self.alone` has it of all."""
        how: dict[str, Any] = {"tries": 1, "finished": False} if alone or self.alone else {}
        part = self.inserter.write(case.song, case.stem, seed=own_seed(case.song_name, self.seed), wish=wish, **how)
        if self.progress:
            self.progress(1)
        return part.between(0, int(case.bar_starts[-1]))


def insertions(stem: Stem, cases: int, fit_cases: int = 0, alone: bool = False) -> int:
    """How many parts so many cases of `stem` take, as `InstructionEval.run` has them."""
    words = sum(len(SCALE[name].words) for name in SCALES_ASKED[stem])
    styles = len(styles_asked(stem)) * (1 if alone else 2)
    return cases * (1 + words + 2 * len(CONTRASTS.get(stem, ())) + styles) + 2 * (fit_cases or cases)


def styles_asked(stem: Stem) -> tuple[str, ...]:
    """The styles that are asked for: of drums, those that the classifier tells apart; of other stems none."""
    return bundled_styles().config.styles if stem is Stem.DRUMS else ()


def _recognised(part: Notes, case: Case, style: str) -> bool:
    return bundled_styles().recognised(part, case.bar_starts) == style


def amount(part: Notes, case: Case, state: State) -> float:
    """How much of what a state is about a part has: a scale's value, bars that follow a figure, strokes of a drum.

    A part without notes has nothing (0) of anything; NaN is what cannot be measured in one that has some, as swing
    where there are hardly any off-beats.
    """
    if not len(part):
        return 0.0
    setting = Setting.of(case.song, stop=int(case.bar_starts[-1]))
    if state.fact == "figure":
        return figure_shares(part, case.stem, case.context, case.bar_starts, setting)[state.word]
    if state.fact == "kit":
        return drum_figures.kit_strokes(part, case.bar_starts)[state.word]
    return stem_facts(part, case.stem, case.context, setting).scales.get(state.fact, float("nan"))


def more(amount: float, other: float) -> float:
    """1 where an amount is the greater one, 0 where it is not, NaN where one of them could not be measured."""
    return float("nan") if np.isnan(amount) or np.isnan(other) else float(amount > other)


def fit(part: Notes, case: Case) -> dict[str, float]:
    """How near a part comes to the song's own, and how much of it lies in the harmony."""
    return {name: value for name, value in fit_scores(part, case).items() if name != "hat"}


def summary(rows: Sequence[dict[str, Any]], fits: Sequence[dict[str, dict[str, float]]]) -> dict[str, Any]:
    """Over cases: `spearman` of word asked for against value measured, pooled; `flips`, share of the cases in which the
    measure moved the right way, of those in which it could be taken, and `unmeasured`, how many those are not; `same`,
    share of sentences that changed nothing; for drums `styles`, share of cases in which a style asked for is
    recognised, and `styles_alone`, the same of single draws, for the classifier that recognises styles also chooses
    among tries and has grooves arranged. `fit`, over the cases of `fits`: means without and with a sentence, and the
    bootstrap 95% interval of the mean difference, NaN where it has none."""
    levels = {name: np.array([r["levels"][name] for r in rows]) for name in rows[0]["levels"]}
    flips = {name: np.array([r["flips"][name] for r in rows]) for name in rows[0]["flips"]}
    styles: dict[str, dict[str, float]] = {
        key: {name: float(np.mean([r[key][name] for r in rows])) for name in rows[0][key]}
        for key in ("styles", "styles_alone")
        if key in rows[0]
    }
    return {
        "cases": len(rows),
        "spearman": {name: _obeyed(v) for name, v in levels.items()},
        "flips": {name: mean(v) for name, v in flips.items()},
        "unmeasured": {name: missing for name, v in flips.items() if (missing := int(np.isnan(v).sum()))},
        "same": float(np.mean([s for r in rows for s in r["same"]])),
        "fit": {name: _difference(fits, name) for name in fits[0]["without"]},
        "fit_cases": len(fits),
        **styles,
    }


def _obeyed(measured: np.ndarray) -> float:
    """Rank correlation of words [cases, words], from the least to the most, with what was measured under them."""
    asked = np.tile(np.arange(measured.shape[1]), len(measured))
    known = ~np.isnan(measured.ravel())
    return spearman(asked[known], measured.ravel()[known]) if known.any() else float("nan")


def _difference(fits: Sequence[dict[str, dict[str, float]]], name: str) -> dict[str, Any]:
    without, told = (np.array([f[key][name] for f in fits]) for key in ("without", "with"))
    return {"without": mean(without), "with": mean(told), "difference": mean_interval(told - without)}


def _label(state: State) -> str:
    return f"no {state.word}" if state.negated else state.word

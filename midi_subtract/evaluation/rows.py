"""The rows of every table: who writes a part. Controls, and the model under different conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from midi_subtract.evaluation import controls
from midi_subtract.evaluation.cases import Case
from midi_subtract.notes import Notes
from subtract_core.errors import InputError
from subtract_core.evaluation.panel import Row, asked_rows, generator_of, own_seed
from subtract_core.stems import Stem

if TYPE_CHECKING:
    from midi_subtract.inserter import MidiInserter
    from subtract_core.wish import Wish

Writer = Callable[[Case, int], Notes | None]
"""writer(case, seed): a part in steps from the start of the window, or None where it is not available."""


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        Row("GT", "the song's own part"),
        Row("RAND", "another song's part", draws=True),
        Row("RANDkey", "the same, transposed to fit", draws=True),
        Row("RULE", "a rule: root eighths for bass, a rock beat for drums, triads on the beat else"),
        Row("MMA", f"the accompaniment generator mma, groove {controls.DEFAULT_GROOVE}, chords estimated", draws=True),
        Row("MMA-tuned", "the same, the groove that fits an instrument best", draws=True),
        Row("COPY1", "the true part, a bar late: a yardstick that knows the answer"),
        Row("rotated", f"the true part, its bars moved by {controls.ROTATION}: a yardstick too"),
        Row("model", "the model under test", draws=True, model=True),
        Row("model-shuffled", "the model, given another song's context", draws=True, model=True),
        Row("model-no-text", "the model without the sentence that the row model is given", draws=True, model=True),
    )
}
TEXT_ROW = "model-no-text"
"""Means something only where the row `model` is given a sentence."""


def parse_rows(names: str, with_text: bool) -> list[str]:
    """The rows named in a comma-separated list, in the tables' order; "" stands for all that mean something.

    Raises `InputError` for an unknown name.
    """
    asked = asked_rows(names, ROWS)
    if with_text:
        return asked
    if names.strip() and TEXT_ROW in asked:
        raise InputError(f"--rows: {TEXT_ROW} is the row model unless --with-text gives that a sentence")
    return [name for name in asked if name != TEXT_ROW]


class Subject:
    """The model under test: asks an inserter for parts, with or without a sentence about the song's own part.

    alone: what the denoiser does by itself: the first part drawn, with nothing brought to what was asked for after.
    """

    def __init__(self, inserter: MidiInserter, with_text: bool = False, alone: bool = False) -> None:
        self.inserter, self.with_text, self.alone = inserter, with_text, alone
        self._wishes: dict[tuple[str, Stem, int], Wish] = {}

    def write(self, case: Case, context: Case, seed: int, told: bool = True) -> Notes:
        """The part for `case`, heard with the other parts of `context`, cut to the length of `case`.

        told: give it the sentence, where this subject has sentences.
        """
        settings: dict[str, Any] = {"finished": False, "tries": 1} if self.alone else {}
        if told and self.with_text:
            settings["wish"] = self._wish(case)
        part = self.inserter.write(context.song, case.stem, seed=seed, **settings)
        return part.between(0, int(case.bar_starts[-1]))

    def _wish(self, case: Case) -> Wish:
        """What the text encoder makes of a sentence about the true part, in words held out of its training."""
        from midi_subtract.evaluation.instruction_eval import InstructionEval

        key = (case.song_name, case.stem, case.start_step)
        if key not in self._wishes:  # the facts and the sentence are the same for every seed
            self._wishes[key] = InstructionEval(self.inserter).true_wish(case)
        return self._wishes[key]


def writers(cases: Sequence[Case], subject: Subject | None) -> dict[str, Writer]:
    """For every row that can be had, who writes its parts; the model's rows need `subject`."""
    found: dict[str, Writer] = {
        "GT": lambda case, _: case.truth,
        "RAND": lambda case, seed: controls.rand(case, cases, generator_of(case.song_name, seed)),
        "RANDkey": lambda case, seed: controls.rand_key(case, cases, generator_of(case.song_name, seed)),
        "RULE": lambda case, _: controls.rule(case),
        "MMA": lambda case, seed: controls.mma(case, seed, controls.DEFAULT_GROOVE),
        "MMA-tuned": lambda case, seed: controls.mma(case, seed, tuned_groove(case)),
        "COPY1": lambda case, _: controls.copy1(case),
        "rotated": lambda case, _: controls.rotated(case),
    }
    if subject is not None:
        model = subject
        found["model"] = lambda case, seed: model.write(case, case, own_seed(case.song_name, seed))
        found["model-shuffled"] = lambda case, seed: model.write(
            case, controls.other_song(case, cases, generator_of(case.song_name, seed)), own_seed(case.song_name, seed)
        )
        found[TEXT_ROW] = lambda case, seed: model.write(case, case, own_seed(case.song_name, seed), told=False)
    return found


def tuned_groove(case: Case) -> str:
    """The groove of MMA-tuned; stems without one of their own get the default."""
    return controls.TUNED_GROOVES.get(case.stem, controls.DEFAULT_GROOVE)

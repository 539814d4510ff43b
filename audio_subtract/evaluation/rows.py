"""The rows of every table: who writes a stem. Controls, and the model under different conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from audio_subtract.evaluation.cases import Case, Sound, others_of
from audio_subtract.evaluation.rule import rule_drums
from audio_subtract.evaluation.songs import scaled
from audio_subtract.listening.loudness import REFERENCE, louder
from audio_subtract.metrics import is_exact
from audio_subtract.model.autoencoder import STRIDE
from audio_subtract.model.harmonic import stem_to_sound
from audio_subtract.model.spectrogram import RATE, log_mel
from audio_subtract.rendering.soundfonts import SoundFont
from subtract_core.evaluation.panel import Row, own_seed
from subtract_core.stems import Stem

if TYPE_CHECKING:
    from audio_subtract.inserter import AudioInserter


@dataclass(frozen=True)
class Written:
    """A stem as a row wrote it. exact: whether mix = song + stem (A1); NaN for rows that use no inserter."""

    sound: Sound
    exact: float = float("nan")


Writer = Callable[[Case, int], Written | None]
"""writer(case, seed): the stem, or None where the row has none for such stems."""


ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        Row("GT", "the song's own stem"),
        Row("GT-resounded", "the song's own stem played by another SoundFont (--other-soundfont), as loud"),
        Row("RAND", "another song's stem, as loud against the mix as it was in its own", draws=True),
        Row("RULE", "a rock beat on the beats heard in the mix; for drums"),
        Row("silence", "nothing"),
        Row("codec", "the song's own stem through autoencoder and phase reconstruction, the ceiling", model=True),
        Row("RAND-codec", "RAND through the same", draws=True, model=True),
        Row("model", "the model under test", draws=True, model=True),
        Row("model-shuffled", "the model, given another song's context", draws=True, model=True),
    )
}


class Subject:
    """The model under test."""

    def __init__(self, inserter: AudioInserter) -> None:
        self.inserter = inserter

    def write(self, context: Sound, stem: Stem, seed: int) -> Written:
        """The model's stem for a context, and whether it and the mix are exact."""
        result = self.inserter((context.samples[:, None], RATE), stem, seed=seed)
        exact = is_exact(result.mix, result.song.samples, result.stem)
        return Written(Sound(np.ascontiguousarray(result.stem[:, 0], dtype=np.float32)), float(exact))

    def through_codec(self, sound: Sound, context: Sound, stem: Stem, seed: int) -> Sound:
        """A stem encoded, decoded and given phases again, as loud as the model hears it beside such a context."""
        codec = self.inserter.pipeline.codec
        config, shift = codec.config.spectrogram, REFERENCE - context.loudness
        level = louder(log_mel(torch.from_numpy(sound.samples), config), shift)
        latents = codec.encode([level], stem, -(-len(level) // STRIDE))
        decoded = louder(codec.decode(latents, stem)[0][: len(level)], -shift)
        return Sound(stem_to_sound(decoded, stem, config, len(sound.samples), seed).numpy())


def rand(case: Case, cases: Sequence[Case], seed: int) -> Sound:
    """Another song's stem of the same kind, as loud against this context as it was against its own."""
    other = others_of(case, cases, seed)[0]
    return moved(other.truth, other.context, case.context)


def moved(stem: Sound, its: Sound, context: Sound) -> Sound:
    """A stem that belongs to the context `its`, as loud against another one."""
    return Sound(scaled(stem.samples, context.loudness - its.loudness))


def writers(cases: Sequence[Case], subject: Subject | None, font: SoundFont | None = None) -> dict[str, Writer]:
    """For every row that can be had, who writes its stems; the model's rows need `subject`. font: plays RULE."""
    found: dict[str, Writer] = {
        "GT": lambda case, _: Written(case.truth),
        "GT-resounded": lambda case, _: _resounded(case),
        "RAND": lambda case, seed: Written(rand(case, cases, seed)),
        "RULE": lambda case, _: _rule(case, cases, font),
        "silence": lambda case, _: Written(Sound(np.zeros_like(case.truth.samples))),
    }
    if subject is not None:
        model = subject
        found["codec"] = lambda case, seed: Written(model.through_codec(case.truth, case.context, case.stem, seed))
        found["RAND-codec"] = lambda case, seed: Written(
            model.through_codec(rand(case, cases, seed), case.context, case.stem, seed)
        )
        found["model"] = lambda case, seed: model.write(case.context, case.stem, own_seed(case.name, seed))
        found["model-shuffled"] = lambda case, seed: _shuffled(model, case, cases, seed)
    return found


def _resounded(case: Case) -> Written | None:
    again = case.song.resounded.get(case.stem)
    if again is None:
        return None
    sound = Sound(again)
    return Written(sound if sound.is_silent else moved(sound, sound, case.truth))


def _rule(case: Case, cases: Sequence[Case], font: SoundFont | None) -> Written | None:
    if case.stem is not Stem.DRUMS:
        return None
    sound = Sound(rule_drums(case.context, case.seconds, font))
    if sound.is_silent:  # no beat was heard
        return Written(sound)
    usual = float(np.mean([other.balance for other in cases]))
    return Written(Sound(scaled(sound.samples, case.context.loudness + usual - sound.loudness)))


def _shuffled(model: Subject, case: Case, cases: Sequence[Case], seed: int) -> Written:
    other = others_of(case, cases, seed)[0]
    written = model.write(other.context, case.stem, own_seed(case.name, seed))
    return Written(moved(written.sound, other.context, case.context), written.exact)

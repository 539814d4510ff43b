"""What every kind of inserter shares: what is asked of a stem, and the way from there to the song with its stem."""

from __future__ import annotations

import math
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np

from audio_subtract.arguments import checked_gain, checked_only, checked_sections, checked_tempo, clock
from audio_subtract.files.reader import AudioInput, read_audio
from audio_subtract.files.waveform import Waveform, resampled
from audio_subtract.listening.facts import Beats
from audio_subtract.listening.loudness import SILENT, LoudnessCurve
from audio_subtract.mix import insert_stem
from audio_subtract.model.spectrogram import FLOOR, RATE, SpectrogramConfig
from audio_subtract.prompt_times import with_prompt
from audio_subtract.reporting import Balance, explained, mixing_warnings
from audio_subtract.result import InsertReport, InsertResult
from subtract_core.choice import TRIES, checked_progress, checked_prompt, checked_seed, checked_tries
from subtract_core.errors import InputError
from subtract_core.explain import asked_for
from subtract_core.knobs import Knob, knob_wish, words_only
from subtract_core.stems import Stem, asked_stem
from subtract_core.wish import Wish

Progress = Callable[[int, int], None]
"""progress(done, total), in hundredths."""

_LEVELS = SpectrogramConfig()
AROUND = 12.0
"""Seconds that are heard on either side of the stretches in which alone a stem is to sound: more than a window."""
FADE = 0.01
"""Seconds over which a stem that sounds in stretches of a song comes and goes."""
_REDUCED = 0.1  # decibels: a stem turned down by less is as it was


@dataclass(frozen=True)
class Asked:
    """What is asked of a stem: the arguments of `SongInserter.__call__`, checked. wish: what the controls come to.

    sections: second -> sentence, in order, "" where the prompt is all that holds; what begins before the song is in
    force from its beginning on.
    begin: where in the song of the user, in seconds, the one begins that this is asked for.
    """

    stem: Stem
    prompt: str | None
    wish: Wish
    gain: float
    seed: int
    steps: int | None
    context_scale: float | None
    text_scale: float | None
    best_of: int | None = None
    sections: Mapping[float, str] = field(default_factory=dict)
    tries: int = TRIES
    only: Sequence[tuple[float, float]] = ()
    begin: float = 0.0
    tempo: float | None = None

    def from_second(self, begin: float) -> Asked:
        """The same of a song without its first `begin` seconds."""
        sections = {second - begin: text for second, text in self.sections.items()}
        only = [(start - begin, stop - begin) for start, stop in self.only]
        return replace(self, sections=sections, only=only, begin=self.begin + begin)

    def within(self, wishes: Mapping[float, Wish]) -> dict[float, Wish]:
        """What is asked from each second on, and nothing where the stem is not to sound."""
        if not self.only:
            return dict(wishes)
        limits = {0.0: Wish()} | {stop: Wish() for _, stop in self.only}
        for start, stop in self.only:
            in_force = [wish for second, wish in sorted(wishes.items()) if second <= start]
            limits[start] = in_force[-1] if in_force else Wish()
            limits |= {second: wish for second, wish in wishes.items() if start < second < stop}
        return dict(sorted(limits.items()))

    @property
    def words(self) -> str:
        """Prompt and controls as one sentence, for models that read nothing else; empty where nothing is asked."""
        controls = [f"{fact}: {said}" for fact, said in asked_for(self.wish)]
        return ", ".join([*([self.prompt.strip()] if self.prompt else []), *controls])


@dataclass(frozen=True)
class Written:
    """A stem that a model wrote.

    sound: float32 [song.frames] at the song's rate, full scale 1.
    wish: all that was understood of what was asked. warnings: what the user should know.
    later: second -> what was understood of what is asked from there on instead, in order. beats: of the song, where the
    model has looked for them. louder: second -> decibels by which a loudness that is asked for from there on makes the
    stem louder, by models that do just that. not_understood: phrases of the prompt that say nothing.
    """

    sound: np.ndarray
    wish: Wish
    warnings: tuple[str, ...] = ()
    later: Mapping[float, Wish] = field(default_factory=dict)
    beats: Beats | None = None
    louder: Mapping[float, float] = field(default_factory=dict)
    not_understood: tuple[str, ...] = ()

    @property
    def wishes(self) -> dict[float, Wish]:
        """Second -> what was understood of what is asked from there on, in order."""
        return {0.0: self.wish, **self.later}


class SongInserter(ABC):
    """Writes missing stems into recordings; what kind of model does it is a subclass's matter (`_write`).

    hears_sections: whether what is asked may change within a song. draws_several: whether it can draw several stems and
    keep one of them.
    """

    hears_sections: ClassVar[bool] = False
    draws_several: ClassVar[bool] = False

    def __call__(
        self,
        song: AudioInput,
        stem: str | Stem | None = None,
        *,
        instrument: str | Stem | None = None,
        prompt: str | None = None,
        sections: Mapping[float, str] | None = None,
        only: Iterable[tuple[float, float | None]] | None = None,
        density: Knob = None,
        register: Knob = None,
        loudness: Knob = None,
        swing: Knob = None,
        syncopation: Knob = None,
        style: str | None = None,
        gain: float = 0.0,
        tempo: float | None = None,
        seed: int | None = None,
        steps: int | None = None,
        context_scale: float | None = None,
        text_scale: float | None = None,
        best_of: int | None = None,
        tries: int | None = None,
        progress: Progress | None = None,
    ) -> InsertResult:
        """Write `stem` into `song`; the song's own samples stay as they are, and what is added is as long as it is.

        song: a path, the bytes of an audio file, one that is open, or (samples, rate) with samples [frames] or
        [frames, channels] of a numpy array; what comes back has the same shape.
        stem, also called instrument: drums where neither is given.
        prompt: a sentence that says how the stem is played. sections: second of the song -> a sentence about the stem
        from there on, up to the next of them; what it does not speak of stays as the prompt has it.
        only: pairs of seconds (None: the end) between which alone the stem sounds.
        density, register, loudness, swing, syncopation: a word of `subtract_core.facts.SCALES`; style: a name or
        several with commas between. They win over the sentences.
        gain: decibels, -60 to 24, by which the stem is louder than it would be.
        tempo: of the song in beats a minute, 20 to 400, by which facts are counted in beats; it is heard where none is
        given.
        seed: the same seed gives the same stem on the same machine; None draws one, see `report.seed`.
        steps, context_scale, text_scale, best_of: see `SamplerConfig`; None takes the model's own.
        tries: how often a stem is drawn at most, anew where it is silent or misses what was asked for, by models that
        can draw several.
        The stem has one channel and sounds in the middle. Raises `InputError` for what cannot be used.
        """
        started = time.monotonic()
        stem, progress = asked_stem(instrument, stem, Stem.DRUMS), checked_progress(progress)
        gain, prompt, tempo = checked_gain(gain), checked_prompt(prompt), checked_tempo(tempo)
        knobs = {
            "density": density, "register": register, "loudness": loudness, "swing": swing,
            "syncopation": syncopation, "style": style,
        }  # fmt: skip
        wish = knob_wish(stem, knobs, words_only)
        seed = secrets.randbits(31) if seed is None else checked_seed(seed)
        waveform = read_audio(song)
        if sections and not self.hears_sections:
            raise InputError("sections: this model takes one sentence for the whole song; give a prompt instead")
        later = checked_sections(sections, waveform.name, waveform.seconds)
        if best_of not in (None, 1) and not self.draws_several:
            raise InputError(f"best_of: {best_of} is out of range for this model, which draws one stem; leave it out")
        controls = (steps, context_scale, text_scale, best_of)
        spans = checked_only(only, waveform.name, waveform.seconds)
        left_out = _left_out(later, spans)
        later = {second: sentence for second, sentence in later.items() if second not in left_out}
        if prompt and self.hears_sections:
            prompt, later = with_prompt(prompt, later, stem, waveform.seconds)
        asked = Asked(stem, prompt, wish, gain, seed, *controls, later, checked_tries(tries), spans, tempo=tempo)
        written = self._write_only(waveform, asked, progress) if spans else self._write(waveform, asked, progress)
        mixed = insert_stem(waveform, written.sound)
        sound = resampled(written.sound, waveform.rate, RATE)
        balance = Balance.of(waveform, sound, mixed, gain, spans)
        warnings = [*waveform.warnings, *mixing_warnings(waveform, stem, mixed, balance.silent), *written.warnings]
        places = ", ".join(f"{clock(start)}-{clock(stop)}" for start, stop in spans)
        warnings += [f"the section at {clock(at)} changes nothing: no part of it is in {places}" for at in left_out]
        beats = written.beats or Beats.tracked(waveform.heard(RATE), tempo)
        report = InsertReport(
            song=waveform.name,
            instrument=stem.value,
            seed=seed,
            only=spans,
            rate=waveform.rate,
            channels=waveform.channels,
            length=waveform.seconds,
            loudness=balance.within(spans),
            gain=gain,
            reduction=mixed.reduction,
            reduced_seconds=mixed.reduced_seconds,
            seconds=time.monotonic() - started,
            warnings=warnings,
            facts=explained(written.wishes, stem, sound, beats, spans, balance, written.louder),
            not_understood=list(written.not_understood),
        )
        shape = song[0].shape if isinstance(song, tuple) else mixed.mix.shape
        return InsertResult(mixed.mix.reshape(shape), mixed.stem.reshape(shape), waveform, report)

    def _write_only(self, song: Waveform, asked: Asked, progress: Progress | None) -> Written:
        """Write the stem between the seconds of `asked.only`, for what sounds from `AROUND` before until after them."""
        first = max(0, math.floor((asked.only[0][0] - AROUND) * song.rate))
        stop = min(song.frames, math.ceil((asked.only[-1][1] + AROUND) * song.rate))
        begin = first / song.rate
        name = song.name if stop - first == song.frames else f"{song.name}, {clock(begin)}-{clock(stop / song.rate)}"
        around = replace(song, samples=song.samples[first:stop], name=name)
        written = self._write(around, asked.from_second(begin), progress)
        sound = np.zeros(song.frames, dtype=np.float32)
        sound[first:stop] = written.sound
        later = {begin + second: wish for second, wish in written.wishes.items()}
        return replace(
            written,
            sound=_inside(sound, asked.only, song.rate),
            wish=later.pop(0.0, Wish()),
            later=later,
            beats=written.beats and replace(written.beats, times=written.beats.times + begin),
            louder={begin + second: decibels for second, decibels in written.louder.items()},
        )

    @abstractmethod
    def _write(self, song: Waveform, asked: Asked, progress: Progress | None) -> Written:
        """Write the stem that is asked for; raises `InputError` for what cannot be used."""


def _left_out(sections: Iterable[float], only: Sequence[tuple[float, float]]) -> list[float]:
    """Those of the seconds at which sections begin, in order, of whose sections no part lies in `only`, if given."""
    lasting = pairwise([*sections, math.inf])
    return [first for first, last in lasting if only and not any(first < stop and start < last for start, stop in only)]


def _inside(sound: np.ndarray, spans: Sequence[tuple[float, float]], rate: int) -> np.ndarray:
    """float32 [frames], silent but for `spans` in seconds, at whose ends it fades for `FADE` seconds; where the song
    itself begins or ends it needs no fade."""
    out = np.zeros_like(sound)
    for span in spans:
        start, stop = (min(math.ceil(second * rate), len(sound)) for second in span)
        some = out[start:stop]
        some[:] = sound[start:stop]
        ramp = np.linspace(0, 1, min(round(FADE * rate), len(some) // 2), endpoint=False, dtype=np.float32)
        if start > 0:
            some[: len(ramp)] *= ramp
        if stop < len(sound):
            some[len(some) - len(ramp) :] *= ramp[::-1]
    return out


def between(progress: Progress | None, first: int, last: int) -> Progress | None:
    """Tells `progress` of a part of the work that takes it from `first` to `last` hundredths."""
    return progress and (lambda done, total: progress(first + (last - first) * done // total, 100))


_CANCELLED = 12.0
"""Decibels that a channel alone is louder by than the mean of all, where they cancel; 6 where the other is silent."""


def audible(heard: np.ndarray, config: SpectrogramConfig, song: Waveform) -> float:
    """The loudness in decibels of what is heard of a song, float32 [samples] at `RATE`, however far it goes beyond full
    scale; raises `InputError` for silence."""
    present = LoudnessCurve.of(heard, config).within()
    if present > SILENT:
        return present
    for channel in range(song.channels if song.channels > 1 else 0):
        alone = replace(song, samples=song.samples[:, channel : channel + 1])
        if LoudnessCurve.of(alone.heard(RATE), config).within() > max(SILENT, present + _CANCELLED):
            raise InputError(
                f"{song.name}: its channels cancel each other out, and models hear their sum; turn one of them over, "
                "or give one alone"
            )
    raise InputError(
        f"{song.name}: is silent ({max(present, FLOOR):.0f} dB); a song that can be heard (above {SILENT:g} dB) is "
        "needed"
    )

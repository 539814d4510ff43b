"""Inserting a stem into a song: the public interface of the audio backend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from audio_subtract.arguments import clock
from audio_subtract.files.waveform import Waveform, resampled
from audio_subtract.hints import hint_warning, ruled_out
from audio_subtract.insertion import Asked, Progress, SongInserter, Written, audible, between
from audio_subtract.listening.facts import Beats
from audio_subtract.listening.loudness import REFERENCE
from audio_subtract.model.autoencoder import STRIDE
from audio_subtract.model.codec import place_features
from audio_subtract.model.harmonic import stem_to_sound
from audio_subtract.model.pipeline import DEFAULT_MODEL, AudioPipeline
from audio_subtract.model.spectrogram import RATE, log_mel
from audio_subtract.playing.adherence import missed
from audio_subtract.playing.choice import likeness
from audio_subtract.playing.dynamics import waiting, with_dynamics
from audio_subtract.result import InsertReport, InsertResult
from subtract_core.choice import NEAR_ENOUGH, TRIES, counted_draws, least_missing, seed_of, typicality
from subtract_core.model.denoiser import Condition
from subtract_core.model.device import pick_device
from subtract_core.model.sampler import sample
from subtract_core.stems import Stem
from subtract_core.understanding.encoder import TextEncoder
from subtract_core.understanding.other_players import ROOM, room_asked, without_other_players
from subtract_core.understanding.phrases import not_understood
from subtract_core.understanding.places import place_in, place_warning, without_places
from subtract_core.understanding.plain import plain
from subtract_core.understanding.reader import OWN, Reader
from subtract_core.understanding.silence import asks_silence
from subtract_core.understanding.speed_words import as_density
from subtract_core.wish import Section, Wish, spoken_of_throughout, vectors

__all__ = ["AudioInserter", "InsertReport", "InsertResult"]


LOUDEST = 6.0
"""Decibels by which a stem that is to be very loud is louder than it would be."""
MUTED = -200.0
"""Decibels by which a stem is softer where it is to rest, so that no sample of it is left."""
WEAKER, STRONGER, MOST_TEXT = 0.6, 1.5, 20.0
"""What the text scale is multiplied by after a stem that is silent, or that misses what was asked for; and its end."""
PLACE = "for some of it, give it as --section '0:45: ...' (sections={45: ...}), or --only 0:45-1:10 (only=)"
"""What to do with a place that a prompt names."""
RAMP = 0.05
"""Seconds over which loudness goes from one section's to the next's, so that it is there when that begins."""


def loudness_gain(wish: Wish) -> float:
    """Decibels that a loudness asked for comes to: `LOUDEST` either way at the ends of its scale, `MUTED` for silence.

    Models hear and write stems at one loudness whatever the playing: what they know of loud and soft is timbre.
    """
    return MUTED if wish.silent else LOUDEST * (2 * wish.levels.get("loudness", 0.5) - 1)


def _understood(sentence: str, stem: Stem, reader: Reader) -> Wish:
    """What a sentence asks of a stem, silence too, which readers do not know, and nothing of what others play."""
    own = without_other_players(plain(sentence), stem)
    if asks_silence(own, stem):
        return Wish(silent=True)
    rest, leaves_room = room_asked(own)
    wish = as_density(rest, reader.understand(rest, stem)) if rest.strip(" ,.;:!?-") else Wish()
    return ROOM.under(wish) if leaves_room else wish


def _not_understood(prompt: str, stem: Stem, reader: Reader) -> list[str]:
    """The phrases of a prompt that say nothing; of other readers than our own, which may be slow, that is not asked."""

    def is_known(phrase: str) -> bool:
        return bool(ruled_out(phrase, stem) or place_in(phrase)) or not without_other_players(phrase, stem)

    if not isinstance(reader, TextEncoder):
        return []
    return not_understood(prompt, lambda words: _understood(without_places(words), stem, reader), is_known)


def gains(wishes: Mapping[float, Wish], samples: int, rate: int) -> np.ndarray:
    """`loudness_gain` of what is asked from each second on, float64 [samples], or [1] where it is the same throughout;
    it changes over the `RAMP` seconds before, or what there is of them."""
    seconds, values = list(wishes), [loudness_gain(wish) for wish in wishes.values()]
    times = [t for last, second in pairwise(seconds) for t in (max(last, second - RAMP), second)]
    levels = [value for pair in pairwise(values) for value in pair]
    return np.interp(np.arange(samples) / rate, times, levels) if times else np.array(values)


class AudioInserter(SongInserter):
    """Writes missing stems into recordings, as in

        inserter = AudioInserter.from_pretrained()  # weights inside the package
        result = inserter("song.wav", stem="drums", prompt="aggressive rock drums", seed=7)
        result.save("song.drums.wav")

    One inserter serves any number of songs. For the models of others see `audio_subtract.load_inserter`.
    """

    hears_sections = True
    draws_several = True

    def __init__(self, pipeline: AudioPipeline) -> None:
        self.pipeline = pipeline

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path = DEFAULT_MODEL,
        device: str | torch.device = "auto",
        reader: str | Reader = OWN,
    ) -> AudioInserter:
        """Load a checkpoint directory, or the model that comes with the package; device: auto, cpu, cuda, cuda:1 ... or
        mps.

        reader: what reads prompts and sections: "own", the model's text encoder, or "openai" or "openai:MODEL", a
        language model, see `subtract_core.understanding.reader`.
        """
        return cls(AudioPipeline.from_pretrained(model, str(pick_device(device)), reader))

    def _write(self, song: Waveform, asked: Asked, progress: Progress | None) -> Written:
        self.pipeline.check_writes(asked.stem, "stem")
        text = self.pipeline.text
        understood = _understood(without_places(asked.prompt), asked.stem, text) if asked.prompt else Wish()
        said = {second: _understood(sentence, asked.stem, text) for second, sentence in asked.sections.items()}
        begun = {max(0.0, second): understood.then(section) for second, section in said.items()}
        wishes = {0.0: understood, **begun}
        later = asked.within({second: each.under(asked.wish) for second, each in wishes.items()})
        wish = later.pop(0.0)
        spectrogram = self.pipeline.codec.config.spectrogram
        heard = song.heard(RATE)
        present, correction = audible(heard, spectrogram, song), self.pipeline.gain(asked.stem)
        heard *= np.float32(10 ** ((REFERENCE - present) / 20))  # levels end at 0 and -100 dB, songs need not
        names = ("steps", "context_scale", "text_scale", "best_of")
        sampler = {name: getattr(asked, name) for name in names}
        beats = Beats.tracked(heard, asked.tempo)
        written = self.write(
            log_mel(torch.from_numpy(heard), spectrogram),
            asked.stem,
            wish,
            asked.seed,
            sampler,
            between(progress, 0, 50),
            later,
            beats,
            asked.tries,
            asked.only,
        )
        later_half = between(progress, 50, 100)
        sound = stem_to_sound(written, asked.stem, spectrogram, len(heard), asked.seed, later_half).numpy()
        sound = waiting(sound, heard)
        ends = {stop for _, stop in asked.only}  # nothing is asked from there on, but loudness lasts until there
        lasting = {second: each for second, each in {0.0: wish, **later}.items() if second not in ends}
        made_louder = present - REFERENCE + correction + asked.gain
        sound *= 10 ** ((gains(lasting, len(sound), RATE) + made_louder) / 20)
        unknown = f"nothing in the prompt is known of {asked.stem.value}: the stem is as it would be without it"
        warnings = [unknown] if asked.prompt and not understood and not ruled_out(asked.prompt, asked.stem) else []
        if hinted := hint_warning(asked.stem, [asked.prompt or "", *asked.sections.values()], [wish, *later.values()]):
            warnings.append(hinted)
        if misplaced := place_warning(asked.prompt or "", PLACE):
            warnings.append(misplaced)
        if asked.best_of == 2:
            warnings.append("best_of 2 draws one stem: of two, neither is more like the other; choose 3 or more")
        warnings += [
            f"nothing in the section at {clock(asked.begin + second)} is known of {asked.stem.value}"
            for second, section in said.items()
            if asked.sections[second] and not section and not ruled_out(asked.sections[second], asked.stem)
        ]
        louder = {second: loudness_gain(each) for second, each in {0.0: wish, **later}.items()}
        stem = resampled(sound, RATE, song.rate, song.frames)
        lost = _not_understood(asked.prompt or "", asked.stem, text)
        return Written(stem, wish, tuple(warnings), later, beats, louder, tuple(lost))

    def write(
        self,
        level: Tensor,
        stem: Stem,
        wish: Wish | None = None,
        seed: int = 0,
        sampler: dict[str, Any] | None = None,
        progress: Progress | None = None,
        later: Mapping[float, Wish] | None = None,
        beats: Beats | None = None,
        tries: int = TRIES,
        only: Sequence[tuple[float, float]] = (),
    ) -> Tensor:
        """Write a stem for a remaining mix, both as levels float32 [frames, mels] at the reference loudness.

        A stem that is silent, or misses what is asked for, is drawn anew, at most `tries` in all: pulled less after
        silence, and more else. Of three or more drawn (`SamplerConfig.best_of` are in any case, but for two) that miss
        least the one most like the others is kept.
        beats: of the song; without them nothing that is asked for can be held against a stem.
        later: second -> what is asked from there on instead, in order.
        sampler: fields of `SamplerConfig` that are not None replace the model's own.
        only: pairs of seconds outside of which nothing of the stem is kept; in them it is not to be silent.
        """
        codec = self.pipeline.codec
        frames = -(-len(level) // STRIDE)
        sections = [
            Section(0, wish or Wish()),
            *(Section(round(t / codec.seconds), w) for t, w in (later or {}).items()),
        ]
        asked = any(section.wish for section in sections)
        condition = Condition(
            context=codec.encode_context([{Stem.KEYS: level}], frames),  # any stem's name: mixes are heard as one
            place=place_features(frames, frames)[None].to(codec.device),
            stem=torch.tensor([stem.number], device=codec.device),
            text=torch.from_numpy(vectors(spoken_of_throughout(sections), frames))[None].to(codec.device)
            if asked
            else None,
        )
        settings = self.pipeline.sampler.asked(**(sampler or {}))
        if asked:
            settings = replace(settings, perturbed_scales={})  # it smooths away what only an instruction brings
        wishes = {0.0: wish or Wish(), **(later or {})}
        drawn: list[tuple[float, Tensor]] = []
        count = settings.best_of if settings.best_of > 2 else 1  # of two neither is more like the others
        for attempt in range(max(tries, count)):
            counted = progress and counted_draws(progress, attempt, max(count, attempt + 1))
            latents = sample(self.pipeline.denoiser, condition, settings, seed_of(seed, attempt), counted)
            part = with_dynamics(codec.decode(latents, stem)[0][: len(level)], level, codec.config.spectrogram)
            short = missed(part, stem, wishes, beats, codec.config.spectrogram, only)
            drawn.append((short, part))
            if len(drawn) >= count and min(miss for miss, _ in drawn) <= NEAR_ENOUGH:
                break
            if short > NEAR_ENOUGH:
                pull = WEAKER if math.isinf(short) else STRONGER
                settings = replace(settings, text_scale=min(settings.text_scale * pull, MOST_TEXT))
        good = [drawn[place][1] for place in least_missing([miss for miss, _ in drawn])]
        return good[int(np.argmax(typicality(good, likeness)))]

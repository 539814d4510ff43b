"""What the denoiser is told before it draws a part: the song, what there is of the part already, what is asked of it.

A song of fewer beats than there are frames is heard over and over, as loops are: the model knows windows of one length,
and fits what is repeated better than what ends in silence (docs/experiments.md, 2026-11-27).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from midi_subtract.metrics import FloatArray
from midi_subtract.model.codec import MidiCodec
from midi_subtract.model.features import place_features
from midi_subtract.notes import STEPS_PER_BEAT, Notes, repeated
from midi_subtract.song import Song
from subtract_core.model.denoiser import Condition
from subtract_core.model.sampler import Draft
from subtract_core.stems import Stem
from subtract_core.wish import Section, vectors


def condition_of(
    codec: MidiCodec, song: Song, heard: Mapping[Stem, Notes], stem: Stem, frames: int, unguided: str | None = None
) -> Condition:
    """What the denoiser is told of a song and of `heard`, the parts that it hears: batch 1, a frame a beat.

    unguided: one of those parts by which guidance is not to lead, where there are others.
    """
    beats = song.n_beats
    if beats < frames:
        length, stop = beats * STEPS_PER_BEAT, frames * STEPS_PER_BEAT
        heard = {s: repeated(notes, length, stop) for s, notes in heard.items()}
    place = place_features(song, 0, beats)[np.arange(frames) % beats]
    apart = {s: notes for s, notes in heard.items() if s.value == unguided}
    return Condition(
        context=codec.encode_context([heard], frames),
        place=torch.from_numpy(place)[None].to(codec.device),
        stem=torch.tensor([stem.number], device=codec.device),
        unguided=codec.encode_context([apart], frames) if 0 < len(apart) < len(heard) else None,
    )


def draft_of(codec: MidiCodec, guesses: Sequence[Notes], held: FloatArray, stem: Stem, frames: int) -> Draft:
    """What there is of a part: the mean of guesses at all of it. held: the diffusion
    times of `Draft`, [beats]."""
    beats = len(held)
    length, stop = beats * STEPS_PER_BEAT, frames * STEPS_PER_BEAT
    latents = codec.encode([repeated(guess, length, stop) for guess in guesses], stem, frames).mean(dim=0, keepdim=True)
    return Draft(latents, torch.from_numpy(held[np.arange(frames) % beats]).float().to(latents.device))


def told_of(codec: MidiCodec, said: Sequence[Section], beats: int, frames: int) -> Tensor | None:
    """What is said of the part in a song of so many beats, [1, frames, text_channels]; None for nothing."""
    if not said:
        return None
    return torch.from_numpy(vectors(said, beats)[np.arange(frames) % beats])[None].to(codec.device)

"""Sampling whole pieces: guided denoising in overlapping windows that agree where they meet."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from subtract_core.choice import MOST_TRIES, shown, whole_number
from subtract_core.config import from_dict, name_stems
from subtract_core.errors import ConfigError, InputError
from subtract_core.facts import CHOICE
from subtract_core.model.denoiser import Condition, Denoiser
from subtract_core.model.device import autocast
from subtract_core.model.diffusion import estimated, implied, noised
from subtract_core.model.schedule import TRAIN_TIMESTEPS, cosine_alphas
from subtract_core.stems import STEMS, Stem

SCHEDULERS: dict[str, dict[str, Any]] = {
    "ddim": {"solver_order": 1},
    "dpm": {},
    "sde": {"algorithm_type": "sde-dpmsolver++"},
}
"""Samplers by name: what each asks of diffusers' DPM-Solver++, whose first order is DDIM (arXiv 2211.01095, eq. 21)."""

_WHOLE = ("steps", "stem_steps", "usual_steps", "best_of", "usual_best_of", "batch")
"""Fields of a sampler that count something."""
_SHIFTS = (0.1, 20.0)
_PURE_NOISE = 0.995
"""Diffusion time from which on latents are all but noise: they keep less than a hundredth of what is clean."""


@dataclass(frozen=True)
class SamplerConfig:
    """How parts are drawn from the model.

    scheduler: `sde` or `dpm` (DPM-Solver++ 2M, arXiv 2211.01095, with fresh noise at every step or without) or `ddim`,
      diffusers' implementations. Fresh noise lets a model undo its own early mistakes.
    noise: how strong that fresh noise is, against what the model's steps ask for: below 1 parts keep closer to what is
      likeliest, as at a lower temperature.
    steps: denoising steps. stem_steps: stem -> how many of its own.
    shift: how far the steps crowd at late times, those of much noise, as in `ObjectiveConfig`; 1 spreads them evenly.
    context_scale, text_scale: the two guidance scales; 1 means none. context_scales: stem -> one of its own.
    unguided: stem -> another one, by which the context's guidance does not lead: the pass without context hears it too,
      so that parts follow it as closely as people's do, and the others as closely as the scale says.
    perturbed_scales: stem -> how far its parts are led away from what the denoiser predicts with frames that do not
      attend to each other in its middle layers (perturbed-attention guidance, arXiv 2403.17377); 0, or no entry: none.
      Meant for parts of which nothing is asked: it smooths away what only an instruction brings.
    usual_scales: stem -> the text scale of what a backend holds to be usual of its parts, where nothing is asked; 0, or
      no entry: none of it. Where it equals the context scale, one pass of three is saved.
    usual_figures: stem -> a figure that belongs to what is usual of its parts, of models that play it too seldom.
    guided_from, guided_to: diffusion times, 0 to 1, between which the context guides (arXiv 2404.07724).
    led_from: diffusion time below which nothing leads parts, neither context nor what is told nor perturbed attention:
      one pass a step.
    best_of: how many parts are drawn in any case, of which what is most typical is kept, see `choice`.
    usual_steps, usual_shifts, usual_best_of, usual_context_scales: stem -> steps, a shift, a number and a context scale
      of its own for parts of which nothing is asked and nothing is there yet; they are told what is usual at that
      scale, too.
    overlap: share of a window that the next one covers again.
    batch: windows denoised at once; bounds the memory.
    """

    scheduler: str = "sde"
    noise: float = 1.0
    steps: int = 20
    stem_steps: dict[str, int] = field(default_factory=dict)
    shift: float = 1.0
    context_scale: float = 3.5
    context_scales: dict[str, float] = field(default_factory=dict)
    text_scale: float = 7.0
    unguided: dict[str, str] = field(default_factory=dict)
    perturbed_scales: dict[str, float] = field(default_factory=dict)
    usual_scales: dict[str, float] = field(default_factory=dict)
    usual_figures: dict[str, str] = field(default_factory=dict)
    guided_from: float = 0.2
    guided_to: float = 0.95
    led_from: float = 0.0
    best_of: int = 1
    usual_steps: dict[str, int] = field(default_factory=dict)
    usual_shifts: dict[str, float] = field(default_factory=dict)
    usual_best_of: dict[str, int] = field(default_factory=dict)
    usual_context_scales: dict[str, float] = field(default_factory=dict)
    overlap: float = 0.25
    batch: int = 16

    def __post_init__(self) -> None:
        if self.scheduler not in SCHEDULERS:
            raise InputError(f"scheduler: {self.scheduler!r} is not known; choose one of {', '.join(SCHEDULERS)}")
        _check_range("noise", self.noise, 0, 2)
        _check_range("steps", self.steps, 1, TRAIN_TIMESTEPS)
        _check_range("context_scale", self.context_scale, 0, 20)
        _check_range("text_scale", self.text_scale, 0, 20)
        scales = ("context_scales", "usual_context_scales", "perturbed_scales", "usual_scales")
        counts = {"stem_steps": TRAIN_TIMESTEPS, "usual_steps": TRAIN_TIMESTEPS, "usual_best_of": MOST_TRIES}
        name_stems(self, *counts, *scales, "usual_shifts", "usual_figures", "unguided")
        ranges: list[tuple[str, float, float]] = [(name, 1, most) for name, most in counts.items()]
        ranges += [*((scale, 0, 20) for scale in scales), ("usual_shifts", *_SHIFTS)]
        for name, least, most in ranges:
            for stem, value in getattr(self, name).items():
                _check_range(f"{name}.{stem}", value, least, most)
        for stem, figure in self.usual_figures.items():
            figures = CHOICE["figure"].options.get(Stem(stem), ())
            if figure not in figures:
                known = f"choose one of {', '.join(figures)}" if figures else f"{stem} has none"
                raise InputError(f"usual_figures.{stem}: {figure!r} is not known; {known}")
        for stem, other in self.unguided.items():
            self.unguided[stem] = Stem.parse(other, f"unguided.{stem}").value
            if self.unguided[stem] == stem:
                raise InputError(f"unguided.{stem}: {other!r} is the stem itself; choose another one")
        _check_range("shift", self.shift, *_SHIFTS)
        _check_range("guided_from", self.guided_from, 0, 1)
        _check_range("guided_to", self.guided_to, 0, 1)
        _check_range("led_from", self.led_from, 0, 1)
        _check_range("best_of", self.best_of, 1, MOST_TRIES)
        _check_range("overlap", self.overlap, 0, 0.75)
        _check_range("batch", self.batch, 1, 10_000)

    def asked(self, **given: Any) -> SamplerConfig:
        """These settings, but for the fields that somebody asks for: those that are not None. Steps, a context scale or
        a number of parts that are asked for hold for all stems."""
        return replace(self, **_for_all_stems({name: value for name, value in given.items() if value is not None}))

    def unasked(self, stem: Stem, afresh: bool) -> SamplerConfig:
        """These settings for a part of which nothing is asked. afresh: nothing is there of it, either."""
        name = stem.value
        usual = replace(self, text_scale=self.usual_scales.get(name, 0.0))
        if not afresh:
            return usual
        scale = self.usual_context_scales.get(name)
        return replace(
            usual,
            text_scale=usual.text_scale if scale is None else scale,
            context_scales={**self.context_scales, **self.usual_context_scales},
            stem_steps={**self.stem_steps, **self.usual_steps},
            shift=self.usual_shifts.get(name, self.shift),
            best_of=self.usual_best_of.get(name, self.best_of),
        )

    def told(self, settings: str) -> SamplerConfig:
        """These settings, but for fields written as text, `name=value,name=value`.

        A mapping is written as in YAML: `perturbed_scales={drums: 1.5, guitar: 1}`.
        Raises `ConfigError` for a field or a value that there is not.
        """
        changed: dict[str, Any] = {}
        for setting in filter(None, re.split(r",(?![^{]*\})", settings)):  # not at the commas of a mapping
            name, equals, value = setting.partition("=")
            if not equals:
                raise ConfigError(f"--sampler: {setting!r} is no name=value, as in context_scale=2")
            try:
                changed[name.strip()] = yaml.safe_load(value)
            except yaml.YAMLError:
                raise ConfigError(f"--sampler: {setting!r} has no value, as 2 or {{drums: 2}}") from None
        return from_dict(SamplerConfig, asdict(self) | _for_all_stems(changed), "--sampler")


def _for_all_stems(given: dict[str, Any]) -> dict[str, Any]:
    """Fields of a sampler, of which those that hold for all stems put an end to single stems' own."""
    of_stems = {
        "steps": ("stem_steps", "usual_steps", "usual_shifts"),
        "shift": ("usual_shifts",),
        "context_scale": ("context_scales", "usual_context_scales"),
        "best_of": ("usual_best_of",),
    }
    return {name: {} for field, stems in of_stems.items() if field in given for name in stems} | given


def _check_range(name: str, value: float, least: float, most: float) -> None:
    if name.partition(".")[0] in _WHOLE:
        whole_number(name, value, f"{least} to {most}")
    elif isinstance(value, bool) or not isinstance(value, Real):
        raise InputError(f"{name}: {shown(value)} is no number; choose {least} to {most}")
    if not least <= value <= most:
        raise InputError(f"{name}: {value} is out of range; choose {least} to {most}")


@dataclass(frozen=True)
class Draft:
    """A piece of which some is there already, and some can be guessed.

    latents: float32 [1, frames, latent_channels]. held: float32 [frames], the diffusion time, 0 to 1, down to which a
    frame is held to its latents: from there on it is drawn (SDEdit, arXiv 2108.01073). With 0 it stays as it is, with 1
    it is drawn from noise, whatever its latents.
    """

    latents: Tensor
    held: Tensor

    def padded(self, frames: int) -> Draft:
        """The same of a longer piece, of whose end nothing is there."""
        missing = frames - len(self.held)
        pad = torch.nn.functional.pad
        return Draft(pad(self.latents, (0, 0, 0, missing)), pad(self.held, (0, missing), value=1.0))

    def unguessed(self) -> Draft:
        """The same with only that which stays as it is."""
        return Draft(self.latents, (self.held > 0).float())

    def before(self, time: float) -> Tensor:
        """Which frames are held at a diffusion time, bool [1, frames, 1]."""
        return ((self.held < time) | (self.held <= 0))[None, :, None]


@torch.no_grad()
def sample(
    denoiser: Denoiser,
    condition: Condition,
    config: SamplerConfig,
    seed: int | Sequence[int],
    progress: Callable[[int, int], None] | None = None,
    draft: Draft | None = None,
) -> Tensor:
    """Draw latents [1, frames, latent_channels] for a condition of batch 1 and any number of frames; of several seeds
    [seeds, frames, latent_channels], side by side, which takes less time than one after the other, the more so as they
    share what the first step predicts: of noise alone that is the mean of all that fits.

    Every denoising step predicts overlapping windows of the length trained on and blends the predictions
    (MultiDiffusion, arXiv 2302.08113), so that windows agree and the cost is linear in frames.
    The noise comes from `seed` alone and is drawn on the CPU: the same on every device.
    progress(done, total) counts denoising steps.
    draft: what is there already. While frames are held, the estimate of their clean latents is put right at every step,
    so that the noisy ones lead to it (RePaint, arXiv 2201.09865, without its resampling), and self-conditioning shows
    it undisturbed; the others go with them. Windows of which all stays as it is are skipped.
    """
    device, frames = condition.context.device, condition.context.shape[1]
    seeds = list(seed) if isinstance(seed, Sequence) else [seed]
    length = denoiser.config.frames
    total = max(frames, length)
    starts, weight = _windows(frames, length, config.overlap)
    if draft is None:
        nothing = torch.zeros(1, frames, denoiser.config.latent_channels, device=device)
        draft = Draft(nothing, torch.ones(frames, device=device))
    draft = draft.padded(total)
    drawn = [i for i, start in enumerate(starts) if draft.held[start : start + length].any()]
    if not drawn:
        return draft.latents[:, :frames].expand(len(seeds), -1, -1)
    starts, weight = [starts[i] for i in drawn], weight[drawn]
    condition = _padded(condition, total)
    places = [(piece, start) for piece in range(len(seeds)) for start in starts]
    windows = condition.windows([start for _, start in places], length)
    weight = weight.repeat(len(seeds), 1)
    stem = STEMS[int(condition.stem[0])].value  # a piece has one stem
    config = replace(config, steps=config.stem_steps.get(stem, config.steps))
    scheduler = _scheduler(config, float(draft.held.max()))
    generators = [torch.Generator().manual_seed(each) for each in seeds]

    def noise() -> Tensor:
        shape = (1, total, denoiser.config.latent_channels)
        return torch.cat([torch.randn(shape, generator=generator) for generator in generators]).to(device)

    latents = noise()
    weight, alphas = weight.to(device), cosine_alphas()
    known = draft.before(1.0)
    estimate = torch.where(known, draft.latents, 0.0).expand_as(latents)
    begun, _ = noised(draft.latents, latents, alphas[scheduler.timesteps[:1]].to(device))
    latents = torch.where(known, begun, latents)
    for index, timestep in enumerate(scheduler.timesteps):
        time = float(timestep) / TRAIN_TIMESTEPS
        blended = torch.zeros_like(latents)
        # Of noise alone nothing can be heard: what one piece is guessed to be then is as good a guess of all.
        is_noise = time >= _PURE_NOISE and len(seeds) > 1
        heard = len(starts) if is_noise else len(places)
        for first in range(0, heard, config.batch):
            some = slice(first, min(first + config.batch, heard))
            noisy, last = (torch.stack([x[p, s : s + length] for p, s in places[some]]) for x in (latents, estimate))
            times = torch.full((len(noisy),), time, device=device)
            predicted = _guided(denoiser, noisy, last, times, windows.rows(some), config)
            for (piece, start), row, share in zip(places[some], predicted, weight[some], strict=True):
                blended[piece, start : start + length] += row * share[:, None]
        alpha = alphas[int(timestep)].to(device)
        estimate = estimated(latents, blended, alpha)
        if is_noise:
            estimate = estimate[:1].expand_as(latents)
        held = draft.before(time)
        estimate = torch.where(held, draft.latents, estimate)
        blended = torch.where(held | is_noise, implied(latents, estimate, alpha), blended)
        latents = scheduler.step(blended, timestep, latents, variance_noise=config.noise * noise()).prev_sample
        if progress:
            progress(index + 1, len(scheduler.timesteps))
    return latents[:, :frames]


def _scheduler(config: SamplerConfig, start: float = 1.0) -> Any:
    """The scheduler with its steps set: from pure noise on, evenly spread but for the shift; those after the diffusion
    time `start` are left out, all but the last at most."""
    from subtract_core.model.solver import ForNumPy, dpm_solver_class  # here, as training does without diffusers

    scheduler = dpm_solver_class()(
        num_train_timesteps=TRAIN_TIMESTEPS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        final_sigmas_type="zero",
        **SCHEDULERS[config.scheduler],
    )
    even = np.arange(config.steps, 0, -1) / config.steps
    times = config.shift * even / (1 + (config.shift - 1) * even)
    # Late times are dense under a shift: no two steps may share one.
    steps = np.minimum(np.rint(times * TRAIN_TIMESTEPS) - 1, TRAIN_TIMESTEPS - 1 - np.arange(config.steps))
    steps = np.maximum(steps, np.arange(config.steps)[::-1]).astype(int)
    later = min(int((steps > start * TRAIN_TIMESTEPS).sum()), len(steps) - 1)  # they fall
    alphas = scheduler.alphas_cumprod
    scheduler.alphas_cumprod = alphas.as_subclass(ForNumPy)
    scheduler.set_timesteps(timesteps=steps[later:].tolist())
    scheduler.alphas_cumprod = alphas
    return scheduler


def window_starts(frames: int, length: int, overlap: float) -> list[int]:
    """First frames of the windows of `length` frames that cover `frames`, evenly spread."""
    last = max(0, frames - length)
    count = 1 + -(-last // max(1, round(length * (1 - overlap))))
    return [round(i * last / max(1, count - 1)) for i in range(count)]


def _windows(frames: int, length: int, overlap: float) -> tuple[list[int], Tensor]:
    """Starts of the windows, and the share of each window in every frame it covers [windows, length]."""
    starts = window_starts(frames, length, overlap)
    ramp = torch.minimum(torch.arange(1, length + 1), torch.arange(length, 0, -1)).float()
    cover = torch.zeros(max(frames, length))
    for start in starts:
        cover[start : start + length] += ramp
    return starts, torch.stack([ramp / cover[s : s + length] for s in starts])


def _padded(condition: Condition, frames: int) -> Condition:
    def pad(x: Tensor) -> Tensor:
        return torch.nn.functional.pad(x, (0, 0, 0, frames - condition.context.shape[1]))

    text, unguided = (None if x is None else pad(x) for x in (condition.text, condition.unguided))
    return Condition(pad(condition.context), pad(condition.place), condition.stem, text, unguided)


def _guided(
    denoiser: Denoiser, noisy: Tensor, estimate: Tensor, time: Tensor, condition: Condition, config: SamplerConfig
) -> Tensor:
    """InstructPix2Pix's two guidances (arXiv 2211.09800, eq. 3) and that away from perturbed attention (v~), leaving
    out the passes that cancel:

    v(0,0) + context_scale (v(c,0) - v(0,0)) + text_scale (v(c,t) - v(c,0)) + perturbed_scales[stem] (v(c,t) - v~(c,t)),

    where 0 for the context is what is unguided of it. Before `led_from` it is v(c,t).
    """
    passes = _passes(float(time[0]), condition, config)
    joined = passes[0][1].joined(*(c for _, c, _ in passes[1:]))
    count, device = len(passes), noisy.device
    away = [is_perturbed for *_, is_perturbed in passes]
    perturbed = torch.tensor(away, device=device).repeat_interleave(len(noisy)) if any(away) else None
    with autocast(device):
        predicted = denoiser(
            noisy.repeat(count, 1, 1), time.repeat(count), joined, estimate.repeat(count, 1, 1), perturbed
        ).float()
    shares = torch.tensor([share for share, *_ in passes], device=device)
    return torch.einsum("p,pbfc->bfc", shares, predicted.unflatten(0, (count, -1)))


def _passes(time: float, condition: Condition, config: SamplerConfig) -> list[tuple[float, Condition, bool]]:
    """What a step at a diffusion time predicts: how much of each prediction counts, what it hears, and whether its
    attention is perturbed."""
    if time < config.led_from:
        return [(1.0, condition, False)]
    guided = config.guided_from <= time <= config.guided_to
    stem = STEMS[int(condition.stem[0])].value
    context_scale = config.context_scales.get(stem, config.context_scale) if guided else 1.0
    # Without a text, v(c,t) is v(c,0): no pass of its own is needed for that.
    text_scale = config.text_scale if condition.text is not None else context_scale
    away = config.perturbed_scales.get(stem, 0.0)
    plain = condition.without_text()
    passes = [
        (1 - context_scale, plain.without_context(), False),
        (context_scale - text_scale, plain, False),
        (text_scale + away, condition, False),
        (-away, condition, True),
    ]
    return [each for each in passes if each[0] != 0.0]

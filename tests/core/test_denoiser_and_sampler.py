"""The denoiser's conditions, the noise schedule, guidance and overlapping windows."""

import dataclasses
import itertools
from typing import Any

import pytest
import torch
from diffusers import DDIMScheduler
from torch import Tensor

from subtract_core.errors import ConfigError, InputError
from subtract_core.model.denoiser import Condition, Denoiser, DenoiserConfig, _attended, deepened
from subtract_core.model.device import autocast
from subtract_core.model.diffusion import ObjectiveConfig, VelocityError, diffusion_loss, estimated, implied, noised
from subtract_core.model.sampler import Draft, SamplerConfig, _guided, _scheduler, _windows, sample
from subtract_core.model.schedule import cosine_alphas
from subtract_core.stems import STEMS, Stem

DDIM: Any = DDIMScheduler  # untyped
CONFIG = DenoiserConfig(
    latent_channels=3, context_channels=5, place_channels=2, text_channels=4, width=32, layers=2, heads=2, frames=16
)


def _denoiser(seed: int = 0) -> Denoiser:
    torch.manual_seed(seed)
    denoiser = Denoiser(CONFIG)
    for parameter in denoiser.parameters():  # away from the zero start, so that every condition has a say
        torch.nn.init.normal_(parameter, std=0.1)
    return denoiser.eval()


def _condition(frames: int, batch: int = 1, text: bool = False) -> Condition:
    generator = torch.Generator().manual_seed(1)
    return Condition(
        torch.randn(batch, frames, 5, generator=generator),
        torch.randn(batch, frames, 2, generator=generator),
        torch.ones(batch, dtype=torch.long),
        torch.randn(batch, frames, 4, generator=generator) if text else None,
    )


def test_every_condition_changes_the_prediction() -> None:
    denoiser, condition = _denoiser(), _condition(16, text=True)
    noisy, time = torch.randn(1, 16, 3), torch.tensor([0.5])
    base = denoiser(noisy, time, condition)
    assert condition.text is not None
    others = {
        "context": condition.without_context(),
        "text": condition.without_text(),
        "place": dataclasses.replace(condition, place=condition.place + 1),
        "stem": dataclasses.replace(condition, stem=condition.stem + 1),
    }
    for name, other in others.items():
        assert not torch.allclose(base, denoiser(noisy, time, other), atol=1e-5), name
    assert not torch.allclose(base, denoiser(noisy, time + 0.2, condition), atol=1e-5)


def test_no_text_and_a_text_of_zeros_are_the_same() -> None:
    denoiser, condition = _denoiser(), _condition(16)
    noisy, time = torch.randn(1, 16, 3), torch.tensor([0.5])
    zeros = dataclasses.replace(condition, text=torch.zeros(1, 16, 4))
    assert torch.allclose(denoiser(noisy, time, condition), denoiser(noisy, time, zeros), atol=1e-6)


def test_the_noise_schedule_is_the_one_the_sampler_uses() -> None:
    scheduler = DDIM(beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction")
    assert torch.allclose(cosine_alphas(), scheduler.alphas_cumprod, atol=1e-5)
    clean, noise, steps = torch.randn(2, 4, 3), torch.randn(2, 4, 3), torch.tensor([10, 700])
    noisy, velocity = noised(clean, noise, cosine_alphas()[steps])
    assert torch.allclose(noisy, scheduler.add_noise(clean, noise, steps), atol=1e-4)
    assert torch.allclose(velocity, scheduler.get_velocity(clean, noise, steps), atol=1e-4)


def test_the_velocity_gives_the_clean_latents_back() -> None:
    clean, noise, alpha = torch.randn(2, 4, 3), torch.randn(2, 4, 3), cosine_alphas()[torch.tensor([10, 700])]
    noisy, velocity = noised(clean, noise, alpha)
    assert torch.allclose(estimated(noisy, velocity, alpha), clean, atol=1e-5)
    assert torch.allclose(estimated(noisy[:1], velocity[:1], alpha[0]), clean[:1], atol=1e-5)


def test_clean_latents_give_the_velocity_back() -> None:
    noisy, velocity, alpha = torch.randn(2, 4, 3), torch.randn(2, 4, 3), torch.tensor([0.3, 0.9])
    assert torch.allclose(implied(noisy, estimated(noisy, velocity, alpha), alpha), velocity, atol=1e-5)


def test_the_denoiser_sees_its_own_estimate() -> None:
    denoiser, condition = _denoiser(), _condition(16)
    noisy, time = torch.randn(1, 16, 3), torch.tensor([0.5])
    without = denoiser(noisy, time, condition)
    assert torch.equal(without, denoiser(noisy, time, condition, torch.zeros_like(noisy)))
    assert not torch.allclose(without, denoiser(noisy, time, condition, torch.ones_like(noisy)), atol=1e-4)


def test_the_loss_ignores_invalid_frames() -> None:
    denoiser, condition = _denoiser(), _condition(16)
    clean, valid = torch.randn(1, 16, 3), torch.arange(16)[None] < 8
    keep_all = ObjectiveConfig(0.0)
    losses = [
        diffusion_loss(
            VelocityError(denoiser), clean + shift, condition, valid, keep_all, torch.Generator().manual_seed(0)
        )
        for shift in (torch.zeros(1, 16, 3), torch.zeros(1, 16, 3))
    ]
    assert torch.equal(losses[0], losses[1])
    none_valid = torch.zeros_like(valid)
    assert (
        diffusion_loss(
            VelocityError(denoiser), clean, condition, none_valid, keep_all, torch.Generator().manual_seed(0)
        )
        == 0
    )


def test_a_preconditioned_denoiser_starts_from_the_best_linear_guess() -> None:
    """Least squares over many draws finds the same factor between y and v, for every channel's spread."""
    generator, spread = torch.Generator().manual_seed(0), torch.tensor([0.1, 1.0, 2.5])
    denoiser = Denoiser(dataclasses.replace(CONFIG, preconditioned=True))
    denoiser.spread.copy_(spread)
    clean, condition = torch.randn(200, 100, 3, generator=generator) * spread, _condition(100, batch=200)
    for step in (50, 500, 900):
        alpha = cosine_alphas()[step].expand(200)
        noisy, velocity = noised(clean, torch.randn(clean.shape, generator=generator), alpha)
        with torch.no_grad():
            guess = denoiser(noisy, torch.full((200,), step / 1000), condition)
        fitted = (velocity * noisy).sum(dim=(0, 1)) / (noisy**2).sum(dim=(0, 1))
        assert bool(((guess - fitted * noisy).std(dim=(0, 1)) < 0.03 * velocity.std(dim=(0, 1))).all())
        # What is left is what the layers have to find, scaled so that it has the spread one for every channel.
        power = alpha[0] * spread**2 + 1 - alpha[0]
        left = (velocity - guess) / (spread / power.sqrt())
        assert torch.allclose(left.std(dim=(0, 1)), torch.ones(3), atol=0.03)


def test_a_denoiser_learns_what_its_context_says() -> None:
    torch.manual_seed(0)
    denoiser = Denoiser(CONFIG)
    optimizer = torch.optim.AdamW(denoiser.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(0)
    error, losses = VelocityError(denoiser), []
    for _ in range(60):
        condition = dataclasses.replace(_condition(16, batch=16), context=torch.randn(16, 16, 5, generator=generator))
        loss = diffusion_loss(
            error, condition.context[..., :3], condition, torch.ones(16, 16), ObjectiveConfig(0.0), generator
        )
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) / 5 < 0.5 * losses[0]


@pytest.mark.parametrize(("frames", "overlap"), [(5, 0.25), (16, 0.25), (17, 0.25), (100, 0.5), (1000, 0.0)])
def test_windows_cover_every_frame_with_weights_that_sum_to_one(frames: int, overlap: float) -> None:
    starts, weights = _windows(frames, 16, overlap)
    cover = torch.zeros(max(frames, 16))
    for start, row in zip(starts, weights, strict=True):
        cover[start : start + 16] += row
    assert torch.allclose(cover, torch.ones_like(cover), atol=1e-5)
    assert all(b - a <= 16 for a, b in itertools.pairwise(starts))


def test_the_number_of_windows_grows_linearly() -> None:
    assert len(_windows(16_000, 16, 0.25)[0]) <= 2 * 16_000 / 16


@pytest.mark.parametrize("frames", [1, 16, 50])
@pytest.mark.parametrize("scheduler", ["sde", "dpm", "ddim"])
def test_any_length_is_sampled_and_the_seed_decides(frames: int, scheduler: str) -> None:
    denoiser, condition = _denoiser(), _condition(frames)
    config = SamplerConfig(scheduler=scheduler, steps=4)
    first, again, other = (sample(denoiser, condition, config, seed) for seed in (3, 3, 4))
    assert first.shape == (1, frames, 3)
    assert torch.equal(first, again) and not torch.allclose(first, other, atol=1e-3)
    assert torch.isfinite(first).all()


def test_weaker_fresh_noise_leaves_less_to_chance() -> None:
    denoiser, condition = _denoiser(), _condition(16)

    def spread(noise: float) -> float:
        config = SamplerConfig(steps=6, noise=noise)
        return float(torch.cat([sample(denoiser, condition, config, seed) for seed in range(12)]).std(0).mean())

    assert spread(0.0) < spread(0.5) < spread(1.0)
    drawn = [sample(denoiser, condition, SamplerConfig("dpm", noise, steps=6), 1) for noise in (0.0, 1.0)]
    assert torch.equal(*drawn)  # nothing is fresh there


@pytest.mark.parametrize("shift", [0.5, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("steps", [1, 7, 20, 1000])
def test_steps_start_at_pure_noise_and_never_share_a_time(shift: float, steps: int) -> None:
    times = _scheduler(SamplerConfig(steps=steps, shift=shift)).timesteps.tolist()
    assert len(set(times)) == steps and times == sorted(times, reverse=True)
    assert times[0] == 999 and times[-1] >= 0


def test_a_shift_moves_steps_to_late_times() -> None:
    late = [sum(t >= 900 for t in _scheduler(SamplerConfig(shift=shift)).timesteps.tolist()) for shift in (0.5, 1.0, 4)]
    assert late[0] <= late[1] < late[2] and late[2] >= 6


def test_ddim_is_the_one_of_diffusers() -> None:
    theirs = DDIM(
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
    )
    theirs.set_timesteps(10)
    ours = _scheduler(SamplerConfig(scheduler="ddim", steps=10))
    assert ours.timesteps.tolist() == theirs.timesteps.tolist()
    a = b = torch.randn(1, 16, 3, generator=torch.Generator().manual_seed(0))
    for t in theirs.timesteps:
        a = theirs.step(torch.tanh(a), t, a).prev_sample
        b = ours.step(torch.tanh(b), t, b).prev_sample
    assert torch.allclose(a, b, atol=1e-3)


def test_progress_counts_the_denoising_steps() -> None:
    seen: list[tuple[int, int]] = []
    sample(_denoiser(), _condition(20), SamplerConfig(steps=3), 0, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.fixture
def in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bfloat16 where the processor has it: formulas are compared to more digits than it holds."""
    monkeypatch.setattr("subtract_core.model.sampler.autocast", lambda device: autocast(device, "float32"))


@pytest.mark.usefixtures("in_float32")
def _draft(frames: int, kept: slice, time: float = 1.0) -> Draft:
    """Latents of which some stay and the others are held down to `time`."""
    held = torch.full((frames,), time)
    held[kept] = 0.0
    return Draft(torch.randn(1, frames, 3, generator=torch.Generator().manual_seed(5)), held)


@pytest.mark.parametrize("scheduler", ["sde", "dpm", "ddim"])
@pytest.mark.parametrize("time", [1.0, 0.7])
def test_what_a_draft_keeps_comes_out_as_it_is_and_the_rest_goes_with_it(scheduler: str, time: float) -> None:
    denoiser, condition, config = _denoiser(), _condition(40), SamplerConfig(scheduler=scheduler, steps=5)
    draft = _draft(40, slice(0, 20), time)
    drawn = sample(denoiser, condition, config, 3, draft=draft)
    assert torch.allclose(drawn[:, :20], draft.latents[:, :20], atol=1e-4)
    assert not torch.allclose(drawn[:, 20:], draft.latents[:, 20:], atol=0.1)
    other = dataclasses.replace(draft, latents=draft.latents + torch.arange(40)[None, :, None].lt(20))
    again = sample(denoiser, condition, config, 3, draft=other)
    assert not torch.allclose(drawn[:, 20:24], again[:, 20:24], atol=1e-3)


def test_only_what_is_held_to_an_earlier_time_says_anything_of_what_is_drawn() -> None:
    denoiser, condition, config = _denoiser(), _condition(16), SamplerConfig(steps=8)
    drafts = [_draft(16, slice(0, 4), time) for time in (1.0, 0.5, 0.01)]
    drafts.append(drafts[1].unguessed())
    other = [dataclasses.replace(d, latents=torch.where(d.held[None, :, None] > 0, 2.0, d.latents)) for d in drafts]
    drawn, again = ([sample(denoiser, condition, config, 3, draft=d) for d in some] for some in (drafts, other))
    assert torch.equal(drawn[0], again[0]) and not torch.allclose(drawn[1], again[1], atol=0.1)
    assert torch.equal(drawn[3], drawn[0])
    away = [float((one - d.latents).abs().mean()) for one, d in zip(drawn, drafts, strict=True)]
    assert away[0] > away[1] > away[2]


def test_every_frame_is_held_as_long_as_it_is_asked_for() -> None:
    denoiser, condition, config = _denoiser(), _condition(16), SamplerConfig(steps=10)
    draft = Draft(torch.randn(1, 16, 3), torch.linspace(0, 1, 16))
    away = (sample(denoiser, condition, config, 3, draft=draft) - draft.latents).abs().mean(dim=-1)[0]
    assert away[0] == pytest.approx(0, abs=1e-4) and 2 * away[1:6].mean() < away[10:].mean()


def test_windows_of_which_all_is_kept_are_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    denoiser, config, rows = _denoiser(), SamplerConfig(steps=2, context_scale=1.0), []
    given = Denoiser.forward

    def counted(self: Denoiser, noisy: torch.Tensor, *others: Any) -> torch.Tensor:
        rows.append(len(noisy))
        return given(self, noisy, *others)

    monkeypatch.setattr(Denoiser, "forward", counted)
    sample(denoiser, _condition(160), config, 3, draft=_draft(160, slice(10, 160)))
    assert rows == [1, 1]
    whole = _draft(40, slice(40))
    assert torch.equal(sample(denoiser, _condition(40), config, 3, draft=whole), whole.latents)


@pytest.mark.parametrize(("start", "left"), [(1.0, 10), (0.9, 9), (0.45, 4), (0.001, 1)])
def test_steps_after_the_time_of_a_draft_are_left_out(start: float, left: int) -> None:
    times = _scheduler(SamplerConfig(steps=10), start).timesteps
    assert len(times) == left and times[-1] == _scheduler(SamplerConfig(steps=10)).timesteps[-1]


def test_guidance_follows_the_two_scale_formula() -> None:
    denoiser, condition = _denoiser(), _condition(16, text=True)
    noisy, estimate, time = torch.randn(1, 16, 3), torch.randn(1, 16, 3), torch.tensor([0.5])
    full = denoiser(noisy, time, condition, estimate)
    plain = denoiser(noisy, time, condition.without_text(), estimate)
    nothing = denoiser(noisy, time, condition.without_text().without_context(), estimate)
    config = SamplerConfig(context_scale=2.0, text_scale=3.0)
    with torch.no_grad():
        guided = _guided(denoiser, noisy, estimate, time, condition, config)
    expected = nothing + 2.0 * (plain - nothing) + 3.0 * (full - plain)
    assert torch.allclose(guided, expected, atol=1e-4)


@pytest.mark.usefixtures("in_float32")
def test_guidance_does_not_lead_by_what_is_unguided() -> None:
    denoiser, condition = _denoiser(), _condition(16, text=True)
    noisy, estimate, time = torch.randn(1, 16, 3), torch.randn(1, 16, 3), torch.tensor([0.5])
    unguided = dataclasses.replace(condition, unguided=torch.randn(1, 16, 5))
    assert unguided.unguided is not None and unguided.without_context().context is unguided.unguided
    full = denoiser(noisy, time, condition, estimate)
    plain = denoiser(noisy, time, condition.without_text(), estimate)
    known = denoiser(noisy, time, dataclasses.replace(condition.without_text(), context=unguided.unguided), estimate)
    config = SamplerConfig(context_scale=2.0, text_scale=3.0)
    with torch.no_grad():
        guided = _guided(denoiser, noisy, estimate, time, unguided, config)
    assert torch.allclose(guided, known + 2.0 * (plain - known) + 3.0 * (full - plain), atol=1e-4)


@pytest.mark.usefixtures("in_float32")
@pytest.mark.parametrize("frames", [10, 16, 40])
def test_a_context_of_which_all_is_unguided_leads_nowhere(frames: int) -> None:
    denoiser, condition = _denoiser(), _condition(frames)
    config = SamplerConfig(steps=2, context_scale=1.0)
    plain = sample(denoiser, condition, config, seed=1)
    everything = dataclasses.replace(condition, unguided=condition.context)
    strong = dataclasses.replace(config, context_scale=3.0)
    assert torch.allclose(sample(denoiser, everything, strong, seed=1), plain, atol=1e-3)
    assert not torch.allclose(sample(denoiser, condition, strong, seed=1), plain, atol=1e-2)


@pytest.mark.usefixtures("in_float32")
def test_the_context_guides_only_between_the_times_given() -> None:
    denoiser, condition = _denoiser(), _condition(16)
    noisy, estimate = torch.randn(1, 16, 3), torch.randn(1, 16, 3)
    config = SamplerConfig(context_scale=3.0, guided_from=0.3, guided_to=0.8)
    for at, guides in ((0.2, False), (0.5, True), (0.9, False)):
        time = torch.tensor([at])
        with torch.no_grad():
            guided = _guided(denoiser, noisy, estimate, time, condition, config)
            plain = denoiser(noisy, time, condition, estimate)
        assert torch.allclose(guided, plain, atol=1e-5) is not guides


@pytest.mark.usefixtures("in_float32")
def test_nothing_leads_before_the_time_given(monkeypatch: pytest.MonkeyPatch) -> None:
    denoiser, condition = _denoiser(), _condition(16, text=True)
    noisy, estimate = torch.randn(1, 16, 3), torch.randn(1, 16, 3)
    leading: dict[str, Any] = {"context_scale": 3.0, "text_scale": 4.0, "perturbed_scales": {STEMS[1].value: 1.5}}
    config = SamplerConfig(led_from=0.4, **leading)
    seen: list[int] = []
    run = denoiser.forward

    def counted(noisy: Tensor, *others: Any) -> Tensor:
        seen.append(len(noisy))
        return run(noisy, *others)

    monkeypatch.setattr(denoiser, "forward", counted)
    for at in (0.3, 0.5):
        time = torch.tensor([at])
        with torch.no_grad():
            guided = _guided(denoiser, noisy, estimate, time, condition, config)
            everything = _guided(denoiser, noisy, estimate, time, condition, SamplerConfig(**leading))
            plain = denoiser(noisy, time, condition, estimate)
        assert torch.allclose(guided, plain, atol=1e-5) is (at < 0.4)
        assert torch.allclose(guided, everything, atol=1e-5) is (at > 0.4)
    assert seen == [1, 4, 1, 4, 4, 1], "passes that lead nowhere are not made"


@pytest.mark.usefixtures("in_float32")
def test_scales_of_one_are_the_plain_conditional_prediction() -> None:
    denoiser, condition = _denoiser(), _condition(16, text=True)
    noisy, estimate, time = torch.randn(1, 16, 3), torch.randn(1, 16, 3), torch.tensor([0.5])
    config = SamplerConfig(context_scale=1.0, text_scale=1.0)
    guided = _guided(denoiser, noisy, estimate, time, condition, config)
    assert torch.allclose(guided, denoiser(noisy, time, condition, estimate), atol=1e-5)


@pytest.mark.usefixtures("in_float32")
@pytest.mark.parametrize("text", [False, True])
def test_perturbed_attention_is_led_away_from(text: bool) -> None:
    denoiser, condition = _denoiser(), _condition(16, batch=2, text=text)
    noisy, estimate, time = torch.randn(2, 16, 3), torch.randn(2, 16, 3), torch.full((2,), 0.5)
    config = SamplerConfig(context_scale=1.0, text_scale=1.0, perturbed_scales={STEMS[1].value: 1.5})
    with torch.no_grad():
        guided = _guided(denoiser, noisy, estimate, time, condition, config)
        full = denoiser(noisy, time, condition, estimate)
        weak = denoiser(noisy, time, condition, estimate, torch.tensor([True, True]))
        mixed = denoiser(noisy, time, condition, estimate, torch.tensor([True, False]))
    assert torch.allclose(guided, full + 1.5 * (full - weak), atol=1e-4)
    assert torch.allclose(mixed[0], weak[0], atol=1e-5) and torch.allclose(mixed[1], full[1], atol=1e-5)
    assert not torch.allclose(full, weak, atol=1e-4)


def test_attention_is_the_same_in_training_and_in_use() -> None:
    q, k, v = torch.randn(3, 2, 4, 16, 8).unbind(0)
    used = _attended(q, k, v)
    assert torch.allclose(used, _attended(q.clone().requires_grad_(), k, v), atol=1e-6)
    assert torch.allclose(used, torch.softmax(q @ k.transpose(-1, -2) / 8**0.5, dim=-1) @ v, atol=1e-6)


@torch.no_grad()
def test_perturbed_frames_do_not_hear_each_other() -> None:
    denoiser, condition = _denoiser(), _condition(16)
    noisy, time, perturbed = torch.randn(1, 16, 3), torch.tensor([0.5]), torch.tensor([True])
    changed = noisy.clone()
    changed[:, 3] += 1
    before, after = (denoiser(x, time, condition, None, perturbed) for x in (noisy, changed))
    moved = (before - after).abs().amax(dim=(0, 2)) > 1e-6
    assert moved.tolist() == [frame == 3 for frame in range(16)], "both of its two layers are middle ones"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 0),
        ("steps", 1001),
        ("stem_steps", {"drums": 0}),
        ("stem_steps", {"sitar": 7}),
        ("usual_steps", {"drums": 1001}),
        ("usual_shifts", {"bass": 0.05}),
        ("usual_shifts", {"sitar": 1.0}),
        ("usual_best_of", {"drums": 0}),
        ("usual_best_of", {"drums": 101}),
        ("usual_best_of", {"sitar": 3}),
        ("usual_context_scales", {"bass": -1}),
        ("context_scale", -1),
        ("perturbed_scales", {"drums": 21}),
        ("perturbed_scales", {"sitar": 1}),
        ("usual_scales", {"drums": 21}),
        ("usual_figures", {"drums": "walking"}),
        ("usual_figures", {"keys": "backbeat"}),
        ("unguided", {"drums": "sitar"}),
        ("unguided", {"sitar": "drums"}),
        ("unguided", {"drums": "drums"}),
        ("overlap", 0.9),
        ("scheduler", "euler"),
        ("shift", 0),
        ("guided_from", -0.1),
        ("guided_to", 1.5),
        ("led_from", 1.5),
    ],
)
def test_settings_out_of_range_are_named(field: str, value: object) -> None:
    with pytest.raises(InputError, match=field):
        SamplerConfig(**{field: value})  # type: ignore[arg-type]


def test_settings_of_the_sampler_are_written_as_text() -> None:
    config = SamplerConfig(context_scales={"bass": 2.5})
    changed = config.told("steps=7,perturbed_scales={drums: 1.5, guitar: 1.0},scheduler=dpm")
    assert changed == dataclasses.replace(
        config, steps=7, perturbed_scales={"drums": 1.5, "guitar": 1.0}, scheduler="dpm"
    )
    assert config.told("") == config
    assert config.told("context_scale=2").context_scales == {}
    assert config.told("stem_steps={drums: 7}").stem_steps == {"drums": 7}
    with pytest.raises(ConfigError, match="--sampler: unknown field nonsense"):
        config.told("nonsense=7")
    with pytest.raises(ConfigError, match="'steps' is no name=value"):
        config.told("steps")
    with pytest.raises(ConfigError, match=r"--sampler: 'steps=\[1' has no value"):
        config.told("steps=[1")
    with pytest.raises(ConfigError, match="--sampler: batch: 0 is out of range"):
        config.told("batch=0")
    with pytest.raises(ConfigError, match=r"--sampler: context_scales\.bass: 30\.0 is out of range"):
        config.told("context_scales={bass: 30}")


def test_what_somebody_asks_for_comes_before_the_models_settings() -> None:
    config = SamplerConfig(context_scales={"bass": 2.5}, stem_steps={"drums": 10}, usual_best_of={"bass": 4})
    assert config.asked(steps=None, context_scale=None, best_of=None) == config
    assert config.asked(steps=5) == dataclasses.replace(config, steps=5, stem_steps={})
    assert config.asked(context_scale=4.0) == dataclasses.replace(config, context_scale=4.0, context_scales={})
    assert config.asked(best_of=1) == dataclasses.replace(config, best_of=1, usual_best_of={})


def test_parts_of_which_nothing_is_asked_may_be_drawn_in_other_steps_and_numbers() -> None:
    config = SamplerConfig(
        steps=20,
        stem_steps={"drums": 10},
        context_scales={"bass": 2.0, "drums": 2.5},
        usual_scales={"drums": 2.5},
        usual_steps={"bass": 4},
        usual_shifts={"bass": 0.6},
        usual_best_of={"bass": 4},
        usual_context_scales={"bass": 1.0},
    )
    bass, drums = (config.unasked(stem, afresh=True) for stem in (Stem.BASS, Stem.DRUMS))
    assert (bass.stem_steps["bass"], bass.best_of, bass.context_scales["bass"], bass.text_scale) == (4, 4, 1, 1)
    assert (drums.stem_steps["drums"], drums.best_of, drums.context_scales["drums"], drums.text_scale) == (
        10,
        1,
        2.5,
        2.5,
    )
    assert (bass.shift, drums.shift) == (0.6, 1.0)
    there = config.unasked(Stem.BASS, afresh=False)
    assert there == dataclasses.replace(config, text_scale=0.0), "what is there of a part tells how it goes on"
    assert config.unasked(Stem.KEYS, afresh=True).text_scale == 0
    five = config.asked(steps=5).unasked(Stem.BASS, afresh=True)
    assert (five.stem_steps, five.shift) == ({}, 1.0), "a shift is for the steps beside which it was measured"
    assert config.told("shift=2").unasked(Stem.BASS, afresh=True).shift == 2
    assert config.asked(context_scale=3.0).unasked(Stem.BASS, afresh=True).context_scales == {}
    assert config.told("best_of=6").unasked(Stem.BASS, afresh=True).best_of == 6


def _hearing_nothing_in_noise(denoiser: Denoiser, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, int]]:
    """Make a denoiser deaf to what is all but noise, as training makes it; the diffusion times and the number of
    windows that it is shown from now on."""
    heard: list[tuple[float, int]] = []
    run = denoiser.forward

    def deaf(noisy: Tensor, time: Tensor, *others: Any) -> Tensor:
        heard.append((float(time[0]), len(noisy)))
        return run(noisy * (time < 0.99)[:, None, None], time, *others)

    monkeypatch.setattr(denoiser, "forward", deaf)
    return heard


@pytest.mark.parametrize("frames", [16, 41])
def test_pieces_drawn_side_by_side_are_those_drawn_one_after_the_other(
    frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    denoiser, condition = _denoiser(), _condition(frames)
    heard = _hearing_nothing_in_noise(denoiser, monkeypatch)
    config = SamplerConfig(steps=3, context_scale=2.0, batch=4)
    held = torch.linspace(0, 1, frames)
    for draft in (None, Draft(torch.randn(1, frames, denoiser.config.latent_channels), held)):
        heard.clear()
        together = sample(denoiser, condition, config, [3, 5, 8], draft=draft)
        assert together.shape == (3, frames, denoiser.config.latent_channels)
        at_first, later = (sum(n for time, n in heard if (time > 0.99) is first) for first in (True, False))
        assert later == 2 * 2 * 3 * at_first, "one piece's first step does for all; two passes each, from then on"
        for piece, seed in zip(together, (3, 5, 8), strict=True):
            assert torch.allclose(piece, sample(denoiser, condition, config, seed, draft=draft)[0], atol=1e-4)
    assert not torch.allclose(together[0], together[1])
    kept = Draft(torch.randn(1, frames, denoiser.config.latent_channels), torch.zeros(frames))
    assert torch.equal(sample(denoiser, condition, config, [3, 5], draft=kept), kept.latents.expand(2, -1, -1))


def test_a_stem_may_have_a_context_scale_of_its_own() -> None:
    denoiser, condition = _denoiser(), _condition(16)
    drums = STEMS[int(condition.stem[0])].value
    plain, own, other = (
        sample(denoiser, condition, SamplerConfig(steps=2, guided_from=0, guided_to=1, **scales), seed=0)
        for scales in (
            {"context_scale": 4.0},
            {"context_scale": 1.0, "context_scales": {drums: 4.0}},
            {"context_scale": 1.0, "context_scales": {"lead": 4.0}},
        )
    )
    assert torch.equal(plain, own) and not torch.allclose(plain, other)


def test_a_stem_may_have_steps_of_its_own() -> None:
    denoiser, condition = _denoiser(), _condition(16)
    drums = STEMS[int(condition.stem[0])].value
    counted: list[tuple[int, int]] = []
    few = sample(denoiser, condition, SamplerConfig(steps=3), seed=0)
    own = SamplerConfig(steps=20, stem_steps={drums: 3})
    assert torch.equal(few, sample(denoiser, condition, own, seed=0, progress=lambda *at: counted.append(at)))
    assert counted == [(1, 3), (2, 3), (3, 3)]
    other = SamplerConfig(steps=3, stem_steps={"lead": 20})
    assert torch.equal(few, sample(denoiser, condition, other, seed=0))


@pytest.mark.parametrize("layers", [2, 3, 5])
def test_a_deepened_denoiser_computes_the_same_until_it_is_trained(layers: int) -> None:
    shallow, condition = _denoiser(), _condition(16, text=True)
    deep = deepened(shallow, layers)
    noisy, time = torch.randn(1, 16, 3), torch.tensor([0.5])
    assert len(deep.layers) == layers == deep.config.layers
    assert torch.allclose(deep(noisy, time, condition), shallow(noisy, time, condition), atol=1e-6)
    deep(noisy, time, condition).square().mean().backward()
    outputs = [p for n, p in deep.named_parameters() if n.endswith(("attended.weight", "mlp.2.weight"))]
    assert len(outputs) == 2 * layers and all(p.grad is not None and p.grad.any() for p in outputs), "all can learn"


def test_a_denoiser_cannot_lose_layers() -> None:
    with pytest.raises(ValueError, match="can only get more"):
        deepened(_denoiser(), 1)

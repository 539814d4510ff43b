"""The conditional denoiser: a transformer over latent frames."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from subtract_core.config import check_least
from subtract_core.errors import InputError
from subtract_core.model.checkpoint import Component
from subtract_core.model.schedule import TRAIN_TIMESTEPS, cosine_alphas
from subtract_core.stems import STEMS
from subtract_core.wish import CHANNELS

TRANSFORMER = "transformer"
"""The name of the network `Denoiser`; others are named as module.Class."""


@dataclass(frozen=True)
class Condition:
    """What a batch of latents is conditioned on.

    context: [batch, frames, context_channels], the encoded remaining mix; zeros where it is unknown.
    place: [batch, frames, place_channels], where each frame lies in the music; never dropped.
    stem: int64 [batch], index of the stem to write.
    text: [batch, frames, text_channels], the instruction at each frame (`Wish.vector`); zeros, or None for the whole
      batch, mean none.
    unguided: of the same shape as the context: what is known of the remaining mix without it, by which guidance does
      not lead; None for nothing.
    """

    context: Tensor
    place: Tensor
    stem: Tensor
    text: Tensor | None = None
    unguided: Tensor | None = None

    def windows(self, starts: list[int], length: int) -> Condition:
        """Cut a condition of batch 1 into windows [len(starts), length, ...]."""
        cut = [slice(s, s + length) for s in starts]
        return Condition(
            torch.cat([self.context[:, c] for c in cut]),
            torch.cat([self.place[:, c] for c in cut]),
            self.stem.repeat(len(cut)),
            None if self.text is None else torch.cat([self.text[:, c] for c in cut]),
            None if self.unguided is None else torch.cat([self.unguided[:, c] for c in cut]),
        )

    def without_context(self) -> Condition:
        """The same with the remaining mix unknown, but for what is unguided."""
        known = torch.zeros_like(self.context) if self.unguided is None else self.unguided
        return replace(self, context=known)

    def without_text(self) -> Condition:
        """The same with no instruction."""
        return replace(self, text=None if self.text is None else torch.zeros_like(self.text))

    def rows(self, rows: slice) -> Condition:
        """Some rows of the batch."""
        text = None if self.text is None else self.text[rows]
        unguided = None if self.unguided is None else self.unguided[rows]
        return Condition(self.context[rows], self.place[rows], self.stem[rows], text, unguided)

    def joined(self, *others: Condition) -> Condition:
        """Several conditions of equal shape as one batch, without what is unguided; all have text or none has."""
        every = (self, *others)
        texts = [c.text for c in every if c.text is not None]
        return Condition(
            torch.cat([c.context for c in every]),
            torch.cat([c.place for c in every]),
            torch.cat([c.stem for c in every]),
            torch.cat(texts) if texts else None,
        )


@dataclass(frozen=True)
class DenoiserConfig:
    """Sizes of the denoiser.

    latent_channels, context_channels, place_channels: channels of a frame of the noisy target, of the encoded
      remaining mix, and of the description of where the frame lies.
    text_channels: size of an encoded instruction.
    width, layers, heads: of the transformer. frames: length of the windows it is trained on.
    preconditioned: whether it starts from the best guess that the spread of each channel allows, see `Denoiser`; for
      latents whose channels differ in spread.
    """

    latent_channels: int
    context_channels: int
    place_channels: int
    text_channels: int = len(CHANNELS)
    width: int = 256
    layers: int = 6
    heads: int = 4
    frames: int = 128
    preconditioned: bool = False

    def __post_init__(self) -> None:
        check_least(self, width=1, layers=1, heads=1, frames=1)
        if self.width % (2 * self.heads):
            raise ValueError(f"width is {self.width}; a multiple of 2 * heads ({2 * self.heads}) is needed")


class Denoiser(Component):
    """Predict the velocity v of noisy latents (Salimans & Ho, arXiv 2202.00512) from the remaining mix.

    The context is concatenated to the noisy latents channel by channel, as in InstructPix2Pix (arXiv 2211.09800).
    Diffusion time, stem and the instruction, which may change from frame to frame, modulate every layer through
    adaptive layer norm with one shared projection and a table a layer (PixArt-alpha, arXiv 2310.00426). Positions are
    rotary (arXiv 2104.09864). It sees its own last estimate of the clean latents (self-conditioning, arXiv 2208.04202).

    A preconditioned one is told the spread s of each latent channel (`spread`). At signal power a, the noisy channel y
    has the power p = a s^2 + 1 - a. The layers see y / sqrt(p), and what they give, times s / sqrt(p), is added to
    sqrt(a (1 - a)) (1 - s^2) / p * y, the best linear guess of v: what EDM (arXiv 2206.00364, table 1) does for all
    channels alike. Channels of small spread need no room in the layers for their noise then.
    """

    config_class = DenoiserConfig
    spread: Tensor
    alphas: Tensor

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.frame_in = nn.Linear(2 * config.latent_channels + config.context_channels + config.place_channels, width)
        self.frame_mlp = nn.Sequential(nn.GELU(), nn.Linear(width, width))
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.stem = nn.Embedding(len(STEMS), width)
        self.text = nn.Sequential(nn.Linear(config.text_channels, width), nn.SiLU(), nn.Linear(width, width))
        self.modulation = nn.Linear(width, 6 * width)
        self.layers = nn.ModuleList(_Layer(width, config.heads) for _ in range(config.layers))
        self.out_norm = nn.LayerNorm(width, elementwise_affine=False)
        self.out_modulation = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, config.latent_channels)
        for module in (self.modulation, self.out_modulation, self.out):
            nn.init.zeros_(module.weight)
            nn.init.zeros_(module.bias)
        nn.init.normal_(self.stem.weight, std=0.02)
        if config.preconditioned:
            self.register_buffer("spread", torch.ones(config.latent_channels))
            self.register_buffer("alphas", cosine_alphas(), persistent=False)

    def forward(
        self,
        noisy: Tensor,
        time: Tensor,
        condition: Condition,
        estimate: Tensor | None = None,
        perturbed: Tensor | None = None,
    ) -> Tensor:
        """Noisy latents [batch, frames, latent_channels] at diffusion times [batch] in 0-1 to v of the same shape.

        estimate: what the clean latents were last thought to be, of the same shape; zeros, or None, without one.
        perturbed: bool [batch], windows whose frames attend to themselves alone in the middle layers, which is what
          perturbed-attention guidance leads away from (arXiv 2403.17377); None for no window.
        """
        estimate = torch.zeros_like(noisy) if estimate is None else estimate
        if not self.config.preconditioned:
            return self._velocity(noisy, time, condition, estimate, perturbed)
        alpha = self.alphas[(time * TRAIN_TIMESTEPS).round().long()][:, None, None]
        variance = self.spread**2
        power = alpha * variance + 1 - alpha
        guess = (alpha * (1 - alpha)).sqrt() * (1 - variance) / power * noisy
        scaled = self._velocity(noisy / power.sqrt(), time, condition, estimate / self.spread, perturbed)
        out: Tensor = guess + self.spread / power.sqrt() * scaled
        return out

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compile the layers, which are alike and so are compiled but once."""
        for layer in self.layers:
            layer.compile(*args, dynamic=False, **kwargs)

    def _velocity(
        self, noisy: Tensor, time: Tensor, condition: Condition, estimate: Tensor, perturbed: Tensor | None
    ) -> Tensor:
        x = self.frame_in(torch.cat([noisy, condition.context, condition.place, estimate], dim=-1))
        x = x + self.frame_mlp(x)
        state = self.time(_sinusoids(time, self.config.width)) + self.stem(condition.stem)
        text = noisy.new_zeros(len(noisy), 1, self.config.text_channels) if condition.text is None else condition.text
        state = F.silu(state.unsqueeze(1) + self.text(text))
        shared = self.modulation(state).unflatten(-1, (6, -1))
        rotation = _rotation(x.shape[1], self.config.width // self.config.heads, x.device)
        middle = {len(self.layers) // 2 - 1, len(self.layers) // 2}
        for index, layer in enumerate(self.layers):
            x = layer(x, shared, rotation, perturbed if index in middle else None)
        shift, scale = self.out_modulation(state).chunk(2, dim=-1)
        out: Tensor = self.out(self.out_norm(x) * (1 + scale) + shift)
        return out


def network_class(name: str, field: str = "network") -> type[Denoiser]:
    """The class of a network: `Denoiser`, or what a module.Class names, a `Component` made from a `DenoiserConfig`.

    Its module has to be imported already: what a file names does not run code. Raises `InputError` naming `field`.
    """
    module, _, kind = name.rpartition(".")
    found: Any = Denoiser if name == TRANSFORMER else getattr(sys.modules.get(module), kind, None)
    config = getattr(found, "config_class", object)
    is_known = isinstance(found, type) and issubclass(found, Component) and issubclass(config, DenoiserConfig)
    if not is_known:
        raise InputError(
            f"{field}: {name} is no network that is known; choose {TRANSFORMER}, or module.Class, a Component with a "
            "DenoiserConfig, and import that module first"
        )
    network: type[Denoiser] = found
    return network


def network_name(network: Denoiser) -> str:
    """What `network_class` finds its class by."""
    kind = type(network)
    return TRANSFORMER if kind is Denoiser else f"{kind.__module__}.{kind.__qualname__}"


def deepened(shallow: Denoiser, layers: int) -> Denoiser:
    """A denoiser of more `layers` that computes what `shallow` computes, to be trained on.

    Copies of layers, spread evenly, follow the layers they copy; what they add is zero until they are trained (block
    expansion, LLaMA Pro, arXiv 2401.02415). Raises ValueError where `shallow` has more layers already.
    """
    before = shallow.config.layers
    if layers < before:
        raise ValueError(f"layers is {layers}; a denoiser of {before} layers can only get more")
    deep = Denoiser(replace(shallow.config, layers=layers))
    # Where layer i of the old ones comes to lie among the new: copies fill the gaps.
    places = [i + i * (layers - before) // before for i in range(before)]
    state = {n: v for n, v in shallow.state_dict().items() if not n.startswith("layers.")}
    for index in range(layers):
        old = max(i for i, place in enumerate(places) if place <= index)
        for name, value in shallow.layers[old].state_dict().items():
            is_output = name.startswith(("attended.", "mlp.2."))
            state[f"layers.{index}.{name}"] = torch.zeros_like(value) if is_output and index not in places else value
    deep.load_state_dict(state)
    return deep


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        # Starts with open gates (1), shifts and scales at rest (0): shift, scale, gate for attention, then for the MLP.
        self.table = nn.Parameter(torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0, 1.0]).unsqueeze(1).repeat(1, width))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.qkv = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        narrowed = nn.Linear(4 * width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), narrowed)
        # Every layer starts close to doing nothing.
        for module in (self.attended, narrowed):
            nn.init.normal_(module.weight, std=0.125 / math.sqrt(module.in_features))
            nn.init.zeros_(module.bias)

    def forward(
        self, x: Tensor, shared: Tensor, rotation: tuple[Tensor, Tensor], perturbed: Tensor | None = None
    ) -> Tensor:
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = (shared + self.table).unbind(dim=2)
        x = x + gate_a * self._attention(self.norm(x) * (1 + scale_a) + shift_a, rotation, perturbed)
        out: Tensor = x + gate_m * self.mlp(self.norm(x) * (1 + scale_m) + shift_m)
        return out

    def _attention(self, x: Tensor, rotation: tuple[Tensor, Tensor], perturbed: Tensor | None) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = _rotated(q, rotation), _rotated(k, rotation)
        mixed = _attended(q, k, v)
        if perturbed is not None:
            mixed = torch.where(perturbed[:, None, None, None], v, mixed)
        out: Tensor = self.attended(mixed.transpose(1, 2).flatten(-2))
        return out


def _attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Scaled dot-product attention over [batch, heads, frames, width]."""
    if q.device.type != "cpu" or not q.requires_grad:
        return F.scaled_dot_product_attention(q, k, v)
    # Windows are short: on a CPU the fused kernel, which is the more precise, takes 3.4 times as long to train.
    return torch.softmax((q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2), dim=-1) @ v


def _sinusoids(time: Tensor, width: int) -> Tensor:
    frequencies = torch.exp(-math.log(10_000) * torch.arange(width // 2, device=time.device) / (width // 2))
    angles = time[:, None].float() * 1000 * frequencies
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def _rotation(frames: int, width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    frequencies = 1000.0 ** (-torch.arange(0, width, 2, device=device) / width)
    angles = torch.arange(frames, device=device)[:, None] * frequencies
    return angles.cos(), angles.sin()


def _rotated(x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    cos, sin = rotation
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1).to(x.dtype)

"""Models small enough for tests, that learned nothing but are heard."""

from __future__ import annotations

import torch

from audio_subtract.model.autoencoder import AutoencoderConfig
from audio_subtract.model.codec import AudioCodec, AudioCodecConfig
from audio_subtract.model.pipeline import AudioPipeline
from audio_subtract.model.spectrogram import SpectrogramConfig
from subtract_core.model.denoiser import Denoiser, DenoiserConfig
from subtract_core.model.sampler import SamplerConfig

SMALL = AutoencoderConfig(latent_channels=8, width=16, depth=1)
SPECTROGRAM = SpectrogramConfig(mels=32)


def small_pipeline() -> AudioPipeline:
    """Writes sounds about 40 dB below full scale, others for every seed."""
    torch.manual_seed(0)
    codec = AudioCodec(AudioCodecConfig(SPECTROGRAM, SMALL))
    sizes = (codec.latent_channels, codec.context_channels, codec.place_channels)
    denoiser = Denoiser(DenoiserConfig(*sizes, width=32, layers=1, heads=2, frames=16))
    torch.nn.init.normal_(denoiser.out.weight, std=0.5)  # an untrained denoiser predicts zero
    torch.nn.init.normal_(denoiser.out_modulation.weight, std=0.2)  # nor does it heed what is asked
    torch.nn.init.constant_(codec.autoencoder.centre, -60.0)
    torch.nn.init.normal_(codec.autoencoder.basis, std=0.05)
    return AudioPipeline(codec.eval(), denoiser.eval(), SamplerConfig(steps=2))

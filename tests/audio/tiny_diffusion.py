"""Pipelines of diffusers of the real classes, tiny and random, for tests of what drives them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import torch

WORDS = "add drums bass guitar keys strings lead busy rock , : -".split()


def clip_tokenizer() -> Any:
    """A tokenizer that knows letters and some words."""
    from transformers import CLIPTokenizer

    letters = [chr(c) for c in range(33, 127)]
    merges, tokens = [], [*letters, *(f"{letter}</w>" for letter in letters)]
    for word in WORDS:
        pieces = [*word[:-1], f"{word[-1]}</w>"]
        while len(pieces) > 1:
            merges.append((pieces[0], pieces[1]))
            pieces = [pieces[0] + pieces[1], *pieces[2:]]
            tokens.append(pieces[0])
    names = [*dict.fromkeys(tokens), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {name: number for number, name in enumerate(names)}
    return CLIPTokenizer(vocab=vocabulary, merges=list(dict.fromkeys(merges)), model_max_length=16)


def riffusion_pipeline(channels: int = 4) -> Any:
    """A Stable Diffusion whose UNet takes 4 channels, as Riffusion's, or 8, as those that edit images."""
    from transformers import CLIPTextConfig, CLIPTextModel

    diffusers: Any = import_module("diffusers")
    torch.manual_seed(0)
    tokenizer = clip_tokenizer()
    unet = diffusers.UNet2DConditionModel(
        sample_size=32,
        in_channels=channels,
        block_out_channels=(8, 16),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=16,
        attention_head_dim=2,
        norm_num_groups=4,
    )
    autoencoder = diffusers.AutoencoderKL(
        block_out_channels=(4,) * 5,  # one more than Stable Diffusion's, so that latents are small
        down_block_types=("DownEncoderBlock2D",) * 5,
        up_block_types=("UpDecoderBlock2D",) * 5,
        norm_num_groups=2,
        sample_size=512,
    )
    text = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=16,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return diffusers.StableDiffusionPipeline(
        vae=autoencoder,
        text_encoder=CLIPTextModel(text),
        tokenizer=tokenizer,
        unet=unet,
        scheduler=diffusers.DDIMScheduler(
            beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False, steps_offset=1
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def saved(pipeline: Any, folder: Path) -> Path:
    pipeline.save_pretrained(str(folder))
    return folder


def ace_step_pipeline(model_version: str = "base") -> Any:
    """An ACE-Step whose latent frames are 480 samples long."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3Model

    diffusers: Any = import_module("diffusers")
    torch.manual_seed(0)
    latent, width, heads = 4, 16, {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 8}
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "[PAD]": 1, "drums": 2, "busy": 3, "DRUMS": 4}, "[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    text = Qwen3Config(
        vocab_size=5, hidden_size=width, intermediate_size=width, num_hidden_layers=1, **heads
    )  # fmt: skip
    encoder = diffusers.AceStepConditionEncoder(
        hidden_size=width,
        intermediate_size=width,
        text_hidden_dim=width,
        timbre_hidden_dim=latent,
        num_lyric_encoder_hidden_layers=1,
        num_timbre_encoder_hidden_layers=1,
        **heads,
    )
    transformer = diffusers.AceStepTransformer1DModel(
        hidden_size=width,
        intermediate_size=width,
        num_hidden_layers=1,
        in_channels=3 * latent,
        audio_acoustic_hidden_dim=latent,
        model_version=model_version,
        **heads,
    )
    autoencoder = diffusers.AutoencoderOobleck(
        encoder_hidden_size=2 * latent,
        downsampling_ratios=[6, 8, 10],
        channel_multiples=[1, 1, 1],
        decoder_channels=4,
        decoder_input_channels=latent,
        audio_channels=2,
        sampling_rate=48_000,
    )
    return diffusers.AceStepPipeline(
        vae=autoencoder,
        text_encoder=Qwen3Model(text),
        tokenizer=PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]"),
        transformer=transformer,
        condition_encoder=encoder,
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
    )

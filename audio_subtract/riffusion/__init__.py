"""The paper's own path: spectrogram images of songs, edited by a Stable Diffusion that was fine-tuned on such images.

`image` (sound <-> image), `model` (loading and widening), `inserter`, `data` and `train`. Needs transformers.
"""

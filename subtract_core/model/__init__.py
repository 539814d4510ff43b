"""The denoiser, its objective and its sampler, and how models are kept on disk."""

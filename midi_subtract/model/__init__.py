"""What is learnt: piano rolls as latents, what the denoiser is shown, the critic that hears whether a part fits."""

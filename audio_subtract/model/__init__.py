"""What is learnt: sound as levels, levels as latents, and the way back to sound."""

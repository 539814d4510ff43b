"""Notes played by a synthesizer, to train on and to listen to."""

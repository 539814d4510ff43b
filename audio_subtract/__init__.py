"""Subtractive training over songs as waveforms and spectrograms; being built, no weights come with this release."""

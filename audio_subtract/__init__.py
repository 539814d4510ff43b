"""Subtractive training over songs as waveforms and spectrograms: not built yet.

This package is a name held free. It holds no code, no weights and no command; `msub` works on MIDI files only.

When it is built it will mirror `midi_subtract` room by room, so that who knows one knows the other: reading a file
into a song (there a beat grid, here samples), a `StemCodec` between stems and latent frames (there beats, here
seconds), what the denoiser is told of the place in the music, excerpts for training, metrics, training of codec and
denoiser, the pipeline, and an inserter. Denoiser, objective, sampler, trainer and checkpoints come from
`subtract_core`, which both share. The two backends never import each other.
"""

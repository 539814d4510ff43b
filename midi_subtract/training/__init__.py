"""From MIDI files to trained weights."""

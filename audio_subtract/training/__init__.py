"""From songs as stems, mixes or MIDI files to trained weights."""

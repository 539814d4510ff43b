"""Subtractive training for any kind of music data: it knows neither MIDI nor audio."""

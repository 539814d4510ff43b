"""Standard MIDI Files: read, edited without touching what an edit does not concern, and what a new part is in them."""

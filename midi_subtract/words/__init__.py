"""Words of a sentence that are read by rule, as they concern notes and sounds of MIDI."""

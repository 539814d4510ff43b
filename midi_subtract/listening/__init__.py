"""What is heard in notes: beats, bar lines, meters, chords, sections, and how a part is played."""

"""What is heard in sound: pitch, loudness, and how a stem is played."""

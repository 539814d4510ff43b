"""The command line of msub: parses, calls, prints; no music and no torch in it."""

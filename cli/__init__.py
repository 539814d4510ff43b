"""The command line of msub: parses, calls, prints; no music and no torch in it."""

from subtract_core.version import VERSION as __version__

__all__ = ["__version__"]

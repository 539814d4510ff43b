"""Where the program starts: the console script `msub`, and `python -m msub`."""

from __future__ import annotations

import signal


def main() -> None:
    """Load the command line and run it. Ctrl-C just ends the process, without Python's account of where it was, but
    for work under way, which `Output.guarded` brings to an end."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # otherwise it is to be ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from . import app  # takes a while

    app.main()


if __name__ == "__main__":
    main()

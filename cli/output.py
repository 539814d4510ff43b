"""What the program says and how it ends: results on stdout, complaints on stderr, exit codes."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, TextIO

import typer

from subtract_core.errors import MsubError
from subtract_core.version import VERSION

OK, FAILURE, USAGE, PARTLY, INTERRUPTED = 0, 1, 2, 3, 130
INTERRUPTION = "interrupted"
"""What is said of Ctrl-C and its like."""

Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show Python's warnings, and where an error happened.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")]

Show = Callable[[float, float, str], None]
"""show(done, total, what): where a progress bar stands."""


class UsageError(MsubError):
    """The command line asks for something that cannot be meant; exit code 2."""


class Terminated(KeyboardInterrupt):
    """The program was told to end by the signal `number`."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@dataclass
class Output:
    """The program's voice: quiet says errors only, json holds lines back for one document, verbose adds tracebacks.

    results: rows of that document, which are printed however the program ends.
    """

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)
    _bar: Any = None  # rich's console while a progress bar lives on it

    def line(self, text: str) -> None:
        """Say on stdout what was done."""
        if not self.quiet and not self.json:
            self._print(printable(text), sys.stdout)

    def document(self, value: dict[str, Any]) -> None:
        """Print the one JSON document of `--json`, with the version of msub."""
        if self.json:
            self._print(json.dumps({"msub": VERSION, **value}, indent=2), sys.stdout)

    def warn(self, text: str) -> None:
        """Say on stderr what the user should know."""
        if not self.quiet:
            self._print(f"msub: warning: {printable(text)}", sys.stderr)

    def error(self, text: str) -> None:
        """Say on stderr, in one line, what could not be done."""
        self._print(f"msub: error: {printable(text)}", sys.stderr)

    def reason(self, error: Exception, about: str = "") -> str:
        """What went wrong in one line that names `about`; in verbose mode a surprise's traceback goes to stderr."""
        if self.verbose and not isinstance(error, MsubError):
            self._print("".join(traceback.format_exception(error)).rstrip(), sys.stderr)
        if isinstance(error, MsubError):
            text = str(error)
        elif isinstance(error, OSError) and error.strerror:
            text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        else:
            hint = "" if self.verbose else " (unexpected; -v shows where)"
            text = f"{type(error).__name__}: {' '.join(str(error).split()) or 'no reason given'}{hint}"
        return printable(text if about in text else f"{about}: {text}")

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """End the program with one line and an exit code, whatever happens inside the block."""
        try:
            with warnings.catch_warnings(), _terminable():
                if not self.verbose:
                    warnings.simplefilter("ignore")
                yield
        except (typer.Exit, BrokenPipeError):  # the end as planned; a reader that has gone needs no message
            raise
        except KeyboardInterrupt as stop:
            self.error(INTERRUPTION)
            self.document({"results": self.results, "error": INTERRUPTION})
            raise typer.Exit(128 + stop.number if isinstance(stop, Terminated) else INTERRUPTED) from None
        except Exception as error:
            text = self.reason(error)
            self.error(text)
            self.document({"results": self.results, "error": text})
            raise typer.Exit(USAGE if isinstance(error, UsageError) else FAILURE) from None

    @contextmanager
    def progress(self) -> Iterator[Show]:
        """A progress bar on stderr, where that is a terminal and somebody wants to see it."""
        if self.quiet or sys.stderr is None or not sys.stderr.isatty():
            yield lambda done, total, what: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
        )
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, refresh_per_second=5, redirect_stdout=False) as bar:
            task = bar.add_task("", total=None)
            self._bar = console
            try:
                yield lambda done, total, what: bar.update(
                    task, completed=done, total=total, description=printable(what)
                )
            finally:
                self._bar = None

    def _print(self, text: str, stream: TextIO | None) -> None:
        if stream is None:  # closed by who started the program; `print` would take another one
            return
        if self._bar is not None and stream.isatty():
            # The bar makes room, and a long line stays one line; a file or a pipe is not in its way.
            self._bar.print(text, markup=False, highlight=False, soft_wrap=True)
            return
        try:
            print(text, file=stream, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            if stream is not sys.stdout:
                return  # nobody is there to complain to
            # The buffer cannot go anywhere any more; without this the interpreter tries again at its end.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            raise MsubError(f"standard output: cannot be written: {error.strerror}") from None


@contextmanager
def _terminable() -> Iterator[None]:
    """Within, the signals by which programs are told to end raise `Terminated`, unless they are ignored (nohup) or
    handled (by Python, Ctrl-C, where this is no program of its own). The first process of a container has no other
    end: the system ignores them for it."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    process = os.getpid()

    def end(number: int, frame: object) -> None:
        if os.getpid() != process:  # a worker forked from here ends like any other process
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        raise Terminated(number)

    names = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows lacks the last
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def exit_code(failed: bool, written: bool) -> int:
    """0 only if everything asked for is there, 3 if some of it is."""
    if not failed:
        return OK
    return PARTLY if written else FAILURE


def counted(number: int, what: str) -> str:
    """`1 note`, `2,014 notes`."""
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def printable(text: str) -> str:
    """`text` in one line without control characters: names of files and tracks may hold anything."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)

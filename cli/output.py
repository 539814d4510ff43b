"""What the program says and how it ends: results on stdout, complaints on stderr, exit codes."""

from __future__ import annotations

import json
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TextIO

import typer

from subtract_core.errors import MsubError

OK, FAILURE, USAGE, PARTLY, INTERRUPTED = 0, 1, 2, 3, 130

Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show Python's warnings, and where an error happened.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of lines.")]

Show = Callable[[float, float, str], None]
"""show(done, total, what): where a progress bar stands."""


class UsageError(MsubError):
    """The command line asks for something that cannot be meant; exit code 2."""


@dataclass
class Output:
    """The program's voice: quiet says errors only, json holds lines back for one document, verbose adds tracebacks."""

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    _bar: Any = None  # rich's console while a progress bar lives on it

    def line(self, text: str) -> None:
        """Say on stdout what was done."""
        if not self.quiet and not self.json:
            self._print(printable(text), sys.stdout)

    def document(self, value: dict[str, Any]) -> None:
        """Print the one JSON document of `--json`."""
        if self.json:
            self._print(json.dumps(value, indent=2), sys.stdout)

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
            with warnings.catch_warnings():
                if not self.verbose:
                    warnings.simplefilter("ignore")
                yield
        except (typer.Exit, BrokenPipeError):  # the end as planned; a reader that has gone needs no message
            raise
        except KeyboardInterrupt:
            self.error("interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            text = self.reason(error)
            self.error(text)
            self.document({"results": [], "error": text})
            raise typer.Exit(USAGE if isinstance(error, UsageError) else FAILURE) from None

    @contextmanager
    def progress(self) -> Iterator[Show]:
        """A progress bar on stderr, where that is a terminal and somebody wants to see it."""
        if self.quiet or not sys.stderr.isatty():
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

    def _print(self, text: str, stream: TextIO) -> None:
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

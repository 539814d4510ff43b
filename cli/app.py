"""The Typer app `msub` and its entry point."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from subtract_core.version import VERSION

from .evaluate import evaluate_instructions
from .evaluate_audio import evaluate_audio
from .evaluate_compare import compare_reports
from .evaluate_midi import evaluate_midi
from .info import info, models
from .insert import insert
from .instruct import instruct
from .output import FAILURE, OK, USAGE, Output, printable
from .prepare_audio import prepare_audio
from .train import prepare_midi, train

# Everything wrong with a command line; the class moved when Typer took click inside.
_CommandLineError: type[Any] = typer.BadParameter.__mro__[1]


_SHOWN = 60
"""Letters of an argument that a complaint quotes at most."""


class _OneLineErrors(TyperGroup):
    """Typer's own complaints in the form of all others: one line, a document with `--json`, and exit code 2 for a wrong
    command line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        arguments = (args[0] if args else kwargs.get("args")) or sys.argv[1:]
        try:
            code = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except _CommandLineError as error:
            place = error.ctx.command_path if error.ctx else "msub"
            said = _shortened(error.format_message(), arguments)
            reason = f"{' '.join(said.split()).rstrip('.')}; see {place} --help"
            Output().error(reason)
            Output(json="--json" in arguments).document({"results": [], "error": printable(reason)})
            code = USAGE
        except OSError as error:  # what is not guarded, such as the help text, found no room on stdout
            Output().error(f"standard output: {error.strerror}")
            code = FAILURE
        sys.exit(code or OK)


def _shortened(message: str, arguments: Sequence[str]) -> str:
    """A complaint without the ends of long arguments that it quotes."""
    for argument in arguments:
        for given in (argument, argument.partition("=")[2]):
            for quoted in (given, repr(given)[1:-1]):
                if len(quoted) > _SHOWN:
                    message = message.replace(quoted, f"{quoted[:_SHOWN]}...")
    return message


# Rich's help takes twice as long to load as everything else together.
_settings: dict[str, Any] = {"rich_markup_mode": None, "add_completion": False, "pretty_exceptions_enable": False}
app = typer.Typer(cls=_OneLineErrors, help="Insert a missing instrument into a song.", **_settings)
app.command()(insert)
app.command()(info)
prepare_app = typer.Typer(help="Make a training set.", **_settings)
prepare_app.command("midi")(prepare_midi)
prepare_app.command("audio")(prepare_audio)
app.add_typer(prepare_app, name="prepare")
app.command()(instruct)
app.command()(train)
evaluate_app = typer.Typer(help="Measure how good a model is.", **_settings)
evaluate_app.command("midi")(evaluate_midi)
evaluate_app.command("audio")(evaluate_audio)
evaluate_app.command("instructions")(evaluate_instructions)
evaluate_app.command("compare")(compare_reports)
app.add_typer(evaluate_app, name="evaluate")
app.command()(models)


@app.callback(invoke_without_command=True)
def msub(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Insert a missing instrument into a song."""
    if version:
        Output().line(f"msub {VERSION}")
        raise typer.Exit(OK)
    if context.invoked_subcommand is None:
        Output().line(context.get_help())
        raise typer.Exit(USAGE)


def main() -> None:
    """Run the command line; the console script `msub`."""
    _open_closed_streams()
    atexit.register(gc.freeze)  # what is left ends with the process: to look through it takes half a second
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter must not end the program
    app(prog_name="msub")


def _open_closed_streams() -> None:
    """Have streams that are closed (`2>&-`) go nowhere: otherwise the next file that is opened gets their number, and
    what libraries complain of is written into it."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115

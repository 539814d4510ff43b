"""The Typer app `msub` and its entry point."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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


class _OneLineErrors(TyperGroup):
    """Typer's own complaints in the form of all others: one line, a document with `--json`, and exit code 2 for a wrong
    command line."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        arguments = (args[0] if args else kwargs.get("args")) or sys.argv[1:]
        try:
            code = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except _CommandLineError as error:
            place = error.ctx.command_path if error.ctx else "msub"
            reason = f"{' '.join(error.format_message().split()).rstrip('.')}; see {place} --help"
            Output().error(reason)
            Output(json="--json" in arguments).document({"results": [], "error": printable(reason)})
            code = USAGE
        except OSError as error:  # what is not guarded, such as the help text, found no room on stdout
            Output().error(f"standard output: {error.strerror}")
            code = FAILURE
        sys.exit(code or OK)


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
        from importlib.metadata import version as version_of

        Output().line(f"msub {version_of('msub')}")
        raise typer.Exit(OK)
    if context.invoked_subcommand is None:
        Output().line(context.get_help())
        raise typer.Exit(USAGE)


def main() -> None:
    """Run the command line; the console script `msub`."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter must not end the program
    app(prog_name="msub")

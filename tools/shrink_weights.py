"""Put the weights of a checkpoint's components into eight bits each, half of what fp16 takes.

    python tools/shrink_weights.py midi_subtract/weights/default/codec ...

`msub train` writes fp16. What eight bits cost is to be measured before such weights are shipped (docs/experiments.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from subtract_core.errors import InputError
from subtract_core.model.checkpoint import shrink_weights


def main(folders: Annotated[list[Path], typer.Argument(help="Folders of components, each with its config.")]) -> None:
    """Shrink components where they are."""
    for folder in folders:
        try:
            before, after = shrink_weights(folder)
        except InputError as error:
            raise typer.BadParameter(str(error)) from None
        typer.echo(f"{folder}: {before / 1e6:.1f} MB are {after / 1e6:.1f} MB now")


if __name__ == "__main__":
    typer.run(main)

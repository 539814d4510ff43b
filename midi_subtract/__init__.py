"""Subtractive training over songs as beats and piano rolls."""

from typing import TYPE_CHECKING, Any

from subtract_core.errors import InputError, MsubError
from subtract_core.version import VERSION as __version__

if TYPE_CHECKING:
    from midi_subtract.inserter import InsertResult, MidiInserter

__all__ = ["InputError", "InsertResult", "MidiInserter", "MsubError", "__version__"]


def __getattr__(name: str) -> Any:
    # Late, so that the command line answers --help without loading torch.
    if name in __all__:
        from midi_subtract import inserter

        return getattr(inserter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

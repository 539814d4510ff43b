"""Subtractive training over songs as waveforms and spectrograms.

The same rooms as in `midi_subtract` under the same names: `reader` (file -> `Waveform`), `codec` (there beats, here
seconds), `excerpts`, `prepare`, `store`, `train_codec`, `train_denoiser`, `pipeline`, `inserter`. `load_inserter`
takes the models of others as well (`models`): `riffusion` and `ace_step` drive them.
"""

from typing import TYPE_CHECKING, Any

from subtract_core.errors import InputError, MsubError
from subtract_core.version import VERSION as __version__

if TYPE_CHECKING:
    from audio_subtract.inserter import AudioInserter, InsertResult
    from audio_subtract.models import load_inserter

__all__ = ["AudioInserter", "InputError", "InsertResult", "MsubError", "__version__", "load_inserter"]


def __getattr__(name: str) -> Any:
    # Late, so that the command line answers --help without loading torch.
    if name in __all__:
        from audio_subtract import inserter, models

        return getattr(models if name == "load_inserter" else inserter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

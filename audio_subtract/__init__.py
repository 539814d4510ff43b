"""Subtractive training over songs as waveforms and spectrograms.

The same rooms as in `midi_subtract` under the same names: `reader` (file -> `Waveform`), `codec` (there beats, here
seconds), `excerpts`, `prepare`, `store`, `train_codec`, `train_denoiser`, `pipeline`, `inserter`. No weights come with
this release.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audio_subtract.inserter import AudioInserter, InsertResult

__all__ = ["AudioInserter", "InsertResult"]


def __getattr__(name: str) -> Any:
    # Late, so that the command line answers --help without loading torch.
    if name in __all__:
        from audio_subtract import inserter

        return getattr(inserter, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

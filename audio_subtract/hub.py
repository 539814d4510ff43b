"""Loading the pipelines of others through diffusers: by name from the model hub or its cache, or from a folder."""

from __future__ import annotations

import importlib.util
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from subtract_core.errors import InputError

_QUIET = threading.Lock()


def load_pipeline(name: str, model: str | Path, dtype: torch.dtype, since: str = "0.30", **options: Any) -> Any:
    """A pipeline of diffusers on the CPU, its weights as `dtype`.

    name: its class. model: a folder, or a name on the hub. since: the release of diffusers that first has the class.
    options: go to `from_pretrained`. Raises `InputError`, which says what to do, where it cannot be had.
    """
    if importlib.util.find_spec("transformers") is None:
        raise InputError(f"model: {model} needs the transformers library; run: pip install 'msub[hub]'")
    with _quiet():
        import diffusers

        pipeline_class = getattr(diffusers, name, None)
        if pipeline_class is None:
            raise InputError(
                f"model: {model} needs diffusers {since} or newer, {diffusers.__version__} is installed; "
                "run: pip install --upgrade diffusers"
            )
        try:
            pipeline = pipeline_class.from_pretrained(str(model), torch_dtype=dtype, **options)
        except Exception as error:  # whatever is wrong with a folder or a network, diffusers raises its own kinds
            raise InputError(_cannot_be_had(name, model, error)) from error
        pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _cannot_be_had(name: str, model: str | Path, error: Exception) -> str:
    reason = (" ".join(str(error).split()) or type(error).__name__).split(". ")[0].rstrip(".")
    if Path(model).is_dir():
        return (
            f"{model}: cannot be loaded as diffusers' {name}: {reason}; the folder has to hold model_index.json and "
            "every component that it names, whole"
        )
    return (
        f"model: {model} is not on this machine and could not be fetched from the model hub ({reason}); fetch it where "
        f"the hub can be reached (hf download {model}), or give the folder that holds it"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what diffusers and transformers say of their own parts, and bars that run for a moment, from the user.

    Downloads are the hub's, and show how far they are. One thread at a time: another would put back what is quiet.
    """
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    libraries = (diffusers_logging, transformers_logging)
    with _QUIET:
        before = [library.get_verbosity() for library in libraries]
        for library in libraries:
            library.set_verbosity(logging.CRITICAL)  # errors are raised as well as logged
            library.disable_progress_bar()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)
                yield
        finally:
            for library, verbosity in zip(libraries, before, strict=True):
                library.set_verbosity(verbosity)
                library.enable_progress_bar()

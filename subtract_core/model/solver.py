"""diffusers' DPM-Solver++, imported for what a sampler needs of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any

import numpy as np
import torch

_FIRST_USE = Lock()


class ForNumPy(torch.Tensor):
    """A tensor that NumPy 2 makes an array of without warning of PyTorch, whose tensors know no `copy`: diffusers asks
    it to, and where warnings are errors that is one. (To silence it would change the filters of all threads.)"""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        plain = self.as_subclass(torch.Tensor)
        return np.array(plain.numpy(), dtype=dtype, copy=copy)


def dpm_solver_class() -> Any:
    """`diffusers.DPMSolverMultistepScheduler`, without torch._dynamo and scipy.stats where nobody has loaded them.

    Importing those two takes four fifths of the time that importing diffusers takes, more than writing a part for a
    song, and sampling uses neither: one compiles models, the other serves schedules of a beta distribution.
    Both can be imported as ever afterwards. Threads may ask for it at the same time.
    """
    with _FIRST_USE:  # what is hidden is hidden from all threads, and a cache alone would import once for each
        return _imported()


@cache
def _imported() -> Any:
    # `import_module` and no `from diffusers import`: diffusers puts another module in its place at the end of its
    # import, which the statement misses where another thread is in the middle of that.
    if "diffusers" in sys.modules:
        return import_module("diffusers").DPMSolverMultistepScheduler
    with _hidden("torch._dynamo"):
        import_utils: Any = import_module("diffusers.utils.import_utils")
    found, import_utils._scipy_available = import_utils._scipy_available, False
    try:
        return import_module("diffusers").DPMSolverMultistepScheduler
    finally:
        import_utils._scipy_available = found


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Within, importing a module that is not loaded yet raises `ImportError`, which diffusers is prepared for."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]

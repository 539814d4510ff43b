"""diffusers' DPM-Solver++, imported for what a sampler needs of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def dpm_solver_class() -> Any:
    """`diffusers.DPMSolverMultistepScheduler`, without torch._dynamo and scipy.stats where nobody has loaded them.

    Importing those two takes four fifths of the time that importing diffusers takes, more than writing a part for a
    song, and sampling uses neither: one compiles models, the other serves schedules of a beta distribution.
    Both can be imported as ever afterwards.
    """
    if "diffusers" in sys.modules:
        from diffusers import DPMSolverMultistepScheduler

        return DPMSolverMultistepScheduler
    with _hidden("torch._dynamo"):
        from diffusers.utils import import_utils
    found, import_utils._scipy_available = import_utils._scipy_available, False
    try:
        from diffusers import DPMSolverMultistepScheduler as solver
    finally:
        import_utils._scipy_available = found
    return solver


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

"""diffusers' solver without what takes most of the time to import."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from importlib import import_module
from multiprocessing import get_context
from typing import Any

SLOW = ("torch._dynamo", "scipy.stats")

fresh = get_context("forkserver")  # its processes have loaded these once for all, and nothing of diffusers
fresh.set_forkserver_preload(["torch", "sympy", "huggingface_hub", "requests", "PIL.Image"])


def in_a_fresh_process(work: Callable[..., Any], *arguments: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(work, *arguments).result()


def loaded() -> list[bool]:
    return [name in sys.modules for name in SLOW]


def first_use(after: tuple[str, ...]) -> list[bool]:
    """What slow modules are loaded after the first use of the solver, after importing these; all work later."""
    import torch

    from subtract_core.model.solver import dpm_solver_class

    for name in after:
        import_module(name)
    solver = dpm_solver_class()(beta_schedule="squaredcos_cap_v2", algorithm_type="sde-dpmsolver++")
    solver.set_timesteps(4)
    noise = torch.randn(1, 5, 3)
    assert solver.step(noise, solver.timesteps[0], noise).prev_sample.isfinite().all()
    found = loaded()
    for name in SLOW:
        import_module(name)
    assert torch.compile(torch.nn.Linear(1, 1)) is not None
    assert import_module("diffusers").utils.is_scipy_available()
    return found


def use_by_threads(foreign: bool) -> list[bool]:
    """What slow modules are loaded after threads used the solver first; foreign: while another imports diffusers."""
    from subtract_core.model.solver import dpm_solver_class

    with ThreadPoolExecutor(5) as pool:
        if foreign:
            pool.submit(import_module, "diffusers")
            while "diffusers" not in sys.modules:
                pass
        solvers = [task.result() for task in [pool.submit(dpm_solver_class) for _ in range(4)]]
    assert set(solvers) == {import_module("diffusers").DPMSolverMultistepScheduler}
    return loaded()


def test_the_solver_works_without_loading_compilers_and_statistics_which_can_be_loaded_later() -> None:
    assert in_a_fresh_process(first_use, ()) == [False, False]


def test_what_was_loaded_before_stays_as_it_is() -> None:
    assert in_a_fresh_process(first_use, ("torch._dynamo", "diffusers"))[0]


def test_threads_may_be_the_first_to_use_it_at_the_same_time() -> None:
    assert in_a_fresh_process(use_by_threads, False) == [False, False]


def test_a_thread_in_the_middle_of_importing_diffusers_is_waited_for() -> None:
    in_a_fresh_process(use_by_threads, True)

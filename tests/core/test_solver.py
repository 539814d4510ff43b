"""diffusers' solver without what takes most of the time to import."""

import subprocess
import sys

PROGRAM = """
import sys
import torch
from subtract_core.model.solver import dpm_solver_class
if {first!r}:
    import torch._dynamo, diffusers
solver = dpm_solver_class()(beta_schedule="squaredcos_cap_v2", algorithm_type="sde-dpmsolver++")
solver.set_timesteps(4)
noise = torch.randn(1, 5, 3)
assert solver.step(noise, solver.timesteps[0], noise).prev_sample.isfinite().all()
print(*[name in sys.modules for name in ("torch._dynamo", "scipy.stats")])
import torch._dynamo, scipy.stats, diffusers
assert torch.compile(torch.nn.Linear(1, 1)) is not None
assert diffusers.utils.is_scipy_available()
"""

THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from subtract_core.model.solver import dpm_solver_class
with ThreadPoolExecutor(5) as pool:
    {foreign}
    solvers = [task.result() for task in [pool.submit(dpm_solver_class) for _ in range(4)]]
import diffusers
assert set(solvers) == {{diffusers.DPMSolverMultistepScheduler}}
print(*[name in sys.modules for name in ("torch._dynamo", "scipy.stats")])
"""
FOREIGN = """other = pool.submit(import_module, "diffusers")
    while "diffusers" not in sys.modules:
        pass"""


def _run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_solver_works_without_loading_compilers_and_statistics_which_can_be_loaded_later() -> None:
    assert _run(PROGRAM.format(first="")) == "False False"


def test_what_was_loaded_before_stays_as_it_is() -> None:
    assert _run(PROGRAM.format(first="diffusers")).startswith("True")


def test_threads_may_be_the_first_to_use_it_at_the_same_time() -> None:
    assert _run(THREADS.format(foreign="")) == "False False"


def test_a_thread_in_the_middle_of_importing_diffusers_is_waited_for() -> None:
    _run(THREADS.format(foreign=FOREIGN))

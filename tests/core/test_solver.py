"""diffusers' solver without what takes most of the time to import."""

import subprocess
import sys

PROGRAM = """
import sys
import torch
from subtract_core.solver import dpm_solver_class
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


def _run(first: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(first=first)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_solver_works_without_loading_compilers_and_statistics_which_can_be_loaded_later() -> None:
    assert _run("") == "False False"


def test_what_was_loaded_before_stays_as_it_is() -> None:
    assert _run("diffusers").startswith("True")

"""Warming up loads what is needed, and no kernel under test can make it fail."""

import subprocess
import sys

import pytest

from viewproof.engine.warm import warm_up


def test_all_is_touched_where_no_kernel_is_wrong():
    assert warm_up() == ()


REPLACED = """
import sys, torch, warnings
warnings.simplefilter("ignore")
import viewproof.engine.warm
from viewproof.contract.installed import own_suites
own_suites()
lib = torch.library.Library("aten", "IMPL")
def raises(*args, **kwargs):
    raise RuntimeError("wrong")
for name in sys.argv[2:]:
    for key in ("CPU", "Meta", "CompositeExplicitAutograd", "CompositeImplicitAutograd"):
        try:
            lib.impl(name, WHAT[sys.argv[1]], key, allow_override=True)
        except RuntimeError as error:
            pass
print(len(viewproof.engine.warm.warm_up()))
""".replace("WHAT[sys.argv[1]]", "raises if sys.argv[1] == 'raises' else lambda *args, **kwargs: None")

CALLED = ("select.int", "zeros", "empty.memory_format", "_values", "values", "resolve_conj", "_make_dual", "detach")


@pytest.mark.parametrize("what", ["raises", "gives None"])
def test_a_wrong_kernel_does_not_end_it(what):
    done = subprocess.run([sys.executable, "-c", REPLACED, what, *CALLED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.splitlines()[-1]) > 0

"""What an execution leaves changed is found, put back and blamed on it alone; an answer at random is no answer."""

import contextlib
import functools
import itertools
import os
import random
import signal
import threading
import traceback
import warnings
from collections import Counter

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from viewproof.cases import parse_case
from viewproof.contract.installed import find_suite
from viewproof.contract.state import RESTORED
from viewproof.engine import executions
from viewproof.engine.check import check_chunk, check_in_place
from viewproof.engine.warm import warm_up
from viewproof.records.chunk import Chunk
from viewproof.tensors import build

#: Torch says so once a process.
pytestmark = pytest.mark.filterwarnings("ignore:ComplexHalf support", "ignore:Warning only once for all operators")
CHUNK = Chunk(
    suite="views", operator="aten.reshape.default", family="contiguous", profile="quick", device="cpu",
    targets=("eager",), rules=find_suite("views").rules,
)  # fmt: skip
TRUE = torch.library.get_kernel("aten::reshape", "CPU").call_boxed
_ENTERED = []


def entered(guard):
    """Enter a context for good."""
    _ENTERED.append(guard())
    _ENTERED[-1].__enter__()


def forked():
    """Start a process that does nothing, for a while."""
    if not os.fork():
        signal.pause()


def waiting():
    thread = threading.Thread(target=_LET_GO.wait, daemon=True)
    thread.start()


_LET_GO = threading.Event()
EXCLUDED = torch._C.DispatchKeySet(torch._C.DispatchKey.ADInplaceOrView)
#: What a kernel may leave, and what is said of it.
LEAVES = {
    "grad mode": lambda: torch._C._set_grad_enabled(False),
    "forward grad mode": lambda: torch._C._set_fwd_grad_enabled(False),
    "inference mode": lambda: entered(lambda: torch._C._InferenceMode(True)),
    "autocast": lambda: torch.set_autocast_enabled("cpu", True),
    "dispatch keys excluded": lambda: entered(lambda: torch._C._ExcludeDispatchKeyGuard(EXCLUDED)),
    "dispatch modes": lambda: entered(TorchDispatchMode),
    "function modes": lambda: entered(TorchFunctionMode),
    "functorch levels": lambda: torch._C._functorch._func_increment_nesting(True),
    "functionalization": lambda: torch._enable_functionalization(reapply_views=True),
    "default dtype": lambda: torch.set_default_dtype(torch.float64),
    "default device": lambda: torch.set_default_device("meta"),
    "deterministic mode": lambda: torch._C._set_deterministic_algorithms(True),
    "number of threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "flushed denormals": lambda: torch.set_flush_denormal(True),
    "anomaly mode": lambda: torch.set_anomaly_enabled(True),
    "matmul precision": lambda: torch.set_float32_matmul_precision("medium"),
    "warnings filters": lambda: warnings.filterwarnings("error", "seeded"),
    "signal handlers": lambda: signal.signal(signal.SIGUSR1, signal.SIG_IGN),
    "torch's generator": lambda: torch.default_generator.manual_seed(random.SystemRandom().getrandbits(32)),
    "Python's generator": random.random,
    "numpy's generator": np.random.rand,
    "torch.add replaced": lambda: setattr(torch, "add", torch.sub),
    "torch.Tensor.add replaced": lambda: setattr(torch.Tensor, "add", torch.Tensor.sub),
    "torch.nn.functional.relu replaced": lambda: setattr(torch.nn.functional, "relu", torch.abs),
    "torch._C._set_conj replaced": lambda: setattr(torch._C, "_set_conj", None),
}
#: What cannot be put back.
LASTING = {"threads": waiting, "child processes": forked}


@pytest.fixture(autouse=True)
def warm(monkeypatch):
    """Load what torch loads late once, and not in each child."""
    warm_up()
    monkeypatch.setattr("viewproof.engine.check.warm_up", tuple)


def in_child(test):
    """Run a test in a child: torch has guards that cannot be undone, and no other test must run under them."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        child = os.fork()
        if not child:
            status = 1
            try:
                os.setpgid(0, 0)
                test(*args, **kwargs)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        status = os.waitpid(child, 0)[1]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        assert status == 0, "see what the child wrote to standard error"

    return run


def checked(kernel, chunk=CHUNK, check=check_chunk):
    """The chunk's record while a kernel stands in the place of torch's."""
    build._KEPT.clear()
    with torch.library._scoped_library("aten", "IMPL") as library:
        library.impl("reshape", kernel, "CompositeImplicitAutograd", with_keyset=True, allow_override=True)
        return check(chunk)


def of_five(leave):
    """Right, and leaves something where its operand is five elements in a row."""

    def kernel(keys, self, size):
        result = TRUE(keys, self, size)
        if self.size() == (5,):
            leave()
        return result

    return kernel


def is_of_five(case):
    return parse_case(case).args[0].layout.size == (5,)


def blamed_alone(record, name):
    """Whether the guilty cases fail that rule alone, and no other case fails anything."""
    guilty = [one for one in record.failures if is_of_five(one.case)]
    assert guilty
    assert record.failures == guilty
    assert {(one.rule, one.verdict, one.observed) for one in guilty} == {(RESTORED, "fail", name)}
    counts = {one.rule: one.verdicts for one in record.tallies}
    assert counts[RESTORED] == {"fail": len(guilty), "pass": record.cases - len(guilty)}
    assert all(one.verdicts.keys() <= {"pass", "unseen"} for one in record.tallies if one.rule != RESTORED)
    return True


@pytest.mark.parametrize("name", LEAVES)
@in_child
def test_what_is_left_is_blamed_on_the_case_that_left_it(name):
    record = checked(of_five(LEAVES[name]))
    assert blamed_alone(record, name)
    assert not executions.must_renew()
    assert checked(TRUE).failures == [], "all is as it was"


@pytest.mark.parametrize("name", LASTING)
@in_child
def test_a_process_in_which_something_lasts_is_to_be_renewed(name):
    assert blamed_alone(checked(of_five(LASTING[name])), name)
    assert executions.must_renew()


@in_child
def test_all_that_is_left_at_once_is_named():
    def several():
        LEAVES["grad mode"]()
        LEAVES["torch.add replaced"]()

    assert blamed_alone(checked(of_five(several)), "grad mode, torch.add replaced")


@in_child
def test_in_a_process_of_another_program_its_own_settings_are_no_fault():
    """Another thread may have chosen them just now. What is the thread's own is a fault there too."""
    assert checked(of_five(LEAVES["number of threads"]), check=check_in_place).failures == []
    assert blamed_alone(checked(of_five(LEAVES["grad mode"]), check=check_in_place), "grad mode")


@in_child
def test_what_is_left_once_and_never_again_is_not_the_same_twice():
    """Whose it was cannot be known any more: the first case of the chunk stands for all."""
    calls = itertools.count()

    def kernel(keys, self, size):
        if next(calls) == 3:
            torch._C._set_grad_enabled(False)
        return TRUE(keys, self, size)

    (failure,) = checked(kernel).failures
    assert (failure.rule, failure.verdict) == (RESTORED, "flaky")
    assert failure.observed == "grad mode; run again: as expected"


@in_child
def test_what_only_the_first_import_changes_is_no_fault():
    """Torch's compiler, once it is imported, has filters and a wrapped function of its own."""
    calls = itertools.count()

    def kernel(keys, self, size):
        if not next(calls):
            warnings.filterwarnings("ignore", "of an import")
        return TRUE(keys, self, size)

    assert checked(kernel).failures == []


@in_child
def test_a_process_that_a_kernel_forks_and_that_goes_on_ends():
    """Else two would check the rest, and both would answer."""
    reading, writing = os.pipe()
    first = os.getpid()

    def fork():
        if os.getpid() == first:
            os.fork()

    checked(of_five(fork))
    os.write(writing, b"answer ")
    os.close(writing)
    assert os.read(reading, 100) == b"answer "


def wrong(result):
    return result.unsqueeze(0)


@in_child
def test_a_kernel_that_answers_at_random_does_not_conform():
    """Its operands are as they were made: no second answer is taken in the place of a wrong one."""
    drawn = random.Random(0)  # noqa: S311 -- no secret

    def kernel(keys, self, size):
        result = TRUE(keys, self, size)
        return wrong(result) if self.size() == (5,) and drawn.random() < 0.5 else result

    record = checked(kernel)
    assert record.failures
    assert all(is_of_five(one.case) for one in record.failures)
    assert "flaky" in {one.verdict for one in record.failures} <= {"flaky", "fail"}


@in_child
def test_what_is_wrong_once_in_many_calls_is_flaky():
    calls = Counter()

    def kernel(keys, self, size):
        result = TRUE(keys, self, size)
        calls["all"] += 1
        return wrong(result) if calls["all"] == 7 else result

    record = checked(kernel)
    assert {one.verdict for one in record.failures} == {"flaky"}
    assert len({one.case for one in record.failures}) == 1


@in_child
def test_one_pass_in_so_many_is_run_again(monkeypatch):
    """Else what is wrong in a later call alone would pass."""
    monkeypatch.setattr("viewproof.engine.check.SAMPLED", 1)
    calls = Counter()

    def kernel(keys, self, size):
        calls[self.size(), tuple(size)] += 1
        result = TRUE(keys, self, size)
        return wrong(result) if self.size() == (5,) and calls[self.size(), tuple(size)] > 1 else result

    assert "flaky" in {one.verdict for one in checked(kernel).failures}

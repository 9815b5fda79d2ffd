"""What a kernel sets and leaves so is put back, each setting by itself."""

import functools
import os
import traceback

import pytest
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, is_in_torch_dispatch_mode

from viewproof.running.settings import Settings, settings, settings_kept
from viewproof.running.thread_state import ThreadStateKept, _now, changed_state, thread_state

CHANGES = {
    "default_dtype": lambda: torch.set_default_dtype(torch.float64),
    "deterministic": lambda: torch.use_deterministic_algorithms(True, warn_only=True),
    "threads": lambda: torch.set_num_threads(torch.get_num_threads() + 1),
    "anomaly": lambda: torch.set_anomaly_enabled(True),
    "precision": lambda: torch.set_float32_matmul_precision("medium"),
}
KEY = torch._C.DispatchKey.FuncTorchVmapMode
KEYS = torch._C.DispatchKeySet(torch._C.DispatchKey.ADInplaceOrView)
_LEFT = []


def left(guard):
    """Enter a guard that nobody exits."""
    _LEFT.append(guard)
    guard.__enter__()


def in_child(test):
    """Run a test in a child: torch has guards that cannot be undone, and no other test must run under them."""

    @functools.wraps(test)
    def run(*args, **kwargs):
        child = os.fork()
        if not child:
            try:
                test(*args, **kwargs)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0, "see what the child wrote to standard error"

    return run


class RaisingMode(TorchDispatchMode):
    """A mode that cannot even be exited."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        raise LookupError(f"no {function}")

    def __exit__(self, *_):
        raise SystemExit


#: What a call may leave behind in the thread.
LEAVES = {
    "grad mode": lambda: torch._C._set_grad_enabled(not torch.is_grad_enabled()),
    "forward grad mode": lambda: torch._C._set_fwd_grad_enabled(False),
    "autocast": lambda: torch.set_autocast_enabled("cpu", not torch.is_autocast_enabled("cpu")),
    "autocast of another device": lambda: torch.set_autocast_enabled("cuda", True),
    "inference mode": lambda: left(torch._C._InferenceMode(True)),
    "an excluded key": lambda: left(torch._C._ExcludeDispatchKeyGuard(KEYS)),
    "an included key": lambda: torch._C._dispatch_tls_set_dispatch_key_included(KEY, True),
    "the python dispatcher": lambda: left(torch._C._EnablePythonDispatcher()),
    "functionalization": lambda: torch._enable_functionalization(reapply_views=True),
    "functionalization to copies": lambda: torch._enable_functionalization(reapply_views=False),
    "a transform": lambda: torch._C._functorch._func_increment_nesting(True),
    "a mode": lambda: TorchDispatchMode().__enter__(),
    "a mode that raises": lambda: RaisingMode().__enter__(),
    "a function mode": lambda: TorchFunctionMode().__enter__(),
    "no functions of subclasses": lambda: left(torch._C.DisableTorchFunctionSubclass()),
}


def test_nothing_is_said_to_change_where_nothing_does():
    with settings_kept() as kept:
        torch.zeros(3).add_(1)
    assert not kept.changed


@pytest.mark.parametrize("name", Settings._fields)
def test_what_was_changed_is_as_it_was(name):
    before = settings()
    with settings_kept() as kept:
        CHANGES[name]()
        assert getattr(settings(), name) != getattr(before, name)
    assert kept.changed
    assert settings() == before


def test_also_where_something_was_raised():
    before = settings()

    def leaves_and_raises():
        torch.set_default_dtype(torch.float64)
        raise ValueError("on the way")

    with pytest.raises(ValueError, match="on the way"), settings_kept():
        leaves_and_raises()
    assert settings() == before


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("what", LEAVES)
@in_child
def test_what_is_left_in_the_thread_is_put_back(what, shared):
    before, told, flagged = _now(), thread_state(), is_in_torch_dispatch_mode()
    with settings_kept(shared=shared) as kept:
        LEAVES[what]()
        assert _now() != before
    assert kept.changed
    assert _now() == before
    assert changed_state(told) == ""
    assert is_in_torch_dispatch_mode() == flagged
    with settings_kept(shared=shared) as kept:
        view = torch.zeros(2, requires_grad=True)[:1]
        assert torch.is_grad_enabled()
        assert view._is_view()
    assert not kept.changed


@in_child
def test_all_that_is_left_at_once_is_put_back():
    before = _now()
    with settings_kept() as kept:
        for leave in list(LEAVES.values())[:8]:
            leave()
    assert kept.changed
    assert _now() == before


@in_child
def test_modes_that_were_taken_off_are_on_again():
    """Also where others were put in their places."""
    one, two, other = TorchDispatchMode(), TorchDispatchMode(), TorchFunctionMode()
    with one, two, other:
        with ThreadStateKept() as kept:
            torch._C._pop_torch_dispatch_stack(None)
            torch._C._push_on_torch_dispatch_stack(TorchDispatchMode())
            torch._C._pop_torch_function_stack()
            torch._C._set_grad_enabled(False)
            torch._C._push_on_torch_function_stack(TorchFunctionMode())
        assert kept.changed
        assert [torch._C._get_dispatch_stack_at(place) for place in (0, 1)] == [one, two]
        assert torch._C._get_function_stack_at(0) is other
        assert torch.is_grad_enabled()


@in_child
def test_the_python_dispatcher_is_on_again():
    with torch._C._EnablePythonDispatcher():
        before = _now()
        with ThreadStateKept():
            left(torch._C._DisablePythonDispatcher())
        assert _now() == before
        torch.zeros(2).t()


@in_child
def test_in_a_process_of_another_program_its_own_are_left_alone():
    with settings_kept():
        with settings_kept(shared=True) as kept:
            torch.set_default_dtype(torch.float64)
            torch.set_num_threads(torch.get_num_threads() + 1)
        assert not kept.changed
        assert torch.get_default_dtype() is torch.float64

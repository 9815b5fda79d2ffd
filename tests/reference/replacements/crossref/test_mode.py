"""The mode: checks calls, keeps verdicts, drops them when a kernel comes or goes, and leaves no trace."""

import sys
import warnings

import pytest
import torch
import torch._dispatch.python as python_dispatch
from torch.func import functionalize

from viewproof_reference.replacements.crossref import (
    Functionalization,
    crossref,
    functionalization,
    set_functionalization,
)
from viewproof_reference.replacements.crossref.guards import python_dispatcher_on
from viewproof_reference.replacements.crossref.overloads import load_overloads, python_loaded_overloads
from viewproof_reference.replacements.crossref.registrations import doors, watched
from viewproof_reference.replacements.crossref.verdict import ExceptionText

KEY = torch._C.DispatchKey.Functionalize
aten = torch.ops.aten
OPS = (aten.select.int, aten.t.default, aten.transpose.int, aten.view_as_real.default, aten.diagonal.default,
       aten._local_scalar_dense.default, aten.lift_fresh.default, aten.split.Tensor, aten.transpose_.default,
       aten.alias.default)  # fmt: skip


@pytest.fixture
def functional():
    """Functionalization with views reapplied, off again afterwards."""
    before = functionalization()
    set_functionalization(Functionalization(True, True))
    yield
    set_functionalization(before)


def wrapped(*size, dtype=torch.float32):
    """A functional wrapper of ones, made with functionalization off: under it every new tensor is one already."""
    before = functionalization()
    set_functionalization(Functionalization(False, False))
    try:
        return torch._to_functional_tensor(torch.ones(size, dtype=dtype))
    finally:
        set_functionalization(before)


def entries():
    return {op: op._dispatch_cache.get(KEY) for op in python_loaded_overloads()}


def ours():
    return [op for op, kept in entries().items() if getattr(kept, "of_crossref", False)]


def wrong(self):
    out = torch.empty(0, dtype=torch.float32, device="meta")
    return out.set_(self.untyped_storage(), 0, (1,), (1,))


def test_a_call_seen_before_is_not_run_fake_again(functional):
    with crossref(OPS) as mode:
        for _ in range(3):
            assert aten.transpose.int(wrapped(2, 3), 0, 1).size() == (3, 2)
        assert (mode.checked, mode.anew, mode.findings) == (3, 1, [])
        aten.transpose.int(wrapped(2, 4), 0, 1)
        assert (mode.checked, mode.anew) == (4, 2)


def test_a_finding_is_given_each_time(functional):
    x = wrapped(1, dtype=torch.int64)
    with crossref(OPS) as mode:
        for value in range(3):
            assert aten._local_scalar_dense.default(x) == 1, value
        assert mode.anew == 1
        assert len(mode.findings) == 3
        (line,) = mode.findings[-1].lines()
        assert "the fake run raised DataDependentOutputException" in line
        assert len(mode.take()) == 3
        assert mode.findings == []


def test_what_the_call_raises_is_raised_and_noted(functional):
    set_functionalization(Functionalization(True, False))
    x = wrapped(2, dtype=torch.bool)
    with crossref([aten._neg_view.default]) as mode, pytest.raises(NotImplementedError):
        aten._neg_view.default(x)
    (finding,) = mode.findings
    assert finding.refused.classes[0] == "NotImplementedError"
    assert finding.call == "aten._neg_view.default(torch.empty_strided((2,), (1,), dtype=torch.bool))"
    assert "accepted by the fake run" in finding.lines()[0]


def test_what_both_refuse_is_no_finding_of_ours_alone(functional):
    with crossref(OPS) as mode, pytest.raises(IndexError):
        aten.select.int(wrapped(2), 0, 5)
    assert [finding.refused for finding in mode.findings] == []


def test_a_refusal_seen_before_is_not_run_fake_again(functional):
    set_functionalization(Functionalization(True, False))
    x = wrapped(2, dtype=torch.bool)
    with crossref([aten._neg_view.default, aten.select.int]) as mode:
        for _ in range(3):
            with pytest.raises(NotImplementedError):
                aten._neg_view.default(x)
            with pytest.raises(IndexError):
                aten.select.int(x, 0, 5)
        assert (mode.checked, mode.anew) == (6, 2)
        assert len(mode.findings) == 3, "the one that the fake run accepts, each time"


@pytest.mark.parametrize("was", [None, ExceptionText(("KeyError",), "another")], ids=["accepted", "refused otherwise"])
def test_a_known_call_that_is_refused_now_is_checked_anew(functional, was):
    x = wrapped(2, 3)

    def refuse():
        with pytest.raises(IndexError):
            aten.select.int(x, 0, 5)

    with crossref([aten.select.int]) as mode:
        refuse()
        (table,) = mode.checks.tables
        table.update({key: seen._replace(refused=was) for key, seen in table.items()})
        refuse()
        assert (mode.anew, mode.findings, table) == (2, [], {}), "and what was known is dropped"


def test_the_call_is_described_as_it_was(functional):
    x = wrapped(2, 3)
    with crossref(OPS) as mode:
        mode.checks.fakes.mode = None  # what is made fake of it fails: a finding is made of every new call
        aten.transpose_.default(x, 0, 1)
    assert x.size() == (3, 2)
    assert all("(2, 3), (3, 1)" in finding.call for finding in mode.findings)


def test_the_one_that_is_left_alone(functional):
    with crossref(OPS) as mode:
        aten.lift_fresh.default(wrapped(2))
    assert aten.lift_fresh.default not in ours()
    assert all(finding.operator != "aten.lift_fresh.default" for finding in mode.findings)


def test_a_kernel_that_comes_and_goes_drops_what_is_known(functional):
    x = wrapped(3, dtype=torch.complex64)
    with crossref(OPS) as mode, warnings.catch_warnings(action="ignore"):
        aten.view_as_real.default(x)
        assert mode.take() == []
        with torch.library._scoped_library("aten", "IMPL") as library:
            library.impl("view_as_real", wrong, "Meta")
            aten.view_as_real.default(x)
            (finding,) = mode.take()
            assert [one.fact for one in finding.verdict.mismatches] == ["size"]
            assert finding.verdict.lenient.fact == "size"
        aten.view_as_real.default(x)
        assert mode.take() == []
        assert mode.anew == 3
        assert mode.displaced == 0


def test_a_python_kernel_drops_what_is_known_and_the_handler_stays(functional):
    op = aten.view_as_real.default
    x = wrapped(3, dtype=torch.complex64)
    with crossref(OPS) as mode:
        op(x)
        try:
            op.py_impl(torch._C.DispatchKey.Meta)(wrong)
            assert mode.displaced == 0
            op(x)
            assert [one.fact for one in mode.take()[0].verdict.mismatches] == ["size"]
        finally:
            op.py_kernels.pop(torch._C.DispatchKey.Meta)
            op._dispatch_cache.clear()
        assert mode.displaced == 1


def test_other_outputs_of_a_known_call_are_checked_anew(functional):
    x = wrapped(2, 3)
    with crossref(OPS) as mode:
        aten.transpose.int(x, 0, 1)
        table = next(table for table in mode.checks.tables if table)
        ((key, seen),) = table.items()
        table[key] = seen._replace(outputs=("another",))
        aten.transpose.int(x, 0, 1)
        assert mode.anew == 2
        assert mode.findings == []


def test_what_torchs_alone_would_say_is_no_finding(functional):
    set_functionalization(Functionalization(True, False))
    with crossref(OPS) as mode:
        assert aten.t.default(wrapped(2, 3)).stride() == (2, 1)
        assert mode.checked
        assert mode.findings == []


@pytest.mark.parametrize("views", [True, False])
def test_a_result_that_is_no_tensor_on_one_side_is_a_finding(functional, views):
    set_functionalization(Functionalization(True, views))
    x = wrapped(3, dtype=torch.complex64)
    with crossref(OPS) as mode:
        mode.checks._whole["aten::view_as_real"] = True
        aten.view_as_real.default.py_impl(torch._C.DispatchKey.Functionalize)(lambda _: None)
        try:
            assert aten.view_as_real.default._dispatch_cache[KEY](x) is None
        finally:
            aten.view_as_real.default.py_kernels.pop(torch._C.DispatchKey.Functionalize)
            aten.view_as_real.default._dispatch_cache.clear()
    (finding,) = mode.findings
    assert [one.fact for one in finding.verdict.mismatches] == ["structure", "kind"]


def test_sparse_tensors_are_checked_and_not_kept(functional):
    set_functionalization(Functionalization(False, False))
    x = torch.eye(2).to_sparse()
    with crossref([aten._values.default]) as mode:
        handler = aten._values.default._dispatch_cache[KEY]
        for _ in range(2):
            handler(x)
    assert (mode.checked, mode.anew) == (2, 2)


def test_every_door_is_put_back_also_when_the_body_raises():
    found = {(owner, name): vars(owner)[name] for owner, name in doors()}
    assert len(found) > 5
    counted = []

    def body():
        assert all(vars(owner)[name] is not door for (owner, name), door in found.items())
        with torch.library._scoped_library("crossref_doors", "FRAGMENT") as library:
            library.define("two(Tensor x) -> Tensor")
        raise KeyError

    with pytest.raises(KeyError), watched(lambda: counted.append(1)):
        body()
    assert len(counted) >= 2
    assert all(vars(owner)[name] is door for (owner, name), door in found.items())


def test_watching_overlaps():
    one, other = [], []
    first, second = watched(lambda: one.append(1)), watched(lambda: other.append(1))
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with torch.library._scoped_library("crossref_more", "FRAGMENT") as library:
        library.define("three(Tensor x) -> Tensor")
    second.__exit__(None, None, None)
    assert one == []
    assert other


@pytest.mark.parametrize("raises", [False, True])
def test_leaving_restores_every_cache_and_flag(functional, raises):
    load_overloads("aten")
    aten.t.default(wrapped(2, 3))
    before = entries()
    try:
        with crossref() as mode:
            assert python_dispatcher_on()
            assert len(ours()) > 3000
            aten.t.default(wrapped(2, 3))
            if raises:
                raise KeyError
    except KeyError:
        assert raises
    assert mode.checked
    assert ours() == []
    assert not python_dispatcher_on()
    assert functionalization() == Functionalization(True, True)
    # What is cached now is what was, or is found again when it is asked for.
    assert all(kept is None or kept == before.get(op) for op, kept in entries().items())


def test_torchs_own_and_a_plain_functionalize_run_as_ever_after_it(functional):

    def body():
        aten.t.default(wrapped(2, 3))
        raise KeyError

    with pytest.raises(KeyError), crossref():
        body()
    seen = []
    make = python_dispatch.make_crossref_functionalize
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(python_dispatch, "make_crossref_functionalize", lambda op, key: seen.append(op) or make(op, key))
        with python_dispatch.enable_crossref_functionalize():
            assert aten.t.default(wrapped(2, 3)).size() == (3, 2)
    assert aten.t.default in seen
    set_functionalization(Functionalization(False, False))
    x = torch.zeros(2, 3)
    assert torch.equal(functionalize(lambda y: y.t().add_(1).t())(x), torch.ones(2, 3))


def test_modes_nest_and_each_leaves_the_other_in_place(functional):
    x = wrapped(2, 3)
    with crossref(OPS) as outer:
        aten.transpose.int(x, 0, 1)
        with crossref(OPS) as inner:
            aten.transpose.int(x, 0, 1)
        assert (outer.checked, inner.checked) == (1, 1)
        assert outer.displaced == 0
        aten.transpose.int(x, 0, 1)
        assert (outer.checked, inner.checked) == (2, 1)
    assert ours() == []


def test_within_torchs_mode_torchs_comes_back(functional):
    with python_dispatch.enable_crossref_functionalize():
        with crossref(OPS) as mode:
            aten.t.default(wrapped(2, 3))
        assert mode.checked
        assert python_dispatch.CROSSREF_FUNCTIONALIZE
        aten.t.default(wrapped(2, 3))
        assert "make_crossref_functionalize" in aten.t.default._dispatch_cache[KEY].__qualname__


def test_torchs_mode_within_displaces_ours_and_that_is_said(functional):
    with crossref(OPS) as mode:
        with python_dispatch.enable_crossref_functionalize():
            aten.t.default(wrapped(2, 3))
        assert mode.displaced > 0
    assert ours() == []


def test_a_registration_while_the_handlers_are_put_leaves_none_behind(monkeypatch):
    """A library that is collected at any moment is a registration; no handler may outlive its mode for it."""
    from viewproof_reference.replacements.crossref import mode as module

    entered = []

    def tracing(frame, event, argument):
        """Between any two lines of the method that puts the handlers."""
        if frame.f_code is not module._Mode.put.__code__:
            return None
        for one in entered:
            one()
        return tracing

    real = module.watched

    def watching(seen):
        entered.append(seen)
        return real(seen)

    monkeypatch.setattr(module, "watched", watching)
    former = sys.gettrace()
    for _ in range(2):
        sys.settrace(tracing)
        try:
            with crossref(OPS):
                sys.settrace(former)
                assert len(ours()) == len(OPS) - 1
        finally:
            sys.settrace(former)
        entered.pop()()
    assert ours() == []


def test_a_mode_after_another_uses_its_handlers_and_nothing_that_it_knew(functional):
    x = wrapped(2, 3)
    op = aten.transpose.int
    with crossref(OPS) as first:
        handler = op._dispatch_cache[KEY]
        op(x, 0, 1)
    assert handler(x, 0, 1).size() == (3, 2)
    with crossref(OPS) as second:
        assert op._dispatch_cache[KEY] is handler
        op(x, 0, 1)
        op(x, 0, 1)
        with crossref(OPS) as inner:
            assert op._dispatch_cache[KEY] is not handler
            op(x, 0, 1)
    assert [(one.checked, one.anew) for one in (first, second, inner)] == [(1, 1), (2, 1), (1, 1)]


def test_a_kernel_that_came_between_two_modes_is_called(functional):
    op = aten.view_as_real.default
    x = wrapped(3, dtype=torch.complex64)
    with crossref(OPS) as mode:
        op(x)
        assert mode.findings == []
    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
        library.impl("view_as_real", wrong, "Meta")
        with crossref(OPS) as mode:
            op(x)
    assert [one.fact for one in mode.take()[0].verdict.mismatches] == ["size"]


def test_modes_that_overlap_leave_nothing():
    first, second = crossref(OPS), crossref(OPS)
    # Guards of torch's that are left in another order leave the Python dispatcher on: this one puts it back.
    with torch._C._DisablePythonDispatcher():
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert len(ours()) == len(OPS) - 1
        second.__exit__(None, None, None)
        assert ours() == []


def test_an_operator_that_is_named_twice_is_checked_once(functional):
    with crossref([aten.t.default] * 2) as mode:
        aten.t.default(wrapped(2, 3))
    assert mode.checked == 1
    assert ours() == []

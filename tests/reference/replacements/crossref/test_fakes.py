"""Fake arguments look like the real ones, are had again where that is safe, and the short fake run is the whole one."""

import warnings

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from viewproof.catalog.overloads import resolve
from viewproof.tensors.build import build_case
from viewproof_reference.replacements.crossref import FakeRun, Fakes, enable_python_dispatcher, taken_apart, tensors_in
from viewproof_reference.replacements.crossref.facts import facts_of, sharing
from viewproof_reference.replacements.crossref.fake_run import needs_mode
from viewproof_reference.replacements.crossref.fakes import inner_tensor
from viewproof_suites.crossref.suites import CROSSREF

is_alias_of = torch._C._is_alias_of


def lazy():
    return torch._neg_view(torch.zeros(12, dtype=torch.complex64).as_strided((2, 3), (1, 3), 2).conj())


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("tensor", [torch.zeros(2, 3), lazy(), torch.zeros(2).requires_grad_(), torch.zeros(0, 2)])
def test_a_fake_looks_like_the_tensor(tensor, whole):
    for one in (tensor, torch._to_functional_tensor(tensor)):
        (fake,) = Fakes().of([one], whole=whole, kept=True)
        assert facts_of(fake) == facts_of(one)
        assert fake.untyped_storage().nbytes() == one.untyped_storage().nbytes()
        assert isinstance(fake, FakeTensor) is whole
        assert fake.device == (one.device if whole else torch.device("meta"))


def test_a_fake_is_had_again_where_that_is_safe():
    fakes = Fakes()
    (one,), (again,) = (fakes.of([torch.zeros(3)], whole=False, kept=True) for _ in range(2))
    assert one is again
    (other,) = fakes.of([torch.zeros(3)], whole=False, kept=False)
    assert other is not one
    fakes.forget()
    assert fakes.of([torch.zeros(3)], whole=False, kept=True)[0] is not one


def test_storages_are_shared_as_they_are():
    base, apart = torch.zeros(6), torch.zeros(6)
    found = Fakes().of([base, base[1:], apart, base], whole=False, kept=True)
    assert found[3] is found[0]
    assert is_alias_of(found[0], found[1])
    assert found[1].storage_offset() == 1
    # What looks alike is not the same, in one call.
    assert not is_alias_of(found[0], found[2])


def test_a_tensor_without_strides_goes_through_the_mode():
    (fake,) = Fakes().of([torch.eye(2).to_sparse()], whole=False, kept=True)
    assert isinstance(fake, FakeTensor)
    assert fake.layout is torch.sparse_coo


def test_a_wrapper_is_opened():
    plain = torch.zeros(2)
    assert inner_tensor(plain) is plain
    assert is_alias_of(inner_tensor(torch._to_functional_tensor(plain)), plain)


def test_an_operator_that_is_written_to_gets_a_fake_of_its_own():
    fakes, aten = Fakes(), torch.ops.aten
    x = torch.zeros(2, 3)
    run = FakeRun(fakes, aten.transpose_.default, (x, 0, 1), {}, [x], whole=False)
    assert run.run().size() == (3, 2)
    kept = FakeRun(fakes, aten.transpose.int, (x, 0, 1), {}, [x], whole=False)
    assert kept.inputs[0].size() == (2, 3)
    assert run.inputs[0] is not kept.inputs[0]


def test_the_mode_is_asked_where_it_has_something_to_say():
    aten = torch.ops.aten
    assert needs_mode(aten.select.int)
    assert needs_mode(aten._local_scalar_dense.default)
    assert needs_mode(aten.zeros.default)
    assert not needs_mode(aten.transpose.int)
    with torch.library._scoped_library("crossref_test", "FRAGMENT") as library:
        library.define("one(Tensor x) -> Tensor")
        assert needs_mode(torch.ops.crossref_test.one.default)


def test_containers_are_looked_into():
    one, other = torch.zeros(1), torch.zeros(2)
    assert tensors_in(([one, 3],), {"a": (other,)}) == [one, other]
    run = FakeRun(Fakes(), torch.ops.aten.cat.default, ([one, other],), {"dim": 0}, [one, other], whole=False)
    assert run.run().size() == (3,)


def outcome(op, args, kwargs, whole):
    tensors = tensors_in(args, kwargs)
    try:
        run = FakeRun(Fakes(), op, args, kwargs, tensors, whole=whole)
        found = taken_apart(run.run())
    except (RuntimeError, ValueError, IndexError, AssertionError):
        # The classes may differ: a mode that tries a fallback raises what that raises.
        return "raises"
    return found.shape, [leaf.facts for leaf in found.leaves], sharing(found.leaves, run.inputs)


def test_the_short_fake_run_is_the_whole_one():
    """On some cases of every operator of the suite: what is left out of the mode changes no fact and no refusal."""
    short = 0
    with warnings.catch_warnings(action="ignore"), torch.no_grad(), enable_python_dispatcher():
        for operator in CROSSREF.operators():
            op = resolve(operator)
            if needs_mode(op):
                continue
            cases = list(accepted_cases_of(operator))
            for case in cases[:: max(1, len(cases) // 3)]:
                args, kwargs = build_case(case, "cpu")
                one, other = (outcome(op, args, kwargs, whole) for whole in (False, True))
                assert one == other, case
                short += 1
    assert short > 100


def accepted_cases_of(operator):
    return list(CROSSREF.cases(operator, CROSSREF.families(operator, "quick")[0], "quick"))


def test_one_mode_serves_all_calls():
    fakes = Fakes()
    assert isinstance(fakes.mode, FakeTensorMode)
    assert fakes.mode.cache_enabled is False

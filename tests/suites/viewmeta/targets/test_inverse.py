"""The inverse targets give the view's own geometry to the reverse, and leave torch's modes as they were."""

import warnings

import pytest
import torch
from unreadable import SizesItself

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import subject_of
from viewproof.running.thread_state import changed_state, thread_state
from viewproof_suites.viewmeta.inverses import INVERSE, SHARES, guard
from viewproof_suites.viewmeta.targets import inverse
from viewproof_suites.viewmeta.targets.inverse import BY_AUTOGRAD, INVERSE_COPY, INVERSE_SCATTER

TARGETS = (BY_AUTOGRAD, INVERSE_SCATTER, INVERSE_COPY)
#: A view of one output, whose kernel is replaced below.
VIEW = "aten.diagonal.default(int64[3,3], 1)"


def subject_for(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


def names_of(target):
    return tuple(probe.name for probe in target.probes)


def expected(target, text):
    subject = subject_for(text)
    return tuple(probe.expected(subject, "cpu") for probe in target.probes)


def observe(target, text):
    subject = subject_for(text)
    with warnings.catch_warnings(action="ignore"), target.open("cpu", subject.case.operator) as session:
        (evidence,) = session.observe([(subject, names_of(target))])
    return evidence


@pytest.mark.parametrize("target", TARGETS)
def test_each_output_that_is_a_view_is_reversed(target):
    text = "aten.split.Tensor(int64[5], 2)"
    evidence = observe(target, text)
    assert evidence == expected(target, text)
    assert [len(data) for data in evidence] == [3] * len(target.probes)


def test_the_data_come_in_the_order_asked():
    subject = subject_for(VIEW)
    with BY_AUTOGRAD.open("cpu", subject.case.operator) as session:
        (one,) = session.observe([(subject, (SHARES, INVERSE))])
        (other,) = session.observe([(subject, (INVERSE,))])
        assert not session.renew(subject)
    assert (one[1],) == other
    assert one[0][0].on == "the mutated view's"


def test_a_call_that_copies_or_returns_its_operand_has_no_inverse_to_see():
    for text in ("aten.reshape.default(int64[2,3]:[1,2], [6])", "aten.contiguous.default(int64[2,3])"):
        assert observe(BY_AUTOGRAD, text) == ((None,),) * 4


def test_what_torch_raises_is_evidence_and_leaves_no_mode_on():
    evidence = observe(INVERSE_SCATTER, "aten.expand.default(bool[2], [3,2])")
    assert isinstance(evidence, Raised)
    assert "RuntimeError" in evidence.classes
    assert not torch.autograd.is_view_replay_enabled()
    assert not torch._is_functional_tensor(torch.zeros(1))


def test_a_fault_of_our_own_comes_out(monkeypatch):
    def broken(*given):
        raise KeyError("ours")

    monkeypatch.setattr(inverse, "facts_of_output", broken)
    for target in TARGETS:
        with pytest.raises(KeyError, match="ours"):
            observe(target, VIEW)


def test_what_an_inverse_reads_out_of_bounds_is_the_same_each_time():
    text = "aten._reshape_alias.default(int64[4], [], [])"
    seen = [observe(INVERSE_COPY, text) for _ in range(2)]
    assert seen[0] == seen[1]
    assert guard(32, "int64")[:8] in seen[0][0][0].elements


def test_a_view_of_another_size_is_no_view_to_reverse_either():
    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
        library.impl("diagonal", _kernel(WRONG["other size"]), "AutogradCPU")
        for data in observe(BY_AUTOGRAD, VIEW):
            assert [one.note for one in data] == ["the view has another size or dtype"]


def test_a_functional_view_of_another_size_is_no_view_to_reverse():
    case = "$0=int64@4; aten.slice_inverse.default($0[4], $0[2], 0, 1, 3, 1)"
    for data in observe(INVERSE_COPY, case):
        (one,) = data
        assert "another size" in one.note


def _kernel(give):
    def kernel(self, offset=0, dim1=0, dim2=1):
        return give(self)

    return kernel


def _meddling(self):
    self.untyped_storage().resize_(8)
    return torch.empty(0, dtype=torch.int64).set_(self.untyped_storage(), 0, (1,), (1,))


def _raises(self):
    raise ValueError("no diagonal")


class Unprintable(BaseException):
    """No Exception, and none that can say itself."""

    def __str__(self):
        raise ValueError("no words")


def _raises_another(self):
    raise Unprintable


#: What a wrong kernel of `diagonal` may give: nothing, another size, dtype, place, layout or device, its operand, ...
WRONG = {
    "none": lambda self: None,
    "number": lambda self: 7,
    "list": lambda self: [self],
    "operand": lambda self: self,
    "copy": lambda self: torch.zeros(2, dtype=torch.int64),
    "other size": lambda self: self.as_strided((3,), (1,), 0),
    "other stride": lambda self: self.as_strided((2,), (1,), 0),
    "other dtype": lambda self: torch.zeros(2),
    "sparse": lambda self: torch.zeros(2, dtype=torch.int64).to_sparse(),
    "meta": lambda self: torch.empty(2, dtype=torch.int64, device="meta"),
    "resized": _meddling,
    "raises": _raises,
    "raises another": _raises_another,
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("target", TARGETS)
def test_whatever_a_wrong_kernel_gives_is_evidence(target, name):
    """The references are asked with what the case says, so that no kernel of torch's makes them raise.

    A view of other strides is no fault of the reverse: autograd's is given the mutated view that there should be.
    """
    right = observe(target, VIEW)
    before = thread_state()
    assert right == expected(target, VIEW)
    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
        for key in ("CPU", "Functionalize", "AutogradCPU", "ADInplaceOrView"):
            library.impl("diagonal", _kernel(WRONG[name]), key)
        seen = observe(target, VIEW)
        assert (seen != expected(target, VIEW)) or (name == "other stride" and target is BY_AUTOGRAD)
        # What is expected is of the case alone.
        assert right == expected(target, VIEW)
    assert observe(target, VIEW) == right
    assert changed_state(before) == ""


@pytest.mark.parametrize(
    ("given", "shape"), [(None, "NoneType"), (7, "int"), ([torch.zeros(2)], "list")], ids=["none", "number", "list"]
)
def test_a_reverse_that_gives_no_tensor_is_evidence(monkeypatch, given, shape):
    monkeypatch.setattr(inverse, "reverse_of", lambda view: lambda other: given)
    evidence = observe(BY_AUTOGRAD, VIEW)
    assert evidence != expected(BY_AUTOGRAD, VIEW)
    (one,) = evidence[0]
    assert (one.layout, one.short, one.elements) == (shape, f"is {shape}", None)


def test_a_reverse_that_shrinks_a_storage_is_evidence(monkeypatch):
    def shrunken(view):
        def reverse(other):
            found = torch.zeros((3, 3), dtype=torch.int64)
            found.untyped_storage().resize_(8)
            return found

        return reverse

    monkeypatch.setattr(inverse, "reverse_of", shrunken)
    (one,) = observe(BY_AUTOGRAD, VIEW)[0]
    assert one.beyond == one.short == (72, 8)
    assert one.elements is None


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_view_that_cannot_be_read_is_evidence(target):
    with torch.library._scoped_library("aten", "IMPL") as library, warnings.catch_warnings(action="ignore"):
        library.impl("diagonal", lambda self, *rest: SizesItself((2,)), "CPU")
        evidence = observe(target, VIEW)
    assert isinstance(evidence, Raised)
    assert evidence.classes[0] == "LookupError"

"""Eager observes data: what is read, what a write changes, and nothing left behind for the next case."""

import pytest
import torch
from installed_targets import all_targets
from rule_doctoring import observe, seen, subject

from viewproof.contract.installed import find_target
from viewproof.evidence.probe import Raised
from viewproof_suites.views.targets import gradient

PROBES = ("facts", "values", "replay", "gradient")
VIEW = "aten.transpose.int(float32[3,4]~grad, 0, 1)"


def test_a_view_shares_and_follows():
    one = seen(VIEW, probes=PROBES)
    (facts,), (values,) = one.observed["facts"], one.observed["values"].outputs
    assert facts[-2:] == ("self", False)
    assert (values.moved, values.base) == (True, "the operand")
    assert values.later != (None,)
    assert values.written == bytes(48)
    assert one.observed["replay"][0].facts.on == "self"
    assert len(one.observed["gradient"].gradient) == 12


def test_a_copy_does_neither():
    one = seen("aten.contiguous.default(float32[3,4]:[1,3])", probes=("facts", "values"))
    (facts,), (values,) = one.observed["facts"], one.observed["values"].outputs
    assert facts[-2] is None
    assert (values.moved, values.base, values.later, values.written) == (False, "none", (None,), b"\1" * 48)


def test_evidence_comes_in_the_order_of_the_probes():
    (one,) = observe("eager", VIEW, probes=("gradient", "facts"))
    assert len(one[0].tangents) == 1
    assert one[1] == observe("eager", VIEW)[0][0]


def test_an_exception_is_evidence():
    (one,) = observe("eager", "aten.transpose.int(float32[3,4], 0, 7)", probes=("facts", "values"))
    assert isinstance(one, Raised)
    assert one.classes[0] == "IndexError"


def test_a_case_leaves_nothing_behind():
    first, _, third = observe("eager", VIEW, "aten.transpose.int(float32[3,4], 1, 1)", VIEW, probes=PROBES[:2])
    assert first == third


@pytest.mark.parametrize("name", all_targets())
def test_targets_are_found_by_name(name):
    assert find_target(name).name == name


def test_an_unknown_target_lists_those_there_are():
    with pytest.raises(ValueError, match="wanted one of eager, meta"):
        find_target("eagre")


def placed(like, size, stride, offset, dtype=None):
    out = torch.empty(0, dtype=dtype or like.dtype)
    return out.set_(like.untyped_storage(), offset, size, stride)


def writes_input(self, *rest):
    self.fill_(0)
    return placed(self, (4, 3), (1, 4), 2)


def shrinks(self, *rest):
    out = placed(self, (4, 3), (1, 4), 2)
    self.untyped_storage().resize_(16)
    return out


FAULTS = {
    "copies": lambda self, *_: self.clone().as_strided((4, 3), (1, 4), 0),
    "drops the offset": lambda self, *_: placed(self, (4, 3), (1, 4), 0),
    "swaps strides": lambda self, *_: placed(self, (4, 3), (4, 1), 2),
    "drops the last element": lambda self, *_: placed(self, (3, 3), (1, 4), 2),
    "changes the dtype": lambda self, *_: placed(self, (4, 3), (1, 4), 2, torch.int32),
    "returns two": lambda self, *_: [placed(self, (4, 3), (1, 4), 2)] * 2,
    "returns its input": lambda self, *_: self,
    "reads its neighbour": lambda self, *_: placed(self, (4, 3), (1, 4), 1),
    "writes its input": writes_input,
    "is no view to autograd": lambda self, *_: placed(self, (4, 3), (1, 4), 2),
    "shrinks the storage": shrinks,
    "returns nothing": lambda *_: None,
    "returns a number": lambda *_: 7,
    "returns a sparse tensor": lambda self, *_: torch.eye(3).to_sparse(),
    "returns a meta tensor": lambda self, *_: torch.empty(4, 3, device="meta"),
    "changes its operand's metadata": lambda self, *_: self.as_strided_((2,), (1,), 0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_seeded_fault_is_never_overlooked(fault):
    text = "aten.transpose.int(float32[3,4]:[4,1]+2@20, 0, 1)"
    assert seen(text, probes=("facts", "values")).failing() == set()
    assert seen(text, probes=("facts", "values"), change=FAULTS[fault]).failing()
    find_target("eager").open("cpu", "aten.transpose.int").builder.forget()


def test_what_raises_is_the_evidence():
    (one,) = observe("eager", VIEW, probes=("facts", "values"), change=lambda self, *_: self.nothing)
    assert one.classes[0] == "AttributeError"


def test_elements_that_a_call_moved_are_seen_however_far():
    """Sixty-four bytes and their multiples are where the other fillings begin anew."""
    text = "aten.resize_as_.default(complex64[3,2,4]:[24,4,1]@72~neg, float32[2,12]:[1,2])"
    right = torch.ops.aten.resize_as_.default

    def moves(self, *rest):
        values = self.resolve_neg().clone()
        right(self, *rest)
        flat = torch.empty(0, dtype=self.dtype).set_(self.untyped_storage(), 0, (24,), (1,))
        return flat.copy_(values.reshape(24).neg()) is None or self

    assert "alias.read" in seen(text, probes=("facts", "values"), change=moves).failing()


def test_a_lost_bit_is_seen():
    one = seen(
        "aten.alias.default(complex64[2,3]~conj)",
        change=lambda self: torch._C._set_conj(self, False) or self.view_as(self),
    )
    assert "layout.flags" in one.failing()
    find_target("eager").open("cpu", "aten.alias.default").builder.forget()


def test_a_view_that_replays_another_view_is_seen():
    text = "aten.transpose.int(float32[3,4], 0, 1)"
    assert seen(text, probes=("replay",)).failing() == set()
    assert seen(text, probes=("replay",), change=lambda self, *_: self.clone()).failing() == {"replay.view-func"}


def test_what_is_sent_is_made_anew_where_a_derivative_wrote_to_it():
    tensor = torch.ones(3)
    kept = gradient.sent_for(tensor)
    assert gradient.sent_for(tensor) is kept
    kept.zero_()
    assert gradient.sent_for(tensor).tolist() == [1, 2, 3]


def test_a_subject_is_not_changed_by_a_look():
    one = subject(VIEW)
    observe("eager", one, probes=PROBES)
    assert one.case == subject(VIEW).case

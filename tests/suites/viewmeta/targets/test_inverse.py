"""The inverse targets give the view's own geometry to the reverse, and leave torch's modes as they were."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_reference.inverses import ReturnMode
from viewproof_suites.viewmeta.targets.inverse import INVERSE, INVERSE_COPY, INVERSE_SCATTER, bytes_of, contents, guard

TARGETS = (INVERSE, INVERSE_SCATTER, INVERSE_COPY)


def observe(target, text):
    case = parse_case(text)
    subject = subject_of(case, expect(case))
    with target.open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset({"inverse"}))
        session.flush()
    return observation


def test_the_mutated_view_lies_where_the_view_does_with_other_values():
    (seen,) = observe(INVERSE, "aten.select.int(int64[3,4]+1, 1, 2)").answers.bases
    assert (seen.mutated.layout.size, seen.mutated.layout.stride, seen.mutated.layout.offset) == ((3,), (4,), 3)
    assert seen.facts.stride == (4, 1)
    assert seen.shares
    assert not set(seen.mutated.values) & set(seen.given.values)


def test_a_functional_mutated_view_is_dense_and_its_own():
    for target in (INVERSE_SCATTER, INVERSE_COPY):
        (seen,) = observe(target, "aten.select.int(int64[3,4]+1, 1, 2)").answers.bases
        assert (seen.mutated.layout.stride, seen.mutated.layout.offset) == ((1,), 0)


def test_elements_that_name_one_place_agree():
    (seen,) = observe(INVERSE_COPY, "aten.expand.default(int64[2,1], [2,3])").answers.bases
    assert len(set(seen.mutated.values)) == 2


def test_each_output_that_is_a_view_is_reversed():
    for target in TARGETS:
        bases = observe(target, "aten.split.Tensor(int64[5], 2)").answers.bases
        assert [seen.output for seen in bases] == [0, 1, 2]


def test_a_call_that_copies_or_returns_its_operand_has_no_inverse_to_see():
    for text in ("aten.reshape.default(int64[2,3]:[1,2], [6])", "aten.contiguous.default(int64[2,3])"):
        assert observe(INVERSE, text).answers.bases == ()


def test_modes_are_named():
    modes = [observe(target, "aten.t.default(int64[2,3])").answers.mode for target in TARGETS]
    assert modes == [ReturnMode.ALWAYS_VIEW, ReturnMode.VIEW_OR_SCATTER, ReturnMode.NEVER_VIEW]


def test_what_torch_raises_is_observed_and_leaves_no_mode_on():
    observation = observe(INVERSE_SCATTER, "aten.expand.default(bool[2], [3,2])")
    assert observation.error is not None
    assert "RuntimeError" in observation.error[0]
    assert not torch.autograd.is_view_replay_enabled()
    assert not torch._is_functional_tensor(torch.zeros(1))


def test_bytes_of_a_storage():
    assert bytes_of(torch.tensor([1, 2], dtype=torch.uint8).untyped_storage()) == b"\x01\x02"
    assert bytes_of(torch.UntypedStorage(0)) == b""


@pytest.mark.parametrize("dtype", ["bool", "int8", "float32", "complex128"])
def test_every_byte_that_is_written_is_another(dtype):
    before, changed = contents(96, dtype)
    behind = guard(96, dtype)
    assert all(one != other for one, other in zip(before, changed, strict=True))
    assert len(behind) > len(before)
    if dtype == "bool":
        assert set(before + changed + behind) <= {0, 1}
    else:
        assert not set(behind) & set(before + changed)


def test_what_an_inverse_reads_out_of_bounds_is_the_same_each_time():
    seen = [observe(INVERSE_COPY, "aten._reshape_alias.default(int64[4], [], [])").answers for _ in range(2)]
    assert seen[0] == seen[1]
    assert guard(32, "int64")[:8] in seen[0].bases[0].storage


def test_a_functional_view_of_another_size_is_no_view_to_reverse():
    case = "$0=int64@4; aten.slice_inverse.default($0[4], $0[2], 0, 1, 3, 1)"
    (seen,) = observe(INVERSE_COPY, case).answers.bases
    assert seen.facts is None
    assert "another size" in seen.note

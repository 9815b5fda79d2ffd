"""What is laid for an inverse, and what is expected of it, follow from the case alone."""

import pytest

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_reference.inverses import DataTensor, ReturnMode, Sharing
from viewproof_suites.viewmeta.inverses import (
    PROBES,
    OpenElements,
    SignificantStrides,
    contents,
    guard,
    mutated_views,
    scenes_of,
)


def subject_for(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


def test_the_mutated_view_lies_where_the_view_does_with_other_values():
    (scene,) = scenes_of(subject_for("aten.select.int(int64[3,4]+1, 1, 2)"), ReturnMode.ALWAYS_VIEW)
    mutated = scene.mutated
    assert (mutated.layout.size, mutated.layout.stride, mutated.layout.offset) == ((3,), (4,), 3)
    assert (scene.wanted.layout.stride, scene.wanted.shares) == ((4, 1), Sharing.VIEW)
    assert not set(mutated.values) & set(DataTensor(scene.root, scene.before).values)
    assert scene.behind == b""


def test_a_functional_mutated_view_is_dense_and_its_own():
    for mode in (ReturnMode.VIEW_OR_SCATTER, ReturnMode.NEVER_VIEW):
        (scene,) = scenes_of(subject_for("aten.select.int(int64[3,4]+1, 1, 2)"), mode)
        assert (scene.mutated.layout.stride, scene.mutated.layout.offset) == ((1,), 0)
        assert scene.behind


def test_a_functional_mutated_view_keeps_the_views_order_where_views_are_reapplied():
    subject = subject_for("aten.t.default(int64[2,3])")
    strides = {mode: scenes_of(subject, mode)[0].mutated.layout.stride for mode in ReturnMode}
    assert strides[ReturnMode.VIEW_OR_SCATTER] == (1, 3)
    assert strides[ReturnMode.NEVER_VIEW] == (2, 1)


def test_elements_that_name_one_place_agree():
    (scene,) = scenes_of(subject_for("aten.expand.default(int64[2,1], [2,3])"), ReturnMode.NEVER_VIEW)
    assert len(set(scene.mutated.values)) == 2


def test_outputs_that_are_no_view_of_the_operand_have_none():
    for text in ("aten.reshape.default(int64[2,3]:[1,2], [6])", "aten.contiguous.default(int64[2,3])"):
        assert scenes_of(subject_for(text), ReturnMode.ALWAYS_VIEW) == (None,)
    assert set(mutated_views(expect(parse_case("aten.split.Tensor(int64[5], 2)")))) == {0, 1, 2}


def test_an_operand_that_is_a_view_leads_to_its_base():
    (scene,) = scenes_of(subject_for("aten.select.int(float32[2,3]:[4,1]+1@9~view, 0, 1)"), ReturnMode.ALWAYS_VIEW)
    assert scene.root.size == (9,)
    assert scene.wanted.layout.size == (9,)


def test_probes_are_those_that_a_mode_owes():
    names = {mode: {probe.name for probe in probes} for mode, probes in PROBES.items()}
    assert names[ReturnMode.ALWAYS_VIEW] == {"inverse", "inverse-placement", "inverse-flags", "inverse-shares"}
    assert names[ReturnMode.VIEW_OR_SCATTER] == {"inverse", "inverse-placement"}
    assert names[ReturnMode.NEVER_VIEW] == {"inverse", "inverse-shares"}


def test_open_elements_are_any():
    due = OpenElements((b"1", None, b"3"))
    assert due == (b"1", b"2", b"3")
    assert due == (b"1", b"9", b"3")
    assert due != (b"0", b"2", b"3")
    assert due != (b"1", b"2")
    assert due != "123"


def test_strides_of_one_element_are_any():
    due = SignificantStrides((2, 1, 3), (3, 7, 1))
    assert due == (3, 0, 1)
    assert due != (3, 7, 2)
    assert due != (3, 7)
    assert due != "371"
    assert str(due) == "(3, 7, 1)"


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

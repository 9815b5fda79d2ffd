"""Features: each holds of what it says and of nothing beside it, and each is what some known issue is written in."""

import pytest

from viewproof.cases import parse_case
from viewproof.engine.known_issues import load_known_issues
from viewproof.expectation import expect
from viewproof_suites import predicates
from viewproof_suites.features import FEATURES, feature
from viewproof_suites.predicates import holds, matches, reason_of

LAST = 2**63 - 1
MODULES = {predicates.__name__, *(module.__name__ for module in predicates.MODULES)}
#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "empty": ("alias.default(float32[0,3])", "alias.default(float32[1,3])"),
    "scalar": ("alias.default(float32[])", "alias.default(float32[1])"),
    "overlapping": ("alias.default(float32[3,2]:[1,1])", "alias.default(float32[3,2]:[1,3])"),
    "lazy": ("alias.default(float32[3]~neg)", "alias.default(float32[3])"),
    "complex": ("alias.default(complex32[3])", "alias.default(float32[3])"),
    "grad": ("alias.default(float32[3]~grad)", "alias.default(float32[3]~view)"),
    "numbers-scalar": (
        "narrow.Tensor(int8[3], 0, int64[]{1}, 1)",
        "tensor_split.tensor_indices_or_sections(int8[3], int64[1]{1})",
    ),
    "numbers-not-int64": ("narrow.Tensor(int8[3], 0, int32[]{1}, 1)", "narrow.Tensor(int8[3], 0, int64[]{1}, 1)"),
    "numbers-filled": (
        "tensor_split.tensor_indices_or_sections(int8[3], int64[1]{1})",
        "tensor_split.tensor_indices_or_sections(int8[3], int64[0]{})",
    ),
    "below-minus-1": ("expand.default(int8[0], [-2,0])", "expand.default(int8[0], [-1,0])"),
    "list-negative": ("split.sizes(int8[3], [-1,4], 0)", "split.sizes(int8[3], [1,4], 0)"),
    "lists-of-one-length": (
        "_reshape_alias.default(int8[4], [2], [-1])",
        "_reshape_alias.default(int8[4], [2,2], [1])",
    ),
    "wants-copy": ("contiguous.default(int8[2,3]:[1,2])", "contiguous.default(int8[2,3])"),
    "out-empty": ("slice.Tensor(int8[3], 0, 1, 1)", "slice.Tensor(int8[3], 0, 1, 2)"),
    "out-has-1": ("slice.Tensor(int8[3], 0, 1, 2)", "slice.Tensor(int8[3], 0, 1, 3)"),
    "out-has-rest": ("slice.Tensor(int8[3], 0, 1, 3)", "slice.Tensor(int8[3,0], 0, 1, 3)"),
    "last-out-empty": ("split.sizes(int8[3], [3,0], 0)", "split.sizes(int8[3], [0,3], 0)"),
    "out-other-count": ("select.int(int8[2,3], 0, 0)", "transpose.int(int8[2,3], 0, 1)"),
    "out-other-size": ("transpose.int(int8[2,3], 0, 1)", "transpose.int(int8[2,2], 0, 1)"),
    "out-other-elements": ("transpose.int(int8[2,2], 0, 1)", "view.default(int8[2,2], [4])"),
    "out-other-stride": ("transpose.int(int8[2,2], 0, 1)", "alias.default(int8[1,2]:[9,1])"),
    "out-other-free-stride": ("transpose.int(int8[1,2]:[9,1], 0, 1)", "alias.default(int8[1,2]:[9,1])"),
    "out-other-offset": ("select.int(int8[2,3], 0, 1)", "select.int(int8[2,3], 0, 0)"),
    "out-other-bits": ("_conj.default(complex64[2])", "alias.default(complex64[2]~conj)"),
    "out-grows-storage": ("resize_.default(int8[2], [5])", "resize_.default(int8[2]@9, [5])"),
    "out-unreadable": ("_neg_view.default(uint16[2])", "_neg_view.default(uint16[0])"),
    "sums-unsummable": (
        "coalesce.default(sparse_coo([2], indices=int64[1,2]{0,0}, values=uint16[2])~uncoalesced)",
        "coalesce.default(sparse_coo([2], indices=int64[1,1]{0}, values=uint16[1])~uncoalesced)",
    ),
    "empty-diagonal-moves": ("diagonal.default(int8[2,3], 3)", "diagonal.default(int8[2,3], 2)"),
    "select-wraps-twice": ("select.int(int8[2,3], -3, 2)", "select.int(int8[3,2], -3, 2)"),
    "beyond-own-end": ("as_strided_.default(int8[]@3, [3], [1], 0)", "as_strided_.default(int8[]@3~view, [3], [1], 0)"),
    "slice-overflows": (
        f"slice.Tensor(int8[2], 0, None, None, {LAST})",
        f"slice.Tensor(int8[1], 0, None, None, {LAST})",
    ),
    "slice-to-minus-1": (
        f"slice.Tensor(int8[3], 0, None, None, {LAST})",
        f"slice.Tensor(int8[4], 0, None, None, {LAST})",
    ),
    "slice-to-0": (f"slice.Tensor(int8[4], 0, None, None, {LAST})", f"slice.Tensor(int8[4], 0, 3, None, {LAST})"),
    "zero-chunks": ("unsafe_chunk.default(int8[3], 0)", "unsafe_chunk.default(int8[3], -1)"),
    "negative-chunks-divide": ("unsafe_chunk.default(int8[1], -1)", "unsafe_chunk.default(int8[3], -1)"),
    "chunks-overflow": (f"chunk.default(int8[3], {LAST}, 0)", f"chunk.default(int8[1], {LAST}, 0)"),
    "sum-wraps": (f"split.sizes(int8[3], [{LAST},{LAST},5], 0)", f"split.sizes(int8[3], [{LAST},{LAST},6], 0)"),
    "grown-to-0": (
        "_sparse_broadcast_to.default(sparse_coo([1], indices=int64[1,1]{0}, values=int8[1]), [0])",
        "_sparse_broadcast_to.default(sparse_coo([1], indices=int64[1,1]{0}, values=int8[1]), [2])",
    ),
    "empty-beside-dim": ("unfold.default(int8[2,0], 0, -1, 1)", "unfold.default(int8[2,0], -1, -1, 1)"),
    "contiguous-fits": (
        "set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[4], 0, [2,2])",
        "set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[3], 0, [2,2])",
    ),
    "keeps-own-strides": (
        "set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[9], 0, [2,2])",
        "set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[9], 0, [2,2], [3,1])",
    ),
    "free-copy-stride": ("lift.default(float32[1]:[5]~neg)", "lift.default(float32[1]:[5])"),
    "out-not-contiguous": ("alias.default(int8[2,2]:[1,2])", "alias.default(int8[1,2]:[9,1])"),
    "out-free-not-contiguous": ("alias.default(int8[1,2]:[9,1])", "alias.default(int8[2,2]:[1,2])"),
    "no-overflow-before-empty": ("expand.default(int8[1,0], [-2,1,0])", "expand.default(int8[2,0], [-2,2,0])"),
    "fallback-refused": ("squeeze_.dim(float32[6]:[0]~neg, 0)", "squeeze_.dim(float32[6]:[2]~neg, 0)"),
    "fallback-other-stride": ("squeeze_.dim(float32[1,2,2]:[1,1,2]~neg, 0)", "squeeze_.dim(float32[1,2,2]:[1,1,2], 0)"),
    "fallback-other-free-stride": (
        "squeeze_.dim(float32[1,1,2]:[9,9,1]~neg, 0)",
        "squeeze_.dim(float32[1,2]:[9,1]~neg, 0)",
    ),
    "fallback-reads-others": (
        "squeeze_.dim(float32[1,2,2]:[1,1,2]~neg, 0)",
        "squeeze_.dim(float32[1,2,2]:[9,2,1]~neg, 0)",
    ),
    "fallback-writes-others": (
        "squeeze_.dim(float32[1,2,2]:[1,3,1]~neg, 0)",
        "squeeze_.dim(float32[1,2,2]:[1,1,2]~neg, 0)",
    ),
    "fallback-writes-fewer": (
        "resize_as_.default(float32[2,2]:[1,1]~neg, float32[2,2], memory_format=contiguous_format)",
        "resize_as_.default(float32[2,2]~neg, float32[2,2], memory_format=contiguous_format)",
    ),
}


def has(name, text):
    case = parse_case(f"aten.{text}")
    return holds(name, case, expect(case))


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_what_it_says(name):
    yes, no = NEAR[name]
    assert has(name, yes)
    assert not has(name, no)
    assert has(f"!{name}", no)


def test_every_feature_is_proved_and_used():
    """What no known issue needs is taken out again. Features that other modules add are for their own tests."""
    ours = {name for name, function in FEATURES.items() if function.__module__ in MODULES}
    elsewhere = {name for name in ours if name.startswith("python-view-")}
    assert set(NEAR) | elsewhere | {"always"} == ours
    used = {name.removeprefix("!") for issue in load_known_issues() for name in issue.when}
    assert ours - used == set()


def test_a_refusal_is_known_by_its_class_and_its_reason():
    case = parse_case("aten.select.int(float32[3,4], 2, 0)")
    assert reason_of(expect(case)) == "dim: wanted a dimension of a tensor of rank #, got #"
    assert matches(("refused-with:IndexError", f"refusal:{reason_of(expect(case))}"), case)
    assert not matches(("refused-with:RuntimeError",), case)
    assert not matches(("refused-with:IndexError",), parse_case("aten.select.int(float32[3,4], 1, 0)"))


def test_all_features_of_a_when_must_hold():
    case = parse_case("aten.alias.default(complex64[0])")
    assert matches(("complex", "empty"), case)
    assert not matches(("complex", "!empty"), case)


def test_an_unknown_feature_is_refused_by_name():
    with pytest.raises(ValueError, match="feature 'emty': wanted one of"):
        matches(("emty",), parse_case("aten.alias.default(complex64[0])"))


def test_a_second_feature_of_a_name_is_refused():
    with pytest.raises(ValueError, match="feature 'empty': wanted one function"):
        feature("empty")(FEATURES["scalar"])

"""Features of crossref's deviations: each holds of its case and not of the one near it."""

import pytest

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof_suites.crossref.features import FEATURES

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "view-not-row-major": ("aten.t.default(float32[2,3])", "aten.t.default(float32[1,3])"),
    "out-not-row-major": ("aten.lift.default(float32[2,2]:[1,2])", "aten.lift.default(float32[2,1]:[1,2])"),
    "python-view-not-row-major": (
        "aten._reshape_alias.default(float32[2,2]:[1,2], [2,2], [2,1])",
        "aten._reshape_alias.default(float32[2,2], [2,2], [1,2])",
    ),
    "views-itself-otherwise": ("aten.lift.default(float32[1,0]:[2,1]@8)", "aten.lift.default(float32[1,2]:[2,1]@8)"),
    "beyond-resolved-copy": (
        "aten.as_strided.default(float32[3]+2~neg, [2], [1], 2)",
        "aten.as_strided.default(float32[3]+2~neg, [2], [1])",
    ),
    "asks-to-preserve": (
        "aten.to.dtype(int8[1]:[5], int8, False, True, preserve_format)",
        "aten.to.dtype(int8[1]:[5], int8, False, True, None)",
    ),
    "inverse-of-other-slice": (
        "aten.slice_inverse.default(uint32[3,2,2], uint32[2]+1, 0, 1, 2, 1)",
        "aten.slice_inverse.default(uint32[3,2,2], uint32[1,2,2], 0, 1, 2, 1)",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_alone(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_an_operand_is_not_its_view(has):
    """What is the very operand is no view that became a copy, however it is laid out."""
    text = "aten.resolve_neg.default(float32[2,2]:[1,2])"
    assert expect(parse_case(text)).outputs[0].identity
    assert has("out-not-row-major", text)
    assert not has("view-not-row-major", text)


def test_none_holds_of_an_operand_that_is_not_strided(has):
    sparse = "aten._indices.default(sparse_coo([2], indices=int64[1,1]{0}, values=int8[1]))"
    for name in ("python-view-not-row-major", "views-itself-otherwise", "inverse-of-other-slice"):
        assert name in FEATURES
        assert not has(name, sparse)

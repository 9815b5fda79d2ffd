"""Each feature of a copy holds where its name says so, and not beside it."""

import pytest

from viewproof.cases import parse_case
from viewproof.expectation import expect
from viewproof_reference.layout import DTYPES
from viewproof_suites.features.copies import WITHOUT_NEGATION, outs_of
from viewproof_suites.predicates import holds

DENSE = "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]+1@9)"
#: (feature, a case where it holds, one where it does not).
CASES = [
    ("out-resized", "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[0])", DENSE),
    (
        "out-resized-with-elements",
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[2])",
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[0])",
    ),
    ("out-strided", "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]:[2]@9)", DENSE),
    (
        "out-gaps",
        "aten.alias_copy.out(float32[2,2], out=float32[2,2]:[4,2])",
        "aten.alias_copy.out(float32[2,2], out=float32[2,2]:[1,2])",
    ),
    ("out-lazy", "aten.alias_copy.out(float32[2], out=float32[2]~neg)", DENSE),
    ("out-overlaps-operand", "$0=float32@8; aten.alias_copy.out($0[4], out=$0[4]+2)", DENSE),
    ("no-neg-kernel", "aten._neg_view_copy.default(uint16[2])", "aten._neg_view_copy.default(int16[2])"),
    (
        "dual-plain",
        "aten._fw_primal_copy.default(dual(float32[2], None), 0)",
        "aten._fw_primal_copy.default(dual(float32[2], float32[2]), 0)",
    ),
    ("zero-stride-base", "aten.alias_copy.default(int8[2]:[0])", "aten.alias_copy.default(int8[1]:[0])"),
    (
        "narrow-wraps",
        "aten.narrow_copy.default(float32[4]~grad, 0, -2, 2)",
        "aten.narrow_copy.default(float32[4]~grad, 0, -2, 1)",
    ),
    (
        "narrow-one",
        "aten.narrow_copy.default(float32[4]~grad, 0, -2, 1)",
        "aten.narrow_copy.default(float32[4]~grad, 0, 1, 2)",
    ),
]


@pytest.mark.parametrize(("name", "there", "beside"), CASES)
def test_a_feature_holds_where_it_should(name, there, beside):
    for text, wanted in ((there, True), (beside, False)):
        case = parse_case(text)
        assert holds(name, case, expect(case)) is wanted, text


def test_what_it_knows_of_a_case():
    assert set(DTYPES) >= WITHOUT_NEGATION
    assert outs_of(parse_case("aten.t_copy.default(float32[2])")) == []
    assert len(outs_of(parse_case("aten.unbind_copy.int_out(int64[2], out=[int64[],int64[]])"))) == 2

"""Each feature of a copy holds where its name says so, and not beside it."""

import pytest

from viewproof.cases import parse_case
from viewproof_suites.copies.features import outs_of

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "out-resized": (
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[0])",
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4])",
    ),
    "out-resized-with-elements": (
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[2])",
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[0])",
    ),
    "out-restrided": (
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[2,4])",
        "aten.select_copy.int_out(float32[0,4], 1, 1, out=float32[0,4])",
    ),
    "out-strided": (
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]:[2]@9)",
        "aten.select_copy.int_out(float32[3,4], 0, 1, out=float32[4]+1@9)",
    ),
    "out-gaps": (
        "aten.alias_copy.out(float32[2,2], out=float32[2,2]:[4,2])",
        "aten.alias_copy.out(float32[2,2], out=float32[2,2]:[1,2])",
    ),
    "out-lazy": (
        "aten.alias_copy.out(float32[2], out=float32[2]~neg)",
        "aten.alias_copy.out(float32[2]~neg, out=float32[2])",
    ),
    "dual-plain": (
        "aten._fw_primal_copy.default(dual(float32[2], None), 0)",
        "aten._fw_primal_copy.default(dual(float32[2], float32[2]), 0)",
    ),
    "repeats": ("aten.alias_copy.default(int8[2]:[0])", "aten.alias_copy.default(int8[1]:[0])"),
    "narrow-wraps": (
        "aten.narrow_copy.default(float32[4]~grad, 0, -2, 2)",
        "aten.narrow_copy.default(float32[4]~grad, 0, -2, 1)",
    ),
    "narrow-one": (
        "aten.narrow_copy.default(float32[4]~grad, 0, -2, 1)",
        "aten.narrow_copy.default(float32[4]~grad, 0, -2, 2)",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_what_it_knows_of_a_case():
    assert outs_of(parse_case("aten.t_copy.default(float32[2])")) == []
    assert len(outs_of(parse_case("aten.unbind_copy.int_out(int64[2], out=[int64[],int64[]])"))) == 2

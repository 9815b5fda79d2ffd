"""Each feature of a program holds of the layouts that the program has, and not beside them."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "program-constant": ("aten.expand.default(int8[1], [2])", "aten.expand.default(int8[2]:[0], [2])"),
    "program-misses-elements": ("aten.slice.Tensor(int8[3], 0, 0, 2)", "aten.slice.Tensor(int8[3], 0, 0, 3)"),
    "program-restrided": ("aten.alias.default(int8[1,3]:[7,1])", "aten.alias.default(int8[1,3])"),
    "program-lazy": ("aten.alias.default(float32[3]~neg)", "aten.alias.default(float32[3]:[0]~neg)"),
    "program-conj": ("aten.alias.default(complex64[3]~conj)", "aten.alias.default(complex64[3]~neg)"),
    "program-several": ("aten.unbind.int(int8[2])", "aten.unbind.int(int8[1])"),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)

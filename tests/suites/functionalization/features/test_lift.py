"""The features of `lift` hold where a view of the tensor's own size looks otherwise than what eager returns."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "lift-stride": ("aten.lift.default(int64[2,1,2]:[1,9,2])", "aten.lift.default(int64[2,1,2])"),
    "lift-offset": ("aten.lift.default(float32[2]+9~neg)", "aten.lift.default(float32[2]+9)"),
    "lift-conj": ("aten.lift.default(complex64[2]~conj)", "aten.lift.default(complex64[2])"),
    "lift-neg": ("aten.lift.default(float32[2]~neg)", "aten.lift.default(float32[2]:[0]~neg)"),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_a_copy_of_what_has_gaps_is_dense_and_the_view_is_not(has):
    assert has("lift-stride", "aten.lift.default(float32[2]:[3]~neg)")
    assert not has("lift-stride", "aten.lift.default(float32[2]:[3])")

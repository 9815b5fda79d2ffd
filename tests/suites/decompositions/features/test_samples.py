"""Each feature of a sample holds of its tensors, or of how its operator is registered, and not beside them."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "sample-permuted": (
        "sample(aten.add.Tensor(float32[2,3], float32[2,3]:[1,2]))",
        "sample(aten.add.Tensor(float32[2,3], float32[2,3]:[6,2]))",
    ),
    "sample-stepped": (
        "sample(aten._foreach_abs.default([float32[2],float32[2]:[2]]))",
        "sample(aten._foreach_abs.default([float32[2],float32[2]:[0]]))",
    ),
    "sample-expanded": (
        "sample(aten.abs.default(unit(float32[2,3]:[0,1])))",
        "sample(aten.abs.default(unit(float32[2,3]:[1,2])))",
    ),
    "sample-writes-expanded": (
        "sample(aten.abs.out(float32[2], out=float32[2]:[0]))",
        "sample(aten.abs.out(float32[2]:[0], out=float32[2]))",
    ),
    "sample-bfloat16": ("sample(aten.abs.default(bfloat16[2]))", "sample(aten.abs.default(float16[2]))"),
    "sample-empty": (
        "sample(aten.cat.default([float32[1],float32[0]]))",
        "sample(aten.cat.default([float32[1],float32[1]]))",
    ),
    "sample-composite": (
        "sample(aten.isclose.default(float32[1], float32[1]))",
        "sample(aten.abs.default(float32[1]))",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


@pytest.mark.parametrize("name", NEAR)
def test_it_is_a_feature_of_samples(name, has):
    assert not has(name, "aten.alias.default(bfloat16[0,2]:[1,2])")

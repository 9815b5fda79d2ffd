"""Each feature that the passes need holds of its case and not of one near it, also where a module makes the call."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "sparse-coo": (
        "aten.values.default(sparse_coo([2], indices=int64[1,1]{0}, values=int8[1]))",
        "aten.values.default(sparse_csr([1,2], crow=int64[2]{0,1}, col=int64[1]{0}, values=int8[1]))",
    ),
    "out-complex": ("aten.view_as_complex.default(float32[3,2])", "aten.view_as_real.default(complex64[3])"),
    "empty-along-dim": (
        "aten.tensor_split.tensor_indices_or_sections(int8[0,2], int64[1]{1}, 0)",
        "aten.tensor_split.tensor_indices_or_sections(int8[0,2], int64[1]{1}, 1)",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)
    assert has(name, f"module({there})")
    assert not has(name, f"module({beside})")

"""Each feature of an inverse holds where its docstring says so, and not beside it."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "schema": ("schema(aten.alias.default)", "aten.alias.default(int8[3])"),
    "no-addition": ("aten.expand.default(uint16[1], [2])", "aten.expand.default(uint8[1], [2])"),
    "no-unfold-backward": ("aten.unfold.default(complex32[3], 0, 1, 1)", "aten.unfold.default(complex64[3], 0, 1, 1)"),
    "base-outgrows-out": ("aten.slice.Tensor(int8[3], 0, 0, 2)", "aten.slice.Tensor(int8[3], 0, 0, 3)"),
    "strides-misread": ("aten.transpose.int(int8[2,3], 0, 1)", "aten.transpose.int(int8[1,3], 0, 1)"),
    "dense-strides-misread": ("aten.select.int(int8[2,3], 0, 1)", "aten.transpose.int(int8[2,3], 0, 1)"),
    "out-has-more": ("aten.expand.default(int8[1], [2])", "aten.expand.default(int8[1], [1])"),
    "unnamed-on-named-place": ("aten.select.int(int8[2,2]:[1,1], 0, 0)", "aten.select.int(int8[2,2]:[2,1], 0, 0)"),
    "names-twice": ("aten.expand.default(int8[1], [2])", "aten.expand.default(int8[2]:[0], [2])"),
    "names-not-all": ("aten.slice.Tensor(int8[3], 0, 0, 2)", "aten.slice.Tensor(int8[3], 0, 0, 3)"),
    "leaves-out-true": ("aten.slice.Tensor(bool[2], 0, 0, 1)", "aten.slice.Tensor(bool[2], 0, 1, 2)"),
    "size-above-step": ("aten.unfold.default(int8[5], 0, 3, 2)", "aten.unfold.default(int8[5], 0, 2, 2)"),
    "in-order": ("aten.alias.default(int8[1,3]:[7,1])", "aten.alias.default(int8[2,3]:[7,1])"),
    "some-out-dense": ("aten.split.sizes(int8[3]:[3], [1,0,2])", "aten.split.sizes(int8[4]:[3], [2,0,2])"),
    "out-dense": ("aten.slice.Tensor(int8[4], 0, 0, 2)", "aten.slice.Tensor(int8[4], 0, 0, 4, 2)"),
    "out-ranks-higher": ("aten.view.default(int8[3], [1,3])", "aten.view.default(int8[1,3], [3])"),
    "slice-of-operand": (
        "aten.slice_inverse.default(int8[4], int8[2], 0, 1, 3)",
        "aten.slice_inverse.default(int8[4], int8[2], 0, 1, 4)",
    ),
    "source-scalar": (
        "aten.slice_inverse.default(int8[3], int8[], 0, 1, 3)",
        "aten.slice_inverse.default(int8[3], int8[1], 0, 1, 3)",
    ),
    "dtype-back-refused": ("aten.view.dtype(int32[2,0], int8)", "aten.view.dtype(int32[0,2], int8)"),
    "slice-of-source": (
        "aten.slice_inverse.default(int8[2], int8[4], 0, 1, 3)",
        "aten.slice_inverse.default(int8[2], int8[4], 0, 1, 4)",
    ),
    "dense-view-back-refused": (
        "aten.view.default(int8[2,4]:[1,1], [2,2,2])",
        "aten.view.default(int8[2,4]:[4,1], [2,2,2])",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)

"""Each plain feature holds of what it says, and of nothing beside it."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "empty": ("aten.alias.default(float32[0,3])", "aten.alias.default(float32[1,3])"),
    "scalar": ("aten.alias.default(float32[])", "aten.alias.default(float32[1])"),
    "overlapping": ("aten.alias.default(float32[3,2]:[1,1])", "aten.alias.default(float32[3,2]:[1,3])"),
    "lazy": ("aten.alias.default(float32[3]~neg)", "aten.alias.default(float32[3])"),
    "complex": ("aten.alias.default(complex32[3])", "aten.alias.default(float32[3])"),
    "has-1": ("aten.alias.default(int8[1,3])", "aten.alias.default(int8[2,3])"),
    "contiguous": ("aten.alias.default(int8[1,3])", "aten.alias.default(int8[1,3]:[7,1])"),
    "offset": ("aten.alias.default(int8[3]+1)", "aten.alias.default(int8[3]@4)"),
    "conj": ("aten.alias.default(complex64[3]~conj)", "aten.alias.default(complex64[3]~neg)"),
    "neg": ("aten.alias.default(complex64[3]~neg)", "aten.alias.default(complex64[3]~conj)"),
    "float": ("aten.alias.default(float16[3])", "aten.alias.default(complex32[3])"),
    "dense": ("aten.alias.default(int8[2,3]:[1,2]+1)", "aten.alias.default(int8[2,3]:[1,3]+1)"),
    "no-negation": ("aten.alias.default(uint16[3])", "aten.alias.default(uint8[3])"),
    "grad": ("aten.alias.default(float32[3]~grad)", "aten.alias.default(float32[3]~view)"),
    "numbers-scalar": (
        "aten.narrow.Tensor(int8[3], 0, int64[]{1}, 1)",
        "aten.tensor_split.tensor_indices_or_sections(int8[3], int64[1]{1})",
    ),
    "numbers-not-int64": (
        "aten.narrow.Tensor(int8[3], 0, int32[]{1}, 1)",
        "aten.narrow.Tensor(int8[3], 0, int64[]{1}, 1)",
    ),
    "numbers-filled": (
        "aten.tensor_split.tensor_indices_or_sections(int8[3], int64[1]{1})",
        "aten.tensor_split.tensor_indices_or_sections(int8[3], int64[0]{})",
    ),
    "below-minus-1": ("aten.expand.default(int8[0], [-2,0])", "aten.expand.default(int8[0], [-1,0])"),
    "list-negative": ("aten.split.sizes(int8[3], [-1,4], 0)", "aten.split.sizes(int8[3], [1,4], 0)"),
    "lists-of-one-length": (
        "aten._reshape_alias.default(int8[4], [2], [-1])",
        "aten._reshape_alias.default(int8[4], [2,2], [1])",
    ),
    "wants-copy": ("aten.contiguous.default(int8[2,3]:[1,2])", "aten.contiguous.default(int8[2,3])"),
    "out-empty": ("aten.slice.Tensor(int8[3], 0, 1, 1)", "aten.slice.Tensor(int8[3], 0, 1, 2)"),
    "out-has-1": ("aten.slice.Tensor(int8[3], 0, 1, 2)", "aten.slice.Tensor(int8[3], 0, 1, 3)"),
    "out-has-rest": ("aten.slice.Tensor(int8[3], 0, 1, 3)", "aten.slice.Tensor(int8[3,0], 0, 1, 3)"),
    "last-out-empty": ("aten.split.sizes(int8[3], [3,0], 0)", "aten.split.sizes(int8[3], [0,3], 0)"),
    "out-other-count": ("aten.select.int(int8[2,3], 0, 0)", "aten.transpose.int(int8[2,3], 0, 1)"),
    "out-other-size": ("aten.transpose.int(int8[2,3], 0, 1)", "aten.transpose.int(int8[2,2], 0, 1)"),
    "out-other-elements": ("aten.transpose.int(int8[2,2], 0, 1)", "aten.view.default(int8[2,2], [4])"),
    "out-other-stride": ("aten.transpose.int(int8[2,2], 0, 1)", "aten.alias.default(int8[1,2]:[9,1])"),
    "out-other-free-stride": ("aten.transpose.int(int8[1,2]:[9,1], 0, 1)", "aten.alias.default(int8[1,2]:[9,1])"),
    "out-other-offset": ("aten.select.int(int8[2,3], 0, 1)", "aten.select.int(int8[2,3], 0, 0)"),
    "out-other-bits": ("aten._conj.default(complex64[2])", "aten.alias.default(complex64[2]~conj)"),
    "out-grows-storage": ("aten.resize_.default(int8[2], [5])", "aten.resize_.default(int8[2]@9, [5])"),
    "view": ("aten.alias.default(int8[3]~view)", "aten.alias.default(int8[3])"),
    "negative-number": ("aten.slice.Tensor(int8[3], 0, -1)", "aten.slice.Tensor(int8[3], 0, 0)"),
    "empty-list": ("aten.expand.default(int8[], [])", "aten.expand.default(int8[], [1])"),
    "wants-identity": ("aten.lift_fresh.default(int8[3])", "aten.alias.default(int8[3])"),
    "out-offset": ("aten.select.int(int8[3], 0, 1)", "aten.select.int(int8[3], 0, 0)"),
    "out-contiguous": ("aten.alias.default(int8[1,2])", "aten.alias.default(int8[1,2]:[9,1])"),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_always_holds_of_every_case(has):
    assert has("always", "aten.alias.default(int8[3])")
    assert has("always", "schema(aten.alias.default)")

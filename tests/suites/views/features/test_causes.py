"""Each cause of a fault is named where it is there, and not beside it."""

import pytest

#: The largest of 64 bits.
LAST = 2**63 - 1
#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "sums-unsummable": (
        "aten.coalesce.default(sparse_coo([2], indices=int64[1,2]{0,0}, values=uint16[2])~uncoalesced)",
        "aten.coalesce.default(sparse_coo([2], indices=int64[1,1]{0}, values=uint16[1])~uncoalesced)",
    ),
    "empty-diagonal-moves": ("aten.diagonal.default(int8[2,3], 3)", "aten.diagonal.default(int8[2,3], 2)"),
    "select-wraps-twice": ("aten.select.int(int8[2,3], -3, 2)", "aten.select.int(int8[3,2], -3, 2)"),
    "beyond-own-end": (
        "aten.as_strided_.default(int8[]@3, [3], [1], 0)",
        "aten.as_strided_.default(int8[]@3~view, [3], [1], 0)",
    ),
    "slice-overflows": (
        f"aten.slice.Tensor(int8[2], 0, None, None, {LAST})",
        f"aten.slice.Tensor(int8[1], 0, None, None, {LAST})",
    ),
    "slice-to-minus-1": (
        f"aten.slice.Tensor(int8[3], 0, None, None, {LAST})",
        f"aten.slice.Tensor(int8[4], 0, None, None, {LAST})",
    ),
    "slice-to-0": (
        f"aten.slice.Tensor(int8[4], 0, None, None, {LAST})",
        f"aten.slice.Tensor(int8[4], 0, 3, None, {LAST})",
    ),
    "zero-chunks": ("aten.unsafe_chunk.default(int8[3], 0)", "aten.unsafe_chunk.default(int8[3], -1)"),
    "negative-chunks-divide": ("aten.unsafe_chunk.default(int8[1], -1)", "aten.unsafe_chunk.default(int8[3], -1)"),
    "chunks-overflow": (f"aten.chunk.default(int8[3], {LAST}, 0)", f"aten.chunk.default(int8[1], {LAST}, 0)"),
    "sum-wraps": (
        f"aten.split.sizes(int8[3], [{LAST},{LAST},5], 0)",
        f"aten.split.sizes(int8[3], [{LAST},{LAST},6], 0)",
    ),
    "grown-to-0": (
        "aten._sparse_broadcast_to.default(sparse_coo([1], indices=int64[1,1]{0}, values=int8[1]), [0])",
        "aten._sparse_broadcast_to.default(sparse_coo([1], indices=int64[1,1]{0}, values=int8[1]), [2])",
    ),
    "empty-beside-dim": ("aten.unfold.default(int8[2,0], 0, -1, 1)", "aten.unfold.default(int8[2,0], -1, -1, 1)"),
    "contiguous-fits": (
        "aten.set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[4], 0, [2,2])",
        "aten.set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[3], 0, [2,2])",
    ),
    "free-copy-stride": ("aten.lift.default(float32[1]:[5]~neg)", "aten.lift.default(float32[1]:[5])"),
    "keeps-own-strides": (
        "aten.set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[9], 0, [2,2])",
        "aten.set_.source_Tensor_storage_offset(int8[2,2]:[3,1], int8[9], 0, [2,2], [3,1])",
    ),
    "out-not-contiguous": ("aten.alias.default(int8[2,2]:[1,2])", "aten.alias.default(int8[1,2]:[9,1])"),
    "out-free-not-contiguous": ("aten.alias.default(int8[1,2]:[9,1])", "aten.alias.default(int8[2,2]:[1,2])"),
    "no-overflow-before-empty": (
        "aten.expand.default(int8[1,0], [-2,1,0])",
        "aten.expand.default(int8[2,0], [-2,2,0])",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)

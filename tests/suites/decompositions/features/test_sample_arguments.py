"""Each feature of what a sample's call asks for holds of its case, and not of one near it."""

import pytest

FLASH = "aten._scaled_dot_product_flash_attention_for_cpu.default"
#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "sample-training": (
        "sample(aten.native_dropout.default(float32[2], 0.5, True))",
        "sample(aten.native_dropout.default(float32[2], 0.5, None))",
    ),
    "sample-drops": (
        "sample(aten.dropout.default(float32[2], 0.5, True))",
        "sample(aten.dropout.default(float32[2], 0.0, True))",
    ),
    "sample-updates-statistics": (
        "sample(aten.batch_norm_update_stats.default(float32[2,3], float32[3], float32[3], 0.5))",
        "sample(aten.batch_norm_update_stats.default(float32[2,3], float32[3], float32[3], 0.0))",
    ),
    "sample-statistics": (
        "sample(aten.native_batch_norm.default(float32[2,3], None, None, float32[3], float32[3], True, 0.5, 0.5))",
        "sample(aten.native_batch_norm.default(float32[2,3], float32[3], float32[3], None, None, True, 0.5, 0.5))",
    ),
    "sample-channels": (
        "sample(aten.native_batch_norm.default(float32[0,3], None, None, None, None, True, 0.5, 0.5))",
        "sample(aten.native_batch_norm.default(float32[3,0], None, None, None, None, True, 0.5, 0.5))",
    ),
    "sample-heads": (
        f"sample({FLASH}(float32[1,2,3,4], float32[1,2,3,4], float32[1,2,3,4]))",
        f"sample({FLASH}(float32[1,1,3,4], float32[1,1,3,4], float32[1,1,3,4]))",
    ),
    "sample-vector": ("sample(aten.abs.default(float32[3]))", "sample(aten.abs.default(float32[1]))"),
    "sample-lazy": ("sample(aten.lift.default(float32[2]~neg))", "sample(aten.lift.default(float32[2]))"),
    "sample-contiguous": (
        "sample(aten.add.Tensor(float32[2], float32[2]))",
        "sample(aten.add.Tensor(float32[2], float32[2]:[2]))",
    ),
    "sample-tensors": (
        "sample(aten.broadcast_tensors.default([float32[2]]))",
        "sample(aten.broadcast_tensors.default([]))",
    ),
    "sample-one-dtype": (
        "sample(aten.to_dense.default(float32[2], float32))",
        "sample(aten.to_dense.default(float32[2], float64))",
    ),
    "sample-reduces": (
        "sample(aten.l1_loss.default(float32[2], float32[2]))",
        "sample(aten.l1_loss.default(float32[2], float32[2], 0))",
    ),
    "sample-out-smaller": (
        "sample(aten.abs.out(float32[2], out=float32[1]))",
        "sample(aten.abs.out(float32[2], out=float32[2]))",
    ),
    "sample-bags": (
        "sample(aten._embedding_bag.default(float32[4,3], int64[2]{0,1}, int64[1]{0}, False, 0))",
        "sample(aten._embedding_bag.default(float32[4,3], int64[2]{0,1}, int64[1]{0}, False, 2))",
    ),
    "sample-gradient": (
        "sample(aten.cumprod_backward.default(float32[2], float32[2], 0, float32[2]))",
        "sample(aten.cumprod.default(float32[2], 0))",
    ),
    "sample-parts": (
        "sample(aten.unsafe_split_with_sizes.default(float32[2], [2]))",
        "sample(aten.unsafe_split_with_sizes.default(float32[0], []))",
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


@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("sample-training", "sample(aten.instance_norm.default(float32[2], None, None, None, None, True, 1, 1, True))"),
        ("sample-drops", "sample(aten.dropout.default(float32[2], p=0.5, train=True))"),
        ("sample-one-dtype", "sample(aten.to_dense.default(float32[2]))"),
    ],
)
def test_an_argument_is_found_by_its_name_and_by_its_default(name, case, has):
    assert has(name, case)

"""The features of `resize_` hold where row-major strides lead elsewhere than its own, and not where they agree."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "resize-loses-strides": (
        "aten.resize_.default(int64[3,3,3], [2,2,2,2], memory_format=channels_last)",
        "aten.resize_.default(int64[3,3,3], [2,2,2,2], memory_format=contiguous_format)",
    ),
    "resize-refused": (
        "aten.resize_.default(int64[2]:[2]@4, [2,2])",
        "aten.resize_.default(int64[2]:[2]@4, [3])",
    ),
    "resize-copy-refused": (
        "aten.resize_.default(int64[2]:[2]@4, [3])",
        "aten.resize_.default(int64[2]:[2]@4, [1,2])",
    ),
    "resize-base-otherwise": (
        "aten.resize_.default(int64[3,3,3], [2,2,2,2], memory_format=channels_last)",
        "aten.resize_.default(int64[3,3,3], [2,2,2,2])",
    ),
    "resize-copy-base-otherwise": (
        "aten.resize_.default(int64[2]:[2]@4, [1,2])",
        "aten.resize_.default(int64[2]@4, [1,2])",
    ),
    "resize-later-otherwise": (
        "aten.resize_.default(float64[2]:[2]@4~neg, [1,2])",
        "aten.resize_.default(float64[2]:[2]@4, [1,2])",
    ),
    "resize-copy-later-otherwise": (
        "aten.resize_.default(int64[2,2]:[1,2], [4])",
        "aten.resize_.default(int64[2,2], [4])",
    ),
    "resize-input-otherwise": (
        "aten.resize_.default(int64[2]:[2]@4, [1,2])",
        "aten.resize_.default(int64[2]@4, [1,2])",
    ),
    "resize-copy-input-otherwise": (
        "aten.resize_.default(int64[2]:[2]@4, [1,2])",
        "aten.resize_.default(int64[2]:[2]@4, [1,1])",
    ),
    "resize-replay-otherwise": (
        "aten.resize_.default(int64[3,3,3], [2,2,2,2], memory_format=channels_last)",
        "aten.resize_.default(int64[3,3,3], [2,2,2,2])",
    ),
    "resize-copy-replay-otherwise": (
        "aten.resize_.default(int64[2,2]:[1,2], [4])",
        "aten.resize_.default(int64[2,2], [4])",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_an_empty_base_has_no_storage_and_an_offset_is_past_it(has):
    assert has("resize-refused", "aten.resize_.default(int64[2,0]:[2,1]+2@2, [0])")
    assert not has("resize-refused", "aten.resize_.default(int64[2,0]:[2,1]@2, [0])")
    assert not has("resize-copy-refused", "aten.resize_.default(int64[2,0]:[2,1]+2@2, [0])")


def test_a_program_that_raises_shows_nothing_otherwise(has):
    refused = "aten.resize_.default(int64[2]:[2]@4, [2,2])"
    assert has("resize-copy-refused", refused)
    for part in ("base", "later", "input", "replay"):
        assert not has(f"resize-{part}-otherwise", refused)
        assert not has(f"resize-copy-{part}-otherwise", refused)


def test_a_lazy_base_is_scattered_to_as_a_dense_copy(has):
    assert has("resize-base-otherwise", "aten.resize_.default(float64[2]:[2]@4~neg, [1,2])")
    assert not has("resize-base-otherwise", "aten.resize_.default(float64[2]:[2]@4, [1,2])")


def test_a_copied_base_leaves_the_input_alone(has):
    assert not has("resize-input-otherwise", "aten.resize_.default(int64[3]:[0], [1,3])")
    assert not has("resize-replay-otherwise", "aten.resize_.default(int64[3]:[0], [1,3])")

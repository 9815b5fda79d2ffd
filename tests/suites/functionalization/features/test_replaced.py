"""The features of `resize_as_` and `set_()` hold where the new content shows, and not where it is what was due."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "replaced-base-refused": (
        "aten.resize_as_.default(int64[2], int64[1])",
        "aten.resize_as_.default(int64[2], int64[1,2])",
    ),
    "replaced-base-otherwise": (
        "aten.resize_as_.default(int64[2,2]:[1,2], int64[1,2,2])",
        "aten.resize_as_.default(int64[2,2], int64[1,2,2])",
    ),
    "replaced-later-otherwise": (
        "aten.resize_as_.default(int64[2,2]:[1,2], int64[1,2,2])",
        "aten.resize_as_.default(int64[2,2]:[1,2], int64[2,2])",
    ),
    "replaced-input-otherwise": (
        "aten.resize_as_.default(int64[2,2,3], int64[1,2,2,3], memory_format=channels_last)",
        "aten.resize_as_.default(int64[2,2,3], int64[1,2,2,3])",
    ),
    "replaced-input-copy-otherwise": (
        "aten.resize_as_.default(int64[2,2]:[1,2], int64[1,2,2])",
        "aten.resize_as_.default(int64[2,2,3], int64[1,2,2,3], memory_format=channels_last)",
    ),
    "replaced-stride": (
        "aten.resize_as_.default(int64[2]:[2]@4, int64[2])",
        "aten.resize_as_.default(int64[2], int64[2])",
    ),
    "replaced-offset": (
        "aten.resize_as_.default(int64[2]+1, int64[2])",
        "aten.resize_as_.default(int64[2], int64[2])",
    ),
    "replaced-replay-size": (
        "aten.resize_as_.default(int64[2]:[0], int64[1,2])",
        "aten.resize_as_.default(int64[2]:[1], int64[1,2])",
    ),
    "replaced-replay-stride": (
        "aten.resize_as_.default(int8[4,4]:[1,4], int8[4,4], memory_format=preserve_format)",
        "aten.resize_as_.default(int8[4,4]:[1,4], int8[4,4])",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_set_empties_a_base_of_one_element_and_refuses_any_other(has):
    for part in ("base", "input"):
        assert has(f"replaced-{part}-otherwise", "aten.set_.default(int64[1])")
        assert not has(f"replaced-{part}-otherwise", "aten.set_.default(int64[0])")
        assert not has(f"replaced-{part}-otherwise", "aten.set_.default(int64[2])")
    assert has("replaced-base-refused", "aten.set_.default(int64[2])")
    assert has("replaced-base-refused", "aten.set_.default(int64[1,1])")


def test_one_element_is_broadcast_to_the_new_size(has):
    grown = "aten.resize_as_.default(int64[1]@3, int64[3])"
    assert not has("replaced-base-refused", grown)
    assert has("replaced-base-otherwise", grown)
    assert has("replaced-input-otherwise", grown)

"""The feature of expand's inverse holds where its sum is not what was written, and not where it is."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "expand-adds-otherwise": (
        "aten.expand.default(float32[5,2,8]:[8,40,1], [5,2,8])",
        "aten.expand.default(int32[5,2,8]:[8,40,1], [5,2,8])",
    ),
    "expand-sums": ("aten.expand.default(complex32[1], [2])", "aten.expand.default(complex32[1], [1])"),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_a_scalar_is_summed_and_nothing_is_not(has):
    assert has("expand-sums", "aten.expand.default(complex32[], [])")
    assert not has("expand-sums", "aten.expand.default(complex32[1], [0])")


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        ("aten.expand.default(int64[1], [2])", True),
        ("aten.expand.default(int64[1], [1])", False),
        ("aten.expand.default(bool[1], [2])", False),
        ("aten.expand.default(uint16[1], [2])", False),
        ("aten.expand.default(complex32[1], [2])", False),
        ("aten.expand.default(float32[0], [0])", False),
    ],
)
def test_integers_differ_where_an_element_repeats_and_refused_dtypes_never(text, adds, has):
    assert has("expand-adds-otherwise", text) is adds

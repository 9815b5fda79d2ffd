"""Each feature of a scatter holds where its docstring says so, and not beside it."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "out-repeats": ("aten.alias.default(int8[2]:[0])", "aten.alias.default(int8[1]:[0])"),
    "copied-apart": ("aten.alias.default(int8[2,2]:[0,1])", "aten.alias.default(int8[2,2]:[1,1])"),
    "strided-past-copy": (
        "aten.as_strided.default(int8[2]:[0]@3, [2], [2])",
        "aten.as_strided.default(int8[2]:[1]@3, [2], [2])",
    ),
    "strided-elsewhere": (
        "aten.as_strided.default(float32[2,2]:[3,1]~neg, [2], [3])",
        "aten.as_strided.default(float32[2,2]:[3,1], [2], [3])",
    ),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)

"""The features of unfold's inverse hold where its backward gives another base or windows, and not where it does not."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "unfold-folds-otherwise": ("aten.unfold.default(int64[5], 0, 2, 2)", "aten.unfold.default(int64[4], 0, 2, 2)"),
    "unfold-adds-windows": ("aten.unfold.default(int64[3], 0, 2, 1)", "aten.unfold.default(int64[2], 0, 2, 1)"),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_a_bool_that_no_window_shows_differs_only_if_it_was_true(has):
    assert not has("unfold-folds-otherwise", "aten.unfold.default(bool[1], 0, 0, 1)")
    assert has("unfold-folds-otherwise", "aten.unfold.default(bool[2], 0, 0, 1)")


def test_a_sum_of_true_is_true(has):
    assert not has("unfold-adds-windows", "aten.unfold.default(bool[3], 0, 2, 1)")


@pytest.mark.parametrize("dtype", ["uint16", "float8_e5m2", "complex32"])
def test_a_sum_that_no_kernel_computes_holds_nothing(dtype, has):
    assert not has("unfold-folds-otherwise", f"aten.unfold.default({dtype}[4], 0, 3, 1)")
    assert not has("unfold-adds-windows", f"aten.unfold.default({dtype}[3], 0, 2, 1)")
    assert has("unfold-folds-otherwise", f"aten.unfold.default({dtype}[5], 0, 2, 2)")

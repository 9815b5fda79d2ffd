"""The features of functionalization's refusals hold of what it refuses, and not of what is near that."""

import pytest

#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "storage-ends-in-element": (
        "aten.view.dtype(bool[2,2]@9, int16)",
        "aten.view.dtype(bool[2,2]@8, int16)",
    ),
    "conjugates-for-real": ("aten.imag.default(complex32[2]~conj)", "aten.imag.default(complex32[0]~conj)"),
    "contiguous-no-dtype-view": ("aten.view.dtype(complex128[2,0], uint8)", "aten.view.dtype(complex128[2], uint8)"),
}


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)


def test_a_base_that_is_copied_has_a_storage_of_its_own(has):
    assert not has("storage-ends-in-element", "aten.view.dtype(bool[2,2]:[0,1]@9, int16)")
    assert not has("conjugates-for-real", "aten.imag.default(complex32[2]:[0]~conj)")


def test_an_empty_base_copied_has_other_strides_too(has):
    assert has("contiguous-no-dtype-view", "aten.view.dtype(uint8[2,0]:[2,1]+2@2, uint16)")

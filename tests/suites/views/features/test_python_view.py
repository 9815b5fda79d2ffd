"""The model of torch's Python view is torch's Python view: same strides, same refusals, on every small layout."""

from itertools import product

import pytest
import torch
from torch._dispatch.python import enable_python_dispatcher

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof_reference.layout import contiguous_strides, element_count
from viewproof_suites.views.features.python_view import FEATURES, python_view

SIZES = ((), (1,), (6,), (2, 3), (1, 6), (3, 1), (1, 1), (2, 1, 3), (1, 2, 3), (2, 2, 1, 3), (0,), (2, 0), (0, 3, 1))
ACCEPTED = ("python-view-accepts",)
EVERY = [size for rank in range(5) for size in product((0, 1, 2, 3, 6, 12), repeat=rank)]
WANTED = {count: [size for size in EVERY if element_count(size) == count] for count in (0, 1, 3, 6, 12)}
#: Feature -> a case of which it holds, and one near it of which it does not.
NEAR = {
    "python-view-accepts": (
        "aten.view.default(float32[2,1,3]:[10,7,3], [6])",
        "aten.view.default(float32[2,3]:[10,3], [6])",
    ),
    "python-view-refuses": (
        "aten.view.default(float32[2,3]:[10,3], [6])",
        "aten.view.default(float32[2,1,3]:[10,7,3], [6])",
    ),
    "python-view-other-stride": (
        "aten._reshape_alias.default(float32[2,2], [2,2], [1,2])",
        "aten._reshape_alias.default(float32[2,2], [2,2], [2,1])",
    ),
    "python-view-other-free-stride": (
        "aten.view.default(float32[1]:[5], [1,1])",
        "aten.view.default(float32[1]:[1], [1,1])",
    ),
}


def torch_view(size, stride, wanted):
    base = torch.empty_strided(size, stride, device="meta")
    with enable_python_dispatcher():
        try:
            return torch.ops.aten.view.default(base, list(wanted)).stride()
        except ValueError:
            return None


@pytest.mark.parametrize("size", SIZES)
def test_every_small_view_is_foretold(size):
    strides = [contiguous_strides(size), *product((0, 1, 3, 5), repeat=len(size))]
    asked = WANTED[element_count(size)][::3]
    found = {(stride, wanted): python_view(size, stride, wanted) for stride in strides for wanted in asked}
    assert found == {key: torch_view(size, *key) for key in found}


def test_it_accepts_what_has_no_strides():
    """The fault that the model is for: a dimension of one element between two that do not follow each other."""
    assert python_view((2, 1, 3), (10, 7, 3), (6,)) == (3,)
    with pytest.raises(RuntimeError):
        torch.empty_strided((2, 1, 3), (10, 7, 3)).view(6)


@pytest.mark.parametrize(
    ("text", "holding"),
    [
        ("aten.view.default(float32[2,1,3]:[10,7,3], [6])", {*ACCEPTED}),
        ("aten.view.default(float32[2,3]:[1,2], [-1])", {"python-view-refuses"}),
        ("aten.view.default(float32[2,3]:[1,2], [5])", set()),
        ("aten.view.default(float32[2,3], [6])", {*ACCEPTED}),
        ("aten.view.default(float32[1]:[5], [1,1])", {*ACCEPTED, "python-view-other-free-stride"}),
        ("aten.view_as.default(float32[1]:[5], float32[1,1])", {*ACCEPTED, "python-view-other-free-stride"}),
        ("aten._reshape_alias.default(float32[2,2], [2,2], [1,2])", {*ACCEPTED, "python-view-other-stride"}),
        ("aten._reshape_alias.default(float32[2,2], [2], [1])", set()),
        ("aten.flatten.using_ints(float32[1]:[5], 0, 0)", {*ACCEPTED}),
    ],
)
def test_features_say_what_it_makes_of_a_case(text, holding):
    case = parse_case(text)
    names = [name for name in FEATURES if name.startswith("python-view-")]
    assert {name for name in names if FEATURES[name](case, expect(case))} == holding


@pytest.mark.parametrize("name", NEAR)
def test_a_feature_holds_of_its_case_and_not_of_the_near_one(name, has):
    there, beside = NEAR[name]
    assert has(name, there)
    assert not has(name, beside)

"""What is random, uninitialized or an address is told by torch's tag, or by a short list of names that exist."""

import pytest
import torch

from viewproof.samples.unvalued import UNINITIALIZED, has_no_values


@pytest.mark.parametrize("operator", ["aten.rand.default", "aten.multinomial.default", "aten.empty_like.default"])
def test_what_is_not_compared(operator):
    assert has_no_values(operator)


def test_all_else_is_compared():
    assert not has_no_values("aten.zeros.default")
    assert not has_no_values("aten.sort.default")


def test_the_names_are_those_of_operators():
    assert all(hasattr(torch.ops.aten, name) for name in UNINITIALIZED)

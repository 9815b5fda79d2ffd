"""Complex dot products, three ways, in a process that nothing is preloaded into."""

import pytest
import torch

from viewproof.stability.complex_dot import ROUTINES, observe


def test_torch_is_right_here():
    seen = observe()
    assert len(seen) == len(ROUTINES)
    for dot in seen:
        assert dot.torch == dot.arithmetic
        assert dot.library is None or dot.library == dot.arithmetic


@pytest.mark.parametrize("conjugated", [False, True])
def test_arithmetic_is_that_of_an_authority(conjugated):
    import numpy

    left, right = numpy.array([1 + 2j, 3 - 1j]), numpy.array([2 - 1j, 1j])
    exact = complex((numpy.vdot if conjugated else numpy.dot)(left, right))
    dots = [dot for dot in observe() if (dot.overload == "aten.vdot.default") is conjugated]
    assert {dot.arithmetic for dot in dots} == {(exact.real, exact.imag)}
    assert {dot.dtype for dot in dots} == {str(torch.complex64).split(".")[1], "complex128"}

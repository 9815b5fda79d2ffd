"""What is noted of a view while its program runs."""

import torch

from viewproof_suites.functionalization.targets.reading import look_at_copy, look_at_view


def test_a_view_is_looked_at():
    view = torch.zeros(3, 4, dtype=torch.complex64).conj()[1:, 2]
    assert look_at_view(view) == ((2,), (4,), 6, "complex64", "cpu", True, False)
    assert look_at_copy(view) == ((2,), "complex64", "cpu")

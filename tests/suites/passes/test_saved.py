"""What a saved result computes is compared as exactly as the module that it is of."""

import warnings

import pytest
import torch
from torch.fx.passes.infra.pass_base import PassResult

from viewproof.exported.carve import carved
from viewproof.exported.modules import ModuleCase
from viewproof.exported.named import lent
from viewproof.exported.programs import programs_of
from viewproof_suites.passes.saved import SAME, saved_and_loaded


class Tripled(torch.nn.Module):
    def forward(self, x):
        return x * 3.0


def factor(number):
    """What makes a pass that multiplies by `number` instead."""

    def changed(module):
        made = carved(module, None, None)
        for node in made.graph.nodes:
            if node.target is torch.ops.aten.mul.Tensor:
                node.args = (node.args[0], number)
        made.recompile()
        return PassResult(made, True)

    return lambda: changed


@pytest.mark.parametrize(
    ("number", "exact", "said"),
    [
        (3.0, True, SAME),
        (3.0 + 1e-6, True, "output 0 holds other values"),
        (3.0 + 1e-6, False, SAME),
        (3.1, False, "output 0 holds other values"),
    ],
)
def test_rounding_is_another_value_where_values_are_exact(number, exact, said):
    made = {"module": Tripled(), "args": (torch.arange(4.0),)}
    # Torch warns of a use of its own.
    with warnings.catch_warnings(action="ignore"), lent("tripled", frozenset(), lambda: made):
        (program,) = programs_of([ModuleCase(None, "tripled")], "cpu")
        assert saved_and_loaded(program.whole, factor(number), exact) == said

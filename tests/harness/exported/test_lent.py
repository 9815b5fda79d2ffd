"""A module that a program beside the suites lends has a name while it is lent, its words, and no place in a suite."""

import warnings

import pytest
import torch

from viewproof.cases import CaseSyntaxError, format_case, parse_case
from viewproof.cases.kinds import words_of
from viewproof.exported.modules import ModuleCase
from viewproof.exported.named import builder_of, lent
from viewproof.exported.programs import programs_of
from viewproof_suites.passes.suites import PASSES


class Reshaped(torch.nn.Module):
    def forward(self, x):
        return x.reshape(6)


def reshaped():
    return {"module": Reshaped(), "args": (torch.arange(6.0).reshape(2, 3),)}


def called(program):
    return {str(node.target) for node in program.graph.graph.nodes if node.op == "call_function"}


def test_a_lent_module_is_a_case_for_that_long():
    with lent("reshaped", frozenset({"composite"}), reshaped):
        case = parse_case("module(reshaped)")
        assert (case, format_case(case)) == (ModuleCase(None, "reshaped"), "module(reshaped)")
        assert words_of(case) == {"composite"}
        assert called(programs_of([case], "cpu")[0]) == {"aten.reshape.default"}
        assert "module.reshaped" not in PASSES.operators()
    with pytest.raises(CaseSyntaxError, match="a call, or one of chain, "):
        parse_case("module(reshaped)")
    with pytest.raises(ValueError, match="module 'reshaped': wanted one of"):
        builder_of("reshaped")


def test_what_is_decomposed_first_is_tried_so():
    # Torch warns of a use of its own.
    with (
        warnings.catch_warnings(action="ignore"),
        lent("reshaped", frozenset(), lambda: reshaped() | {"decomposed": True}),
    ):
        (program,) = programs_of([ModuleCase(None, "reshaped")], "cpu")
    assert called(program) == {"aten.view.default"}
    # What is saved and loaded is the decomposed program too.
    assert program.whole.exported.graph_module is program.graph


@pytest.mark.parametrize("name", ["chain", "reshaped"])
def test_a_name_is_lent_once(name):
    with (
        lent("reshaped", frozenset(), reshaped),
        pytest.raises(ValueError, match=f"module '{name}': wanted a name that no module has"),
        lent(name, frozenset(), reshaped),
    ):
        pass

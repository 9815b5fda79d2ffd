"""The cases out of OpInfo as they are kept: canonical, each once, of operators that are swept for them."""

from importlib import resources

import pytest

from viewproof.cases import format_case, parse_case
from viewproof.generate import cases, families
from viewproof.generate import opinfo as kept
from viewproof.generate.opinfo import opinfo_cases
from viewproof.generate.registry import derived_operators
from viewproof.generate.sweep import generated_operators

LINES = resources.files(kept).joinpath(kept.FILE).read_text(encoding="utf-8").splitlines()
OPERATORS = sorted({line.partition("(")[0] for line in LINES})


def test_each_line_is_a_canonical_case_and_stands_once():
    assert [format_case(parse_case(line)) for line in LINES] == LINES
    assert len(set(LINES)) == len(LINES) > 0


def test_an_operator_s_lines_stand_together_in_name_order():
    operators = [parse_case(line).operator for line in LINES]
    assert operators == sorted(operators)
    assert [format_case(case) for name in OPERATORS for case in opinfo_cases(name)] == LINES


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_line_is_a_case_of_the_profile_full(operator):
    assert operator in set(generated_operators()) - set(derived_operators()), (
        "a derived operator has the cases of its view"
    )
    assert "opinfo" in families(operator, "full")
    assert list(cases(operator, "opinfo", "full")) == list(opinfo_cases(operator))


def test_an_operator_without_any_has_none():
    assert list(opinfo_cases("aten.alias.default")) == []

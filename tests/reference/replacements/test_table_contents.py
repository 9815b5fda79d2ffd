"""The contents are derived without torch's table, and are what it holds."""

import ast
from pathlib import Path

import pytest
import torch

import viewproof_reference.tables as package
from viewproof_reference.replacements.table_contents import (
    PRESERVED,
    TorchOperators,
    can_be_kept,
    composite_decomposition,
    composite_operators,
    name_of,
    part_of,
    part_with,
)
from viewproof_reference.tables import DecompositionTable

#: What the table collects with: of these the reference knows nothing.
NOT_IMPORTED = ("torch.export", "torch._export")


def test_the_reference_does_not_import_the_table():
    for path in Path(package.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(NOT_IMPORTED)], path


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="counted on torch 2.13")
def test_the_parts_have_the_sizes_that_they_have():
    # Of custom operators there are as many as are loaded.
    assert [len(part_of(part)) for part in ("core", "composite")] == [435, 464]
    assert all(not part_of(one) & part_of(other) for one, other in [("core", "composite"), ("core", "custom")])


def test_a_table_of_torchs_operators_holds_every_part():
    table = DecompositionTable(TorchOperators()).materialize()
    for part in ("core", "composite", "custom"):
        assert {name_of(one) for one in table if part_with(one) == part} == part_of(part)
    kept = {name_of(one) for one in composite_operators()}
    assert {name for name in PRESERVED & kept if name not in part_of("core")}.isdisjoint(map(name_of, table))


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("linear.default", True),
        ("reshape.default", False),  # its alias is annotated
        ("native_batch_norm.default", False),  # it writes what it does not declare
        ("numel.default", False),  # a layout, and no call
        ("contiguous.default", False),
        ("batch_norm.default", False),  # tagged: it may write
    ],
)
def test_what_can_be_kept_whole(name, kept):
    packet, overload = name.split(".")
    assert can_be_kept(getattr(getattr(torch.ops.aten, packet), overload)) is kept


def test_a_composite_decomposition_computes_the_operator():
    values, weight = torch.arange(6.0).reshape(2, 3), torch.ones(4, 3)
    found = composite_decomposition(torch.ops.aten.linear.default)(values, weight)
    assert torch.equal(found, torch.nn.functional.linear(values, weight))


def test_an_unknown_part_is_refused():
    with pytest.raises(KeyError):
        part_of("nothing")

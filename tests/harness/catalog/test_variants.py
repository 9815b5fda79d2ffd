"""The table of variants says of every view what belongs to it, and agrees with the reference's own tables."""

from viewproof.catalog import catalog
from viewproof.catalog.variants import variants, variants_table, without_copy
from viewproof_reference.layout.copies import COPIES, OUTS, WITHOUT_OUT, out_name
from viewproof_reference.layout.scatter import SCATTERS

ROWS = {row.view: row for row in variants(catalog())}


def test_a_view_with_everything():
    row = ROWS["aten.slice.Tensor"]
    assert row[2:] == (
        "aten.slice_copy.Tensor", "aten.slice_copy.Tensor_out", "aten.slice_scatter.default",
        "aten.slice_inverse.default",
    )  # fmt: skip


def test_a_view_that_lacks_a_copy_is_named():
    lacking = without_copy(catalog())
    assert "aten.chunk.default" in lacking
    assert "aten.slice.Tensor" not in lacking
    assert ROWS["aten.reshape.default"].out == "", "_reshape_copy has no out="
    assert len(lacking) + sum(bool(row.copy) for row in ROWS.values()) == len(ROWS)


def test_the_table_has_a_dash_where_there_is_none():
    table = {row[0]: row for row in variants_table(catalog())}
    assert table["aten.chunk.default"][2:] == ("-", "-", "-", "-")
    assert all(len(row) == 6 and all(row) for row in table.values())


def test_the_reference_knows_the_same_relations():
    entries = catalog()
    assert {f"aten.{copy}": f"aten.{view}" for copy, view in COPIES.items()} == {
        name: entry.view for name, entry in entries.items() if entry.kind == "copy"
    }
    outs = {name for name, entry in entries.items() if entry.kind == "copy-out"}
    outs |= {name for name, entry in entries.items() if entry.kind == "scatter" and name.endswith(".out")}
    left = {f"aten.{out_name(copy)}" for copy in WITHOUT_OUT} - {"aten._reshape_copy.out"}
    assert {f"aten.{out}" for out in OUTS} == outs - left
    assert {f"aten.{name}" for name in SCATTERS} | {f"aten.{out_name(name)}" for name in SCATTERS} == {
        name for name, entry in entries.items() if entry.kind == "scatter"
    }

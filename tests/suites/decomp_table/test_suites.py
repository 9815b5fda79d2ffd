"""The suite of the table: what it finds in torch by itself, and what one of the faults does to an exported program."""

import pytest
import torch
from torch.export import default_decompositions, export

from viewproof.contract.known_issues import issues_for, own_issues
from viewproof.engine.check import check_in_place
from viewproof.engine.plan import make_plan
from viewproof.records.findings import group_failures
from viewproof_reference.replacements.table_contents import TorchOperators
from viewproof_reference.tables import DecompositionTable
from viewproof_suites.decomp_table.histories import LENGTHS
from viewproof_suites.decomp_table.suites import DECOMP_TABLE

ON_213 = pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
#: Export uses a class of torch's own that torch deprecates.
AS_TORCH_WARNS = pytest.mark.filterwarnings("ignore::FutureWarning")
#: Query -> the shortest history that shows the fault, and the issue that knows it.
FOUND = {
    "table.lookup/history.get": ("history(t.get(aten))", "table-empty-base"),
    "table.iteration/history.values": ("history(t.values())", "table-empty-base"),
    "table.merge/history.ior": ("history(t |= {aten: mine})", "table-empty-base"),
    "table.assignment/history.update_nothing": ("history(t.update())", "table-signatures"),
    "table.removal/history.pop": ("history(t.pop(late))", "table-pop-pretends"),
    "table.removal/history.pop_default": ("history(t.pop(late, mine))", "table-pop-ignores-default"),
    "table.loading/history.load": ("history(len(t); load)", "table-reads-once"),
    "table.materialization/history.materialize": (
        "history(del t[early]; len(t); t.materialize())",
        "table-forgets-deletions",
    ),
    "table.independence/history.del": ("history(t = copy(t); del t[aten])", "table-shallow-copy-shares"),
}


def findings(query, length):
    """What the suite finds at `quick`, in histories of up to so many operations."""
    chunks = make_plan({DECOMP_TABLE.name: DECOMP_TABLE}, [f"decomp_table/*/{query}"])
    return group_failures([check_in_place(chunk) for chunk in chunks if LENGTHS.index(chunk.family) <= length])


@ON_213
@pytest.mark.parametrize("query", FOUND)
def test_the_fault_is_found_with_its_shortest_history(query):
    history, issue = FOUND[query]
    found = {(one.case, one.known_issue, one.verdict) for one in findings(query, history.count(";") + 1)}
    assert (history, issue, "waived") in found
    assert {verdict for _, _, verdict in found} == {"waived"}


@ON_213
def test_every_known_issue_of_the_table_is_one_of_those():
    ours = {issue.id for issue in own_issues() if "torch-table" in issue.targets}
    assert ours == {issue for _, issue in FOUND.values()}
    assert {issue.id for issue in issues_for("decomp_table", "history.pop", "cpu")} < ours


def exported(table, read):
    """The operators that are left of a custom operator which was loaded after the table was made, and perhaps read."""
    if read:
        len(table)
    library = torch.library.Library("viewproof_exported", "FRAGMENT")
    library.define("twice(Tensor x) -> Tensor")
    library.impl("twice", lambda x: x + x, "CompositeImplicitAutograd")

    class Twice(torch.nn.Module):
        def forward(self, x):
            return torch.ops.viewproof_exported.twice(x)

    try:
        program = export(Twice(), (torch.ones(2),)).run_decompositions(table)
        return [str(node.target) for node in program.graph.nodes if node.op == "call_function"]
    finally:
        library._destroy()
        del library
        vars(torch.ops).pop("viewproof_exported", None)
        torch.ops._dir.remove("viewproof_exported")


@ON_213
@AS_TORCH_WARNS
def test_a_table_that_is_read_once_leaves_an_operator_in_an_exported_program():
    """The fault through the functions that people call: no more than `len(t)`, too early, preserves an operator."""
    assert exported(default_decompositions(), read=False) == ["aten.add.Tensor"]
    assert exported(default_decompositions(), read=True) == ["viewproof_exported.twice.default"]


@AS_TORCH_WARNS
@pytest.mark.parametrize("read", [False, True])
def test_the_references_table_does_not(read):
    """Export takes it as it takes any mapping."""
    assert exported(DecompositionTable(TorchOperators()), read=read) == ["aten.add.Tensor"]

"""Scripts on the table exit 1 where torch's is at fault, and 0 on a right one."""

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript
from viewproof_reference.tables import DecompositionTable

#: (rule, case) that torch 2.13 breaks.
BROKEN = (
    ("table.lookup", "history(t.get(early))"),
    ("table.iteration", "history(t.values())"),
    ("table.equality", "history(t == same)"),
    ("table.conversion", "history(repr(t))"),
    ("table.conversion", "history(t.fromkeys([early], mine))"),
    ("table.merge", "history(t | {aten: mine})"),
    ("table.merge", "history(t |= {absent: mine})"),
    ("table.assignment", "history(t.update())"),
    ("table.assignment", "history(t.setdefault(absent, mine))"),
    ("table.removal", "history(t.popitem())"),
    ("table.removal", "history(t.pop(absent, mine))"),
    ("table.deletion", "history(t.pop(late); del t[late])"),
    ("table.loading", "history(len(t); load)"),
    ("table.materialization", "history(del t[early]; len(t); t.materialize())"),
    ("table.independence", "history(t = copy(t); del t[aten])"),
)
#: (rule, case) that it does not break.
WHOLE = (
    ("table.contents", "entries(custom)"),
    ("table.creation", "history()"),
    ("table.iteration", "history(len(t))"),
    ("table.iteration", "history(list(reversed(t)))"),
    ("table.copy", "history(del t[late]; t = t.copy())"),
    ("table.materialization", "history(load; t.materialize())"),
    ("table.loading", "history(del t[late]; load)"),
    ("table.independence", "history(t = deepcopy(t); t = t.copy(); t.pop(early, mine))"),
)
#: The reference's own table in the place of torch's: one decomposition for each operator, as `==` asks.
MENDED = """
import functools
import torch.export
from viewproof_reference.replacements import table_contents as contents
from viewproof_reference.tables import DecompositionTable
contents.composite_decomposition = functools.cache(contents.composite_decomposition)
torch.export.default_decompositions = lambda: DecompositionTable(contents.TorchOperators())
"""


def asked(pairs):
    return [("torch-table", rule, case) for rule, case in pairs]


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
def test_a_fault_gives_a_script_that_exits_1_and_a_law_that_holds_one_that_exits_0(statuses):
    found = statuses(asked(BROKEN + WHOLE))
    assert {one: end for one, end in found.items() if end != 1} == dict.fromkeys(asked(WHOLE), 0)


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the faults are known of torch 2.13")
def test_on_a_right_table_every_script_exits_0(statuses):
    assert set(statuses(asked(BROKEN + WHOLE), MENDED).values()) == {0}


def test_a_script_imports_torch_alone(alone):
    text = script_of(parse_case("history(t.items())"), "torch-table", "table.iteration")
    assert "viewproof" not in "".join(line for line in text.splitlines() if "import" in line)
    status, said = alone("torch-table", "table.iteration", "history(t.items())")
    assert status == 0
    assert "expected" in said


def test_a_table_that_cannot_be_read_has_no_script(monkeypatch):
    class Unreadable(DecompositionTable):
        def items(self):
            raise RuntimeError("no entries")

    class Nothing:
        def aten(self):
            return {}

        custom = aten

    monkeypatch.setattr("viewproof_suites.decomp_table.targets.table_class", lambda: lambda: Unreadable(Nothing()))
    with pytest.raises(NoScript, match="wanted a table that can be read, got RuntimeError: no entries"):
        script_of(parse_case("history(len(t))"), "torch-table", "table.iteration")

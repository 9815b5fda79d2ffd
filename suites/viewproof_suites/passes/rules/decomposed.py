"""Level 5: `run_decompositions`, as far as the views and the passes are concerned."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof_suites.passes.evidence import probe_name
from viewproof_suites.passes.rules.results import module, told

RULES = Rules(level=5, probe=probe_name("decomposed"))


@RULES.rule(
    "passes.decomposed",
    source="torch/export/exported_program.py, run_decompositions",
    fault="a decomposition that reads another element",
    probe=probe_name("decomposed"),
    applies=module,
)
def decomposed(expected: str, observed: str) -> Difference | None:
    """What `run_decompositions` returns gives the program's values, as exactly as the clause on values says."""
    return told(expected, observed, "decomposed")


@RULES.rule(
    "passes.preserved",
    source="docs/source/export.md, decompositions: an operator that is taken out of the table is preserved",
    fault="a table whose deletions are forgotten",
    probe=probe_name("preserved"),
    applies=module,
)
def preserved(expected: str, observed: str) -> Difference | None:
    """A view operator that torch's default table decomposes, and that was taken out of it, is called as before."""
    return told(expected, observed, "preserved")

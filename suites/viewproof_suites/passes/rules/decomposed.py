"""Level 5: `run_decompositions`, as far as the views and the passes are concerned."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof_suites.passes.rules.results import DECOMPOSED, told
from viewproof_suites.passes.targets.decomposed import preserved_views

RULES = Rules(level=5, probe="answers")


@RULES.rule(
    "passes.decomposed",
    source="torch/export/exported_program.py, run_decompositions",
    fault="a decomposition that reads another element",
    applies=lambda traits, target: traits.kind == "module" and target in DECOMPOSED,
)
def decomposed(subject: Subject, observation: Observation) -> Difference | None:
    """What `run_decompositions` returns gives the program's values, as exactly as the clause on values says."""
    return told(observation, "decomposed", "the program's")


@RULES.rule(
    "passes.preserved",
    source="docs/source/export.md, decompositions: an operator that is taken out of the table is preserved",
    fault="a table whose deletions are forgotten",
    applies=lambda traits, target: (
        traits.kind == "module" and target == "run-decompositions-views" and traits.operator in preserved_views()
    ),
)
def preserved(subject: Subject, observation: Observation) -> Difference | None:
    """A view operator that torch's default table decomposes, and that was taken out of it, is called as before."""
    return told(observation, "preserved", "called")

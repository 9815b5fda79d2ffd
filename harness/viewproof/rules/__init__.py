"""The numbered clauses of the contract, one function each."""

from viewproof.rules import (
    alias,
    copy,
    crossref,
    decomp_table,
    decomposition,
    functional,
    inverse,
    layout,
    passes,
    passes_decomposed,
    passes_effects,
    passes_kept,
    refusal,
    replay,
    schema_truth,
    viewmeta,
)
from viewproof.rules.model import Difference, Rule, Subject, Traits, registered


def all_rules() -> dict[str, Rule]:
    """Every rule by name, in the order of its clause."""
    order = sorted(registered().values(), key=lambda rule: (rule.level, _CHAPTERS.index(rule.name.split(".")[0])))
    return {rule.name: rule for rule in order}


_CHAPTERS = ("layout", "error", "alias", "replay", "grad", "copy", "viewmeta", "inverse", "functional", "crossref",
             "decomposition", "schema", "table", "passes")  # fmt: skip

__all__ = [
    "Difference",
    "Rule",
    "Subject",
    "Traits",
    "alias",
    "all_rules",
    "copy",
    "crossref",
    "decomp_table",
    "decomposition",
    "functional",
    "inverse",
    "layout",
    "passes",
    "passes_decomposed",
    "passes_effects",
    "passes_kept",
    "refusal",
    "replay",
    "schema_truth",
    "viewmeta",
]

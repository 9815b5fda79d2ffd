"""The numbered clauses of the contract, one function each."""

from viewproof.rules import alias, copy, functional, inverse, layout, refusal, replay, viewmeta
from viewproof.rules.model import Difference, Rule, Subject, Traits, registered


def all_rules() -> dict[str, Rule]:
    """Every rule by name, in the order of its clause."""
    order = sorted(registered().values(), key=lambda rule: (rule.level, _CHAPTERS.index(rule.name.split(".")[0])))
    return {rule.name: rule for rule in order}


_CHAPTERS = ("layout", "error", "alias", "replay", "grad", "copy", "viewmeta", "inverse", "functional")

__all__ = [
    "Difference",
    "Rule",
    "Subject",
    "Traits",
    "alias",
    "all_rules",
    "copy",
    "functional",
    "inverse",
    "layout",
    "refusal",
    "replay",
    "viewmeta",
]

"""Suite `viewmeta`, level 4: what functionalization knows of each view: its API, its classes, and its inverses.

In `quick` a view has half of the families whose bases differ in their places alone: those on which
`functionalization` has no programs.
"""

from __future__ import annotations

from collections.abc import Iterator

from viewproof import generate
from viewproof.cases.model import Case
from viewproof.contract.suite import Suite
from viewproof_suites.viewmeta.cases import SchemaCase
from viewproof_suites.viewmeta.groups import schema_operators
from viewproof_suites.viewmeta.rules import inverse, viewmeta
from viewproof_suites.views.operators import PLACED, halved, swept_families, views

#: The family whose one subject is the operator's schema.
SCHEMA = "schema"


def _operators() -> tuple[str, ...]:
    return tuple(sorted({*views(), *schema_operators()}))


def _families(operator: str, profile: str) -> tuple[str, ...]:
    bases = swept_families(operator, profile) if operator in views() else ()
    if profile == "quick":
        bases = halved(operator, bases, 0, PLACED)
    return (SCHEMA, *bases) if operator in schema_operators() else bases


def _cases(operator: str, family: str, profile: str) -> Iterator[Case | SchemaCase]:
    if family == SCHEMA:
        return iter([SchemaCase(operator)])
    return generate.cases(operator, family, profile)


VIEWMETA = Suite(
    name="viewmeta",
    level=4,
    summary="torchgen's API and the ViewMeta classes; the base that a view's inverse gives, in three return modes",
    operators=_operators,
    families=_families,
    cases=_cases,
    targets=("torchgen", "live-class", "inverse", "inverse-scatter", "inverse-copy"),
    rules=tuple(rule.name for rule in (*viewmeta.RULES, *inverse.RULES)),
)

"""The reference's answers on a module before it is exported: which copy a call becomes, or that it is refused."""

from __future__ import annotations

from viewproof.catalog.overloads import resolve
from viewproof.exported.modules import ModuleCase
from viewproof_reference.replacements.view_to_copy import NoCopyVariant, copy_of, is_view
from viewproof_suites.passes.answers import PassAnswers


def expected_answers(case: ModuleCase) -> PassAnswers:
    """`copies`: the overload that the pass puts there, or `none`; `refusal`: `accepted`, or what it must name."""
    if case.call is None:
        return PassAnswers()
    operator = resolve(case.operator)
    if not is_view(operator):
        return PassAnswers({"copies": "none", "refusal": "accepted"})
    try:
        return PassAnswers({"copies": str(copy_of(operator)), "refusal": "accepted"})
    except NoCopyVariant:
        return PassAnswers({"copies": "none", "refusal": f"refused, naming {operator}"})


def is_refused(operator: str, words: frozenset[str], decomposed: bool = False) -> bool:
    """Whether the reference refuses modules of this operator (`aten.real.default`, `module.cond`) and these words."""
    if operator.startswith("module."):
        return "refused" in words or ("composite" in words and not decomposed)
    return not decomposed and is_view(resolve(operator)) and not _has_copy(operator)


def _has_copy(operator: str) -> bool:
    try:
        copy_of(resolve(operator))
    except NoCopyVariant:
        return False
    return True

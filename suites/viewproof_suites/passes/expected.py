"""Which modules the reference's pass refuses, known before they are exported."""

from __future__ import annotations

from viewproof.catalog.overloads import resolve
from viewproof_reference.replacements.view_to_copy import NoCopyVariant, copy_of, is_view


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

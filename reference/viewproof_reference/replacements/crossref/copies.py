"""The facts that an output must have where functionalization makes views copies, computed from the fake output's."""

from __future__ import annotations

from typing import Any

from torch._ops import OpOverload

from viewproof_reference.layout.model import contiguous_strides
from viewproof_reference.replacements.crossref.facts import Facts


def becomes_copy(op: OpOverload[..., Any]) -> bool:
    """Whether the operator is a view by its schema: an argument is aliased by what is returned, and none is written."""
    schema = op._schema
    if any(one.alias_info is not None and one.alias_info.is_write for one in schema.arguments):
        return False
    return any(one.alias_info is not None for one in schema.returns)


def as_copy(facts: Facts) -> Facts:
    """The facts of a row-major copy: the same size, offset 0, no conj or neg bit."""
    return facts._replace(stride=contiguous_strides(tuple(facts.size)), offset=0, conj=False, neg=False)

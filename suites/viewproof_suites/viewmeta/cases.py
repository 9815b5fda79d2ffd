"""`schema(aten.select.int)`: an overload's schema, and what is derived from its text alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewproof.cases.scan import CaseSyntaxError

_OVERLOAD = re.compile(r"[A-Za-z_]\w*\.\w+\.\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class SchemaCase:
    """The schema of the overload `operator` (`aten.select.int`)."""

    operator: str


def read_schema(text: str) -> SchemaCase:
    if _OVERLOAD.fullmatch(text) is None:
        whole, wanted = f"schema({text})", "an overload such as aten.slice.Tensor"
        raise CaseSyntaxError(whole, len("schema(") + 1, wanted, repr(text))
    return SchemaCase(text)


def write_schema(case: SchemaCase) -> str:
    return case.operator

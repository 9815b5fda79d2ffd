"""`schema(aten.select.int)`: an overload's schema, and what is derived from its text alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewproof.cases.kinds import Kind, register_kind
from viewproof.cases.scan import CaseSyntaxError

_OVERLOAD = re.compile(r"[A-Za-z_]\w*\.\w+\.\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class SchemaCase:
    """The schema of the overload `operator` (`aten.select.int`)."""

    operator: str


def _read(text: str) -> SchemaCase:
    if _OVERLOAD.fullmatch(text) is None:
        whole, wanted = f"schema({text})", "an overload such as aten.slice.Tensor"
        raise CaseSyntaxError(whole, len("schema(") + 1, wanted, repr(text))
    return SchemaCase(text)


def _write(case: SchemaCase) -> str:
    return case.operator


register_kind(Kind("schema", SchemaCase, _read, _write))

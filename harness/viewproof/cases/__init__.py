"""Cases: one call each, whose name is the call itself."""

from __future__ import annotations

from viewproof.cases.model import (
    AnyTensorArgument,
    Case,
    DualArgument,
    NestedArgument,
    SparseArgument,
    TensorArgument,
    operand,
)
from viewproof.cases.parse import parse_case
from viewproof.cases.scan import CaseSyntaxError
from viewproof.cases.text import format_argument, format_case, tight_elements

__all__ = [
    "AnyTensorArgument",
    "Case",
    "CaseSyntaxError",
    "DualArgument",
    "NestedArgument",
    "SparseArgument",
    "TensorArgument",
    "format_argument",
    "format_case",
    "operand",
    "parse_case",
    "tight_elements",
]

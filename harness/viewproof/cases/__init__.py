"""Cases: one call each, whose name is the call itself."""

from viewproof.cases.model import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof.cases.parse import parse_case
from viewproof.cases.scan import CaseSyntaxError
from viewproof.cases.text import format_argument, format_case

__all__ = [
    "Case", "CaseSyntaxError", "DualArgument", "NestedArgument", "SparseArgument", "TensorArgument",
    "format_argument", "format_case", "parse_case",
]  # fmt: skip

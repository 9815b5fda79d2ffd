"""`pour(float32[2,3])`: one call of the vendor's operator, named by its operand."""

from __future__ import annotations

from dataclasses import dataclass

from viewproof.cases import Case, CaseSyntaxError, format_argument, parse_case
from viewproof.cases.kinds import Kind
from viewproof.cases.model import TensorArgument


@dataclass(frozen=True, slots=True)
class PourCase:
    """The operator called on `operand`, a strided tensor."""

    operand: TensorArgument

    @property
    def operator(self) -> str:
        return "teapot.pour.default"


def read(text: str) -> PourCase:
    try:
        call: Case = parse_case(f"teapot.pour.default({text})")
    except CaseSyntaxError as error:
        raise CaseSyntaxError(f"pour({text})", len("pour(") + 1, "a tensor such as float32[2,3]", repr(text)) from error
    return PourCase(call.args[0])


def write(case: PourCase) -> str:
    return format_argument(case.operand, ())


POUR = Kind("pour", PourCase, read, write, lambda _: None)

"""`sample(aten.addmm.default(float32[2,3], ...))`: one call of any overload; `samples(aten.addmm.default)`: all.

The call is written as a case is, with what the arguments of other operators need beside: quoted texts, and tensors
whose contents lie in a domain, such as `unit(float32[3])`. The grammar is in docs/contract.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isqrt, prod
from typing import Any

from viewproof.cases.model import Case, TensorArgument
from viewproof.cases.parse import CaseParser
from viewproof.cases.scan import CaseSyntaxError
from viewproof.cases.text import format_argument
from viewproof_reference.layout.dtypes import DTYPES

#: What the numbers of a tensor are, where its operator wants something special of them.
DOMAINS = {
    "unit": "between 0 and 1",
    "above": "between 1 and 3",
    "ascending": "ascending along the last dimension",
    "spd": "symmetric (Hermitian) and positive definite in the last two dimensions",
    "triangular": "lower triangular in the last two dimensions, its diagonal above 0",
    "invertible": "well-conditioned matrices in the last two dimensions, or, where these are not square, in all",
}
#: The domains of square matrices, and those of them that lie in the last two dimensions alone.
MATRICES = frozenset({"spd", "triangular", "invertible"})
_IN_LAST_TWO = MATRICES - {"invertible"}
_DOMAIN = re.compile(rf"({'|'.join(DOMAINS)})\(", re.ASCII)
_TEXT = re.compile(r"'([^'\\\n]*)'")
_OVERLOAD = re.compile(r"[A-Za-z_]\w*\.\w+\.\w+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Text:
    """A string argument, which a bare word (a dtype, a layout, a device) is not."""

    value: str


@dataclass(frozen=True, slots=True)
class DomainTensor:
    """A tensor whose numbers lie in `domain`, a key of DOMAINS."""

    domain: str
    tensor: TensorArgument


@dataclass(frozen=True, slots=True)
class SampleCase:
    """One call of an overload; its arguments are those of a case, or `Text` and `DomainTensor`.

    `args` and `kwargs` are the call's, so that what is asked of a case's first operand can be asked of a sample's.
    """

    call: Case

    @property
    def operator(self) -> str:
        return self.call.operator

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments, a domain's tensor in its place; `(None,)` where there are none."""
        return tuple([one.tensor if type(one) is DomainTensor else one for one in self.call.args]) or (None,)

    @property
    def kwargs(self) -> tuple[tuple[str, Any], ...]:
        return self.call.kwargs

    @property
    def storages(self) -> tuple[tuple[str, int], ...]:
        return self.call.storages


@dataclass(frozen=True, slots=True)
class SampledCase:
    """All samples of `operator` as one subject, for what at least one of them must show. It has no operands."""

    operator: str

    @property
    def args(self) -> tuple[None]:
        return (None,)

    @property
    def kwargs(self) -> tuple[()]:
        return ()

    @property
    def storages(self) -> tuple[()]:
        return ()


def tensors_in(value: Any) -> Iterator[TensorArgument]:
    """The tensors of an argument of a sample, those of a domain and of a list among them, in their order."""
    if type(value) is TensorArgument:
        yield value
    elif type(value) is DomainTensor:
        yield value.tensor
    elif type(value) is tuple:
        for one in value:
            yield from tensors_in(one)


def tensors_of(call: Case) -> list[TensorArgument]:
    """The tensors of a sample's call, in the order of its arguments."""
    return list(tensors_in((call.args, tuple([value for _, value in call.kwargs]))))


class _SampleParser(CaseParser):
    """Reads a call with texts and domains among its arguments."""

    __slots__ = ()

    def argument(self) -> Any:
        if self.text.startswith("'", self.at):
            text = _TEXT.match(self.text, self.at)
            if text is None:
                self.fail("a text in quotes, without a backslash")
            self.at = text.end()
            return Text(text[1])
        found = _DOMAIN.match(self.text, self.at)
        if found is None:
            return super().argument()
        self.at = found.end()
        start = self.at
        tensor = self.tensor()
        fault = _unfit(found[1], tensor)
        if fault:
            self.fail(*fault, start)
        self.close()
        return DomainTensor(found[1], tensor)


def _unfit(domain: str, tensor: TensorArgument) -> tuple[str, str] | None:
    layout = tensor.layout
    if tensor.values is not None:
        return f"a tensor without known values in {domain}()", "known values"
    if domain in MATRICES and not _is_square(domain, layout.size):
        return f"square matrices in {domain}()", str(list(layout.size))
    kinds = ("float", "complex") if domain != "ascending" else ("float", "int", "uint")
    if DTYPES[layout.dtype].kind not in kinds:
        return f"a dtype of kind {' or '.join(kinds)} in {domain}()", layout.dtype
    return None


def _is_square(domain: str, size: tuple[int, ...]) -> bool:
    if len(size) < 2:
        return False
    count = prod(size)
    return size[-1] == size[-2] or (domain not in _IN_LAST_TWO and isqrt(count) ** 2 == count > 0)


def format_sample(call: Case) -> str:
    """The text of a sample's call. Raises ValueError for a value that no sample can spell."""
    parts = [_spell(value, call.storages) for value in call.args]
    parts += [f"{name}={_spell(value, call.storages)}" for name, value in call.kwargs]
    declared = "".join(f"${index}={dtype}@{count}; " for index, (dtype, count) in enumerate(call.storages))
    return f"{declared}{call.operator}({', '.join(parts)})"


def _spell(value: Any, storages: tuple[tuple[str, int], ...]) -> str:
    kind = type(value)
    if kind is Text:
        if _TEXT.fullmatch(f"'{value.value}'") is None:
            raise ValueError(f"sample argument: wanted a text without quotes and backslashes, got {value.value!r}")
        return f"'{value.value}'"
    if kind is DomainTensor:
        if value.domain not in DOMAINS:
            raise ValueError(f"sample argument: wanted a domain of {', '.join(DOMAINS)}, got {value.domain!r}")
        return f"{value.domain}({format_argument(value.tensor, storages)})"
    if kind is tuple:
        return f"[{','.join([_spell(item, storages) for item in value])}]"
    return format_argument(value, storages)


def parse_sample(text: str) -> SampleCase:
    """The sample whose call is `text`. Raises CaseSyntaxError."""
    return SampleCase(_SampleParser(text).case())


def read_sample(text: str) -> SampleCase:
    try:
        return parse_sample(text)
    except CaseSyntaxError as error:
        column = error.column + len("sample(")
        raise CaseSyntaxError(f"sample({text})", column, error.wanted, error.got) from error


def write_sample(case: SampleCase) -> str:
    return format_sample(case.call)


def read_sampled(text: str) -> SampledCase:
    if _OVERLOAD.fullmatch(text) is None:
        raise CaseSyntaxError(
            f"samples({text})", len("samples(") + 1, "an overload such as aten.add.Tensor", repr(text)
        )
    return SampledCase(text)


def write_sampled(case: SampledCase) -> str:
    return case.operator

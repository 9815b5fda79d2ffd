"""Measures how far rounding could decide a sample's result: factored matrices, compared values, results that move.

Two machines may add in different orders, or round a logarithm differently. Where a sample is sensitive to that, its
verdict depends on the machine and not on torch alone. The tests check all samples against bounds of these measures, and
the harvest keeps no call that exceeds them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from viewproof.cases.model import Case
from viewproof.catalog.overloads import resolve
from viewproof.samples.build import BuiltSample, build_sample
from viewproof.samples.cases import tensors_of
from viewproof.samples.closeness import tolerances_apart
from viewproof.samples.run import SampleRun, run_sample

Call = Callable[..., Any]

#: Packets, without underscores around them, that factor a matrix, solve by one, or take its spectrum, with the place
#: of that matrix among their arguments.
_FACTORING = {
    **dict.fromkeys((
        "cholesky", "cholesky_inverse", "geqrf", "inverse", "linalg_cholesky_ex", "linalg_det", "linalg_eig",
        "linalg_eigh", "linalg_eigvals", "linalg_inv_ex", "linalg_ldl_factor_ex", "linalg_ldl_solve", "linalg_lstsq",
        "linalg_lu", "linalg_lu_factor_ex", "linalg_lu_solve", "linalg_pinv", "linalg_qr", "linalg_slogdet",
        "linalg_solve_ex", "linalg_solve_triangular", "linalg_svd", "lu_with_info",
    ), 0),
    **dict.fromkeys(("cholesky_solve", "cholesky_solve_helper", "triangular_solve"), 1),
}  # fmt: skip
#: Packets that decide by which of two numbers is the greater, and those that put numbers in order.
_COMPARING = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "maximum", "minimum", "fmax", "fmin"})
_SORTING = frozenset({
    "sort", "argsort", "msort", "topk", "kthvalue", "median", "nanmedian", "mode", "max", "min", "amax", "amin",
    "argmax", "argmin", "aminmax", "cummax", "cummin", "unique_dim", "unique_consecutive",
})  # fmt: skip
#: The tolerance of a scalar that is returned, which the rules compare whole.
_SCALARS_APART = 1e-5
#: The dtypes whose numbers have near neighbours, to which they are moved.
_WITH_NEIGHBOURS = frozenset({"float32", "float64", "complex64", "complex128"})
_WIDE = {False: torch.float64, True: torch.complex128}


class KernelTrace(NamedTuple):
    """What is recorded of the kernels that a call reaches.

    `matrices` are those that were handed to linear algebra, each with the overload, [rows, columns] in float64 or
    complex128. `gaps` are the smallest differences, other than 0, of numbers that were compared or sorted, relative to
    the greater.
    """

    matrices: list[tuple[str, torch.Tensor]]
    gaps: list[tuple[str, float]]


class _KernelWatch(TorchDispatchMode):
    """A dispatch mode that records the matrices and comparisons of the calls under it."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.met = KernelTrace([], [])

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func)
        packet = name.split(".")[1].strip("_")
        if packet in _FACTORING:
            self.met.matrices.extend([(name, one) for one in _matrices(args[_FACTORING[packet]])])
        elif packet in _COMPARING and len(args) > 1:
            self._gap(name, _apart(args[0], args[1]))
        elif packet in _SORTING and args:
            self._gap(name, _spaced(args[0]))
        return func(*args, **(kwargs or {}))

    def _gap(self, name: str, differences: torch.Tensor | None) -> None:
        if differences is not None:
            found = differences[(differences > 0) & differences.isfinite()]
            if found.numel():
                self.met.gaps.append((name, float(found.min())))


def _floats(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point() and value.layout is torch.strided


def _apart(one: Any, other: Any) -> torch.Tensor | None:
    """How far the two operands of a comparison lie apart, broadcast; None where no floats are compared."""
    if not (_floats(one) or _floats(other)) or not (_number(one) and _number(other)):
        return None
    here, there = [torch.as_tensor(value, dtype=torch.float64) for value in (one, other)]
    return (here - there).abs() / torch.maximum(here.abs(), there.abs())


def _number(value: Any) -> bool:
    return isinstance(value, int | float) or (isinstance(value, torch.Tensor) and value.layout is torch.strided)


def _spaced(value: Any) -> torch.Tensor | None:
    if not _floats(value) or value.numel() < 2:
        return None
    ordered: torch.Tensor = value.detach().double().flatten().sort().values
    return ordered.diff() / torch.maximum(ordered[1:].abs(), ordered[:-1].abs())


def _matrices(value: torch.Tensor) -> Iterator[torch.Tensor]:
    """The matrices that a tensor holds in its last two dimensions, none where one of these is less than 2."""
    if value.layout is torch.strided and value.dim() > 1 and min(value.shape[-2:]) > 1 and value.numel():
        plain = value.detach().resolve_conj().resolve_neg().to(_WIDE[value.is_complex()])
        yield from plain.reshape(-1, *plain.shape[-2:])


def watched(call: Call) -> tuple[Call, KernelTrace]:
    """`call`'s result and its trace: composites are taken apart, down to the calls that reach a kernel."""
    watching = _KernelWatch()

    def watching_call(*args: Any, **kwargs: Any) -> Any:
        with watching:
            return call(*args, **kwargs)

    return watching_call, watching.met


def moved(case: Case, salts: tuple[int, ...] = (1, 2)) -> tuple[float, str]:
    """How far the results move when each number of the operands is exchanged for its neighbour, up or down.

    In tolerances of the rule on values, and which result it is: below 1 what rounding does to the operands cannot be
    seen. Infinite where the call raises or not, or gives another integer, size or NaN. Numbers of 16 bits and less have
    no near neighbour and are left as they are. Of several `salts`, each another choice of ups and downs, the worst.
    """
    overload = resolve(case.operator)
    several = len(overload._schema.returns) > 1
    still = run_sample(overload, build_sample(case), several)
    found = [_distance(still, run_sample(overload, jolted(case, salt), several)) for salt in salts]
    return max(found)


def jolted(case: Case, salt: int) -> BuiltSample:
    """The call's arguments, each number of float32, float64 and their complex kin exchanged for its neighbour.

    Zeros stay, and so do numbers that the case spells out.
    """
    built = build_sample(case)
    for number, (argument, (_, tensor)) in enumerate(zip(tensors_of(case), built.operands, strict=True)):
        flat = torch.empty(0, dtype=tensor.dtype).set_(tensor.untyped_storage())
        real = torch.view_as_real(flat) if flat.is_complex() and flat.dtype is not torch.complex32 else flat
        if real.dtype in (torch.float32, torch.float64) and real.numel() and argument.values is None:
            ups = [(place * 0x9E3B + number * 0x79B9 + salt * 0x6F4F) >> 7 & 1 for place in range(real.numel())]
            towards = torch.tensor(ups, dtype=real.dtype).reshape(real.shape) * 20 - 10
            real.copy_(torch.where(real == 0, real, real.nextafter(towards)))
    return built


def _end(ran: SampleRun) -> str:
    return ran.structure if ran.raised is None else ran.raised.classes[0]


def _distance(one: SampleRun, other: SampleRun) -> tuple[float, str]:
    if (_end(one), len(one.tensors)) != (_end(other), len(other.tensors)):
        return math.inf, f"{_end(one)} becomes {_end(other)}"
    # An operand that was not moved moves no result: only moved ones allow for a result of a finer dtype.
    coarsest = _WITH_NEIGHBOURS.intersection([left.dtype for left in one.before])
    found = [(0.0, "")]
    for place, (here, there) in enumerate(zip(one.tensors, other.tensors, strict=True)):
        if here.size != there.size:
            return math.inf, f"tensor {place}: size {list(here.size)} becomes {list(there.size)}"
        found.append((tolerances_apart(here.dtype, here.data, there.data, coarsest), f"tensor {place}"))
    for here, there in zip(one.scalars, other.scalars, strict=True):
        if repr(here) != repr(there):
            inexact = isinstance(here, float | complex) and type(here) is type(there)
            found.append((abs(here - there) / _SCALARS_APART if inexact else math.inf, "scalar"))
    return max(found)

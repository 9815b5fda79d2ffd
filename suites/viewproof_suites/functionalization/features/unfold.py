"""Features of unfold's inverse in a program: whether `unfold_backward` gives the base that the program wrote."""

from __future__ import annotations

from functools import lru_cache

import torch

from viewproof.cases.model import Case
from viewproof.contract.features import FLOAT8, UNSIGNED, Features
from viewproof.evidence.expectation import Expectation
from viewproof.tensors.facts import DTYPE_WORD
from viewproof_reference.layout import DTYPES, Layout, element_count
from viewproof_reference.layout.positions import positions
from viewproof_suites.functionalization.program import MutatingProgram, strided_program

FEATURES = Features()

_TORCH = {word: dtype for dtype, word in DTYPE_WORD.items()}
#: Dtypes without a kernel to sum windows longer than their step: the program raises, so that no feature holds.
_NO_SUM = UNSIGNED | FLOAT8 | {"complex32"}


def _numbers(values: list[int], dtype: str) -> bytes:
    return bytes(torch.tensor(values, dtype=torch.int64).to(_TORCH[dtype]).view(torch.uint8).tolist())


@lru_cache(maxsize=4096)
def _windows(base: Layout, dim: int, size: int, step: int) -> tuple[int, ...]:
    """For each element of the windows, the row-major index of the base's element that it views."""
    laid = torch.arange(element_count(base.size)).reshape(base.size)
    return tuple(laid.unfold(dim, size, step).reshape(-1).tolist())


def _folded(base: Layout, written: bytes, shown: tuple[int, ...], constant: bool) -> bytes:
    """The base's element bytes that unfold_backward gives: zeros, and the windows added to them.

    Windows that share an element hold one constant, 2: an element of n windows gets n times that.
    """
    count = element_count(base.size)
    if constant:
        times = [0] * count
        for index in shown:
            times[index] += 1
        return _numbers([2 * number for number in times], base.dtype)
    width = DTYPES[base.dtype].itemsize
    found = bytearray(count * width)
    for place, index in enumerate(shown):
        found[index * width : (index + 1) * width] = written[place * width : (place + 1) * width]
    return bytes(found)


def _fold(case: Case, program: MutatingProgram) -> tuple[bytes, tuple[int, ...]] | None:
    """The base's bytes that the inverse gives, and `_windows` of the case's view; None if the inverse raises."""
    dim, size, step = case.args[1:4]
    base, view = program.base, program.layouts[0]
    if size > step and base.dtype in _NO_SUM:
        return None
    shown = _windows(base._replace(stride=(), offset=0), dim, size, step)
    return _folded(base, program.reads[1], shown, len(set(positions(view))) < len(shown)), shown


@FEATURES.feature("unfold-folds-otherwise")
def _folds_otherwise(case: Case, expectation: Expectation) -> bool:
    """unfold_backward of the written windows does not give the base that the program wrote.

    It starts from zeros, so that an element of no window becomes 0, and it sums windows that share an element.
    """
    program = strided_program(case, expectation)
    if program is None:
        return False
    fold = _fold(case, program)
    return fold is not None and fold[0] != program.reads[0]


@FEATURES.feature("unfold-adds-windows")
def _adds_windows(case: Case, expectation: Expectation) -> bool:
    """The windows, taken again from unfold_backward's base, hold sums and not what was written to them."""
    program = strided_program(case, expectation)
    fold = None if program is None else _fold(case, program)
    if program is None or fold is None:
        return False
    width = DTYPES[program.base.dtype].itemsize
    again = b"".join([fold[0][index * width : (index + 1) * width] for index in fold[1]])
    return again != program.reads[1]

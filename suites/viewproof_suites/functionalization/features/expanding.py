"""Features of expand's inverse: whether `base + sum(mutated - base)` is, bit for bit, what was written."""

from __future__ import annotations

import torch

from viewproof.cases.model import Case
from viewproof.contract.features import FLOAT8, UNSIGNED, Features
from viewproof.evidence.expectation import Expectation
from viewproof.tensors.facts import DTYPE_WORD
from viewproof_reference.layout import DTYPES, Layout, Size, element_count
from viewproof_reference.layout.positions import read_bytes
from viewproof_reference.programs import resolved
from viewproof_suites.functionalization.program import MutatingProgram, strided_program

FEATURES = Features()

_TORCH = {word: dtype for dtype, word in DTYPE_WORD.items()}
#: Torch cannot add these dtypes, nor subtract bools: the program raises, so that no feature of its values holds.
_REFUSED = UNSIGNED | FLOAT8 | {"bool"}


def _tensor(content: bytes, size: Size, dtype: str) -> torch.Tensor:
    return torch.frombuffer(bytearray(content), dtype=_TORCH[dtype]).reshape(size)


def _sums(program: MutatingProgram) -> bool:
    # Where sizes are equal there is nothing to sum; torch sums a scalar all the same.
    base, view = program.base, program.layouts[0]
    return element_count(view.size) > 0 and (view.size != base.size or base.size == ())


def _adds_otherwise(program: MutatingProgram) -> bool:
    base, view = program.base, program.layouts[0]
    if base.dtype in _REFUSED or not program.reads[0] or not program.reads[1]:
        return False
    if base.dtype == "complex32" and _sums(program):
        return False  # no kernel sums it: the program raises
    flat = Layout(base.size, base.stride, base.offset, base.dtype, False, False, base.storage_bytes)
    before = _tensor(resolved(base, read_bytes(flat, program.fill)), base.size, base.dtype)
    written = _tensor(program.reads[1], view.size, base.dtype)
    # The inverse's definition, computed by torch in the base's dtype, so that it rounds as the inverse does.
    difference = written - before
    folded = difference.sum_to_size(base.size) if _sums(program) else difference
    # A sum of small integers is wider than they are; the base takes its lowest bits.
    found = (before + folded).to(before.dtype).contiguous()
    width = DTYPES[base.dtype].itemsize
    return bytes(found.reshape(-1).view(torch.uint8).tolist()) != program.reads[0][: found.numel() * width]


def _program(case: Case, expectation: Expectation) -> MutatingProgram | None:
    program = strided_program(case, expectation)
    return program if program is not None and len(program.layouts) == 1 else None


@FEATURES.feature("expand-adds-otherwise")
def _expand_adds_otherwise(case: Case, expectation: Expectation) -> bool:
    """The inverse of expand, applied to what the case's program writes, gives a base that differs from it."""
    program = _program(case, expectation)
    return program is not None and _adds_otherwise(program)


@FEATURES.feature("expand-sums")
def _expand_sums(case: Case, expectation: Expectation) -> bool:
    """The inverse of expand has something to sum: a repeated element, or a scalar."""
    program = _program(case, expectation)
    return program is not None and _sums(program)

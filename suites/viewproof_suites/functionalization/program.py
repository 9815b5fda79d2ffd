"""The mutating program of a case: what it writes, and what each of its reads must give. No torch.

The values are made like the fillings (patterns.py): the base starts with bytes 1 to 64, writes through the views have
bytes 129 to 192, the write to the base 65 to 123, so that a byte tells which write was last. No element is NaN in any
dtype. Where a bool is read or written, bytes are 0 and 1, and a write is the complement of what was there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from viewproof.cases.model import Case, TensorArgument, operand
from viewproof.evidence.expectation import Expectation, expect
from viewproof.tensors.fillings import ALPHABET, fillings
from viewproof_reference.layout import DTYPES, Layout, Output, element_count
from viewproof_reference.layout.algebra import is_contiguous
from viewproof_reference.layout.positions import positions
from viewproof_reference.programs import (
    ProgramBytes,
    Step,
    as_tuple,
    copied_base,
    overlaps,
    resolved,
    run_program,
    steps,
)

_FOR_BASE = 59
#: Made for `reshape` alone, which gives it strides that fit; with others a copy of its base has no such element.
_UNCHECKED = frozenset({"aten._reshape_alias.default"})
#: The exponent's bias and the number of mantissa bits of each float dtype (c10/util/Float8_*.h, Half.h, BFloat16.h).
_FLOATS = {
    "float16": (15, 10), "bfloat16": (127, 7), "float32": (127, 23), "float64": (1023, 52), "float8_e4m3fn": (7, 3),
    "float8_e5m2": (15, 2), "float8_e4m3fnuz": (8, 3), "float8_e5m2fnuz": (16, 2), "float8_e8m0fnu": (127, 0),
}  # fmt: skip

#: In-place view operators that leave size and strides alone; this one refuses a view.
_KEEPS_METADATA = frozenset({"aten.detach_.default"})

Recorded = tuple[tuple[str, tuple[Any, ...]], ...]


class MutatingProgram(NamedTuple):
    """A case's program: the base it starts from, the views that it takes, and what reading them must give.

    `outputs` are the views of the base (of its row-major copy, where `copies`); `constant` says which of them overlap
    themselves and take one value. `aliases` says that the program takes an alias of its base and gives that to the
    operator, which changes its operand's metadata. `seen` holds the bytes, `reads` all reads in order: the base, each
    view, each view after the base was written. `case` is the case whose call takes the views.
    """

    case: Case
    base: Layout
    copies: bool
    aliases: bool
    fill: bytes
    outputs: tuple[Output, ...]
    layouts: tuple[Layout, ...]
    constant: tuple[bool, ...]
    seen: ProgramBytes
    reads: tuple[bytes, ...]


@lru_cache(maxsize=1024)
def _spelled(count: int, width: int, start: int, low: int, letters: int) -> bytes:
    # Like patterns.py: the first two bytes hold the element's index, the others mix the index and the byte's place.
    content = bytearray(count * width)
    for byte in range(count * width):
        element, place = divmod(byte + start * width, width)
        digit = element if place == 0 else element // letters + 1 if place == 1 else element * 5 + place * 11
        content[byte] = low + digit % letters
    return bytes(content)


def two(dtype: str) -> bytes:
    """The bytes of the number 2 in `dtype`, of True in bool: the constant that an overlapping view takes."""
    row = DTYPES[dtype]
    if row.kind == "bool":
        return b"\x01"
    if row.real is not None:
        return two(row.real) + bytes(row.itemsize // 2)
    if row.kind != "float":
        return (2).to_bytes(row.itemsize, "little")
    bias, mantissa = _FLOATS[dtype]
    return ((bias + 1) << mantissa).to_bytes(row.itemsize, "little")


def _complement(layout: Layout, found: bytes) -> bytes:
    # The stored bytes are 0 and 1; `found` shows them negated under a neg bit, and so must the result be.
    held = resolved(layout, found)
    if max(held, default=0) > 1:
        raise IndexError(f"wanted bytes 0 and 1 under a bool, got {held.hex()}")
    return resolved(layout, bytes([1 - value for value in held]))


def _written(index: int, layout: Layout, found: Callable[[], bytes], bits: bool) -> bytes:
    if index >= 0 and overlaps(layout):
        return two(layout.dtype)
    if bits:
        return _complement(layout, found())
    width = DTYPES[layout.dtype].itemsize
    count = element_count(layout.size)
    if index < 0:
        return _spelled(count, width, 0, ALPHABET + 1, _FOR_BASE)
    return _spelled(count, width, 7 * index, 129, ALPHABET)


def _operand_layout(case: Case) -> Layout:
    first = case.args[0]
    if type(first) is not TensorArgument:
        raise ValueError(f"{case.operator}: wanted a strided base, got {type(first).__name__}")
    return first.layout


def _on_copy(case: Case, base: Layout) -> Case:
    first = TensorArgument(copied_base(base))
    return Case(case.operator, (first, *case.args[1:]), case.kwargs, case.storages)


@lru_cache(maxsize=16384)
def _shown(base: Layout, fill: bytes, outputs: tuple[Output, ...], copies: bool, bits: bool) -> ProgramBytes:
    """`run_program` with this module's values. Cached, since many operators give the same views of a base."""
    return run_program(
        base, fill, outputs, lambda index, layout, found: _written(index, layout, found, bits), copies=copies
    )


def program_of(case: Case, expectation: Expectation, inplace: bool) -> MutatingProgram | None:
    """The program of a case, None where it has none.

    It has none where an output is not strided, reaches past its storage, or would read as a bool what is neither 0
    nor 1; where the base overlaps itself, so that the program copies it first, and the call is refused on the copy;
    and where an operator that does not check its arguments is given a base that is not row-major, or strides that no
    reshape would give.
    """
    base = _operand_layout(case)
    copies = overlaps(base)
    if copies:
        case = _on_copy(case, base)
        expectation = expect(case)
    outputs = expectation.outputs
    if outputs is None or not all(type(one.layout) is Layout for one in outputs):
        return None
    layouts: tuple[Layout, ...] = tuple([one.layout for one in outputs])  # type: ignore[misc]
    operand_layout = copied_base(base) if copies else base
    if case.operator in _UNCHECKED and not (
        is_contiguous(operand_layout.size, operand_layout.stride)
        and all(positions(one) == positions(operand_layout) for one in layouts)
    ):
        return None
    bits = base.dtype == "bool" or any(one.dtype == "bool" for one in layouts)
    rows = fillings(base.storage_bytes, "bool" if bits else base.dtype)
    fill = rows[0] if base.storage_bytes else b""
    try:
        seen = _shown(base, fill, outputs, copies, bits)
    except IndexError:
        return None
    constant = tuple([overlaps(one) for one in layouts])
    reads = (seen.base, *seen.views, *seen.later)
    aliases = inplace and case.operator not in _KEEPS_METADATA
    return MutatingProgram(case, base, copies, aliases, fill, outputs, layouts, constant, seen, reads)


#: The programs of the cases that were asked last: several targets run the same one, and the suite asks first.
_PROGRAMS: dict[Case, MutatingProgram | None] = {}
_MOST = 4096
_MOST_BYTES = 1 << 26
"""How many programs are kept at most, and how many bytes of bases in them: those of a user's program may be large."""
_kept_bytes = 0


def kept_program(case: Case, expectation: Expectation, inplace: bool) -> MutatingProgram | None:
    """`program_of`, computed once for equal cases as long as it is kept."""
    global _kept_bytes
    if case in _PROGRAMS:
        return _PROGRAMS[case]
    found = program_of(case, expectation, inplace)
    _kept_bytes += 0 if found is None else len(found.fill)
    if len(_PROGRAMS) >= _MOST or _kept_bytes > _MOST_BYTES:
        _PROGRAMS.clear()
        _kept_bytes = 0
    _PROGRAMS[case] = found
    return found


def strided_program(case: Case, expectation: Expectation, inplace: bool = False) -> MutatingProgram | None:
    """`kept_program` of a case on a strided base, None on another."""
    return kept_program(case, expectation, inplace) if type(case.args[0]) is TensorArgument else None


def steps_of(program: MutatingProgram) -> tuple[tuple[Step, ...], ...]:
    """The view steps that each output must carry, from the base on."""
    case = program.case
    base = copied_base(program.base) if program.copies else program.base
    args = [operand(one) for one in case.args[1:]]
    kwargs = {name: operand(value) for name, value in case.kwargs} if case.kwargs else {}
    return steps(case.operator, base, args, kwargs, program.outputs)


def recorded(program: MutatingProgram, reapply: bool) -> tuple[Recorded, ...]:
    """`steps_of` as (class, attributes), as they are where views are reapplied or become copies."""
    return tuple([tuple([(step.name, as_tuple(step, reapply)) for step in row]) for row in steps_of(program)])

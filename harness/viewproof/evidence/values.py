"""The probe `values`: what each output reads and writes in memory, and what became of the operands.

Every storage of an operand is filled with bytes that spell their position (tensors/fillings.py). After the call each
output's elements are read, where they lie; the operand's storage is written anew, and they are read again; zeros are
written to the output's elements, and the operand's storage is looked at. All reads and writes are of bytes in memory,
none by an operator.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from viewproof.cases.model import Case
from viewproof.evidence.components import Component, components_of, plain_component
from viewproof.evidence.probe import AnyBytes, OneOf, Probe
from viewproof.evidence.subject import Subject, sees_base, shares_version
from viewproof.tensors.fillings import fillings, one_is_enough
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output, element_count
from viewproof_reference.layout.positions import element_value, positions


class OutputValues(NamedTuple):
    """One output. Element bytes are as they are stored, row-major: conj and neg bits are facts, and not resolved.

    `width` is the size of an element in bytes. `reached` says why the elements were neither read nor written (`leaves
    its storage`), empty where they were. `reads` are the elements as the call left them: under the first filling, and
    for a copy that one filling does not tell apart also from calls under the further ones. `later` are the elements of
    the same output once the operand's storage was filled anew; None where they are as they were. `written` are the
    bytes of the operand's storage after zeros were written to the output: 1 where a byte is as it was, 0 where it is
    not. `moved`: a write to the output moves the operand's version counter. `base`: what `_base` is, `the operand`,
    `none`, `another`. Both are None where autograd does not follow the operand.
    """

    width: int
    reached: str
    reads: tuple[bytes | AnyBytes, ...]
    later: tuple[bytes | None, ...]
    written: bytes
    moved: bool | None
    base: str | OneOf | None


class OperandAfter(NamedTuple):
    """A component of an operand after the call: its metadata, the bytes of its storage, and their content.

    `kept`: it is on the storage that it was on. `content` is None where no filling was written.
    """

    name: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: str
    conj: bool
    neg: bool
    storage_bytes: int
    kept: bool
    content: bytes | None


class Values(NamedTuple):
    """What the probe shows. `operands` is empty where the call may change them (in-place operators)."""

    outputs: tuple[OutputValues, ...]
    operands: tuple[OperandAfter, ...]


#: An output whose bytes nobody looks at: it is not strided, or it is on a storage that holds given values.
UNREAD = OutputValues(0, "", (), (), b"", None, None)


class Laying(NamedTuple):
    """How the operand's storage is filled for one output: of which component, and the fillings in their order.

    The first lies there at the call. `again`: further ones than the second are shown by calls of their own, since the
    output is a copy.
    """

    source: str
    rows: tuple[bytes, ...]
    again: bool


class Scene(NamedTuple):
    """All that the probe does with a case, fixed by the case alone, and what it must show.

    `contents` holds what each filled component's storage holds at the call. An output whose laying is None is not read.
    """

    components: dict[str, Component]
    contents: dict[str, bytes]
    layings: tuple[Laying | None, ...]
    tracked: bool
    expected: Values


def scene_of(subject: Subject) -> Scene:
    """The scene of an accepted call. Worked out once a subject."""
    known: Scene | None = subject.known.get("scene")
    if known is None:
        known = subject.known["scene"] = _scene(subject)
    return known


def _components(subject: Subject) -> dict[str, Component]:
    case: Case = subject.case
    if subject.plain:
        return {"self": plain_component(case.args[0].layout)}
    return components_of(case)


def _scene(subject: Subject) -> Scene:
    outputs = subject.expectation.outputs or ()
    traits = subject.traits
    components = _components(subject)
    sources = [one.source or one.shares or "self" for one in outputs]
    as_bools = {source for source, one in zip(sources, outputs, strict=True) if one.reads and one.reads.dtype == "bool"}
    dtypes = {
        name: "bool" if name in as_bools else part.layout.dtype for name, part in components.items() if part.filled
    }
    contents: dict[str, bytes] = {}
    laid: dict[int, bytes] = {}
    for name, dtype in dtypes.items():
        part = components[name]
        content = fillings(part.storage_bytes, dtype)[0]
        if part.storage is not None:
            content = laid.setdefault(part.storage, content)
        contents[name] = content
    tracked = traits.strided and not traits.inplace
    layings: list[Laying | None] = []
    seen: list[OutputValues] = []
    for source, one in zip(sources, outputs, strict=True):
        part_ = components.get(source)
        if part_ is None or not part_.filled or type(one.layout) is not Layout:
            layings.append(None)
            seen.append(UNREAD)
            continue
        grown = traits.inplace and one.layout.storage_bytes > part_.storage_bytes
        laying, values = _sight(
            one.layout, one.reads, one.shares is not None, source, part_.storage_bytes, part_.layout.dtype,
            dtypes[source], grown,
        )  # fmt: skip
        layings.append(laying)
        if tracked:
            values = values._replace(moved=shares_version(traits, one), base=_base(subject, one))
        seen.append(values)
    operands = () if traits.inplace else tuple([_operand(name, part, contents) for name, part in components.items()])
    return Scene(components, contents, tuple(layings), tracked, Values(tuple(seen), operands))


def _base(subject: Subject, output: Output) -> str | OneOf | None:
    if output.identity:
        return None
    if sees_base(subject.traits, output):
        return "the operand"
    # A copy may be a view of an intermediate tensor of torch's, but not of the operand.
    return "none" if output.shares is not None else _NONE_OR_ANOTHER


_NONE_OR_ANOTHER = OneOf(("none", "another"))


def _operand(name: str, part: Component, contents: dict[str, bytes]) -> OperandAfter:
    size, stride, offset, dtype, conj, neg, _ = part.layout
    return OperandAfter(name, size, stride, offset, dtype, conj, neg, part.storage_bytes, True, contents.get(name))


@lru_cache(maxsize=32768)
def _sight(  # noqa: PLR0917  -- one output in its whole setting
    layout: Layout, reads: Layout | None, shared: bool, source: str, held: int, dtype: str, laid: str, grown: bool
) -> tuple[Laying, OutputValues]:
    """How the source's storage (of `held` bytes, filled as `laid`) is filled for an output, and what it must show."""
    rows = fillings(held, laid)
    width = DTYPES[layout.dtype].itemsize
    count = layout.storage_bytes if grown else held
    if reads is None or grown:
        # Computed, or on bytes that the call added: what they hold is left open, and that it stays is not.
        length = element_count(layout.size) * width
        if grown:
            written = left_by_write(layout, count)
            return Laying(source, rows[:1], False), OutputValues(
                width, "", (AnyBytes(length),), (), written, None, None
            )
        written = left_by_write(layout, count) if shared else marked_only(count)
        return Laying(source, rows[:2], False), OutputValues(
            width, "", (AnyBytes(length),), (None,), written, None, None
        )
    needed = 2 if one_is_enough(held, dtype, reads.dtype) and laid == dtype else len(rows)
    bits = reads.conj is not layout.conj, reads.neg is not layout.neg
    stored = [_expected_read(reads, bits, held, laid, which) for which in range(needed)]
    written = left_by_write(layout, count) if shared else marked_only(count)
    if shared:
        later = tuple([None if one == stored[0] else one for one in stored[1:]])
        return Laying(source, rows[:needed], False), OutputValues(width, "", (stored[0],), later, written, None, None)
    again = (stored[0], *stored[2:])
    return Laying(source, rows[:needed], needed > 2), OutputValues(width, "", again, (None,), written, None, None)


@lru_cache(maxsize=8192)
def _elements(storage_bytes: int, dtype: str, which: int, read_as: str, bits: tuple[bool, bool]) -> tuple[bytes, ...]:
    """Each element of a filling read as `read_as`, changed by these conj and neg bits."""
    row = fillings(storage_bytes, dtype)[which]
    width = DTYPES[read_as].itemsize
    reader = Layout((), (), 0, read_as, *bits, storage_bytes)
    last = storage_bytes - width
    return tuple([element_value(row[start : start + width], reader) for start in range(0, last + 1, width)])


def _expected_read(reads: Layout, bits: tuple[bool, bool], storage_bytes: int, dtype: str, which: int) -> bytes:
    places = positions(reads)
    elements = _elements(storage_bytes, dtype, which, reads.dtype, bits)
    if len(places) > 1:
        return b"".join(itemgetter(*places)(elements))
    return elements[places[0]] if places else b""


_ONES = {row.itemsize: b"\x01" * row.itemsize for row in DTYPES.values()}
_ZEROS = {row.itemsize: bytes(row.itemsize) for row in DTYPES.values()}


@lru_cache(maxsize=4096)
def marked_only(storage_bytes: int) -> bytes:
    """A storage of so many bytes that no write has reached."""
    return b"\x01" * storage_bytes


@lru_cache(maxsize=16384)
def left_by_write(layout: Layout, storage_bytes: int) -> bytes:
    """A storage after a write through the layout: bytes 1 where they are as they were, 0 elsewhere."""
    width = DTYPES[layout.dtype].itemsize
    cells = [_ONES[width]] * (storage_bytes // width)
    zero = _ZEROS[width]
    for place in positions(layout):
        cells[place] = zero
    return b"".join(cells) + b"\x01" * (storage_bytes % width)


def _expected(subject: Subject, word: str) -> Values:  # noqa: ARG001  every probe takes both
    return scene_of(subject).expected


VALUES = Probe("values", _expected)

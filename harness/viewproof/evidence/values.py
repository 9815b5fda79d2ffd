"""The probe `values`: what each output reads and writes in memory, and what became of the operands.

Every storage of an operand is filled with bytes that spell their position (tensors/fillings.py). After the call each
output's elements are read, where they lie; the operand's storage is written anew, and they are read again; zeros are
written to the output's elements, and the operand's storage is looked at. All reads and writes are of bytes in memory,
none by an operator.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

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
        outputs = subject.expectation.outputs or ()
        plain = len(outputs) == 1 and subject.plain and not subject.traits.inplace
        known = subject.known["scene"] = _plain_scene(subject, outputs[0]) if plain else _scene(subject, outputs)
    return known


class _PlainOperand(NamedTuple):
    """What a scene has of an operand that is one strided tensor on a storage of its own."""

    components: dict[str, Component]
    contents: dict[str, bytes]
    operands: tuple[OperandAfter, ...]


@lru_cache(maxsize=8192)
def _plain_operand(layout: Layout, laid: str) -> _PlainOperand:
    """That of an operand of this layout, its storage filled as `laid`. Shared by scenes, and never changed."""
    part = plain_component(layout)
    contents = {"self": fillings(part.storage_bytes, laid)[0]}
    return _PlainOperand({"self": part}, contents, (_operand("self", part, contents),))


def _plain_scene(subject: Subject, output: Output) -> Scene:
    """`_scene` of most cases: a plain one with one output that is no operand changed in place."""
    layout, shares, reads, _, _ = output
    if type(layout) is not Layout:
        return _scene(subject, (output,))
    base: Layout = subject.case.args[0].layout
    laid = "bool" if reads is not None and reads.dtype == "bool" else base.dtype
    components, contents, operands = _plain_operand(base, laid)
    laying, values = _sight(
        layout, reads, shares is not None, "self", base.storage_bytes, base.dtype, laid, False,
        shares_version(subject.traits, output), _base(subject, output),
    )  # fmt: skip
    return Scene(components, contents, (laying,), True, Values((values,), operands))


def _scene(subject: Subject, outputs: tuple[Output, ...]) -> Scene:
    traits = subject.traits
    components = components_of(subject.case)
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
            dtypes[source], grown, shares_version(traits, one) if tracked else None,
            _base(subject, one) if tracked else None,
        )  # fmt: skip
        layings.append(laying)
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
    layout: Layout,
    reads: Layout | None,
    shared: bool,
    source: str,
    held: int,
    dtype: str,
    laid: str,
    grown: bool,
    moved: bool | None,
    base: str | OneOf | None,
) -> tuple[Laying, OutputValues]:
    """How the source's storage (of `held` bytes, filled as `laid`) is filled for an output, and what it must show."""
    rows = fillings(held, laid)
    width = DTYPES[layout.dtype].itemsize
    count = layout.storage_bytes if grown else held
    written = left_by_write(layout, count) if shared or grown else marked_only(count)
    if reads is None or grown:
        # Computed, or on bytes that the call added: what they hold is left open, and that it stays is not.
        open_ = (AnyBytes(element_count(layout.size) * width),)
        shown = rows[:1] if grown else rows[:2]
        later: tuple[bytes | None, ...] = () if grown else (None,)
        return Laying(source, shown, False), OutputValues(width, "", open_, later, written, moved, base)
    needed = 2 if one_is_enough(held, dtype, reads.dtype) and laid == dtype else len(rows)
    bits = reads.conj is not layout.conj, reads.neg is not layout.neg
    stored = [_expected_read(reads, bits, held, laid, which) for which in range(needed)]
    if shared:
        later = tuple([None if one == stored[0] else one for one in stored[1:]])
        return Laying(source, rows[:needed], False), OutputValues(width, "", (stored[0],), later, written, moved, base)
    again = (stored[0], *stored[2:])
    return Laying(source, rows[:needed], needed > 2), OutputValues(width, "", again, (None,), written, moved, base)


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


def _outline(expected: Values) -> Hashable:
    """What a rule on values may look at to say whether there is anything to compare.

    Of each output: whether elements are read, which, and whether autograd follows it.
    """
    return tuple([
        (tuple([(type(one), len(one) > 0) for one in reads]), moved is None, base is None)
        for _, _, reads, _, _, moved, base in expected.outputs
    ])  # fmt: skip


VALUES = Probe("values", _expected, outline=_outline)

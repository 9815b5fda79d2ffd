"""The probes `copy` and `scatter-gradient`: what a copy, a scatter or an `out=` call leaves in every storage."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from viewproof.cases.model import Case, operand
from viewproof.evidence.components import Component, arguments_by_component, components_of
from viewproof.evidence.outputs import first_name
from viewproof.evidence.probe import ANYTHING, AnyBytes, Probe
from viewproof.evidence.subject import Subject
from viewproof.evidence.values import OperandAfter
from viewproof.tensors.fillings import fillings, one_is_enough
from viewproof.tensors.numbers import encoded
from viewproof_reference.layout import Layout, element_count
from viewproof_reference.layout.copied import Cells, held, is_out, laid_out, origins
from viewproof_reference.layout.derivative import sent
from viewproof_reference.layout.dtypes import DTYPES

Geometry = tuple[tuple[int, ...], tuple[int, ...], int, int]


class SomeBytes:
    """Equal to `content` in length and in each byte but those at the `open` places, which may be any."""

    __slots__ = ("content", "open")

    def __init__(self, content: bytes, places: frozenset[int]) -> None:
        self.content = content
        self.open = places

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, bytes) or len(other) != len(self.content):
            return False
        return all(
            one == two or place in self.open for place, (one, two) in enumerate(zip(self.content, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return f"{len(self.content)} bytes, {len(self.open)} of them any"


class CopiedOutput(NamedTuple):
    """One output of a copying call, or one out.

    `width` is the size of an element in bytes; `reached` says why the elements were not read. `elements` are their
    bytes as a reader gets them, row-major. `on` names the operand component on whose storage a new output lies.
    `kept_storage` and `geometry` are of an out: whether it has the storage that it had before, and its size, stride,
    offset (elements) and the bytes of its storage; None for a new output. Strides of an out without elements are left
    out.
    """

    width: int
    reached: str
    elements: Any
    on: str | None
    kept_storage: bool | None
    geometry: Geometry | None


class CopyRun(NamedTuple):
    """One run under one filling of the operand's storage.

    `operands` are the operand components after the call, but those on whose storage an out lies. `outs` are the bytes
    of the storages on which an out lies, as far as these went before the call, without what lies under the outs: there
    stands what was laid. `returned` says whether the call returned the very out that it
    was given, None where it returns nothing or was given none; `warned` whether it warned that an out with elements was
    resized. `together` are the pairs of new outputs that share a storage.
    """

    outputs: tuple[CopiedOutput, ...]
    operands: tuple[OperandAfter, ...]
    outs: tuple[tuple[str, bytes], ...]
    returned: bool | None
    warned: bool
    together: tuple[tuple[int, int], ...]


#: A run for each filling of the operand's storage that it takes to tell all elements apart.
Copying = tuple[CopyRun, ...]


class CopyScene(NamedTuple):
    """What is done: the content of each component's storage for each run, and what the runs must show."""

    laid: tuple[dict[str, bytes], ...]
    expected: Copying


def copy_scene(subject: Subject) -> CopyScene:
    """The scene of an accepted copying call. Worked out once a subject."""
    known: CopyScene | None = subject.known.get("copying")
    if known is None:
        known = subject.known["copying"] = _scene(subject)
    return known


def _scene(subject: Subject) -> CopyScene:
    case: Case = subject.case
    components = components_of(case)
    source = components.get("self") or next(iter(components.values()))
    read_as = next(
        (one.reads.dtype for one in subject.expectation.outputs or () if one.reads is not None), source.layout.dtype
    )
    as_bools = read_as == "bool"
    count = 1
    if not one_is_enough(source.storage_bytes, source.layout.dtype, read_as):
        count = len(fillings(source.storage_bytes, "bool" if as_bools else source.layout.dtype))
    laid = tuple([_laid(case, components, which, as_bools) for which in range(count)])
    return CopyScene(laid, tuple([_run(subject, components, one) for one in laid]))


@lru_cache(maxsize=2048)
def _mirrored(row: bytes, largest: int) -> bytes:
    # Bytes of the same range that no other operand holds at the same place.
    return bytes([largest - byte for byte in row])


def _laid(case: Case, components: dict[str, Component], which: int, as_bools: bool) -> dict[str, bytes]:
    """Each storage's content: the operand's its filling, others theirs mirrored, given values as they are given."""
    found: dict[str, bytes] = {}
    shared: dict[int, bytes] = {}
    arguments = arguments_by_component(case)
    for name, part in components.items():
        own = name.startswith("self")
        dtype = "bool" if as_bools and own else part.layout.dtype
        if part.storage is not None and part.storage in shared:
            found[name] = shared[part.storage]
            continue
        if part.filled:
            rows = fillings(part.storage_bytes, dtype)
            row = rows[which % len(rows)]
            content = row if own else _mirrored(row, 1 if dtype == "bool" else 65)
        else:
            values = arguments[name].values or ()
            content = laid_out(part.layout, [encoded(value, part.layout.dtype) for value in values])
        found[name] = content
        if part.storage is not None:
            shared[part.storage] = content
    return found


def _run(subject: Subject, components: dict[str, Component], laid: dict[str, bytes]) -> CopyRun:
    case = subject.case
    args = tuple([operand(one) for one in case.args])
    cells = held(case.operator, args, {name: operand(value) for name, value in case.kwargs}, laid)
    outs = _out_names(case)
    outputs = []
    for one, content in zip(subject.expectation.outputs or (), cells, strict=True):
        layout = one.layout
        strided = isinstance(layout, Layout)
        width = DTYPES[layout.dtype].itemsize if isinstance(layout, Layout) else 0
        elements = _elements(content, width) if strided else b""
        if outs and isinstance(layout, Layout):
            geometry = geometry_of(layout.size, layout.stride, layout.offset, layout.storage_bytes)
            outputs.append(CopiedOutput(width, "", elements, None, True, geometry))
        else:
            outputs.append(CopiedOutput(width, "", elements, None, True if outs else None, None))
    storages = {first_name(subject, name) for name in outs}
    operands, under = [], []
    for name, before in laid.items():
        if first_name(subject, name) in storages:
            under.append((name, before))
        else:
            part = components[name]
            size, stride, offset, dtype, conj, neg, _ = part.layout
            operands.append(
                OperandAfter(name, size, stride, offset, dtype, conj, neg, part.storage_bytes, True, before)
            )  # fmt: skip
    returned, warned = None, False
    if outs:
        returned = None if isinstance(dict(case.kwargs)["out"], tuple) else True
        warned = _warns(subject)
    return CopyRun(tuple(outputs), tuple(operands), tuple(under), returned, warned, ())


def _elements(content: Cells | None, width: int) -> Any:
    if content is None:
        return b""
    if None not in content:
        return b"".join(content)  # type: ignore[arg-type]
    if all(one is None for one in content):
        return AnyBytes(len(content) * width)
    # What is converted to another dtype is left open.
    places = frozenset([
        place * width + byte for place, one in enumerate(content) if one is None for byte in range(width)
    ])  # fmt: skip
    return SomeBytes(b"".join([bytes(width) if one is None else one for one in content]), places)


def geometry_of(size: tuple[int, ...], stride: tuple[int, ...], offset: int, storage_bytes: int) -> Geometry:
    """Size, stride, offset and bytes of an out; no strides where it has no elements."""
    return tuple(size), () if 0 in size else tuple(stride), offset, storage_bytes


def _out_names(case: Case) -> list[str]:
    if not is_out(case.operator):
        return []
    out = dict(case.kwargs)["out"]
    return [f"out.{place}" for place in range(len(out))] if isinstance(out, tuple) else ["out"]


def _warns(subject: Subject) -> bool:
    """Whether an out that has elements is given another size."""
    out: Any = operand(dict(subject.case.kwargs)["out"])
    outs = out if type(out) is tuple else (out,)
    return any(
        isinstance(one, Layout) and one.size != wanted.layout.size and element_count(one.size) > 0
        for one, wanted in zip(outs, subject.expectation.outputs or (), strict=False)
        if isinstance(wanted.layout, Layout)
    )


class ScatterGradient(NamedTuple):
    """The gradients of a scatter for given output gradients, in logical order.

    `base` is what reached the operand and `src` what reached the source; None where nothing did, and for a source that
    has no gradient; in words why what did cannot be read.
    """

    base: Any
    src: Any


def expected_scatter_gradient(subject: Subject, word: str) -> ScatterGradient:  # noqa: ARG001  every probe takes both
    """Small distinct integers are sent: to `src` at the view's positions, to the base everywhere else."""
    case = subject.case
    args: tuple[Any, ...] = tuple([operand(one) for one in case.args])
    self, src = args[:2]
    found = origins(case.operator, args, {name: operand(value) for name, value in case.kwargs})
    values = sent(len(found), DTYPES[self.dtype].kind == "complex")
    arrived: dict[str, Any] = {}
    for name, layout in (("self", self), ("src", src)):
        wanted = [0j] * element_count(layout.size)
        for (source, place), value in zip(found, values, strict=True):
            if source == name:
                wanted[place] += value
        arrived[name] = tuple(wanted)
    return ScatterGradient(arrived["self"], arrived["src"] if src.dtype == self.dtype else ANYTHING)


def _expected(subject: Subject, word: str) -> Copying:  # noqa: ARG001  every probe takes both
    return copy_scene(subject).expected


COPY = Probe("copy", _expected)
SCATTER_GRADIENT = Probe("scatter-gradient", expected_scatter_gradient)

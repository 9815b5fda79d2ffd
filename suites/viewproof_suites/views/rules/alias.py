"""Level 2: whose memory the output is, what it reads there, and what a write to it writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from viewproof.contract.rule import Difference, Rules, accepted
from viewproof.evidence.outputs import OutputFacts, Outputs
from viewproof.evidence.subject import Traits
from viewproof.evidence.values import OutputValues, Values
from viewproof.tensors.memory import reach
from viewproof_reference.layout import DTYPES

RULES = Rules(level=2, probe="values")


def _with_data(traits: Traits) -> bool:
    return not traits.refused and any(output.readable for output in traits.outputs)


def _strided(traits: Traits) -> bool:
    return not traits.refused and any(output.strided for output in traits.outputs)


def _tracked(traits: Traits) -> bool:
    return not traits.refused and traits.strided and not traits.inplace


def _kept(traits: Traits) -> bool:
    return not traits.inplace and _strided(traits)


def _facts(expected: Outputs, observed: Outputs) -> Iterator[tuple[int, OutputFacts, OutputFacts]]:
    # Each output that is both expected and returned, with its place. A wrong number of outputs is reported by
    # alias.storage alone; the other clauses compare those that exist.
    pairs = zip(expected, observed, strict=False)
    return ((index, OutputFacts._make(wanted), OutputFacts._make(got)) for index, (wanted, got) in enumerate(pairs))


def _values(expected: Values, observed: Values) -> Iterator[tuple[int, OutputValues, OutputValues]]:
    pairs = zip(expected.outputs, observed.outputs, strict=False)
    return ((index, wanted, got) for index, (wanted, got) in enumerate(pairs))


@RULES.rule(
    "alias.storage",
    probe="facts",
    source="native_functions.yaml alias annotations; c10/core/StorageImpl.h",
    fault="a view kernel that copies; a copy that aliases",
    applies=accepted,
)
def storage(expected: Outputs, observed: Outputs) -> Difference | None:
    """Each output lives on the storage that the schema and the reference name, or on one of its own."""
    if len(expected) != len(observed):
        # Else no aliasing rule would report a missing output.
        return Difference(f"{len(expected)} outputs", f"{len(observed)} outputs", "number of outputs differs")
    for index, wanted, got in _facts(expected, observed):
        if wanted.on != got.on:
            return Difference(
                f"output {index} on the storage of {wanted.on or 'its own'}",
                f"output {index} on the storage of {got.on or 'its own'}",
                f"storage of {'an operand' if got.on else 'its own'}",
            )
    return None


@RULES.rule(
    "alias.identity",
    probe="facts",
    source="aten/src/ATen/native/TensorConversions.cpp; torch/csrc/autograd/python_variable.cpp",
    fault="a kernel that returns a fresh alias for the very input",
    applies=accepted,
)
def identity(expected: Outputs, observed: Outputs) -> Difference | None:
    """The call returns the very tensor it was given exactly where the reference says so."""
    for index, wanted, got in _facts(expected, observed):
        if wanted.identity != got.identity:
            words = ("another tensor", "the very input")
            return Difference(
                f"output {index} is {words[wanted.identity]}",
                f"output {index} is {words[got.identity]}",
                f"returns {words[got.identity]}",
            )
    return None


@RULES.rule(
    "alias.bounds",
    probe="facts",
    source="aten/src/ATen/native/Resize.h, checkInBoundsForStorage; c10/core/StorageImpl.h",
    fault="a kernel that adds one to the storage offset; one that shrinks the storage below its view",
    applies=_strided,
)
def bounds(expected: Outputs, observed: Outputs) -> Difference | None:
    """Every element of every output lies within its storage, and the storage has the size (bytes) that it must have.

    A storage of the output's own may be larger than what it needs.
    """
    for index, wanted, got in _facts(expected, observed):
        if got.layout != "strided" or got.dtype not in DTYPES:
            continue
        needed = reach((tuple(got.size), tuple(got.stride), got.offset), DTYPES[got.dtype].itemsize)
        if needed < 0 or needed > got.storage_bytes:
            return Difference(
                f"output {index} within {got.storage_bytes} bytes",
                f"output {index} reaches byte {needed}, offset {got.offset}",
                "leaves its storage",
            )
        if wanted.layout == "strided" and wanted.storage_bytes != got.storage_bytes and wanted.on == got.on:
            return Difference(
                f"output {index} on a storage of {wanted.storage_bytes} bytes",
                f"output {index} on a storage of {got.storage_bytes} bytes",
                "storage of another size",
            )
    return None


def _wrong_element(wanted: Any, got: Any, width: int) -> str:
    for start in range(0, max(len(wanted), len(got)), width):
        if wanted[start : start + width] != got[start : start + width]:
            return f"element {start // width}: bytes {got[start : start + width].hex() or 'none'}"
    return "no difference"


def _has_elements(expected: Values) -> bool:
    return any(type(content) is bytes and bool(content) for one in expected.outputs for content in one.reads)


def _has_bytes(expected: Values) -> bool:
    return any(bool(one.reads) and one.reads[0] != b"" for one in expected.outputs)


@RULES.rule(
    "alias.read",
    source="docs/contract.md, position; c10/core/TensorImpl.h, storage_offset and strides",
    fault="a kernel that reads its neighbour's element",
    applies=_with_data,
    sees=_has_elements,
)
def read(expected: Values, observed: Values) -> Difference | None:
    """Each element of each output is the element of the base that the reference names, bit for bit."""
    for index, wanted, got in _values(expected, observed):
        if got.reached != wanted.reached:
            return Difference(f"output {index} is read", f"output {index} {got.reached}", got.reached)
        if len(wanted.reads) != len(got.reads):
            return Difference(
                f"output {index}: {len(wanted.reads)} reads",
                f"output {index}: {len(got.reads)} reads",
                "not read again",
            )
        first = got.reads[0] if got.reads else b""
        # What an output reads once its base is written; that a copy follows nothing is alias.write-through's.
        later = [
            (one, first if other is None else other)
            for one, other in zip(wanted.later, got.later, strict=False)
            if one is not None
        ]
        for one, other in (*zip(wanted.reads, got.reads, strict=True), *later):
            if one != other:
                if not isinstance(one, bytes):
                    return Difference(
                        f"output {index}: {one}", f"output {index}: {len(other)} bytes", "reads other bytes"
                    )
                return Difference(
                    f"output {index}: {_wrong_element(other, one, wanted.width)}",
                    f"output {index}: {_wrong_element(one, other, wanted.width)}",
                    "reads other elements",
                )
        if wanted.width != got.width:
            return Difference(
                f"output {index}: elements of {wanted.width} bytes",
                f"output {index}: of {got.width}",
                "reads other bytes",
            )
    return None


@RULES.rule(
    "alias.write-through",
    source="docs/contract.md, position; c10/core/TensorImpl.h, storage_offset and strides",
    fault="a view kernel that copies; a copy that aliases",
    applies=_strided,
    sees=_has_bytes,
)
def write_through(expected: Values, observed: Values) -> Difference | None:
    """A write to a view changes exactly the base positions that it names, and a write to the base shows in the view.

    A copy has neither: writing it changes no byte of the base, writing the base leaves it as it was.
    """
    for index, wanted, got in _values(expected, observed):
        if got.reached != wanted.reached:
            return Difference(f"output {index} is written", f"output {index} {got.reached}", got.reached)
        if wanted.written != got.written:
            one, other = _changed(wanted.written), _changed(got.written)
            return Difference(
                f"output {index}: a write changes {len(one)} bytes {_span(one)}",
                f"output {index}: a write changes {len(other)} bytes {_span(other)}",
                "a write reaches fewer bytes" if other < one else "a write reaches other bytes",
            )
        for before, after in zip(wanted.later, got.later, strict=False):
            if (before is None) is not (after is None):
                return Difference(
                    f"output {index} {'follows' if after is None else 'keeps'} when the base is written",
                    f"output {index} {'keeps' if after is None else 'follows'} when the base is written",
                    "does not follow the base" if after is None else "follows the base",
                )
    return None


def _changed(written: bytes) -> set[int]:
    return {place for place, value in enumerate(written) if value != 1}


def _span(places: set[int]) -> str:
    return f"({min(places)} to {max(places)})" if places else "(none)"


@RULES.rule(
    "alias.inputs-unchanged",
    source="native_functions.yaml: no write annotation on the operand",
    fault="a view kernel that writes its input, or changes its metadata",
    applies=_kept,
)
def inputs_unchanged(expected: Values, observed: Values) -> Difference | None:
    """The call changes no byte of any operand's storage and nothing of its metadata."""
    for wanted, got in zip(expected.operands, observed.operands, strict=True):
        if wanted != got:
            return Difference("operands unchanged", _what_changed(wanted, got), "operand changed")
    return None


def _what_changed(wanted: object, got: object) -> str:
    names = [name for name in wanted._fields if getattr(wanted, name) != getattr(got, name)]  # type: ignore[attr-defined]
    where = wanted.name  # type: ignore[attr-defined]
    if names == ["content"]:
        return f"{where}: its storage was written"
    said = [f"{name} {getattr(wanted, name)} became {getattr(got, name)}" for name in names if name != "content"]
    return f"{where}: {', '.join(said)}"


@RULES.rule(
    "alias.version",
    source="torch/csrc/autograd/VariableTypeUtils.h, as_view; c10/core/TensorImpl.h, VariableVersion",
    fault="a view with a version counter of its own",
    applies=_tracked,
    sees=lambda expected: any(one.moved is not None for one in expected.outputs),
)
def version(expected: Values, observed: Values) -> Difference | None:
    """A write to a declared view moves the operand's version counter; a write to a copy does not.

    Operators that alias without an alias annotation are no views to autograd and share no counter.
    """
    words = {False: "a counter of its own", True: "the operand's counter", None: "no counter"}
    for index, wanted, got in _values(expected, observed):
        if wanted.moved != got.moved and not got.reached:
            return Difference(
                f"output {index}: {words[wanted.moved]}", f"output {index}: {words[got.moved]}", "version counter"
            )
    return None


@RULES.rule(
    "alias.base",
    source="torch/csrc/autograd/variable.h, DifferentiableViewMeta",
    fault="a view that autograd does not know as one",
    applies=_tracked,
    sees=lambda expected: any(one.base is not None for one in expected.outputs),
)
def base(expected: Values, observed: Values) -> Difference | None:
    """`_base` of a declared view is the operand (or the operand's own base); of a copy or a severed view, None."""
    for index, wanted, got in _values(expected, observed):
        if wanted.base != got.base and not got.reached:
            return Difference(
                f"output {index}: _base is {wanted.base}", f"output {index}: _base is {got.base}", "_base"
            )
    return None

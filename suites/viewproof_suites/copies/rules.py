"""Level 3: what a copy holds, what it shares, and what an `out=` writes."""

from __future__ import annotations

from typing import Any

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.copied import Copying, ScatterGradient
from viewproof.evidence.subject import Traits
from viewproof_reference.layout.copied import is_copy, is_out, is_scatter

RULES = Rules(level=3, probe="copy")


def _made(traits: Traits) -> bool:
    return not traits.refused and is_copy(traits.operator)


def _strided(traits: Traits) -> bool:
    return _made(traits) and any(output.strided for output in traits.outputs)


def _fresh(traits: Traits) -> bool:
    return _made(traits) and not is_out(traits.operator)


def _differentiated(traits: Traits) -> bool:
    return _fresh(traits) and traits.grad and traits.strided and is_scatter(traits.operator)


def _written(traits: Traits) -> bool:
    return _strided(traits) and is_out(traits.operator)


def _has_elements(expected: Copying) -> bool:
    return any(isinstance(one.elements, bytes) and one.elements for run in expected for one in run.outputs) or any(
        not isinstance(one.elements, bytes) for run in expected for one in run.outputs
    )


@RULES.rule(
    "copy.values",
    source="torchgen/gen_functionalization_type.py, gen_composite_view_copy_kernel; docs/contract.md, position",
    fault="a copy kernel that reads its neighbour's element",
    applies=_strided,
    sees=_has_elements,
)
def values(expected: Copying, observed: Copying) -> Difference | None:
    """Each element of each output, or of each out, holds what the view reads there, bit for bit, lazy bits resolved.

    A scatter holds `src` at the view's positions and the base everywhere else. Elements that are converted to another
    dtype are not compared.
    """
    for wanted, got in zip(expected, observed, strict=True):
        if len(wanted.outputs) != len(got.outputs):
            return Difference(
                f"{len(wanted.outputs)} outputs", f"{len(got.outputs)} outputs", "number of outputs differs"
            )
        for index, (one, other) in enumerate(zip(wanted.outputs, got.outputs, strict=True)):
            if one.reached != other.reached:
                return Difference(f"output {index} is read", f"output {index} {other.reached}", other.reached)
            if one.elements != other.elements or one.width != other.width:
                return _unlike(index, one.elements, other.elements, one.width, other.width)
    return None


def _unlike(index: int, wanted: Any, got: bytes, width: int, seen_width: int) -> Difference:
    content = wanted if isinstance(wanted, bytes) else getattr(wanted, "content", b"")
    count = len(wanted) // max(1, width) if isinstance(wanted, bytes) else len(content) // max(1, width)
    seen = len(got) // max(1, seen_width)
    if not content or count != seen:
        return Difference(f"{count} elements", f"{seen} elements", "number of elements differs")
    for start in range(0, len(content), width):
        one, other = content[start : start + width], got[start : start + width]
        if one != other and not (not isinstance(wanted, bytes) and start in wanted.open):
            return Difference(
                f"output {index}, element {start // width}: bytes {one.hex()}",
                f"output {index}, element {start // width}: bytes {other.hex()}",
                "holds other elements",
            )
    return Difference(f"elements of {width} bytes", f"elements of {seen_width} bytes", "holds other elements")


@RULES.rule(
    "copy.fresh",
    source="native_functions.yaml: no alias annotation on a copy; docs/source/torch.compiler, functionalization",
    fault="a copy of several outputs that lie on one storage; a copy that aliases",
    applies=_fresh,
)
def fresh(expected: Copying, observed: Copying) -> Difference | None:
    """No output of a copy or a scatter shares storage with an operand or with another output."""
    for wanted, got in zip(expected, observed, strict=True):
        for index, (one, other) in enumerate(zip(wanted.outputs, got.outputs, strict=False)):
            if one.on != other.on:
                return Difference(
                    f"output {index} on a storage of its own", f"output {index} on that of {other.on}", "shares"
                )
        if wanted.together != got.together:
            first, second = got.together[0]
            return Difference(
                f"outputs {first} and {second} on storages of their own",
                f"outputs {first} and {second} on one storage",
                "outputs share",
            )
    return None


@RULES.rule(
    "copy.operands-unchanged",
    source="native_functions.yaml: out is the only argument with a write annotation",
    fault="a copy kernel that writes its operand",
    applies=_made,
    sees=lambda expected: any(run.operands for run in expected),
)
def operands_unchanged(expected: Copying, observed: Copying) -> Difference | None:
    """The call changes no byte of any operand's storage and nothing of its metadata.

    A storage that an out lies on may change under the out alone.
    """
    for wanted, got in zip(expected, observed, strict=True):
        for one, other in zip(wanted.operands, got.operands, strict=True):
            if one == other:
                continue
            before, after = one.content or b"", other.content or b""
            if one._replace(content=None) != other._replace(content=None) or len(before) != len(after):
                names = [name for name in one._fields if getattr(one, name) != getattr(other, name)]
                return Difference(f"{one.name} unchanged", f"{one.name}: {', '.join(names)} changed", "operand changed")
            place = next(at for at, byte in enumerate(after) if byte != before[at])
            return Difference(f"{one.name} unchanged", f"{one.name} written at byte {place}", "operand written")
    return None


@RULES.rule(
    "copy.out-writes",
    source="docs/source/torch.rst, out=; aten/src/ATen/native/Copy.cpp; docs/contract.md, position",
    fault="an out kernel that writes a contiguous block into a strided out",
    applies=_written,
    sees=lambda expected: any(content for run in expected for _, content in run.outs),
)
def out_writes(expected: Copying, observed: Copying) -> Difference | None:
    """An out= call writes the outs' own positions and no byte beside them in the storages that they lie on."""
    for wanted, got in zip(expected, observed, strict=True):
        for (name, before), (_, after) in zip(wanted.outs, got.outs, strict=True):
            if before == after:
                continue
            if len(before) != len(after):
                return Difference(
                    f"{name} of {len(before)} bytes",
                    f"{name} shrunk to {len(after)} bytes",
                    "the out's storage shrinks",
                )
            beside = [at for at, byte in enumerate(after) if byte != before[at]]
            return Difference(
                f"{name} written under the outs alone",
                f"{len(beside)} bytes beside them are written, the first is byte {beside[0]}",
                "writes beside the out",
            )
    return None


@RULES.rule(
    "copy.out-returned",
    source="native_functions.yaml: out is returned, Tensor(a!) out -> Tensor(a!)",
    fault="an out kernel that returns its own result",
    applies=_written,
)
def out_returned(expected: Copying, observed: Copying) -> Difference | None:
    """The call returns the very out that it was given; one with a list of outs returns nothing."""
    words = {None: "nothing", True: "the very out", False: "another tensor"}
    for wanted, got in zip(expected, observed, strict=True):
        if wanted.returned is not got.returned:
            return Difference(words[wanted.returned], words[got.returned], f"returns {words[got.returned]}")
    return None


@RULES.rule(
    "copy.out-resize",
    source="aten/src/ATen/native/Resize.cpp, resize_output; Resize.h, maybe_resize_storage_cpu",
    fault="an out kernel that puts its result in the place of the out's storage",
    applies=_written,
)
def out_resize(expected: Copying, observed: Copying) -> Difference | None:
    """An out of another size is resized in place, one of the right size keeps its strides and its offset.

    Resized, it is contiguous from its own offset, on its own storage, which grows to what is needed and never shrinks.
    """
    for wanted, got in zip(expected, observed, strict=True):
        for index, (one, other) in enumerate(zip(wanted.outputs, got.outputs, strict=False)):
            if one.kept_storage != other.kept_storage:
                return Difference(
                    f"output {index} on the out's own storage", f"output {index} on another", "another storage"
                )
            if one.geometry != other.geometry:
                return Difference(
                    f"output {index}: (size, stride, offset, bytes) {one.geometry}",
                    f"output {index}: (size, stride, offset, bytes) {other.geometry}",
                    "out differs",
                )
    return None


@RULES.rule(
    "copy.out-warning",
    source="aten/src/ATen/native/Resize.cpp, resize_output_check",
    fault="an out kernel that resizes in silence",
    applies=_written,
)
def out_warning(expected: Copying, observed: Copying) -> Difference | None:
    """An out that has elements and is resized is warned about, and no other out is."""
    words = ("no warning", "a warning that the out is resized")
    for wanted, got in zip(expected, observed, strict=True):
        if wanted.warned is not got.warned:
            return Difference(words[wanted.warned], words[got.warned], words[got.warned])
    return None


@RULES.rule(
    "copy.scatter-gradient",
    probe="scatter-gradient",
    source="tools/autograd/derivatives.yaml; the transpose of a 0/1 matrix",
    fault="a derivative that sends the base what is src's",
    applies=_differentiated,
    sees=lambda expected: bool(expected.base) or (isinstance(expected.src, tuple) and bool(expected.src)),
)
def scatter_gradient(expected: ScatterGradient, observed: ScatterGradient) -> Difference | None:
    """What is sent back through a scatter reaches `src` at the view's positions, and the base everywhere else.

    It is exact: small distinct integers are sent. The base receives 0 where `src` was written.
    """
    for name, wanted, arrived in (("self", expected.base, observed.base), ("src", expected.src, observed.src)):
        if wanted != arrived:
            words = f"gradient of {name} differs" if arrived is not None else f"no gradient of {name}"
            return Difference(f"{name}: {_listed(wanted)}", f"{name}: {_listed(arrived)}", words)
    return None


def _listed(numbers: Any) -> str:
    return str([*numbers] if isinstance(numbers, tuple) else numbers)

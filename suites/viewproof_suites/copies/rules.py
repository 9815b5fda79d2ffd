"""Level 3: what a copy holds, what it shares, and what an `out=` writes."""

from __future__ import annotations

from typing import Any

from viewproof.cases.answers import answers_of
from viewproof.cases.model import operand
from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof.running.copying import CopyAnswers, CopyRun, OutputState
from viewproof_reference.layout import Layout, element_count
from viewproof_reference.layout.copied import Cells, cells, held, is_copy, is_out, is_scatter, origins
from viewproof_reference.layout.derivative import sent
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.positions import needed_bytes, touched_bytes

RULES = Rules(level=3, probe="copy")

HOST = frozenset({"eager"})


def _made(traits: Traits, target: str) -> bool:
    return target in HOST and not traits.refused and is_copy(traits.operator)


def _strided(traits: Traits, target: str) -> bool:
    return _made(traits, target) and any(output.strided for output in traits.outputs)


def _fresh(traits: Traits, target: str) -> bool:
    return not traits.refused and target in HOST and is_copy(traits.operator) and not is_out(traits.operator)


def _differentiated(traits: Traits, target: str) -> bool:
    return _fresh(traits, target) and traits.grad and traits.strided and is_scatter(traits.operator)


def _written(traits: Traits, target: str) -> bool:
    return _strided(traits, target) and is_out(traits.operator)


def _runs(observation: Observation) -> tuple[CopyRun, ...]:
    found = answers_of(observation, CopyAnswers).copying
    assert found is not None, "the runs of a copy: wanted, and not asked for"
    return found


def _expected(subject: Subject, run: CopyRun) -> tuple[Cells | None, ...]:
    case = subject.case
    args = tuple([operand(one) for one in case.args])
    return held(case.operator, args, {name: operand(value) for name, value in case.kwargs}, run.laid)


def _layout(got: OutputState) -> Layout:
    size, stride, offset, dtype, _, _, conj, neg, held_bytes, _ = got.facts
    return Layout(tuple(size), tuple(stride), offset, dtype, conj, neg, held_bytes)


def _outs(subject: Subject) -> list[Layout]:
    out: Any = operand(dict(subject.case.kwargs)["out"])
    return [out] if isinstance(out, Layout) else list(out)


@RULES.rule(
    "copy.values",
    source="torchgen/gen_functionalization_type.py, gen_composite_view_copy_kernel; docs/contract.md, position",
    fault="a copy kernel that reads its neighbour's element",
    applies=_strided,
)
def values(subject: Subject, observation: Observation) -> Difference | None:
    """Each element of each output, or of each out, holds what the view reads there, bit for bit, lazy bits resolved.

    A scatter holds `src` at the view's positions and the base everywhere else. Elements that are converted to another
    dtype are not compared.
    """
    for run in _runs(observation):
        expected = _expected(subject, run)
        if len(expected) != len(run.outputs):
            return Difference(f"{len(expected)} outputs", f"{len(run.outputs)} outputs", "number of outputs differs")
        for index, (wanted, got) in enumerate(zip(expected, run.outputs, strict=True)):
            if wanted is None or got.content is None:
                continue
            layout = _layout(got)
            if needed_bytes(layout) > len(got.content):
                return Difference(f"output {index} is read", f"output {index} leaves its storage", "leaves its storage")
            seen = cells(layout, got.content)
            if len(seen) != len(wanted):
                return Difference(f"{len(wanted)} elements", f"{len(seen)} elements", "number of elements differs")
            for place, (one, other) in enumerate(zip(wanted, seen, strict=True)):
                if one is not None and one != other:
                    return Difference(
                        f"output {index}, element {place}: bytes {one.hex()}",
                        f"output {index}, element {place}: bytes {other.hex()}",
                        "holds other elements",
                    )
    return None


@RULES.rule(
    "copy.fresh",
    source="native_functions.yaml: no alias annotation on a copy; docs/source/torch.compiler, functionalization",
    fault="a copy of several outputs that lie on one storage; a copy that aliases",
    applies=_fresh,
)
def fresh(subject: Subject, observation: Observation) -> Difference | None:
    """No output of a copy or a scatter shares storage with an operand or with another output."""
    for run in _runs(observation):
        for index, got in enumerate(run.outputs):
            if got.on is not None:
                return Difference(
                    f"output {index} on a storage of its own", f"output {index} on that of {got.on}", "shares"
                )
        for first, second in run.together:
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
)
def operands_unchanged(subject: Subject, observation: Observation) -> Difference | None:
    """The call changes no byte of any operand's storage; one that an out lies on may change under the out alone."""
    for run in _runs(observation):
        written = {got.on for got in run.outputs if got.kept_storage is not None}
        for name, before in run.laid.items():
            # An out on the operand's storage goes by the operand's name: `copy.out-writes` compares those bytes.
            if name in written or name.startswith("out"):
                continue
            if run.after[name] != before:
                place = next(at for at, byte in enumerate(run.after[name]) if byte != before[at])
                return Difference(f"{name} unchanged", f"{name} written at byte {place}", "operand written")
    return None


@RULES.rule(
    "copy.out-writes",
    source="docs/source/torch.rst, out=; aten/src/ATen/native/Copy.cpp; docs/contract.md, position",
    fault="an out kernel that writes a contiguous block into a strided out",
    applies=_written,
)
def out_writes(subject: Subject, observation: Observation) -> Difference | None:
    """An out= call writes the outs' own positions and no byte beside them in the storages that they lie on."""
    for run in _runs(observation):
        allowed: dict[str, set[int]] = {}
        for got in run.outputs:
            if got.content is not None and got.on is not None and needed_bytes(_layout(got)) <= got.facts.storage_bytes:
                allowed.setdefault(got.on, set()).update(touched_bytes(_layout(got)))
        for name, places in allowed.items():
            before, after = run.laid[name], run.after[name]
            beside = [
                at for at, byte in enumerate(before) if at < len(after) and after[at] != byte and at not in places
            ]
            if beside:
                return Difference(
                    f"{len(places)} bytes of {name} are written",
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
def out_returned(subject: Subject, observation: Observation) -> Difference | None:
    """The call returns the very out that it was given; one with a list of outs returns nothing."""
    wanted: bool | None = None if isinstance(dict(subject.case.kwargs)["out"], tuple) else True
    for run in _runs(observation):
        if run.returned is not wanted:
            words = {None: "nothing", True: "the very out", False: "another tensor"}
            return Difference(words[wanted], words[run.returned], f"returns {words[run.returned]}")
    return None


@RULES.rule(
    "copy.out-resize",
    source="aten/src/ATen/native/Resize.cpp, resize_output; Resize.h, maybe_resize_storage_cpu",
    fault="an out kernel that puts its result in the place of the out's storage",
    applies=_written,
)
def out_resize(subject: Subject, observation: Observation) -> Difference | None:
    """An out of another size is resized in place, one of the right size keeps its strides and its offset.

    Resized, it is contiguous from its own offset, on its own storage, which grows to what is needed and never shrinks.
    """
    for run in _runs(observation):
        for index, (wanted, got) in enumerate(zip(subject.expectation.outputs or (), run.outputs, strict=False)):
            if not isinstance(wanted.layout, Layout):
                continue
            if not got.kept_storage:
                return Difference(
                    f"output {index} on the out's own storage", f"output {index} on another", "another storage"
                )
            expected, observed = _geometry(wanted.layout), _geometry(_layout(got))
            if expected != observed:
                return Difference(
                    f"output {index}: (size, stride, offset, bytes) {expected}",
                    f"output {index}: (size, stride, offset, bytes) {observed}",
                    "out differs",
                )
    return None


def _geometry(layout: Layout) -> tuple[Any, ...]:
    stride = () if 0 in layout.size else layout.stride
    return layout.size, stride, layout.offset, layout.storage_bytes


@RULES.rule(
    "copy.out-warning",
    source="aten/src/ATen/native/Resize.cpp, resize_output_check",
    fault="an out kernel that resizes in silence",
    applies=_written,
)
def out_warning(subject: Subject, observation: Observation) -> Difference | None:
    """An out that has elements and is resized is warned about, and no other out is."""
    expected = any(
        out.size != wanted.layout.size and element_count(out.size) > 0
        for out, wanted in zip(_outs(subject), subject.expectation.outputs or (), strict=False)
        if isinstance(wanted.layout, Layout)
    )
    words = ("no warning", "a warning that the out is resized")
    for run in _runs(observation):
        if run.warned is not expected:
            return Difference(words[expected], words[run.warned], words[run.warned])
    return None


@RULES.rule(
    "copy.scatter-gradient",
    probe="scatter-gradient",
    source="tools/autograd/derivatives.yaml; the transpose of a 0/1 matrix",
    fault="a derivative that sends the base what is src's",
    applies=_differentiated,
)
def scatter_gradient(subject: Subject, observation: Observation) -> Difference | None:
    """What is sent back through a scatter reaches `src` at the view's positions, and the base everywhere else.

    It is exact: small distinct integers are sent. The base receives 0 where `src` was written.
    """
    case = subject.case
    args: tuple[Any, ...] = tuple([operand(one) for one in case.args])
    self, src = args[:2]
    found = origins(case.operator, args, {name: operand(value) for name, value in case.kwargs})
    values = sent(len(found), DTYPES[self.dtype].kind == "complex")
    gradient = answers_of(observation, CopyAnswers).scatter_gradient
    assert gradient is not None, "the gradient of a scatter: wanted, and not asked for"
    for name, layout, arrived in (("self", self, gradient.base), ("src", src, gradient.src)):
        if name == "src" and src.dtype != self.dtype:
            continue
        wanted = [0j] * element_count(layout.size)
        for (source, place), value in zip(found, values, strict=True):
            if source == name:
                wanted[place] += value
        if arrived != wanted:
            words = f"gradient of {name} differs" if arrived is not None else f"no gradient of {name}"
            return Difference(f"{name}: {wanted}", f"{name}: {arrived}", words)
    return None

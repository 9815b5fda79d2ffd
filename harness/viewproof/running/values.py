"""The look at `values`: what outputs read and write in memory, and what became of the operands (evidence/values.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from viewproof.evidence.outputs import OutputFacts
from viewproof.evidence.probe import Evidence, Raised, raised
from viewproof.evidence.subject import Subject
from viewproof.evidence.values import UNREAD, Laying, OperandAfter, OutputValues, Scene, Values, marked_only, scene_of
from viewproof.running.session import FactsSession, owners_of
from viewproof.tensors.bases import Base
from viewproof.tensors.facts import DTYPE_WORD, Unreadable
from viewproof.tensors.freed import scribble
from viewproof.tensors.memory import Geometry, cells_of, gather, keep, reach, zero
from viewproof.tensors.storage_bytes import Unreadable as NoMemory

_CHANGED = bytes([0 if value != 1 else 1 for value in range(256)])
_increment_version = torch._C._increment_version


def fill_storage(base: Base, content: bytes) -> None:
    """Fill a base's storage as far as it goes: a call may have changed its size."""
    cells = storage_cells(base)
    _fill(cells, content)
    keep(base.storage, cells)


def _fill(cells: memoryview, content: bytes) -> None:
    if len(content) != len(cells):
        content = content[: len(cells)].ljust(len(cells), b"\x01")
    cells[:] = content


def storage_cells(base: Base) -> memoryview:
    """The bytes of the storage that the base was put on, whatever storage its tensor is on now (`cells_of`)."""
    storage = base.storage
    return base.cells if _as_made(base, storage) else cells_of(storage)


def _as_made(base: Base, storage: torch.UntypedStorage) -> bool:
    """Whether a storage is the base's, and lies in the host's memory where it was put."""
    return (
        base.address != 0
        and storage is base.storage
        and storage.nbytes() == base.storage_bytes
        and storage.data_ptr() == base.address
    )


def observe_values(session: FactsSession, subject: Subject) -> tuple[tuple[OutputFacts, ...], Values] | Raised:
    """Run the case on filled storages; facts and values of that one run (and of further ones of a copy, `Laying`)."""
    scene = scene_of(subject)
    built = session.build(subject)
    if isinstance(built, Raised):
        return built
    args, kwargs, bases = built
    owners = owners_of(bases)
    for name, content in scene.contents.items():
        fill_storage(bases[name], content)
    try:
        result = session.invoke(args, kwargs)
    except BaseException as error:  # noqa: BLE001  what torch raises is evidence
        return raised(error)
    outputs = session.listed(result)
    try:
        facts = session.outputs(result, args[0], owners)
    except Unreadable as error:
        return raised(error)
    operands = () if session.inplace else tuple([
        operand_after(name, base, filled=name in scene.contents) for name, base in bases.items()
    ])  # fmt: skip
    values: list[OutputValues] = []
    for place, (output, one) in enumerate(zip(outputs, facts, strict=True)):
        laying = scene.layings[place] if place < len(scene.layings) else None
        if laying is None:
            values.append(UNREAD)
            continue
        if place:
            fill_storage(bases[laying.source], laying.rows[0])
        seen = _output(session, scene, laying, bases, output, one)
        if laying.again and not seen.reached:
            further = _again(session, subject, laying, place)
            if isinstance(further, Raised):
                return further
            seen = seen._replace(reads=(*seen.reads, *further))
        values.append(seen)
    return facts, Values(tuple(values), operands)


def operand_after(name: str, base: Base, *, filled: bool = True) -> OperandAfter:
    """A component of an operand as it is now; without its content where no filling was written."""
    tensor = base.tensor
    try:
        storage = tensor.untyped_storage()
        return OperandAfter(
            name, tensor.size(), tensor.stride(), tensor.storage_offset(), DTYPE_WORD[tensor.dtype],  # type: ignore[arg-type]
            tensor.is_conj(), tensor.is_neg(), storage.nbytes(), storage is base.storage,
            storage_cells(base).tobytes() if filled else None,
        )  # fmt: skip
    except RuntimeError:  # what has become another kind of tensor has no strides, or no storage
        return OperandAfter(name, (), (), 0, str(tensor.layout), False, False, 0, False, None)


def _why_not(output: Any, facts: OutputFacts, word: str, count: int) -> str:
    """Why the output's elements are neither read nor written; empty where they are."""
    if facts.layout != "strided":
        return "is not strided"
    if facts.device != word:
        return f"is on {facts.device}"
    reached = reach((facts.size, facts.stride, facts.offset), output.element_size())
    if reached < 0 or reached > count:
        return "leaves its storage"
    return ""


def _output(  # noqa: PLR0917  -- one output in its whole setting
    session: FactsSession, scene: Scene, laying: Laying, bases: Mapping[str, Base], output: Any, facts: OutputFacts
) -> OutputValues:
    """Read and write one output where it lies, with the operand's storage filled as the laying says."""
    why = _why_not(output, facts, session.word, facts.storage_bytes)
    if why:
        return OutputValues(0, why, (), (), b"", None, None)
    base = bases[laying.source]
    storage = output.untyped_storage()
    geometry: Geometry = facts.size, facts.stride, facts.offset
    width = output.element_size()
    operand = storage_cells(base)
    cells = operand
    if storage is not base.storage:
        # What a wrong kernel has freed must not look alive.
        scribble((storage.nbytes(),))
        try:
            cells = cells_of(storage)
        except NoMemory:
            return OutputValues(0, "has no memory", (), (), b"", None, None)
    first = gather(cells, geometry, width)
    later: list[bytes | None] = []
    rows = laying.rows[1:2] if laying.again else laying.rows[1:]
    if session.word == "cpu":
        # No call is made from here on, so that the cells stay the memory itself.
        for row in rows:
            _fill(operand, row)
            found = gather(cells, geometry, width)
            later.append(None if found == first else found)
        operand[:] = marked_only(len(operand))
        zero(cells, geometry, width)
    else:
        for row in rows:
            fill_storage(base, row)
            found = gather(cells_of(storage), geometry, width)
            later.append(None if found == first else found)
        fill_storage(base, marked_only(base.storage.nbytes()))
        cells = cells_of(storage)
        zero(cells, geometry, width)
        keep(storage, cells)
        operand = storage_cells(base)
    written = operand.tobytes().translate(_CHANGED)
    if not scene.tracked:
        return OutputValues(width, "", (first,), tuple(later), written, None, None)
    return OutputValues(width, "", (first,), tuple(later), written, _moves(base.tensor, output), _base_of(base, output))


def _moves(operand: torch.Tensor, output: torch.Tensor) -> bool | None:
    """Whether a write to the output moves the operand's version counter; None where the output has none."""
    if output.is_inference() or operand.is_inference():
        return None
    version = operand._version
    _increment_version([output])
    return operand._version != version


def _base_of(base: Base, output: torch.Tensor) -> str | None:
    if output is base.tensor:
        return None
    found = output._base
    if found is None:
        return "none"
    return "the operand" if found is base.root or found is base.tensor else "another"


def _again(session: FactsSession, subject: Subject, laying: Laying, place: int) -> Sequence[bytes] | Raised:
    """The elements of a copy made by a call of its own under each further filling."""
    found: list[bytes] = []
    for row in laying.rows[2:]:
        built = session.build(subject)
        if isinstance(built, Raised):
            return built
        args, kwargs, bases = built
        fill_storage(bases[laying.source], row)
        try:
            outputs = session.listed(session.invoke(args, kwargs))
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        if place >= len(outputs):
            break
        try:
            facts = session.outputs([outputs[place]], args[0], owners_of(bases))[0]
        except Unreadable as error:
            return raised(error)
        if _why_not(outputs[place], facts, session.word, facts.storage_bytes):
            break
        one = outputs[place]
        cells = cells_of(one.untyped_storage())
        found.append(gather(cells, (facts.size, facts.stride, facts.offset), one.element_size()))
    return found


class ValuesSession(FactsSession):
    """A session on a device with data: it has the looks `facts` and `values`; others may be added to `looks`."""

    def look(self, subject: Subject, probes: tuple[str, ...]) -> Evidence:
        """See `FactsSession.look`; facts and values are of one run."""
        if "values" not in probes:
            return super().look(subject, probes)
        found = observe_values(self, subject)
        if isinstance(found, Raised):
            return found
        data: dict[str, Any] = {"facts": found[0], "values": found[1]}
        for probe in probes:
            if probe not in data:
                seen = self.looks[probe](subject)
                if isinstance(seen, Raised):
                    return seen
                data[probe] = seen
        return tuple([data[probe] for probe in probes])

"""The look at `copy`: runs copying calls and notes every storage's bytes, and torch's warnings about resized outs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from viewproof.evidence.copied import CopiedOutput, Copying, CopyRun, CopyScene, copy_scene, geometry_of
from viewproof.evidence.outputs import OutputFacts
from viewproof.evidence.probe import Raised, raised
from viewproof.evidence.subject import Subject
from viewproof.running.outs import outs_of, watched
from viewproof.running.session import FactsSession, owners_of
from viewproof.running.values import fill_storage, operand_after, storage_cells
from viewproof.tensors.bases import Base
from viewproof.tensors.elements import with_bits_resolved
from viewproof.tensors.facts import Unreadable
from viewproof.tensors.freed import scribble
from viewproof.tensors.memory import cells_of, gather, reach, starts
from viewproof.tensors.storage_bytes import Unreadable as NoMemory


def observe_copy(session: FactsSession, subject: Subject) -> Copying | Raised:
    """Run the copy once a filling and note every byte."""
    scene = copy_scene(subject)
    runs: list[CopyRun] = []
    for which in range(len(scene.laid)):
        seen = _run(session, subject, scene, which)
        if isinstance(seen, Raised):
            return seen
        runs.append(seen)
    return tuple(runs)


def _run(session: FactsSession, subject: Subject, scene: CopyScene, which: int) -> CopyRun | Raised:
    built = session.build(subject)
    if isinstance(built, Raised):
        return built
    args, kwargs, bases = built
    owners = owners_of(bases)
    laid, wanted = scene.laid[which], scene.expected[which]
    for name, content in laid.items():
        fill_storage(bases[name], content)
    outs = outs_of(kwargs) if "out" in kwargs else None
    storages = None if outs is None else [_storage_of(one) for one in outs]
    try:
        with torch.no_grad():
            if outs is None:
                result, warned = session.call(*args, **kwargs), False
            else:
                result, warned = watched(lambda: session.call(*args, **kwargs))
    except BaseException as error:  # noqa: BLE001  what torch raises is evidence
        return raised(error)
    returned = None if outs is None or result is None else result is kwargs["out"]
    outputs: list[Any] = session.listed(result) if outs is None else outs
    try:
        facts = session.outputs(outputs, args[0], owners)
    except Unreadable as error:
        return raised(error)
    held = tuple([
        _held(session, one, each, place, wanted, storages)
        for place, (one, each) in enumerate(zip(outputs, facts, strict=True))
    ])  # fmt: skip
    under = {name for name, _ in wanted.outs}
    return CopyRun(
        held,
        tuple([operand_after(name, bases[name]) for name in laid if name not in under]),
        tuple([(name, _beside(bases[name], outs or [], facts, laid[name])) for name in laid if name in under]),
        returned,
        warned,
        _together(outputs) if outs is None else (),
    )


def _beside(base: Base, outs: list[torch.Tensor], facts: Sequence[OutputFacts], laid: bytes) -> bytes:
    """The bytes of a storage on which outs lie, with what was laid put back under them; without what it grew by."""
    cells = bytearray(storage_cells(base)[: len(laid)])
    for out, one in zip(outs, facts, strict=True):
        width = out.element_size()
        where = one.size, one.stride, one.offset
        if _storage_of(out) is base.storage and 0 <= reach(where, width) <= one.storage_bytes:
            for start in starts(where, width):
                cells[start : start + width] = laid[start : start + width]
    return bytes(cells[: len(laid)])


def _storage_of(tensor: Any) -> torch.UntypedStorage | None:
    if not isinstance(tensor, torch.Tensor):
        return None
    # A tensor of another class may take part in every reading of it.
    with torch._C.DisableTorchFunctionSubclass():
        plain = tensor.layout is torch.strided and not tensor.is_nested
        return tensor.untyped_storage() if plain else None


def _held(  # noqa: PLR0917  -- one output in its whole setting
    session: FactsSession,
    output: Any,
    facts: OutputFacts,
    place: int,
    wanted: CopyRun,
    storages: list[torch.UntypedStorage | None] | None,
) -> CopiedOutput:
    kept = None if storages is None else _storage_of(output) is storages[place]
    on = facts.on if storages is None else None
    expected = wanted.outputs[place] if place < len(wanted.outputs) else None
    if expected is None or expected.width == 0:
        return CopiedOutput(0, "", b"", on, kept, None)
    if facts.layout != "strided":
        return CopiedOutput(0, "is not strided", b"", on, kept, None)
    geometry = None
    if storages is not None:
        geometry = geometry_of(facts.size, facts.stride, facts.offset, facts.storage_bytes)
    width = output.element_size()
    if facts.device != session.word:
        return CopiedOutput(width, f"is on {facts.device}", b"", on, kept, geometry)
    where = facts.size, facts.stride, facts.offset
    if not 0 <= reach(where, width) <= facts.storage_bytes:
        return CopiedOutput(width, "leaves its storage", b"", on, kept, geometry)
    storage = output.untyped_storage()
    if facts.on is None:
        # What a wrong kernel has freed must not look alive.
        scribble((storage.nbytes(),))
    try:
        content = gather(cells_of(storage), where, width)
    except NoMemory:
        return CopiedOutput(width, "has no memory", b"", on, kept, geometry)
    content = with_bits_resolved(content, facts.dtype, facts.conj, facts.neg)
    return CopiedOutput(width, "", content, on, kept, geometry)


def _together(outputs: list[Any]) -> tuple[tuple[int, int], ...]:
    places = [(place, found) for place, one in enumerate(outputs) if (found := _storage_of(one)) is not None]
    return tuple([
        (first, second) for first, one in places for second, other in places if first < second and one is other
    ])  # fmt: skip

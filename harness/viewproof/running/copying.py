"""Runs copying calls and notes every storage's bytes before and after, and torch's warnings about resized outs."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import NamedTuple

import torch

from viewproof.cases.answers import Answers
from viewproof.evidence.glance import is_alias_of
from viewproof.evidence.subject import Subject
from viewproof.running.outs import outs_of, watched
from viewproof.running.session import FactsSession, tensors_of
from viewproof.tensors.bases import Base, upload
from viewproof.tensors.build import BuiltCall
from viewproof.tensors.facts import TensorFacts, facts_of, strided_facts
from viewproof.tensors.fillings import fillings, one_is_enough


class OutputState(NamedTuple):
    """One output after the call: its facts, its storage's bytes, and the operand component on whose storage it is.

    `content` is None where the output is not strided. `kept_storage` says that an out still has the storage that it
    had before; None where the call made the output.
    """

    facts: TensorFacts
    content: bytes | None
    on: str | None
    kept_storage: bool | None


class CopyRun(NamedTuple):
    """One run. `laid` and `after` are the bytes of every operand component's storage before and after the call.

    `returned` says whether the call returned the very out that it was given, None where it returns nothing or was
    given none. `warned` says whether it warned that an out with elements was resized. `together` are the pairs of
    outputs that share a storage.
    """

    laid: dict[str, bytes]
    after: dict[str, bytes]
    outputs: tuple[OutputState, ...]
    returned: bool | None
    warned: bool
    together: tuple[tuple[int, int], ...]


class ScatterGradient(NamedTuple):
    """The gradients of a scatter for given output gradients, in logical order.

    `base` is what reached the operand and `src` what reached the source; None where nothing did, and for a source that
    has no gradient.
    """

    base: list[complex] | None
    src: list[complex] | None


class CopyAnswers(Answers):
    """What is seen of a copy, a scatter or an `out=` call beside its outputs; a field that no rule asked for is None.

    `copying` has a run for each filling of the operand's storage that it takes to tell all elements apart.
    """

    copying: tuple[CopyRun, ...] | None = None
    scatter_gradient: ScatterGradient | None = None


def storage_bytes(storage: torch.UntypedStorage) -> bytes:
    """The content of a storage."""
    here = storage if storage.device.type == "cpu" else storage.cpu()
    return ctypes.string_at(here.data_ptr(), here.nbytes()) if here.nbytes() else b""


@lru_cache(maxsize=2048)
def _uploaded(content: bytes, device: str) -> torch.UntypedStorage:
    return upload(content, device)


@lru_cache(maxsize=2048)
def _mirrored(row: bytes, largest: int) -> bytes:
    # Bytes of the same range that no other operand holds at the same place.
    return bytes([largest - byte for byte in row])


def _lay(base: Base, which: int, dtype: str, first: bool) -> None:
    row = fillings(base.storage_bytes, dtype)[which]
    content = row if first else _mirrored(row, 1 if dtype == "bool" else 65)
    if content:
        base.storage.copy_(_uploaded(content, base.storage.device.type), False)


def _prepare(bases: dict[str, Base], which: int, read_as: str) -> dict[str, bytes]:
    """Fill every storage once, the operand's with its filling and others with theirs mirrored, byte by byte."""
    laid: dict[int, bytes] = {}
    for name, base in bases.items():
        known = base.storage._cdata
        if known not in laid:
            if base.filled:
                dtype = "bool" if read_as == "bool" and name.startswith("self") else base.dtype
                rows = len(fillings(base.storage_bytes, dtype))
                _lay(base, which % rows, dtype, name.startswith("self"))
            laid[known] = storage_bytes(base.storage)
    return {name: laid[base.storage._cdata] for name, base in bases.items()}


def observe_copy(session: FactsSession, subject: Subject) -> tuple[CopyRun, ...]:
    """Run the copy once a filling and note every byte."""
    runs: list[CopyRun] = []
    which, count = 0, 1
    while which < count:
        built = session.prepare(subject)
        source = built.bases.get("self") or next(iter(built.bases.values()))
        read_as = _read_as(subject, source)
        if which == 0 and not one_is_enough(source.storage_bytes, source.dtype, read_as):
            count = len(fillings(source.storage_bytes, "bool" if read_as == "bool" else source.dtype))
        runs.append(_run(session, built, _prepare(built.bases, which, read_as)))
        which += 1
    return tuple(runs)


def _read_as(subject: Subject, source: Base) -> str:
    for output in subject.expectation.outputs or ():
        if output.reads is not None:
            return output.reads.dtype
    return source.dtype


def _run(session: FactsSession, built: BuiltCall, laid: dict[str, bytes]) -> CopyRun:
    with torch.no_grad():
        if "out" not in built.kwargs:
            outputs = tensors_of(session.call(*built.args, **built.kwargs))
            returned, warned, kept = None, False, None
        else:
            outs = outs_of(built.kwargs)
            storages = [_storage_of(one) for one in outs]
            result, warned = watched(lambda: session.call(*built.args, **built.kwargs))
            returned = None if result is None else result is built.kwargs["out"]
            outputs = outs
            kept = [_storage_of(one) == old for one, old in zip(outs, storages, strict=True)]
    after = {name: storage_bytes(base.storage) for name, base in built.bases.items()}
    held = tuple([
        _held(one, built, None if kept is None else kept[place]) for place, one in enumerate(outputs)
    ])  # fmt: skip
    return CopyRun(laid, after, held, returned, warned, _together(outputs))


def _storage_of(tensor: torch.Tensor) -> int | None:
    plain = tensor.layout is torch.strided and not tensor.is_nested
    return tensor.untyped_storage()._cdata if plain else None


def _held(output: torch.Tensor, built: BuiltCall, kept: bool | None) -> OutputState:

    if output.layout is not torch.strided or output.is_nested:
        return OutputState(facts_of(output), None, None, kept)
    storage = output.untyped_storage()
    on = next((name for name, base in built.bases.items() if is_alias_of(output, base.tensor)), None)
    return OutputState(strided_facts(output, storage.nbytes()), storage_bytes(storage), on, kept)


def _together(outputs: list[torch.Tensor]) -> tuple[tuple[int, int], ...]:
    places = [(place, found) for place, one in enumerate(outputs) if (found := _storage_of(one)) is not None]
    return tuple([
        (first, second) for first, one in places for second, other in places if first < second and one == other
    ])  # fmt: skip

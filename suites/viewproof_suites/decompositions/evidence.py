"""What is seen of a sample and of its decomposition: the probes `sample-results`, `sample-values`,
`sample-operands` and `leaves`.

The reference of a decomposition is its operator: what it does on the same inputs is what is expected. It is run once a
sample, with torch's settings kept, whichever targets ask. It knows nothing of the decomposition's result.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from viewproof.catalog.overloads import resolve
from viewproof.evidence.probe import ANYTHING, Probe
from viewproof.evidence.subject import Subject
from viewproof.running.settings import settings_kept
from viewproof.samples.annotations import annotations_of
from viewproof.samples.build import build_sample
from viewproof.samples.closeness import Near
from viewproof.samples.run import SampleRun, run_sample
from viewproof.samples.tables import exported
from viewproof.samples.unvalued import has_no_values


class ResultFacts(NamedTuple):
    """One tensor that was returned, or one component of a composite one. `stride` and `offset` are in elements.

    `bits` are its conj and neg bits. `on` names the operand whose storage it lies on, empty for a storage of its own;
    `offset` is left open there. `beside` is the place of the earlier tensor on the same storage, -1 for none.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    dtype: str
    bits: str
    layout: str
    device: str
    on: str
    offset: Any
    beside: int


class Results(NamedTuple):
    """What a call returned. `refusal` says what the operator did instead, empty where it returned what it declares.

    `structure` spells what was returned, tensors as their layout and scalars as their type; `scalars` are theirs.
    """

    refusal: str
    structure: str
    scalars: Any
    tensors: tuple[ResultFacts, ...]


class Content(NamedTuple):
    """The elements of one returned tensor, row-major, lazy bits resolved; `of` says of what kind of tensor."""

    of: str
    data: bytes


class NearContent(NamedTuple):
    """The expected content of one returned tensor. Where that is of another kind, `sample-results` shows it."""

    of: str
    data: Near

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Content) and (self.of != other.of or self.data == other.data)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.of)


class OperandLeft(NamedTuple):
    """One operand after the call. `written`: its storage, geometry, dtype or bits are not what they were.

    `geometry` is its size, stride, offset (elements), and its dtype and bits; `content` the bytes of the storage that
    it lay on.
    """

    name: str
    written: Any
    geometry: tuple[Any, ...]
    content: Any


class Leaves(NamedTuple):
    """The operators that a decomposition ended in: those that the table has, and those that write an argument."""

    listed: tuple[str, ...]
    writing: Any


def operator_run(subject: Subject) -> SampleRun:
    """What the operator itself does on the sample, on the host. Run once a subject."""
    known: SampleRun | None = subject.known.get("operator")
    if known is None:
        call: Any = subject.case.call  # type: ignore[attr-defined]
        overload = resolve(call.operator)
        with settings_kept():
            known = run_sample(overload, build_sample(call), len(overload._schema.returns) > 1)
        subject.known["operator"] = known
    return known


def results_of(ran: SampleRun) -> Results:
    """The data of the probe `sample-results`."""
    if ran.raised is not None:
        return Results(f"raises {ran.raised.classes[0]}: {ran.raised.message[:150]}", "", "", ())
    facts = [
        ResultFacts(
            one.size, one.stride, one.dtype, one.bits, one.layout, one.device, one.shares, one.offset, one.beside
        )
        for one in ran.tensors
    ]
    return Results("", ran.structure, repr(ran.scalars), tuple(facts))


def _kinds(ran: SampleRun) -> list[str]:
    return [f"tensor {place} of {ran.structure}: {one.dtype}{list(one.size)}" for place, one in enumerate(ran.tensors)]


def contents_of(ran: SampleRun) -> tuple[Content, ...]:
    """The data of the probe `sample-values`."""
    return tuple([Content(of, one.data) for of, one in zip(_kinds(ran), ran.tensors, strict=True)])


def operands_of(ran: SampleRun) -> tuple[OperandLeft, ...]:
    """The data of the probe `sample-operands`."""
    return tuple([
        OperandLeft(
            one.name, one != before, (one.size, one.stride, one.offset, f"{one.dtype}{one.bits}"), one.storage
        )
        for before, one in zip(ran.before, ran.left, strict=True)
    ])  # fmt: skip


def leaves_of(names: list[str]) -> Leaves:
    """The data of the probe `leaves`, of the operators that remain."""
    return Leaves(
        tuple([name for name in names if name in exported()]), tuple([name for name in names if writes(name)])
    )


@lru_cache(maxsize=4096)
def writes(operator: str) -> bool:
    """Whether an overload's schema says that it writes an argument."""
    return resolve(operator)._schema.is_mutable


def expected_results(subject: Subject, word: str) -> Results:
    """What a decomposition must return: what the operator returns, tensors on the device of its operands."""
    ran = operator_run(subject)
    found = results_of(ran)
    returns = resolve(subject.case.operator)._schema.returns
    if not (found.refusal or found.tensors) and any(str(one.type) == "Tensor" for one in returns):
        return found._replace(refusal=f"returns no tensor: {ran.structure}")
    placed = bool(ran.before) or "device" in dict(subject.case.kwargs)
    tensors = [
        one._replace(device=word if placed else one.device, offset=one.offset if one.on else ANYTHING)
        for one in found.tensors
    ]
    scalars = ANYTHING if has_no_values(subject.case.operator) else found.scalars
    return found._replace(scalars=scalars, tensors=tuple(tensors))


def expected_contents(subject: Subject, word: str) -> tuple[NearContent, ...]:
    """The operator's values. What is a view of an operand that is not written holds the very bytes."""
    ran = operator_run(subject)
    written = annotations_of(subject.case.operator).writes
    return tuple([
        NearContent(of, Near(one.dtype, one.data, bool(one.shares) and one.shares.partition(".")[0] not in written))
        for of, one in zip(_kinds(ran), ran.tensors, strict=True)
    ])  # fmt: skip


def expected_operands(subject: Subject, word: str) -> tuple[OperandLeft, ...]:
    """The operands as the operator leaves them; what is random, or left behind on another storage, is open."""
    ran = operator_run(subject)
    if ran.raised is not None:
        return ()
    loose = has_no_values(subject.case.operator)
    return tuple([
        one._replace(
            written=ANYTHING if loose else one.written,
            content=ANYTHING if loose or state.moved else Near(state.dtype, state.storage),
        )
        for one, state in zip(operands_of(ran), ran.left, strict=True)
    ])  # fmt: skip


def expected_leaves(subject: Subject, word: str) -> Leaves:
    """No operator of the table, and none that writes unless the operator itself does."""
    return Leaves((), ANYTHING if writes(subject.case.operator) else ())


RESULTS = Probe("sample-results", expected_results)
CONTENTS = Probe("sample-values", expected_contents)
OPERANDS = Probe("sample-operands", expected_operands)
LEAVES = Probe("leaves", expected_leaves)

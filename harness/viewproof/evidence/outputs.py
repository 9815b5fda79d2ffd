"""The probe `facts`: each output's metadata, whose storage it really lies on, and whether it is the very operand."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from viewproof.evidence.components import components_of
from viewproof.evidence.probe import AtLeast, Probe, Refused
from viewproof.evidence.subject import Subject
from viewproof.tensors.facts import TensorFacts
from viewproof_reference.layout.model import AnyLayout, Layout, NestedLayout, Output, SparseLayout


class OutputFacts(NamedTuple):
    """One output. `size`, `stride`, `offset` count elements, `storage_bytes` the bytes of the storage it lies on.

    `dtype`, `layout` and `device` are torch's words; what is no tensor has its class in `layout`. A tensor that is not
    strided has no stride and offset of its own: its components' facts are in `detail`. `on` names the operand component
    on whose storage (of before the call) it lies, None for a storage of its own. `identity`: it is the first operand.
    The first seven are those of the reference's `Layout`, in its order.
    """

    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    dtype: str
    conj: bool
    neg: bool
    storage_bytes: int
    layout: str
    device: str
    detail: tuple[Any, ...]
    on: str | None
    identity: bool


#: What every output is compared by: `OutputFacts`, or plain tuples of the same, which cost less to make.
Outputs = tuple[OutputFacts, ...]

_Tail = tuple[str, str, tuple[Any, ...], str | None, bool]


@lru_cache(maxsize=1024)
def _tail(word: str, on: str | None, identity: bool) -> _Tail:
    return "strided", word, (), on, identity


def facts_of_layout(layout: AnyLayout, word: str, on: str | None, identity: bool, grows: bool = False) -> Any:
    """The facts that an output of this layout must have on a device of the type `word`.

    A storage of its own may have slack; `grows` says that the call may enlarge the one that it shares.
    """
    if type(layout) is Layout:
        if on is None or grows:
            return (*layout[:6], AtLeast(layout.storage_bytes), *_tail(word, on, identity))
        return layout + _tail(word, on, identity)
    if type(layout) is SparseLayout:
        parts = [layout.indices, layout.plain_indices, layout.values]
        detail = (*[_component(part, word) for part in parts if part is not None], layout.coalesced)
        return (layout.size, (), 0, layout.values.dtype, False, False, 0, layout.kind, word, detail, on, identity)
    if type(layout) is NestedLayout:
        table = (layout.sizes, layout.strides, layout.offsets)
        return ((), (), 0, layout.buffer.dtype, False, False, 0, "nested", word, table, on, identity)
    return facts_of_layout(layout.primal, word, on, identity, grows)  # type: ignore[union-attr]


def _component(layout: Layout, word: str) -> TensorFacts:
    size, stride, offset, dtype, conj, neg, held = layout
    return TensorFacts(size, stride, offset, dtype, "strided", word, conj, neg, AtLeast(held))


def facts_evidence(subject: Subject, word: str) -> tuple[Outputs] | Refused:
    """The expected evidence of the one probe `facts`: the outputs of an accepted call, the refusal of another.

    Worked out once for each device type.
    """
    known: tuple[Outputs] | Refused | None = subject.known.get(word)
    if known is None:
        known = subject.known[word] = _expected(subject, word)
    return known


def _expected(subject: Subject, word: str) -> tuple[Outputs] | Refused:
    outputs, refusal = subject.expectation.outputs, subject.expectation.refusal
    if outputs is None:
        assert refusal is not None, "an expectation: wanted outputs or a refusal, got neither"
        return Refused(refusal.kind, refusal.reason)
    return (tuple([_output(subject, one, word) for one in outputs]),)


def _output(subject: Subject, output: Output, word: str) -> Any:
    layout, shares, _, _, identity = output
    if shares is None:
        return facts_of_layout(layout, word, None, identity)
    if subject.plain and not subject.traits.inplace and type(layout) is Layout:
        return layout + _tail(word, shares, identity)
    grows = subject.traits.inplace or shares.startswith("out")
    return facts_of_layout(layout, word, first_name(subject, shares), identity, grows)


def expected_outputs(subject: Subject, word: str) -> Outputs | Refused:
    """The outputs of an accepted call, each as `OutputFacts`; of a refused one the refusal."""
    known = facts_evidence(subject, word)
    return known if isinstance(known, Refused) else tuple([OutputFacts._make(one) for one in known[0]])


def _facts(subject: Subject, word: str) -> Any:
    known = facts_evidence(subject, word)
    return known if isinstance(known, Refused) else known[0]


def _outline(expected: Outputs | Refused) -> Any:
    """What a rule on facts may look at to say whether there is anything to compare: sizes, and what is composite."""
    if isinstance(expected, Refused):
        return None
    return tuple([(one[0], len(one[9])) for one in expected])


def first_name(subject: Subject, name: str) -> str:
    """The name under which a storage is told: arguments that share a declared one go by the first of them."""
    if not subject.case.storages:
        return name
    parts = components_of(subject.case)
    storage = parts[name].storage if name in parts else None
    if storage is None:
        return name
    return next(other for other, part in parts.items() if part.storage == storage)


FACTS = Probe("facts", _facts, _outline)

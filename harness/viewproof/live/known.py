"""Known calls: a call's case and what the reference says of it, worked out once, and comparisons of outputs with that.

They are cached for the process under the call's cheap key, from which they follow whatever torch does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any, NamedTuple

import torch

from viewproof.cases import format_case
from viewproof.evidence.expectation import expect
from viewproof.evidence.glance import agree_all, agrees
from viewproof.evidence.observation import Observation, OutputObservation
from viewproof.evidence.subject import Subject, subject_of
from viewproof.live.keys import Key
from viewproof.live.watched import WatchedOverload
from viewproof.records.model import ChunkRecord
from viewproof.running.session import tensors_of
from viewproof.tensors.facts import facts_of
from viewproof.tensors.spelling import Unspelled, spell, tensors_in

#: At most so many calls are cached; then the cache is emptied.
MOST = 50_000


class Operand(NamedTuple):
    """A tensor argument while its call runs: what a glance needs of a base. Dropped with the call."""

    tensor: torch.Tensor
    storage_bytes: int


class CallCount:
    """One kind of call in one block: how often it was made, how often it agreed, and where.

    `differed` holds the records of each way in which it did not agree, and how often that was so.

    `places` are counted by (code object, line, in a backward pass).
    """

    __slots__ = ("agreed", "calls", "differed", "known", "places")

    def __init__(self, known: KnownCall) -> None:
        self.known = known
        self.calls = 0
        self.agreed = 0
        self.differed: dict[tuple[tuple[str, str], ...], tuple[list[ChunkRecord], int]] = {}
        self.places: Counter[tuple[CodeType | None, int, bool]] = Counter()


class KnownCall:
    """What is known of a call. `reason` says why it has no case; then all else is empty."""

    __slots__ = ("alone", "device", "name", "reason", "subject", "watched")

    def __init__(self, watched: WatchedOverload, reason: str, subject: Subject | None, device: str) -> None:
        self.watched = watched
        self.reason = reason
        self.subject = subject
        self.device = device
        self.name = "" if subject is None else format_case(subject.case)
        outputs = () if subject is None else subject.expectation.outputs or ()
        # Whether a glance is enough: an accepted call that changes no metadata.
        self.alone = not watched.inplace and len(outputs) == 1

    @property
    def the_subject(self) -> Subject:
        """The subject. Raises ValueError where the call has no case."""
        if self.subject is None:
            raise ValueError(f"{self.watched.name}: wanted a call that has a case, got one without ({self.reason})")
        return self.subject


_KNOWN: dict[Key, KnownCall] = {}


def known_call(key: Key, watched: WatchedOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> KnownCall:
    """What is known of the call of this key, worked out where it is new."""
    known = _KNOWN.get(key)
    if known is None:
        if len(_KNOWN) >= MOST:
            _KNOWN.clear()
        known = _KNOWN[key] = _learn(watched, args, kwargs)
    return known


def _learn(watched: WatchedOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> KnownCall:
    try:
        case = spell(watched.name, watched.numbers, args, kwargs)
    except Unspelled as reason:
        return KnownCall(watched, str(reason), None, "")
    device = tensors_in(args, kwargs)[0].device.type
    return KnownCall(watched, "", subject_of(case, expect(case)), device)


def operands(watched: WatchedOverload, args: Sequence[Any], kwargs: Mapping[str, Any]) -> dict[str, Operand]:
    """The tensor arguments by the names that an expectation uses: `self`, `src`, `out`, `out.1`, ..."""
    first = args[0]
    found = {"self": Operand(first, first.untyped_storage().nbytes())}
    if len(args) > 1:
        names = watched.names
        for place in range(1, len(args)):
            value = args[place]
            if isinstance(value, torch.Tensor):
                found[names[place]] = Operand(value, value.untyped_storage().nbytes())
    for name, value in kwargs.items():
        if isinstance(value, torch.Tensor):
            found[name] = Operand(value, value.untyped_storage().nbytes())
        elif type(value) is list:
            for place, one in enumerate(value):
                if isinstance(one, torch.Tensor):
                    found[f"{name}.{place}"] = Operand(one, one.untyped_storage().nbytes())
    return found


def glance(known: KnownCall, result: Any, bases: dict[str, Operand], operand: Any) -> bool:
    """Whether all outputs of a call are as the reference says in size, strides, offset, flags and storage."""
    wanted = known.the_subject.expectation.outputs
    if wanted is None:
        return False
    held: Any = bases
    if known.alone:
        return agrees(result, wanted[0], held, operand, known.device)
    return type(result) in (list, tuple) and agree_all(result, wanted, held, operand, known.device)


def look(result: Any, places: Mapping[str, int], operand: Any) -> Observation:
    """A full observation of a call's outputs, for the rules on facts; `places` are the operands' storages before it."""
    return Observation([
        OutputObservation(
            facts_of(one),
            next((name for name, place in places.items() if place == one.untyped_storage()._cdata), None),
            one is operand,
        )
        for one in tensors_of(result)
    ])  # fmt: skip


def places_of(bases: Mapping[str, Operand]) -> dict[str, int]:
    """Which storage each operand is on, by an identity that is valid only while the operand lives."""
    return {name: base.tensor.untyped_storage()._cdata for name, base in bases.items()}

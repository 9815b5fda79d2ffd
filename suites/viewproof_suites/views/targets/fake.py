"""Runs cases on fake tensors, with torch's fake cache and without it. A FakeTensorMode is kept for some chunks only.

A base is made fake once for each mode, since that costs more than a call. Shapes are static, so that no symbols arise.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from viewproof.catalog.overloads import resolve
from viewproof.contract.target import Session, Target
from viewproof.evidence.outputs import FACTS, OutputFacts, expected_outputs
from viewproof.evidence.probe import AtLeast, Evidence, Probe, Raised, Refused
from viewproof.evidence.subject import Subject, Traits, operator_traits
from viewproof.running.session import FactsSession
from viewproof.tensors.bases import Base, metadata_of
from viewproof.tensors.build import BuiltCall
from viewproof.tensors.memory import reach
from viewproof_reference.layout import DTYPES

CHUNKS_A_MODE = 200
FAKES_A_MODE = 4000
"""How many chunks a mode is kept for, and how many fakes at most: each takes a few kilobytes."""


@dataclass(slots=True)
class _FakePool:
    """A mode and the fakes made in it, by the real tensor's id, with that tensor, so that the id stays unique."""

    mode: FakeTensorMode = field(default_factory=FakeTensorMode)
    fakes: dict[int, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    chunks: int = 0


_KEPT: dict[tuple[str, bool], _FakePool] = {}


def _kept(device: str, cached: bool) -> _FakePool:
    kept = _KEPT.get((device, cached))
    if kept is None or kept.chunks >= CHUNKS_A_MODE or len(kept.fakes) >= FAKES_A_MODE:
        kept = _KEPT[device, cached] = _FakePool()
        kept.mode.cache_enabled = cached
    kept.chunks += 1
    return kept


class FakeSession(FactsSession):
    """A session that builds each base for real, makes it fake once, and calls on the fakes under the mode."""

    def __init__(self, device: str, operator: str, kept: _FakePool) -> None:
        super().__init__(device, operator, fresh=operator_traits(operator).inplace)
        self.direct = False  # every argument has to be made fake
        self.mode = kept.mode
        self.kind = FakeTensor
        # Operands of in-place operators are made for each case, so that their fakes are not kept.
        self._fakes = {} if self.inplace else kept.fakes

    def _fake(self, tensor: Any) -> Any:
        if type(tensor) is list and tensor and isinstance(tensor[0], torch.Tensor):
            return [self._fake(one) for one in tensor]
        if not isinstance(tensor, torch.Tensor):
            return tensor
        kept = self._fakes.get(id(tensor))
        if kept is None or self.inplace:
            kept = (tensor, self.mode.from_tensor(tensor, static_shapes=True))
            self._fakes[id(tensor)] = kept
        return kept[1]

    def kept(self, subject: Subject) -> None:
        """None: every argument has to be made fake."""

    def prepare(self, subject: Subject) -> BuiltCall:
        """The case's arguments, fake."""
        real = super().prepare(subject)
        if self._is_changed(real):
            # The mode remembers its fake of each tensor: a new fake needs a new tensor.
            self.builder.drop(subject.case)
            real = super().prepare(subject)
        args = [self._fake(argument) for argument in real.args]
        kwargs = {name: self._fake(value) for name, value in real.kwargs.items()}
        bases = {name: self._fake_base(base) for name, base in real.bases.items()}
        return BuiltCall(args, kwargs, bases)

    def _is_changed(self, real: BuiltCall) -> bool:
        """Whether a call has changed a kept fake in more than its elements."""
        return any(
            base.metadata != metadata_of(kept[1])
            for base in real.bases.values()
            if (kept := self._fakes.get(id(base.tensor))) is not None
        )

    def _fake_base(self, base: Base) -> Base:
        fake = self._fake(base.tensor) if not self.inplace else self._fakes[id(base.tensor)][1]
        storage = fake.untyped_storage() if fake.layout is torch.strided else base.storage
        return Base(base.name, fake, fake, storage, base.dtype, base.storage_bytes, False)

    def invoke(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The call under the fake mode."""
        with self.mode:
            return super().invoke(args, kwargs)


class CachedFakeSession(FakeSession):
    """Runs a case that the cache must answer twice, of an empty cache, and observes the second result.

    Any other case is run once: of what is not kept, a second call computes the same again. Results that are computed in
    place of the kept ones are observed by the target `fake-nocache`.
    """

    #: Whether the result that was observed last is what the cache kept of the one before.
    answered = False

    def facts(self, subject: Subject) -> Evidence:
        """See `FactsSession.facts`."""
        FakeTensorMode.cache_clear()
        if not is_kept(subject.traits):
            return super().facts(subject)
        first = super().facts(subject)
        if isinstance(first, Raised):
            return first
        misses, hits = FakeTensorMode.cache_misses, FakeTensorMode.cache_hits
        seen = super().facts(subject)
        self.answered = FakeTensorMode.cache_hits > hits and FakeTensorMode.cache_misses == misses
        return seen

    def look(self, subject: Subject, probes: tuple[str, ...]) -> Evidence:
        """See `FactsSession.look`; what is kept is known of the run whose facts are seen."""
        seen = self.facts(subject)
        if isinstance(seen, Raised):
            return seen
        return tuple([self.answered if probe == KEPT.name else seen[0] for probe in probes])


# The fake mode logs a traceback before it raises; the exception is observed, and the log is not needed.
logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)


@contextmanager
def _open_fake(device: str, operator: str) -> Iterator[Session]:
    try:
        with CachedFakeSession(device, operator, _kept(device, cached=True)) as session:
            yield session
    finally:
        FakeTensorMode.cache_clear()


@contextmanager
def _open_fake_nocache(device: str, operator: str) -> Iterator[Session]:
    with FakeSession(device, operator, _kept(device, cached=False)) as session:
        yield session


def _facts_of_fakes(subject: Subject, word: str) -> Any:
    """The facts of a call, but for storages: no document of torch's promises more bytes than the elements need.

    A fake of a strided tensor lies on no more than that where it has no offset (torch/_subclasses/meta_utils.py).
    """
    key = f"fake {word}"
    known = subject.known.get(key)
    if known is None:
        outputs = expected_outputs(subject, word)
        known = outputs
        if not isinstance(outputs, Refused):
            known = tuple([
                tuple(one._replace(storage_bytes=AtLeast(_needed(one)))) if one.layout == "strided" else tuple(one)
                for one in outputs
            ])  # fmt: skip
        subject.known[key] = known
    return known


def _needed(one: OutputFacts) -> int:
    return reach((one.size, one.stride, one.offset), DTYPES[one.dtype].itemsize)


FAKE_FACTS = Probe("facts", _facts_of_fakes, outline=FACTS.outline)


@lru_cache(maxsize=4096)
def _may_be_kept(operator: str) -> bool:
    overload = resolve(operator)
    returns = overload._schema.returns
    composite = torch._C._dispatch_has_kernel_for_dispatch_key(overload.name(), "CompositeImplicitAutograd")
    return (
        len(returns) == 1
        and isinstance(returns[0].type, torch.TensorType)
        and torch.Tag.inplace_view not in overload.tags
        and not any(one.is_out for one in overload._schema.arguments)
        and not composite
        and overload._schema.name not in _NEVER_KEPT
    )


#: Operators whose result the mode may know the value of, which it never keeps; and one that autograd makes of others.
_NEVER_KEPT = frozenset({"aten::lift", "aten::lift_fresh", "aten::lift_fresh_copy", "aten::_make_dual"})


def is_kept(traits: Traits) -> bool:
    """Whether torch's cache must answer an equal call from what it keeps, as torch says itself when it does.

    It keeps one tensor that an accepted call returns and did not write to. A composite operator's parts are kept, and
    not what it returns (torch/_subclasses/fake_tensor.py, `_validate_cache_key`).
    """
    return not traits.refused and _may_be_kept(traits.operator)


KEPT = Probe("kept", lambda _subject, _word: True, is_kept)


def _strided(traits: Traits) -> bool:
    return traits.strided


def _computed(traits: Traits) -> bool:
    # What the cache does not keep is computed on the target `fake`, the same way. Of a refused call only what is raised
    # is seen, which may come of the cache itself.
    return traits.strided and (traits.refused or is_kept(traits))


FAKE = Target(
    "fake", "fake tensors, the answer that torch's fake cache keeps where it keeps one", _open_fake, _strided,
    (FAKE_FACTS, KEPT),
)  # fmt: skip
FAKE_NOCACHE = Target(
    "fake-nocache", "fake tensors, the cache off, where it would answer", _open_fake_nocache, _computed, (FAKE_FACTS,)
)

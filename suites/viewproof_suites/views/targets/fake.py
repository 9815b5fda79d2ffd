"""Runs cases on fake tensors, with torch's fake cache and without it. A FakeTensorMode is kept for some chunks only.

A base is made fake once for each mode, since that costs more than a call. Shapes are static, so that no symbols arise.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

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
    """A mode and the fakes made in it, by the real tensor's id.

    Each stands with that tensor, so that the id stays unique, and with the bytes of the storage that it was made on.
    """

    mode: FakeTensorMode = field(default_factory=FakeTensorMode)
    fakes: dict[int, tuple[torch.Tensor, torch.Tensor, int]] = field(default_factory=dict)
    chunks: int = 0


_KEPT: dict[tuple[str, bool], _FakePool] = {}


def _kept(device: str, cached: bool) -> _FakePool:
    kept = _KEPT.get((device, cached))
    if kept is None or kept.chunks >= CHUNKS_A_MODE or len(kept.fakes) >= FAKES_A_MODE:
        kept = _KEPT[device, cached] = _FakePool()
        kept.mode.cache_enabled = cached
    kept.chunks += 1
    return kept


def _held(fake: torch.Tensor) -> int:
    """The bytes of a fake's storage; 0 of what is not strided."""
    return fake.untyped_storage().nbytes() if fake.layout is torch.strided and not fake.is_nested else 0


class FakeSession(FactsSession):
    """A session that builds each base for real, makes it fake once, and calls on the fakes under the mode."""

    #: Whether a case is run once more, on what the run before left of its operands.
    again = False

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
            fake = self.mode.from_tensor(tensor, static_shapes=True)
            kept = self._fakes[id(tensor)] = tensor, fake, _held(fake)
        return kept[1]

    def kept(self, subject: Subject) -> None:
        """None: every argument has to be made fake."""

    def prepare(self, subject: Subject) -> BuiltCall:
        """The case's arguments, fake."""
        real = super().prepare(subject)
        if not self.again and self._is_changed(real):
            # The mode remembers its fake of each tensor: a new fake needs a new tensor.
            self.builder.drop(subject.case)
            real = super().prepare(subject)
        args = [self._fake(argument) for argument in real.args]
        kwargs = {name: self._fake(value) for name, value in real.kwargs.items()}
        bases = {name: self._fake_base(base) for name, base in real.bases.items()}
        return BuiltCall(args, kwargs, bases)

    def _is_changed(self, real: BuiltCall) -> bool:
        """Whether a call has changed a kept fake in more than its elements, or the size of its storage."""
        return any(
            base.metadata != metadata_of(kept[1]) or _held(kept[1]) != kept[2]
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
    """Runs a case that may come to the cache twice, of an empty cache, and observes the second result.

    Any other case is run once: a second call computes the same again. Results that are computed in place of the kept
    ones are observed by the target `fake-nocache`.
    """

    #: Whether the result that was observed last is what the cache kept of the one before.
    answered = False

    def facts(self, subject: Subject) -> Evidence:
        """See `FactsSession.facts`."""
        FakeTensorMode.cache_clear()
        if not comes_to_cache(subject.traits):
            return super().facts(subject)
        first = super().facts(subject)
        if isinstance(first, Raised):
            return first
        misses, hits = FakeTensorMode.cache_misses, FakeTensorMode.cache_hits
        self.again = True
        seen = super().facts(subject)
        self.again = False
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


class _Caching(NamedTuple):
    """Whether the calls of an operator may come to the cache, and whether it must answer them, by the schema."""

    comes: bool
    kept: bool


@lru_cache(maxsize=4096)
def _caching(operator: str) -> _Caching:
    overload = resolve(operator)
    schema = overload._schema
    composite = torch._C._dispatch_has_kernel_for_dispatch_key(overload.name(), "CompositeImplicitAutograd")
    comes = not composite and torch.Tag.inplace_view not in overload.tags
    one_tensor = len(schema.returns) == 1 and isinstance(schema.returns[0].type, torch.TensorType)
    writes = any(one.is_out for one in schema.arguments)
    return _Caching(comes, comes and one_tensor and not writes and schema.name not in _NEVER_KEPT)


#: Operators whose result the mode may know the value of, which it never keeps; and one that autograd makes of others.
_NEVER_KEPT = frozenset({"aten::lift", "aten::lift_fresh", "aten::lift_fresh_copy", "aten::_make_dual"})


def comes_to_cache(traits: Traits) -> bool:
    """Whether a call comes to torch's cache with its result: an accepted call, but for composite and in-place ones.

    Of a composite operator only the parts do.
    """
    return not traits.refused and _caching(traits.operator).comes


def is_kept(traits: Traits) -> bool:
    """Whether torch's cache must answer an equal call from what it keeps.

    It keeps one tensor that a call returns and did not write to (torch/_subclasses/fake_tensor.py,
    `_validate_cache_key` and `_validate_output_for_cache_entry`).
    """
    return not traits.refused and _caching(traits.operator).kept


KEPT = Probe("kept", lambda _subject, _word: True, is_kept)


def _strided(traits: Traits) -> bool:
    return traits.strided


def _computed(traits: Traits) -> bool:
    # What does not come to the cache is computed on the target `fake`, the same way. Of a refused call only what is
    # raised is seen, which may come of the cache itself.
    return traits.strided and (traits.refused or comes_to_cache(traits))


FAKE = Target(
    "fake", "fake tensors, the answer that torch's fake cache keeps where it keeps one", _open_fake, _strided,
    (FAKE_FACTS, KEPT),
)  # fmt: skip
FAKE_NOCACHE = Target(
    "fake-nocache", "fake tensors, the cache off, where it would answer", _open_fake_nocache, _computed, (FAKE_FACTS,)
)

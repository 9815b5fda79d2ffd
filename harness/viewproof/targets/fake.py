"""Fake tensors, with torch's fake cache and without it; one FakeTensorMode a chunk, so that nothing grows for long."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from viewproof.cases.model import Case
from viewproof.observation import Observation
from viewproof.subject import Subject, Traits
from viewproof.targets.base import Base
from viewproof.targets.build import Built
from viewproof.targets.model import Session, Target
from viewproof.targets.session import FACTS, FactsSession, forward_level


class FakeSession(FactsSession):
    """Builds each base for real, makes it fake once, and calls on the fakes under the mode."""

    def __init__(self, device: str, operator: str, mode: FakeTensorMode) -> None:
        super().__init__(device, operator)
        self.builder.fresh = self.inplace
        self.mode = mode
        self._fakes: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

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

    def arguments(self, case: Case) -> None:
        """None: every argument has to be made fake."""

    def prepare(self, subject: Subject) -> Built:
        """The case's arguments, fake."""
        real = super().prepare(subject)
        args = [self._fake(argument) for argument in real.args]
        kwargs = {name: self._fake(value) for name, value in real.kwargs.items()}
        bases = {name: self._fake_base(base) for name, base in real.bases.items()}
        return Built(args, kwargs, bases)

    def _fake_base(self, base: Base) -> Base:
        fake = self._fake(base.tensor) if not self.inplace else self._fakes[id(base.tensor)][1]
        return Base(base.name, fake, fake, base.storage, base.dtype, base.storage_bytes, False)

    def invoke(self, built: Built) -> Any:
        """The call under the fake mode."""
        with self.mode:
            return super().invoke(built)


class CachedFakeSession(FakeSession):
    """Asks each case twice and looks at the second answer, which comes out of torch's cache.

    The cache is emptied before each case, so that what it answers does not depend on the cases before. An answer that
    is made, not kept, is what `fake-nocache` looks at.
    """

    def _ask_first(self, subject: Subject) -> None:
        FakeTensorMode.cache_clear()
        super().observe(subject, FACTS)

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """See `Session.observe`."""
        self._ask_first(subject)
        return super().observe(subject, probes)

    def glance(self, subject: Subject, probes: frozenset[str]) -> Observation | None:
        """See `FactsSession.glance`."""
        self._ask_first(subject)
        return super().glance(subject, probes)


# The fake mode logs each refusal with a traceback before it raises; the refusal itself is what is observed.
logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)


@contextmanager
def _open_fake(device: str, operator: str) -> Iterator[Session]:
    mode = FakeTensorMode()
    mode.cache_enabled = True
    session = CachedFakeSession(device, operator, mode)
    try:
        with forward_level(session):
            yield session
    finally:
        FakeTensorMode.cache_clear()


@contextmanager
def _open_fake_nocache(device: str, operator: str) -> Iterator[Session]:
    mode = FakeTensorMode()
    mode.cache_enabled = False
    session = FakeSession(device, operator, mode)
    with forward_level(session):
        yield session


def _strided(traits: Traits) -> bool:
    return traits.strided


FAKE = Target("fake", "fake tensors, the answer that torch's fake cache keeps", _open_fake, _strided)
FAKE_NOCACHE = Target("fake-nocache", "fake tensors, the cache off", _open_fake_nocache, _strided)

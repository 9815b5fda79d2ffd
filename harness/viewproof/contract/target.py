"""`Target`: one way to run a case, and the session that runs a chunk of cases in this way."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits


class Session(Protocol):
    """Runs one chunk on one target: bases are built once, and reads are copied to the host together."""

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """Run the case and note what `probes` ask for. What torch raises becomes the observation's `error`."""
        ...

    def flush(self) -> None:
        """Deliver the reads that observations still wait for."""
        ...


class OpenSession(Protocol):
    """Makes a session on a device, as a context that restores every mode it enters."""

    def __call__(self, device: str, operator: str) -> AbstractContextManager[Session]: ...


class TakesTraits(Protocol):
    """Whether a target runs cases of these traits."""

    def __call__(self, traits: Traits) -> bool: ...


CALLS = frozenset({"call"})


@dataclass(frozen=True, slots=True)
class Target:
    """`open` starts a session; `takes` is pure and says which cases it runs; `device_word` what its outputs say.

    `kinds` are the kinds of subject that it can run at all: calls, or another one. `with_data` says that it writes and
    reads bytes; the others note only facts, so that a case of any size runs on them.
    """

    name: str
    summary: str
    open: OpenSession
    takes: TakesTraits
    on_meta: bool = False
    kinds: frozenset[str] = CALLS
    with_data: bool = False

    def device_word(self, device: str) -> str:
        """The device type that outputs report when the sweep runs on `device`."""
        return "meta" if self.on_meta else device.split(":", maxsplit=1)[0]

"""`Target`: one way to run a case, the probes that it gives, and the session that runs a chunk of cases in this way."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from viewproof.contract.state import STATE
from viewproof.evidence.probe import Evidence, Probe
from viewproof.evidence.subject import Subject, Traits


class Session(Protocol):
    """Runs one chunk on one target."""

    def observe(self, asked: Sequence[tuple[Subject, tuple[str, ...]]]) -> list[Evidence]:
        """Run each case and give the data of the probes that are named with it, in their order, or what torch raised.

        What torch raises is caught around torch's calls alone. The probes are among those that the target gives.
        """
        ...

    def renew(self, subject: Subject) -> bool:
        """Forget the operands that are kept of a case, which a call before may have changed. Whether any were kept."""
        ...


class OpenSession(Protocol):
    """Makes a session on a device, as a context that restores every mode it enters."""

    def __call__(self, device: str, operator: str) -> AbstractContextManager[Session]: ...


class TakesTraits(Protocol):
    """Whether a target runs cases of these traits."""

    def __call__(self, traits: Traits) -> bool: ...


CALLS = frozenset({"call"})


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """`open` starts a session; `takes` is pure and says which cases it runs; `device_word` what its outputs say.

    `probes` are those that its sessions give: a rule applies where its probe is among them, or is the engine's own.
    `kinds` are the kinds of subject that it can run at all: calls, or another one. `with_data` says that it writes and
    reads bytes; the others note only facts, so that a case of any size runs on them.
    """

    name: str
    summary: str
    open: OpenSession
    takes: TakesTraits
    probes: tuple[Probe, ...]
    on_meta: bool = False
    kinds: frozenset[str] = CALLS
    with_data: bool = False
    _by_name: dict[str, Probe] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {probe.name: probe for probe in self.probes})

    def probe(self, name: str) -> Probe | None:
        """The probe of that name, None where the target has none. What is left is looked at on every target."""
        return STATE if name == STATE.name else self._by_name.get(name)

    def device_word(self, device: str) -> str:
        """The device type that outputs report when the sweep runs on `device`."""
        return "meta" if self.on_meta else device.split(":", maxsplit=1)[0]

"""Eager on a device: the target with data. Values, replay, copies and gradients are observed here."""

from __future__ import annotations

import torch

from viewproof.contract.target import Target
from viewproof.evidence.copied import COPY, SCATTER_GRADIENT
from viewproof.evidence.outputs import FACTS
from viewproof.evidence.probe import Raised, raised
from viewproof.evidence.replayed import GRADIENT, REPLAY, Replay
from viewproof.evidence.subject import Subject, Traits, operator_traits
from viewproof.evidence.values import VALUES
from viewproof.running.copying import observe_copy
from viewproof.running.session import facts_of_output
from viewproof.running.values import ValuesSession
from viewproof.tensors.bases import Base, likeness
from viewproof.tensors.facts import Unreadable
from viewproof_suites.views.targets.gradient import observe_gradient, observe_scatter_gradient


class EagerSession(ValuesSession):
    """A session on a device that observes of each case what the probes ask for."""

    def __init__(self, device: str, operator: str) -> None:
        super().__init__(device, operator, fresh=operator_traits(operator).inplace)
        self.looks = {
            "replay": self._replay,
            "gradient": lambda subject: observe_gradient(self, subject),
            "copy": lambda subject: observe_copy(self, subject),
            "scatter-gradient": lambda subject: observe_scatter_gradient(self, subject),
        }

    def _replay(self, subject: Subject) -> tuple[Replay | None, ...] | Raised:
        built = self.build(subject)
        if isinstance(built, Raised):
            return built
        args, kwargs, bases = built
        try:
            results = self.listed(self.invoke(args, kwargs))
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)
        wanted = subject.expectation.outputs or ()
        found: list[Replay | None] = []
        for place, result in enumerate(results):
            one = wanted[place] if place < len(wanted) else None
            if one is None or one.identity or one.shares is None:
                found.append(None)
                continue
            # A tensor of another class may take part in every reading of it.
            with torch._C.DisableTorchFunctionSubclass():
                seen = _replayed(result, one.shares, bases[one.shares])
            if isinstance(seen, Raised):
                return seen
            found.append(seen)
        return tuple(found)


def _replayed(result: object, name: str, base: Base) -> Replay | Raised:
    """One output replayed on a base like its own."""
    if not isinstance(result, torch.Tensor) or not result._is_view():
        return Replay("not a view to autograd", None)
    other = _likeness(base)
    try:
        replayed = result._view_func_unsafe(other.tensor)
    except BaseException as error:  # noqa: BLE001  what torch raises is evidence
        return raised(error)
    if replayed is None:
        return Replay("no view function", None)
    try:
        return Replay("", facts_of_output(replayed, {id(other.storage): name}, None))
    except Unreadable as error:
        return raised(error)


def _likeness(base: Base) -> Base:
    """A base of the same geometry on a storage of its own, made once for each base."""
    if base.other is None:
        base.other = likeness(base)
    return base.other


def _takes(traits: Traits) -> bool:
    return True


PROBES = (FACTS, VALUES, REPLAY, GRADIENT, COPY, SCATTER_GRADIENT)
"""What can be seen of a call on a device with data."""

EAGER = Target("eager", "the operator called on the device", EagerSession, _takes, PROBES, with_data=True)

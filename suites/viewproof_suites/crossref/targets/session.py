"""Base class of the crossref targets' sessions: makes a chunk's calls on functional wrappers, under a mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import torch
from torch._ops import OpOverload

from viewproof.evidence.probe import Evidence, Raised, raised
from viewproof.evidence.subject import Subject
from viewproof.running.session import Asked, FactsSession
from viewproof.running.thread_state import ThreadStateKept, changed_state, thread_state
from viewproof_reference.replacements.crossref import (
    Functionalization,
    default_overloads,
    functionalization,
    set_functionalization,
)
from viewproof_suites.crossref.evidence import Shown, data_of

KEY = torch._C.DispatchKey.Functionalize

#: The arguments of one call, by place and by name.
Call = tuple[list[Any], dict[str, Any]]


def wrapped(value: Any) -> Any:
    """An argument with its tensors in functional wrappers: the only inputs on which a crossref is called."""
    if isinstance(value, torch.Tensor):
        return torch._to_functional_tensor(value)
    if type(value) is list:
        return [wrapped(one) for one in value]
    return value


def wrapped_arguments(args: Sequence[Any], kwargs: Mapping[str, Any]) -> Call:
    """All arguments of a call, wrapped; a tensor that is given twice is one wrapper."""
    return [wrapped(one) for one in args], {name: wrapped(value) for name, value in kwargs.items()}


@cache
def overloads() -> tuple[OpOverload[..., Any], ...]:
    """The overloads that these targets' crossref checks: all of aten, and others loaded at the first call."""
    return default_overloads()


@cache
def _caches() -> list[tuple[dict[Any, Any], dict[Any, Any]]]:
    """Each overload's dispatch cache and Python kernels: torch keeps both as long as the overload."""
    return [(op._dispatch_cache, op.py_kernels) for op in overloads()]


def handlers_left() -> int:
    """How many overloads' dispatch caches hold, for functionalization, neither a key nor a kernel of their own."""
    found = [(kept, kernels) for cached, kernels in _caches() if cached and (kept := cached.get(KEY)) is not None]
    return sum(not (isinstance(kept, torch._C.DispatchKey) or kept in kernels.values()) for kept, kernels in found)


class CrossrefSession(FactsSession):
    """A session on one chunk of calls. A target's subclass gives their mode (`mode`) and makes each call (`show`)."""

    def __init__(self, device: str, operator: str, *, reapply: bool) -> None:
        super().__init__(device, operator, fresh=True)
        self.reapply = reapply

    def mode(self) -> AbstractContextManager[Any]:
        """The context that the calls are made in, entered once for all calls that are asked together."""
        raise NotImplementedError

    def show(self, args: list[Any], kwargs: dict[str, Any]) -> Shown:
        """Make one call on wrapped arguments, under the mode; what the crossref says of it."""
        raise NotImplementedError

    def observe(self, asked: Sequence[Asked]) -> list[Evidence]:
        """See `Session.observe`: makes the calls, and notes what each left changed in the thread and the dispatcher."""
        calls = [self._call(subject) for subject, _ in asked]
        made = [call for call in calls if not isinstance(call, Raised)]
        shown = iter(self._all_shown(made) if made else ())
        return [
            call if isinstance(call, Raised) else data_of(probes, *next(shown))
            for (_, probes), call in zip(asked, calls, strict=True)
        ]

    def _call(self, subject: Subject) -> Call | Raised:
        built = self.build(subject)
        if isinstance(built, Raised):
            return built
        args, kwargs, _ = built
        try:
            return wrapped_arguments(args, kwargs)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return raised(error)

    def _all_shown(self, calls: Sequence[Call]) -> list[tuple[Shown, str]]:
        """What is said of each call, and the state that it left changed; leaving the mode counts as the first."""
        before, functional = thread_state(), functionalization()
        with ThreadStateKept():
            with torch.no_grad():
                set_functionalization(Functionalization(on=True, reapplies_views=self.reapply))
                try:
                    with self.mode():
                        shown = self._each_shown(calls)
                finally:
                    set_functionalization(functional)
            changed = [text for text in (changed_state(before), _left()) if text]
        if changed:
            shown[0] = shown[0][0], "; ".join(changed)
        return shown

    def _each_shown(self, calls: Sequence[Call]) -> list[tuple[Shown, str]]:
        found = []
        before = thread_state()
        for args, kwargs in calls:
            # Else no later call of the thread would come to the check.
            with ThreadStateKept():
                shown = self.show(args, kwargs)
                changed = changed_state(before)
            found.append((shown, changed))
        return found


def _left() -> str:
    left = handlers_left()
    return f"handlers in dispatch caches: 0 became {left}" if left else ""

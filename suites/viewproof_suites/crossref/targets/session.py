"""Base class of the crossref targets' sessions: makes a chunk's calls on functional wrappers, under a mode."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import torch
from torch._ops import OpOverload

from viewproof.cases.answers import answers_of
from viewproof.catalog.overloads import resolve
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof.running.session import error_of
from viewproof.running.thread_state import changed_state, thread_state
from viewproof.tensors.build import Builder
from viewproof_reference.replacements.crossref import (
    Functionalization,
    default_overloads,
    functionalization,
    set_functionalization,
)
from viewproof_suites.crossref.answers import CrossrefAnswers

KEY = torch._C.DispatchKey.Functionalize


def wrapped(value: Any) -> Any:
    """An argument with its tensors in functional wrappers: the only inputs on which a crossref is called."""
    if isinstance(value, torch.Tensor):
        return torch._to_functional_tensor(value)
    if type(value) is list:
        return [wrapped(one) for one in value]
    return value


def wrapped_arguments(args: list[Any], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """All arguments of a call, wrapped; a tensor that is given twice is one wrapper."""
    return [wrapped(one) for one in args], {name: wrapped(value) for name, value in kwargs.items()}


@cache
def overloads() -> tuple[OpOverload[..., Any], ...]:
    """The overloads that these targets' crossref checks: all of aten, and others loaded at the first call."""
    return default_overloads()


def handlers_left() -> int:
    """How many overloads' dispatch caches hold, for functionalization, neither a key nor a kernel of their own."""
    found = 0
    for op in overloads():
        kept = op._dispatch_cache.get(KEY)
        found += not (kept is None or isinstance(kept, torch._C.DispatchKey) or kept in op.py_kernels.values())
    return found


class CrossrefSession:
    """A session on one chunk of calls. A target's subclass gives their mode (`mode`) and makes each call (`look`)."""

    def __init__(self, device: str, operator: str, *, reapply: bool) -> None:
        self.operator = operator
        self.overload = resolve(operator)
        self.builder = Builder(device, fresh=True)
        self.reapply = reapply
        self._waiting: list[tuple[Subject, Observation]] = []

    def mode(self) -> AbstractContextManager[Any]:
        """The context that the calls are made in, entered once for each flush."""
        raise NotImplementedError

    def look(self, args: list[Any], kwargs: dict[str, Any]) -> CrossrefAnswers:
        """Make one call on wrapped arguments, under the mode; what was observed."""
        raise NotImplementedError

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """See `Session.observe`; the work is done in `flush`."""
        observation = Observation([])
        self._waiting.append((subject, observation))
        return observation

    def flush(self) -> None:
        """Make the calls that wait, and note what they left changed in the thread and the dispatcher."""
        work = []
        for subject, observation in self._waiting:
            try:
                built = self.builder.build(subject.case)
                work.append((observation, *wrapped_arguments(built.args, built.kwargs)))
            except Exception as error:  # noqa: BLE001  what torch raises is the observation
                observation.error = error_of(error)
        self._waiting.clear()
        if not work:
            return
        before, functional = thread_state(), functionalization()
        with torch.no_grad():
            set_functionalization(Functionalization(on=True, reapplies_views=self.reapply))
            try:
                with self.mode():
                    self._make_all(work)
            finally:
                set_functionalization(functional)
        changed = [text for text in (changed_state(before), _left()) if text]
        if changed:
            answers_of(work[0][0], CrossrefAnswers).state = "; ".join(changed)

    def _make_all(self, work: list[tuple[Observation, list[Any], dict[str, Any]]]) -> None:
        before = thread_state()
        for observation, args, kwargs in work:
            observation.answers = answers = self.look(args, kwargs)
            changed = changed_state(before)
            if changed:
                answers.state = changed
                before = thread_state()


def _left() -> str:
    left = handlers_left()
    return f"handlers in dispatch caches: 0 became {left}" if left else ""

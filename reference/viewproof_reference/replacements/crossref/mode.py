"""The mode: handlers put before the functionalization of every operator, and taken away without a trace.

Torch's own mode is a flag of a module, read when an operator's dispatch cache is filled. Here the handler is put into
the cache itself (`OpOverload._dispatch_cache`, which the Python dispatcher reads first), so that nothing of torch's is
replaced. Leaving drops the entries, which is what makes the dispatcher find anew what belongs there: what was there on
entry may be true no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch._ops import OpOverload

from viewproof_reference.replacements.crossref.guards import enable_python_dispatcher
from viewproof_reference.replacements.crossref.handler import KEY, Checks, make_handler
from viewproof_reference.replacements.crossref.overloads import load_overloads, python_loaded_overloads
from viewproof_reference.replacements.crossref.registrations import watched
from viewproof_reference.replacements.crossref.verdict import Finding


class Crossref:
    """What an entered mode knows: `findings` in the order of the calls, and how many calls were checked.

    Verdicts are kept for calls of equal keys until a kernel is registered, a library is opened or a module imported.
    """

    def __init__(self, overloads: Iterable[OpOverload[..., Any]]) -> None:
        self.findings: list[Finding] = []
        self.checks = Checks(self.findings.append)
        self._overloads = tuple(overloads)
        self._handlers: dict[OpOverload[..., Any], Any] = {}
        self._before: dict[OpOverload[..., Any], Any] = {}

    @property
    def checked(self) -> int:
        """How many calls reached a handler: none at all means that the mode is dead where it was entered."""
        return self.checks.checked

    @property
    def anew(self) -> int:
        """How many of them were run fake, since nothing was known of them."""
        return self.checks.anew

    @property
    def displaced(self) -> int:
        """How many handlers are not where they were put: another mode took their place and gave nothing back."""
        return sum(op._dispatch_cache.get(KEY) is not handler for op, handler in self._handlers.items())

    def take(self) -> list[Finding]:
        """The findings since the last time, and forget them."""
        found = list(self.findings)
        self.findings.clear()
        return found


class _Mode(Crossref):
    """The mode's own side: the entries that it puts into the caches, and the signal that drops what is known."""

    def put(self) -> None:
        """Put every handler where it is called; those of an operator that is left alone stay away."""
        for op in self._overloads:
            handler = make_handler(op, self.checks)
            if handler is None:
                continue
            # Known as put only once it is: a registration meanwhile puts back what is known.
            self._before[op] = op._dispatch_cache.get(KEY)
            op._dispatch_cache[KEY] = handler
            self._handlers[op] = handler

    def registered(self) -> None:
        """A kernel came or went: forget all verdicts, and put back the handlers that a cleared cache has lost."""
        self.checks.forget()
        for op, handler in self._handlers.items():
            if KEY not in op._dispatch_cache:
                op._dispatch_cache[KEY] = handler

    def drop(self) -> None:
        """Take every handler away. The handler of a mode around this one comes back, all else is found anew."""
        # A library that is collected meanwhile is a registration too: it must find no handler to put back.
        handlers, self._handlers = self._handlers, {}
        for op, handler in handlers.items():
            before = self._before[op]
            if op._dispatch_cache.get(KEY) is handler:
                del op._dispatch_cache[KEY]
                if getattr(before, "of_crossref", False):
                    op._dispatch_cache[KEY] = before


def default_overloads() -> tuple[OpOverload[..., Any], ...]:
    """Every overload of aten, loaded for it, and every other one that is loaded by now."""
    load_overloads("aten")
    return tuple(python_loaded_overloads())


@contextmanager
def crossref(overloads: Iterable[OpOverload[..., Any]] | None = None) -> Iterator[Crossref]:
    """Check every call of these operators (`default_overloads`, if None) on functional tensors during the body.

    Functional tensors are the wrappers of `torch._to_functional_tensor` and what functionalization makes of them; other
    tensors reach no handler. Leaving, also by an exception, takes every handler away, and turns the Python dispatcher
    off again where it was off.
    """
    mode = _Mode(default_overloads() if overloads is None else overloads)
    with watched(mode.registered):
        try:
            mode.put()
            with enable_python_dispatcher():
                yield mode
        finally:
            mode.drop()

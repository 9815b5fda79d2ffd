"""The mode: on entry it puts a handler in front of every operator's functionalization; on exit it removes them all.

Torch's own mode is a flag of a module, read when an operator's dispatch cache is filled. Here the handler is put into
the cache itself (`OpOverload._dispatch_cache`, which the Python dispatcher reads first), so that no function of torch's
is replaced. On exit the entries are dropped, so that the dispatcher looks up what belongs there; the entries found
on the mode's entry may be outdated by then.
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
    """The results of an entered mode: `findings` in the order of the calls, and how many calls were checked.

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
        """How many calls reached a handler: 0 means that the mode had no effect where it was entered."""
        return self.checks.checked

    @property
    def anew(self) -> int:
        """How many of them were run fake, as no verdict on them was kept."""
        return self.checks.anew

    @property
    def displaced(self) -> int:
        """How many handlers are not where they were put: another mode replaced them and did not restore them."""
        return sum(op._dispatch_cache.get(KEY) is not handler for op, handler in self._handlers.items())

    def take(self) -> list[Finding]:
        """Return the findings since the last call of this method, and forget them."""
        found = list(self.findings)
        self.findings.clear()
        return found


class _Mode(Crossref):
    """The mode's internal state: the entries that it puts into the caches; registrations make it drop verdicts."""

    def put(self) -> None:
        """Put every handler into its dispatch cache, except for operators that are never checked."""
        for op in self._overloads:
            handler = make_handler(op, self.checks)
            if handler is None:
                continue
            # Noted only after it was put: a registration in between puts back the handlers that are noted.
            self._before[op] = op._dispatch_cache.get(KEY)
            op._dispatch_cache[KEY] = handler
            self._handlers[op] = handler

    def registered(self) -> None:
        """After a kernel was registered or removed: forget all verdicts, and put handlers back into cleared caches."""
        self.checks.forget()
        for op, handler in self._handlers.items():
            if KEY not in op._dispatch_cache:
                op._dispatch_cache[KEY] = handler

    def drop(self) -> None:
        """Remove every handler. That of an enclosing mode is put back; all else the dispatcher looks up again."""
        # A library that is garbage collected meanwhile counts as a registration: it must not put handlers back.
        handlers, self._handlers = self._handlers, {}
        for op, handler in handlers.items():
            before = self._before[op]
            if op._dispatch_cache.get(KEY) is handler:
                del op._dispatch_cache[KEY]
                if getattr(before, "of_crossref", False):
                    op._dispatch_cache[KEY] = before


def default_overloads() -> tuple[OpOverload[..., Any], ...]:
    """Every overload of aten, which this loads, and every other one that is loaded by now."""
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

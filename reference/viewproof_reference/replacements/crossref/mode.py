"""The mode: on entry it puts a handler in front of every operator's functionalization; on exit it removes them all.

Torch's own mode is a flag of a module, read when an operator's dispatch cache is filled. Here the handler is put into
the cache itself (`OpOverload._dispatch_cache`, which the Python dispatcher reads first), so that no function of torch's
is replaced. On exit the entries are dropped, so that the dispatcher looks up what belongs there; the entries found
on the mode's entry may be outdated by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from torch._ops import OpOverload

from viewproof_reference.replacements.crossref.guards import enable_python_dispatcher
from viewproof_reference.replacements.crossref.handler import KEY, Checks, Handlers
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
        self._handlers: Handlers | None = None

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
        put = () if self._handlers is None else self._handlers.entries
        return sum(cache.get(KEY) is not entry[KEY] for cache, entry in put)

    def take(self) -> list[Finding]:
        """Return the findings since the last call of this method, and forget them."""
        found = list(self.findings)
        self.findings.clear()
        return found


#: Handlers that no mode uses now: making thousands costs more than checking a few calls. Those used last stand last.
_IDLE: list[Handlers] = []
_MOST_IDLE = 4
_lock = Lock()


def _idle_or_made(overloads: tuple[OpOverload[..., Any], ...]) -> Handlers:
    with _lock:
        for one in reversed(_IDLE):
            if one.overloads == overloads:
                _IDLE.remove(one)
                return one
    return Handlers(overloads)


class _Mode(Crossref):
    """The mode's internal state: the entries that it puts into the caches; registrations make it drop verdicts."""

    def __init__(self, overloads: Iterable[OpOverload[..., Any]]) -> None:
        super().__init__(overloads)
        # What enclosing modes had put where this one put its own.
        self._before: list[tuple[Handlers, dict[Any, Any], Any, Any]] = []

    def put(self) -> None:
        """Put every handler into its dispatch cache, except for operators that are never checked."""
        handlers = _idle_or_made(self._overloads)
        handlers.serve(self.checks)
        self._handlers = handlers
        for cache, entry in handlers.entries:
            if cache:
                before = getattr(cache.get(KEY), "of_crossref", None)
                # A registration in between may have put this very handler already.
                if before is not None and before is not handlers:
                    self._before.append((before, cache, cache[KEY], entry[KEY]))
            cache.update(entry)

    def registered(self) -> None:
        """After a kernel was registered or removed: forget all verdicts, and put handlers back into cleared caches."""
        self.checks.forget()
        if self._handlers is not None:
            for cache, entry in self._handlers.entries:
                if KEY not in cache:
                    cache.update(entry)

    def drop(self) -> None:
        """Remove every handler. That of an enclosing mode is put back; all else the dispatcher looks up again."""
        # A library that is garbage collected meanwhile counts as a registration: it must not put handlers back.
        handlers = self._handlers
        self._handlers = None
        if handlers is None:
            return
        for enclosing, cache, handler, mine in self._before:
            # A mode that was left in the meantime does not come back.
            if enclosing.checks is not None and cache.get(KEY) is mine:
                cache[KEY] = handler
        for cache, entry in handlers.entries:
            if cache == entry:
                cache.clear()
            elif cache.get(KEY) is entry[KEY]:
                del cache[KEY]
        handlers.serve(None)
        with _lock:
            _IDLE.append(handlers)
            del _IDLE[:-_MOST_IDLE]


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

"""The dispatch mode: every aten call of the thread passes through it, and those of the catalog are checked.

It changes nothing: each call is made exactly as it would have been, with the very arguments, and what it returns or
raises is handed on. What goes wrong in checking is noted as a harness error, and the program goes on.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from viewproof.evidence.observation import Observation
from viewproof.live.findings import Findings, finding_of
from viewproof.live.judging import judge_call
from viewproof.live.keys import Key, key_of
from viewproof.live.known import CallCount, Operand, glance, known_call, look, operands, places_of
from viewproof.live.places import LineFilter, SourceLine, place_of, user_frame, via
from viewproof.live.watched import WatchedOverload
from viewproof.running.session import error_of

_C: Any = torch._C
_COMPOSITE = _C.DispatchKey.CompositeImplicitAutograd
#: At most so many source lines are kept for one kind of call; calls from further ones are only counted.
LINES = 50


class Look:
    """The check of one call while it is made; dropped when the call ends, so that it keeps no tensor alive."""

    __slots__ = ("bases", "frame", "places", "seen")

    def __init__(self, seen: CallCount, bases: dict[str, Operand], frame: FrameType | None) -> None:
        self.seen = seen
        self.bases = bases
        self.frame = frame
        # An operator that changes its operand may put it on another storage: where it was is noted before.
        self.places = places_of(bases) if seen.known.watched.inplace else {}


class LiveMode(TorchDispatchMode):
    """Checks the calls of one block on one thread, and notes what it finds in `findings`.

    `turn` is called with each new kind of call, `tick` now and then.
    """

    supports_higher_order_operators = True

    def __init__(
        self,
        table: Mapping[Any, WatchedOverload],
        lines: LineFilter,
        findings: Findings,
        turn: Callable[[], None],
        tick: Callable[[], None],
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.table = table
        self.lines = lines
        self.findings = findings
        self.turn = turn
        self.tick = tick
        self.seen: dict[Key, CallCount] = {}
        self.process = os.getpid()
        self.calls = self.watched = self.subclassed = self.elsewhere = 0

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """True: torch.compile compiles as it would without the mode, which is off meanwhile, and on when code runs."""
        return True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Make the call; check it, before and after, where it is one of the catalog."""
        if kwargs is None:
            kwargs = {}
        self.calls += 1
        if not self.calls & 1023:
            self.tick()
        watched = self.table.get(func)
        if watched is None:
            return self._call(func, types, args, kwargs)
        if types and any(map(_dispatches, types)):
            self.subclassed += 1
            return func(*args, **kwargs)
        look = None
        try:
            look = self._before(watched, args, kwargs)
        except Exception as error:  # noqa: BLE001  a fault of ours must not reach the program
            self.findings.fail(f"before {watched.name}", error)
        try:
            result = self._call(func, types, args, kwargs)
        except Exception as error:
            if look is not None:
                self._raised(look, error)
            raise
        if look is not None:
            try:
                if not watched.inplace and glance(look.seen.known, result, look.bases, args[0]):
                    look.seen.agreed += 1
                else:
                    self._differs(look, result, args[0])
            except Exception as error:  # noqa: BLE001  a fault of ours must not reach the program
                self.findings.fail(f"after {watched.name}", error)
        return result

    def _call(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        # In inference mode composite operators come whole; the mode stays on for their parts, which run the same code.
        if torch.is_inference_mode_enabled() and _is_composite(func) and not any(map(_dispatches, types)):
            with self:
                return func._op_dk(_COMPOSITE, *args, **kwargs)
        return func(*args, **kwargs)

    def _before(self, watched: WatchedOverload, args: Any, kwargs: Any) -> Look | None:
        self.watched += 1
        if os.getpid() != self.process:
            return None  # a forked child: what it finds could not be told
        if _C._len_torch_function_stack():
            # Reading a size is a call to a function mode; the user's would see ours.
            with _C.DisableTorchFunction():
                return self._begin(watched, args, kwargs)
        return self._begin(watched, args, kwargs)

    def _begin(self, watched: WatchedOverload, args: Any, kwargs: Any) -> Look | None:
        frame = sys._getframe(3)
        user = user_frame(frame)
        if self.lines.patterns and (user is None or not self.lines.takes(user.f_code.co_filename, user.f_lineno)):
            self.elsewhere += 1
            return None
        key = key_of(watched.overload, args, kwargs, watched.numbers)
        seen = self.seen.get(key)
        if seen is None:
            seen = self.seen[key] = CallCount(known_call(key, watched, args, kwargs))
            self.turn()
        seen.calls += 1
        if user is not None:
            where = (user.f_code, user.f_lineno, _C._current_graph_task_id() != -1)
            if where in seen.places or len(seen.places) < LINES:
                seen.places[where] += 1
        if seen.known.reason:
            return None
        return Look(seen, operands(watched, args, kwargs), frame)

    def _differs(self, look_: Look, result: Any, operand: Any) -> None:
        """Observe a call in full that did not agree at a glance (a quick comparison), or that needs more than one."""
        places = look_.places or places_of(look_.bases)
        self._judge(look_, look(result, places, operand))

    def _raised(self, look_: Look, error: Exception) -> None:
        try:
            if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error):
                return
            self._judge(look_, Observation([], error_of(error)))
        except Exception as fault:  # noqa: BLE001  a fault of ours must not hide the program's own
            self.findings.fail(f"after {look_.seen.known.watched.name} raised", fault)

    def _judge(self, look_: Look, observation: Observation) -> None:
        seen = look_.seen
        known = seen.known
        records = judge_call(known, observation)
        failures = [failure for record in records for failure in record.failures]
        if not failures:
            seen.agreed += 1
            return
        way = tuple([(failure.rule, failure.observed) for failure in failures])
        kept, times = seen.differed.get(way, (records, 0))
        seen.differed[way] = (kept, times + 1)
        place: SourceLine = place_of(user_frame(look_.frame))
        for failure in failures:
            self.findings.add(
                finding_of(
                    failure,
                    count=1,
                    seen="live",
                    lines=[str(place)],
                    source=place.source,
                    via=via(look_.frame),
                    device=known.device,
                )
            )


def _dispatches(kind: type) -> bool:
    """Whether tensors of a class take part in dispatch themselves; a parameter, or a name alone, does not."""
    return kind.__torch_dispatch__ not in (torch.Tensor.__torch_dispatch__, _C._disabled_torch_dispatch_impl)  # type: ignore[attr-defined]


_PARTS: dict[Any, bool] = {}


def _is_composite(func: Any) -> bool:
    """Whether an operator has no kernel but the composite one: then its parts may be run in its place."""
    known = _PARTS.get(func)
    if known is None:
        known = False
        if isinstance(func, torch._ops.OpOverload):
            name = func.name()
            known = _C._dispatch_has_kernel_for_dispatch_key(name, _COMPOSITE) and not any(
                _C._dispatch_has_kernel_for_dispatch_key(name, key)
                for key in ("CPU", "CUDA", "Meta", "CompositeExplicitAutograd", "Python", "XPU", "MPS", "PrivateUse1")
            )
        _PARTS[func] = known
    return known

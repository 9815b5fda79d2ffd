"""The dispatch mode: every aten call of the thread passes through it, and those of the catalog are checked.

It changes nothing: each call is made exactly as it would have been, with the very arguments, and what it returns or
raises is handed on. What goes wrong in checking is noted as a harness error, and the program goes on.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from viewproof.evidence.probe import Evidence, raised
from viewproof.live.findings import Findings, finding_of
from viewproof.live.judging import judge_call
from viewproof.live.keys import Key, key_of, key_of_plain
from viewproof.live.known import CallCount, agrees, known_call, look, operand_names
from viewproof.live.places import LineFilter, SourceLine, place_of, user_frame, via
from viewproof.live.watched import WatchedOverload
from viewproof.running.session import outputs_of

_C: Any = torch._C
_len_torch_function_stack = _C._len_torch_function_stack
_current_graph_task_id = _C._current_graph_task_id
_modes_below = _C._len_torch_dispatch_stack
is_inference_mode_enabled = torch.is_inference_mode_enabled
#: What dynamo does with a frame of this thread that begins: None where it watches none. Not in every torch.
_watching: Any = getattr(_C._dynamo.eval_frame, "get_eval_frame_callback", None)
_COMPOSITE = _C.DispatchKey.CompositeImplicitAutograd
_FAKE = _C._TorchDispatchModeKey.FAKE
#: At most so many source lines are kept for one kind of call; calls from further ones are only counted.
LINES = 50
#: Of the calls whose number has none of these bits, one in 256, those that agree are shown to the rules all the same.
SHOWN = 255


#: How often this process was forked off another one: what a forked child finds could not be told.
_FORKS = [0]
os.register_at_fork(after_in_child=lambda: _FORKS.__setitem__(0, _FORKS[0] + 1))


class OverloadCalls:
    """The kinds of call of one overload that one block has seen, by their keys."""

    __slots__ = ("kinds", "watched")

    def __init__(self, watched: WatchedOverload) -> None:
        self.watched = watched
        self.kinds: dict[Key, CallCount] = {}


class Made(NamedTuple):
    """A call that was made: its kind, its arguments, the storages of its operands before it, where it came from."""

    seen: CallCount
    args: Sequence[Any]
    kwargs: Mapping[str, Any]
    storages: Sequence[Any]
    frame: FrameType


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
        _unwatched()
        # By identity: an overload's own hash is a Python function. The table keeps each alive.
        self.table = table
        self.overloads = {id(overload): OverloadCalls(watched) for overload, watched in table.items()}
        self.lines = lines
        self.findings = findings
        self.turn = turn
        self.tick = tick
        self.seen: list[CallCount] = []
        self.forks = _FORKS[0]
        self.calls = self.watched = self.subclassed = self.elsewhere = 0

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """True: torch.compile compiles as it would without the mode, which is off meanwhile, and on when code runs."""
        return True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # Torch would disable dynamo around every call, which costs more than reading its facts. `__torch_dispatch__`
        # does so where dynamo watches the frames of this thread, and nowhere else.
        return _watching is None

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Make the call; check it, before and after, where it is one of the catalog."""
        if _watching is None or _watching() is None:
            return self._dispatch(func, types, args, kwargs)
        return _unwatched()(self, func, types, args, kwargs)

    def _dispatch(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if kwargs is None:
            kwargs = {}
        self.calls += 1
        if not self.calls & 1023:
            self.tick()
        overload = self.overloads.get(id(func))
        if overload is None:
            return self._call(func, types, args, kwargs)
        if types and any(map(_dispatches, types)):
            self.subclassed += 1
            return func(*args, **kwargs)
        self.watched += 1
        seen: CallCount | None = None
        storages: Sequence[Any] = ()
        frame = sys._getframe(2)
        try:
            if _len_torch_function_stack():
                # Reading a size is a call to a function mode; the user's would see ours.
                with _C.DisableTorchFunction():
                    seen, storages = self._before(overload, args, kwargs, frame)
            else:
                seen, storages = self._before(overload, args, kwargs, frame)
        except Exception as error:  # noqa: BLE001  a fault of ours must not reach the program
            self.findings.fail(f"before {overload.watched.name}", error)
        try:
            if is_inference_mode_enabled():
                result = self._call(func, types, args, kwargs)
            else:
                result = func._op(*args, **kwargs)
        except Exception as error:
            if seen is not None:
                self._raised(seen, error, frame)
            raise
        if seen is not None:
            try:
                if _len_torch_function_stack():
                    with _C.DisableTorchFunction():
                        self._after(Made(seen, args, kwargs, storages, frame), result)
                elif self.calls & SHOWN and agrees(seen.known, result, storages, args[0]):
                    # What `_after` does first; most calls end here.
                    seen.agreed += 1
                else:
                    self._after(Made(seen, args, kwargs, storages, frame), result)
            except Exception as error:  # noqa: BLE001  a fault of ours must not reach the program
                self.findings.fail(f"after {overload.watched.name}", error)
        return result

    def _call(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        # In inference mode composite operators come whole; the mode stays on for their parts, which run the same code.
        if torch.is_inference_mode_enabled() and _is_composite(func) and not any(map(_dispatches, types)):
            with self:
                return func._op_dk(_COMPOSITE, *args, **kwargs)
        return func(*args, **kwargs)

    def _before(
        self, overload: OverloadCalls, args: Any, kwargs: Any, frame: FrameType
    ) -> tuple[CallCount | None, Sequence[Any]]:
        """The kind of a call, counted, with its operands' storages; None where it is not checked."""
        if _FORKS[0] != self.forks:
            return None, ()
        user = user_frame(frame)
        if self.lines.patterns and (user is None or not self.lines.takes(user.f_code.co_filename, user.f_lineno)):
            self.elsewhere += 1
            return None, ()
        watched = overload.watched
        if watched.plain and not kwargs:
            key, storages = key_of_plain(args, watched.lists)
        else:
            key, storages = key_of(args, kwargs, watched.numbers)
        seen = overload.kinds.get(key)
        if seen is None:
            seen = overload.kinds[key] = CallCount(known_call(key, watched, args, kwargs))
            self.seen.append(seen)
            self.turn()
        seen.calls += 1
        if user is not None:
            code = user.f_code
            where = (id(code), user.f_lasti, _current_graph_task_id() != -1)
            made = seen.made.get(where)
            if made is not None:
                made[1] += 1
            elif len(seen.made) < LINES:
                seen.made[where] = [code, 1]
        return (None, storages) if seen.known.reason else (seen, storages)

    def _after(self, made: Made, result: Any) -> None:
        """Count a call whose outputs are just what the reference says; observe any other in full, and ask the rules."""
        known = made.seen.known
        if self.calls & SHOWN and agrees(known, result, made.storages, made.args[0]):
            made.seen.agreed += 1
            return
        if _modes_below() and (kind := next(filter(_dispatches, map(type, outputs_of(result))), None)) is not None:
            # No operand is of such a class: it is not the operator that made this. Torch hands `lift_fresh` a real
            # tensor under a fake mode, to be made fake (FakeTensorMode.dispatch).
            made.seen.aside[f"answered with a {kind.__name__}, by another dispatch mode"] += 1
            return
        names = operand_names(known.watched, made.args, made.kwargs)
        self._judge(made.seen, look(result, dict(zip(names, made.storages, strict=True)), made.args[0]), made.frame)

    def _raised(self, seen: CallCount, error: Exception, frame: FrameType) -> None:
        try:
            if isinstance(error, torch.OutOfMemoryError) or "not enough memory" in str(error):
                return
            if _C._get_dispatch_mode(_FAKE) is not None and not seen.known.the_subject.traits.refused:
                # No operand is fake: it is the fake mode that takes none of them.
                seen.aside[f"refused by a fake mode, with {type(error).__name__}"] += 1
                return
            self._judge(seen, raised(error), frame)
        except Exception as fault:  # noqa: BLE001  a fault of ours must not hide the program's own
            self.findings.fail(f"after {seen.known.watched.name} raised", fault)

    def _judge(self, seen: CallCount, evidence: Evidence, frame: FrameType) -> None:
        known = seen.known
        records = judge_call(known, evidence)
        failures = [failure for record in records for failure in record.failures]
        if not failures:
            seen.agreed += 1
            return
        way = tuple([(failure.rule, failure.observed) for failure in failures])
        kept, times = seen.differed.get(way, (records, 0))
        seen.differed[way] = (kept, times + 1)
        place: SourceLine = place_of(user_frame(frame))
        for failure in failures:
            self.findings.add(
                finding_of(
                    failure,
                    count=1,
                    seen="live",
                    lines=[str(place)],
                    source=place.source,
                    via=via(frame),
                    device=known.device,
                )
            )


@functools.cache
def _unwatched() -> Any:
    """What `__torch_dispatch__` does, with dynamo disabled in all of it."""
    from torch._dynamo import disable
    from torch._dynamo.eval_frame import skip_code

    # The one frame that begins while dynamo watches: it is run as it is.
    skip_code(LiveMode.__torch_dispatch__.__code__)
    return disable(LiveMode._dispatch)


def _dispatches(kind: type) -> bool:
    """Whether tensors of a class take part in dispatch themselves; a parameter, or a name alone, does not."""
    return issubclass(kind, torch.Tensor) and kind.__torch_dispatch__ not in (
        torch.Tensor.__torch_dispatch__,
        _C._disabled_torch_dispatch_impl,
    )


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

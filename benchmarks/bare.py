"""Bare loops: the calls and readings of a suite, made and compared with nothing. What they cost, no checker undercuts.

All operands are built before the clock runs. The clock is CPU time of this process on one thread.
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.func import functionalize

from viewproof.catalog.overloads import resolve
from viewproof.contract.installed import find_suite, find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import Subject, operator_traits, subject_of
from viewproof.running.hazard import MORTAL, ending, survives
from viewproof.tensors.build import Builder
from viewproof_suites.functionalization.program import MutatingProgram, kept_program
from viewproof_suites.functionalization.targets.laying import ProgramTensors, lay, refill
from viewproof_suites.functionalization.targets.sequence import read_steps

#: Programs in one functionalized call, as in suites/functionalization/targets/session.py.
PACK = 32
MODES = ("mutations", "mutations_and_views")
#: Some of whose cases end the process (a known issue): each is tried in a child first.
DEADLY = frozenset({"aten._sparse_broadcast_to.default", *MORTAL})
_STRIDED, _CONTIGUOUS = torch.strided, torch.contiguous_format
_ALIAS = torch.ops.aten.alias.default
_functionalization: Any = torch._C._functionalization


@dataclass(frozen=True, slots=True)
class Floor:
    """A bare loop: how many cases and calls it made, how many of these raised, and the least seconds for all of it."""

    name: str
    cases: int
    calls: int
    raised: int
    seconds: float

    @property
    def rate(self) -> float:
        """Cases a second."""
        return self.cases / self.seconds


def _subjects(suite: str, profile: str) -> list[Subject]:
    """The accepted cases of a suite, in its order."""
    one = find_suite(suite)
    return [
        subject
        for operator in one.operators()
        for family in one.families(operator, profile)
        for case in one.cases(operator, family, profile)
        if not (subject := subject_of(case, expect(case))).traits.refused
    ]


def _survives(action: Callable[[], object]) -> bool:
    return not ending(action).startswith("SIG")


def _read(output: Any) -> tuple[Any, ...]:
    if output.layout is not _STRIDED or output.is_nested:
        return (output.layout, output.is_nested, output.dtype, output.device)
    storage = output.untyped_storage()
    return (
        output.size(),
        output.stride(),
        output.storage_offset(),
        output.dtype,
        output.layout,
        output.device,
        output.is_conj(),
        output.is_neg(),
        storage._cdata,
        storage.nbytes(),
    )


def _least(rounds: int, loop: Callable[[], int]) -> tuple[int, float]:
    """How many calls of the loop raised, and its seconds of CPU time, the least of `rounds`."""
    best, raised = float("inf"), 0
    for _ in range(rounds):
        gc.collect()
        gc.disable()
        began = time.process_time()
        raised = loop()
        best = min(best, time.process_time() - began)
        gc.enable()
    return raised, best


def bare_views(profile: str, rounds: int) -> Floor:
    """Level 1: each accepted case of the suite `views`, eager and on meta, all facts of its outputs read."""
    subjects = _subjects("views", profile)
    calls: list[tuple[Any, list[Any], dict[str, Any]]] = []
    # Operators that take a forward-mode level need one that is still open when the call is made.
    with torch.autograd.forward_ad.dual_level():
        for target, device in (("eager", "cpu"), ("meta", "meta")):
            builder, takes = Builder(device), find_target(target).takes
            for subject in subjects:
                if takes(subject.traits):
                    built = builder.build(subject.case)
                    call = resolve(subject.case.operator)._op
                    if subject.case.operator not in DEADLY or _survives(partial(call, *built.args, **built.kwargs)):
                        calls.append((call, built.args, built.kwargs))

        def loop() -> int:
            raised = 0
            for call, args, kwargs in calls:
                try:
                    result = call(*args, **kwargs)
                except Exception:  # noqa: BLE001  a refused case raises whatever it likes
                    raised += 1
                    continue
                if type(result) is list or type(result) is tuple:
                    for one in result:
                        if one is not None:  # the tangent that a dual tensor does not have
                            _read(one)
                else:
                    _read(result)
            return raised

        raised, seconds = _least(rounds, loop)
    return Floor("level 1", len(subjects), len(calls), raised, seconds)


@dataclass(frozen=True, slots=True)
class _Laid:
    """One program, ready to run."""

    operator: str
    call: Any
    program: MutatingProgram
    tensors: ProgramTensors


def bare_programs(profile: str, rounds: int) -> Floor:
    """Functionalized programs in both modes, in packs; facts, recorded steps, their replay, and bytes are read."""
    packs: list[list[_Laid]] = []
    subjects = _subjects("functionalization", profile)
    takes = find_target("functionalize").takes
    builder = Builder("cpu", fresh=True)
    pack: list[_Laid] = []
    numbers: dict[int, int] = {}
    operator = ""
    for subject in subjects:
        case = subject.case
        program = kept_program(case, subject.expectation, operator_traits(case.operator).inplace)
        if program is None or not takes(subject.traits) or not survives(case.operator):
            continue
        if len(pack) == PACK or case.operator != operator:
            pack, numbers, operator = [], {}, case.operator
            packs.append(pack)
        # Bases serve one program a pack: they are refilled before each.
        pack.append(_Laid(operator, resolve(operator)._op, program, lay(subject, program, builder, numbers)))
    packs = [_runnable(one) for one in packs]

    def loop() -> int:
        for one in packs:
            for remove in MODES:
                _run(one, remove)
        return 0

    with torch.no_grad():
        _, seconds = _least(rounds, loop)
    count = sum(map(len, packs))
    return Floor("functionalized, both modes", count, 2 * count, len(subjects) - count, seconds)


def _runnable(pack: Sequence[_Laid]) -> list[_Laid]:
    """The programs of a pack that run in both modes: one that raises would end its pack."""
    with torch.no_grad():
        return [one for one in pack if _runs(one) and one.tensors.base.is_as_made()]


def _runs(one: _Laid) -> bool:
    try:
        for remove in MODES:
            if one.operator in DEADLY and not _survives(partial(_run, [one], remove)):
                return False
            _run([one], remove)
    except Exception:  # noqa: BLE001  known issues of torch's raise whatever they like; how many do is said
        return False
    return True


def _run(pack: Sequence[_Laid], remove: str) -> None:
    inputs: list[torch.Tensor] = []
    for one in pack:
        refill(one.tensors, one.program)
        inputs += one.tensors.inputs
    sequences: list[Any] = []

    def program(given: list[torch.Tensor]) -> list[torch.Tensor]:
        start = 0
        raw: list[torch.Tensor] = []
        for one in pack:
            end = start + len(one.tensors.inputs)
            _perform(one, given[start:end], sequences, raw)
            start = end
        return raw

    for read in functionalize(program, remove=remove)(inputs):
        _bytes(read)
    for base, sequence in sequences:
        # Not `as_tuple` itself: of some steps it reads freed memory.
        read_steps(sequence)
        if sequence:
            view = _functionalization.apply_view_meta_sequence(base, sequence)
            _read(view)
            _bytes(view.contiguous())
    for one in pack:
        one.tensors.base.cells.tobytes()


def _perform(one: _Laid, given: Sequence[torch.Tensor], sequences: list[Any], raw: list[torch.Tensor]) -> None:
    program, laid, base = one.program, one.tensors, given[0]
    if program.copies:
        base = base.clone(memory_format=_CONTIGUOUS)
    args = list(laid.args)
    for place, other in zip(laid.others, given[1:], strict=True):
        args[place] = other
    result = one.call(_ALIAS(base) if program.aliases else base, *args[1:], **laid.kwargs)
    views = [result] if isinstance(result, torch.Tensor) else result
    root = laid.values[-1] if program.copies else laid.inputs[0]
    for view in views:
        (view.size(), view.stride(), view.storage_offset(), view.dtype, view.is_conj(), view.is_neg(), view.device)
        sequences.append((root, _functionalization.get_view_meta_sequence(view)))
    for view, value in zip(views, laid.values, strict=False):
        if isinstance(value, torch.Tensor):
            view.copy_(value)
        else:
            view.fill_(value)
    raw.append(base.clone(memory_format=_CONTIGUOUS))
    raw += [view.clone(memory_format=_CONTIGUOUS) for view in views]
    base.copy_(laid.values[-1])  # type: ignore[arg-type]
    raw += [view.clone(memory_format=_CONTIGUOUS) for view in views]


def _bytes(tensor: torch.Tensor) -> bytes:
    return ctypes.string_at(tensor.data_ptr(), tensor.nbytes)

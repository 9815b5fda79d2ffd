"""Runs the mutating programs of a chunk, several at once, and reads the results. Base class of four targets' sessions.

A pack is one call of the transform under test on the programs of many cases. Where a pack raises, its programs are run
again one by one, each on refilled inputs, so that the error is reported for the right one alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import torch

from viewproof.catalog.overloads import resolve
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof.running.hazard import MORTAL, ending, survives
from viewproof.running.session import error_of, tensors_of
from viewproof.running.thread_state import changed_state, thread_state
from viewproof.tensors.arena import Arena
from viewproof.tensors.build import Builder
from viewproof.tensors.facts import DTYPE_WORD, TensorFacts, strided_facts
from viewproof_suites.functionalization.answers import ProgramAnswers, Replay
from viewproof_suites.functionalization.program import MutatingProgram, kept_program
from viewproof_suites.functionalization.targets.laying import POOL, ProgramTensors, lay, refill
from viewproof_suites.functionalization.targets.sequence import OpenSteps, open_steps

PACK = 32
"""Programs in one call of the transform."""

_CONTIGUOUS = torch.contiguous_format
_ALIAS = torch.ops.aten.alias.default


class Run:
    """One run of a program by a target: its tensors, and what was observed so far."""

    __slots__ = (
        "applied", "facts", "laid", "left", "observation", "program", "raw", "reads", "sequences", "snapshot", "state",
        "subject",
    )  # fmt: skip

    def __init__(self, subject: Subject, program: MutatingProgram, observation: Observation) -> None:
        self.subject = subject
        self.program = program
        self.observation = observation
        self.laid: ProgramTensors

    def begin(self, laid: ProgramTensors, device: str) -> None:
        """Start with these tensors: fill the base, and forget what was observed in an earlier attempt."""
        self.laid = laid
        refill(laid, self.program, device)
        self.facts: list[TensorFacts] = []
        self.sequences: list[Any] = []
        self.raw: list[torch.Tensor] = []
        self.reads: list[bytes] = []
        self.snapshot: list[bytes] = []
        self.state = ""
        self.applied: list[Replay] = []
        self.left: list[str] = []


def perform(run: Run, session: ProgramSession, given: Sequence[torch.Tensor]) -> None:
    """The program itself, on whatever kind of tensors `given` are: the base, and the other tensor operands in order.

    Its reads are appended to `run.raw`; the facts and the recorded steps of each view are noted once it is taken.
    """
    program, laid, base = run.program, run.laid, given[0]
    if program.copies:
        base = base.clone(memory_format=_CONTIGUOUS)
    args = laid.args
    if laid.others:
        args = [*args]
        for place, one in zip(laid.others, given[1:], strict=True):
            args[place] = one
    result = session.call(_ALIAS(base) if program.aliases else base, *args[1:], **laid.kwargs)
    views = [result] if isinstance(result, torch.Tensor) else tensors_of(result)
    look, steps_of = session.look, session.steps_of
    for view in views:
        run.facts.append(look(view))
        run.sequences.append(steps_of(view))
    values = laid.values
    for view, value in zip(views, values, strict=False):
        if isinstance(value, torch.Tensor):
            view.copy_(value)
        else:
            view.fill_(value)
    raw = run.raw
    raw.append(base.clone(memory_format=_CONTIGUOUS))
    raw += [view.clone(memory_format=_CONTIGUOUS) for view in views]
    base.copy_(values[-1])  # type: ignore[arg-type]
    raw += [view.clone(memory_format=_CONTIGUOUS) for view in views]


def whole_facts(view: torch.Tensor) -> TensorFacts:
    """All facts of a view but its storage, which no rule compares."""
    return strided_facts(view, 0)


def few_facts(view: torch.Tensor) -> TensorFacts:
    """The size, dtype and device of a view that became a copy: its strides, offset and flags are not compared."""
    device = "cpu" if view.is_cpu else view.device.type
    return TensorFacts(view.size(), (), 0, DTYPE_WORD[view.dtype], "strided", device, False, False, 0)


#: Kinds of programs that raised so far in this process: likely to raise again; a wrong guess costs only time.
_RAISED: set[tuple[str, str, bool]] = set()


def _likeness(run: Run) -> tuple[str, str, bool]:
    program = run.program
    return run.subject.case.operator, program.base.dtype, True in program.constant


class ProgramSession:
    """A session on one chunk of programs. Each target's subclass runs a pack of them (`execute`)."""

    pack = PACK
    dies = False
    """Whether some programs kill the process here: those of the `MORTAL` operators are tried in a child first."""

    look: Callable[[torch.Tensor], TensorFacts] = staticmethod(whole_facts)
    """Gives the facts that are noted of each view."""
    steps_of: OpenSteps = staticmethod(open_steps)
    """Gives the recorded steps of a view."""

    def __init__(self, device: str, operator: str) -> None:
        self.device = device
        self.operator = operator
        self.overload = resolve(operator)
        self.call = self.overload._op
        self.builder = Builder(device, fresh=True)
        self.inplace = torch.Tag.inplace_view in self.overload.tags
        self.arena = Arena(device)
        self.mortal = self.dies and operator in MORTAL and device == "cpu"
        self._waiting: list[Run] = []

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        """See `Session.observe`; the work is done in `flush`, pack by pack."""
        program = kept_program(subject.case, subject.expectation, self.inplace)
        if program is None:
            return Observation([], (("LookupError",), f"{self.operator}: wanted a case that has a program"))
        if not survives(self.operator):
            text = (
                f"{self.operator}: its step holds a reference to what is gone: signals, failed assertions, wrong values"
            )
            return Observation([], (("DanglingReference",), text))
        observation = Observation([])
        self._waiting.append(Run(subject, program, observation))
        return observation

    def flush(self) -> None:
        """Run the programs that wait and fill in their observations."""
        with torch.no_grad():
            for pack in self._packs():
                self._run(pack)
        self.arena.flush()
        for run in self._waiting:
            if run.observation.error is None:
                if self.agrees(run):
                    run.observation.agreed = True
                else:
                    run.observation.answers = self.answers(run)
        self._waiting.clear()

    def _packs(self) -> list[list[Run]]:
        """The waiting runs in packs; alone where a program of its kind has raised, which would repeat the pack."""
        size = 1 if self.mortal else self.pack
        packed = [run for run in self._waiting if _likeness(run) not in _RAISED]
        alone = [[run] for run in self._waiting if _likeness(run) in _RAISED]
        return [*(packed[start : start + size] for start in range(0, len(packed), size)), *alone]

    def _run(self, runs: list[Run]) -> None:
        before = thread_state()
        numbers: dict[int, int] = {}
        for run in runs:
            run.begin(lay(run.subject, run.program, self.builder, numbers), self.device)
        if self.mortal and (end := ending(lambda: self.execute(runs))).startswith("SIG"):
            runs[0].observation.error = ((end,), f"the process dies of {end}")
            return
        try:
            self.execute(runs)
            for run in runs:
                self._take_home(run)
        except Exception as error:  # noqa: BLE001  what torch raises is the observation
            self._forget(runs)
            for run in runs:
                base = run.laid.base
                # A run that raised may have changed more of its base than the content.
                if not base.is_as_made() or base.storage.nbytes() != base.storage_bytes:
                    POOL.drop(run.subject.case, self.device)
            if len(runs) == 1:
                _RAISED.add(_likeness(runs[0]))
                names, text = error_of(error)
                changed = changed_state(before)
                if changed:
                    # The first class names the finding: a thread left in another state is one of its own.
                    names, text = (f"{names[0]} and leaves the thread changed", *names), f"{text} ({changed})"
                runs[0].observation.error = (names, text)
                return
            for run in runs:
                self._run([run])
            return
        runs[0].state = changed_state(before)

    def execute(self, runs: list[Run]) -> None:
        """Run the pack under the transform; leave ordinary (not functional) tensors in each `raw`."""
        raise NotImplementedError

    def read(self, tensor: torch.Tensor, into: list[bytes], wanted: bytes) -> None:
        """Append a tensor's element bytes to `into`: at once if contiguous on the host, else at the arena's flush.

        A contiguous tensor without lazy bits whose bytes are the `wanted` ones needs no other reading.
        """
        if self.device == "cpu" and tensor.is_contiguous():
            found = ctypes.string_at(tensor.data_ptr(), tensor.nbytes)
            if found == wanted and not (tensor.is_conj() or tensor.is_neg()):
                into.append(found)
                return
        self.arena.read(tensor, into)

    def _take_home(self, run: Run) -> None:
        reads, wanted = run.reads, run.program.reads
        last = len(wanted) - 1
        for place, one in enumerate(run.raw):
            self.read(one, reads, wanted[place if place < last else last])
        base = run.laid.base
        storage = base.storage
        if self.device != "cpu":
            self.arena.read(base.bytes_view(), run.snapshot)
        elif storage.data_ptr() == base.address and storage.nbytes() == base.storage_bytes:
            run.snapshot.append(base.cells.tobytes())
        else:  # moved or resized by what was run
            run.snapshot.append(ctypes.string_at(storage.data_ptr(), storage.nbytes()) if storage.nbytes() else b"")

    def _forget(self, runs: list[Run]) -> None:
        for run in runs:
            self.arena.forget(run.reads, 0)
            self.arena.forget(run.snapshot, 0)

    def agrees(self, run: Run) -> bool:
        """Whether all that the rules compare on this target is as expected: then no answers are made for the run."""
        return False

    def answers(self, run: Run) -> ProgramAnswers:
        """The answers of one run that the rules compare."""
        raise NotImplementedError

"""Runs the mutating programs of a chunk, several at once, and reads the results. Base class of four targets' sessions.

A pack is one call of the transform under test on the programs of many cases. Where a pack raises, its programs are run
again one by one, each on refilled inputs, so that the error is reported for the right one alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from viewproof.catalog.overloads import resolve
from viewproof.evidence.probe import Evidence, Raised, raised
from viewproof.evidence.subject import Subject, operator_traits
from viewproof.running.hazard import MORTAL, ending, survives
from viewproof.running.session import Asked, tensors_of
from viewproof.running.thread_state import changed_state, thread_state
from viewproof.running.values import storage_cells
from viewproof.tensors.build import Builder
from viewproof.tensors.elements import elements_of
from viewproof_suites.functionalization.evidence import ProgramRun, expected_of
from viewproof_suites.functionalization.program import MutatingProgram
from viewproof_suites.functionalization.targets.laying import POOL, ProgramTensors, lay, refill
from viewproof_suites.functionalization.targets.reading import look_at_view
from viewproof_suites.functionalization.targets.sequence import OpenSteps, open_steps, read_steps

PACK = 32
"""Programs in one call of the transform."""

_CONTIGUOUS = torch.contiguous_format
_ALIAS = torch.ops.aten.alias.default


class Run:
    """One run of a program by a target: its tensors, and what was seen so far.

    `raw` are its reads, as tensors: the base, each view, each view again. `facts` and `sequences` are noted of each
    view as soon as it is taken. `evidence` is there once the run is over.
    """

    __slots__ = ("evidence", "facts", "laid", "left", "probes", "program", "raw", "sequences", "state", "subject")

    def __init__(self, subject: Subject, probes: tuple[str, ...], program: MutatingProgram) -> None:
        self.subject = subject
        self.probes = probes
        self.program = program
        self.laid: ProgramTensors
        self.evidence: Evidence = ()

    def begin(self, laid: ProgramTensors) -> None:
        """Start with these tensors: fill the base, and forget what was seen in an earlier attempt."""
        self.laid = laid
        refill(laid, self.program)
        self.facts: list[Any] = []
        self.sequences: list[Any] = []
        self.raw: list[Any] = []
        self.left: list[str] = []
        self.state = ""

    def forget(self) -> None:
        """Let go of the tensors that were seen, so that those of the next run take their memory, still in the cache."""
        self.raw = self.sequences = self.facts = []


def perform(run: Run, session: ProgramSession, given: Sequence[torch.Tensor]) -> None:
    """The program itself, on whatever kind of tensors `given` are: the base, and the other tensor operands in order.

    Its reads are appended to `run.raw`; the facts and the recorded steps of each view are noted once it is taken.
    Calls of torch's, and nothing else that could raise: what comes out of here is what torch raised.
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

    look: Callable[[torch.Tensor], Any] = staticmethod(look_at_view)
    """Notes the facts of a view."""
    steps_of: OpenSteps = staticmethod(open_steps)
    """Gives the recorded steps of a view."""

    def __init__(self, device: str, operator: str) -> None:
        self.device = device
        self.operator = operator
        self.call = resolve(operator)._op
        self.builder = Builder(device, fresh=True)
        self.inplace = operator_traits(operator).inplace
        self.mortal = self.dies and operator in MORTAL and device == "cpu"
        #: The tensors of each subject's last run.
        self._laid: dict[Subject, ProgramTensors] = {}
        #: The looks that this session has, by the name of the probe.
        self.looks: dict[str, Callable[[Run], Any]] = {
            "program": program_run,
            "program-views": _facts,
            "steps": _steps,
        }

    def observe(self, asked: Sequence[Asked]) -> list[Evidence]:
        """See `Session.observe`; the work is done pack by pack. Raises LookupError for a case that has no program."""
        runs = [Run(subject, probes, expected_of(subject).program) for subject, probes in asked]
        if not survives(self.operator):
            text = f"{self.operator}: its step refers to what is gone: signals, failed assertions, wrong values"
            return [Raised(("DanglingReference",), text)] * len(runs)
        with torch.no_grad():
            for pack in self._packs(runs):
                self._run(pack)
        self._laid.update({run.subject: run.laid for run in runs})
        return [run.evidence for run in runs]

    def renew(self, subject: Subject) -> bool:
        """See `Session.renew`. Contents are laid anew for every run: only what a call changed beside is of concern."""
        laid = self._laid.get(subject)
        return laid is not None and POOL.renew(subject.case, laid, expected_of(subject).program, self.device)

    def _packs(self, runs: Sequence[Run]) -> list[list[Run]]:
        """The runs in packs; alone where a program of its kind has raised, which would repeat the pack."""
        size = 1 if self.mortal else self.pack
        packed: list[Run] = []
        alone: list[list[Run]] = []
        for run in runs:
            if _RAISED and _likeness(run) in _RAISED:
                alone.append([run])
            else:
                packed.append(run)
        return [*(packed[start : start + size] for start in range(0, len(packed), size)), *alone]

    def _run(self, runs: list[Run]) -> None:
        before = thread_state()
        numbers: dict[int, int] = {}
        for run in runs:
            run.begin(lay(run.subject, run.program, self.builder, numbers))
        if self.mortal and (end := ending(lambda: self.execute(runs))).startswith("SIG"):
            runs[0].evidence = Raised((end,), f"the process dies of {end}")
            return
        try:
            self.execute(runs)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            self._raised(runs, error, before)
            return
        changed = changed_state(before)
        if changed and len(runs) > 1:
            self._one_by_one(runs)
            return
        asked: tuple[str, ...] = ()
        looks: list[Callable[[Run], Any]] = []
        for run in runs:
            run.state = changed
            if run.probes != asked:
                asked, looks = run.probes, [self.looks[probe] for probe in run.probes]
            run.evidence = tuple([look(run) for look in looks])
            run.forget()

    def _raised(self, runs: list[Run], error: BaseException, before: dict[str, Any]) -> None:
        # A run that raised may have changed more of its base than the content.
        for run in runs:
            POOL.drop_changed(run.subject.case, run.laid, self.device)
        if len(runs) > 1:
            self._one_by_one(runs)
            return
        _RAISED.add(_likeness(runs[0]))
        names, text = raised(error)
        changed = changed_state(before)
        if changed:
            # The first class names the finding: a thread left in another state is one of its own.
            names, text = (f"{names[0]} and leaves the thread changed", *names), f"{text} ({changed})"
        runs[0].evidence = Raised(names, text)

    def _one_by_one(self, runs: Sequence[Run]) -> None:
        for run in runs:
            self._run([run])

    def execute(self, runs: list[Run]) -> None:
        """Run the pack under the transform; leave ordinary (not functional) tensors in each `raw`.

        What comes out of here is what torch raised.
        """
        raise NotImplementedError


def _facts(run: Run) -> tuple[Any, ...]:
    return tuple(run.facts)


def _steps(run: Run) -> tuple[Any, ...]:
    return tuple([read_steps(one) for one in run.sequences])


def program_run(run: Run) -> ProgramRun:
    """What the program read and left behind."""
    base, *views = [elements_of(one) for one in run.raw]
    return ProgramRun(base, tuple(views), storage_cells(run.laid.base).tobytes(), run.state)

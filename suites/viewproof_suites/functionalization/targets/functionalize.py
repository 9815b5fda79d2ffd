"""`torch.func.functionalize` on the programs of a chunk, with views reapplied and with views made copies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.func import functionalize

from viewproof.contract.target import Session, Target
from viewproof.evidence.subject import Traits
from viewproof.tensors.facts import TensorFacts
from viewproof_suites.functionalization.answers import ReplayAnswers
from viewproof_suites.functionalization.program import MutatingProgram, recorded
from viewproof_suites.functionalization.targets.sequence import apply_steps, read_steps
from viewproof_suites.functionalization.targets.session import ProgramSession, Run, few_facts, perform

_MODES = {"mutations": True, "mutations_and_views": False}


class FunctionalizeSession(ProgramSession):
    """A session that runs each pack of programs in one functionalized call."""

    def __init__(self, device: str, operator: str, remove: str) -> None:
        super().__init__(device, operator)
        self.remove = remove
        self.reapply: bool = _MODES[remove]
        if not self.reapply:
            self.look = few_facts

    def execute(self, runs: list[Run]) -> None:
        """See `ProgramSession.execute`: the inputs go in as one list, the reads come out as one list."""
        inputs = [one for run in runs for one in run.laid.inputs]

        def program(given: list[torch.Tensor]) -> list[torch.Tensor]:
            start = 0
            reads: list[torch.Tensor] = []
            for run in runs:
                end = start + len(run.laid.inputs)
                perform(run, self, given[start:end])
                reads += run.raw
                start = end
            return reads

        found: list[torch.Tensor] = functionalize(program, remove=self.remove)(inputs)
        start = 0
        for run in runs:
            end = start + len(run.raw)
            run.raw = found[start:end]
            start = end
            self._apply(run)

    def agrees(self, run: Run) -> bool:
        """See `ProgramSession.agrees`: reads, storage, layouts, recorded steps and their replay, all at once."""
        program = run.program
        if (
            run.state
            or run.snapshot[0] != program.seen.storage
            or tuple(run.reads) != program.reads
            or len(run.facts) != len(program.layouts)
        ):
            return False
        due = self._due(program)
        if run.facts != due or tuple([read_steps(one) for one in run.sequences]) != recorded(program, self.reapply):
            return False
        first = 1 + len(due)
        for place, (facts, got) in enumerate(zip(due, run.applied, strict=True)):
            if got is None:
                continue
            if isinstance(got, str) or got[0] != facts or got[1] != [program.reads[first + place]]:
                return False
        return True

    def _due(self, program: MutatingProgram) -> list[TensorFacts]:
        word = self.device.partition(":")[0]
        if self.reapply:
            return [
                TensorFacts(size, stride, offset, dtype, "strided", word, conj, neg, 0)
                for size, stride, offset, dtype, conj, neg, _ in program.layouts
            ]
        return [TensorFacts(one.size, (), 0, one.dtype, "strided", word, False, False, 0) for one in program.layouts]

    def _apply(self, run: Run) -> None:
        """Apply each recorded sequence to a base that was never functionalized; the results go to `run.applied`."""
        program, laid, applied = run.program, run.laid, run.applied
        base: Any = laid.values[-1] if program.copies else laid.inputs[0]
        first = 1 + len(program.outputs)
        for place, (output, sequence) in enumerate(zip(program.outputs, run.sequences, strict=False)):
            if not sequence or output.shares != "self":
                applied.append(None)
                continue
            try:
                view = apply_steps(base, sequence)
                reads: list[bytes] = []
                self.read(view, reads, program.reads[first + place])
            except Exception as error:  # noqa: BLE001  what torch raises is the observation
                applied.append(": ".join([type(error).__name__, *str(error).splitlines()[:1]]))
                continue
            applied.append((self.look(view), reads))

    def answers(self, run: Run) -> ReplayAnswers:
        """See `ProgramSession.answers`."""
        return ReplayAnswers(
            program=run.program,
            reads=tuple(run.reads),
            storage=run.snapshot[0],
            state=run.state,
            facts=run.facts,
            reapply=self.reapply,
            sequences=tuple([read_steps(one) for one in run.sequences]),
            applied=run.applied,
        )


def _takes(traits: Traits) -> bool:
    return traits.strided


@contextmanager
def _open(device: str, operator: str) -> Iterator[Session]:
    yield FunctionalizeSession(device, operator, "mutations")


@contextmanager
def _open_copies(device: str, operator: str) -> Iterator[Session]:
    yield FunctionalizeSession(device, operator, "mutations_and_views")


FUNCTIONALIZE = Target("functionalize", "torch.func.functionalize, views reapplied", _open, _takes, with_data=True)
FUNCTIONALIZE_COPIES = Target(
    "functionalize-copies", "torch.func.functionalize, views made copies", _open_copies, _takes, with_data=True
)

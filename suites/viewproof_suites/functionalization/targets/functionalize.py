"""`torch.func.functionalize` on the programs of a chunk, with views reapplied and with views made copies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.func import functionalize

from viewproof.contract.target import Session, Target
from viewproof.evidence.subject import Traits
from viewproof.tensors.elements import elements_of
from viewproof_suites.functionalization.evidence import (
    APPLIED,
    COPIED_VIEWS,
    COPIES_APPLIED,
    COPY_STEPS,
    PROGRAM,
    STEPS,
    VIEWS,
)
from viewproof_suites.functionalization.targets.reading import look_at_copy
from viewproof_suites.functionalization.targets.sequence import apply_steps
from viewproof_suites.functionalization.targets.session import ProgramSession, Run, perform

_MODES = {"mutations": True, "mutations_and_views": False}


class FunctionalizeSession(ProgramSession):
    """A session that runs each pack of programs in one functionalized call."""

    def __init__(self, device: str, operator: str, remove: str) -> None:
        super().__init__(device, operator)
        self.remove = remove
        self.reapply: bool = _MODES[remove]
        if not self.reapply:
            self.look = look_at_copy
        self.looks["steps-applied"] = self._applied

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

    def _applied(self, run: Run) -> tuple[Any, ...]:
        """What each recorded sequence gives on a base that was never functionalized."""
        laid = run.laid
        base: Any = laid.values[-1] if run.program.copies else laid.inputs[0]
        return tuple([
            self._replayed(base, sequence) if sequence and output.shares == "self" else None
            for output, sequence in zip(run.program.outputs, run.sequences, strict=False)
        ])  # fmt: skip

    def _replayed(self, base: torch.Tensor, sequence: Any) -> tuple[Any, Any]:
        try:
            view = apply_steps(base, sequence)
            facts = self.look(view)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            return type(error).__name__, "".join(str(error).splitlines()[:1])
        return facts, elements_of(view)


def _takes(traits: Traits) -> bool:
    return traits.strided


@contextmanager
def _open(device: str, operator: str) -> Iterator[Session]:
    yield FunctionalizeSession(device, operator, "mutations")


@contextmanager
def _open_copies(device: str, operator: str) -> Iterator[Session]:
    yield FunctionalizeSession(device, operator, "mutations_and_views")


FUNCTIONALIZE = Target(
    "functionalize", "torch.func.functionalize, views reapplied", _open, _takes,
    (PROGRAM, VIEWS, STEPS, APPLIED), with_data=True,
)  # fmt: skip
FUNCTIONALIZE_COPIES = Target(
    "functionalize-copies", "torch.func.functionalize, views made copies", _open_copies, _takes,
    (PROGRAM, COPIED_VIEWS, COPY_STEPS, COPIES_APPLIED), with_data=True,
)  # fmt: skip

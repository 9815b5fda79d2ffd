"""The Python `FunctionalTensorMode` on the programs of a chunk: the functionalization of AOTAutograd and export."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch._subclasses.functional_tensor import FunctionalTensor, FunctionalTensorMode

from viewproof.contract.target import Session, Target
from viewproof.evidence.subject import Traits
from viewproof_suites.functionalization.evidence import PROGRAM, STEPS, VIEWS
from viewproof_suites.functionalization.targets.sequence import open_steps
from viewproof_suites.functionalization.targets.session import ProgramSession, Run, perform


def _plain(tensor: FunctionalTensor) -> torch.Tensor:
    return tensor.from_functional()


def _steps(view: Any) -> Any:
    return open_steps(view.elem)


class FunctionalModeSession(ProgramSession):
    """A session that runs each pack under one mode, and copies changed inputs back as AOTAutograd does."""

    dies = True
    steps_of = staticmethod(_steps)

    def execute(self, runs: list[Run]) -> None:
        """See `ProgramSession.execute`."""
        keys = torch._C.DispatchKeySet(torch._C.DispatchKey.Functionalize)
        changed: list[tuple[torch.Tensor, torch.Tensor]] = []
        with torch._C._ExcludeDispatchKeyGuard(keys), FunctionalTensorMode():
            for run in runs:
                given = [FunctionalTensor.to_functional(one) for one in run.laid.inputs]
                perform(run, self, given)
                run.raw = [_plain(one) for one in run.raw]
                before, after = run.laid.inputs[0], _plain(given[0])
                if after is not before:
                    changed.append((before, after))
        for before, after in changed:
            before.copy_(after)


def _takes(traits: Traits) -> bool:
    return traits.strided


@contextmanager
def _open(device: str, operator: str) -> Iterator[Session]:
    yield FunctionalModeSession(device, operator)


FUNCTIONAL_MODE = Target(
    "functional-mode", "the Python FunctionalTensorMode, views reapplied", _open, _takes,
    (PROGRAM, VIEWS, STEPS),
)  # fmt: skip

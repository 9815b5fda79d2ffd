"""The one way to run a case, and a result as a script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from teapot_contract import operator
from teapot_contract.cases import PourCase
from viewproof.cases import Case
from viewproof.contract.target import Session, Target
from viewproof.evidence.observation import Observation, OutputObservation
from viewproof.evidence.subject import Subject
from viewproof.running.session import error_of
from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script
from viewproof.tensors.build import Builder
from viewproof.tensors.facts import facts_of


class PourSession:
    """Calls the operator on a tensor that is built for the case."""

    def __init__(self, device: str) -> None:
        self.builder = Builder(device)

    def observe(self, subject: Subject, probes: frozenset[str]) -> Observation:
        case: PourCase = subject.case
        built = self.builder.build(Case(case.operator, (case.operand,)))
        try:
            poured = torch.ops.teapot.pour(*built.args)
        except Exception as error:
            return Observation([], error_of(error))
        return Observation([OutputObservation(facts_of(poured), None, poured is built.args[0])])

    def flush(self) -> None:
        """Nothing is waited for."""


@contextmanager
def _open(device: str, name: str) -> Iterator[Session]:
    yield PourSession(device)


POURED = Target("poured", "the vendor's operator, called", _open, lambda _: True, kinds=frozenset({"pour"}))


def script(frame: Frame) -> Script:
    """A script that calls the operator and looks at what it gives."""
    size = frame.case.operand.layout.size
    wanted, got = (size, "tuple(poured.size())") if frame.rule == "pour.size" else (False, "poured is operand")
    lines = [
        f"operand = torch.zeros({list(size)})",
        "poured = torch.ops.teapot.pour(operand)",
        f"expected, observed = {wanted!r}, {got}",
    ]
    return Script(lines, [f"import {operator.__name__}"])

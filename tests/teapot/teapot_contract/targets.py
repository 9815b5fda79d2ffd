"""The one way to run a case, and a result as a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch

from teapot_contract import operator
from teapot_contract.cases import PourCase
from teapot_contract.rules import Poured
from viewproof.cases import Case
from viewproof.contract.target import Session, Target
from viewproof.evidence.outputs import FACTS
from viewproof.evidence.probe import Evidence, Probe, raised
from viewproof.evidence.subject import Subject
from viewproof.evidence.values import VALUES
from viewproof.running.values import ValuesSession
from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script
from viewproof.tensors.build import Builder


class PourSession:
    """Calls the operator on a tensor that is built for the case."""

    def __init__(self, device: str) -> None:
        self.builder = Builder(device)

    def observe(self, asked: Sequence[tuple[Subject, tuple[str, ...]]]) -> list[Evidence]:
        return [self._pour(subject.case) for subject, _ in asked]

    def _pour(self, case: PourCase) -> Evidence:
        built = self.builder.build(Case(case.operator, (case.operand,)))
        try:
            poured = torch.ops.teapot.pour(*built.args)
        except Exception as error:
            return raised(error)
        return (Poured(tuple(poured.size()), poured is built.args[0]),)

    def renew(self, subject: Subject) -> bool:
        return False


@contextmanager
def _open(device: str, name: str) -> Iterator[Session]:
    yield PourSession(device)


def _expected(subject: Subject, word: str) -> Poured:
    return Poured(subject.case.operand.layout.size, same=False)


POURED = Target(
    "poured",
    "the vendor's operator, called",
    _open,
    lambda _: True,
    (Probe("poured", _expected),),
    kinds=frozenset({"pour"}),
)
#: A way of the vendor's own to run aten's operators, with data: it gives the probes that viewproof's clauses need.
STEEPED = Target("steeped", "aten's operators, steeped", ValuesSession, lambda _: True, (FACTS, VALUES), with_data=True)


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

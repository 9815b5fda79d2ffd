"""The frame of a script's check: the case, what is expected, and where it runs."""

from __future__ import annotations

from dataclasses import dataclass

from viewproof.cases.model import Case
from viewproof.errors import NoScript
from viewproof.evidence.outputs import OutputFacts, expected_outputs
from viewproof.evidence.probe import Refused
from viewproof.evidence.subject import Subject
from viewproof.scripts.bases import Bases, bases_of, call_of
from viewproof_reference.layout.model import Layout, Output


@dataclass(frozen=True, slots=True)
class Frame:
    """One result to be shown: `subject` holds the expectation; `device` is what bases are built on.

    `imports` are modules of the user's whose kernels are tried.
    """

    rule: str
    target: str
    subject: Subject
    device: str
    imports: tuple[str, ...] = ()

    @property
    def case(self) -> Case:
        """The case."""
        return self.subject.case

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The expected outputs. Raises NoScript where the reference refuses the call."""
        if self.subject.expectation.outputs is None:
            raise NoScript(f"rule {self.rule}: wanted a case that the reference accepts, got a refused one")
        return self.subject.expectation.outputs

    @property
    def word(self) -> str:
        """The device type that outputs report."""
        return self.device.partition(":")[0]

    @property
    def facts(self) -> tuple[OutputFacts, ...]:
        """The facts of the expected outputs. Raises NoScript where the reference refuses the call."""
        found = expected_outputs(self.subject, self.word)
        if isinstance(found, Refused):
            raise NoScript(f"rule {self.rule}: wanted a case that the reference accepts, got a refused one")
        return found

    def bases(self, fill: str = "zeros", suffix: str = "") -> Bases:
        """The bases, built on the target's device and faked where the target is fake."""
        return bases_of(self.case, self.device, fill, suffix=suffix, fakes=self.target.startswith("fake"))

    def run(self, bases: Bases) -> list[str]:
        """Lines that build the bases and call the operator, which gives `outputs`."""
        return [*bases.lines, f"outputs = {call_of(self.case, bases)}"]


def strided(output: Output) -> Layout:
    """The output's layout, which must be a strided one."""
    if not isinstance(output.layout, Layout):
        raise NoScript("no script: wanted a strided output, got a composite one; use a layout rule")
    return output.layout


def indented(lines: list[str]) -> list[str]:
    """The lines, one block deeper."""
    return [f"    {line}" if line else "" for line in lines]

"""What is seen of an operator to compare with its schema: the probes `aliasing` of a sample and `aliased` of all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from viewproof.catalog.overloads import resolve
from viewproof.evidence.probe import ANYTHING, OneOf, Probe
from viewproof.evidence.subject import Subject
from viewproof.samples.annotations import Annotations, annotations_of
from viewproof.samples.build import operand_names
from viewproof.samples.run import SampleRun


class Meeting(NamedTuple):
    """Two tensors that were returned and lie on one storage, which is no operand's.

    `tensor` and `other` are their places among all that were returned, `number` and `other_number` the returns that
    they are, or are parts of.
    """

    tensor: int
    other: int
    number: int
    other_number: int


class Aliasing(NamedTuple):
    """One call; what is expected of it are `OfThese` and `MayMeet`.

    `lies_on` has an entry for each return: the operands whose storages it, or a part of it, lies on. `together` are the
    returned tensors that share a storage of their own, `changed` the operands whose storage or geometry is not what it
    was. Operands are named as the schema does, those of a list by their place too. `tensor` says that a tensor was
    returned, which is left open where the schema has none that is not in a list.
    """

    tensor: Any
    lies_on: tuple[Any, ...]
    together: Any
    changed: Any


@dataclass(frozen=True, slots=True, eq=False)
class OfThese:
    """Equal to any of the operands of the arguments `arguments`; `operands` are all that the call has."""

    arguments: frozenset[str]
    operands: tuple[str, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and not self.beyond(other)

    def __hash__(self) -> int:
        return hash(self.arguments)

    def __repr__(self) -> str:
        return f"none but {', '.join(sorted(self.arguments))}" if self.arguments else "none"

    def beyond(self, names: tuple[str, ...]) -> list[str]:
        """Those of the names that are not allowed."""
        return [name for name in names if name.partition(".")[0] not in self.arguments]

    def forbids(self) -> bool:
        """Whether the call has an operand that is not allowed."""
        return bool(self.beyond(self.operands))


@dataclass(frozen=True, slots=True, eq=False)
class MayMeet:
    """Equal to any meetings of returns that have an alias set in common. `tensors` is how many tensors may return."""

    says: Annotations
    tensors: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and not self.beyond(other)

    def __hash__(self) -> int:
        return hash(self.says)

    def __repr__(self) -> str:
        return "none without an alias set in common"

    def beyond(self, meetings: tuple[Meeting, ...]) -> list[Meeting]:
        """Those of the meetings that are not allowed."""
        count = len(self.says.aliases)
        return [
            one for one in meetings
            if max(one.number, one.other_number) >= count or not self.says.may_meet(one.number, one.other_number)
        ]  # fmt: skip

    def forbids(self) -> bool:
        """Whether two tensors may be returned that may not lie on one storage."""
        return self.tensors > 1 and not all(
            self.says.may_meet(one, other) for one in range(len(self.says.aliases)) for other in range(one + 1)
        )


class Aliased(NamedTuple):
    """How often a return lies on an operand's storage, over all samples in which it is a tensor.

    `question` names the return, as in `return 0`; `word` is `always`, `for some samples`, `never`, or `no tensor`.
    """

    question: str
    word: str | OneOf


def aliasing_of(operator: str, ran: SampleRun) -> Aliasing:
    """The data of the probe `aliasing`."""
    tensors = ran.tensors
    count = max([len(annotations_of(operator).aliases), *[one.number + 1 for one in tensors]])
    lies_on = [
        tuple(dict.fromkeys([one.shares for one in tensors if one.number == number and one.shares]))
        for number in range(count)
    ]
    together = [
        Meeting(place, one.beside, one.number, tensors[one.beside].number)
        for place, one in enumerate(tensors)
        if one.beside >= 0 and not one.shares
    ]
    return Aliasing(bool(tensors), tuple(lies_on), tuple(together), ran.changed)


def expected_aliasing(subject: Subject, word: str) -> Aliasing:
    """What the schema's annotations allow."""
    case: Any = subject.case
    says = annotations_of(case.operator)
    operands = operand_names(case.call)
    returns = resolve(case.operator)._schema.returns
    # A list may hold any number of tensors.
    tensors = sum(float("inf") if "List" in str(one.type) else "Tensor" in str(one.type) for one in returns)
    lies_on = [
        OfThese(allowed, operands if "Tensor" in str(one.type) else ())
        for one, allowed in zip(returns, says.aliases, strict=True)
    ]
    declared = any(str(one.type) == "Tensor" for one in returns)
    return Aliasing(
        True if declared else ANYTHING, tuple(lies_on), MayMeet(says, tensors), OfThese(says.writes, operands)
    )


def expected_aliased(subject: Subject, word: str) -> tuple[Aliased, ...]:
    """Of each return that is annotated as an alias, how often it must be one."""
    says = annotations_of(subject.case.operator)
    return tuple([
        Aliased(f"return {number}", OneOf(("always",) if says.written[number] else ("always", "for some samples")))
        for number, aliases in enumerate(says.aliases)
        if aliases
    ])  # fmt: skip


ALIASING = Probe("aliasing", expected_aliasing)
ALIASED = Probe("aliased", expected_aliased)

"""What the rules say of one execution, and of the same execution run a second time, on operands made anew.

What is not the same twice is `flaky`, whichever answer came first: a kernel that is right at times is not right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from viewproof.contract.rule import Difference, Rule
from viewproof.contract.state import Left
from viewproof.engine.planner import RuleSet
from viewproof.engine.workload import Equal
from viewproof.evidence.probe import Evidence, Raised
from viewproof.evidence.subject import Subject

SAMPLED = 100
"""One equal execution in so many is judged by the rules all the same, and run a second time; and one waived failure."""


class Sight(NamedTuple):
    """What was seen of one execution: its evidence, or that it was as expected, and what it left changed."""

    evidence: Evidence | Equal
    left: Left = ()


#: Runs an execution again, in a session of its own and on operands made anew.
Again = Callable[[], Sight]


class Answer(NamedTuple):
    """The differences that rules see in one execution, by the rule's name; the others hold.

    Where `raised`, one difference is that of every rule but of the one on what is left.
    """

    differences: dict[str, Difference]
    raised: bool = False


def judged(rule: Rule, asked: RuleSet) -> bool:
    """Whether a rule is asked of the evidence, and not of what was left."""
    return rule is not asked.state


def answer_of(subject: Subject, asked: RuleSet, expected: Any, sight: Sight) -> Answer:
    """Ask every rule that applies.

    Raises AssertionError where one does not hold on evidence that is equal: that is a fault of ours.
    """
    seen: Any = sight.evidence
    refused = subject.traits.refused
    differences: dict[str, Difference] = {}
    if asked.state is not None and (left := asked.state.check((), sight.left)) is not None:
        differences[asked.state.name] = left
    rules = [rule for rule in asked.rules if judged(rule, asked)]
    if type(seen) is Equal:
        return Answer(differences)
    if type(seen) is Raised and not refused:
        classes, message = seen
        raised = Difference("accepted", f"{classes[0]}: {message[:200]}", f"raises {classes[0]}")
        return Answer(differences | {rule.name: raised for rule in rules}, raised=True)
    equal = seen == expected
    for rule in rules:
        if refused:
            difference = rule.check(expected, seen if type(seen) is Raised else seen[0])
        else:
            place = asked.places[rule.probe]
            difference = rule.check(expected[place], seen[place])
        if difference is None:
            continue
        if equal:
            raise AssertionError(
                f"{rule.name}/{subject.name}: wanted a rule that holds on equal evidence, "
                f"got {difference.expected!r} against {difference.observed!r}"
            )
        differences[rule.name] = difference
    return Answer(differences)


def flaky(first: Difference | None, second: Difference | None) -> Difference:
    """Two unlike answers as one difference. Its shape is the same whichever came first."""
    wanted = [one.expected for one in (first, second) if one is not None]
    said = [one.observed if one is not None else "as expected" for one in (first, second)]
    shapes = sorted({one.shape for one in (first, second) if one is not None})
    return Difference(wanted[0], f"{said[0]}; run again: {said[1]}", f"not every time: {' or '.join(shapes)}")

"""Evidence of one call under a crossref: what torch's says and should say; what the reference's finds; the state left.

How many calls must reach the check is expected from the case and the reference alone (`must_reach`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from viewproof.catalog import catalog
from viewproof.evidence.probe import AtLeast, Probe
from viewproof.evidence.subject import Subject
from viewproof_reference.replacements.crossref.verdict import Finding


class Statement(NamedTuple):
    """What a crossref reports of one call: nothing (`fact` empty), the mismatch that it stops at, or what it raised.

    `fact` is `size`, `dtype`, `stride`, `structure`, or the class of what the fake run raised. The call as text, the
    output's number, both values and the dimension are there where torch's message has them.
    """

    fact: str = ""
    call: str = ""
    place: int | None = None
    fake: str = ""
    functional: str = ""
    dimension: int | None = None


class Told(NamedTuple):
    """Of one checked call: what torch's crossref should report, by the reference's own two runs, and what it does."""

    due: Statement
    said: Statement


class _Due:
    """Equal to what torch's crossref told of some calls, where it said of each what was due."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and all(due == said for due, said in other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "of each call what is due"


WHAT_IS_DUE: Any = _Due()


class TorchSays(NamedTuple):
    """What torch's crossref reports: how many calls it `checked`, and what it `told` of each.

    `alarm` is what it raises and functionalization alone does not, as `fact: message`; empty where there is none.
    """

    checked: int
    told: tuple[Told, ...]
    alarm: str


class ReferenceFinds(NamedTuple):
    """What the reference's crossref reports: how many calls it `checked`, its findings, and what the call raised.

    `raised` is `class: message` of what came out of the call, else empty.
    """

    checked: int
    findings: tuple[Finding, ...]
    raised: str


#: Torch leaves this operator out by its own words (`make_crossref_functionalize`), and so does the reference.
_LEFT_OUT = frozenset({"aten.lift_fresh.default"})


def must_reach(subject: Subject) -> bool:
    """Whether a call of the case must reach the check, by the case and the reference alone.

    A check stands before an operator's functionalization. A composite operator is taken apart before that, so that none
    of its calls is owed one unless it makes an output: where it returns its very operand, there is nothing to call.
    """
    operator = subject.case.operator
    made = any(not output.identity for output in subject.expectation.outputs or ())
    return made or not (catalog()[operator].composite or operator in _LEFT_OUT)


def _reached(subject: Subject) -> AtLeast:
    return AtLeast(must_reach(subject))


def _says(subject: Subject, word: str) -> TorchSays:
    return TorchSays(_reached(subject), WHAT_IS_DUE, "")


def _finds(subject: Subject, word: str) -> ReferenceFinds:
    return ReferenceFinds(_reached(subject), (), "")


def _as_before(subject: Subject, word: str) -> str:
    return ""


SAYS = Probe("crossref-says", _says)
FINDS = Probe("crossref-finds", _finds)
#: What the call left changed in the thread's state and the dispatch caches, as `name: before became after; ...`.
STATE = Probe("crossref-state", _as_before)

#: What is seen of a call: all of one crossref, before it is known whether that changed any state.
Shown = TorchSays | ReferenceFinds


def data_of(probes: tuple[str, ...], shown: Shown, state: str) -> tuple[Any, ...]:
    """The data of these probes, in their order."""
    return tuple([state if probe == STATE.name else shown for probe in probes])

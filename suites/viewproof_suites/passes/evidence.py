"""What is seen of a pass on an exported graph: a probe for each question (questions/), whose data is the answer.

Most answers can be told ahead. Some are compared with the answer for the reference's own pass on the same graph, which
is asked where the graph is: the data holds both, and what is expected is that they are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from viewproof.catalog.overloads import resolve
from viewproof.evidence.probe import OneOf, Probe
from viewproof.evidence.subject import Subject, Traits
from viewproof_reference.replacements.view_to_copy import NoCopyVariant, copy_of, is_view
from viewproof_suites.passes.saved import SAME

#: What is said in the place of an answer for the reference's pass where that raised.
SILENT = "an answer of the reference's"
#: The questions whose answer is compared with the one for the reference's pass.
COMPARED = ("graph", "inner_graphs", "order", "refusal", "tokens")
#: The one right answer to each of the other questions but `copies`.
RIGHT = {
    "again": "nothing", "composed": "alike", "decomposed": "the program's", "fresh": "none", "inner_views": "none",
    "input": "as it was", "layouts": "the program's, or refused", "metadata": "kept", "modified": "as it is",
    "names": "kept", "packets": "none", "preserved": "called", "saved": SAME, "sound": "sound", "state": "the same",
    "tensor_meta": "kept", "untouched": "the very module, unmodified", "vals": "true", "values": "the program's",
    "views": "none", "violated": "raises before, raises after",
}  # fmt: skip
_HEAD = "pass-"


class Compared(NamedTuple):
    """An answer for the pass that is tried, and the one for the reference's pass on the same graph."""

    reference: str
    got: str


class AsReference:
    """Equal to two answers that are the same. `compares` is False where there is nothing to ask about."""

    def __init__(self, *, compares: bool = True) -> None:
        self.compares = compares

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Compared) and other.reference == other.got

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "the answer for the reference's pass"


class Unlooked(str):
    """An answer that is given without a look."""

    __slots__ = ()


def probe_name(question: str) -> str:
    """The name of the probe that asks the question."""
    return f"{_HEAD}{question}"


def question_of(probe: str) -> str:
    """The question that a probe asks, by the probe's name."""
    return probe.removeprefix(_HEAD)


def probe_of(question: str, takes: Callable[[Traits], bool] | None = None) -> Probe:
    """The probe that asks the question, of modules that `takes` holds of."""
    return Probe(probe_name(question), _expected(question), takes)


def _expected(question: str) -> Callable[[Subject, str], Any]:
    def expected(subject: Subject, word: str) -> Any:
        return expected_answer(subject, question)

    return expected


def expected_answer(subject: Subject, question: str) -> Any:
    """What the answer must be. Raises KeyError for no question."""
    words = subject.traits.words
    if question == "order":
        return AsReference(compares=not words.isdisjoint(("effects", "left")))
    if question in COMPARED:
        return AsReference()
    if question == "copies":
        # Export itself may have replaced the call, so that the graph does not contain it.
        return OneOf((copy_named(subject.case.operator), "not called"))
    right = RIGHT[question]
    # A graph with calls that export did not leave there is none that torch could save.
    return Unlooked(right) if question == "saved" and "edited" in words else right


def copy_named(operator: str) -> str:
    """The overload that the pass puts in the place of a call of the operator, or `none`."""
    overload = resolve(operator)
    try:
        return str(copy_of(overload)) if is_view(overload) else "none"
    except NoCopyVariant:
        return "none"

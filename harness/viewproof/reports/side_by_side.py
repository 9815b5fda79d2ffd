"""Expected and observed facts as rows of a table, the differing ones marked."""

from __future__ import annotations

from typing import NamedTuple

from tabulate import tabulate

from viewproof.cases.answers import Answers
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof.reports.drawing import draw_storage, draw_together
from viewproof.tensors.facts import TensorFacts
from viewproof_reference.layout.model import Layout

UNSAID = "-"
LONGEST = 160
"""Characters of a fact that are shown."""


class Row(NamedTuple):
    """One compared fact."""

    what: str
    expected: str
    observed: str

    @property
    def differs(self) -> bool:
        """Whether the two sides are unlike."""
        return self.expected != self.observed and UNSAID not in (self.expected, self.observed)


def rows_of(subject: Subject, observation: Observation) -> list[Row]:
    """Every fact of every output, expected beside observed; a refusal is one row."""
    refusal, error = subject.expectation.refusal, observation.error
    if refusal is not None or error is not None:
        wanted = "accepted" if refusal is None else refusal.kind
        got = "accepted"
        if error is not None:
            got = wanted if refusal is not None and refusal.kind in error[0] else f"{error[0][0]}: {error[1][:160]}"
        return [Row("outcome", wanted, got)]
    outputs = subject.expectation.outputs or ()
    if observation.answers is not None and not observation.outputs:
        return _answers(subject.expectation.answers, observation.answers)
    rows = [Row("outputs", str(len(outputs)), str(len(observation.outputs)))]
    for index, (one, facts, got_one) in enumerate(
        zip(outputs, subject.expected_facts, observation.outputs, strict=False)
    ):
        where = f"output {index} " if len(outputs) > 1 else ""
        for name in TensorFacts._fields:
            left, right = getattr(facts, name), getattr(got_one.facts, name)
            if name != "detail" or left or right:
                rows.append(Row(where + name, _text(left), _text(right)))
        rows.append(Row(f"{where}lives on", one.shares or "its own storage", got_one.shares or "its own storage"))
        rows.append(Row(f"{where}very input", str(one.identity), str(got_one.identity)))
    return rows


def _answers(reference: Answers | None, target: Answers) -> list[Row]:
    """The answers on a program, a history or a sample; UNSAID where only one side has an answer."""
    expected = {} if reference is None else reference.by_name()
    observed = target.by_name()
    return [
        Row(name, *[_brief(side[name]) if name in side else UNSAID for side in (expected, observed)])
        for name in dict.fromkeys((*expected, *observed))
    ]


def _brief(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _text(value: object) -> str:
    return str(tuple(value)) if isinstance(value, tuple) and not hasattr(value, "_fields") else str(value)


def plain_table(rows: list[Row]) -> str:
    """The rows as text; `!` marks what differs."""
    table = [("!" if row.differs else "", row.what, row.expected, row.observed) for row in rows]
    return tabulate(table, headers=("", "", "expected", "observed"), tablefmt="simple", disable_numparse=True)


def drawings_of(subject: Subject, observation: Observation, width: int = 80) -> list[str]:
    """A drawing an output: expected and observed on one storage; the expected one alone where nothing came back."""
    drawn = []
    for index, one in enumerate(subject.expectation.outputs or ()):
        layout = one.layout
        if not isinstance(layout, Layout):
            continue
        if index < len(observation.outputs) and observation.outputs[index].facts.layout == "strided":
            facts = observation.outputs[index].facts
            seen = Layout(
                tuple(facts.size), tuple(facts.stride), facts.offset, facts.dtype, storage_bytes=facts.storage_bytes
            )
            drawn.append(draw_together(layout, seen, width))
        else:
            drawn.append(draw_storage([("expected", layout)], width))
    return drawn

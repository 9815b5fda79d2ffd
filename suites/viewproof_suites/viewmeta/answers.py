"""Answers about a view's functionalization API, question by question, and the probes that ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from viewproof.cases.answers import Answers, answers_of
from viewproof.evidence.probe import Probe
from viewproof.evidence.subject import Subject

#: The probes: torchgen's answers, and what is seen of the live classes.
SCHEMA_API, LIVE_CLASSES = "schema-api", "live-classes"
_LIVE = "live."


class SchemaAnswers(Answers):
    """The answers of one side on a view group and its live classes, by question: `view.class_name`, `live.NAME.exists`.

    The reference answers every question, a target those that it is asked.
    """

    by_question: dict[str, str]

    def by_name(self) -> Mapping[str, object]:
        """See `Answers.by_name`."""
        return self.by_question


def _expected(live: bool) -> Callable[[Subject, str], SchemaAnswers]:
    def expected(subject: Subject, word: str) -> SchemaAnswers:
        answered = answers_of(subject.expectation, SchemaAnswers).by_question
        return SchemaAnswers({name: said for name, said in answered.items() if name.startswith(_LIVE) is live})

    return expected


API = Probe(SCHEMA_API, _expected(live=False))
LIVE = Probe(LIVE_CLASSES, _expected(live=True))

"""The answers about a module and a pass on it, by the questions' names."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from viewproof.cases.answers import Answers


class PassAnswers(Answers):
    """The answers of the reference or of a target. `graph`, for example, is the question `ask_graph` in questions/; a
    question that was not asked has no answer.

    The reference answers `copies` and `refusal` for a module that is one call. A target answers on the pass and its
    result, and also on `saved`, `decomposed`, `preserved`. `wanted` has the answers for the reference's own pass on the
    same graph, to the questions on which the two passes are compared.
    """

    by_question: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)

    def by_name(self) -> Mapping[str, object]:
        """See `Answers.by_name`."""
        return self.by_question | {f"{question}.wanted": said for question, said in self.wanted.items()}

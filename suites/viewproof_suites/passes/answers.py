"""What is answered about a module and a pass on it, question by question."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import field

from viewproof.cases.answers import Answers


class PassAnswers(Answers):
    """The answers of one side. `graph` for one is the question `ask_graph` in questions/; what was not asked of a side
    has no answer there.

    The reference answers `copies` and `refusal` of a module that is one call. A target answers on the pass and its
    result, and on how it came to be: `saved`, `decomposed`, `preserved`. With that `wanted` has what the reference's
    own pass answers on the same graph, to the questions on which the two are compared.
    """

    by_question: dict[str, str] = field(default_factory=dict)
    wanted: dict[str, str] = field(default_factory=dict)

    def by_name(self) -> Mapping[str, object]:
        """See `Answers.by_name`."""
        return self.by_question | {f"{question}.wanted": said for question, said in self.wanted.items()}

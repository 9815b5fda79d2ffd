"""What is observed of an operator to compare with its schema: one sample run, or how it aliases over all samples."""

from __future__ import annotations

from collections.abc import Mapping

from viewproof.cases.answers import Answers
from viewproof.samples.run import SampleRun


class SampleAnswers(Answers):
    """One execution of a sample by the operator itself."""

    operator: SampleRun


class AliasAnswers(Answers):
    """How often, over all samples, each annotated return (such as `return 0`) is on an operand's storage.

    `always`, `for some samples` or `never`; `no tensor` where no sample has a tensor there.
    """

    returns: dict[str, str]

    def by_name(self) -> Mapping[str, object]:
        """See `Answers.by_name`."""
        return self.returns

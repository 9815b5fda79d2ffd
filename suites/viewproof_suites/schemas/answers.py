"""What is seen of an operator beside its schema: one sample of it run, or how it aliases over all of them."""

from __future__ import annotations

from collections.abc import Mapping

from viewproof.cases.answers import Answers
from viewproof.samples.run import SampleRun


class SampleAnswers(Answers):
    """One execution of a sample by the operator itself."""

    operator: SampleRun


class AliasAnswers(Answers):
    """How often each annotated return, `return 0` for one, lies on an operand's storage over all samples.

    `always`, `for some samples` or `never`; `no tensor` where no sample has a tensor there.
    """

    returns: dict[str, str]

    def by_name(self) -> Mapping[str, object]:
        """See `Answers.by_name`."""
        return self.returns

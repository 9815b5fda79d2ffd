"""What is observed of a decomposition: one sample run by its operator, and run by the decomposition."""

from __future__ import annotations

from viewproof.cases.answers import Answers
from viewproof.samples.run import SampleRun


class DecompositionAnswers(Answers):
    """Both executions. `leaves` names the operators that the decomposition ended in, in the order of their calls.

    It is empty where a decomposition's calls are not decomposed further.
    """

    operator: SampleRun
    decomposition: SampleRun
    leaves: tuple[str, ...] = ()

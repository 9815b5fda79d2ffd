"""What is seen of a decomposition: one sample run by its operator, and run by what stands for the operator."""

from __future__ import annotations

from viewproof.cases.answers import Answers
from viewproof.samples.run import SampleRun


class DecompositionAnswers(Answers):
    """Both executions. `leaves` names the operators that the decomposition ended in, in the order of their calls.

    There are none where it was not followed to its end.
    """

    operator: SampleRun
    decomposition: SampleRun
    leaves: tuple[str, ...] = ()

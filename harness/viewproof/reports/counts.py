"""What the reports say in the same words of a run's counts: executions that are reused, verdicts that are unseen."""

from __future__ import annotations

from viewproof.records.model import VERDICTS
from viewproof.records.summary import Summary

UNSEEN = "unseen: the rule applies and there was nothing to compare; that is no pass"
"""What `unseen` means, said once where a report counts it."""
#: Words that a summary of schema 1 does not know: of it they are not said to be 0.
_NEW = ("flaky", "unseen")


def executions_in_words(summary: Summary) -> str:
    """`80,000 executions, of which 20,000 take their evidence from another suite's`."""
    reused = f", of which {summary.reused:,} take their evidence from another suite's" if summary.reused else ""
    return f"{summary.executions:,} executions{reused}"


def count_rows(summary: Summary) -> list[tuple[str, str]]:
    """The counts of a run, a row each: cases, executions, those reused, planned verdicts, and each verdict's."""
    rows = [("cases", summary.cases), ("executions", summary.executions)]
    rows += [("- that take their evidence from another suite's", summary.reused)] if summary.reused else []
    rows += [("planned", summary.planned)]
    verdicts = [(word, summary.verdicts.get(word, 0)) for word in VERDICTS]
    rows += [(word, number) for word, number in verdicts if number or word not in _NEW]
    return [(word, f"{number:,}") for word, number in rows]


def unseen_lines(summary: Summary) -> list[str]:
    """The sentence that says what `unseen` is, where the run has such verdicts."""
    return [f"{UNSEEN[0].upper()}{UNSEEN[1:]}."] if summary.verdicts.get("unseen") else []

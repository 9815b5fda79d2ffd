"""What a run that was stopped did not run, in the words of the reports: how many chunks, and of which suites."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from viewproof.records.model import ChunkRecord
from viewproof.records.summary import Summary, how_stopped


def partial_line(summary: Summary, run: Mapping[str, Any]) -> str:
    """That the reports are partial, and why; empty where every chunk of the plan was run."""
    how = how_stopped(summary, run.get("chunks"))
    return f"Partial: {how}. Nothing here speaks of those." if how else ""


def unrun_by_suite(
    summary: Summary, run: Mapping[str, Any], records: Sequence[ChunkRecord]
) -> list[tuple[str, int, int]]:
    """Each suite with chunks that were not run: its name, how many, and how many the plan has of it.

    Empty where every chunk was run, and of a run.json that does not say how many there are.
    """
    if not summary.stopped:
        return []
    ran = Counter(record.suite for record in records)
    planned: Mapping[str, int] = run.get("suite_chunks") or {}
    return [(suite, number - ran[suite], number) for suite, number in planned.items() if number > ran[suite]]

"""The end of a run: what its records come to, as summary.json and the reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from viewproof.engine.asking import Asker
from viewproof.engine.planning import Facts, Planned
from viewproof.records.chunk import Chunk
from viewproof.records.coverage import Coverage, coverage
from viewproof.records.issues import issue_problems
from viewproof.records.model import ChunkRecord
from viewproof.records.summary import Stop, Summary, build_summary

#: Makes files of a finished run: given the directory, the summary, run.json's content, the records, and the function
#: that waits for what the run was swept with, where somebody else finds that out.
Report = Callable[..., None]


def concluded(
    records: list[ChunkRecord],
    plan: Planned,
    run: Mapping[str, Any],
    asker: Asker,
    *,
    seconds: float,
    journal: str,
    stopped: Stop = "",
) -> Summary:
    """The summary of the records, one a chunk of the plan in its order, but for those that a `stopped` run did not run.

    `run` is run.json's content, `seconds` are of the wall, and `journal` is the last link of the journal. Coverage and
    known issues are of the contracts that `asker` knows.
    """
    facts = asker.facts()
    named = {record.chunk for record in records}
    # A known issue whose cases were not run has not failed to show.
    ran = [chunk for chunk in plan.chunks if chunk.name in named]
    return build_summary(
        records,
        torch_version=run["torch"],
        device=run["device"],
        profile=run["profile"],
        plan=plan.hash,
        seconds=seconds,
        coverage=_coverage(records, plan.chunks, facts, run["profile"]),
        problems=_problems(records, ran, facts, run["torch"]),
        journal=journal,
        stopped=stopped,
        unrun=len(plan.chunks) - len(records),
        shard=run.get("shard"),
    )


def _coverage(records: list[ChunkRecord], plan: Sequence[Chunk], facts: Facts, profile: str) -> Coverage:
    rules = dict.fromkeys(rule for chunk in plan for rule in chunk.rules)
    suites = {name: one.as_suite() for name, one in facts.suites.items()}
    own = {name: suites[name] for name in facts.own}
    return coverage(records, facts.catalog, own, profile, rules, held=[suites[name] for name in facts.planned])


def _problems(records: list[ChunkRecord], plan: Sequence[Chunk], facts: Facts, torch_version: str) -> list[str]:
    suites = {name: one.as_suite() for name, one in facts.suites.items()}
    return issue_problems(facts.issues, records, plan, suites, torch_version)

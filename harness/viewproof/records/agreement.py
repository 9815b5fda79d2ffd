"""Says whether a summary agrees with itself, and with the records that it is of: its counts and findings made anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viewproof.generate.sweep import PROFILES
from viewproof.records.counts import BY_NAME, Counts, count
from viewproof.records.findings import Finding, fault_of, smaller
from viewproof.records.model import VERDICTS, ChunkRecord, Failure
from viewproof.records.possible import FAILING, Wrong
from viewproof.records.summary import Summary


def why_unsound(summary: Summary) -> Wrong | None:
    """What no summary can say, as what was wanted and what was got; None where there is nothing of it."""
    lowest = min(
        summary.cases, summary.executions, summary.reused, summary.planned, summary.unrun,
        summary.seconds, summary.checking_seconds,
        *summary.verdicts.values(),
        *(number for name in BY_NAME for one in getattr(summary, name).values() for number in one.values()),
    )  # fmt: skip
    if lowest < 0:
        return "no number below 0", str(lowest)
    if bool(summary.stopped) is not bool(summary.unrun):
        wanted = "chunks that were not run, of a run that was stopped" if summary.stopped else "none that was not run"
        return f"{wanted} (stopped {summary.stopped!r})", str(summary.unrun)
    given = sum(summary.verdicts.values())
    if given != summary.planned:
        return f"planned {summary.planned}, the sum of its verdicts", str(given)
    if summary.reused > summary.executions:
        return f"at most {summary.executions} reused executions", str(summary.reused)
    for name in BY_NAME:
        sums = _summed(getattr(summary, name))
        for word in VERDICTS:
            # A harness error of a program under crossref is no rule's.
            lacks = sums[word] < summary.verdicts.get(word, 0) and word != "harness_error"
            if lacks or sums[word] > summary.verdicts.get(word, 0):
                return f"{summary.verdicts.get(word, 0)} {word} in all of {name}", str(sums[word])
    return _findings(summary)


def _summed(by_name: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {word: sum(one.get(word, 0) for one in by_name.values()) for word in VERDICTS}


def _findings(summary: Summary) -> Wrong | None:
    counts = dict.fromkeys(VERDICTS, 0)
    for one in summary.findings:
        address = f"{one.suite}/{one.target}/{one.rule}/{one.case}"
        if one.verdict not in FAILING:
            return f"a finding whose verdict is one of {', '.join(FAILING)}", one.verdict
        if one.count < 1:
            return f"a count of {one.result} of 1 or more", str(one.count)
        if one.result != address:
            return f"a finding of the address {address}", one.result
        counts[one.verdict] += one.count
    # A finding of a program under crossref counts calls, and not verdicts.
    for word, number in counts.items() if summary.profile in PROFILES else ():
        if number > summary.verdicts.get(word, 0):
            return f"findings of at most {summary.verdicts.get(word, 0)} {word}", str(number)
    return None


def why_not_of(summary: Summary, records: Sequence[ChunkRecord], chunks: int | None) -> Wrong | None:
    """What the summary says otherwise than its records, as what these come to and what it says.

    `chunks` says how many the plan has, None where that is not known. Each has its record, or was not run because the
    run was stopped: the summary says of how many that holds, and counts nothing of them.
    """
    held = len(records) + summary.unrun
    if chunks is not None and held != chunks:
        left = chunks - len(records)
        if left < 0:
            return f"at most {chunks} records, one a chunk of the plan", str(len(records))
        return f"{left} unrun, the chunks of the plan that have no record", str(summary.unrun)
    return _sums(summary, count(records)) or _faults(summary, records)


def _sums(summary: Summary, counts: Counts) -> Wrong | None:
    """Differences in what is counted."""
    for what in ("reused", "cases", "executions"):
        held, said = getattr(counts, what), getattr(summary, what)
        if said != held:
            return f"{held} {what}, as the journal has", str(said)
    rows = [("verdicts", counts.verdicts, summary.verdicts)]
    for name in BY_NAME:
        held_by, said_by = getattr(counts, name), getattr(summary, name)
        if gone := held_by.keys() - said_by.keys():
            return f"{name} {min(gone)}, as the journal has", "none"
        if more := said_by.keys() - held_by.keys():
            return f"no {name} {min(more)}, as the journal has none", "one"
        rows += [(f"{name} {one}", held_by[one], verdicts) for one, verdicts in said_by.items()]
    for what, held_, said_ in rows:
        for word in VERDICTS:
            number, wanted = said_.get(word, 0), held_.get(word, 0)
            if number != wanted:
                return f"{wanted} {word} of {what}, as the journal has", str(number)
    if summary.planned != counts.planned:
        return f"{counts.planned} planned, as the journal has", str(summary.planned)
    return None


def _faults(summary: Summary, records: Sequence[ChunkRecord]) -> Wrong | None:
    """Differences in the findings. Of failures of one fault on one case, any may stand for the others."""
    alike: dict[tuple[str, ...], list[Failure]] = {}
    for record in records:
        for failure in record.failures:
            alike.setdefault(fault_of(failure), []).append(failure)
    said: dict[tuple[str, ...], Finding] = {fault_of(one): one for one in summary.findings}
    if len(said) != len(summary.findings):
        return "each finding once", f"{len(summary.findings)} of {len(said)} faults"
    for fault, failures in alike.items():
        finding = said.get(fault)
        if finding is None:
            return f"a finding of {failures[0].result}, as the journal has", "none"
        if finding.count != len(failures):
            return f"{len(failures)} failures in the finding {finding.result}", str(finding.count)
        smallest = min(failures, key=smaller)
        if finding.case != smallest.case:
            return f"the smallest case {smallest.case} of a finding", finding.case
        texts = finding.expected, finding.observed
        if all((one.expected, one.observed) != texts for one in failures if one.case == finding.case):
            return f"what the journal has of {finding.result} ({smallest.observed})", finding.observed
    if more := said.keys() - alike.keys():
        return "findings that the journal has failures of", said[min(more)].result
    return None

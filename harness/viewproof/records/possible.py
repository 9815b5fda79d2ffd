"""Says whether a record can be one that the engine wrote, from the record alone."""

from __future__ import annotations

from collections import Counter

from viewproof.records.model import VERDICTS, ChunkRecord

_WORDS = frozenset(VERDICTS)
#: Verdicts that a failure is written down of.
FAILING = ("fail", "crash", "timeout", "waived", "flaky", "harness_error")

#: What is wrong: what was wanted, and what was got.
Wrong = tuple[str, str]


def why_impossible(record: ChunkRecord) -> Wrong | None:
    """What no record can hold, as what was wanted and what was got; None where there is nothing of it."""
    return _numbers(record) or _name(record) or _tallies(record) or (_failures(record) if _failing(record) else None)


def _numbers(record: ChunkRecord) -> Wrong | None:
    lowest = min(
        record.cases, record.accepted, record.executions, record.reused, record.checking_seconds,
        record.generating_seconds, *record.issues_shown.values(),
    )  # fmt: skip
    if lowest < 0:
        return "no number below 0", str(lowest)
    if record.accepted > record.cases:
        return f"at most {record.cases} accepted cases", str(record.accepted)
    if record.reused > record.executions:
        return f"at most {record.executions} reused executions", str(record.reused)
    return None


def _name(record: ChunkRecord) -> Wrong | None:
    if not record.chunk.startswith(f"{record.suite}/"):
        return f"a chunk of the suite {record.suite}", record.chunk
    return None


def _tallies(record: ChunkRecord) -> Wrong | None:
    met = set()
    for tally in record.tallies:
        met.add((tally.target, tally.rule))
        verdicts = tally.verdicts
        if not verdicts.keys() <= _WORDS:
            return f"verdicts among {', '.join(VERDICTS)}", ", ".join(sorted(verdicts.keys() - _WORDS))
        if verdicts and min(verdicts.values()) < 0:
            return f"no count of {tally.target}/{tally.rule} below 0", str(min(verdicts.values()))
        if sum(verdicts.values()) > tally.planned:
            return f"at most {tally.planned} verdicts of {tally.target}/{tally.rule}", str(sum(verdicts.values()))
    if len(met) != len(record.tallies):
        return "one tally a target and rule", f"{len(record.tallies)} tallies of {len(met)}"
    # Most names hold one tally of each; a name is split only where there is something to find in it.
    return _asked(record) if record.tallies else None


def _asked(record: ChunkRecord) -> Wrong | None:
    parts = record.chunk.rsplit("/", 2)
    if len(parts) != 3:
        return "a chunk SUITE/PROFILE/DEVICE/SUBJECT/TARGETS/RULES", record.chunk
    targets, rules = set(parts[1].split("+")), set(parts[2].split("+"))
    for tally in record.tallies:
        if tally.target not in targets or tally.rule not in rules:
            return f"tallies of what its chunk asks ({parts[1]}/{parts[2]})", f"{tally.target}/{tally.rule}"
    return None


def _failing(record: ChunkRecord) -> bool:
    """Whether there is anything to say of failures: most records have none, and passes alone."""
    return bool(record.failures) or any(not tally.verdicts.keys().isdisjoint(FAILING) for tally in record.tallies)


def _failures(record: ChunkRecord) -> Wrong | None:
    counts: Counter[tuple[str, str, str]] = Counter()
    for one in record.failures:
        if one.suite != record.suite or one.operator != record.operator:
            return f"failures of {record.suite}/{record.operator}", f"{one.suite}/{one.operator}"
        if one.verdict not in FAILING:
            return f"a failure whose verdict is one of {', '.join(FAILING)}", one.verdict
        if (one.verdict == "waived") != (one.known_issue is not None):
            return "a known issue where a failure is waived, and only there", f"{one.verdict} ({one.known_issue})"
        counts[one.target, one.rule, one.verdict] += 1
    given = {
        (tally.target, tally.rule, word): number
        for tally in record.tallies for word, number in tally.verdicts.items() if number and word in FAILING
    }  # fmt: skip
    for (target, rule, word), number in counts.items():
        if number > given.get((target, rule, word), 0):
            return f"at most {given.get((target, rule, word), 0)} failures {word} of {target}/{rule}", str(number)
    # What raised fails all rules of the execution, and is one failure under the first of them.
    shown = {(target, word) for target, _, word in counts}
    for (target, rule, word), number in given.items():
        if (target, word) not in shown:
            return f"a failure for the {number} {word} of {target}/{rule}", "none"
    return None

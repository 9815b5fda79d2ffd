"""Compares two runs of one plan: lists what they say differently, which is nothing where their verdicts are the same.

Compared is all that a verdict is: the cases, what was planned, what each came to, each failure with its difference and
its known issue. Left out is what a second run may do otherwise: times, the order of things, and the texts of a failure,
which quote numbers, addresses and torch's words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec

from viewproof.records.model import ChunkRecord, Failure, Tally

_NOTHING = "nothing"

Item = TypeVar("Item")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that two runs say differently of one chunk.

    `what` is its kind: `chunk`, `counts`, `cases`, `verdicts`, `failure`, `known issue` or `too wide`. `target`, `rule`
    and `case` are empty where it is about more than one. `before` and `after` are words.
    """

    what: str
    suite: str
    operator: str
    family: str
    before: str
    after: str
    target: str = ""
    rule: str = ""
    case: str = ""

    def __str__(self) -> str:
        subject = self.case or f"{self.operator}@{self.family}"
        place = "/".join(part for part in (self.suite, self.target, self.rule, subject) if part)
        return f"{self.what} {place}: {self.before} -> {self.after}"


def differences(before: Sequence[ChunkRecord], after: Sequence[ChunkRecord]) -> list[Change]:
    """What `after` says otherwise than `before`, chunk by chunk, in the order of `before`, new chunks last.

    Raises ValueError where one of them has two records of a chunk.
    """
    old, new = _by_chunk(before), _by_chunk(after)
    changes: list[Change] = []
    for name in dict.fromkeys([*old, *new]):
        was, is_ = old.get(name), new.get(name)
        if was is not None and is_ is not None:
            changes += _of_chunk(was, is_)
        elif (there := was or is_) is not None:
            words = ("not there", f"{there.cases} cases")
            changes.append(_change(there, "chunk", *(words if was is None else reversed(words))))
    return changes


def _by_chunk(records: Sequence[ChunkRecord]) -> dict[str, ChunkRecord]:
    named = {record.chunk: record for record in records}
    if len(named) != len(records):
        twice = next(name for name, number in Counter(record.chunk for record in records).items() if number > 1)
        raise ValueError(f"chunk {twice}: wanted one record of it, got two")
    return named


def _change(record: ChunkRecord, what: str, before: str, after: str, **place: str) -> Change:
    return Change(
        what=what,
        suite=record.suite,
        operator=record.operator,
        family=record.family,
        before=before,
        after=after,
        **place,
    )


def _of_chunk(old: ChunkRecord, new: ChunkRecord) -> Iterator[Change]:
    was, is_ = _counts(old), _counts(new)
    if was != is_:
        yield _change(old, "counts", was, is_)
    yield from _cases(old, new)
    yield from _verdicts(old, new)
    yield from _failures(old, new)
    for issue in sorted({*old.issues_shown, *new.issues_shown}):
        shown, shows = old.issues_shown.get(issue, 0), new.issues_shown.get(issue, 0)
        if shown != shows:
            yield _change(old, "known issue", f"{issue} shown {shown} times", f"{shows} times")
    gone, come = _unlike(old.too_wide, new.too_wide)
    yield from (_change(old, "too wide", line, _NOTHING) for line in gone)
    yield from (_change(old, "too wide", _NOTHING, line) for line in come)


def _counts(record: ChunkRecord) -> str:
    reused = f", {record.reused} of them reused" if record.reused else ""
    return f"{record.cases} cases, {record.accepted} accepted, {record.executions} executions{reused}"


def _cases(old: ChunkRecord, new: ChunkRecord) -> Iterator[Change]:
    """Records hold signatures (hashes) of cases only, so that cases can be compared and not named."""
    gone, come = _unlike(old.signatures, new.signatures)
    if gone or come:
        yield _change(old, "cases", _signed(gone), _signed(come))


def _unlike(old: Sequence[Item], new: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """The items that only `old` holds, and those that only `new` holds, with their multiplicity."""
    was, is_ = Counter(old), Counter(new)
    return list((was - is_).elements()), list((is_ - was).elements())


def _signed(signatures: Sequence[int]) -> str:
    return f"{len(signatures)}, such as {min(signatures):016x}" if signatures else _NOTHING


def _verdicts(old: ChunkRecord, new: ChunkRecord) -> Iterator[Change]:
    tallied = [{(tally.target, tally.rule): tally for tally in record.tallies} for record in (old, new)]
    for target, rule in dict.fromkeys([*tallied[0], *tallied[1]]):
        was, is_ = (_tallied(tallies.get((target, rule))) for tallies in tallied)
        if was != is_:
            yield _change(old, "verdicts", was, is_, target=target, rule=rule)


def _tallied(tally: Tally | None) -> str:
    if tally is None:
        return _NOTHING
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(tally.verdicts.items()) if number)
    return f"{tally.planned} planned ({counts or _NOTHING})"


def _failures(old: ChunkRecord, new: ChunkRecord) -> Iterator[Change]:
    failed = [_by_case(record.failures) for record in (old, new)]
    for target, rule, case in dict.fromkeys([*failed[0], *failed[1]]):
        was, is_ = (", ".join(sorted(said.get((target, rule, case), [_NOTHING]))) for said in failed)
        if was != is_:
            yield _change(old, "failure", was, is_, target=target, rule=rule, case=case)


def _by_case(failures: Sequence[Failure]) -> dict[tuple[str, str, str], list[str]]:
    """What is said of each target, rule and case."""
    said: dict[tuple[str, str, str], list[str]] = {}
    for failure in failures:
        issue = "" if failure.known_issue is None else f" [{failure.known_issue}]"
        words = f"{failure.verdict} ({failure.difference}){issue}"
        said.setdefault((failure.target, failure.rule, failure.case), []).append(words)
    return said

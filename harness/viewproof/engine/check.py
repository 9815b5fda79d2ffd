"""The checking loop: runs a chunk's cases on its targets, compares evidence, asks the rules, and counts in a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from time import perf_counter
from typing import Any
from zlib import crc32

from viewproof.engine.assignment import Assignment, TargetWork, assign
from viewproof.engine.planner import RuleSet
from viewproof.engine.quiet import quiet
from viewproof.engine.shuffle import shuffled
from viewproof.engine.verdicts import ChunkVerdicts, TargetVerdicts
from viewproof.engine.warm import warm_up
from viewproof.engine.whereabouts import Noted, begin_target
from viewproof.engine.workload import EQUAL, Equal, Memory, Seen
from viewproof.errors import first_line
from viewproof.evidence.probe import Evidence, Raised, may_be_the_users
from viewproof.evidence.subject import Subject
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of
from viewproof.running.settings import settings_kept
from viewproof.tensors.storage_bytes import trial_of_copying

Keeping = Callable[[], settings_kept]

SAMPLED = 100
"""One equal execution in so many is judged by the rules all the same; the chunk's name says which."""

#: What a worker process remembers between chunks: consecutive chunks are often on the same cases.
_MEMORY = Memory()


def check_in_worker(chunk: Chunk) -> ChunkRecord:
    """`check_chunk`, with what this worker remembers of the chunks before."""
    return check_chunk(chunk, _MEMORY)


def check_chunk(chunk: Chunk, memory: Memory | None = None) -> ChunkRecord:
    """Run the chunk and judge it. `checking_seconds` holds the reference, the runs, the judging and the recording.

    Cases whose results are in `memory` are not run again where the plan says so; without a memory, all are run.
    """
    warm_up()
    _trust(chunk.device)
    with quiet:
        return _check(chunk, Memory() if memory is None else memory, settings_kept)


@cache
def _trust(device: str) -> None:
    """Try the one thing that is trusted on a device whose memory the host cannot read: copies of whole storages.

    Raises RuntimeError where they are wrong: nothing that is read there would be evidence.
    """
    if device.partition(":")[0] not in ("cpu", "meta") and (wrong := trial_of_copying(device)) is not None:
        raise RuntimeError(f"device {device} cannot be read: {wrong}")


def case_of_execution(chunk: Chunk, target: int, execution: int) -> int:
    """The place, among the generated cases, of the one of an execution, by the numbers that its worker noted."""
    assignment = assign(chunk, Memory())
    subject = assignment.targets[target].subjects[execution]
    return chunk.start + next(place for place, one in enumerate(assignment.subjects) if one is subject)


def check_in_place(chunk: Chunk) -> ChunkRecord:
    """`check_chunk` in the process of a user's program: loads nothing ahead, freezes none of the program's objects.

    Settings of the whole process are not put back either: another thread may just have chosen them.
    """
    with quiet:
        return _check(chunk, Memory(), partial(settings_kept, shared=True))


def _check(chunk: Chunk, memory: Memory, keeping: Keeping) -> ChunkRecord:
    began = perf_counter()
    assignment = assign(chunk, memory)
    # A seed changes the order of execution only. Judging and recording keep the order that the chunk names.
    where = f"{chunk.suite}/{chunk.operator}@{chunk.family}"
    seen = {
        one.target.name: _look(chunk, one, keeping)
        for one in shuffled(assignment.targets, chunk.seed, lambda one: one.target.name, where)
        if one.subjects
    }
    verdicts = ChunkVerdicts(chunk)
    for one in assignment.targets:
        if one.subjects:
            _judge(one, seen[one.target.name], verdicts.of(one.target.name))
    return _record(assignment, verdicts, began)


def _record(assignment: Assignment, verdicts: ChunkVerdicts, began: float) -> ChunkRecord:
    # Spelling the names counts as generation time, wherever a name is first asked for.
    subjects, generating = assignment.subjects, assignment.generating_seconds
    naming = perf_counter()
    signatures = [signature_of(subject.name) for subject in subjects]
    generating += perf_counter() - naming
    refused = sum([subject.traits.refused for subject in subjects])
    executions = sum([len(one.subjects) for one in assignment.targets])
    record = verdicts.record(len(subjects), refused, executions, signatures, 0.0, generating)
    record.reused = sum([len(one.reused) for one in assignment.targets])
    record.checking_seconds = perf_counter() - began - generating
    return record


#: The evidence of executions by their place, of those that are to be judged; all others were as expected.
_Unequal = dict[int, Evidence]


def _look(chunk: Chunk, one: TargetWork, keeping: Keeping) -> _Unequal:
    """Run the target's work; what is to be judged is returned: what differs, and a few that do not."""
    subjects, rules, expected = one.subjects, one.rules, one.expected
    found: _Unequal = {}
    places: Sequence[int] = range(len(subjects))
    if one.reused:
        lent = set()
        for place in one.reused:
            known = _lent(one.seen, rules[place].names, subjects[place])
            if known is not None:
                lent.add(place)
                part = _part(rules[place], expected[place], *known)
                if not isinstance(part, Equal):
                    found[place] = part
        places = [place for place in places if place not in lent]
        if not places:
            return found
    if chunk.seed is not None:
        where = f"{chunk.suite}/{one.target.name}"
        places = shuffled(places, chunk.seed, lambda place: subjects[place].name, where)
    kept = keeping()
    try:
        with kept:
            seen = _seen(chunk, one, places)
    except BaseException as error:
        if not kept.changed or may_be_the_users(error):
            raise
    if kept.changed:
        # A call changed settings, and all after it ran under those: run each again by itself, settings restored.
        seen = [_alone(chunk, one, place, keeping) for place in places]
    lends = chunk.lends
    if lends:
        for place in places:
            one.seen.setdefault(rules[place].names, {})[subjects[place]] = EQUAL
    if seen != [expected[place] for place in places]:
        for place, evidence in zip(places, seen, strict=True):
            if evidence != expected[place]:
                found[place] = evidence
                if lends:
                    one.seen[rules[place].names][subjects[place]] = evidence
    for number in range(crc32(chunk.name.encode("utf-8", "backslashreplace")) % SAMPLED, len(places), SAMPLED):
        found.setdefault(places[number], seen[number])
    return found


def _lent(seen: Seen, names: tuple[str, ...], subject: Subject) -> tuple[tuple[str, ...], Evidence | Equal] | None:
    """What was seen of a subject with these probes, and maybe more; None where nothing was."""
    for asked, known in seen.items():
        if subject in known and set(names) <= set(asked):
            return asked, known[subject]
    return None


def _part(rules: RuleSet, expected: Any, names: tuple[str, ...], evidence: Evidence | Equal) -> Evidence | Equal:
    """The part of evidence on more probes that some rules ask for."""
    if type(evidence) is Equal or type(evidence) is Raised or names == rules.names:
        return evidence
    part = tuple([evidence[names.index(name)] for name in rules.names])  # type: ignore[index]
    return EQUAL if part == expected else part


def _seen(chunk: Chunk, one: TargetWork, places: Sequence[int]) -> list[Evidence]:
    """What one session on the target sees of the executions at these places.

    What differs is looked at once more on operands made anew: an earlier call may have changed those that are kept.
    """
    subjects, rules, expected = one.subjects, one.rules, one.expected
    begin_target(chunk.targets.index(one.target.name))
    with one.target.open(chunk.device, chunk.operator) as session:
        seen = session.observe(Noted([(subjects[place], rules[place].names) for place in places], places))
        if len(seen) != len(places):
            raise AssertionError(f"target {one.target.name}: wanted evidence of {len(places)} cases, got {len(seen)}")
        wanted = [expected[place] for place in places]
        if seen != wanted:
            for number, place in enumerate(places):
                if seen[number] != wanted[number] and session.renew(subjects[place]):
                    (seen[number],) = session.observe(Noted([(subjects[place], rules[place].names)], [place]))
    return seen


def _alone(chunk: Chunk, one: TargetWork, place: int, keeping: Keeping) -> Evidence:
    """`_seen` of one execution, in a session of its own."""
    kept = keeping()
    try:
        with kept:
            return _seen(chunk, one, [place])[0]
    except BaseException as error:
        if not kept.changed or may_be_the_users(error):
            raise
        # A class of its own: a case that must be refused is not refused by this.
        text = f"under the settings that the call left, {type(error).__name__}: {first_line(error)}"
        return Raised(("SettingsLeftChanged",), text)


def _judge(one: TargetWork, unequal: _Unequal, verdicts: TargetVerdicts) -> None:
    subjects, rules, expected = one.subjects, one.rules, one.expected
    for place in sorted(unequal):
        verdicts.judge(subjects[place], rules[place], expected[place], unequal[place])
    verdicts.agree(subjects, rules, unequal)

"""The checking loop: runs a chunk's cases on its targets, compares evidence, asks the rules, and counts in a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from time import perf_counter
from zlib import crc32

from viewproof.contract.target import Session
from viewproof.engine.assignment import Assignment, TargetWork, Task, assign
from viewproof.engine.quiet import quiet
from viewproof.engine.shuffle import shuffled
from viewproof.engine.verdicts import ChunkVerdicts
from viewproof.engine.warm import warm_up
from viewproof.engine.workload import EQUAL, Equal, Memory
from viewproof.evidence.probe import Evidence, Raised
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of
from viewproof.running.settings import SettingsWatch, settings_kept

Keeping = Callable[[], AbstractContextManager[SettingsWatch]]

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
    with quiet:
        return _check(chunk, Memory() if memory is None else memory, settings_kept)


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
    }
    verdicts = ChunkVerdicts(chunk)
    for one in assignment.targets:
        if one.tasks:
            _judge(one.tasks, seen[one.target.name], verdicts, one.target.name)
    return _record(assignment, verdicts, began)


def _record(assignment: Assignment, verdicts: ChunkVerdicts, began: float) -> ChunkRecord:
    # Spelling the names counts as generation time, wherever a name is first asked for.
    subjects, generating = assignment.subjects, assignment.generating_seconds
    naming = perf_counter()
    signatures = [signature_of(subject.name) for subject in subjects]
    generating += perf_counter() - naming
    refused = sum(subject.traits.refused for subject in subjects)
    executions = sum(len(one.tasks) for one in assignment.targets)
    record = verdicts.record(len(subjects), refused, executions, signatures, 0.0, generating)
    record.reused = sum(task.reused for one in assignment.targets for task in one.tasks)
    record.checking_seconds = perf_counter() - began - generating
    return record


def _look(chunk: Chunk, one: TargetWork, keeping: Keeping) -> list[Evidence | Equal]:
    """The evidence of each of the target's tasks, in their order; executed in the order of the chunk's seed."""
    tasks = one.tasks
    found: list[Evidence | Equal] = [EQUAL] * len(tasks)
    left: list[int] = []
    for place, task in enumerate(tasks):
        known = one.seen.get(task.subject) if task.reused else None
        if known is None:
            left.append(place)
        else:
            found[place] = _part(task, *known)
    if not left:
        return found
    where = f"{chunk.suite}/{one.target.name}"
    places = shuffled(left, chunk.seed, lambda place: tasks[place].subject.name, where)
    ordered = [tasks[place] for place in places]
    with keeping() as kept:
        seen = _seen(chunk, one, ordered)
    if kept.changed:
        # A call changed settings, and the calls after it ran under those: run each again by itself, settings restored.
        seen = [_alone(chunk, one, task, keeping) for task in ordered]
    chosen = crc32(chunk.name.encode()) % SAMPLED
    for place, evidence in zip(places, seen, strict=True):
        task = tasks[place]
        equal = evidence == task.expected
        # Kept as it is where it is chosen to be judged, though equal.
        found[place] = EQUAL if equal and (place + chosen) % SAMPLED else evidence
        one.seen[task.subject] = task.rules.names, EQUAL if equal else evidence
    return found


def _part(task: Task, names: tuple[str, ...], evidence: Evidence | Equal) -> Evidence | Equal:
    """The part of evidence on more probes that a task asks for."""
    if type(evidence) is Equal or type(evidence) is Raised or names == task.rules.names:
        return evidence
    part = tuple([evidence[names.index(name)] for name in task.rules.names])  # type: ignore[index]
    return EQUAL if part == task.expected else part


def _seen(chunk: Chunk, one: TargetWork, tasks: Sequence[Task]) -> list[Evidence]:
    """What one session on the target sees of each task."""
    with one.target.open(chunk.device, chunk.operator) as session:
        seen = session.observe([(task.subject, task.rules.names) for task in tasks])
        return _renewed(session, tasks, seen)


def _renewed(session: Session, tasks: Sequence[Task], seen: list[Evidence]) -> list[Evidence]:
    """What differs is looked at once more on operands made anew: an earlier call may have changed those that are kept."""
    for place, task in enumerate(tasks):
        if seen[place] != task.expected and session.renew(task.subject):
            (seen[place],) = session.observe([(task.subject, task.rules.names)])
    return seen


def _alone(chunk: Chunk, one: TargetWork, task: Task, keeping: Keeping) -> Evidence:
    """`_seen` of one task, in a session of its own."""
    with keeping():
        return _seen(chunk, one, [task])[0]


def _judge(tasks: list[Task], seen: list[Evidence | Equal], verdicts: ChunkVerdicts, target: str) -> None:
    found = verdicts.of(target)
    issues = found.issues
    equal = []
    for task, evidence in zip(tasks, seen, strict=True):
        if evidence is not EQUAL:
            found.judge(task.subject, task.rules, task.expected, evidence)
        elif issues:
            found.agree(task.subject, task.rules)
        else:
            equal.append(task.rules)
    found.equal.update(equal)

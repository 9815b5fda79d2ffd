"""The checking loop: runs a chunk's cases on its targets, asks the rules for verdicts, and counts them in a record."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from time import perf_counter

from viewproof.engine.assignment import Assignment, TargetWork, assign
from viewproof.engine.planner import RuleSet
from viewproof.engine.quiet import quiet
from viewproof.engine.shuffle import shuffled
from viewproof.engine.verdicts import ChunkVerdicts, TargetVerdicts
from viewproof.engine.warm import warm_up
from viewproof.engine.workload import Execution, Memory, agreed_before
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of
from viewproof.running.session import FactsSession
from viewproof.running.settings import SettingsWatch, settings_kept

NOTHING: frozenset[str] = frozenset()

Keeping = Callable[[], AbstractContextManager[SettingsWatch]]


#: What a worker process remembers between chunks: consecutive chunks are often on the same cases.
_MEMORY = Memory()


def check_in_worker(chunk: Chunk) -> ChunkRecord:
    """`check_chunk`, with what this worker remembers of the chunks before."""
    return check_chunk(chunk, _MEMORY)


def check_chunk(chunk: Chunk, memory: Memory | None = None) -> ChunkRecord:
    """Run the chunk and judge it. `checking_seconds` holds the reference, the runs, the judging and the recording.

    Cases whose results are in `memory` are not run again; without a memory, all are run.
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
        one.target.name: _look(assignment, one, keeping)
        for one in shuffled(assignment.targets, chunk.seed, lambda one: one.target.name, where)
    }
    verdicts = ChunkVerdicts(chunk)
    for one in assignment.targets:
        if one.work:
            _judge(Execution(one.work, seen[one.target.name]), verdicts.of(one.target.name), one.word)
    # Spelling the names counts as generation time, wherever a name is first asked for.
    subjects, generating = assignment.subjects, assignment.generating_seconds
    naming = perf_counter()
    signatures = [signature_of(subject.name) for subject in subjects]
    generating += perf_counter() - naming
    refused = sum(subject.traits.refused for subject in subjects)
    executions = sum(len(one.work) for one in assignment.targets)
    record = verdicts.record(len(subjects), refused, executions, signatures, 0.0, generating)
    record.checking_seconds = perf_counter() - began - generating
    return record


def _look(assignment: Assignment, one: TargetWork, keeping: Keeping) -> list[Observation | None]:
    """Run the target's subjects in the order of the chunk's seed; what was seen is returned in the subjects' order."""
    chunk, work = assignment.chunk, one.work
    if not work:
        return []
    where = f"{chunk.suite}/{one.target.name}"
    places = shuffled(range(len(work)), chunk.seed, lambda place: work[place][0].name, where)
    ordered = [work[place] for place in places]
    before = len(one.earlier)
    with keeping() as kept:
        seen = _seen(chunk, one, ordered, one.earlier)
    if kept.changed:
        # A call changed settings, and the calls after it ran under those: run each again by itself, settings restored.
        del one.earlier[before:]
        seen = [found for pair in ordered for found in _alone(chunk, one, pair, keeping)]
    found: list[Observation | None] = [None] * len(work)
    for place, observation in zip(places, seen, strict=True):
        found[place] = observation
    return found


def _seen(
    chunk: Chunk, one: TargetWork, work: list[tuple[Subject, RuleSet]], earlier: list[Execution]
) -> list[Observation | None]:
    """What one session on the target sees of each case; None where all that the rules ask agrees, now or earlier."""
    with one.target.open(chunk.device, chunk.operator) as session:
        # Glance (compare, and say only whether all agrees) where the rules allow it; else observe in full.
        if isinstance(session, FactsSession):
            seen = _glances(session, work, one.word, earlier)
        else:
            seen = [session.observe(subject.on(one.word), rules.probes) for subject, rules in work]
        session.flush()
    return seen


def _glances(
    session: FactsSession, work: list[tuple[Subject, RuleSet]], word: str, earlier: list[Execution]
) -> list[Observation | None]:
    agreed = agreed_before(earlier)
    seen = [
        None
        if agreed and rules.glance and rules.probes <= agreed.get(subject, NOTHING)
        else session.glance_at_facts(subject)
        if rules.facts
        else session.glance(subject, rules.probes)
        if rules.glance
        else session.observe(subject.on(word), rules.probes)
        for subject, rules in work
    ]
    earlier.append(Execution(work, seen))
    return seen


def _alone(chunk: Chunk, one: TargetWork, pair: tuple[Subject, RuleSet], keeping: Keeping) -> list[Observation | None]:
    """`_seen` of one case, in a session of its own."""
    with keeping():
        return _seen(chunk, one, [pair], [])


def _judge(execution: Execution, verdicts: TargetVerdicts, word: str) -> None:
    work, seen = execution
    if not verdicts.issues and not any(seen):
        verdicts.passed.update([rules for _, rules in work])
        return
    agreed: list[RuleSet] = []
    for (subject, rules), observation in zip(work, seen, strict=True):
        if observation is not None and not (observation.agreed and rules.glance):
            verdicts.judge(subject.on(word), rules, observation)
        elif verdicts.issues:
            verdicts.agree(subject, rules)
        else:
            agreed.append(rules)
    verdicts.passed.update(agreed)

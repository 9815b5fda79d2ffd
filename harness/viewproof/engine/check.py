"""The checking loop: runs a chunk's cases on its targets, compares evidence, asks the rules, and counts in a record."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache, partial
from time import perf_counter
from typing import Any, NamedTuple
from zlib import crc32

from viewproof.engine.answers import SAMPLED, Sight
from viewproof.engine.assignment import Assignment, TargetWork, assign
from viewproof.engine.death import DEVICE_LOST
from viewproof.engine.executions import Keeping, run_all, run_alone
from viewproof.engine.fault import words_of
from viewproof.engine.planner import RuleSet
from viewproof.engine.quiet import quiet
from viewproof.engine.shuffle import shuffled
from viewproof.engine.verdicts import ChunkVerdicts, TargetVerdicts
from viewproof.engine.warm import warm_up
from viewproof.engine.workload import EQUAL, Equal, Memory, Seen
from viewproof.evidence.probe import Evidence, Raised
from viewproof.evidence.subject import Subject
from viewproof.records.chunk import Chunk
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of
from viewproof.running.settings import state_kept
from viewproof.tensors.storage_bytes import trial_of_copying

#: What a worker process remembers between chunks: consecutive chunks are often on the same cases.
_MEMORY = Memory()


def check_in_worker(chunk: Chunk) -> ChunkRecord:
    """`check_chunk`, with what this worker remembers of the chunks before.

    A kernel may leave its device so that nothing works there any more, in this process. Then this one ends: what failed
    after it must be run elsewhere.
    """
    record = check_chunk(chunk, _MEMORY)
    if record.failures and (why := why_lost(chunk.device)):
        # Its last words.
        os.write(2, f"{why}\n".encode("utf-8", "backslashreplace"))
        os._exit(DEVICE_LOST)
    return record


def why_lost(device: str) -> str:
    """Why nothing can be copied to `device` and back any more; empty where it can, and of the host's memory."""
    if device.partition(":")[0] in _HOSTS:
        return ""
    try:
        return trial_of_copying(device) or ""
    except Exception as error:  # noqa: BLE001 -- torch's word for it, whatever its class
        return words_of(error)


#: Devices whose memory is the host's, or that have none.
_HOSTS = ("cpu", "meta")


def check_chunk(chunk: Chunk, memory: Memory | None = None) -> ChunkRecord:
    """Run the chunk and judge it. `checking_seconds` holds the reference, the runs, the judging and the recording.

    Cases whose results are in `memory` are not run again where the plan says so; without a memory, all are run.
    """
    warm_up()
    _trust(chunk.device)
    with quiet:
        return _check(chunk, Memory() if memory is None else memory, state_kept)


@cache
def _trust(device: str) -> None:
    """Try the one thing that is trusted on a device whose memory the host cannot read: copies of whole storages.

    Raises RuntimeError where they are wrong: nothing that is read there would be evidence.
    """
    if device.partition(":")[0] not in _HOSTS and (wrong := trial_of_copying(device)) is not None:
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
        return _check(chunk, Memory(), partial(state_kept, shared=True))


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
            _judge(chunk, one, seen[one.target.name], verdicts.of(one.target.name), keeping)
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


class _Looked(NamedTuple):
    """What was seen of executions by their place, of those that are to be judged; all others were as expected.

    `chosen` are those of them that are judged, and run again, whatever they show.
    """

    sights: dict[int, Sight]
    chosen: frozenset[int]


def _look(chunk: Chunk, one: TargetWork, keeping: Keeping) -> _Looked:
    """Run the target's work; what is to be judged is returned: what differs, and a few that do not."""
    subjects, rules, expected = one.subjects, one.rules, one.expected
    found: dict[int, Sight] = {}
    places: Sequence[int] = range(len(subjects))
    if one.reused:
        lent = set()
        for place in one.reused:
            known = _lent(one.seen, rules[place].names, subjects[place])
            if known is not None:
                lent.add(place)
                part, left = _part(rules[place], expected[place], *known), one.left.get(subjects[place], ())
                if left or not isinstance(part, Equal):
                    found[place] = Sight(part, left)
        places = [place for place in places if place not in lent]
        if not places:
            return _Looked(found, frozenset())
    if chunk.seed is not None:
        where = f"{chunk.suite}/{one.target.name}"
        places = shuffled(places, chunk.seed, lambda place: subjects[place].name, where)
    seen, left_by = run_all(chunk, one, places, keeping)
    lends = chunk.lends
    if lends:
        for place in places:
            one.seen.setdefault(rules[place].names, {})[subjects[place]] = EQUAL
    if left_by:
        one.left.update({subjects[place]: left for place, left in left_by.items()})
        found.update({place: Sight(EQUAL, left) for place, left in left_by.items()})
    if seen != [expected[place] for place in places]:
        for place, evidence in zip(places, seen, strict=True):
            if evidence != expected[place]:
                found[place] = Sight(evidence, left_by.get(place, ()))
                if lends:
                    one.seen[rules[place].names][subjects[place]] = evidence
    chosen = range(crc32(chunk.name.encode("utf-8", "backslashreplace")) % SAMPLED, len(places), SAMPLED)
    for number in chosen:
        found.setdefault(places[number], Sight(seen[number]))
    return _Looked(found, frozenset([places[number] for number in chosen]))


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


def _judge(chunk: Chunk, one: TargetWork, looked: _Looked, verdicts: TargetVerdicts, keeping: Keeping) -> None:
    subjects, rules, expected = one.subjects, one.rules, one.expected
    for place in sorted(looked.sights):
        again = partial(run_alone, chunk, one, place, keeping)
        sight, chosen = looked.sights[place], place in looked.chosen
        verdicts.judge(subjects[place], rules[place], expected[place], sight, again, chosen)
    verdicts.agree(subjects, rules, looked.sights)

"""The checking loop: a chunk's cases through its targets, judged by its rules, counted to a record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from time import perf_counter

from viewproof.cases import format_case
from viewproof.engine.chunk import Chunk
from viewproof.engine.judge import Court, Judge, Owed
from viewproof.engine.quiet import quiet
from viewproof.engine.shuffle import shuffled
from viewproof.engine.warm import warm_up
from viewproof.engine.workload import Looked, agreed_before, chunk_work, looked_at, subjects_of
from viewproof.observation import Observation
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of
from viewproof.rules import Rule, all_rules
from viewproof.subject import Subject, Traits, subject_of
from viewproof.targets import Target, find_target
from viewproof.targets.session import FactsSession
from viewproof.targets.settings import Kept, settings_kept

NOTHING: frozenset[str] = frozenset()

Keeping = Callable[[], AbstractContextManager[Kept]]


def count_cases(chunk: Chunk) -> int:
    """How many cases the chunk holds."""
    return sum(1 for _ in chunk_work(chunk))


class Planner:
    """Which rules apply to a case on a target, by its traits: pure, and asked once for equal traits."""

    def __init__(self, names: tuple[str, ...]) -> None:
        rules = all_rules()
        self.rules: list[Rule] = [rules[name] for name in names]
        self._tables: dict[str, dict[int, Owed]] = {}
        self._kept: list[Traits] = []
        self._same: dict[tuple[Rule, ...], Owed] = {}

    def table(self, target: Target) -> dict[int, Owed]:
        """What is known so far of `target`, by the identity of the traits: equal traits are one object (subject.py)."""
        return self._tables.setdefault(target.name, {})

    def planned(self, traits: Traits, target: Target) -> Owed:
        """What `target` owes a case of these traits; no rules where it takes no such case."""
        table = self.table(target)
        known = table.get(id(traits))
        if known is not None:
            return known
        takes = traits.kind in target.kinds and target.takes(traits)
        rules = tuple([rule for rule in self.rules if rule.applies(traits, target.name)]) if takes else ()
        found = table[id(traits)] = self._same.setdefault(rules, Owed(rules))
        self._kept.append(traits)
        return found


@lru_cache(maxsize=64)
def planner_of(names: tuple[str, ...]) -> Planner:
    """The planner of these rules, one a process: what it has been asked once it knows for every later chunk."""
    return Planner(names)


def count_planned(chunk: Chunk) -> ChunkRecord:
    """The chunk's record as planning alone knows it: every planned verdict `missing`. Runs nothing of torch's."""
    began = perf_counter()
    planner = planner_of(chunk.rules)
    counts: Counter[tuple[str, str]] = Counter()
    signatures: list[int] = []
    executions = 0
    refused = 0
    for case, expectation in chunk_work(chunk):
        traits = subject_of(case, expectation, "").traits
        signatures.append(signature_of(format_case(case)))
        refused += traits.refused
        for name in chunk.targets:
            planned = planner.planned(traits, find_target(name))
            executions += bool(planned.rules)
            counts.update((name, rule.name) for rule in planned.rules)
    judge = Judge(chunk)
    for (target, rule), count in counts.items():
        judge.count(target, rule, "missing", count)
    return judge.record(len(signatures), refused, executions, signatures, 0.0, perf_counter() - began)


def check_chunk(chunk: Chunk) -> ChunkRecord:
    """Run the chunk and judge it. `checking_seconds` holds the reference, the runs, the judging and the recording."""
    warm_up()
    with quiet:
        return _check(chunk, settings_kept)


def check_in_place(chunk: Chunk) -> ChunkRecord:
    """`check_chunk` in a process that is another program's: nothing is loaded ahead, no object of it is frozen.

    Nor are settings of the process put back, which another thread may just have chosen.
    """
    with quiet:
        return _check(chunk, partial(settings_kept, shared=True))


def _check(chunk: Chunk, keeping: Keeping) -> ChunkRecord:
    began = perf_counter()
    subjects, generating = subjects_of(chunk)
    planner = planner_of(chunk.rules)
    # A seed changes what is run before what. Judged and written down it is in the order that the chunk names.
    where = f"{chunk.suite}/{chunk.operator}@{chunk.family}"
    looks = {
        name: _look(chunk, find_target(name), subjects, planner, keeping)
        for name in shuffled(chunk.targets, chunk.seed, str, where)
    }
    judge = Judge(chunk)
    for name in chunk.targets:
        if looks[name].work:
            _judge(looks[name], judge.of(name), find_target(name).device_word(chunk.device))
    # A case's name belongs to its making, wherever it is spelled first.
    naming = perf_counter()
    signatures = [signature_of(subject.name) for subject in subjects]
    generating += perf_counter() - naming
    refused = sum(subject.traits.refused for subject in subjects)
    executions = sum(len(look.work) for look in looks.values())
    record = judge.record(len(subjects), refused, executions, signatures, 0.0, generating)
    record.checking_seconds = perf_counter() - began - generating
    return record


def _glances(
    session: FactsSession, work: list[tuple[Subject, Owed]], word: str, before: list[Looked]
) -> list[Observation | None]:
    """What a session sees of each case; None where everything that is asked agrees, now or `before`, which grows."""
    agreed = agreed_before(before)
    seen = [
        None
        if agreed and owed.glance and owed.probes <= agreed.get(id(subject), NOTHING)
        else session.glance_at_facts(subject)
        if owed.facts
        else session.glance(subject, owed.probes)
        if owed.glance
        else session.observe(subject.on(word), owed.probes)
        for subject, owed in work
    ]
    before.append(Looked(work, seen))
    return seen


def _look(chunk: Chunk, target: Target, subjects: list[Subject], planner: Planner, keeping: Keeping) -> Looked:
    """Run what the target owes a verdict on, in the order of the chunk's seed; what was seen, in the subjects'."""
    known = planner.table(target)
    work = [
        (subject, owed)
        for subject in subjects
        if (owed := known.get(id(subject.traits)) or planner.planned(subject.traits, target)).rules
    ]
    if not work:
        return Looked(work, [])
    places = shuffled(range(len(work)), chunk.seed, lambda place: work[place][0].name, f"{chunk.suite}/{target.name}")
    ordered = [work[place] for place in places]
    looked = looked_at(chunk, target.name)
    earlier = len(looked)
    with keeping() as kept:
        seen = _seen(chunk, target, ordered, looked)
    if kept.changed:
        # A call left them so, and those after it were made under these: each again by itself, under those of before.
        del looked[earlier:]
        seen = [one for pair in ordered for one in _alone(chunk, target, pair, keeping)]
    found: list[Observation | None] = [None] * len(work)
    for place, one in zip(places, seen, strict=True):
        found[place] = one
    return Looked(work, found)


def _seen(
    chunk: Chunk, target: Target, work: list[tuple[Subject, Owed]], looked: list[Looked]
) -> list[Observation | None]:
    """What one session on the target sees of each case."""
    word = target.device_word(chunk.device)
    with target.open(chunk.device, chunk.operator) as session:
        # At a glance where all that is asked can be seen so; a session that cannot glance looks whole.
        if isinstance(session, FactsSession):
            seen = _glances(session, work, word, looked)
        else:
            seen = [session.observe(subject.on(word), owed.probes) for subject, owed in work]
        session.flush()
    return seen


def _alone(chunk: Chunk, target: Target, one: tuple[Subject, Owed], keeping: Keeping) -> list[Observation | None]:
    """`_seen` of one case, in a session of its own."""
    with keeping():
        return _seen(chunk, target, [one], [])


def _judge(look: Looked, court: Court, word: str) -> None:
    work, seen = look
    if not court.issues and not any(seen):
        court.passed.update([owed for _, owed in work])
        return
    agreed: list[Owed] = []
    for (subject, owed), observation in zip(work, seen, strict=True):
        if observation is not None and not (observation.agreed and owed.glance):
            court.judge(subject.on(word), owed, observation)
        elif court.issues:
            court.agree(subject, owed)
        else:
            agreed.append(owed)
    court.passed.update(agreed)

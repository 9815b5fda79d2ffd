"""The guilty case is found, whatever else dies or does not, and every other case has its own verdict."""

from collections import Counter
from dataclasses import dataclass, field

import fake_run
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.engine.death import Death
from viewproof.engine.guilt import Guilt
from viewproof.engine.whereabouts import Whereabouts
from viewproof.records.chunk import Chunk

TARGETS = ("eager", "meta", "fake")
CASES = 8


def chunk(targets=TARGETS, family="flat"):
    return Chunk(
        suite="views", operator="aten.alias.default", family=family, profile="quick", device="cpu", targets=targets,
        rules=("layout.size", "layout.stride"),
    )  # fmt: skip


@dataclass
class Worker:
    """A made-up worker. `alone` are executions (target, case) that it dies of; `after` those that it dies of where it
    has run the other one before; `once` those of which the first worker alone dies. `noting` says that it notes where
    it is.
    """

    alone: set = field(default_factory=set)
    after: dict = field(default_factory=dict)
    once: set = field(default_factory=set)
    cause: str = "SIGSEGV"
    noting: bool = True
    ran: list = field(default_factory=list)
    runs: int = 0

    def run(self, one, *, fresh=False):
        if fresh:
            self.ran = []
        self.runs += 1
        for number, target in enumerate(one.targets):
            for place in range(fake_run.count(one)):
                this = (one.family, target, one.start + place)
                dies = this in self.alone or this in self.once or self.after.get(this) in self.ran
                self.once.discard(this)
                if dies:
                    self.ran = []
                    where = Whereabouts(0, number, place) if self.noting else None
                    return Death("crash", self.cause, f"died with {self.cause}", where)
                self.ran.append(this)
        return fake_run._record(one, "pass")

    def run_together(self, chunks):
        self.ran = []
        for one in chunks:
            if isinstance(found := self.run(one), Death):
                return found
        return None


def judged(worker, one=None, before=()):
    one = chunk() if one is None else one
    for earlier in before:
        worker.run(earlier)
    death = worker.run(one)
    assert isinstance(death, Death)
    record = Guilt(worker, fake_run.WORK).record(one, death, before)
    assert all(tally.planned == sum(tally.verdicts.values()) == CASES for tally in record.tallies)
    assert len(record.tallies) == len(one.targets) * len(one.rules)
    assert (record.cases, len(record.signatures)) == (CASES, CASES)
    return record


def bad(record):
    """What is no pass: verdicts by target, and the failures."""
    found: Counter[tuple[str, str]] = Counter()
    for tally in record.tallies:
        for word, number in tally.verdicts.items():
            if word != "pass":
                found[tally.target, word] += number
    return dict(found), {(one.target, one.case, one.difference) for one in record.failures}


def name(place):
    return f"aten.alias.default(float32[{place + 1}])"


executions = st.tuples(st.just("flat"), st.sampled_from(TARGETS), st.integers(0, CASES - 1))


@given(alone=st.sets(executions, min_size=1, max_size=12), noting=st.booleans())
def test_those_that_die_alone_are_found_and_no_others(alone, noting):
    verdicts, failures = bad(judged(Worker(alone=set(alone), noting=noting)))
    deaths = Counter(target for _, target, _ in alone)
    assert verdicts == {(target, "crash"): 2 * number for target, number in deaths.items()}
    assert failures == {(target, name(place), "SIGSEGV") for _, target, place in alone}


@given(target=st.sampled_from(TARGETS), pair=st.sets(st.integers(0, CASES - 1), min_size=2, max_size=2),
       noting=st.booleans())  # fmt: skip
def test_a_case_that_dies_after_another_only_names_that_one(target, pair, noting):
    first, second = sorted(pair)
    worker = Worker(after={("flat", target, second): ("flat", target, first)}, noting=noting)
    verdicts, failures = bad(judged(worker))
    assert verdicts == {(target, "crash"): 2}
    assert failures == {(target, name(second), f"SIGSEGV, only after {name(first)}")}


def test_a_case_that_dies_after_another_target_only_says_so():
    worker = Worker(after={("flat", "meta", 2): ("flat", "eager", 5)})
    verdicts, failures = bad(judged(worker))
    assert verdicts == {("meta", "crash"): 2}
    assert failures == {("meta", name(2), "SIGSEGV, only after other targets")}


def test_a_case_that_dies_after_another_chunk_only_names_that_one():
    before = [chunk(family="first"), chunk(family="guilty"), chunk(family="last")]
    worker = Worker(after={("flat", "meta", 2): ("guilty", "fake", 5)})
    verdicts, failures = bad(judged(worker, before=before))
    assert verdicts == {("meta", "crash"): 2}
    assert failures == {("meta", name(2), "SIGSEGV, only after views/aten.alias.default@guilty")}


@pytest.mark.parametrize("cause", ["SIGKILL", "SIGTERM", "SIGHUP"])
def test_what_somebody_else_may_have_done_counts_where_it_comes_again_only(cause):
    assert bad(judged(Worker(once={("flat", "meta", 2)}, cause=cause))) == ({}, set())
    assert bad(judged(Worker(alone={("flat", "meta", 2)}, cause=cause))) == (
        {("meta", "crash"): 2}, {("meta", name(2), cause)},
    )  # fmt: skip


def test_a_case_that_dies_at_times_is_flaky():
    verdicts, failures = bad(judged(Worker(once={("flat", "meta", 2)})))
    assert verdicts == {("meta", "flaky"): 2}
    assert failures == {("meta", name(2), "SIGSEGV, once")}


def test_a_death_between_two_executions_that_comes_once_is_the_whole_chunks():
    worker = Worker(once={("flat", "meta", 2)}, noting=False)
    verdicts, _ = bad(judged(worker))
    assert verdicts == {(target, "flaky"): 16 for target in TARGETS}


def test_many_guilty_cases_cost_a_few_runs_each():
    worker = Worker(alone={("flat", "meta", place) for place in range(CASES)})
    judged(worker)
    assert worker.runs <= 4 * CASES


def test_known_executions_are_not_run_again():
    worker = Worker(alone={("flat", "meta", 2), ("flat", "fake", 7)})
    death = Death("crash", "SIGKILL of its parent", "the process that serves the worker died")
    record = Guilt(worker, fake_run.WORK).around(chunk(), [(1, 2, death), (2, 7, death)])
    verdicts, failures = bad(record)
    assert verdicts == {("meta", "crash"): 2, ("fake", "crash"): 2}
    assert failures == {(target, name(place), "SIGKILL of its parent") for target, place in (("meta", 2), ("fake", 7))}
    assert worker.runs == 4, "what is before and behind them, target by target"


def test_what_goes_wrong_in_the_harness_is_no_death():
    class Faulty(Worker):
        def run(self, one, *, fresh=False):
            if "meta" in one.targets and self.runs:
                return Death("harness_error", "KeyError", "KeyError: ours")
            return super().run(one, fresh=fresh)

    verdicts, _ = bad(judged(Faulty(once={("flat", "eager", 1)}, cause="SIGKILL")))
    assert verdicts == {(target, "harness_error"): 16 for target in TARGETS}


def test_a_generator_that_fails_is_a_fault_of_the_harness():
    from dataclasses import replace

    def fails(one):
        raise LookupError("no such case")

    worker = Worker(alone={("flat", "meta", 2)})
    record = Guilt(worker, replace(fake_run.WORK, count=fails)).record(chunk(("meta",)), worker.run(chunk(("meta",))))
    assert {one.verdict for one in record.failures} == {"harness_error"}
    assert "LookupError: no such case" in record.failures[0].observed

"""A case that fails only after another one is told from one that fails alone, and from one that fails at times."""

import fake_run
import pytest

from viewproof.engine.order import SEARCHED, Order
from viewproof.records.chunk import Chunk
from viewproof.records.model import Failure

CHUNK = Chunk(
    suite="views", operator="aten.alias.default", family="flat", profile="quick", device="cpu",
    targets=("eager", "meta"), rules=("layout.size",),
)  # fmt: skip


def failure(target, place, verdict="flaky"):
    return Failure(
        suite="views", target=target, rule="layout.size", operator="aten.alias.default",
        case=f"aten.alias.default(float32[{place + 1}])", verdict=verdict, expected="1", observed="2",
        difference="not every time",
    )  # fmt: skip


class Bench:
    """Runs parts of chunks, in which a case fails after the one that `after` names for it, and those `alone` always."""

    def __init__(self, after=(), alone=()):
        self.after, self.alone, self.runs = dict(after), set(alone), 0

    def run(self, chunk, *, fresh=False):
        assert fresh
        assert len(chunk.targets) == 1
        self.runs += 1
        record = fake_run._record(chunk, "pass")
        ran = range(chunk.start, chunk.start + fake_run.count(chunk))
        record.failures = [
            failure(chunk.targets[0], place, "fail" if place in self.alone else "flaky")
            for place in ran if place in self.alone or self.after.get(place) in ran
        ]  # fmt: skip
        return record


def told(bench, *places):
    record = fake_run._record(CHUNK, "pass")
    record.failures = [failure("meta", place) for place in places]
    return [(one.observed, one.difference) for one in Order(bench, fake_run.WORK).named(CHUNK, record).failures]


@pytest.mark.parametrize("first", range(5))
def test_the_last_case_that_it_takes_is_named(first):
    observed = f"2, only after aten.alias.default(float32[{first + 1}])"
    assert told(Bench({5: first}), 5) == [(observed, "not every time, only after another case")]


@pytest.mark.parametrize("bench", [Bench(alone=[5]), Bench(), Bench({5: 7})])
def test_what_fails_alone_or_at_times_has_no_predecessor(bench):
    assert told(bench, 5) == [("2", "not every time")]


def test_one_fault_is_not_searched_for_in_all_cases_that_show_it():
    found = told(Bench(dict.fromkeys(range(1, 8), 0)), *range(1, 8))
    assert sum("only after" in observed for observed, _ in found) == SEARCHED

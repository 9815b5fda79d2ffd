"""What a chunk owes, counted without a name and without a run, is what planning alone and the run itself count."""

from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from viewproof.contract.installed import find_suite, find_target, own_suites
from viewproof.engine import count
from viewproof.engine.count import count_owed, count_planned
from viewproof.engine.owed import Owed, owed_in
from viewproof.engine.planner import planner_of
from viewproof.engine.workload import cases_of
from viewproof.evidence.subject import subject_of
from viewproof.records.chunk import Chunk


def chunk_of(suite, operator="aten.select.int", family="contiguous", **more):
    found = own_suites()[suite]
    fields = {"profile": "quick", "device": "cpu", "targets": found.targets, "rules": found.rules}
    return Chunk(suite=suite, operator=operator, family=family, **(fields | more))


def one_by_one(chunk):
    """What the chunk owes, planned case by case."""
    planner, planned, executions = planner_of(chunk.rules), Counter(), 0
    traits = [subject_of(case, expectation).traits for case, expectation in cases_of(chunk)]
    for one in traits:
        for name in chunk.targets:
            rules = planner.rules_for(one, find_target(name)).rules
            executions += bool(rules)
            planned.update((name, rule.name) for rule in rules)
    numbers = tuple([(*place, number) for place, number in planned.items()])
    return Owed(chunk.name, len(traits), sum(not one.refused for one in traits), executions, numbers)


def alike(owed, other):
    assert set(owed.planned) == {one for one in other.planned if one[2]}
    assert msgspec.structs.replace(owed, planned=()) == msgspec.structs.replace(other, planned=())


def is_counted(chunk):
    """Whoever counts the chunk counts what planning case by case counts."""
    for owed in (count_owed(chunk), owed_in(count_planned(chunk))):
        alike(owed, one_by_one(chunk))


@pytest.mark.parametrize("suite", own_suites())
def test_it_is_what_planning_case_by_case_counts(suite):
    found = own_suites()[suite]
    operator = found.operators()[0]
    for family in found.families(operator, "quick")[:2]:
        chunk = chunk_of(suite, operator, family)
        is_counted(chunk)


@pytest.mark.parametrize(
    "more",
    [{"start": 1, "stop": 3}, {"start": 2}, {"case": "aten.select.int(float32[3,4], 0, 2)", "family": "named"},
     {"targets": ("meta",), "rules": ("layout.size",)}],
    ids=str,
)  # fmt: skip
def test_parts_of_a_chunk(more):
    count_owed(chunk_of("views"))
    chunk = chunk_of("views", **more)
    is_counted(chunk)


def test_suites_that_share_a_generator_generate_once(monkeypatch):
    made = []

    def cases(*asked):
        made.append(asked)
        return own_suites()["views"].cases(*asked)

    views, aliasing, errors = (replace(own_suites()[name], cases=cases) for name in ("views", "aliasing", "errors"))
    suites = {one.name: one for one in (views, aliasing, errors)}
    monkeypatch.setattr(count, "find_suite", suites.__getitem__)
    for name in suites:
        count_owed(chunk_of(name))
    assert len(made) == 1
    count_owed(chunk_of("views", family="permuted"))
    assert len(made) == 2


def test_a_generator_that_fails_leaves_nothing_for_the_next_chunk(monkeypatch):
    views = find_suite("views")

    def failing(*asked):
        yield next(iter(views.cases(*asked)))
        raise RuntimeError("the generator's")

    monkeypatch.setattr(count, "find_suite", lambda _: replace(views, cases=failing))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the generator's"):
            count_owed(chunk_of("views"))

"""A chunk's subjects are the same whether they are remembered from the chunk before or made anew."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.contract.installed import own_suites
from viewproof.engine import workload
from viewproof.engine.assignment import assign
from viewproof.engine.check import check_chunk
from viewproof.engine.workload import Memory, batches, cases_of, with_reuse
from viewproof.records.chunk import Chunk


def chunk_of(suite, operator="aten.select.int", family="contiguous", **more):
    found = own_suites()[suite]
    fields = {"profile": "quick", "device": "cpu", "targets": found.targets, "rules": found.rules}
    return Chunk(suite=suite, operator=operator, family=family, **(fields | more))


def recall(memory, chunk):
    return memory.recall(chunk, own_suites()[chunk.suite])


def cases(chunk, memory=None):
    return [subject.case for subject in recall(memory or Memory(), chunk)[0]]


@pytest.mark.parametrize("suite", ["views", "errors", "aliasing"])
def test_subjects_are_the_work_of_planning(suite):
    chunk = chunk_of(suite)
    assert cases(chunk) == [case for case, _ in cases_of(chunk)]


def test_a_suite_that_shares_the_generator_makes_nothing_anew():
    memory = Memory()
    first, spent = recall(memory, chunk_of("views"))
    second, again = recall(memory, chunk_of("aliasing"))
    assert spent > 0
    assert again == 0
    assert all(one is other for one, other in zip(first, second, strict=True))
    assert cases(chunk_of("errors"), memory) == [case for case, _ in cases_of(chunk_of("errors"))]


@pytest.mark.parametrize(
    "other", [{"family": "permuted"}, {"operator": "aten.slice.Tensor"}, {"profile": "full"}], ids=str
)
def test_another_family_is_not_taken_for_the_remembered_one(other):
    memory = Memory()
    recall(memory, chunk_of("views"))
    chunk = chunk_of("views", **other)
    assert cases(chunk, memory) == [case for case, _ in cases_of(chunk)]


def test_a_named_case_neither_uses_nor_replaces_what_is_remembered():
    memory = Memory()
    whole = assign(chunk_of("views"), memory).subjects
    named = assign(chunk_of("views", case="aten.select.int(float32[3,4], 0, 2)"), memory)
    assert len(named.subjects) == 1
    assert all(subject is not named.subjects[0] for subject in whole)
    again = assign(chunk_of("views"), memory).subjects
    assert all(one is other for one, other in zip(whole, again, strict=True))


def test_slices_are_cut_from_the_suites_own_half():
    whole = cases(chunk_of("errors"))
    assert cases(msgspec.structs.replace(chunk_of("errors"), start=1, stop=3)) == whole[1:3]


def test_the_chunks_of_one_family_stay_together_and_begin_with_the_closest_look(monkeypatch):
    monkeypatch.setattr(workload, "CHUNKS_A_BATCH", 2)
    plan = [chunk_of(suite, family=family) for suite in ("views", "aliasing") for family in ("offset", "permuted")]
    ordered = batches(plan)
    assert [[(chunk.family, chunk.suite) for chunk in batch] for batch in ordered] == [
        [("offset", "aliasing"), ("offset", "views")], [("permuted", "aliasing"), ("permuted", "views")],
    ]  # fmt: skip
    assert sorted(chunk.name for batch in ordered for chunk in batch) == sorted(chunk.name for chunk in plan)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["views", "aliasing", "replay"])), unique=True))
def test_every_chunk_is_in_one_batch_and_no_group_is_torn(some):
    plan = [chunk_of(suite, family=family) for family, suite in some]
    ordered = batches(plan)
    assert sorted(chunk.name for batch in ordered for chunk in batch) == sorted(chunk.name for chunk in plan)
    homes = {family: {number for number, batch in enumerate(ordered) for one in batch if one.family == family}
             for family, _ in some}  # fmt: skip
    assert all(len(numbers) == 1 for numbers in homes.values())
    assert all(len(batch) <= workload.CHUNKS_A_BATCH for batch in ordered)


def test_outside_of_quick_each_chunk_is_given_alone():
    plan = [chunk_of(suite, profile="full") for suite in ("views", "aliasing")]
    assert [[chunk.suite for chunk in batch] for batch in batches(plan)] == [["aliasing"], ["views"]]


def test_what_was_seen_is_known_to_the_suites_of_the_same_cases_on_the_same_target():
    memory = Memory()

    def seen(**more):
        chunk = chunk_of(more.pop("suite", "views"), **more)
        return {one.target.name: one.seen for one in assign(chunk, memory).targets}

    before = seen(suite="aliasing")["eager"]
    assert before == {}
    assert seen()["eager"] is before
    assert seen()["meta"] is not before
    assert seen(device="cuda")["eager"] is not before
    assert seen(case="aten.select.int(float32[3,4], 0, 2)")["eager"] is not before
    seen(family="permuted")
    assert seen()["eager"] is not before


def plan(*names, **more):
    return {chunk.suite: chunk for chunk in with_reuse([chunk_of(name, **more) for name in names])}


def test_the_plan_says_whose_evidence_is_taken():
    """The most thorough suite runs; the others on the same cases take its evidence where it has their target."""
    planned = plan("views", "aliasing", "errors", "replay")
    assert {loan.target for loan in planned["views"].loans} == {"eager", "meta", "fake"}
    assert {loan.rules for loan in planned["views"].loans} >= {planned["aliasing"].rules}
    assert planned["aliasing"].lends
    assert not planned["views"].lends
    assert not planned["errors"].loans, "the refused half is other cases"


@pytest.mark.parametrize("more", [{"profile": "full"}, {"case": "aten.select.int(float32[3,4], 0, 2)"}, {"stop": 3}])
def test_nothing_is_lent_where_chunks_need_not_meet(more):
    assert not any(chunk.loans or chunk.lends for chunk in plan("views", "aliasing", **more).values())


def test_the_name_of_a_chunk_and_so_the_hash_of_a_plan_do_not_tell_of_loans():
    assert plan("views", "aliasing")["views"].name == chunk_of("views").name


def test_evidence_is_taken_where_all_its_probes_were_asked():
    planned = plan("aliasing", "replay", "views")
    memory = Memory()
    for suite in ("aliasing", "replay", "views"):
        record = check_chunk(planned[suite], memory)
        eager = next(one for one in assign(planned[suite], memory).targets if one.target.name == "eager")
        # What replay asks aliasing has not asked; what views asks it has, of every case.
        assert len(eager.reused) == (len(eager.subjects) if suite == "views" else 0)
    assert record.reused == sum(
        len(one.reused) for one in assign(planned["views"], memory).targets
    )  # fmt: skip
    assert 0 < record.reused < record.executions


def test_verdicts_are_the_same_whether_evidence_is_taken_or_made_anew(monkeypatch):
    planned = plan("aliasing", "views", operator="aten.reshape.default", family="permuted")
    memory = Memory()
    check_chunk(planned["aliasing"], memory)
    taken, alone = check_chunk(planned["views"], memory), check_chunk(planned["views"])
    assert [(one.target, one.rule, one.verdicts) for one in taken.tallies] == [
        (one.target, one.rule, one.verdicts) for one in alone.tallies
    ]  # fmt: skip
    assert taken.reused == alone.reused > 0, "the plan decides what counts as reused"


def test_a_generator_that_fails_leaves_nothing_to_be_taken_for_its_cases():
    views, memory = own_suites()["views"], Memory()

    def failing(*asked):
        yield next(iter(views.cases(*asked)))
        raise RuntimeError("the generator's")

    broken = replace(views, cases=failing)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the generator's"):
            memory.recall(chunk_of("views"), broken)

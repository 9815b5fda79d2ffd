"""A plan shuffled: nothing lost, nothing doubled, the same in every process, and the same verdicts."""

import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.contract.installed import find_suite, own_suites
from viewproof.engine.check import check_chunk
from viewproof.engine.plan import make_plan
from viewproof.engine.run import RunRequest, execute
from viewproof.engine.shuffle import shuffled, shuffled_batches
from viewproof.engine.workload import batches
from viewproof.records.chunk import Chunk
from viewproof.records.outdir import Selection
from viewproof.records.same import differences

#: One small part of every mechanism that keeps something from one case to the next.
SOME = (
    "aten.t.default", "views/fake*/*/aten.unbind.int", "errors/*/*/aten.squeeze.dim", "inplace/*/*/aten.t_.default",
    "copies/*/*/aten.select_copy.int", "schemas/*/*/aten.squeeze.dim", "decompositions/*/*/aten.addr.default",
)  # fmt: skip

seeds = st.integers(0, 2**70)
names = st.lists(st.text(max_size=4), max_size=30)


def chunk_of(suite="views", operator="aten.select.int", family="contiguous", **more):
    found = find_suite(suite)
    fields = {"profile": "quick", "device": "cpu", "targets": found.targets, "rules": found.rules}
    return Chunk(suite=suite, operator=operator, family=family, **(fields | more))


def plan_of(*queries, profile="quick"):
    return make_plan(own_suites(), queries, profile=profile)


@given(names, seeds, st.text(max_size=4))
def test_shuffled_are_the_same_things(some, seed, where):
    assert sorted(shuffled(some, seed, str, where)) == sorted(some)


@given(names)
def test_without_a_seed_the_order_stays(some):
    assert shuffled(some, None, str, "") == some


@given(st.lists(st.text(max_size=4), unique=True, max_size=30), seeds, st.data())
def test_what_is_left_keeps_its_order(some, seed, data):
    left = data.draw(st.sets(st.sampled_from(some))) if some else set()
    assert [one for one in shuffled(some, seed, str, "") if one in left] == shuffled(sorted(left), seed, str, "")


def test_each_seed_and_each_place_have_an_order_of_their_own():
    some = [str(number) for number in range(20)]
    orders = {tuple(shuffled(some, seed, str, where)) for seed in range(10) for where in ("eager", "meta")}
    assert len(orders) == 20
    assert tuple(some) not in orders


def test_the_order_is_the_same_in_every_process():
    program = (
        "from viewproof.engine.shuffle import shuffled\n"
        "print(''.join(shuffled('abcdefghijklmnopqrstuvwxyz', 7, str, 'here')))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {"".join(shuffled("abcdefghijklmnopqrstuvwxyz", 7, str, "here"))}


chunks = st.lists(
    st.builds(
        chunk_of,
        st.sampled_from(["views", "aliasing", "replay", "inplace"]),
        st.sampled_from(["aten.select.int", "aten.slice.Tensor", "aten.lift.default"]),
        st.sampled_from("abcdefgh"),
        profile=st.sampled_from(["quick", "full"]),
    ),
    unique_by=lambda chunk: chunk.name,
    max_size=80,
)


@given(chunks, seeds)
def test_every_chunk_is_in_one_batch_and_carries_the_seed(plan, seed):
    found = [chunk for batch in shuffled_batches(plan, seed) for chunk in batch]
    assert sorted(chunk.name for chunk in found) == sorted(chunk.name for chunk in plan)
    assert [msgspec.structs.replace(chunk, seed=None) for chunk in found if chunk.seed == seed] == [
        next(one for one in plan if one.name == chunk.name) for chunk in found
    ]


@given(chunks, seeds)
def test_the_order_of_the_plan_is_not_seen(plan, seed):
    assert shuffled_batches(plan, seed) == shuffled_batches(plan[::-1], seed)


def test_two_seeds_give_other_batches_and_other_orders():
    plan = plan_of("views", "aliasing", "inplace")
    found = {seed: [[chunk.name for chunk in batch] for batch in shuffled_batches(plan, seed)] for seed in (1, 2, 3)}
    plain = [[chunk.name for chunk in batch] for batch in batches(plan)]
    together = [{frozenset(batch) for batch in one} for one in (plain, *found.values())]
    for place, one in enumerate(together):
        for other in together[place + 1 :]:
            assert len(one & other) < len(one) / 10
    assert len({len(batch) for batch in found[1]}) > 10, "batches are of many sizes"


def test_of_the_chunks_on_the_same_cases_some_stay_together_and_some_are_torn():
    found = shuffled_batches(plan_of("views", "aliasing"), 1)
    homes: dict[tuple[str, str], set[int]] = {}
    suites: dict[tuple[str, str], list[str]] = {}
    for number, batch in enumerate(found):
        for chunk in batch:
            homes.setdefault((chunk.operator, chunk.family), set()).add(number)
            suites.setdefault((chunk.operator, chunk.family), []).append(chunk.suite)
    whole = [key for key in suites if len(suites[key]) == 2 and len(homes[key]) == 1]
    assert len(whole) > len(suites) / 5
    assert sum(len(numbers) == 2 for numbers in homes.values()) > len(suites) / 5
    assert {tuple(suites[key]) for key in whole} == {("views", "aliasing"), ("aliasing", "views")}


def test_outside_of_quick_a_batch_holds_few():
    assert {len(batch) for batch in shuffled_batches(plan_of("views", profile="full"), 1)} <= {1, 2, 3}


def test_a_seed_is_no_part_of_a_chunks_name():
    assert chunk_of(seed=3).name == chunk_of().name


@pytest.mark.parametrize(
    ("suite", "operator", "family"),
    [
        ("aliasing", "aten.slice.Tensor", "stepped"),
        ("errors", "aten.select.int", "contiguous"),
        ("functionalization", "aten.expand.default", "contiguous"),
        ("inplace", "aten.unsqueeze_.default", "contiguous"),
    ],
)
def test_a_record_is_in_the_order_of_the_plan_and_cases_are_not(suite, operator, family):
    chunk = chunk_of(suite, operator, family)
    records = [check_chunk(msgspec.structs.replace(chunk, seed=seed)) for seed in (None, 1, 2)]
    same = [msgspec.structs.replace(one, checking_seconds=0, generating_seconds=0) for one in records]
    assert same[0] == same[1] == same[2]


def test_the_targets_and_the_cases_of_a_chunk_are_run_in_the_order_of_the_seed(monkeypatch):
    from viewproof.engine import executions

    ran: list[tuple[str, list[str]]] = []
    seen = executions._seen

    def noted(chunk, one, places):
        ran.append((one.target.name, [one.subjects[place].name for place in places]))
        return seen(chunk, one, places)

    monkeypatch.setattr(executions, "_seen", noted)
    orders = {}
    for seed in (None, 1, 2, 3):
        ran.clear()
        check_chunk(chunk_of("views", seed=seed))
        orders[seed] = [*ran]
    [by_target] = {frozenset(kind for kind, _ in one) for one in orders.values()}
    assert len(by_target) > 3
    assert len({tuple(kind for kind, _ in one) for one in orders.values()}) > 1
    assert len({tuple(cases) for one in (orders[1], orders[2], orders[3]) for _, cases in one}) > 3 * 3
    plain = orders[None][0][1]
    assert {tuple(cases) for _, cases in orders[None]} == {tuple(plain)}
    assert all(sorted(cases) == sorted(plain) for one in orders.values() for _, cases in one)


def test_a_real_run_has_the_same_verdicts_under_any_seed(tmp_path):
    from viewproof.records.journal import read_journal

    found = []
    for seed in (None, 1, 2):
        out = tmp_path / str(seed)
        finished = execute(RunRequest(Selection(queries=SOME), out, jobs=1, seed=seed))
        assert finished.run["seed"] == seed
        found.append(read_journal(out / "journal.jsonl", finished.run["plan"]).records)
    plain, one, two = found
    assert sum(record.executions for record in plain) > 1000
    assert [record.chunk for record in one] != [record.chunk for record in plain]
    assert [record.chunk for record in one] != [record.chunk for record in two]
    assert differences(plain, one) == []
    assert differences(plain, two) == []

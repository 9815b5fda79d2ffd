"""The checking loop: what was planned is what is judged, however the chunk is cut and whatever the order."""

import random
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import msgspec
import pytest

from viewproof.contract.installed import find_suite, own_suites
from viewproof.engine import assignment, check
from viewproof.engine import verdicts as engine_verdicts
from viewproof.engine.check import check_chunk
from viewproof.engine.count import count_cases, count_planned
from viewproof.engine.death import DEVICE_LOST
from viewproof.records.chunk import Chunk

SOME = [
    ("views", "aten.transpose.int", "permuted"),
    ("views", "aten.view.default", "permuted"),
    ("errors", "aten.select.int", "contiguous"),
    ("aliasing", "aten.slice.Tensor", "stepped"),
    ("aliasing", "aten.contiguous.default", "permuted"),
    ("inplace", "aten.unsqueeze_.default", "contiguous"),
    ("replay", "aten.expand.default", "contiguous"),
]


@pytest.fixture(autouse=True)
def _no_issues(monkeypatch):
    monkeypatch.setattr(engine_verdicts, "issues_for", lambda *_: [])


def chunk_of(suite, operator, family, **more):
    found = own_suites()[suite]
    fields = {"profile": "quick", "device": "cpu", "targets": found.targets, "rules": found.rules}
    return Chunk(suite=suite, operator=operator, family=family, **(fields | more))


def planned(record):
    return {(one.target, one.rule): one.planned for one in record.tallies}


def verdicts(*records):
    total = Counter()
    for record in records:
        for tally in record.tallies:
            total.update({(tally.target, tally.rule, word): number for word, number in tally.verdicts.items()})
    return total


def failures(*records):
    return sorted((one.target, one.rule, one.case, one.observed) for record in records for one in record.failures)


@pytest.mark.parametrize("some", SOME, ids="/".join)
class TestChunks:
    def test_planned_is_the_sum_of_the_verdicts(self, some):
        record = check_chunk(chunk_of(*some))
        assert record.cases > 1
        assert record.tallies
        for tally in record.tallies:
            assert tally.planned == sum(tally.verdicts.values()), tally
            assert set(tally.verdicts) <= {"pass", "fail", "unseen"}, tally

    def test_planning_alone_counts_the_same(self, some):
        chunk = chunk_of(*some)
        record, alone = check_chunk(chunk), count_planned(chunk)
        assert planned(record) == planned(alone)
        assert set(verdicts(alone)) == {(target, rule, "missing") for target, rule in planned(alone)}
        assert (record.cases, record.accepted, record.executions) == (alone.cases, alone.accepted, alone.executions)
        assert record.signatures == alone.signatures
        assert count_cases(chunk) == record.cases

    def test_slices_add_up_to_the_whole(self, some):
        chunk = chunk_of(*some)
        whole = check_chunk(chunk)
        third = max(1, whole.cases // 3)
        cuts = [(0, third), (third, 2 * third), (2 * third, None)]
        parts = [check_chunk(msgspec.structs.replace(chunk, start=start, stop=stop)) for start, stop in cuts]
        assert sum(part.cases for part in parts) == whole.cases
        assert [one for part in parts for one in part.signatures] == whole.signatures
        assert verdicts(*parts) == verdicts(whole)
        assert failures(*parts) == failures(whole)

    def test_order_does_not_matter(self, some, monkeypatch):
        chunk = chunk_of(*some)
        whole = check_chunk(chunk)
        shuffled = list(find_suite(chunk.suite).cases(chunk.operator, chunk.family, chunk.profile))
        random.Random(5).shuffle(shuffled)  # noqa: S311  an order, no secret
        suite = replace(find_suite(chunk.suite), cases=lambda *_: iter(shuffled))
        monkeypatch.setattr(assignment, "find_suite", lambda _: suite)
        again = check_chunk(chunk)
        assert again.signatures != whole.signatures
        assert verdicts(again) == verdicts(whole)
        assert failures(again) == failures(whole)


def test_a_chunk_of_one_named_case_runs_that_case():
    case = "aten.transpose.int(float32[3,4], 0, 1)"
    record = check_chunk(chunk_of("views", "aten.transpose.int", "named", case=case))
    assert record.cases == 1
    assert set(verdicts(record).values()) == {1}


def test_signatures_tell_cases_apart():
    record = count_planned(chunk_of("views", "aten.slice.Tensor", "contiguous"))
    assert len(set(record.signatures)) == len(record.signatures)


def test_equal_evidence_that_is_judged_all_the_same_changes_no_verdict(monkeypatch):
    """One equal execution in a hundred is asked of the rules; here it is each."""
    chunk = chunk_of("aliasing", "aten.transpose.int", "permuted")
    some = check_chunk(chunk)
    asked = []
    monkeypatch.setattr(check, "SAMPLED", 1)
    judge = engine_verdicts.TargetVerdicts.judge
    monkeypatch.setattr(
        engine_verdicts.TargetVerdicts, "judge", lambda self, *what: asked.append(what) or judge(self, *what)
    )
    every = check_chunk(chunk)
    assert len(asked) == every.executions
    assert verdicts(every) == verdicts(some)


def test_a_device_whose_copies_are_wrong_is_no_evidence(monkeypatch):
    check._trust.cache_clear()
    monkeypatch.setattr(check, "trial_of_copying", lambda device: f"copying 3 bytes to {device}: wanted 01, got 02")
    with pytest.raises(RuntimeError, match="device cuda cannot be read: copying 3 bytes to cuda"):
        check_chunk(chunk_of("views", "aten.transpose.int", "permuted", device="cuda"))
    check._trust.cache_clear()


@pytest.mark.parametrize(
    ("device", "wrong", "why"),
    [("cpu", "anything", ""), ("meta", "anything", ""), ("fpga:1", "no", "no"), ("fpga:1", None, "")],
)
def test_a_device_is_lost_that_no_longer_copies(monkeypatch, device, wrong, why):
    monkeypatch.setattr(check, "trial_of_copying", lambda _: wrong)
    assert check.why_lost(device) == why


def test_a_device_that_raises_is_lost(monkeypatch):
    def raises(_):
        raise RuntimeError("an illegal memory access was encountered")

    monkeypatch.setattr(check, "trial_of_copying", raises)
    assert check.why_lost("cuda") == "RuntimeError: an illegal memory access was encountered"


def test_a_worker_ends_whose_device_is_lost(monkeypatch, capfd):
    ended = []
    failing = SimpleNamespace(failures=[1])
    monkeypatch.setattr(check, "check_chunk", lambda *_: failing)
    monkeypatch.setattr(check, "why_lost", lambda device: "gone" if device == "cuda" else "")
    monkeypatch.setattr(check.os, "_exit", ended.append)
    assert check.check_in_worker(SimpleNamespace(device="cpu")) is failing
    assert ended == []
    check.check_in_worker(SimpleNamespace(device="cuda"))
    assert ended == [DEVICE_LOST]
    assert capfd.readouterr().err == "gone\n"

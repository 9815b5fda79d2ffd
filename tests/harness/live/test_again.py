"""Cases run again by name: on a thread of their own, with data where they are small, waived where known."""

from __future__ import annotations

import pytest
import torch

import viewproof
from viewproof.cases import parse_case
from viewproof.catalog.overloads import resolve
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.live.again import size_of
from viewproof.live.kept import VERDICTS
from viewproof.live.known import KnownCall
from viewproof.live.watched import all_watched
from viewproof.running.thread_state import changed_state, thread_state
from viewproof.tensors.build import _KEPT


def targets_of(findings):
    return {tally.target for record in findings.records for tally in record.tallies}


def test_a_small_case_runs_with_data_and_a_large_one_without():
    VERDICTS._records.clear()
    small, large = torch.zeros(4, 4), torch.zeros(1000, 1000)
    with viewproof.crossref() as findings:
        small.transpose(0, 1)
    assert targets_of(findings) == {"eager", "meta", "fake", "functionalize", "functionalize-copies"}
    assert findings.counts["cases run again without data"] == 0
    with viewproof.crossref() as findings:
        large.transpose(0, 1)
    assert findings.counts["cases run again without data"] == 1
    rules = {tally.rule for record in findings.records for tally in record.tallies if "functional" in tally.target}
    assert rules == {"functional.layout"}
    assert list(findings) == []


def test_all_state_of_the_thread_is_left_alone():
    with torch.inference_mode(), torch.autocast("cpu"), torch.device("meta"):
        before = thread_state()
        with viewproof.crossref() as findings:
            torch.zeros(2, 3).transpose(0, 1)
        assert changed_state(before) == ""
    assert findings.counts["runs by name"] + findings.counts["runs by name, kept"] > 0
    assert list(findings) == []
    assert findings.errors == []


def test_under_functionalization_and_functorch_the_block_finds_nothing():
    def program(x):
        with viewproof.crossref() as findings:
            x.transpose(0, 1).add_(1)
        assert findings.errors == []
        assert list(findings) == []
        return x.clone()

    for remove in ("mutations", "mutations_and_views"):
        out = torch.func.functionalize(program, remove=remove)(torch.zeros(2, 3))
        assert bool(out.eq(1).all())
    assert torch.vmap(lambda x: program(x.unsqueeze(0)))(torch.zeros(2, 3)).size() == (2, 1, 3)


def test_a_known_issue_is_waived_and_named():
    with viewproof.crossref() as findings:
        torch.zeros(1, 3).expand(2, 3)
    assert list(findings) == []
    issues = {one.known_issue for one in findings.waived}
    assert issues == {"functionalization-expand-inverse-adds-base", "functionalization-expand-inverse-adds-values"}
    assert {one.seen for one in findings.waived} == {"again"}
    assert findings.waived[0].line.startswith(f"{__file__}:")


def test_nothing_of_a_case_is_kept_but_its_verdict():
    with viewproof.crossref():
        torch.zeros(5, 7).transpose(0, 1)
    assert not any(kept or operands for kept, operands in _KEPT.values())


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("aten.view.default(float32[4], [2,2])", 16),
        ("aten.view.default(float32[4]+1@8, [2,2])", 32),
        ("$0=float32@8; aten.view_as.default($0[4], $0[4]+4)", 32),
        ("aten.expand_copy.default(float32[1], [100])", 400),
        ("aten.select_scatter.default(float32[3,4], float32[4], 0, 1)", 64),
    ],
)
def test_the_size_of_a_case_counts_each_storage_once(name, size):
    case = parse_case(name)
    known = KnownCall(all_watched()[resolve(case.operator)], "", subject_of(case, expect(case)), "cpu")
    assert size_of(case, known) == size


def test_a_fault_of_ours_is_a_harness_error(monkeypatch):
    from viewproof.live import again

    def broken(*_args):
        raise KeyError("ours")

    monkeypatch.setattr(again, "size_of", broken)
    with viewproof.crossref() as findings:
        torch.zeros(5, 7).transpose(0, 1)
    assert findings.errors == ["aten.transpose.int(float32[5,7], 0, 1), run again: KeyError: 'ours'"]
    assert findings.status == 3

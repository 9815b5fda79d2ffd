"""Layouts under functionalization without data: they agree with torch, and a doctored run is found."""

from __future__ import annotations

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.catalog.overloads import resolve
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.live.judging import judge_large
from viewproof.live.known import KnownCall
from viewproof.live.watched import all_watched
from viewproof_suites.functionalization import live as module


def records_of(name):
    case = parse_case(name)
    known = KnownCall(all_watched()[resolve(case.operator)], "", subject_of(case, expect(case)), "cpu")
    return judge_large(known, "functionalization", module.large_runs(known.the_subject, "cpu"), "cpu")


@pytest.mark.parametrize(
    "name",
    [
        "aten.transpose.int(float32[3000,4000], 0, 1)",
        "aten.slice.Tensor(float32[3000,4000]:[1,3000]+7@12000007, 1, 5, 100, 3)",
        "aten.split.Tensor(float32[3000,4000], 1000)",
        "aten.expand.default(bfloat16[1,4096], [4096,-1])",
        "aten.unsqueeze_.default(float32[3000,4000], 1)",
    ],
)
def test_torch_agrees(name):
    records = records_of(name)
    assert [record.failures for record in records] == [[], []]
    assert [record.executions for record in records] == [1, 1]
    tallies = [tally for record in records for tally in record.tallies]
    assert [(tally.rule, tally.verdicts) for tally in tallies] == [("functional.layout", {"pass": 1})] * 2


def test_a_run_that_shows_another_layout_is_found(monkeypatch):
    shown = module.whole_facts
    monkeypatch.setattr(module, "whole_facts", lambda view: shown(view)._replace(offset=3))
    records = records_of("aten.transpose.int(float32[3000,4000], 0, 1)")
    (failure,) = [failure for record in records for failure in record.failures]
    assert (failure.target, failure.rule, failure.difference) == (
        "functionalize", "functional.layout", "offset differs",
    )  # fmt: skip


def test_a_run_that_raises_is_found(monkeypatch):
    def broken(_view: torch.Tensor):
        raise RuntimeError("torch's")

    monkeypatch.setattr(module, "few_facts", broken)
    records = records_of("aten.transpose.int(float32[3000,4000], 0, 1)")
    (failure,) = [failure for record in records for failure in record.failures]
    assert (failure.target, failure.difference) == ("functionalize-copies", "raises RuntimeError")

"""Layouts under functionalization without data: they agree with torch, and a doctored run is found."""

from __future__ import annotations

import pytest
import torch
from viewproof.live.functional_facts import functional_facts

from viewproof.cases import parse_case
from viewproof.catalog.overloads import resolve
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.live import functional_facts as module
from viewproof.live.known import Known
from viewproof.live.watched import all_watched


def record_of(name):
    case = parse_case(name)
    known = Known(all_watched()[resolve(case.operator)], "", subject_of(case, expect(case), "cpu"), "cpu")
    return functional_facts(known, "cpu")


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
    record = record_of(name)
    assert record.failures == []
    assert record.executions == 2
    assert [(tally.rule, tally.verdicts) for tally in record.tallies] == [("functional.layout", {"pass": 1})] * 2


def test_a_run_that_shows_another_layout_is_found(monkeypatch):
    shown = module.whole_facts
    monkeypatch.setattr(module, "whole_facts", lambda view: shown(view)._replace(offset=3))
    (failure,) = record_of("aten.transpose.int(float32[3000,4000], 0, 1)").failures
    assert (failure.target, failure.rule, failure.difference) == (
        "functionalize", "functional.layout", "offset differs",
    )  # fmt: skip


def test_a_run_that_raises_is_found(monkeypatch):
    def broken(_view: torch.Tensor):
        raise RuntimeError("torch's")

    monkeypatch.setattr(module, "few_facts", broken)
    (failure,) = record_of("aten.transpose.int(float32[3000,4000], 0, 1)").failures
    assert (failure.target, failure.difference) == ("functionalize-copies", "raises RuntimeError")

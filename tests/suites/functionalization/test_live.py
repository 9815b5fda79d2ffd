"""Layouts under functionalization without data: they agree with torch, and a doctored run is found."""

from __future__ import annotations

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.installed import find_rule
from viewproof.evidence.expectation import expect
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import subject_of
from viewproof_suites.functionalization import live as module
from viewproof_suites.functionalization.evidence import copy_facts, view_facts
from viewproof_suites.functionalization.targets.reading import look_at_view


def runs_of(name):
    case = parse_case(name)
    return list(module.large_runs(subject_of(case, expect(case)), "cpu"))


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
    runs = runs_of(name)
    assert [(run.target, run.rule) for run in runs] == [
        ("functionalize", "functional.layout"), ("functionalize-copies", "functional.layout"),
    ]  # fmt: skip
    for run in runs:
        assert run.evidence == run.expected
        assert find_rule(run.rule).check(run.expected[0], run.evidence[0]) is None


def test_a_run_that_shows_another_layout_is_found(monkeypatch):
    def shown(view):
        size, stride, _, *others = look_at_view(view)
        return size, stride, 3, *others

    monkeypatch.setitem(module._MODES, "functionalize", ("mutations", shown, view_facts))
    run, other = runs_of("aten.transpose.int(float32[3000,4000], 0, 1)")
    assert run.evidence != run.expected
    assert find_rule(run.rule).check(run.expected[0], run.evidence[0]).shape == "offset differs"
    assert other.evidence == other.expected


def test_a_run_that_raises_is_found(monkeypatch):
    def broken(_view: torch.Tensor):
        raise RuntimeError("torch's")

    monkeypatch.setitem(module._MODES, "functionalize-copies", ("mutations_and_views", broken, copy_facts))
    run, other = runs_of("aten.transpose.int(float32[3000,4000], 0, 1)")
    assert run.evidence == run.expected
    assert other.evidence == Raised(("RuntimeError", "Exception"), "torch's")

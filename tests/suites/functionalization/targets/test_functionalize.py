"""The functionalizing targets see what torch does, blame the guilty program alone, and leave the thread as it was."""

import warnings
from functools import partial

import pytest
import torch
from torch.fx import symbolic_trace

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.running import hazard
from viewproof.running.thread_state import changed_state, thread_state
from viewproof_suites.functionalization.targets import session as program
from viewproof_suites.functionalization.targets.functionalize import (
    FUNCTIONALIZE,
    FUNCTIONALIZE_COPIES,
    FunctionalizeSession,
)
from viewproof_suites.functionalization.targets.graph import FUNCTIONALIZE_GRAPH, leftovers
from viewproof_suites.functionalization.targets.mode import FUNCTIONAL_MODE

TARGETS = (FUNCTIONALIZE, FUNCTIONALIZE_COPIES, FUNCTIONAL_MODE, FUNCTIONALIZE_GRAPH)


@pytest.fixture(autouse=True)
def _looks_whole(monkeypatch):
    """What conforms is otherwise seen at a glance, and nothing is noted of it (see test_program_glance.py)."""
    monkeypatch.setattr(FunctionalizeSession, "agrees", lambda *_: False)


def observe(target, *texts):
    subjects = [subject_of(case, expect(case)) for case in map(parse_case, texts)]
    with warnings.catch_warnings(action="ignore"), target.open("cpu", subjects[0].case.operator) as session:
        found = [session.observe(subject, frozenset({"program"})) for subject in subjects]
        session.flush()
    return found


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_one_program_that_raises_leaves_the_others_of_its_pack_alone(target):
    good, bad, last = observe(
        target,
        "aten._neg_view.default(float32[3])",
        "aten._neg_view.default(float8_e5m2[3])",
        "aten._neg_view.default(float32[3])",
    )
    assert bad.error is not None
    assert bad.error[0][0] == "NotImplementedError"
    for one in (good, last):
        assert one.error is None
        assert one.answers.reads == one.answers.program.reads


def test_elements_are_read_where_the_view_has_them_and_not_side_by_side():
    session = FunctionalizeSession("cpu", "aten.as_strided.default", "mutations")
    storage = torch.tensor([0, 1, 0, 1, 0], dtype=torch.uint8)
    into: list[bytes] = []
    session.read(storage[::2], into, bytes([0, 1, 0]))
    session.arena.flush()
    assert into == [bytes([0, 0, 0])]


def test_a_program_like_one_that_raised_is_run_alone(monkeypatch):
    packs = []
    execute = FunctionalizeSession.execute
    monkeypatch.setattr(program, "_RAISED", set())
    monkeypatch.setattr(
        FunctionalizeSession, "execute", lambda session, runs: packs.append(len(runs)) or execute(session, runs)
    )
    texts = [f"aten._neg_view.default({dtype}[3])" for dtype in ("float32", "float8_e5m2", "float32")]
    observe(FUNCTIONALIZE, *texts)
    assert packs == [3, 1, 1, 1]
    packs.clear()
    found = observe(FUNCTIONALIZE, *texts)
    assert packs == [2, 1]
    assert [one.error is None for one in found] == [True, False, True]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_thread_is_left_as_it_was(target):
    before = thread_state()
    observe(target, "aten._neg_view.default(float8_e5m2[3])")
    assert changed_state(before) == ""


def test_a_state_that_changed_is_named():
    before = thread_state()
    with torch.set_grad_enabled(not torch.is_grad_enabled()):
        assert changed_state(before) == f"grad mode: {not torch.is_grad_enabled()} became {torch.is_grad_enabled()}"


def test_many_programs_on_one_base_do_not_meet():
    text = "aten.select.int(int64[3,2], 0, {})"
    found = observe(FUNCTIONALIZE, *[text.format(index) for index in (0, 1, 2)] * 20)
    assert len(found) > program.PACK
    assert all(one.answers.reads == one.answers.program.reads for one in found)
    assert all(one.answers.storage == one.answers.program.seen.storage for one in found)


def test_a_silent_fault_is_seen():
    """The inverse of expand adds up what it should store: known in 2.13, and what this target is for."""
    (one,) = observe(FUNCTIONALIZE, "aten.expand.default(int64[1], [3])")
    wanted, got = one.answers.program.reads[0], one.answers.reads[0]
    assert int.from_bytes(wanted, "little") == 2
    assert (got == wanted) is (torch.func.functionalize(_fill)(torch.tensor([5])).item() == 2)


def _fill(x):
    x.expand(3).fill_(2)
    return x.clone()


def test_a_case_without_a_program_says_so():
    (one,) = observe(FUNCTIONALIZE, "aten._reshape_alias.default(int64[4]:[2], [2,2], [4,2])")
    assert one.error is not None
    assert "wanted a case that has a program" in one.error[1]


def test_what_dies_is_told_from_what_raises():
    assert hazard.ending(partial(int, "1")) == "well"
    assert hazard.ending(partial(int, "x")) == "raises"
    assert hazard.ending(partial(_die, 11)) == "SIGSEGV"


def _die(number):
    import os

    os.kill(os.getpid(), number)


def test_leftovers_are_mutations_and_views_but_not_the_last_copies_into_inputs():
    aten = torch.ops.aten

    def left(x, y):
        aten.add_.Tensor(x, y)
        view = aten.t.default(y)
        return aten.copy_.default(x, view)

    def clean(x, y):
        fresh = aten.add.Tensor(x, y)
        aten.copy_.default(x, fresh)
        return fresh

    graph = symbolic_trace(left).graph
    assert leftovers(graph, views=True) == ["mutation: aten.add_.Tensor", "view: aten.t.default"]
    assert leftovers(graph, views=False) == ["mutation: aten.add_.Tensor"]
    assert leftovers(symbolic_trace(clean).graph, views=True) == []

"""The functionalizing targets see what torch does, blame the guilty program alone, and leave the thread as it was."""

import warnings
from functools import partial

import pytest
import torch
from torch.fx import symbolic_trace

from viewproof.cases import parse_case
from viewproof.evidence.expectation import expect
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import subject_of
from viewproof.running import hazard
from viewproof.running.thread_state import changed_state, thread_state
from viewproof_suites.functionalization.rules import RULES
from viewproof_suites.functionalization.targets import session as program
from viewproof_suites.functionalization.targets.functionalize import (
    FUNCTIONALIZE,
    FUNCTIONALIZE_COPIES,
    FunctionalizeSession,
)
from viewproof_suites.functionalization.targets.graph import FUNCTIONALIZE_GRAPH, leftovers
from viewproof_suites.functionalization.targets.mode import FUNCTIONAL_MODE

TARGETS = (FUNCTIONALIZE, FUNCTIONALIZE_COPIES, FUNCTIONAL_MODE, FUNCTIONALIZE_GRAPH)


def subjects_of(*texts):
    return [subject_of(case, expect(case)) for case in map(parse_case, texts)]


def asked(target, subjects):
    return [(subject, tuple([probe.name for probe in target.probes])) for subject in subjects]


def expected(target, subject):
    return tuple([probe.expected(subject, "cpu") for probe in target.probes])


def observe(target, *texts):
    subjects = subjects_of(*texts)
    with warnings.catch_warnings(action="ignore"), target.open("cpu", subjects[0].case.operator) as session:
        return session.observe(asked(target, subjects))


def observe_alone(target, text):
    """What is expected of one case, and what is seen."""
    (subject,) = subjects_of(text)
    (found,) = observe(target, text)
    return expected(target, subject), found


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_one_program_that_raises_leaves_the_others_of_its_pack_alone(target):
    good, bad, last = observe(
        target,
        "aten._neg_view.default(float32[3])",
        "aten._neg_view.default(float8_e5m2[3])",
        "aten._neg_view.default(float32[3])",
    )
    assert type(bad) is Raised
    assert bad.classes[0] == "NotImplementedError"
    (subject,) = subjects_of("aten._neg_view.default(float32[3])")
    assert good == last == expected(target, subject)


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
    assert [type(one) is not Raised for one in found] == [True, False, True]


def test_the_evidence_is_that_of_the_probes_that_are_asked_in_their_order():
    text = "aten.select.int(int64[3,2], 0, 1)"
    (subject,) = subjects_of(text)
    with FUNCTIONALIZE.open("cpu", subject.case.operator) as session:
        (found,) = session.observe([(subject, ("steps", "program"))])
    whole = dict(zip([probe.name for probe in FUNCTIONALIZE.probes], expected(FUNCTIONALIZE, subject), strict=True))
    assert found == (whole["steps"], whole["program"])


def test_what_fails_in_viewproof_is_not_taken_for_torchs(monkeypatch):
    def broken(_run):
        raise KeyError("ours")

    monkeypatch.setattr(program, "program_run", broken)
    with pytest.raises(KeyError, match="ours"):
        observe(FUNCTIONALIZE, "aten.select.int(int64[3,2], 0, 1)")


@pytest.mark.parametrize("target", [FUNCTIONALIZE, FUNCTIONALIZE_COPIES], ids=lambda target: target.name)
@pytest.mark.parametrize(
    "result",
    [
        None, 7, [], [None], "text", torch.zeros(3, dtype=torch.int8), torch.zeros(2, device="meta"),
        torch.zeros(2).to_sparse(), torch.zeros(0), torch.zeros(2, dtype=torch.complex64).conj(), [torch.zeros(2)] * 2,
    ],
    ids=str,
)  # fmt: skip
def test_a_result_of_any_kind_is_evidence(target, result):
    """A call that returns something else gives evidence that differs, or what torch raises of it; no fault of ours."""
    (subject,) = subjects_of("aten.select.int(float32[3,2], 0, 1)")
    with warnings.catch_warnings(action="ignore"), target.open("cpu", subject.case.operator) as session:
        session.call = lambda *_: result
        (found,) = session.observe(asked(target, [subject]))
    wanted = expected(target, subject)
    assert found != wanted
    if type(found) is not Raised:
        for rule in RULES:
            place = next((at for at, probe in enumerate(target.probes) if probe.name == rule.probe), None)
            if place is not None:
                rule.check(wanted[place], found[place])


def test_a_pack_that_leaves_the_thread_changed_is_run_one_by_one(monkeypatch):
    packs = []
    execute = FunctionalizeSession.execute

    def leaving(session, runs):
        packs.append(len(runs))
        execute(session, runs)
        if any("[3,2,2]" in run.subject.name for run in runs):
            torch.set_grad_enabled(not torch.is_grad_enabled())

    monkeypatch.setattr(FunctionalizeSession, "execute", leaving)
    texts = [f"aten.select.int(int64[3,4], {dim}, 1)" for dim in (0, -2, 1)] + ["aten.select.int(int64[3,2,2], 2, 1)"]
    with torch.no_grad():
        found = observe(FUNCTIONALIZE, *texts)
    assert packs == [4, 1, 1, 1, 1]
    assert [bool(one[0].state) for one in found] == [False, False, False, True]


def test_what_a_call_changed_of_a_base_is_made_anew():
    target = FUNCTIONALIZE
    (subject,) = subjects_of("aten.select.int(int64[3,2], 0, 1)")
    wanted = expected(target, subject)
    with target.open("cpu", subject.case.operator) as session:
        assert session.observe(asked(target, [subject])) == [wanted]
        assert not session.renew(subject)
        laid = session._laid[subject]
        laid.base.storage.resize_(8)
        assert session.observe(asked(target, [subject])) != [wanted]
        assert session.renew(subject)
        assert session.observe(asked(target, [subject])) == [wanted]
        session._laid[subject].values[0].zero_()
        assert session.observe(asked(target, [subject])) != [wanted]
        assert session.renew(subject)
        assert session.observe(asked(target, [subject])) == [wanted]


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
    subjects = subjects_of(*[f"aten.select.int(int64[3,2], 0, {index})" for index in (0, 1, 2)] * 20)
    assert len(subjects) > program.PACK
    with FUNCTIONALIZE.open("cpu", "aten.select.int") as session:
        found = session.observe(asked(FUNCTIONALIZE, subjects))
    assert found == [expected(FUNCTIONALIZE, subject) for subject in subjects]


def test_a_silent_fault_is_seen():
    """The inverse of expand adds up what it should store: known in 2.13, and what this target is for."""
    wanted, got = observe_alone(FUNCTIONALIZE, "aten.expand.default(int64[1], [3])")
    assert int.from_bytes(wanted[0].base, "little") == 2
    right = torch.func.functionalize(_fill)(torch.tensor([5])).item() == 2
    assert (got[0].base == wanted[0].base) is right


def _fill(x):
    x.expand(3).fill_(2)
    return x.clone()


def test_a_case_without_a_program_says_so():
    with pytest.raises(LookupError, match="wanted a case that has a program"):
        observe(FUNCTIONALIZE, "aten._reshape_alias.default(int64[4]:[2], [2,2], [4,2])")


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

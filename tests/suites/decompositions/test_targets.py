"""Samples run by an operator and by what stands for it: both are noted, and torch is left as it was."""

import warnings

import pytest
import torch
from torch.utils._python_dispatch import _get_current_dispatch_mode

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.samples.tables import registered
from viewproof_suites.decompositions.cases import sample_calls
from viewproof_suites.schemas.answers import AliasAnswers

TARGETS = ("decomposed", "decomposed-export", "decomposed-meta", "meta-registered")


def subject_for(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


def seen(text, target):
    subject = subject_for(text)
    # Torch warns once of the dtypes that it calls experimental; so the engine does not listen either.
    with (
        warnings.catch_warnings(action="ignore"),
        find_target(target).open("cpu", subject.case.operator) as session,
    ):
        observation = session.observe(subject, frozenset({"answers"}))
        session.flush()
    return observation


def takes(target, operator):
    return find_target(target).takes(subject_for(f"samples({operator})").traits)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("aten.silu.default", set(TARGETS)),
        ("aten.fft_fft.default", {"decomposed", "decomposed-export", "decomposed-meta"}),
        ("aten.addmm.default", {"decomposed", "decomposed-meta"}),
        ("aten.isclose.default", {"decomposed-export"}),
        ("aten._fft_c2c.default", {"meta-registered"}),
        ("aten._foreach_mul.List", set()),
    ],
)
def test_a_target_takes_what_its_table_has(operator, expected):
    assert {target for target in TARGETS if takes(target, operator)} == expected


def test_what_depends_on_values_is_not_asked_on_meta():
    assert "aten.nonzero.default" in registered("meta")
    assert not takes("meta-registered", "aten.nonzero.default")


@pytest.mark.parametrize("target", TARGETS[:3])
def test_both_executions_are_noted(target):
    answers = seen("sample(aten.addcmul.default(float32[2,3], float32[2,3], float32[2,3]))", target).answers
    assert answers.operator.tensors[0].size == answers.decomposition.tensors[0].size == (2, 3)
    assert answers.decomposition.tensors[0].device == ("meta" if target == "decomposed-meta" else "cpu")
    assert bool(answers.leaves) is (target == "decomposed-export")


def test_neither_execution_sees_what_the_other_wrote():
    answers = seen("sample(aten.addcmul_.default(float32[2], float32[2], float32[2]))", "decomposed").answers
    assert answers.operator.before == answers.decomposition.before
    changed = {name: getattr(answers, name).changed for name in ("operator", "decomposition")}
    assert changed == {"operator": ("self",), "decomposition": ("self",)}


def test_one_that_declines_leaves_the_call_to_its_operator(monkeypatch):
    monkeypatch.setitem(registered(), "aten.addcmul.default", lambda *_, **__: NotImplemented)
    answers = seen("sample(aten.addcmul.default(float32[2], float32[2], float32[2]))", "decomposed").answers
    assert answers.operator == answers.decomposition


def test_torch_is_left_as_it_was():
    torch.manual_seed(7)
    state = torch.get_rng_state()
    for target in TARGETS[:3]:
        seen("sample(aten.addcmul.default(float32[2], float32[3], float32[2]))", target)
        seen("sample(aten.bernoulli.default(unit(float32[2])))", "decomposed")
        assert torch.get_rng_state().equal(state)
        assert torch.is_grad_enabled()
        assert _get_current_dispatch_mode() is None


def test_what_the_operator_refuses_is_no_error_of_the_decomposition():
    observation = seen("sample(aten.addcmul.default(float32[2], float32[3], float32[2]))", "decomposed")
    assert observation.error is None
    assert {observation.answers.operator.error, observation.answers.decomposition.error} == {"RuntimeError"}
    assert expect(parse_case("sample(aten.t.default(float32[2]))")).outputs == ()


def test_all_samples_of_an_overload_are_those_of_the_suite():
    calls = sample_calls("aten.t.default")
    assert calls
    assert {call.operator for call in calls} == {"aten.t.default"}
    assert seen("samples(aten.t.default)", "sampled").answers == AliasAnswers({"return 0": "always"})
    assert seen("samples(aten.reshape.default)", "sampled").answers == AliasAnswers({"return 0": "for some samples"})

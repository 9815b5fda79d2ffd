"""Samples run by an operator and by what stands for it: both are noted, and torch is left as it was."""

import pytest
import torch
from exported_evidence import seen as seen_by_all
from torch.utils._python_dispatch import _get_current_dispatch_mode

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.samples.tables import registered
from viewproof_suites.decompositions.cases import sample_calls
from viewproof_suites.decompositions.evidence import operator_run
from viewproof_suites.schemas.evidence import Aliased

TARGETS = ("decomposed", "decomposed-export", "decomposed-meta", "meta-registered")


def subject_for(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


def seen(text, target):
    return seen_by_all(text, target).observed


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
def test_what_the_operator_does_is_what_is_expected(target):
    one = seen_by_all("sample(aten.addcmul.default(float32[2,3], float32[2,3], float32[2,3]))", target)
    sides = [side["sample-results"].tensors[0] for side in (one.expected, one.observed)]
    assert [side.size for side in sides] == [(2, 3), (2, 3)]
    assert {side.device for side in sides} == {"meta" if target == "decomposed-meta" else "cpu"}
    assert ("leaves" in one.observed) is (target == "decomposed-export")
    assert ("sample-values" in one.observed) is (target != "decomposed-meta")


def test_the_operator_runs_once_for_all_targets(monkeypatch):
    subject = subject_for("sample(aten.silu.default(float32[2]))")
    ran = operator_run(subject)
    monkeypatch.setattr("viewproof_suites.decompositions.evidence.run_sample", None)
    assert operator_run(subject) is ran


def test_neither_execution_sees_what_the_other_wrote():
    one = seen_by_all("sample(aten.addcmul_.default(float32[2], float32[2], float32[2]))", "decomposed")
    assert one.expected == one.observed
    assert [left.written for left in one.observed["sample-operands"]] == [True, False, False]


def test_one_that_declines_leaves_the_call_to_its_operator(monkeypatch):
    monkeypatch.setitem(registered(), "aten.addcmul.default", lambda *_, **__: NotImplemented)
    one = seen_by_all("sample(aten.addcmul.default(float32[2], float32[2], float32[2]))", "decomposed")
    assert one.expected == one.observed


def test_torch_is_left_as_it_was():
    torch.manual_seed(7)
    state = torch.get_rng_state()
    for target in TARGETS[:3]:
        seen("sample(aten.addcmul.default(float32[2], float32[3], float32[2]))", target)
        seen("sample(aten.bernoulli.default(unit(float32[2])))", "decomposed")
        assert torch.get_rng_state().equal(state)
        assert torch.is_grad_enabled()
        assert _get_current_dispatch_mode() is None


def test_all_samples_of_an_overload_are_those_of_the_suite():
    calls = sample_calls("aten.t.default")
    assert calls
    assert {call.operator for call in calls} == {"aten.t.default"}
    assert seen("samples(aten.t.default)", "sampled")["aliased"] == (Aliased("return 0", "always"),)
    assert seen("samples(aten.reshape.default)", "sampled")["aliased"] == (Aliased("return 0", "for some samples"),)


@pytest.mark.filterwarnings("ignore")
def test_what_an_operator_does_to_torchs_settings_is_put_back():
    """It runs where the reference is asked, before any session: the next case must not see what it left behind."""
    with torch.library._scoped_library("aten", "IMPL") as library:

        def careless(self):
            torch.set_default_dtype(torch.float64)
            return torch.relu(self)

        library.impl("silu", careless, "CPU")
        assert operator_run(subject_for("sample(aten.silu.default(float32[2]))")).raised is None
    assert torch.get_default_dtype() is torch.float32

"""The targets without data: they see facts alone, refuse as eager does, and leave no mode on."""

from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import _get_current_dispatch_mode

from viewproof.cases import parse_case
from viewproof.contract.installed import find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of

VIEW = "aten.transpose.int(float32[3,4], 0, 1)"


@pytest.fixture(params=["meta", "meta-python", "fake", "fake-nocache"])
def target(request):
    return find_target(request.param)


def observe(target, text):
    case = parse_case(text)
    subject = subject_of(case, expect(case), target.device_word("cpu"))
    with target.open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset({"facts"}))
        session.flush()
    return subject, observation


@pytest.mark.parametrize(
    "text",
    [
        "aten.transpose.int(float32[3,4]:[5,1]+2, 0, 1)",
        "aten.unbind.int(int8[3,2], 0)",
        "aten.expand.default(float16[3,1], [3,4])",
        "aten.squeeze_.dim(float32[3,1], 1)",
    ],
)
def test_facts_are_seen_without_data(target, text):
    subject, observation = observe(target, text)
    assert tuple(output.facts for output in observation.outputs) == subject.expected_facts
    assert {output.facts.device for output in observation.outputs} == {"meta" if target.on_meta else "cpu"}
    assert {output.shares for output in observation.outputs} == {"self"}
    assert not any(output.reads for output in observation.outputs)


def test_a_refusal_is_an_observation(target):
    _, observation = observe(target, "aten.transpose.int(float32[3,4], 0, 7)")
    assert "IndexError" in observation.error[0]


def test_modes_are_restored(target):
    observe(target, VIEW)
    assert _get_current_dispatch_mode() is None
    assert not torch._C._dispatch_tls_is_dispatch_key_included(torch._C.DispatchKey.PythonDispatcher)
    assert type(torch.empty(1)) is torch.Tensor


def test_only_strided_operands_are_taken(target):
    case = parse_case(VIEW)
    traits = subject_of(case, expect(case)).traits
    assert target.takes(traits)
    assert not target.takes(replace(traits, strided=False))

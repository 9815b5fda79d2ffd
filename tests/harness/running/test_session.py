"""The targets without data: they see facts alone, refuse as eager does, and leave no mode on."""

from dataclasses import replace

import pytest
import torch
from rule_doctoring import observe, subject
from torch.utils._python_dispatch import _get_current_dispatch_mode

from viewproof.contract.installed import find_target
from viewproof.evidence.outputs import facts_evidence
from viewproof.evidence.probe import Raised

VIEW = "aten.transpose.int(float32[3,4], 0, 1)"


@pytest.fixture(params=["meta", "meta-python", "fake", "fake-nocache"])
def target(request):
    return find_target(request.param)


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
    word = "meta" if target.on_meta else "cpu"
    (evidence,) = observe(target, text)
    assert evidence == facts_evidence(subject(text), word)
    assert {(one[8], one[10]) for one in evidence[0]} == {(word, "self")}


def test_a_refusal_is_evidence(target):
    (evidence,) = observe(target, "aten.transpose.int(float32[3,4], 0, 7)")
    assert isinstance(evidence, Raised)
    assert "IndexError" in evidence.classes


@pytest.mark.parametrize("result", [None, 7, "text", [None], (torch.eye(2).to_sparse(),), {}], ids=str)
def test_a_result_of_any_kind_is_evidence_and_never_raises(target, result):
    found = observe(target, VIEW, change=lambda *_: result)
    assert found != [facts_evidence(subject(VIEW), "meta" if target.on_meta else "cpu")]
    observe(target, VIEW, change=torch.ops.aten.transpose.int._op)


def test_modes_are_restored(target):
    observe(target, VIEW)
    assert _get_current_dispatch_mode() is None
    assert not torch._C._dispatch_tls_is_dispatch_key_included(torch._C.DispatchKey.PythonDispatcher)
    assert type(torch.empty(1)) is torch.Tensor


def test_only_strided_operands_are_taken(target):
    traits = subject(VIEW).traits
    assert target.takes(traits)
    assert not target.takes(replace(traits, strided=False))

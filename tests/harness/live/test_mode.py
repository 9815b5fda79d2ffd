"""The mode itself: what it reads goes unseen, dynamo leaves it alone, and the rules see some of what agrees."""

from __future__ import annotations

import functools
import os

import pytest
import torch
import torch._dynamo
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode

import viewproof
from viewproof.live import mode as module
from viewproof.live.mode import LiveMode


class Names(TorchFunctionMode):
    """Notes the name of each torch function that is called."""

    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.names.append(getattr(func, "__name__", str(func)))
        return func(*args, **(kwargs or {}))


def test_a_function_mode_sees_none_of_what_is_read():
    x = torch.zeros(3, 4)
    with viewproof.crossref(again=False) as findings, Names() as names:
        x.transpose(0, 1)
        x.split(2)
        x.unsqueeze_(0)
    assert names.names == ["transpose", "split", "unsqueeze_"]
    assert findings.counts["checked"] == 3


@torch._dynamo.disable(recursive=False)
def turned(x):
    """A frame that is not compiled, while dynamo watches those that it begins."""
    return x.transpose(0, 1)


def broken(x):
    y = turned(x).contiguous()
    torch._dynamo.graph_break()
    return y.view(-1)[2:] + 1


def stages(compiled):
    """How often dynamo looked at a frame, and which graphs it made of it."""
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph.code)
        return graph.forward

    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    made = torch.compile(compiled, backend=backend)
    results = [made(torch.arange(12.0).view(3, 4)), made(torch.arange(12.0).view(3, 4))]
    frames = dict(torch._dynamo.utils.counters["frames"])
    torch._dynamo.reset()
    return results, graphs, frames


def test_dynamo_compiles_nothing_of_the_mode():
    bare, graphs, frames = stages(broken)
    with viewproof.crossref(again=False) as findings:
        live, same, others = stages(broken)
    assert graphs == same
    assert frames == others
    assert all(map(torch.equal, bare, live))
    assert findings.counts["checked"] > 0


def test_dynamo_is_disabled_where_it_watches_and_nowhere_else(monkeypatch):
    seen = []
    unwatched = module._unwatched()
    noted = torch._dynamo.disable(lambda *call: seen.append(call[1]) or unwatched(*call))
    given = functools.cache(lambda: noted)
    given()
    monkeypatch.setattr(module, "_unwatched", given)
    with viewproof.crossref(again=False):
        torch.zeros(3, 4).transpose(0, 1)
        assert seen == []
        stages(broken)
    assert torch.ops.aten.transpose.int in seen


def test_one_agreed_call_in_256_is_shown_to_the_rules(monkeypatch):
    shown = []
    judge = LiveMode._judge
    monkeypatch.setattr(LiveMode, "_judge", lambda self, *call: shown.append(call) or judge(self, *call))
    x = torch.zeros(3, 4)
    with viewproof.crossref(again=False) as findings:
        for _ in range(1024):
            x.transpose(0, 1)
    assert len(shown) == 4
    assert findings.counts["checked"] == 1024
    assert list(findings) == []
    assert {sum(tally.verdicts.values()) for record in findings.records for tally in record.tallies} == {1024}
    assert {word for record in findings.records for tally in record.tallies for word in tally.verdicts} == {
        "pass", "unseen",
    }  # fmt: skip


def test_the_rules_find_what_the_comparison_lets_pass(monkeypatch):
    monkeypatch.setattr(module, "agrees", lambda *_: True)
    monkeypatch.setattr(module, "SHOWN", 0)
    x = torch.zeros(3, 4)
    wrong = module.look
    monkeypatch.setattr(module, "look", lambda result, *rest: wrong(result[:1], *rest))
    with viewproof.crossref(again=False) as findings:
        x.transpose(0, 1)
    assert "layout.size" in [one.rule for one in findings]


def test_a_call_that_shrinks_the_storage_of_its_operand_is_shown_to_the_rules(monkeypatch):
    shown = []
    monkeypatch.setattr(LiveMode, "_judge", lambda self, seen, evidence, frame: shown.append(evidence))
    x = torch.zeros(16)[:12].view(3, 4)
    real = torch.ops.aten.transpose.int._op

    def shrinks(self, *rest):
        result = real(self, *rest)
        self.untyped_storage().resize_(48)
        return result

    with viewproof.crossref(again=False) as findings, monkeypatch.context() as patch:
        patch.setattr(torch.ops.aten.transpose.int, "_op", shrinks)
        torch.transpose(x, 0, 1)
    assert findings.errors == []
    assert [one[0][0].storage_bytes for one in shown] == [48]


def test_a_nested_view_is_read_by_its_tables():
    sizes, strides = torch.tensor([[1, 2], [2, 2]]), torch.tensor([[2, 1], [2, 1]])
    with viewproof.crossref(again=False) as findings:
        torch._nested_view_from_buffer(torch.zeros(6), sizes, strides, torch.tensor([0, 2]))
    assert findings.errors == []
    assert findings.operators["aten._nested_view_from_buffer.default"] == 1
    assert list(findings) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_calls_of_a_forked_child_are_made_and_not_counted():
    with viewproof.crossref(again=False) as findings:
        torch.zeros(3, 4).transpose(0, 1)
        child = os.fork()
        if not child:
            try:
                torch.zeros(3, 4).transpose(0, 1)
                os._exit(len(findings.errors))
            finally:
                os._exit(99)
        assert os.waitpid(child, 0)[1] == 0
    assert findings.counts["checked"] == 1


def test_what_a_fake_mode_makes_of_a_real_tensor_is_counted_and_not_judged():
    x = torch.zeros(3, 4)
    with viewproof.crossref(again=False) as findings:
        x.transpose(0, 1)
        with FakeTensorMode():
            made = torch.tensor([1.0, 2.0])
            with pytest.raises(AssertionError):
                x.transpose(0, 1)
    assert type(made) is FakeTensor
    assert (list(findings), findings.errors, findings.status) == ([], [], 0)
    assert findings.counts["checked"] == 1
    assert findings.counts["without a case"] == 2
    assert dict(findings.unspelled) == {
        "answered with a FakeTensor, by another dispatch mode": 1,
        "refused by a fake mode, with AssertionError": 1,
    }


@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")
def test_make_fx_and_export_inside_a_program_show_nothing():
    class Module(torch.nn.Module):
        def forward(self, x):
            return x.view(2, 2) + torch.tensor([1.0, 2.0])

    with viewproof.crossref(again=False) as findings:
        make_fx(Module(), tracing_mode="fake")(torch.zeros(4))
        torch.export.export(Module(), (torch.zeros(4),)).run_decompositions()
    assert (list(findings), findings.errors) == ([], [])
    assert findings.unspelled["answered with a FakeTensor, by another dispatch mode"]


WRONG = """
import sys, torch, viewproof
from torch._subclasses.fake_tensor import FakeTensorMode

class Wrapped(torch.Tensor):
    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.size(), dtype=inner.dtype)

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise LookupError("mine")

class Named(torch.Tensor):
    pass

class Answering(Wrapped):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise LookupError("mine too")

def part(self, dim, index):
    return torch.empty(0).set_(self.untyped_storage(), 4, (4,), (1,))

library = torch.library.Library("aten", "IMPL")
"""


@pytest.mark.parametrize(
    ("kernel", "call", "found"),
    [
        ('"lift_fresh", torch.clone', "torch.tensor([1.0, 2.0])", "alias.storage"),
        ('"lift_fresh", torch.clone', "FakeTensorMode(); torch.tensor([1.0, 2.0])", "alias.storage"),
        ('"select.int", lambda *a: part(*a).as_subclass(Named)', "torch.zeros(3, 4)[1]", "strided of Named"),
        ('"select.int", lambda *a: Wrapped(part(*a))', "torch.zeros(3, 4)[1]", "strided of Wrapped"),
        ('"select.int", lambda *a: Answering(part(*a))', "torch.zeros(3, 4)[1]", "strided of Answering"),
    ],
)
def test_a_wrong_kernel_is_found_whatever_class_its_result_has(child, kernel, call, found):
    done = child(f"""{WRONG}
library.impl({kernel}, "CPU")
with viewproof.crossref(again=False) as findings:
    {call}
print(findings.errors, findings.status, [(one.rule, one.observed) for one in findings])
""")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[] 1 ["), done.stdout
    assert found in done.stdout

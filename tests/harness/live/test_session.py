"""The block: what a program computes is the same to the bit, whatever it uses, and nothing is left behind."""

from __future__ import annotations

import contextlib
import gc
import threading
import warnings
import weakref

import pytest
import torch
import torch._dynamo  # the first dispatch mode of a process loads it, and with it sympy's own warning filter
import torch.utils._python_dispatch
from torch import nn
from torch.func import functionalize

import viewproof
from viewproof.errors import UsageError
from viewproof.running.thread_state import changed_state, thread_state


def training():
    layer, head = nn.MultiheadAttention(8, 2, batch_first=True), nn.Linear(8, 3)
    optimizer = torch.optim.AdamW([*layer.parameters(), *head.parameters()], lr=0.1)
    for _ in range(2):
        x = nn.functional.dropout(torch.randn(2, 5, 8), 0.3)
        loss = head(layer(x, x, x)[0]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [loss.detach(), *[one.detach() for one in layer.parameters()]]


def recurrent():
    layer = nn.LSTM(4, 6, num_layers=2, bidirectional=True, batch_first=True)
    output, (hidden, cell) = layer(torch.randn(2, 5, 4))
    output.sum().backward()
    return [output.detach(), hidden.detach(), cell.detach(), layer.weight_ih_l0.grad]


def channels_last():
    layer = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    layer = layer.to(memory_format=torch.channels_last)
    x = torch.randn(2, 3, 8, 8).to(memory_format=torch.channels_last).requires_grad_()
    y = layer(x)
    y.sum().backward()
    return [y.detach(), x.grad]


def autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = nn.Linear(8, 8)(torch.randn(3, 8)).relu().T.contiguous()
    return [y.detach()]


def inference():
    layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
    with torch.inference_mode():
        x = torch.randn(2, 5, 8)
        return [layer(x).clone(), x.reshape(10, 8).mT.contiguous(), x.to(torch.float64).flatten()]


def forward_mode_and_vmap():
    def f(x):
        return (x.unsqueeze(0).expand(3, -1) @ x).sum()

    x = torch.randn(4)
    jacobian = torch.func.jacrev(f)(x)
    tangents = torch.func.jvp(f, (x,), (torch.ones(4),))
    return [jacobian, *tangents, torch.vmap(lambda row: row.view(2, 2).T)(torch.randn(3, 4))]


class Tagged(torch.Tensor):
    """A subclass that only carries its name through torch functions."""


def named_subclass():
    x = torch.randn(3, 4).as_subclass(Tagged)
    return [x.transpose(0, 1)[1:].contiguous().as_subclass(torch.Tensor)]


class Wrapped(torch.Tensor):
    """A subclass that takes part in dispatch."""

    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.size(), dtype=inner.dtype)

    def __init__(self, inner):
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        def opened(value):
            return value.inner if isinstance(value, Wrapped) else value

        result = func(*map(opened, args), **(kwargs or {}))
        return cls(result) if isinstance(result, torch.Tensor) else result


def dispatching_subclass():
    return [Wrapped(torch.randn(3, 4)).transpose(0, 1).select(0, 1).inner]


def function_mode():
    class Counting(torch.overrides.TorchFunctionMode):
        def __init__(self):
            super().__init__()
            self.names = []

        def __torch_function__(self, func, types, args=(), kwargs=None):
            self.names.append(str(func))
            return func(*args, **(kwargs or {}))

    x = torch.randn(3, 4, requires_grad=True)
    with Counting() as mode:
        y = x.transpose(0, 1)[0]
        y.sum().backward()
    return [x.grad, torch.tensor(len(mode.names))]


def sparse_and_nested():
    x = torch.eye(3).to_sparse()
    nested = torch.nested.nested_tensor([torch.ones(2, 3), torch.ones(1, 3)], layout=torch.jagged)
    return [x.transpose(0, 1).to_dense(), nested.unbind()[0].clone()]


PROGRAMS = [
    training, recurrent, channels_last, autocast, inference, forward_mode_and_vmap, named_subclass,
    dispatching_subclass, function_mode, sparse_and_nested,
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_computes_the_same_bits(program, same):
    findings = same(program)
    assert list(findings) == [], "torch's own kernels conform, but for known issues"
    assert findings.counts["calls"] > 0
    assert findings.counts["checked"] > 0 or findings.counts["on tensor subclasses"] > 0


def test_cases_waiting_may_be_run_in_the_middle_of_the_program(same):
    findings = same(training, pending=3)
    assert list(findings) == []
    assert findings.counts["cases run again"] == findings.counts["kinds of call"]


def test_subclasses_are_counted_and_not_looked_into(same):
    findings = same(dispatching_subclass)
    assert findings.counts["on tensor subclasses"] == 2
    assert findings.counts["checked"] == 0
    assert findings.status == 3, "nothing was checked: no evidence"


def test_what_has_no_case_is_counted_with_the_reason(same):
    findings = same(sparse_and_nested)
    assert any("sparse" in reason for reason in findings.unspelled)
    assert findings.counts["without a case"] == sum(findings.unspelled.values())


def test_composite_operators_show_whole_in_inference_mode_and_in_parts_elsewhere():
    x = torch.randn(3, 4)
    with viewproof.crossref(again=False) as eager:
        x.T.reshape(12)
    with viewproof.crossref(again=False) as inference, torch.inference_mode():
        x.T.reshape(12)
    assert "aten.reshape.default" not in eager.operators
    assert {"aten.reshape.default", "aten.numpy_T.default", "aten.permute.default"} <= set(inference.operators)


def test_calls_of_a_backward_pass_are_seen():
    x = torch.randn(3, 4, requires_grad=True)
    with viewproof.crossref(again=False) as findings:
        y = x.expand(2, 3, 4).transpose(1, 2).sum()
        before = findings  # the same object: whole once the block has ended
        y.backward()
    assert before.operators["aten.expand.default"] >= 2, "the gradient of sum expands"


def test_compiled_code_is_compiled_as_without_the_mode():
    graphs = []

    def backend(module, inputs):
        graphs.append(module.code)
        return module.forward

    def f(x):
        y = x.transpose(0, 1).contiguous()
        return y.view(-1)[2:] + 1

    x = torch.randn(3, 4)
    bare = torch.compile(f, backend=backend, fullgraph=True)(x)
    torch._dynamo.reset()
    with viewproof.crossref() as findings:
        live = torch.compile(f, backend=backend, fullgraph=True)(x)
    torch._dynamo.reset()
    assert len(graphs) == 2
    assert graphs[0] == graphs[1]
    assert torch.equal(bare, live)
    assert findings.counts["graphs compiled"] == 1
    assert findings.counts["checked"] > 0, "a graph run by calls of aten is seen"
    assert list(findings) == []


def test_other_threads_are_left_alone_and_each_may_have_a_block():
    seen = {}

    def work(name):
        with viewproof.crossref(again=False) as findings:
            for _ in range(5):
                torch.zeros(3, 4).transpose(0, 1)
        seen[name] = findings.counts["checked"]

    with viewproof.crossref() as findings:
        torch.zeros(2, 2).transpose(0, 1)
        threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == {"a": 5, "b": 5}
    assert findings.counts["checked"] == 1


class Numbers(torch.utils.data.Dataset):
    def __len__(self):
        return 6

    def __getitem__(self, index):
        return torch.arange(4.0)[1:] * index + torch.rand(3)


@pytest.mark.filterwarnings("ignore")
def test_a_data_loader_with_workers_gives_the_same(same):
    def program():
        loader = torch.utils.data.DataLoader(Numbers(), batch_size=2, shuffle=True, num_workers=1)
        return [batch.transpose(0, 1).clone() for batch in loader]

    same(program)


def test_no_storage_outlives_its_tensors():
    with viewproof.crossref() as findings:
        x = torch.zeros(3, 4)
        y = x.transpose(0, 1)
        died = [weakref.ref(one) for one in (x, y)]
        gone = []
        weakref.finalize(x.untyped_storage(), gone.append, "storage")
        del x, y
        gc.collect()
        assert [one() for one in died] == [None, None]
    assert findings.counts["checked"] == 1


def test_warnings_are_the_programs_own():
    def program():
        with viewproof.crossref():
            torch.zeros(2).view(1, 2)
            warnings.warn("mine", stacklevel=1)

    with pytest.warns(UserWarning, match="mine"):
        program()


def test_a_warning_of_torchs_that_comes_once_is_not_used_up(child):
    done = child(
        """
import torch, viewproof
with viewproof.crossref():
    torch.zeros(2, 3, dtype=torch.complex64).select(0, 1)
    torch.zeros(4, 6).transpose(0, 1)
torch.zeros(2, 3, 4).T
""",
        cold=True,
    )
    assert done.returncode == 0, done.stderr
    assert "is deprecated" in done.stderr


def _functionalizes():
    x = torch.zeros(3, 4)
    functionalize(lambda y: y.transpose(0, 1).add_(1))(x)
    return bool(x.eq(1).all())


def _crosses(monkeypatch):
    # Torch's own crossref, and that it is alive: its handler is made anew, and called.
    from torch._dispatch import python as torchs

    make, called = torchs.make_crossref_functionalize, []

    def counting(op, key):
        handler = make(op, key)
        if not callable(handler):
            return handler

        def checked(*args, **kwargs):
            called.append(op)
            return handler(*args, **kwargs)

        return checked

    monkeypatch.setattr(torchs, "make_crossref_functionalize", counting)
    wrapped = torch._to_functional_tensor(torch.zeros(3, 4))
    torch._enable_functionalization(reapply_views=True)
    try:
        with torchs.enable_crossref_functionalize():
            wrapped.transpose(0, 1)
    finally:
        torch._disable_functionalization()
    return called == [torch.ops.aten.transpose.int]


@pytest.mark.parametrize("raises", [False, True])
def test_leaving_the_block_restores_everything(raises, monkeypatch):
    before = thread_state()
    flags = torch.is_warn_always_enabled(), torch.utils._python_dispatch.is_in_torch_dispatch_mode()
    filters = list(warnings.filters)
    collects = gc.isenabled()
    context = viewproof.crossref()

    def program():
        with context:
            training()
            if raises:
                with torch.inference_mode(), torch.autocast("cpu"):
                    raise LookupError("the program's own")

    with pytest.raises(LookupError, match="own") if raises else contextlib.nullcontext():
        program()
    assert changed_state(before) == ""
    assert flags == (torch.is_warn_always_enabled(), torch.utils._python_dispatch.is_in_torch_dispatch_mode())
    assert warnings.filters == filters
    assert gc.isenabled() is collects
    assert _functionalizes()
    assert _crosses(monkeypatch)
    assert context.findings.counts["checked"] > 0, "what was seen before the exception is there"


def test_an_error_of_the_program_goes_on_its_way():
    with pytest.raises(RuntimeError) as bare:
        torch.zeros(3).view(2)
    with viewproof.crossref() as findings, pytest.raises(RuntimeError) as live:
        torch.zeros(3).view(2)
    assert str(live.value) == str(bare.value)
    assert list(findings) == [], "the reference refuses it too"
    assert findings.errors == []


def test_filters_by_operator_and_by_line():
    def program():
        x = torch.zeros(3, 4)
        x.transpose(0, 1)
        x.select(0, 1)

    with viewproof.crossref(operators=["aten.select"], again=False) as findings:
        program()
    assert set(findings.operators) == {"aten.select.int"}
    line = program.__code__.co_firstlineno + 2
    with viewproof.crossref(lines=[f"test_session.py:{line}"], again=False) as findings:
        program()
    assert set(findings.operators) == {"aten.transpose.int"}
    assert findings.counts["on other lines"] == 1
    with pytest.raises(UsageError, match=r"aten\.nothing"):
        viewproof.crossref(operators=["aten.nothing"])


def test_a_context_is_for_one_block():
    context = viewproof.crossref()
    with context:
        pass
    with pytest.raises(RuntimeError, match="entered before"), context:
        pass


def test_a_fault_of_ours_never_reaches_the_program(monkeypatch):
    from viewproof.live import mode

    def broken(*_args):
        raise KeyError("ours")

    monkeypatch.setattr(mode, "key_of_plain", broken)
    with viewproof.crossref() as findings:
        assert torch.zeros(3, 4).transpose(0, 1).size() == (4, 3)
    assert findings.errors == ["before aten.transpose.int: KeyError: 'ours'"]
    assert findings.status == 3

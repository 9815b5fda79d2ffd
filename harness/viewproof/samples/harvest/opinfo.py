"""Records each aten call that torch's OpInfo samples make, forward and backward, and the composite overload on top."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter, defaultdict
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from viewproof.cases.model import Case
from viewproof.samples.harvest.spell import UnspelledError, spell_call

SAMPLES_EACH = 24
"""How many samples of an OpInfo entry and dtype are run, spread over all that it has."""
DTYPES = (torch.float32, torch.int64, torch.complex64, torch.bool, torch.bfloat16)
#: The exceptions with which OpInfo's own samples are refused, by an operator or by the backward of its output.
REFUSALS = (RuntimeError, IndexError, TypeError, ValueError, NotImplementedError, AttributeError, AssertionError)

Calls = dict[str, dict[Case, None]]


class Recorder(TorchDispatchMode):
    """Writes down each call that is dispatched; counts what it cannot write, by the reason."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: Calls = defaultdict(dict)
        self.unspelled: Counter[str] = Counter()

    def note(self, overload: Any, args: Any, kwargs: Any) -> None:
        """Write one call down."""
        name = str(overload)
        try:
            self.calls[name][spell_call(name, args, kwargs)] = None
        except UnspelledError as error:
            self.unspelled[str(error)] += 1

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.note(func, args, kwargs or {})
        return func(*args, **(kwargs or {}))


def gather(recorder: Recorder) -> Counter[str]:
    """Run the samples of every OpInfo entry under `recorder`. Returns how many were refused, by exception."""
    from torch.testing._internal import common_methods_invocations as tables

    refused: Counter[str] = Counter()
    with warnings.catch_warnings(action="ignore"):
        for info in tables.op_db:
            for dtype in DTYPES:
                if dtype in info.supported_dtypes("cpu"):
                    _entry(info, dtype, recorder, refused)
    return refused


def _entry(info: Any, dtype: torch.dtype, recorder: Recorder, refused: Counter[str]) -> None:
    graded = dtype in (torch.float32, torch.complex64) and info.supports_autograd
    try:
        samples = list(itertools.islice(info.sample_inputs("cpu", dtype, requires_grad=graded), 240))
    except REFUSALS as error:
        refused[f"{info.name}: {type(error).__name__}"] += 1
        return
    step = max(1, len(samples) // SAMPLES_EACH)
    for sample in samples[::step]:
        try:
            _run(info, sample, recorder, graded)
        except REFUSALS as error:
            refused[type(error).__name__] += 1


def _run(info: Any, sample: Any, recorder: Recorder, graded: bool) -> None:
    _top(info, sample, recorder)
    with recorder:
        result = info.op(sample.input, *sample.args, **sample.kwargs)
    if not graded:
        return
    outputs = [one for one in torch.utils._pytree.tree_leaves(result)
               if isinstance(one, torch.Tensor) and one.requires_grad]  # fmt: skip
    inputs = [one for one in torch.utils._pytree.tree_leaves((sample.input, sample.args, sample.kwargs))
              if isinstance(one, torch.Tensor) and one.requires_grad]  # fmt: skip
    if outputs and inputs:
        grads = [torch.ones_like(one) for one in outputs]
        with recorder:
            torch.autograd.grad(outputs, inputs, grads, allow_unused=True)


def _top(info: Any, sample: Any, recorder: Recorder) -> None:
    """The overload that the sample itself resolves to, where the packet of that name has it."""
    names = {info.aten_name or "", info.name.replace(".", "_"), info.name.rpartition(".")[2]}
    for name in sorted(names):
        packet = getattr(torch.ops.aten, name, None) if name.isidentifier() else None
        if packet is None:
            continue
        args = (sample.input, *sample.args)
        try:
            found = torch._C._jit_resolve_packet(f"aten::{name}", *args, **sample.kwargs)
        except REFUSALS:
            continue
        recorder.note(getattr(packet, found or "default"), args, sample.kwargs)

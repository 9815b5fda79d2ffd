"""`python -m viewproof.samples.harvest.views FILE`: write the view calls that torch's OpInfo samples make, seconds.

A developer's tool; no run needs it, and it needs the package `expecttest`, which torch's tables import.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from viewproof.cases.model import Case, TensorArgument
from viewproof.cases.text import format_case
from viewproof.generate.registry import derived_operators
from viewproof.generate.sweep import generated_operators
from viewproof.samples.harvest.opinfo import REFUSALS, Recorder
from viewproof.tensors.spelling import Unspelled, spell
from viewproof_reference.layout.dtypes import itemsize

# Samples of these are views, or make views on their way.
NAMES = frozenset((
    "view", "view_as", "unflatten", "squeeze", "unsqueeze", "select", "__getitem__", "narrow", "unfold", "diagonal",
    "linalg.diagonal", "as_strided", "permute", "transpose", "t", "movedim", "mT", "mH", "H", "T", "expand",
    "expand_as", "broadcast_to",
    "split", "split_with_sizes", "split_list_args", "chunk", "tensor_split", "hsplit", "vsplit",
    "dsplit", "unbind", "view_as_real", "view_as_complex", "real", "imag", "conj", "resolve_conj", "resolve_neg",
    "reshape", "reshape_as", "flatten", "ravel", "contiguous", "positive", "to", "type_as", "resize_", "resize_as_",
    "swapaxes", "alias_copy", "unsafe_split", "unsafe_chunk", "unravel_index", "atleast_2d", "rot90", "tile", "triu",
))  # fmt: skip
DTYPES = (torch.float32, torch.int64, torch.complex64)
STORAGE_LIMIT = 4000
"""A tensor whose storage has more elements than these is in no case."""


class ViewRecorder(Recorder):
    """Writes down the calls of `wanted` overloads as cases: layouts and storages as they were."""

    def __init__(self, wanted: frozenset[str]) -> None:
        super().__init__()
        self.wanted = wanted

    def note(self, overload: Any, args: Any, kwargs: Any) -> None:
        """Write one call down, if its overload is wanted and one case can say it."""
        name = str(overload)
        if name not in self.wanted:
            return
        try:
            case = spell(name, frozenset(), args, kwargs)
        except Unspelled as error:
            self.unspelled[str(error)] += 1
            return
        if case.storages:
            self.unspelled["two operands are in one storage"] += 1
        elif any(_elements(one) > STORAGE_LIMIT for one in case.args if type(one) is TensorArgument):
            self.unspelled[f"a storage has more than {STORAGE_LIMIT} elements"] += 1
        else:
            self.calls[name][case] = None


def _elements(argument: TensorArgument) -> int:
    return argument.layout.storage_bytes // itemsize(argument.layout.dtype)


def gather() -> dict[str, list[Case]]:
    """The cases of each overload that the sweep wants some of, by its name, in the order in which they were called."""
    from torch.testing._internal import common_methods_invocations as tables

    # A derived operator has the cases of its view.
    recorder = ViewRecorder(frozenset(generated_operators()) - derived_operators().keys())
    with warnings.catch_warnings(action="ignore"):
        for info in tables.op_db:
            for dtype in DTYPES if info.name in NAMES else ():
                if dtype in info.supported_dtypes("cpu"):
                    for sample in info.sample_inputs("cpu", dtype, requires_grad=False):
                        _run(info.op, sample, recorder)
    return {name: list(recorder.calls[name]) for name in sorted(recorder.calls)}


def _run(operator: Callable[..., Any], sample: Any, recorder: Recorder) -> None:
    # A sample that its operator refuses is the samples' affair; what it dispatched before that is recorded.
    with recorder:
        try:
            operator(sample.input, *sample.args, **sample.kwargs)
        except REFUSALS:
            return


def as_text(found: dict[str, list[Case]]) -> str:
    """The cases as a file has them, a line each."""
    return "".join(f"{format_case(case)}\n" for cases in found.values() for case in cases)


if __name__ == "__main__":
    found = gather()
    Path(sys.argv[1]).write_text(as_text(found), encoding="utf-8")
    print(f"{sum(map(len, found.values()))} cases of {len(found)} overloads")

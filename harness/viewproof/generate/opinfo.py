"""Cases out of torch's own OpInfo samples: every catalogued aten call that a sample makes, written down as a case."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from viewproof.cases.model import Case, TensorArgument
from viewproof_reference.layout.model import Layout

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
STORAGE_LIMIT = 4000


@cache
def _recorded() -> dict[str, tuple[Case, ...]]:
    import torch
    from torch.testing._internal import common_methods_invocations as tables
    from torch.utils._python_dispatch import TorchDispatchMode

    from viewproof.generate.sweep import generated_operators

    wanted = frozenset(generated_operators())
    found: dict[str, dict[Case, None]] = {}

    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            name = str(func) if "." in str(func) else f"{func}.default"
            if name in wanted:
                case = _convert(name, args, kwargs or {})
                if case is not None:
                    found.setdefault(name, {})[case] = None
            return func(*args, **(kwargs or {}))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for info in tables.op_db:
            if info.name not in NAMES:
                continue
            for dtype in (torch.float32, torch.int64, torch.complex64):
                if dtype not in info.supported_dtypes("cpu"):
                    continue
                for sample in info.sample_inputs("cpu", dtype, requires_grad=False):
                    _run(info.op, sample, Recorder())  # type: ignore[no-untyped-call]
    return {name: tuple(cases) for name, cases in found.items()}


def _run(operator: Callable[..., Any], sample: Any, recorder: Any) -> None:
    # A sample that its operator refuses is the samples' affair; what it dispatched before that is recorded.
    with recorder:
        try:
            operator(sample.input, *sample.args, **sample.kwargs)
        except (RuntimeError, IndexError, TypeError, ValueError, NotImplementedError):
            return


class _UnspelledError(Exception):
    """The call holds something that a case cannot say."""


def _convert(name: str, args: Any, kwargs: Any) -> Case | None:
    # None: a layout, a tensor without strided storage, or two operands in one storage, which no case here spells.
    try:
        storages: set[int] = set()
        spelled = tuple(_spell(one, storages) for one in args)
        keyed = tuple((key, _spell(value, storages)) for key, value in kwargs.items())
    except _UnspelledError:
        return None
    return Case(name, spelled, keyed) if spelled and type(spelled[0]) is TensorArgument else None


def _spell(value: Any, storages: set[int]) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        if type(value) is not torch.Tensor or value.layout is not torch.strided or value.device.type != "cpu":
            raise _UnspelledError
        storage = value.untyped_storage()
        dtype = str(value.dtype).removeprefix("torch.")
        size = storage.nbytes()
        if storage._cdata in storages or size > STORAGE_LIMIT * value.element_size() or size % value.element_size():
            raise _UnspelledError
        storages.add(storage._cdata)
        layout = Layout(
            tuple(value.shape),
            tuple(value.stride()),
            int(value.storage_offset()),
            dtype,
            value.is_conj(),
            value.is_neg(),
            size,
        )
        return TensorArgument(layout)
    if isinstance(value, (list, tuple)):
        return tuple(_spell(one, storages) for one in value)
    if isinstance(value, (torch.dtype, torch.memory_format, torch.layout)):
        return str(value).removeprefix("torch.")
    if isinstance(value, torch.device):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise _UnspelledError


def opinfo_cases(operator: str) -> Iterator[Case]:
    """The cases of `operator` that OpInfo's samples make. Imports torch's tables (seconds) at the first call."""
    yield from _recorded().get(operator, ())

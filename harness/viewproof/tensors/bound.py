"""Kernels bound when this module is imported, which no later import can replace and which do not dispatch again.

`torch.library.impl` replaces what the dispatcher finds, not a kernel that somebody holds. Each kernel held here works
on the tensor's own data alone: tests/harness/tensors/test_bound.py replaces every kernel of aten under every key by one
that raises, and these still give right tensors. (Bound first is not enough: `clone` calls `copy_` by the dispatcher.)

They are called below autograd: no version counts up, no view is recorded, and no mode sees them. Whoever imports a
user's modules must have imported this one before; where it lives in the user's own process, `replaced_before` says what
was not torch's own any more.
"""

from __future__ import annotations

import re
from typing import Any

import torch

from viewproof_reference.layout.dtypes import DTYPES

Size = tuple[int, ...]

_SET = "aten::set_.source_Storage_storage_offset"
_EMPTY = "aten::empty.memory_format"
_ALIAS = "aten::alias"
_VIEW_DTYPE = "aten::view.dtype"
_COPY = "aten::copy_"
#: Devices with an own `empty` in some build of torch. What a backend adds later can only be asked once it is there.
_WORDS = ("cpu", "meta", "cuda", "xpu", "mps", "hpu", "mtia")

_host = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
# The host's kernel sets a storage, an offset and sizes on a tensor of any device: it touches no memory unless the
# storage is too small, in which case torch would enlarge it. `alias` and
# `view.dtype` make a tensor of the same device.
_set = torch.library.get_kernel(_SET, "CPU").call_boxed
_alias = torch.library.get_kernel(_ALIAS, "CPU").call_boxed
_view_dtype = torch.library.get_kernel(_VIEW_DTYPE, "CPU").call_boxed
_copy_on_host = torch.library.get_kernel(_COPY, "CPU").call_boxed


def _key(word: str) -> str | None:
    try:
        return torch._C._dispatch_key_for_device(word)
    except RuntimeError:  # this build of torch knows no such device
        return None


def _bind(name: str) -> dict[str, tuple[Any, Any]]:
    """The kernels of an operator by device word, each with the key set that it is called with."""
    found = {}
    for word in _WORDS:
        key = _key(word)
        if key is not None and torch._C._dispatch_has_computed_kernel_for_dispatch_key(name, key):
            keys = torch._C.DispatchKeySet(torch._C.DispatchKey.__members__[key])
            found[word] = torch.library.get_kernel(name, key).call_boxed, keys
    return found


_empty = _bind(_EMPTY)
#: `copy_` between this device and the host.
_copy = _bind(_COPY)

#: An empty tensor of each dtype by device, of which new ones are made.
_EMPTY_ON: dict[torch.device, dict[torch.dtype, torch.Tensor]] = {}


def _first(device: torch.device, dtype: torch.dtype) -> torch.Tensor:
    on = _EMPTY_ON.setdefault(device, {})
    if not on:
        kernel = _empty.get(device.type)
        with torch.inference_mode(False):  # what is made of an inference tensor is one itself
            if kernel is None:
                made = torch.empty(0, dtype=torch.uint8, device=device)  # a backend's own; `Builder` reads what it gave
            else:
                made = kernel[0](kernel[1], [0], dtype=torch.uint8, device=device)
        on[torch.uint8] = made
    if dtype not in on:
        on[dtype] = _view_dtype(_host, on[torch.uint8], dtype)
    return on[dtype]


for _word in ("cpu", "meta"):
    for _name in DTYPES:
        _first(torch.device(_word), getattr(torch, _name))


def placed(storage: torch.UntypedStorage, dtype: torch.dtype, size: Size, stride: Size, offset: int) -> torch.Tensor:
    """A tensor on this very storage, on its device; sizes, strides and offset in elements of `dtype`.

    On the host and on meta nothing that it calls can be replaced. On a device whose `empty` was not there when this
    module was imported, one tensor, of which all others are made, is made by that `empty`. A layout that leaves its
    storage is the caller's mistake: torch enlarges the storage.
    """
    device = storage.device
    try:
        first = _EMPTY_ON[device][dtype]
    except KeyError:
        first = _first(device, dtype)
    made: torch.Tensor = _set(_host, _alias(_host, first), storage, offset, size, stride)
    return made


def copy_on_host(destination: torch.Tensor, source: torch.Tensor) -> None:
    """Copy elements between two strided tensors in the host's memory, lazy bits resolved, as `copy_` does.

    Both must be plain tensors of one size, whose elements lie within their storage: nothing is checked. It is for
    reading what could only be gathered element by element otherwise.
    """
    if source.dim() == _MATRIX and source.numel() >= _LARGE:
        # Torch transposes a large matrix through a buffer, for which it asks the dispatcher; it does not in a stack.
        destination, source = _stacked(destination), _stacked(source)
    _copy_on_host(_host, destination, source, False)


_MATRIX = 2
#: From how many elements on torch uses that buffer (60 by 60), and somewhat less.
_LARGE = 2048


def _stacked(tensor: torch.Tensor) -> torch.Tensor:
    """A matrix as a stack of one, on the same storage with the same lazy bits."""
    size, stride = (1, *tensor.size()), (0, *tensor.stride())
    made = placed(tensor.untyped_storage(), tensor.dtype, size, stride, int(tensor.storage_offset()))
    if tensor.is_conj():
        torch._C._set_conj(made, True)
    if tensor.is_neg():
        torch._C._set_neg(made, True)
    return made


def copy_storage(destination: torch.UntypedStorage, source: torch.UntypedStorage, at: int = 0) -> None:
    """Copy a whole storage into another from byte `at` on, on one device or between one and the host.

    On a device it is the one thing that is trusted. Raises what torch raises where the device cannot copy, and
    ValueError where the bytes have no place in `destination`.
    """
    count, room = source.nbytes(), destination.nbytes()
    if at < 0 or at + count > room:
        raise ValueError(f"wanted to copy {count} bytes to byte {at} of a storage that has {room}")
    to = placed(destination, torch.uint8, (count,), (1,), at)
    of = placed(source, torch.uint8, (count,), (1,), 0)
    words = destination.device.type, source.device.type
    kernel = _copy.get(words[0] if words[0] != "cpu" else words[1])
    if kernel is None:
        to.copy_(of)
    else:
        kernel[0](kernel[1], to, of, False)


def bound_ahead(word: str) -> bool:
    """Whether everything that `placed` needs on this type of device was bound when this module was imported."""
    return word in _empty


_LINE = re.compile(r"^(\w+)(?:\[alias\])?: registered at (.*?) ::", re.MULTILINE)
#: Where torch's own kernels say that they were registered; those from Python name a .py file.
_OWN = re.compile(r"aten/src|build/aten|torch/csrc")


def _replaced() -> tuple[str, ...]:
    names = (_SET, _EMPTY, _ALIAS, _VIEW_DTYPE, _COPY)
    keys = {"CPU", "Meta", "CompositeExplicitAutograd"}
    return tuple(
        f"{name} ({key}) by {where}"
        for name in names
        for key, where in _LINE.findall(torch._C._dispatch_dump(name))
        if key in keys and not _OWN.search(where.replace("\\", "/"))
    )


#: The kernels that were not torch's own any more when they were bound; empty where nothing came before viewproof.
replaced_before: tuple[str, ...] = _replaced()

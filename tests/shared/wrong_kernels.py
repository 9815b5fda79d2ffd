"""Wrong kernels for operators of every kind, each with one fault, and right ones that look odd.

`viewproof run --import wrong_kernels` seeds those that $WRONG_KERNELS names: a JSON object of faults by the operator's
name. A wrong kernel calls the true one, which was bound before it, and spoils what that gives or was given. It does so
for plain tensors on the CPU alone, and never inside a call that it makes itself.
"""

from __future__ import annotations

import ctypes
import json
import os
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode

VARIABLE = "WRONG_KERNELS"


class Operator(NamedTuple):
    """An operator of the catalog, its kind, calls that it accepts, and the key that its kernel is registered for.

    `without` are suites in which torch's own kernel fails on these calls.
    """

    name: str
    kind: str
    cases: tuple[str, str]
    key: str = "CPU"
    without: tuple[str, ...] = ()


#: Two calls each, of different sizes: a kernel that gives what an earlier call gave is wrong on one of them. Of torch's
#: own kernels no verdict on these fails.
OPERATORS = (
    Operator("aten.select.int", "view", ("(float32[2,3], 0, 1)", "(int64[3,2,2,2], -4, 2)")),
    Operator("aten.split.Tensor", "view", ("(int64[4,2], 2)", "(int64[3,5]:[1,3], 3, -1)")),
    Operator(
        "aten.reshape.default", "view-or-copy", ("(float32[4,3], [2,6])", "(int64[3,2]:[1,3], [6])"),
        "CompositeImplicitAutograd",
    ),
    Operator("aten.squeeze_.dim", "inplace-view", ("(float32[2,1,3], 1)", "(int64[1,4], 0)")),
    Operator("aten.select_copy.int", "copy", ("(float32[2,3], 0, 1)", "(int64[3,2,2,2], -4, 2)")),
    Operator(
        "aten.select_copy.int_out", "copy-out",
        ("(float32[2,3], 0, 1, out=float32[3])", "(int64[3,2,2,2], -4, 2, out=int64[2,2,2])"),
    ),
    Operator(
        "aten.select_scatter.default", "scatter",
        ("(float32[2,3], float32[3], 0, 1)", "(int64[3,2,2], int64[2,2], -3, 2)"),
    ),
    Operator(
        "aten.slice_inverse.default", "inverse",
        ("(int64[5], int64[2]+2, 0, None, None, 2)", "(int64[4,4], int64[2]:[2]+2, 0, 1, 2, 1)"),
        without=("functional_traces",),
    ),
)  # fmt: skip
KEYS = {one.name: one.key for one in OPERATORS}


class Call(NamedTuple):
    """One call that reached a wrong kernel: `true()` is what the true kernel gives of these arguments."""

    true: Callable[[], Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def operands(self) -> list[torch.Tensor]:
        return [value for value in (*self.args, *self.kwargs.values()) if isinstance(value, torch.Tensor)]


Fault = Callable[[Call], Any]


def each(result: Any, change: Callable[[torch.Tensor], Any]) -> Any:
    """`change` of a tensor, or of every tensor of a list."""
    return [change(one) for one in result] if isinstance(result, list | tuple) else change(result)


def spoiled(change: Callable[[torch.Tensor], Any]) -> Fault:
    """A fault in the result, or in each tensor of a list."""
    return lambda call: each(call.true(), change)


def instead(value: Callable[[], Any]) -> Fault:
    """A fault that calls no true kernel and gives this."""
    return lambda _: value()


def changing(place: int, change: Callable[[torch.Tensor], Any]) -> Fault:
    """A fault that gives what is right, and changes an operand."""

    def fault(call: Call) -> Any:
        result = call.true()
        change(call.operands[place])
        return result

    return fault


def raising(error: Callable[[], BaseException]) -> Fault:
    def fault(_: Call) -> Any:
        raise error()

    return fault


# Results.


def placed(
    tensor: torch.Tensor, size: list[int], stride: list[int], offset: int, on: torch.Tensor | None = None
) -> torch.Tensor:
    """A tensor of this one's dtype, laid out so on its storage or on that of another."""
    storage = (tensor if on is None else on).untyped_storage()
    return torch.empty(0, dtype=tensor.dtype).set_(storage, offset, size, stride)


def wrong_strides(tensor: torch.Tensor) -> torch.Tensor:
    return placed(tensor, list(tensor.size()), [0] * tensor.dim(), tensor.storage_offset())


def other_elements(tensor: torch.Tensor) -> torch.Tensor:
    """The same layout on a storage of its own, with other elements."""
    made = torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype)
    made.untyped_storage().fill_(113)
    return made


def last_dropped(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.narrow(0, 0, tensor.size(0) - 1) if tensor.dim() else tensor.new_empty([0])


def other_dtype(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.view(torch.int32 if tensor.dtype == torch.float32 else torch.float64)


def quantized(tensor: torch.Tensor) -> torch.Tensor:
    return torch.quantize_per_tensor(tensor.float(), 1.0, 0, torch.qint8)


def shrunken(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of its own whose storage is one byte too small."""
    made = tensor.clone()
    made.untyped_storage().resize_(made.untyped_storage().nbytes() - 1)
    return made


def emptied(tensor: torch.Tensor) -> torch.Tensor:
    made = tensor.clone()
    made.untyped_storage().resize_(0)
    return made


def dangling(tensor: torch.Tensor, pad: int = 0) -> torch.Tensor:
    """The right elements in a block of memory that is given back already, `pad` bytes longer than they need."""
    block = torch.empty(tensor.numel() * tensor.element_size() + pad, dtype=torch.uint8)
    made = block[: tensor.numel() * tensor.element_size()].view(tensor.dtype).view(tensor.size())
    made.copy_(tensor)
    memory = (ctypes.c_char * made.nbytes).from_address(block.data_ptr())
    return torch.frombuffer(memory, dtype=tensor.dtype).view(tensor.size())


def unmapped(tensor: torch.Tensor) -> torch.Tensor:
    """`dangling`, in a block so long that the process has it no more: reading it is a signal."""
    return dangling(tensor, 64 << 20)


class Plain(torch.Tensor):
    """A subclass that does nothing."""


class RaisesInFunctions(torch.Tensor):
    """A subclass that refuses every function of torch's."""

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise LookupError(f"no {function}")


class RaisesInDispatch(torch.Tensor):
    """A wrapper that refuses every operator, with a size and no memory."""

    @staticmethod
    def of(tensor):
        return torch.Tensor._make_wrapper_subclass(RaisesInDispatch, tensor.size(), dtype=tensor.dtype)

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise LookupError(f"no {function}")


def fake(tensor: torch.Tensor) -> Any:
    """A fake tensor, of a mode that is not on."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype)


def functional(tensor: torch.Tensor) -> Any:
    return torch._to_functional_tensor(tensor)


def batched(tensor: torch.Tensor) -> Any:
    """What a transform that has ended left behind: of torch's own class, and without a storage."""
    return torch._C._functorch._add_batch_dim(tensor.unsqueeze(0), 0, 1)


def wrapped(tensor: torch.Tensor) -> Any:
    return torch._C._functorch._wrap_for_grad(tensor, 1)


def zeros_of_nothing(tensor: torch.Tensor) -> torch.Tensor:
    """Zeros that torch keeps no memory for."""
    return torch._efficientzerotensor(tensor.size(), dtype=tensor.dtype)


def nested(tensor: torch.Tensor) -> torch.Tensor:
    return torch.nested.nested_tensor([tensor.flatten()])


_KEPT: dict[Any, Any] = {}


def first_result(call: Call) -> Any:
    """The object that the first call gave, on every call."""
    return _KEPT.setdefault("first", call.true())


def operand(call: Call) -> Any:
    first = call.operands[0]
    return [first] if isinstance(call.true(), list | tuple) else first


# Operands.


def write(tensor: torch.Tensor) -> None:
    tensor.fill_(1)
    tensor.view(-1)[:1].fill_(0)


def resize(nbytes: Callable[[int], int]) -> Callable[[torch.Tensor], None]:
    def change(tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        storage.resize_(nbytes(storage.nbytes()))

    return change


def set_anew(tensor: torch.Tensor) -> None:
    tensor.set_(torch.ones(7, dtype=tensor.dtype))


def lengthen(tensor: torch.Tensor) -> None:
    tensor.as_strided_([1, *tensor.size()], [tensor.numel(), *tensor.stride()])


# What is raised.


class Unprintable(Exception):
    """An error that cannot say what it is."""

    def __str__(self) -> str:
        raise ValueError("no words")

    __repr__ = __str__


class Foreign(BaseException):
    """What no `except Exception` catches."""


ALL = frozenset(one.kind for one in OPERATORS)
FRESH = frozenset({"copy", "scatter"})
#: Kinds of which torch gives back an operand, whatever tensor their kernel gives.
OWN = frozenset({"inplace-view", "copy-out"})
TWO = frozenset({"scatter", "inverse"})


class Entry(NamedTuple):
    """A fault, the kinds of operator on which it is one, and whether it needs an operator that gives a list."""

    fault: Fault
    kinds: frozenset[str] = ALL
    lists: bool = False

    def fits(self, operator: Operator) -> bool:
        return operator.kind in self.kinds and (not self.lists or operator.name == "aten.split.Tensor")


FAULTS: dict[str, Entry] = {
    # What is no tensor, or none that is expected.
    "none": Entry(instead(lambda: None)),
    "seven": Entry(instead(lambda: 7)),
    "text": Entry(instead(lambda: "a tensor")),
    "tuple": Entry(lambda call: (call.true(), call.true())),
    "no-list": Entry(lambda call: call.true()[0], lists=True),
    "list-short": Entry(lambda call: call.true()[:-1], lists=True),
    "list-long": Entry(lambda call: [*call.true(), call.true()[0]], lists=True),
    "list-empty": Entry(lambda _: [], lists=True),
    "list-of-none": Entry(lambda call: [None] * len(call.true()), lists=True),
    "list-reversed": Entry(lambda call: call.true()[::-1], lists=True),
    # Another dtype, device, layout or type.
    "dtype": Entry(spoiled(other_dtype), ALL - OWN),
    "quantized": Entry(spoiled(quantized), ALL - OWN),
    "meta": Entry(
        spoiled(lambda tensor: torch.empty_strided(tensor.size(), tensor.stride(), device="meta")), ALL - OWN
    ),
    "sparse": Entry(spoiled(lambda tensor: tensor.to_sparse()), ALL - OWN),
    "mkldnn": Entry(spoiled(lambda tensor: tensor.float().to_mkldnn()), ALL - OWN),
    "nested": Entry(spoiled(nested), ALL - OWN),
    "fake": Entry(spoiled(fake), ALL - OWN),
    "functional": Entry(spoiled(functional), ALL - OWN),
    "batched": Entry(spoiled(batched), ALL - OWN),
    "wrapped": Entry(spoiled(wrapped), ALL - OWN),
    "zeros-of-nothing": Entry(spoiled(zeros_of_nothing), ALL - OWN),
    "subclass": Entry(spoiled(lambda tensor: tensor.as_subclass(Plain)), ALL - OWN),
    "function-raises": Entry(spoiled(lambda tensor: tensor.as_subclass(RaisesInFunctions)), ALL - OWN),
    "dispatch-raises": Entry(spoiled(RaisesInDispatch.of), ALL - OWN),
    # Another size, place, identity or contents.
    "size": Entry(spoiled(last_dropped), ALL - OWN),
    "rank": Entry(spoiled(lambda tensor: tensor.unsqueeze(0)), ALL - OWN),
    "strides": Entry(spoiled(wrong_strides), ALL - OWN),
    "elements": Entry(spoiled(other_elements), ALL - OWN),
    "negated": Entry(spoiled(torch._neg_view), ALL - OWN),
    "operand": Entry(operand, ALL - OWN),
    "first-result": Entry(first_result, ALL - OWN),
    "copied": Entry(spoiled(torch.clone), ALL - FRESH - OWN),
    # A storage that is too small, or not there any more.
    "shrunken": Entry(spoiled(shrunken), ALL - OWN),
    "emptied": Entry(spoiled(emptied), ALL - OWN),
    "dangling": Entry(spoiled(dangling), ALL - OWN),
    "unmapped": Entry(spoiled(unmapped), ALL - OWN),
    # Operands.
    "writes": Entry(changing(0, write)),
    "writes-second": Entry(changing(1, write), TWO),
    "shrinks": Entry(changing(0, resize(lambda nbytes: nbytes // 2))),
    "shrinks-second": Entry(changing(1, resize(lambda nbytes: nbytes // 2)), TWO),
    "shrinks-last": Entry(changing(-1, resize(lambda nbytes: nbytes - 1)), TWO | OWN),
    "frees": Entry(changing(0, resize(lambda _: 0))),
    "frees-last": Entry(changing(-1, resize(lambda _: 0)), TWO | OWN),
    "grows": Entry(changing(0, resize(lambda nbytes: nbytes + 64))),
    "grows-second": Entry(changing(1, resize(lambda nbytes: nbytes + 64)), TWO),
    "sets": Entry(changing(0, set_anew)),
    "sets-last": Entry(changing(-1, set_anew), TWO | OWN),
    "lengthens": Entry(changing(0, lengthen)),
    "lengthens-last": Entry(changing(-1, lengthen), TWO | OWN),
    # Raises anything.
    "key-error": Entry(raising(lambda: KeyError("seeded"))),
    "runtime-error": Entry(raising(lambda: RuntimeError("seeded\nin two lines"))),
    "memory-error": Entry(raising(MemoryError)),
    "assertion": Entry(raising(AssertionError)),
    "stop-iteration": Entry(raising(StopIteration)),
    "not-implemented": Entry(raising(NotImplementedError)),
    "unprintable": Entry(raising(Unprintable)),
    "foreign": Entry(raising(Foreign)),
    "system-exit": Entry(raising(lambda: SystemExit(0))),
    "interrupt": Entry(raising(KeyboardInterrupt)),
    "generator-exit": Entry(raising(GeneratorExit)),
    # Ends the process.
    "exits": Entry(instead(lambda: os._exit(0))),
    "aborts": Entry(instead(os.abort)),
}


def padded(tensor: torch.Tensor) -> torch.Tensor:
    """The same elements in the same layout, on a storage of its own with 64 bytes of padding."""
    storage = tensor.untyped_storage()
    padding = torch.full([storage.nbytes() + 64], 113, dtype=torch.uint8)
    padding[: storage.nbytes()] = torch.empty(0, dtype=torch.uint8).set_(storage)
    return placed(tensor, list(tensor.size()), list(tensor.stride()), tensor.storage_offset(), padding)


def grad_mode_off(call: Call) -> Any:
    result = call.true()
    torch._C._set_grad_enabled(False)
    return result


def double_by_default(call: Call) -> Any:
    result = call.true()
    torch.set_default_dtype(torch.float64)
    return result


class Refusing(TorchDispatchMode):
    """A mode that refuses every operator."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        raise LookupError(f"no {function}")


_ENTERED: list[Any] = []


def leaving(guard: Callable[[], Any]) -> Fault:
    """A fault that gives what is right, and leaves a context entered in the thread."""

    def fault(call: Call) -> Any:
        result = call.true()
        _ENTERED.append(guard())
        _ENTERED[-1].__enter__()
        return result

    return fault


def excluding(key: str) -> Fault:
    keys = torch._C.DispatchKeySet(getattr(torch._C.DispatchKey, key))
    return leaving(lambda: torch._C._ExcludeDispatchKeyGuard(keys))


def functionalization_on(call: Call) -> Any:
    result = call.true()
    torch._enable_functionalization(reapply_views=True)
    return result


#: What a kernel may do without being wrong.
RIGHT: dict[str, Entry] = {
    "true": Entry(lambda call: call.true()),
    "padded": Entry(spoiled(padded), FRESH),
}
_calls = Counter[str]()


def at_random(call: Call) -> Any:
    """Wrong every third time."""
    _calls["at random"] += 1
    return spoiled(lambda tensor: tensor.unsqueeze(0))(call) if _calls["at random"] % 3 == 0 else call.true()


def replaces_add(call: Call) -> Any:
    torch.add = torch.sub
    return call.true()


def leaves_a_thread(call: Call) -> Any:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    return call.true()


#: What is found though each answer by itself may be right.
UNSTEADY: dict[str, Entry] = {
    "at-random": Entry(at_random),
    "replaces-add": Entry(replaces_add),
    "leaves-a-thread": Entry(leaves_a_thread),
}
#: What is put back. Where it reaches the end of an execution, it fails one rule there; none is a harness error.
SETTINGS: dict[str, Entry] = {
    "grad-mode-off": Entry(grad_mode_off),
    "double-by-default": Entry(double_by_default),
    "no-views-tracked": Entry(excluding("ADInplaceOrView")),
    "no-cpu": Entry(excluding("CPU")),
    "autocast": Entry(leaving(lambda: torch.autocast("cpu"))),
    "inference": Entry(leaving(lambda: torch._C._InferenceMode(True))),
    "python-dispatcher": Entry(leaving(torch._C._EnablePythonDispatcher)),
    "functionalization": Entry(functionalization_on),
    "mode": Entry(leaving(Refusing)),
}


def of_five(fault: Fault) -> Fault:
    """The fault where the first operand has five elements in a row; else what is right."""
    return lambda call: fault(call) if call.args[0].size() == (5,) else call.true()


#: What a kernel leaves in the thread, on some of its calls alone.
OF_FIVE = {f"{name}-of-five": Entry(of_five(SETTINGS[name].fault)) for name in [*SETTINGS][2:]}

_inside = False
_LIBRARY = torch.library.Library("aten", "IMPL")


def is_plain(value: Any) -> bool:
    return type(value) is torch.Tensor and value.device.type == "cpu" and not torch._is_functional_tensor(value)


def install(operator: str, name: str) -> None:
    """Register the wrong kernel of `operator` (`aten.t.default`), in this process, until it ends."""
    fault = (FAULTS | RIGHT | SETTINGS | OF_FIVE | UNSTEADY)[name].fault
    short = operator.removeprefix("aten.").removesuffix(".default")
    bound = torch.library.get_kernel(f"aten::{short}", "CPU")

    def kernel(keys: torch.DispatchKeySet, *args: Any, **kwargs: Any) -> Any:
        global _inside
        if _inside or not is_plain(args[0]):
            return bound.call_boxed(keys, *args, **kwargs)
        _inside = True
        try:
            return fault(Call(lambda: bound.call_boxed(keys, *args, **kwargs), args, kwargs))
        finally:
            _inside = False

    with warnings.catch_warnings(action="ignore"):  # torch warns that a kernel is overridden
        _LIBRARY.impl(short, kernel, KEYS.get(operator, "CPU"), with_keyset=True, allow_override=True)


for _operator, _name in json.loads(os.environ.get(VARIABLE, "{}")).items():
    install(_operator, _name)

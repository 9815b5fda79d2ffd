"""Observes the derivative of a read: the operand's gradient in reverse mode, the outputs' tangents in forward mode."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch.autograd import forward_ad

from viewproof.evidence.copied import ScatterGradient
from viewproof.evidence.probe import Raised, raised
from viewproof.evidence.replayed import Derivative
from viewproof.evidence.subject import Subject
from viewproof.running.session import FactsSession, tensors_of
from viewproof.tensors.bound import placed
from viewproof.tensors.elements import elements_of
from viewproof.tensors.facts import DTYPE_WORD, LAYOUT_WORD
from viewproof.tensors.numbers import bytes_of_numbers, numbers_of
from viewproof.tensors.storage_bytes import upload
from viewproof_reference.layout.derivative import sent
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import contiguous_strides, element_count


class _Sent(NamedTuple):
    """A contiguous tensor of distinct integers, and its version: whether a derivative has written to it since."""

    tensor: torch.Tensor
    version: int


_KEPT: dict[tuple[Any, ...], _Sent] = {}
_MOST_KEPT = 4096


def sent_for(tensor: torch.Tensor) -> torch.Tensor:
    """The integers that are sent back through a tensor, or forward: in one of its size, dtype and device.

    Raises ArithmeticError where the dtype cannot hold them.
    """
    key = tensor.size(), tensor.dtype, tensor.device
    kept = _KEPT.get(key)
    if kept is None or kept.tensor._version != kept.version:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        word = DTYPE_WORD[tensor.dtype]
        numbers = sent(element_count(tensor.size()), tensor.dtype.is_complex)
        content = bytes_of_numbers(word, numbers if tensor.dtype.is_complex else [one.real for one in numbers])
        storage = upload(content, str(tensor.device))
        made = placed(storage, tensor.dtype, tensor.size(), contiguous_strides(tensor.size()), 0)
        kept = _KEPT[key] = _Sent(made, made._version)
    return kept.tensor


class _NoDerivative(Exception):
    """Why a derivative has no numbers to show, in words: a wrong kernel may give what has none."""


class _TorchRaised(Exception):
    """What a call of torch's own raised: evidence, where an error of ours is none."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(type(error).__name__)
        self.error = error


@contextmanager
def _torch_alone() -> Iterator[None]:
    """Around calls of torch's, and nothing else. Raises _TorchRaised."""
    try:
        yield
    except BaseException as error:
        raise _TorchRaised(error) from error


def _unfit(tensor: Any, word: str) -> str:
    """What a thing is that integers can be neither sent through nor read from; empty where they can."""
    if type(tensor) is not torch.Tensor:
        return f"a {type(tensor).__name__}"
    if tensor.is_nested or tensor.layout is not torch.strided:
        return f"a {'nested' if tensor.is_nested else LAYOUT_WORD[tensor.layout]} tensor"
    if tensor.device.type != word:
        return f"a tensor on {tensor.device.type}"
    return "" if DTYPE_WORD[tensor.dtype] in DTYPES else f"a tensor of {tensor.dtype}"


def _sent_through(outputs: list[torch.Tensor], word: str) -> list[torch.Tensor]:
    """What is sent back through each output. Raises _NoDerivative where a wrong kernel gave one that takes nothing."""
    for output in outputs:
        unfit = _unfit(output, word)
        if unfit:
            raise _NoDerivative(f"nothing can be sent back through {unfit}")
    try:
        return [sent_for(output) for output in outputs]
    except ArithmeticError:
        raise _NoDerivative("an output is of a dtype that cannot hold what is sent") from None


def _numbers(tensor: Any, word: str) -> tuple[complex, ...] | str:
    """The elements, row-major; in words why they cannot be read."""
    unfit = _unfit(tensor, word)
    if unfit:
        return unfit
    if torch._is_zerotensor(tensor):
        return (0j,) * element_count(tensor.size())
    content = elements_of(tensor)
    if isinstance(content, str):
        return content
    # Zero has no sign that counts.
    return tuple([complex(one) + 0j for one in numbers_of(DTYPE_WORD[tensor.dtype], content).tolist()])


def _read(tensor: Any, word: str, name: str) -> tuple[complex, ...]:
    """The elements. Raises _NoDerivative where they cannot be read."""
    found = _numbers(tensor, word)
    if isinstance(found, str):
        raise _NoDerivative(f"{name} cannot be read: {found}")
    return found


def observe_gradient(session: FactsSession, subject: Subject) -> Derivative | Raised:
    """Send distinct integers backward and forward through the call."""
    built = session.build(subject)
    if isinstance(built, Raised):
        return built
    args, kwargs, _ = built
    try:
        return _derivative(session, args, kwargs)
    except _NoDerivative as why:
        return Derivative(str(why), None, ())
    except _TorchRaised as found:
        return raised(found.error)


def _derivative(session: FactsSession, args: Any, kwargs: dict[str, Any]) -> Derivative:
    operand, word = args[0], session.word
    with _torch_alone():
        outputs = tensors_of(session.call(*args, **kwargs))
    # A tensor of another class may take part in every reading of it.
    with torch._C.DisableTorchFunctionSubclass():
        if not outputs or not all(output.requires_grad for output in outputs):
            raise _NoDerivative("the output does not require grad")
    sent_back = _sent_through(outputs, word)
    with _torch_alone():
        (arrived,) = torch.autograd.grad(outputs, [operand], sent_back, allow_unused=True)
    if arrived is None:
        raise _NoDerivative("no gradient reached the operand")
    reached = _read(arrived, word, "the gradient")
    carrying = sent_for(operand)
    with _torch_alone(), forward_ad.dual_level():
        dual = forward_ad.make_dual(operand.detach(), carrying)
        duals = tensors_of(session.call(dual, *args[1:], **kwargs))
        tangents = [forward_ad.unpack_dual(one).tangent for one in duals]
    return Derivative(
        "", reached, tuple([() if one is None else _read(one, word, "a tangent") for one in tangents])
    )  # fmt: skip


def observe_scatter_gradient(session: FactsSession, subject: Subject) -> ScatterGradient | Raised:
    """The gradients of `self` and `src` when distinct integers are sent back through a scatter."""
    built = session.build(subject)
    if isinstance(built, Raised):
        return built
    args, kwargs, _ = built
    try:
        return _scatter_gradient(session, args, kwargs)
    except _NoDerivative as why:
        return ScatterGradient(str(why), str(why))
    except _TorchRaised as found:
        return raised(found.error)


def _scatter_gradient(session: FactsSession, args: Any, kwargs: dict[str, Any]) -> ScatterGradient:
    self, src, *rest = args
    followed = [self]
    with _torch_alone():
        if src.dtype.is_floating_point or src.dtype.is_complex:
            src = src.detach().requires_grad_()
            followed.append(src)
        outputs = tensors_of(session.call(self, src, *rest, **kwargs))
    sent_back = _sent_through(outputs, session.word)
    with _torch_alone():
        arrived = torch.autograd.grad(outputs, followed, sent_back, allow_unused=True)
    found = [None if one is None else _numbers(one, session.word) for one in arrived]
    return ScatterGradient(found[0], found[1] if len(found) > 1 else None)

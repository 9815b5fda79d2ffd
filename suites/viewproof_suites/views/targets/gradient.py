"""Observes the derivative of a read: the operand's gradient in reverse mode, the outputs' tangents in forward mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import torch
from torch.autograd import forward_ad

from viewproof.evidence.copied import ScatterGradient
from viewproof.evidence.probe import Raised, raised
from viewproof.evidence.replayed import Derivative
from viewproof.evidence.subject import Subject
from viewproof.running.session import FactsSession, tensors_of
from viewproof.tensors.bound import placed
from viewproof.tensors.facts import DTYPE_WORD
from viewproof.tensors.memory import cells_of, gather, reach
from viewproof.tensors.numbers import bytes_of_numbers, numbers_of
from viewproof.tensors.storage_bytes import upload
from viewproof_reference.layout.derivative import sent
from viewproof_reference.layout.model import contiguous_strides, element_count


class _Sent(NamedTuple):
    """A contiguous tensor of distinct integers, and its version: whether a derivative has written to it since."""

    tensor: torch.Tensor
    version: int


_KEPT: dict[tuple[Any, ...], _Sent] = {}
_MOST_KEPT = 4096


def sent_for(tensor: torch.Tensor) -> torch.Tensor:
    """The integers that are sent back through a tensor, or forward: in one of its size, dtype and device."""
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


def _numbers(tensor: torch.Tensor | None) -> tuple[complex, ...]:
    """The elements, row-major; none where there is no tensor. Raises ValueError where they are not in memory."""
    if tensor is None:
        return ()
    if torch._is_zerotensor(tensor):
        return (0j,) * element_count(tensor.size())
    width = tensor.element_size()
    where = tensor.size(), tensor.stride(), tensor.storage_offset()
    storage = tensor.untyped_storage()
    if not 0 <= reach(where, width) <= storage.nbytes():  # type: ignore[arg-type]  # no symbolic shapes here
        raise ValueError("a derivative leaves its storage")
    content = gather(cells_of(storage), where, width)  # type: ignore[arg-type]
    found = [complex(one) for one in numbers_of(DTYPE_WORD[tensor.dtype], content).tolist()]
    if tensor.is_conj():
        found = [one.conjugate() for one in found]
    # Zero has no sign that counts.
    return tuple([0 - one if tensor.is_neg() else one for one in found])


def observe_gradient(session: FactsSession, subject: Subject) -> Derivative | Raised:
    """Send distinct integers backward and forward through the call."""
    built = session.build(subject)
    if isinstance(built, Raised):
        return built
    args, kwargs, _ = built
    return _evidence(lambda: _derivative(session, args, kwargs))


def _derivative(session: FactsSession, args: Any, kwargs: dict[str, Any]) -> Derivative:
    operand = args[0]
    outputs = tensors_of(session.call(*args, **kwargs))
    if not outputs or not all(output.requires_grad for output in outputs):
        return Derivative("the output does not require grad", None, ())
    sent_back = [sent_for(output) for output in outputs]
    gradient: torch.Tensor | None = torch.autograd.grad(outputs, [operand], sent_back, allow_unused=True)[0]
    if gradient is None:
        return Derivative("no gradient reached the operand", None, ())
    reached = _numbers(gradient)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(operand.detach(), sent_for(operand))
        carried = tensors_of(session.call(dual, *args[1:], **kwargs))
        tangents = tuple([_numbers(forward_ad.unpack_dual(output).tangent) for output in carried])
    return Derivative("", reached, tangents)


def observe_scatter_gradient(session: FactsSession, subject: Subject) -> ScatterGradient | Raised:
    """The gradients of `self` and `src` when distinct integers are sent back through a scatter."""
    built = session.build(subject)
    if isinstance(built, Raised):
        return built
    args, kwargs, _ = built
    return _evidence(lambda: _scatter_gradient(session, args, kwargs))


def _scatter_gradient(session: FactsSession, args: Any, kwargs: dict[str, Any]) -> ScatterGradient:
    self, src, *rest = args
    followed = [self]
    if src.dtype.is_floating_point or src.dtype.is_complex:
        src = src.detach().requires_grad_()
        followed.append(src)
    outputs = tensors_of(session.call(self, src, *rest, **kwargs))
    arrived = torch.autograd.grad(outputs, followed, [sent_for(one) for one in outputs], allow_unused=True)
    found = [None if one is None else _numbers(one) for one in arrived]
    return ScatterGradient(found[0], found[1] if len(found) > 1 else None)


_Shown = TypeVar("_Shown")


def _evidence(look: Callable[[], _Shown]) -> _Shown | Raised:
    """What a look shows. It is torch's calls from the first to the last: what they raise is evidence."""
    try:
        return look()
    except BaseException as error:  # noqa: BLE001  see above
        return raised(error)

"""Observes the derivative of a read: the operand's gradient in reverse mode, the outputs' tangents in forward mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import torch
from torch.autograd import forward_ad

from viewproof.evidence.copied import ScatterGradient
from viewproof.evidence.probe import Raised
from viewproof.evidence.replayed import Derivative
from viewproof.evidence.subject import Subject
from viewproof.running.session import FactsSession, raised, tensors_of
from viewproof_reference.layout.derivative import sent
from viewproof_reference.layout.model import contiguous_strides


def _sent(tensor: torch.Tensor) -> torch.Tensor:
    numbers = sent(tensor.numel(), tensor.dtype.is_complex)
    flat = torch.tensor(numbers if tensor.dtype.is_complex else [int(one.real) for one in numbers], dtype=tensor.dtype)
    out = torch.empty(0, dtype=tensor.dtype)
    out.set_(flat.untyped_storage(), 0, tensor.size(), contiguous_strides(tensor.size()))
    return out.to(tensor.device)


class _GradientRoom(NamedTuple):
    """Contiguous tensors of one size, dtype and device: the numbers sent, their version, and buffers to read into."""

    sent: torch.Tensor
    version: int
    room: torch.Tensor
    flat: torch.Tensor


_KEPT: dict[tuple[Any, ...], _GradientRoom] = {}
_MOST_KEPT = 4096


def _kept(tensor: torch.Tensor) -> _GradientRoom:
    key = tensor.size(), tensor.dtype, tensor.device
    kept = _KEPT.get(key)
    # The same numbers are sent again, unless a derivative has written to their tensor.
    if kept is None or kept.sent._version != kept.version:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        sent_there = _sent(tensor)
        room = torch.empty(tensor.size(), dtype=tensor.dtype)
        flat = torch.empty(0, dtype=tensor.dtype).set_(room.untyped_storage(), 0, (room.numel(),), (1,))
        kept = _KEPT[key] = _GradientRoom(sent_there, sent_there._version, room, flat)
    return kept


def _numbers(tensor: torch.Tensor | None) -> tuple[complex, ...]:
    """The elements, row-major; none where there is no tensor."""
    if tensor is None:
        return ()
    kept = _kept(tensor)
    kept.room.copy_(tensor)
    return tuple([complex(value) for value in kept.flat.tolist()])


def observe_gradient(session: FactsSession, subject: Subject) -> Derivative | Raised:
    """Send distinct integers backward and forward through the call."""
    built = session.build(subject)
    if type(built) is Raised:
        return built
    args, kwargs, _ = built
    return _evidence(lambda: _derivative(session, args, kwargs))


def _derivative(session: FactsSession, args: Any, kwargs: dict[str, Any]) -> Derivative:
    operand = args[0]
    outputs = tensors_of(session.call(*args, **kwargs))
    if not outputs or not all(output.requires_grad for output in outputs):
        return Derivative("the output does not require grad", None, ())
    sent_back = [_kept(output).sent for output in outputs]
    gradient: torch.Tensor | None = torch.autograd.grad(outputs, [operand], sent_back, allow_unused=True)[0]
    if gradient is None:
        return Derivative("no gradient reached the operand", None, ())
    with torch.no_grad():
        reached = _numbers(gradient)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(operand.detach(), _kept(operand).sent)
        carried = tensors_of(session.call(dual, *args[1:], **kwargs))
        tangents = tuple([_numbers(forward_ad.unpack_dual(output).tangent) for output in carried])
    return Derivative("", reached, tangents)


def observe_scatter_gradient(session: FactsSession, subject: Subject) -> ScatterGradient | Raised:
    """The gradients of `self` and `src` when distinct integers are sent back through a scatter."""
    built = session.build(subject)
    if type(built) is Raised:
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
    arrived = torch.autograd.grad(outputs, followed, [_sent(one) for one in outputs], allow_unused=True)
    found = [None if one is None else _numbers(one) for one in arrived]
    return ScatterGradient(found[0], found[1] if len(found) > 1 else None)


_Shown = TypeVar("_Shown")


def _evidence(look: Callable[[], _Shown]) -> _Shown | Raised:
    """What a look shows. It is torch's calls from the first to the last: what they raise is evidence."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001  see above
        return raised(error)

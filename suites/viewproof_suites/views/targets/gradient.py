"""Observes the derivative of a read: the operand's gradient in reverse mode, the outputs' tangents in forward mode."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch.autograd import forward_ad

from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof.running.copying import ScatterGradient
from viewproof.running.session import FactsSession, tensors_of
from viewproof_reference.layout.derivative import expected_gradient, expected_tangent, sent
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


def _numbers(tensor: torch.Tensor) -> list[complex]:
    """The elements, row-major."""
    kept = _kept(tensor)
    kept.room.copy_(tensor)
    return [complex(value) for value in kept.flat.tolist()]


def _holds(tensor: torch.Tensor | None, expected: list[complex]) -> bool:
    return not expected if tensor is None else _numbers(tensor) == expected


def gradient_agrees(session: FactsSession, subject: Subject) -> bool:
    """Whether gradient and tangents are as the reference says; what torch raises is passed on."""
    built = session.prepare(subject)
    operand = built.args[0]
    base = subject.case.args[0].layout
    reads = [one.reads or base for one in subject.expectation.outputs or ()]
    outputs = tensors_of(session.call(*built.args, **built.kwargs))
    if len(outputs) != len(reads) or not outputs or not all(output.requires_grad for output in outputs):
        return False
    sent_back = [_kept(output).sent for output in outputs]
    gradient: torch.Tensor | None = torch.autograd.grad(outputs, [operand], sent_back, allow_unused=True)[0]
    with torch.no_grad():
        if gradient is None or not _holds(gradient, expected_gradient(base, reads)):
            return False
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(operand.detach(), _kept(operand).sent)
        carried = tensors_of(session.call(dual, *built.args[1:], **built.kwargs))
        if len(carried) != len(reads):
            return False
        tangents = [forward_ad.unpack_dual(output).tangent for output in carried]
    return all(_holds(found, expected_tangent(base, read)) for found, read in zip(tangents, reads, strict=True))


def observe_gradient(session: FactsSession, subject: Subject, observation: Observation) -> None:
    """Send distinct integers backward and forward through the call; note gradient and tangents in `observation`."""
    built = session.prepare(subject)
    operand = built.args[0]
    outputs = tensors_of(session.call(*built.args, **built.kwargs))
    if not outputs or not all(output.requires_grad for output in outputs):
        observation.gradient_note = "the output does not require grad"
        return
    sent_back = [_kept(output).sent for output in outputs]
    gradient: torch.Tensor | None = torch.autograd.grad(outputs, [operand], sent_back, allow_unused=True)[0]
    if gradient is None:
        observation.gradient_note = "no gradient reached the operand"
        return
    observation.gradient, observation.tangents = _numbers(gradient), []
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(operand.detach(), _kept(operand).sent)
        for output in tensors_of(session.call(dual, *built.args[1:], **built.kwargs)):
            tangent = forward_ad.unpack_dual(output).tangent
            observation.tangents.append([] if tangent is None else _numbers(tangent))


def observe_scatter_gradient(session: FactsSession, subject: Subject) -> ScatterGradient:
    """The gradients of `self` and `src` when distinct integers are sent back through a scatter."""
    built = session.prepare(subject)
    self, src, *rest = built.args
    followed = [self]
    if src.dtype.is_floating_point or src.dtype.is_complex:
        src = src.detach().requires_grad_()
        followed.append(src)
    (output,) = tensors_of(session.call(self, src, *rest, **built.kwargs))
    arrived = torch.autograd.grad([output], followed, [_sent(output)], allow_unused=True)
    found = [None if one is None else _numbers(one) for one in arrived]
    return ScatterGradient(found[0], found[1] if len(found) > 1 else None)

"""Fake arguments: one fake mode for all calls, one fake for tensors of equal metadata, storages shared as in the call.

A fake has nothing but metadata, so that operands with the same facts, at the same place of two calls, can use the same
one. Operands that a call writes to, and so may change, get fakes of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

from viewproof_reference.replacements.crossref.facts import facts_of, has_facts, is_alias_of
from viewproof_reference.replacements.crossref.torchs import asks_torch

KEPT = 4096
"""How many fakes are kept before all are dropped; one takes some two kilobytes."""


@asks_torch
def inner_tensor(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor in a functional wrapper; any other tensor itself. Raises ValueError where their metadata differ."""
    if not torch._is_functional_tensor(tensor):
        return tensor
    inner = torch._from_functional_tensor(tensor)
    if inner.size() != tensor.size() or inner.stride() != tensor.stride():
        wanted, got = (tuple(tensor.size()), tensor.stride()), (tuple(inner.size()), inner.stride())
        raise ValueError(f"functional wrapper: wanted an inner tensor of {wanted} (size, stride), got {got}")
    return inner


@asks_torch
def _bytes_of(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().nbytes()


class Fakes:
    """Makes fake arguments under one mode: FakeTensors where `whole`, else meta tensors of the same facts."""

    def __init__(self) -> None:
        self.mode = FakeTensorMode()
        # The cache belongs to the class, grows without bound, and keeps results after a kernel is registered.
        self.mode.cache_enabled = False
        self._kept: dict[Any, torch.Tensor] = {}

    def forget(self) -> None:
        """Drop every fake that is kept."""
        self._kept.clear()

    def of(self, tensors: Sequence[torch.Tensor], *, whole: bool, kept: bool) -> list[torch.Tensor]:
        """One fake for each tensor, in order; tensors that share a storage get fakes that do. Uses `kept` ones again.

        Raises what torch raises where a tensor has no fake.
        """
        found: list[torch.Tensor] = []
        for place, tensor in enumerate(tensors):
            mate = next((other for other in range(place) if is_alias_of(tensor, tensors[other])), None)
            if mate is not None and tensors[mate] is tensor:
                found.append(found[mate])
            elif not has_facts(tensor) or type(tensor) not in _PLAIN:
                found.append(self._made(tensor))
            elif mate is not None:
                found.append(self._placed(tensor, found[mate].untyped_storage(), whole=whole))
            else:
                found.append(self._alone(tensor, place, whole=whole, kept=kept))
        return found

    @asks_torch
    def _made(self, tensor: torch.Tensor) -> torch.Tensor:
        return self.mode.from_tensor(inner_tensor(tensor), static_shapes=True)

    def _alone(self, tensor: torch.Tensor, place: int, *, whole: bool, kept: bool) -> torch.Tensor:
        size = _bytes_of(tensor)
        if not kept:
            return self._placed(tensor, torch.UntypedStorage(size, device="meta"), whole=whole)
        # The place is part of the key, since two operands of one call with equal metadata are not one tensor.
        key = (place, facts_of(tensor), size, tensor.device, whole)
        fake = self._kept.get(key)
        if fake is None:
            if len(self._kept) >= KEPT:
                self._kept.clear()
            fake = self._placed(tensor, torch.UntypedStorage(size, device="meta"), whole=whole)
            self._kept[key] = fake
        return fake

    @asks_torch
    def _placed(self, tensor: torch.Tensor, storage: torch.UntypedStorage, *, whole: bool) -> torch.Tensor:
        meta = torch.empty(0, dtype=tensor.dtype, device="meta")
        meta.set_(storage, tensor.storage_offset(), tensor.size(), tensor.stride())
        if tensor.is_conj():
            torch._C._set_conj(meta, True)
        if tensor.is_neg():
            torch._C._set_neg(meta, True)
        if tensor.requires_grad:
            meta.requires_grad_()
        return FakeTensor(self.mode, meta, tensor.device) if whole else meta


_PLAIN = frozenset({torch.Tensor, torch.nn.Parameter})

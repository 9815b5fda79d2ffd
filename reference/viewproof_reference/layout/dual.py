"""Layout rules over forward-mode dual tensors: _make_dual, _fw_primal, _unpack_dual.

The first operand is `self` in the names of components, whatever the schema calls it. Where the result is dual,
`shares` and `reads` speak of its primal. Sizes, strides and offsets count elements; `storage_bytes` bytes. Sources:
torch/csrc/autograd/autograd_meta.cpp (`AutogradMeta::set_fw_grad`, `has_same_meta`), VariableTypeManual.cpp
(`_fw_primal`, `_make_dual`), aten/src/ATen/native/AutogradComposite.cpp (`_unpack_dual`),
TensorFactories.cpp (`_new_zeros_with_same_feature_meta`).
"""

from __future__ import annotations

from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import DualLayout, Layout, Output, Refusal
from viewproof_reference.layout.registry import layout_rule

_DIFFERENTIABLE = frozenset({"float", "complex"})


def _need_level(level: int) -> None:
    if level != 0:
        raise Refusal("RuntimeError", f"level: wanted 0, got {level}")


def _alike(primal: Layout, tangent: Layout) -> bool:
    """Whether a tangent can stand for the primal under the same view operators, as it is.

    Same offset, strides (where an extent is above 1), lazy bits and number of elements in storage; the dtype is free.
    """
    if primal.offset != tangent.offset or primal.conj != tangent.conj or primal.neg != tangent.neg:
        return False
    if primal.storage_bytes // DTYPES[primal.dtype].itemsize != tangent.storage_bytes // DTYPES[tangent.dtype].itemsize:
        return False
    return all(extent <= 1 or mine == theirs
        for extent, mine, theirs in zip(primal.size, primal.stride, tangent.stride, strict=True))  # fmt: skip


@layout_rule("_make_dual.default")
def make_dual(primal: Layout | DualLayout, tangent: Layout | DualLayout, level: int) -> Output:
    """A view of `primal` that carries `tangent`, or a copy of it laid out as the primal where the two differ.

    The copy has the primal's geometry, dtype, lazy bits and storage size. Refused: sizes that differ, dtypes that
    are not floating or complex, an operand that carries a tangent already, a level but 0, and a copy that would
    write one element twice.
    """
    _need_level(level)
    if isinstance(primal, DualLayout):
        if primal.tangent is not None:
            raise Refusal("RuntimeError", "primal: wanted a tensor without a tangent, got a dual one")
        primal = primal.primal
    if isinstance(tangent, DualLayout):
        if tangent.tangent is not None:
            raise Refusal("RuntimeError", "tangent: wanted a tensor without a tangent, got a dual one")
        tangent = tangent.primal
    if primal.size != tangent.size:
        raise Refusal("RuntimeError", f"tangent: wanted size {primal.size}, got {tangent.size}")
    if DTYPES[primal.dtype].kind not in _DIFFERENTIABLE or DTYPES[tangent.dtype].kind not in _DIFFERENTIABLE:
        raise Refusal("RuntimeError", f"wanted floating or complex dtypes, got {primal.dtype}, {tangent.dtype}")
    if not _alike(primal, tangent):
        size, stride = primal.size, primal.stride
        twice = any(extent > 1 and step == 0 for extent, step in zip(size, stride, strict=True))
        if twice and 0 not in size:
            raise Refusal("RuntimeError", f"primal: strides {stride} hold one element twice, and no copy can")
        tangent = primal
    return Output(DualLayout(primal, tangent), "self", primal, "self")


def _primal(self: Layout | DualLayout) -> Output:
    if isinstance(self, DualLayout):
        return Output(self.primal, "self.primal", self.primal, "self.primal")
    return Output(self, "self", self, "self")


@layout_rule("_fw_primal.default")
def fw_primal(self: Layout | DualLayout, level: int) -> Output:
    """A view of the primal, which carries no tangent; of a plain tensor, a view."""
    _need_level(level)
    return _primal(self)


@layout_rule("_unpack_dual.default")
def unpack_dual(dual: Layout | DualLayout, level: int) -> tuple[Output, ...]:
    """A view of the primal, and the tangent; where there is no tangent torch returns None, and here is no second."""
    _need_level(level)
    primal = _primal(dual)
    if isinstance(dual, DualLayout) and dual.tangent is not None:
        return primal, Output(dual.tangent, "self.tangent", dual.tangent, "self.tangent")
    return (primal,)

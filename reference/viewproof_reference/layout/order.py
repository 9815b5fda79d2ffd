"""Layout rules that reorder dimensions: permute, transpose, t, movedim and their other names, T, mT, mH, H.

Sizes and strides are in elements. Sources: aten/src/ATen/native/TensorShape.cpp (`permute`, `transpose`, `t`,
`movedim`, `numpy_T`, `mT`, `mH`, `matrix_H`, `adjoint`).
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.algebra import is_complex, wrap_dim, wrap_dims
from viewproof_reference.layout.model import Layout, Output, Refusal
from viewproof_reference.layout.registry import layout_rule


@layout_rule("permute.default")
def permute(self: Layout, dims: Sequence[int]) -> Layout:
    """Dimension i of the result is dimension `dims[i]`; every dimension once."""
    rank = len(self.size)
    if len(dims) != rank:
        raise Refusal("RuntimeError", f"dims: wanted {rank} dimensions, got {tuple(dims)}")
    return _ordered(self, wrap_dims(dims, rank))


def _ordered(self: Layout, order: Sequence[int]) -> Layout:
    """The dimensions in this order (wrapped already)."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    sizes, strides = tuple([size[dim] for dim in order]), tuple([stride[dim] for dim in order])
    return Layout(sizes, strides, offset, dtype, conj, neg, storage_bytes)


def _swap(self: Layout, dim0: int, dim1: int, conj: bool) -> Layout:
    """Dimensions `dim0` and `dim1` (wrapped already) exchanged, under the conj bit given."""
    size, stride, offset, dtype, _, neg, storage_bytes = self
    if dim0 != dim1:
        sizes, strides = list(size), list(stride)
        sizes[dim0], sizes[dim1] = sizes[dim1], sizes[dim0]
        strides[dim0], strides[dim1] = strides[dim1], strides[dim0]
        size, stride = tuple(sizes), tuple(strides)
    return Layout(size, stride, offset, dtype, conj, neg, storage_bytes)


@layout_rule("transpose.int", "swapdims.default")
def transpose(self: Layout, dim0: int, dim1: int) -> Layout:
    """Two dimensions exchanged; a 0-d tensor has one to exchange with itself."""
    rank = len(self.size)
    return _swap(self, wrap_dim(dim0, rank, "dim0"), wrap_dim(dim1, rank, "dim1"), self.conj)


@layout_rule("swapaxes.default")
def swapaxes(self: Layout, axis0: int, axis1: int) -> Layout:
    """`transpose` under numpy's name and argument names."""
    return transpose(self, axis0, axis1)


@layout_rule("t.default")
def t(self: Layout) -> Layout:
    """A matrix transposed; rank 0 and 1 stay as they are, a higher one is refused."""
    if len(self.size) > 2:
        raise Refusal("RuntimeError", f"self: wanted at most 2 dimensions, got {len(self.size)}")
    return _swap(self, 0, len(self.size) - 1 if self.size else 0, self.conj)


@layout_rule("movedim.intlist", "moveaxis.intlist")
def movedim(self: Layout, source: Sequence[int], destination: Sequence[int]) -> Layout:
    """Dimension `source[i]` becomes dimension `destination[i]`; the others keep their order in the places left."""
    if len(source) != len(destination):
        raise Refusal("RuntimeError", f"destination: wanted {len(source)} dimensions, got {len(destination)}")
    rank = len(self.size)
    sources = [wrap_dim(dim, rank, "source") for dim in source]
    places = [wrap_dim(dim, rank, "destination") for dim in destination]
    if len(set(sources)) < len(sources) or len(set(places)) < len(places):
        raise Refusal("RuntimeError", f"source, destination: wanted each once, got {sources}, {places}")
    if not rank:
        return self
    order = [dim for dim in range(rank) if dim not in sources]
    for place, dim in sorted(zip(places, sources, strict=True)):
        order.insert(place, dim)
    return _ordered(self, order)


@layout_rule("movedim.int", "moveaxis.int")
def movedim_int(self: Layout, source: int, destination: int) -> Layout:
    """`movedim` of one dimension."""
    return movedim(self, (source,), (destination,))


@layout_rule("numpy_T.default")
def numpy_t(self: Layout) -> Layout:
    """All dimensions in reverse."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    return Layout(size[::-1], stride[::-1], offset, dtype, conj, neg, storage_bytes)


def _last_two(self: Layout) -> tuple[int, int]:
    """The last two dimensions; of a 0-d tensor (0, 0), so that nothing is exchanged."""
    rank = len(self.size)
    if rank == 1:
        raise Refusal("RuntimeError", "self: wanted 2 dimensions or more, or none, got a vector")
    return (rank - 2, rank - 1) if rank else (0, 0)


def _itself(self: Layout) -> Output:
    return Output(self, "self", self, "self", True)


@layout_rule("mT.default")
def matrix_transpose(self: Layout) -> Layout | Output:
    """The last two dimensions exchanged. A 0-d tensor is returned as it is, the very one; a vector is refused."""
    if not self.size:
        return _itself(self)
    return _swap(self, *_last_two(self), self.conj)


@layout_rule("mH.default", "adjoint.default")
def adjoint(self: Layout) -> Layout | Output:
    """`mT`, and a complex tensor's conj bit flips: of a 0-d one too; a real 0-d tensor is returned as it is."""
    if not self.size and not is_complex(self.dtype):
        return _itself(self)
    return _swap(self, *_last_two(self), self.conj ^ is_complex(self.dtype))


@layout_rule("matrix_H.default")
def matrix_h(self: Layout) -> Layout | Output:
    """`adjoint` of a matrix; of rank 0 too, where nothing is exchanged."""
    rank = len(self.size)
    if rank not in (0, 2):
        raise Refusal("RuntimeError", f"self: wanted a matrix, got {rank} dimensions")
    if rank == 0 and not is_complex(self.dtype):
        return _itself(self)
    return _swap(self, 0, max(rank - 1, 0), self.conj ^ is_complex(self.dtype))

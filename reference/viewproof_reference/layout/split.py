"""Layout rules of several outputs: split, split_with_sizes, chunk, tensor_split, h/v/dsplit, unbind.

Every piece is a run of indices along one dimension: strides stay, offsets (elements) move. Source:
aten/src/ATen/native/TensorShape.cpp (`split`, `split_with_sizes`, `chunk`, `tensor_split`, `hsplit`, `unbind`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from viewproof_reference.layout.algebra import wrap_dim
from viewproof_reference.layout.index import slice_
from viewproof_reference.layout.model import KnownTensor, Layout, Refusal
from viewproof_reference.layout.registry import layout_rule

Layouts = tuple[Layout, ...]
#: The most pieces that are listed, each with a layout of its own.
MOST_PIECES = 2**20


def _pieces(self: Layout, dim: int, lengths: Iterable[int]) -> Layouts:
    """Runs of the given lengths along `dim` (wrapped already), one after the other."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    before, after, step = size[:dim], size[dim + 1 :], stride[dim]
    found = []
    for length in lengths:
        found.append(Layout((*before, length, *after), stride, offset, dtype, conj, neg, storage_bytes))
        offset += length * step
    return tuple(found)


def _listed(number: int) -> int:
    """A number of pieces that can be listed. Raises OverflowError for more: torch would fill the memory with them."""
    if number > MOST_PIECES:
        raise OverflowError(f"wanted at most {MOST_PIECES} pieces, got {number}")
    return number


def _need_dims(self: Layout, least: int) -> None:
    if len(self.size) < least:
        raise Refusal("RuntimeError", f"self: wanted {least} dimensions or more, got {len(self.size)}")


@layout_rule("split.Tensor")
def split(self: Layout, split_size: int, dim: int = 0) -> Layouts:
    """Runs of `split_size` indices, the last one shorter; of an empty dimension one empty run.

    A `split_size` of 0 is for an empty dimension only.
    """
    _need_dims(self, 1)
    if split_size < 0:
        raise Refusal("RuntimeError", f"split_size: wanted 0 or more, got {split_size}")
    dim = wrap_dim(dim, len(self.size))
    extent = self.size[dim]
    if split_size == 0 and extent:
        raise Refusal("RuntimeError", f"split_size: wanted 1 or more for {extent} indices, got 0")
    if extent <= split_size:
        return (self,)
    return _pieces(self, dim, [min(split_size, extent - start) for start in range(0, extent, split_size)])


@layout_rule("split_with_sizes.default")
def split_with_sizes(self: Layout, split_sizes: Sequence[int], dim: int = 0) -> Layouts:
    """Runs of the given lengths, which together are the whole dimension."""
    _need_dims(self, 1)
    dim = wrap_dim(dim, len(self.size))
    if any(length < 0 for length in split_sizes) or sum(split_sizes) != self.size[dim]:
        raise Refusal("RuntimeError", f"split_sizes: wanted {self.size[dim]} in all, got {tuple(split_sizes)}")
    return _pieces(self, dim, split_sizes)


@layout_rule("split.sizes")
def split_sizes(self: Layout, split_size: Sequence[int], dim: int = 0) -> Layouts:
    """`split_with_sizes` under the name of `split`."""
    return split_with_sizes(self, split_size, dim)


@layout_rule("chunk.default")
def chunk(self: Layout, chunks: int, dim: int = 0) -> Layouts:
    """`split` by the extent over `chunks`, rounded up, so perhaps fewer runs; an empty dimension gives all, empty."""
    _need_dims(self, 1)
    if chunks <= 0:
        raise Refusal("RuntimeError", f"chunks: wanted 1 or more, got {chunks}")
    dim = wrap_dim(dim, len(self.size))
    extent = self.size[dim]
    if extent == 0:
        return _pieces(self, dim, [0] * _listed(chunks))
    return split(self, (extent + chunks - 1) // chunks, dim)


@layout_rule("tensor_split.sections")
def tensor_split(self: Layout, sections: int, dim: int = 0) -> Layouts:
    """`sections` runs as even as can be; the longer ones come first."""
    _need_dims(self, 1)
    dim = wrap_dim(dim, len(self.size))
    if sections <= 0:
        raise Refusal("RuntimeError", f"sections: wanted 1 or more, got {sections}")
    short, longer = divmod(self.size[dim], _listed(sections))
    return _pieces(self, dim, [short + 1] * longer + [short] * (sections - longer))


@layout_rule("tensor_split.indices")
def tensor_split_indices(self: Layout, indices: Sequence[int], dim: int = 0) -> Layouts:
    """The slices between neighbours of 0, `indices`, and the end; each is clamped as `slice` does it."""
    _need_dims(self, 1)
    dim = wrap_dim(dim, len(self.size))
    found = []
    start = 0
    for end in indices:
        found.append(slice_(self, dim, start, end))
        start = end
    found.append(slice_(self, dim, start, self.size[dim]))
    return tuple(found)


@layout_rule("tensor_split.tensor_indices_or_sections")
def tensor_split_tensor(self: Layout, tensor_indices_or_sections: KnownTensor, dim: int = 0) -> Layouts:
    """A 0-d int64 tensor is a number of sections, a 1-d one is a list of indices."""
    _need_dims(self, 1)
    given = tensor_indices_or_sections
    if len(given.layout.size) > 1 or given.layout.dtype != "int64":
        raise Refusal("RuntimeError", f"indices: wanted an int64 tensor of rank 0 or 1, got {given.layout}")
    if not given.layout.size:
        return tensor_split(self, given.values[0], dim)
    return tensor_split_indices(self, given.values, dim)


def _even(self: Layout, sections: int, dim: int) -> Layouts:
    """`tensor_split` that refuses sections of unlike lengths."""
    if sections <= 0 or self.size[dim] % sections:
        raise Refusal("RuntimeError", f"sections: wanted a divisor of {self.size[dim]}, got {sections}")
    return tensor_split(self, sections, dim)


@layout_rule("hsplit.int")
def hsplit(self: Layout, sections: int) -> Layouts:
    """Even runs along dimension 1, or 0 of a vector."""
    _need_dims(self, 1)
    return _even(self, sections, 0 if len(self.size) == 1 else 1)


@layout_rule("hsplit.array")
def hsplit_array(self: Layout, indices: Sequence[int]) -> Layouts:
    """`tensor_split` at `indices` along dimension 1, or 0 of a vector."""
    _need_dims(self, 1)
    return tensor_split_indices(self, indices, 0 if len(self.size) == 1 else 1)


@layout_rule("vsplit.int")
def vsplit(self: Layout, sections: int) -> Layouts:
    """Even runs along dimension 0 of a tensor of rank 2 or more."""
    _need_dims(self, 2)
    return _even(self, sections, 0)


@layout_rule("vsplit.array")
def vsplit_array(self: Layout, indices: Sequence[int]) -> Layouts:
    """`tensor_split` at `indices` along dimension 0 of a tensor of rank 2 or more."""
    _need_dims(self, 2)
    return tensor_split_indices(self, indices, 0)


@layout_rule("dsplit.int")
def dsplit(self: Layout, sections: int) -> Layouts:
    """Even runs along dimension 2 of a tensor of rank 3 or more."""
    _need_dims(self, 3)
    return _even(self, sections, 2)


@layout_rule("dsplit.array")
def dsplit_array(self: Layout, indices: Sequence[int]) -> Layouts:
    """`tensor_split` at `indices` along dimension 2 of a tensor of rank 3 or more."""
    _need_dims(self, 3)
    return tensor_split_indices(self, indices, 2)


@layout_rule("unbind.int")
def unbind(self: Layout, dim: int = 0) -> Layouts:
    """Every index along `dim` selected, in order; an empty dimension gives nothing."""
    size, stride, offset, dtype, conj, neg, storage_bytes = self
    dim = wrap_dim(dim, len(size))
    if not size:
        raise Refusal("IndexError", "self: wanted a dimension to unbind, got a 0-d tensor")
    new_size, new_stride, step = size[:dim] + size[dim + 1 :], stride[:dim] + stride[dim + 1 :], stride[dim]
    bits = (dtype, conj, neg, storage_bytes)
    return tuple([Layout(new_size, new_stride, offset + index * step, *bits) for index in range(size[dim])])

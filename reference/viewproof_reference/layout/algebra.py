"""Arithmetic on sizes and strides that several layout rules share.

All sizes, strides and counts are in elements. Sources: c10/core/WrapDimMinimal.cpp (`maybe_wrap_dim`),
aten/src/ATen/InferSize.h (`infer_size`), aten/src/ATen/TensorUtils.cpp (`computeStride`),
aten/src/ATen/ExpandUtils.cpp (`inferExpandGeometry`), c10/core/Contiguity.h.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Refusal, Size, contiguous_strides

INT64_MAX = 2**63 - 1


def wrap_dim(dim: int, rank: int, what: str = "dim", scalar: bool = True) -> int:
    """`dim` counted from the front: -rank..-1 become 0..rank-1.

    A rank of 0 counts as 1 where `scalar` holds (most operators); else a 0-d tensor has no dimension to name.
    Refusal IndexError outside the range. `what` is the argument's name in the message.
    """
    if 0 <= dim < rank:
        return dim
    if -rank <= dim < 0:
        return dim + rank
    if rank == 0 and scalar and (dim == 0 or dim == -1):
        return 0
    raise Refusal("IndexError", f"{what}: wanted a dimension of a tensor of rank {rank}, got {dim}")


def wrap_dims(dims: Sequence[int], rank: int, what: str = "dims") -> list[int]:
    """Each of `dims` as `wrap_dim` has it; Refusal RuntimeError where one dimension is named twice.

    The first fault from the left decides which of the two refusals it is.
    """
    wrapped: list[int] = []
    for dim in dims:
        place = dim if 0 <= dim < rank else wrap_dim(dim, rank, what)
        if place in wrapped:
            raise Refusal("RuntimeError", f"{what}: wanted each dimension once, got {tuple(dims)}")
        wrapped.append(place)
    return wrapped


def fits(value: int, what: str) -> int:
    """`value` where torch's int64 can hold it; else Refusal RuntimeError, naming `what` it is."""
    if value > INT64_MAX:
        raise Refusal("RuntimeError", f"{what}: wanted at most {INT64_MAX}, got {value}")
    return value


def infer_size(size: Sequence[int], count: int) -> Size:
    """`size` with its one -1 replaced so that the product is `count` elements.

    Refusal RuntimeError for two -1, for a negative extent, for a product that cannot be `count`, and for a -1 that
    any value would fill (another extent is 0).
    """
    known = 1
    hole = -1
    for position, extent in enumerate(size):
        if extent >= 0:
            known *= extent
        elif extent != -1:
            raise Refusal("RuntimeError", f"size: wanted extents of -1 or more, got {extent}")
        elif hole >= 0:
            raise Refusal("RuntimeError", f"size: wanted at most one -1, got {tuple(size)}")
        else:
            hole = position
    if hole < 0:
        if known == count:
            return tuple(size)
    elif known == 0:
        if count == 0:
            raise Refusal("RuntimeError", f"size: -1 could be anything in {tuple(size)}")
    elif count % known == 0:
        return (*size[:hole], count // known, *size[hole + 1 :])
    raise Refusal("RuntimeError", f"size: wanted {count} elements, got {tuple(size)}")


def restride(size: Size, stride: Size, new_size: Size) -> Size | None:
    """Strides that show the elements of (`size`, `stride`) as `new_size`, in the same order; None where none can.

    The two sizes must count equally many elements. The old dimensions fall into runs, each of which is one evenly
    spaced row of positions; the new ones must fill run after run exactly. New dimensions of size 1 go to the run
    that they end. Nothing to space: a 0-d tensor gives 1 everywhere, an empty one keeps its strides under its own
    size and is contiguous under another.
    """
    if not size:
        return (1,) * len(new_size)
    if 0 in size:
        if size == new_size:
            return stride
        strides = contiguous_strides(new_size)
        fits(max(strides), "stride")
        return strides
    result: list[int] = [0] * len(new_size)
    slot = len(new_size) - 1
    step = stride[-1]
    room = 1
    for dim in range(len(size) - 1, -1, -1):
        room *= size[dim]
        if dim and (size[dim - 1] == 1 or stride[dim - 1] == room * step):
            continue
        filled = 1
        while slot >= 0 and (filled < room or new_size[slot] == 1):
            result[slot] = filled * step
            filled *= new_size[slot]
            slot -= 1
        if filled != room:
            return None
        room = 1
        step = stride[dim - 1]
    return tuple(result)


def broadcast_strides(size: Size, stride: Size, target: Sequence[int]) -> tuple[Size, Size]:
    """The size and strides of (`size`, `stride`) expanded to `target`, where -1 keeps an extent.

    An extent of 1 that grows gets stride 0. A new leading dimension of size 1 gets the stride that a contiguous
    neighbour would have; every stride of an expanded 0-d tensor is 0. Refusal RuntimeError where the extents do not
    match, a new dimension is negative, or there are more elements than int64 counts.
    """
    rank, wanted = len(size), len(target)
    if wanted < rank:
        raise Refusal("RuntimeError", f"size: wanted at least {rank} dimensions, got {wanted}")
    lead = wanted - rank
    sizes = list(target)
    strides = [0] * wanted
    count = 1
    for place in range(wanted - 1, -1, -1):
        extent = sizes[place]
        if place < lead:
            if extent < 0:
                raise Refusal("RuntimeError", f"size: wanted an extent for new dimension {place}, got {extent}")
            if extent == 1 and rank:
                strides[place] = fits(sizes[place + 1] * strides[place + 1], "stride")
            count *= extent
            continue
        old = size[place - lead]
        if extent == -1 or extent == old:
            sizes[place] = extent = old
            strides[place] = stride[place - lead]
        elif old != 1 or extent < 0:
            raise Refusal("RuntimeError", f"size: wanted {old} at dimension {place}, got {extent}")
        count *= extent
    if count > INT64_MAX:
        fits(count, "element count")
    return tuple(sizes), tuple(strides)


def is_contiguous(size: Size, stride: Size) -> bool:
    """Whether the elements lie in row-major order without gaps; strides of size-1 dimensions do not count."""
    if 0 in size:
        return True
    step = 1
    for dim in range(len(size) - 1, -1, -1):
        extent = size[dim]
        if extent != 1:
            if stride[dim] != step:
                return False
            step *= extent
    return True


def span(size: Size, stride: Size) -> int:
    """Elements of storage from the first to past the last one that (`size`, `stride`) reads; 0 where empty."""
    last = 1
    for extent, step in zip(size, stride, strict=True):
        if extent == 0:
            return 0
        last += (extent - 1) * step
    return last


def positions(layout: Layout) -> list[int]:
    """The storage position (elements) that each element reads, in logical order, by enumeration."""
    found = [layout.offset]
    for extent, step in zip(layout.size, layout.stride, strict=True):
        found = [start + index * step for start in found for index in range(extent)]
    return found


def is_complex(dtype: str) -> bool:
    """Whether `dtype` is one of torch's complex dtypes."""
    return DTYPES[dtype].kind == "complex"

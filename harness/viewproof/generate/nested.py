"""Whole calls on nested bases: views of a flat buffer as components, in the strided and in the jagged layout."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from viewproof.cases.model import NestedArgument, TensorArgument
from viewproof.generate.bases import EVERY, known, plain
from viewproof.generate.registry import WholeCall, composite
from viewproof_reference.layout.model import Size, contiguous_strides, element_count

# Component sizes of one nested tensor.
COMPONENTS: tuple[tuple[Size, ...], ...] = (
    ((2,), (3,)), ((4,),), ((2, 2), (3, 2)), ((1, 3), (2, 3), (2, 3)), ((2, 3), (3, 2)), ((0, 2), (2, 2)),
    ((2, 1, 3), (1, 2, 3)), ((1,), (1,), (5,)), ((3, 1), (1, 4), (2, 2)), ((2, 2, 2), (2, 2, 2)),
)  # fmt: skip


def _matrix(rows: tuple[Size, ...]) -> TensorArgument:
    return known(tuple(one for row in rows for one in row), (len(rows), len(rows[0])))


@composite("nested", "_nested_view_from_buffer.default")
def view_from_buffer(wide: bool) -> Iterator[WholeCall]:
    """Components one after the other, in reverse, transposed and with gaps between them, on a flat buffer."""
    dtypes = 21 if wide else 2
    for turn, sizes in enumerate(COMPONENTS):
        dense = tuple(contiguous_strides(size) for size in sizes)
        turned = tuple(tuple(reversed(contiguous_strides(tuple(reversed(size))))) for size in sizes)
        counts = [element_count(size) for size in sizes]
        for gap in (0, 2):
            offsets: list[int] = []
            end = gap
            for count in counts:
                offsets.append(end)
                end += count + gap
            for step in range(dtypes):
                dtype = EVERY[(turn * 4 + gap + step * 9) % len(EVERY)] if step else ("float32", "int64")[gap // 2]
                buffer = plain(dtype, (end,), (1,))
                for strides in dict.fromkeys((dense, turned)):
                    yield (buffer, _matrix(sizes), _matrix(strides), known(tuple(offsets), (len(sizes),))), ()
                if len(sizes) > 1 and gap:
                    order = tuple(reversed(range(len(sizes))))
                    flipped = tuple(sizes[one] for one in order), tuple(dense[one] for one in order)
                    backward = known(tuple(offsets[one] for one in order), (len(sizes),))
                    yield (buffer, _matrix(flipped[0]), _matrix(flipped[1]), backward), ()


def _jagged(values: TensorArgument, offsets: Size, ragged: int = 1) -> NestedArgument:
    size, stride = values.layout.size, values.layout.stride
    outer = ragged - 1
    sizes = tuple((*size[:outer], end - start, *size[ragged:])
                  for start, end in pairwise(offsets))  # fmt: skip
    starts = tuple(values.layout.offset + start * stride[outer] for start in offsets[:-1])
    return NestedArgument(values, sizes, (stride,) * len(sizes), starts, True)


DUMMY = _jagged(plain("float32", (3, 3), (3, 1)), (0, 1, 3))
OFFSETS: tuple[Size, ...] = ((0, 2, 5, 6), (0, 6), (0, 0, 6), (0, 1, 2, 3, 4, 5, 6), (0, 3, 3, 6))
VALUES: tuple[tuple[Size, Size, int], ...] = (
    ((6,), (1,), 0), ((6, 2), (2, 1), 0), ((6, 3), (3, 1), 2), ((6, 2), (1, 6), 0), ((6, 2, 2), (4, 2, 1), 0),
    ((6, 1), (1, 1), 0), ((6, 2), (4, 1), 1), ((6, 2), (4, 2), 0),
)  # fmt: skip


def _bound(length: int) -> TensorArgument:
    # A sequence bound travels as the extent of an empty tensor: torch reads its size, never its data.
    return known((), (length, 0))


def _jagged_values(wide: bool) -> Iterator[tuple[TensorArgument, Size]]:
    turn = 0
    for place in VALUES:
        for offsets in OFFSETS:
            for step in range(6 if wide else 1):
                dtype = ("float32", *EVERY)[(turn * 4 + step * 5) % 22]
                yield plain(dtype, *place), offsets
            turn += 1


@composite("nested", "_nested_view_from_jagged.default")
def view_from_jagged(wide: bool) -> Iterator[WholeCall]:
    """Values with offsets, with lengths that leave holes, with the ragged dimension further in, with known bounds."""
    for turn, (values, offsets) in enumerate(dict.fromkeys(_jagged_values(wide))):
        count = len(offsets) - 1
        index = known(offsets, (count + 1,), "int32" if turn % 4 == 3 else "int64")
        parts = tuple(end - start for start, end in pairwise(offsets))
        yield (values, index, DUMMY), ()
        if turn % 3 == 0:
            least, most = _bound(min(parts)), _bound(max(parts))
            yield (values, index, DUMMY, None, 1, least, most), ()
        if turn % 3 == 1:
            lengths = known(tuple(max(part - 1, 0) for part in parts), (count,), index.layout.dtype)
            yield (values, index, DUMMY, lengths), ()
        if turn % 3 == 2 and len(values.layout.size) == 3:
            moved = plain(values.layout.dtype, (2, 6, 2), (12, 2, 1))
            yield (moved, index, DUMMY, None, 2), ()


@composite("nested", "_nested_get_values.default")
def get_values(wide: bool) -> Iterator[WholeCall]:
    """The values of jagged tensors; a plain tensor has none."""
    for values, offsets in dict.fromkeys(_jagged_values(wide)):
        yield (_jagged(values, offsets),), ()
    yield (plain("float32", (2, 3), (3, 1)),), ()

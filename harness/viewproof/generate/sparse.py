"""Whole calls on sparse bases: the accessors of COO and compressed tensors, coalesce and _sparse_broadcast_to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from viewproof.cases.model import SparseArgument, TensorArgument
from viewproof.generate.bases import EVERY, known, plain
from viewproof.generate.registry import Whole, WholeCall, composite
from viewproof_reference.layout.model import Size, contiguous_strides

COMPRESSED = ("sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc")


def _values(dtype: str, size: Size) -> TensorArgument:
    return plain(dtype, size, contiguous_strides(size))


@cache
def coo_bases(wide: bool) -> tuple[SparseArgument, ...]:
    """COO bases: by sparse rank, dense rank, number of entries, dtype, coalesced or with one entry twice."""
    found: list[SparseArgument] = []
    turn = 0
    for sparse_size in ((4,), (3, 4), (2, 3), (2, 2, 3), (1,), (5, 2)):
        for dense_size in ((), (2,), (2, 3), (1,), (0,)):
            for count in (0, 1, 2, 3, 5):
                rank = len(sparse_size)
                cells = 1
                for extent in sparse_size:
                    cells *= extent
                for coalesced in (True, False):
                    if coalesced and count > cells:
                        continue
                    rows = [[0] * count for _ in range(rank)]
                    for entry in range(count):
                        cell = entry * cells // count if coalesced else (count - 1 - entry) // 2 % cells
                        for dim in reversed(range(rank)):
                            cell, rows[dim][entry] = divmod(cell, sparse_size[dim])
                    indices = known(tuple(one for row in rows for one in row), (rank, count))
                    for step in range(3 if wide else 1):
                        dtype = EVERY[(turn + step * 7) % len(EVERY)] if turn % 2 or step else "float32"
                        values = _values(dtype, (count, *dense_size))
                        found.append(
                            SparseArgument("sparse_coo", (*sparse_size, *dense_size), indices, None, values, coalesced)
                        )
                    turn += 1
    unique = tuple(dict.fromkeys(found))
    return unique if wide else unique[::3]


def _pattern(rows: int, columns: int, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    # `count` entries over `rows`, as even as they fall, each row's columns in order.
    per_row = [count * (row + 1) // rows - count * row // rows for row in range(rows)] if rows else []
    crow = [0]
    plain_indices: list[int] = []
    for here in per_row:
        crow.append(crow[-1] + here)
        plain_indices += range(columns - here, columns)
    return tuple(crow), tuple(plain_indices)


@cache
def compressed_bases(kind: str, wide: bool) -> tuple[SparseArgument, ...]:
    """Bases of one compressed layout: by size, number of entries, block, batch, dense part, index width and dtype."""
    found: list[SparseArgument] = []
    blocked = kind in ("sparse_bsr", "sparse_bsc")
    by_row = kind in ("sparse_csr", "sparse_bsr")
    turn = 0
    for rows, columns in ((2, 3), (3, 2), (4, 4), (1, 4), (3, 3)):
        for count in (0, 1, 2, 3, 4):
            outer, inner = (rows, columns) if by_row else (columns, rows)
            if count > outer * inner or -(-count // outer) > inner:
                continue
            for block in ((1, 2), (2, 2), (2, 3)) if blocked else ((),):
                for batch, dense in (((), ()), ((2,), ()), ((), (2,)), ((2,), (3,))):
                    compressed, bare = _pattern(outer, inner, count)
                    copies = batch[0] if batch else 1
                    width = "int32" if turn % 3 == 2 else "int64"
                    size = (rows * block[0], columns * block[1]) if block else (rows, columns)
                    for step in range(3 if wide else 1):
                        dtype = EVERY[(turn + step * 7) % len(EVERY)] if turn % 2 or step else "float32"
                        found.append(
                            SparseArgument(
                                kind,
                                (*batch, *size, *dense),
                                known(compressed * copies, (*batch, outer + 1), width),
                                known(bare * copies, (*batch, count), width),
                                _values(dtype, (*batch, count, *block, *dense)),
                            )
                        )
                    turn += 1
    unique = tuple(dict.fromkeys(found))
    return unique if wide else unique[:: 5 if blocked else 2]


DENSE = plain("float32", (2, 3), (3, 1)), plain("int64", (4,), (1,)), plain("float64", (), ())


def _alone(accepted: Callable[[bool], tuple[SparseArgument, ...]], kinds: tuple[str, ...], first: bool = True) -> Whole:
    # Every base that the accessor is for; with them a few of the other layouts, which it must refuse.
    def calls(wide: bool) -> Iterator[WholeCall]:
        for base in accepted(wide):
            yield (base,), ()
        if not first:
            return
        for dense in DENSE:
            yield (dense,), ()
        for kind in COMPRESSED:
            if kind not in kinds:
                for base in compressed_bases(kind, False)[3:5]:
                    yield (base,), ()

    return calls


def _coo_values(wide: bool) -> Iterator[WholeCall]:
    for turn, base in enumerate(coo_bases(wide)):
        if base.coalesced or turn % 4 == 1:
            yield (base,), ()
    for dense in DENSE:
        yield (dense,), ()


def _coo_only(wide: bool) -> Iterator[WholeCall]:
    yield from _coo_values(wide)
    for kind in COMPRESSED:
        yield (compressed_bases(kind, False)[3],), ()


composite("sparse_coo", "indices.default")(_coo_only)
composite("sparse_coo", "values.default")(_coo_values)
composite("sparse_coo", "_indices.default", "_values.default", "coalesce.default")(_alone(coo_bases, ()))


def _of(kind: str) -> Callable[[bool], tuple[SparseArgument, ...]]:
    return lambda wide: compressed_bases(kind, wide)


for _kind in COMPRESSED:
    composite(_kind, "values.default")(_alone(_of(_kind), COMPRESSED, first=False))
for _kinds, _names in (
    (("sparse_csr", "sparse_bsr"), ("crow_indices.default", "col_indices.default")),
    (("sparse_csc", "sparse_bsc"), ("ccol_indices.default", "row_indices.default")),
):
    for _kind in _kinds:
        composite(_kind, *_names)(_alone(_of(_kind), _kinds, _kind == _kinds[0]))


@composite("sparse_coo", "_sparse_broadcast_to.default")
def sparse_broadcast_to(wide: bool) -> Iterator[WholeCall]:
    """COO bases with an extent of 1 or a new dimension in front; broadcasting a sparse dimension writes new indices."""
    for turn, base in enumerate(coo_bases(wide)):
        size = base.size
        yield (base, size), ()
        yield (base, (2, *size)), ()
        if 1 in size:
            yield (base, tuple(3 if extent == 1 else extent for extent in size)), ()
        if turn % 3 == 0:
            yield (base, (*size[:-1], size[-1] + 7)), ()
        elif turn % 3 == 1:
            yield (base, size[1:]), ()

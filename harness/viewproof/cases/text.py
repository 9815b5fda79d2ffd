"""The canonical text of a case: `format_case`. Its inverse is `parse_case`; the grammar is in docs/contract.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from viewproof.cases.kinds import write_subject
from viewproof.cases.model import Case, DualArgument, NestedArgument, SparseArgument, TensorArgument
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count

FLAGS = ("conj", "neg", "grad", "view")

# The keywords of the two index components of each compressed layout: the compressed one, the plain one.
COMPRESSED = {
    "sparse_csr": ("crow", "col"),
    "sparse_bsr": ("crow", "col"),
    "sparse_csc": ("ccol", "row"),
    "sparse_bsc": ("ccol", "row"),
}
BASES = frozenset({"sparse_coo", *COMPRESSED, "nested", "jagged", "dual"})
LITERALS: dict[str, Any] = {"None": None, "True": True, "False": False, "inf": float("inf"), "nan": float("nan")}

_WORD = re.compile(r"[A-Za-z_][\w.]*(?::\d+)?", re.ASCII)
_ITEMSIZE = {name: row.itemsize for name, row in DTYPES.items()}


def tight_elements(size: Size, stride: Size, offset: int) -> int:
    """The fewest elements a storage must have to hold a view; a view without elements needs none."""
    end = offset + 1
    for extent, step in zip(size, stride, strict=True):
        if extent == 0:
            return 0
        end += (extent - 1) * step
    return end


def packed_offsets(sizes: Sequence[Size]) -> tuple[int, ...]:
    """The storage offsets of components that lie one behind the other, without gaps."""
    offsets = []
    offset = 0
    for size in sizes:
        offsets.append(offset)
        offset += element_count(size)
    return tuple(offsets)


def format_case(case: Case) -> str:
    """The canonical text of `case`. Raises ValueError for a value that no case name can spell."""
    if type(case) is not Case:
        return write_subject(case)
    storages = case.storages
    parts = [format_argument(value, storages) for value in case.args]
    parts += [f"{name}={format_argument(value, storages)}" for name, value in case.kwargs]
    call = f"{case.operator}({', '.join(parts)})"
    if not storages:
        return call
    declared = "".join(f"${index}={dtype}@{count}; " for index, (dtype, count) in enumerate(storages))
    return declared + call


def format_argument(value: Any, storages: tuple[tuple[str, int], ...] = ()) -> str:
    """The canonical text of one argument; `storages` are the case's declared ones."""
    kind = type(value)
    if kind is TensorArgument:
        return _tensor(value, storages)
    if kind is int or kind is bool or value is None:
        return str(value)
    if kind is tuple:
        return f"[{','.join([format_argument(item, storages) for item in value])}]"
    if kind is str:
        if _WORD.fullmatch(value) is None or value in LITERALS:
            raise ValueError(f"case argument: wanted a bare word such as int32 or cuda:0, got {value!r}")
        return str(value)
    if kind is float:
        return repr(value)
    if kind is SparseArgument:
        return _sparse(value, storages)
    if kind is NestedArgument:
        return _nested(value, storages)
    if kind is DualArgument:
        return f"dual({_tensor(value.primal, storages)}, {format_argument(value.tangent, storages)})"
    raise ValueError(
        f"case argument: wanted a tensor argument, int, bool, float, None, word or tuple, got {kind.__name__}"
    )


def _ints(values: Size) -> str:
    return f"[{','.join(map(str, values))}]"


def _tensor(tensor: TensorArgument, storages: tuple[tuple[str, int], ...]) -> str:
    layout = tensor.layout
    size, stride, offset, dtype, conj, neg, storage_bytes = layout
    itemsize = _ITEMSIZE[dtype]
    if tensor.storage is None:
        text = dtype + _ints(size)
    else:
        text = _shared_head(tensor.storage, layout, storages) + _ints(size)
    if stride != contiguous_strides(size):
        text += ":" + _ints(stride)
    if offset:
        text += f"+{offset}"
    if tensor.storage is None and storage_bytes != tight_elements(size, stride, offset) * itemsize:
        count, rest = divmod(storage_bytes, itemsize)
        text += f"@{storage_bytes}b" if rest else f"@{count}"
    if tensor.values is not None:
        text += f"{{{','.join(map(str, tensor.values))}}}"
    if conj:
        text += "~conj"
    if neg:
        text += "~neg"
    if tensor.flags:
        unknown = tensor.flags - {"grad", "view"}
        if unknown:
            raise ValueError(f"flags: wanted grad and view only, got {sorted(unknown)}")
        text += "".join([f"~{flag}" for flag in ("grad", "view") if flag in tensor.flags])
    return text


def _shared_head(storage: int, layout: Layout, storages: tuple[tuple[str, int], ...]) -> str:
    if not 0 <= storage < len(storages):
        raise ValueError(f"${storage}: wanted one of the {len(storages)} declared storages")
    dtype, count = storages[storage]
    declared = count * _ITEMSIZE[dtype]
    if layout.storage_bytes != declared:
        raise ValueError(f"${storage}: wanted storage_bytes {declared} as declared, got {layout.storage_bytes}")
    return f"${storage}" if dtype == layout.dtype else f"${storage}:{layout.dtype}"


def _sparse(sparse: SparseArgument, storages: tuple[tuple[str, int], ...]) -> str:
    if sparse.kind == "sparse_coo":
        components = f"indices={_tensor(sparse.indices, storages)}"
    elif sparse.kind in COMPRESSED and sparse.plain_indices is not None and sparse.coalesced:
        compressed, plain = COMPRESSED[sparse.kind]
        components = (
            f"{compressed}={_tensor(sparse.indices, storages)}, {plain}={_tensor(sparse.plain_indices, storages)}"
        )
    else:
        raise ValueError(f"{sparse.kind}: wanted a sparse_coo, or a coalesced compressed layout with plain indices")
    text = f"{sparse.kind}({_ints(sparse.size)}, {components}, values={_tensor(sparse.values, storages)})"
    return text if sparse.coalesced else text + "~uncoalesced"


def _nested(nested: NestedArgument, storages: tuple[tuple[str, int], ...]) -> str:
    word = "jagged" if nested.jagged else "nested"
    text = f"{word}(buffer={_tensor(nested.buffer, storages)}, sizes=[{','.join(map(_ints, nested.sizes))}]"
    if nested.strides != tuple(map(contiguous_strides, nested.sizes)):
        text += f", strides=[{','.join(map(_ints, nested.strides))}]"
    if nested.offsets != packed_offsets(nested.sizes):
        text += f", offsets={_ints(nested.offsets)}"
    return text + ")"

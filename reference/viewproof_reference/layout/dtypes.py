"""Every torch dtype a view may carry: its width in bytes and its kin. Source: c10/core/ScalarType.h."""

from __future__ import annotations

from typing import NamedTuple


class DType(NamedTuple):
    """`itemsize` in bytes; `kind` one of bool, int, uint, float, complex; `real` the dtype of a complex one's parts."""

    name: str
    itemsize: int
    kind: str
    real: str | None = None


DTYPES: dict[str, DType] = {
    row.name: row
    for row in (
        DType("bool", 1, "bool"),
        DType("uint8", 1, "uint"),
        DType("uint16", 2, "uint"),
        DType("uint32", 4, "uint"),
        DType("uint64", 8, "uint"),
        DType("int8", 1, "int"),
        DType("int16", 2, "int"),
        DType("int32", 4, "int"),
        DType("int64", 8, "int"),
        DType("float8_e4m3fn", 1, "float"),
        DType("float8_e5m2", 1, "float"),
        DType("float8_e4m3fnuz", 1, "float"),
        DType("float8_e5m2fnuz", 1, "float"),
        DType("float8_e8m0fnu", 1, "float"),
        DType("float16", 2, "float"),
        DType("bfloat16", 2, "float"),
        DType("float32", 4, "float"),
        DType("float64", 8, "float"),
        DType("complex32", 4, "complex", "float16"),
        DType("complex64", 8, "complex", "float32"),
        DType("complex128", 16, "complex", "float64"),
    )
}

COMPLEX_OF: dict[str, str] = {row.real: row.name for row in DTYPES.values() if row.real}


def itemsize(dtype: str) -> int:
    """Width of one element of `dtype` in bytes. Raises KeyError for a word that is no dtype."""
    return DTYPES[dtype].itemsize

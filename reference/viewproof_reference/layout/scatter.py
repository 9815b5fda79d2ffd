"""Layout rules of the scatter operators: the base again, fresh, with `src` at the positions of a view.

The result has the size, dtype, strides, offset and number of storage elements of the base, so that strides outlive a
chain of views and scatters; it has no conj or neg bit. Two exceptions: a base that holds one position twice cannot
keep its strides (a write to one element would show in another) and is copied densely; a lazy base is materialized
first, for a scatter is no view by its schema. `as_strided_scatter` names positions of the base's own storage, so there
the strides and the offset of a lazy base stay; strides with one position for several elements are refused. `src` has
the view's size; its dtype is converted.

Sizes, strides and offsets count elements; `storage_bytes` counts bytes. Sources: aten/src/ATen/native/TensorShape.cpp
(`slice_scatter`, `select_scatter`, `diagonal_scatter`, `as_strided_scatter`), TensorFactories.cpp
(`clone_preserve_strides`), MathBitsFallback.h.
"""

from __future__ import annotations

from typing import Any

from viewproof_reference.layout.copies import OUTS, materialized, out_name, register_out, repeats
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import Layout, Output, Refusal
from viewproof_reference.layout.positions import overlaps
from viewproof_reference.layout.registry import layout_rule, predict

#: Scatter -> the view at whose positions it writes.
SCATTERS: dict[str, str] = {
    "as_strided_scatter.default": "as_strided.default",
    "diagonal_scatter.default": "diagonal.default",
    "select_scatter.default": "select.int",
    "slice_scatter.default": "slice.Tensor",
}


def scattered_layout(self: Layout, strided: bool) -> Layout:
    """What the result looks like; `strided` says that the view is `as_strided`."""
    lazy = (self.conj or self.neg) and not strided
    base = materialized(self) if lazy or overlaps(self) else self
    whole = base.storage_bytes // DTYPES[base.dtype].itemsize * DTYPES[base.dtype].itemsize
    return base._replace(conj=False, neg=False, storage_bytes=whole)


def _register(scatter: str, view: str) -> None:
    @layout_rule(scatter)
    def scatter_rule(self: Layout, src: Layout, *args: Any, **kwargs: Any) -> Output:
        (seen,) = predict(f"aten.{view}", (self, *args), kwargs)
        assert isinstance(seen.layout, Layout)
        if seen.layout.size != src.size:
            raise Refusal("RuntimeError", f"src: wanted size {seen.layout.size}, got {src.size}")
        if view == "as_strided.default" and repeats(seen.layout):
            raise Refusal("RuntimeError", f"stride: wanted a position for each element, got {seen.layout.stride}")
        return Output(scattered_layout(self, view == "as_strided.default"), None, None, None)


for _scatter, _view in SCATTERS.items():
    _register(_scatter, _view)
    _packet = _scatter.partition(".")[0]
    OUTS[out_name(_scatter)] = _scatter
    register_out(out_name(_scatter), _scatter)

"""Layout rules of the copy operators and of their `out=`: one general rule, and the exceptions by name.

A copy is its view, read into a fresh contiguous tensor: the view's size and dtype, offset 0, no conj or neg bit, a
storage of its own; its elements are those that the view reads. What the view refuses the copy refuses. Sizes, strides
and offsets count elements; `storage_bytes` counts bytes.

Named exceptions:

- `view_copy` and `_reshape_copy` also copy where no strides describe the new size.
- `_to_copy` keeps the order of the strides unless a memory format is given, and may convert.
- `view_as_real_copy` and `view_copy.dtype` take a lazy operand, which their views refuse: a copy is no view by its
  schema, so the operand is materialized first.

With `out=` the copy is made first and then written to `out`, so that `out` may be on the operand's own memory.
`out` is resized in place where its size is another (contiguous, at its own offset, the storage grown where it must);
else its strides stay. Refused: another dtype, and an `out` with one position for several elements.

Sources: torchgen/gen_functionalization_type.py (`gen_composite_view_copy_kernel`),
torchgen/dest and torchgen/native_function_generation.py (`gen_composite_out_kernel`), TensorConversions.cpp
(`_to_copy`), Resize.cpp (`resize_output`), MemoryOverlap.cpp, MathBitsFallback.h.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viewproof_reference.layout.identity import to_dtype_layout
from viewproof_reference.layout.inplace import resize_
from viewproof_reference.layout.model import (
    DualLayout,
    Layout,
    NestedLayout,
    Output,
    Refusal,
    SparseLayout,
    contiguous_strides,
    element_count,
)
from viewproof_reference.layout.registry import layout_rule, predict
from viewproof_reference.layout.reshape import copy_in, fresh

# Copy -> the view that it copies; the overloads that have an `out=` -> the name of that.
COPIES: dict[str, str] = {
    "_conj_copy.default": "_conj.default",
    "_fw_primal_copy.default": "_fw_primal.default",
    "_indices_copy.default": "_indices.default",
    "_make_dual_copy.default": "_make_dual.default",
    "_neg_view_copy.default": "_neg_view.default",
    "_nested_get_values_copy.default": "_nested_get_values.default",
    "_nested_view_from_buffer_copy.default": "_nested_view_from_buffer.default",
    "_nested_view_from_jagged_copy.default": "_nested_view_from_jagged.default",
    "_reshape_alias_copy.default": "_reshape_alias.default",
    "_reshape_copy.default": "reshape.default",
    "_sparse_broadcast_to_copy.default": "_sparse_broadcast_to.default",
    "_test_autograd_multiple_dispatch_view_copy.default": "_test_autograd_multiple_dispatch_view.default",
    "_to_copy.default": "to.dtype_layout",
    "_values_copy.default": "_values.default",
    "alias_copy.default": "alias.default",
    "as_strided_copy.default": "as_strided.default",
    "ccol_indices_copy.default": "ccol_indices.default",
    "col_indices_copy.default": "col_indices.default",
    "crow_indices_copy.default": "crow_indices.default",
    "detach_copy.default": "detach.default",
    "diagonal_copy.default": "diagonal.default",
    "expand_copy.default": "expand.default",
    "indices_copy.default": "indices.default",
    "lift_fresh_copy.default": "lift_fresh.default",
    "narrow_copy.default": "narrow.default",
    "permute_copy.default": "permute.default",
    "row_indices_copy.default": "row_indices.default",
    "select_copy.int": "select.int",
    "slice_copy.Tensor": "slice.Tensor",
    "split_copy.Tensor": "split.Tensor",
    "split_with_sizes_copy.default": "split_with_sizes.default",
    "squeeze_copy.default": "squeeze.default",
    "squeeze_copy.dim": "squeeze.dim",
    "squeeze_copy.dims": "squeeze.dims",
    "t_copy.default": "t.default",
    "transpose_copy.int": "transpose.int",
    "unbind_copy.int": "unbind.int",
    "unfold_copy.default": "unfold.default",
    "unsqueeze_copy.default": "unsqueeze.default",
    "values_copy.default": "values.default",
    "view_as_complex_copy.default": "view_as_complex.default",
    "view_as_real_copy.default": "view_as_real.default",
    "view_copy.default": "view.default",
    "view_copy.dtype": "view.dtype",
}
#: Copies without a contract for `out=`: there is none, or it is a strided nested tensor, which meta cannot make.
WITHOUT_OUT = frozenset({"_reshape_copy.default", "_nested_view_from_buffer_copy.default"})
#: The views that refuse a lazy operand, which their copies materialize.
REFUSES_LAZY = frozenset({"view_as_real.default", "view.dtype"})


def out_name(overload: str) -> str:
    """The `out=` overload of `overload`: `select_copy.int_out`, `t_copy.out`."""
    packet, _, name = overload.partition(".")
    return f"{packet}.out" if name == "default" else f"{packet}.{name}_out"


#: The `out=` overloads -> the overloads that they write the result of. Scatters add theirs.
OUTS: dict[str, str] = {out_name(copy): copy for copy in COPIES if copy not in WITHOUT_OUT}


def dense(size: Sequence[int], dtype: str) -> Layout:
    """A contiguous tensor of `size` on a tight storage of its own."""
    whole = tuple(size)
    layout = Layout(whole, contiguous_strides(whole), 0, dtype)
    return fresh(layout, whole, layout.stride).layout  # type: ignore[return-value]


def materialized(self: Layout) -> Layout:
    """The copy, in `preserve_format`, by which torch replaces a lazy operand of an operator that is no view."""
    return copy_in(self, None).layout  # type: ignore[return-value]


def copied(view: Output) -> Output:
    """The copy of one output of a view."""
    layout, _, reads, source, _ = view
    if isinstance(layout, NestedLayout):
        return _nested(layout)
    if isinstance(layout, SparseLayout):
        return _sparse(layout)
    if isinstance(layout, DualLayout):
        tangent = None if layout.tangent is None else dense(layout.tangent.size, layout.tangent.dtype)
        return Output(DualLayout(dense(layout.primal.size, layout.primal.dtype), tangent), None, reads, source)
    if reads is None:
        return Output(dense(layout.size, layout.dtype), None, None, None)
    made = fresh(reads, layout.size, contiguous_strides(layout.size), layout.dtype)
    return made._replace(source=source if made.reads is not None else None)


def _nested(layout: NestedLayout) -> Output:
    counts = [element_count(size) for size in layout.sizes]
    buffer = dense((sum(counts),), layout.buffer.dtype)
    offsets = tuple([sum(counts[:place]) for place in range(len(counts))])
    strides = tuple(map(contiguous_strides, layout.sizes))
    return Output(NestedLayout(buffer, layout.sizes, strides, offsets, layout.jagged), None, None, None)


def _sparse(layout: SparseLayout) -> Output:
    indices, values = dense(layout.indices.size, "int64"), dense(layout.values.size, layout.values.dtype)
    return Output(SparseLayout(layout.kind, layout.size, indices, None, values, layout.coalesced), None, None, None)


def viewed(view: str, self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Output, ...]:
    """The outputs of the view that a copy copies, exceptions included."""
    if view == "view.default":
        view = "reshape.default"
    return predict(f"aten.{view}", (self, *args), kwargs)


def needs_materializing(view: str, self: Any) -> bool:
    """Whether the view refuses this operand for its lazy bits, so that its copy works on a materialized one."""
    return view in REFUSES_LAZY and isinstance(self, Layout) and (self.conj or self.neg)


def _register(copy: str, view: str) -> None:
    @layout_rule(copy)
    def copy_rule(self: Any, *args: Any, **kwargs: Any) -> tuple[Output, ...]:
        if needs_materializing(view, self):
            outputs = viewed(view, materialized(self), args, kwargs)
            return tuple([copied(one)._replace(reads=None, source=None) for one in outputs])
        return tuple([copied(one) for one in viewed(view, self, args, kwargs)])


def register_out(out: str, functional: str) -> None:
    """Register the rule of an `out=` overload: what `functional` returns, written to `out`."""

    @layout_rule(out)
    def out_rule(self: Any, *args: Any, out: Any, **kwargs: Any) -> tuple[Output, ...]:
        if functional == "_to_copy.default":
            kwargs["dtype"] = out.dtype
        results = predict(f"aten.{functional}", (self, *args), kwargs)
        if not isinstance(out, tuple) or isinstance(out, Layout):
            return (into(results[0], out, "out"),)
        if len(out) != len(results):
            raise Refusal("RuntimeError", f"out: wanted {len(results)} tensors, got {len(out)}")
        named = enumerate(zip(results, out, strict=True))
        return tuple([into(result, one, f"out.{place}") for place, (result, one) in named])


def repeats(layout: Layout) -> bool:
    """Whether a stride of 0 puts several elements at one position, so that torch refuses to write to it."""
    size = layout.size
    return 0 not in size and any(step == 0 and extent > 1 for extent, step in zip(size, layout.stride, strict=True))


def into(result: Output, out: Any, name: str) -> Output:
    """`out` after `result` was written to it; `name` is the component's name."""
    wanted = result.layout.primal if isinstance(result.layout, DualLayout) else result.layout
    if isinstance(wanted, SparseLayout) and isinstance(out, SparseLayout) and wanted.size == out.size:
        return Output(wanted, f"{name}.values", None, None)
    if isinstance(wanted, NestedLayout) and isinstance(out, NestedLayout) and wanted.sizes == out.sizes:
        return Output(out, f"{name}.buffer", None, None)
    if not isinstance(wanted, Layout) or not isinstance(out, Layout):
        raise Refusal("RuntimeError", f"{name}: wanted a strided tensor, got {type(out).__name__}")
    if out.dtype != wanted.dtype:
        raise Refusal("RuntimeError", f"{name}: wanted dtype {wanted.dtype}, got {out.dtype}")
    layout = out if out.size == wanted.size else resize_(out, wanted.size).layout
    assert isinstance(layout, Layout)
    if repeats(layout):
        raise Refusal("RuntimeError", f"{name}: wanted a position for each element, got strides {layout.stride}")
    return Output(layout, name, result.reads, result.source)


@layout_rule("_to_copy.default")
def to_copy(self: Layout, **kwargs: Any) -> Output:
    """`to` with a copy at all times."""
    return to_dtype_layout(self, copy=True, **kwargs)


for _copy, _view in COPIES.items():
    if _copy != "_to_copy.default":
        _register(_copy, _view)
for _out, _copy in OUTS.items():
    register_out(_out, _copy)

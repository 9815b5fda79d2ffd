"""The views that functionalization has a class for, the arguments each keeps, and how others are composed. No torch.

A row of `PRIMITIVES` gives the class and the arguments that follow the base, each with its schema's default. A row of
`COMPOSITES` computes, for each output, the classes of the primitive views that the operator calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from viewproof_reference.layout.algebra import infer_size, is_contiguous, wrap_dim, wrap_dims
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_reference.layout.model import KnownTensor, Layout, Output, Size, element_count

Row = list[tuple[str, tuple[Any, ...], int | None]]

_REQUIRED = object()


class Call(NamedTuple):
    """A call by its base, the arguments after it, and what it returns."""

    base: Layout
    args: Sequence[Any]
    kwargs: dict[str, Any]
    outputs: Sequence[Output]

    def given(self, place: int, name: str, default: Any = None) -> Any:
        """Argument number `place` after the base, or the keyword argument `name`, or the default."""
        return self.args[place] if len(self.args) > place else self.kwargs.get(name, default)


Composite = Callable[[Call], Sequence[Row]]


class Primitive(NamedTuple):
    """A class of view steps: its name, its arguments (name, default), whether its operator has several outputs."""

    name: str
    arguments: tuple[tuple[str, Any], ...]
    several: bool = False

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        """The call's arguments in the schema's order. Raises TypeError where a required one is missing."""
        bound = list(args)
        for name, default in self.arguments[len(args) :]:
            value = kwargs.get(name, default)
            if value is _REQUIRED:
                raise TypeError(f"{self.name}: wanted an argument {name}, got none")
            bound.append(value)
        return bound


def _row(name: str, *required: str, several: bool = False, **defaults: Any) -> Primitive:
    return Primitive(name, (*((one, _REQUIRED) for one in required), *defaults.items()), several)


PRIMITIVES: dict[str, Primitive] = {
    "aten._conj.default": _row("_conj"),
    "aten._make_dual.default": _row("_make_dual", "tangent", "level"),
    "aten._neg_view.default": _row("_neg_view"),
    "aten._reshape_alias.default": _row("_reshape_alias", "size", "stride"),
    "aten._test_autograd_multiple_dispatch_view.default": _row("_test_autograd_multiple_dispatch_view"),
    "aten._unsafe_view.default": _row("_unsafe_view", "size"),
    "aten.alias.default": _row("alias"),
    "aten.as_strided.default": _row("as_strided", "size", "stride", storage_offset=None),
    "aten.detach.default": _row("detach"),
    "aten.diagonal.default": _row("diagonal", offset=0, dim1=0, dim2=1),
    "aten.expand.default": _row("expand", "size", implicit=False),
    "aten.permute.default": _row("permute", "dims"),
    "aten.select.int": _row("select_int", "dim", "index"),
    "aten.slice.Tensor": _row("slice_Tensor", dim=0, start=None, end=None, step=1),
    "aten.slice_inverse.default": _row("slice_inverse", "src", dim=0, start=None, end=None, step=1),
    "aten.split.Tensor": _row("split_Tensor", "split_size", several=True, dim=0),
    "aten.split.sizes": _row("split_with_sizes", "split_size", several=True, dim=0),
    "aten.split_with_sizes.default": _row("split_with_sizes", "split_sizes", several=True, dim=0),
    "aten.squeeze.default": _row("squeeze"),
    "aten.squeeze.dim": _row("squeeze_dim", "dim"),
    "aten.squeeze.dims": _row("squeeze_dims", "dim"),
    "aten.swapaxes.default": _row("transpose_int", "axis0", "axis1"),
    "aten.swapdims.default": _row("transpose_int", "dim0", "dim1"),
    "aten.t.default": _row("t"),
    "aten.transpose.int": _row("transpose_int", "dim0", "dim1"),
    "aten.unbind.int": _row("unbind_int", several=True, dim=0),
    "aten.unfold.default": _row("unfold", "dimension", "size", "step"),
    "aten.unsqueeze.default": _row("unsqueeze", "dim"),
    "aten.view.default": _row("view", "size"),
    "aten.view.dtype": _row("view_dtype", "dtype"),
    "aten.view_as_complex.default": _row("view_as_complex"),
    "aten.view_as_real.default": _row("view_as_real"),
}

#: In-place operators: the class of their step, and the arguments that it keeps.
INPLACE: dict[str, Primitive] = {
    "aten.as_strided_.default": _row("as_strided_", "size", "stride", storage_offset=None),
    "aten.detach_.default": _row("detach_"),
    "aten.resize_.default": _row("resize_", "size"),
    "aten.squeeze_.default": _row("squeeze_"),
    "aten.squeeze_.dim": _row("squeeze__dim", "dim"),
    "aten.squeeze_.dims": _row("squeeze__dims", "dim"),
    "aten.swapaxes_.default": _row("transpose_", "axis0", "axis1"),
    "aten.swapdims_.default": _row("transpose_", "dim0", "dim1"),
    "aten.t_.default": _row("t_"),
    "aten.transpose_.default": _row("transpose_", "dim0", "dim1"),
    "aten.unsqueeze_.default": _row("unsqueeze_", "dim"),
}

COMPOSITES: dict[str, Composite] = {}


def _composite(*operators: str) -> Callable[[Composite], Composite]:
    def register(function: Composite) -> Composite:
        for operator in operators:
            COMPOSITES[f"aten.{operator}"] = function
        return function

    return register


def _one(name: str, *arguments: Any) -> tuple[str, tuple[Any, ...], None]:
    return name, arguments, None


def _complex(base: Layout) -> bool:
    return DTYPES[base.dtype].kind == "complex"


@_composite(
    "_autocast_to_full_precision.default", "_autocast_to_reduced_precision.default", "contiguous.default",
    "positive.default", "resolve_conj.default", "resolve_neg.default", "to.device", "to.dtype", "to.dtype_layout",
    "to.other", "type_as.default", "unsafe_chunk.default", "unsafe_split.Tensor", "unsafe_split_with_sizes.default",
)  # fmt: skip
def _nothing(call: Call) -> Sequence[Row]:
    """The input itself, or a new tensor that starts a sequence of its own."""
    return [[] for _ in call.outputs]


@_composite("conj.default")
def _conj(call: Call) -> Sequence[Row]:
    return [[_one("_conj")] if _complex(call.base) else []]


@_composite("adjoint.default", "mH.default", "matrix_H.default")
def _adjoint(call: Call) -> Sequence[Row]:
    turned: Row = [_one("transpose_int", -2, -1)] if call.base.size else []
    return [turned + ([_one("_conj")] if _complex(call.base) else [])]


@_composite("mT.default")
def _transposed(call: Call) -> Sequence[Row]:
    return [[_one("transpose_int", -2, -1)] if call.base.size else []]


@_composite("numpy_T.default")
def _reversed(call: Call) -> Sequence[Row]:
    return [[_one("permute", tuple(range(len(call.base.size) - 1, -1, -1)))]]


@_composite("broadcast_to.default")
def _broadcast(call: Call) -> Sequence[Row]:
    return [[_one("expand", call.given(0, "size"), False)]]


@_composite("expand_as.default")
def _expand_as(call: Call) -> Sequence[Row]:
    return [[_one("expand", _size_of(call.args[0]), False)]]


@_composite("view_as.default")
def _view_as(call: Call) -> Sequence[Row]:
    return [[_one("view", _size_of(call.args[0]))]]


@_composite("lift.default", "lift_fresh.default")
def _lifted(call: Call) -> Sequence[Row]:
    return [[_one("view", call.base.size)]]


@_composite("ravel.default")
def _ravelled(_call: Call) -> Sequence[Row]:
    return [[_one("view", (-1,))]]


def _size_of(operand: Any) -> Size:
    layout: Layout = operand.layout if isinstance(operand, KnownTensor) else operand
    return layout.size


def _reshaped(size: Size, outputs: Sequence[Output]) -> Sequence[Row]:
    """A view where strides allow one; else a view, hidden from autograd, of a row-major copy."""
    return [[_one("view" if outputs[0].shares == "self" else "_unsafe_view", size)]]


@_composite("reshape.default")
def _reshape(call: Call) -> Sequence[Row]:
    shape = call.given(0, "shape")
    if is_contiguous(call.base.size, call.base.stride):
        return [[_one("view", shape)]]
    return _reshaped(infer_size(shape, element_count(call.base.size)), call.outputs)


@_composite("reshape_as.default")
def _reshape_as(call: Call) -> Sequence[Row]:
    return _reshaped(_size_of(call.args[0]), call.outputs)


@_composite("flatten.using_ints")
def _flatten(call: Call) -> Sequence[Row]:
    layout: Layout = call.outputs[0].layout  # type: ignore[assignment]
    first = wrap_dim(call.given(0, "start_dim", 0), len(call.base.size))
    last = wrap_dim(call.given(1, "end_dim", -1), len(call.base.size))
    return [[]] if call.base.size and first == last else _reshaped(layout.size, call.outputs)


@_composite("unflatten.int")
def _unflatten(call: Call) -> Sequence[Row]:
    layout: Layout = call.outputs[0].layout  # type: ignore[assignment]
    return [[_one("view", layout.size)]]


@_composite("linalg_diagonal.default")
def _diagonal(call: Call) -> Sequence[Row]:
    named = [("offset", 0), ("dim1", -2), ("dim2", -1)]
    return [[_one("diagonal", *(call.kwargs.get(name, default) for name, default in named))]]


@_composite("imag.default")
def _imag(call: Call) -> Sequence[Row]:
    part: Row = [_one("view_as_real"), _one("select_int", len(call.base.size), 1)]
    return [[_one("_conj"), *part, _one("_neg_view")] if call.base.conj else part]


@_composite("real.default")
def _real(call: Call) -> Sequence[Row]:
    if not _complex(call.base):
        return [[]]
    part: Row = [_one("view_as_real"), _one("select_int", len(call.base.size), 0)]
    return [[_one("_conj"), *part] if call.base.conj else part]


@_composite("movedim.int", "moveaxis.int", "movedim.intlist", "moveaxis.intlist")
def _moved(call: Call) -> Sequence[Row]:
    rank = len(call.base.size)
    if not rank:
        return [[_one("alias")]]
    source, target = [wrap_dims((one,) if type(one) is int else one, rank) for one in call.args[:2]]
    order = dict(zip(target, source, strict=True))
    rest = iter([dim for dim in range(rank) if dim not in source])
    return [[_one("permute", tuple([order[place] if place in order else next(rest) for place in range(rank)]))]]


@_composite("narrow.default", "narrow.Tensor")
def _narrowed(call: Call) -> Sequence[Row]:
    dim, start, length = call.args[0], call.args[1], call.given(2, "length")
    begin = start.values[0] if isinstance(start, KnownTensor) else start
    if begin < 0:
        begin += call.base.size[wrap_dim(dim, len(call.base.size))]
    return [[_one("slice_Tensor", dim, begin, begin + length, 1)]]

"""Which steps functionalization records for a view: the primitive views that a call consists of. No torch.

Functionalization runs below the composite operators: `narrow` reaches it as `slice`, `imag` as `view_as_real` and
`select`. Each primitive records one step, a class and its arguments; a tensor carries the steps from its base in
order. Sources: torchgen/api/functionalization.py (which operators have a class, and what it keeps);
aten/src/ATen/native/TensorShape.cpp, ComplexHelper.h, TensorConversions.cpp (what each composite calls);
aten/src/ATen/FunctionalizeFallbackKernel.cpp (`resize_`, `_unsafe_view`, `lift`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from viewproof_reference.layout.model import KnownTensor, Layout, Output
from viewproof_reference.programs.primitives import COMPOSITES, INPLACE, PRIMITIVES, Call, Primitive


class Step(NamedTuple):
    """One recorded step: the class (`slice_Tensor`, without its suffix) and the call's arguments after the base.

    `output` is which of several outputs it is, None for an operator that returns one. `kind` says what else the
    class holds: `view` has both flags (are views reapplied, what an inverse returns), `resize` the first, `hidden`
    neither.
    """

    name: str
    arguments: tuple[Any, ...]
    output: int | None = None
    kind: str = "view"


Row = tuple[Step, ...]
ALIAS = Step("alias", ())
#: In-place operators that functionalization takes for mutations: they record no step.
RESIZED = frozenset({"aten.resize_as_.default", "aten.set_.default", "aten.set_.source_Tensor",
                     "aten.set_.source_Tensor_storage_offset"})  # fmt: skip
_KINDS = {"resize_": "resize", "_unsafe_view": "hidden"}


def steps(
    operator: str, base: Layout, args: Sequence[Any], kwargs: dict[str, Any], outputs: Sequence[Output]
) -> tuple[tuple[Step, ...], ...]:
    """The steps of each output of `operator(base, *args, **kwargs)`, from the base on.

    `args` are the arguments after the base, tensors as operands. Raises KeyError where the operator is not known.
    """
    primitive = PRIMITIVES.get(operator)
    if primitive is not None:
        return _primitive(primitive, args, kwargs, len(outputs))
    if operator in INPLACE:
        # The program first takes an alias of its base, since the operator changes its operand (`detach_` does not).
        first = () if operator == "aten.detach_.default" else (ALIAS,)
        return tuple([(*first, *row) for row in _primitive(INPLACE[operator], args, kwargs, len(outputs))])
    if operator in RESIZED:
        return ((ALIAS,),)
    rows = COMPOSITES[operator](Call(base, args, kwargs, outputs))
    return tuple([
        tuple([Step(name, arguments, output, _KINDS.get(name, "view")) for name, arguments, output in row])
        for row in rows
    ])  # fmt: skip


def _primitive(primitive: Primitive, args: Sequence[Any], kwargs: dict[str, Any], count: int) -> tuple[Row, ...]:
    arguments = tuple([_argument(one) for one in primitive.bind(args, kwargs)[: len(primitive.arguments)]])
    kind = _KINDS.get(primitive.name, "view")
    return tuple([
        (Step(primitive.name, arguments, index if primitive.several else None, kind),) for index in range(count)
    ])  # fmt: skip


def _argument(value: Any) -> Any:
    # Tensor arguments are kept as tensors, of which only that is compared.
    return "a tensor" if isinstance(value, (Layout, KnownTensor)) else value


def as_tuple(step: Step, reapply: bool) -> tuple[Any, ...]:
    """The attributes that `as_tuple` of the step's class must give, in order.

    Symbolic inputs (there are none), the output's index where there are several, whether views are reapplied, what an
    inverse returns, and the call's arguments. Enumerations are named by their word.
    """
    if step.kind == "hidden":
        return (False, *step.arguments)
    if step.kind == "resize":
        return (reapply, *step.arguments)
    index = () if step.output is None else (step.output,)
    return (False, *index, reapply, "ViewOrScatterInverse" if reapply else "NeverView", *step.arguments)

"""Cases of the copies, of the scatters and of their `out=`, made from the cases of the view.

Bases and arguments are the view's own. A scatter gets a `src` of the view's size, an `out=` overload outs of all kinds
in turn. In `quick` only a few of the view's cases are used, chosen evenly from every family of bases.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from viewproof.cases.model import AnyTensorArgument, Case, NestedArgument, TensorArgument, operand
from viewproof.generate.bases import argument
from viewproof.generate.grid import spread
from viewproof.generate.placements import place
from viewproof.generate.registry import Derivation
from viewproof.generate.sweep import cases, families
from viewproof_reference.layout.copies import COPIES, OUTS
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import DualLayout, Layout, Refusal, Size, SparseLayout, element_count
from viewproof_reference.layout.registry import predict
from viewproof_reference.layout.scatter import SCATTERS
from viewproof_suites.copies.outs import GUARD, KINDS, contiguous, one_of, reversed_order, stepped

QUICK_COPIES = 5
QUICK_OUTS = 5
QUICK_SCATTERS = 8
#: Families left out: torch refuses `out=` with an operand that requires grad.
WITHOUT_OUT = ("grad",)
_DROPPED = frozenset({"copy"})
_OUT_DROPPED = frozenset({"dtype", "layout", "device", "pin_memory", "copy"})


def _view_of(functional: str) -> str:
    return f"aten.{COPIES[functional] if functional in COPIES else SCATTERS[functional]}"


def _thinned(view: str, family: str, profile: str, count: int) -> Iterator[tuple[int, Case]]:
    """The view's cases, each with its number in a rotation of kinds; in `quick` at most `count` cases and one more.

    The cases are those with elements first; the one more has an empty result in one family, is refused in the next.
    Numbers go on from family to family.
    """
    names = families(view, profile)
    start = names.index(family) * (count + 1)
    if profile != "quick":
        yield from enumerate(cases(view, family, profile), start)
        return
    full: list[Case] = []
    empty: list[Case] = []
    refused: list[Case] = []
    for case in cases(view, family, profile):
        (full if (kind := _elements(case)) else refused if kind is None else empty).append(case)
    chosen = spread(full, count)
    chosen += spread(empty, count - len(chosen))
    rest = (empty, refused) if names.index(family) % 2 else (refused, empty)
    chosen += [case for some in rest for case in spread(some, 1) if case not in chosen][:1]
    yield from enumerate(chosen, start)


def _elements(case: Case) -> int | None:
    """The number of elements of the view, None where it is refused; a composite output counts as one."""
    try:
        outputs = predict(case.operator, _operands(case), _named(case))
    except Refusal:
        return None
    return sum(element_count(one.layout.size) if isinstance(one.layout, Layout) else 1 for one in outputs)


def _renamed(case: Case, operator: str, dropped: frozenset[str]) -> Case:
    kwargs = tuple([pair for pair in case.kwargs if pair[0] not in dropped])
    return replace(case, operator=operator, kwargs=kwargs)


def copy_cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    """The cases of a copy."""
    view = _view_of(operator.removeprefix("aten."))
    seen: set[Case] = set()
    for _, case in _thinned(view, family, profile, QUICK_COPIES):
        renamed = _renamed(case, operator, _DROPPED if "_to_copy" in operator else frozenset())
        if renamed not in seen:
            seen.add(renamed)
            yield renamed


def _source(turn: int, size: Size, dtype: str) -> TensorArgument:
    """The `src` to scatter: contiguous, strided, expanded, lazy, of another dtype, or of a wrong size (refused)."""
    kind = turn % 8
    if kind == 1:
        return stepped(size, dtype)
    if kind == 2:
        return reversed_order(size, dtype)
    if kind == 3 and size:
        return argument(place(size, (0,) * len(size), 1), dtype)
    if kind == 4 and dtype.startswith("complex"):
        return argument(place(size, stepped(size, dtype).layout.stride), dtype, "conj")
    if kind == 5:
        return argument(place((*size, 2), stepped((*size, 2), dtype).layout.stride), dtype)
    if kind == 6 and dtype not in ("bool", "int64"):
        return contiguous(size, "int64" if dtype.startswith("uint") else "int8")
    return contiguous(size, dtype)


def scatter_cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    """The cases of a scatter."""
    view = _view_of(operator.removeprefix("aten."))
    for turn, case in _thinned(view, family, profile, QUICK_SCATTERS):
        yield _scattering(operator, view, case, turn)


def _scattering(operator: str, view: str, case: Case, turn: int) -> Case:
    size: Size = (2,)
    dtype = case.args[0].layout.dtype
    try:
        (seen,) = predict(view, _operands(case), _named(case))
        assert isinstance(seen.layout, Layout)
        size = seen.layout.size
    except Refusal:
        turn = 0
    return replace(case, operator=operator, args=(case.args[0], _source(turn, size, dtype), *case.args[1:]))


def _operands(case: Case) -> list[Any]:
    return [operand(one) for one in case.args]


def _named(case: Case) -> dict[str, Any]:
    return {name: operand(value) for name, value in case.kwargs}


def out_cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    """The cases of an `out=` overload."""
    functional = OUTS[operator.removeprefix("aten.")]
    view = _view_of(functional)
    dropped = _OUT_DROPPED if functional == "_to_copy.default" else frozenset()
    seen: set[Case] = set()
    for turn, case in _thinned(view, family, profile, QUICK_OUTS):
        if functional in SCATTERS:
            whole = _scattering(f"aten.{functional}", view, case, 0)
        else:
            whole = _renamed(case, f"aten.{functional}", dropped)
        found = _with_out(operator, whole, turn)
        if found not in seen:
            seen.add(found)
            yield found


def _with_out(operator: str, case: Case, turn: int) -> Case:
    try:
        results = predict(case.operator, _operands(case), _named(case))
    except Refusal:
        out = contiguous((2,), "int64")
        return _case(operator, case, (out,) if operator.removeprefix("aten.") in _LISTS else out)
    found = [one.layout.primal if isinstance(one.layout, DualLayout) else one.layout for one in results]
    layouts = [one for one in found if isinstance(one, Layout)]
    if len(layouts) < len(found):
        return _case(operator, case, _composite(found[0], case))
    several = len(layouts) != 1 or operator.removeprefix("aten.") in _LISTS
    cycle = len(KINDS) + 2
    # Several outs on the operand's own memory are most likely to go wrong, so they are tried more often.
    if (turn % cycle >= len(KINDS) or (several and turn % 4 == 3)) and (
        shared := _sharing(operator, case, layouts, turn, several)
    ) is not None:
        return shared
    made = tuple([one_of(turn % cycle + place, one.size, one.dtype) for place, one in enumerate(layouts)])
    if several:
        # One tensor too few is refused.
        return _case(operator, case, made[:-1] if len(made) > 1 and turn % 11 == 7 else made)
    return _case(operator, case, made[0])


def _composite(layout: Any, case: Case) -> AnyTensorArgument:
    """An out of several components: made like the result, or, for a sparse result, like the operand."""
    if isinstance(layout, SparseLayout):
        return case.args[0]  # type: ignore[no-any-return]
    return NestedArgument(TensorArgument(layout.buffer), layout.sizes, layout.strides, layout.offsets, layout.jagged)


_LISTS = frozenset({"split_copy.Tensor_out", "split_with_sizes_copy.out", "unbind_copy.int_out"})


def _case(operator: str, case: Case, out: Any) -> Case:
    return replace(case, operator=operator, kwargs=(*case.kwargs, ("out", out)))


def _sharing(operator: str, case: Case, layouts: list[Layout], turn: int, several: bool) -> Case | None:
    """Outs on the operand's own storage: the operand itself, one element further, or one after the other from there."""
    base = case.args[0]
    if type(base) is not TensorArgument or case.storages or base.flags or not layouts:
        return None
    layout = base.layout
    if any(one.dtype != layout.dtype for one in layouts) or any(
        isinstance(one, TensorArgument) for one in case.args[1:]
    ):
        return None
    width = itemsize(layout.dtype)
    start = layout.offset + (0 if several else turn % 2)
    counts = [element_count(one.size) for one in layouts]
    elements = max(layout.storage_bytes // width, start + sum(counts)) + GUARD
    whole = elements * width
    outs = tuple([
        TensorArgument(one._replace(offset=start + sum(counts[:index]), storage_bytes=whole), storage=0)
        for index, one in enumerate(layouts)
    ])  # fmt: skip
    if not several and turn % 4 == 1 and layouts[0].size == layout.size and not (layout.conj or layout.neg):
        # In effect an in-place call: every element of the out is the operand's own.
        outs = (TensorArgument(layout._replace(storage_bytes=whole), storage=0),)
    self = replace(base, layout=layout._replace(storage_bytes=whole), storage=0)
    declared = ((layout.dtype, elements),)
    kwargs = (*case.kwargs, ("out", outs if several else outs[0]))
    found = replace(case, operator=operator, args=(self, *case.args[1:]), kwargs=kwargs, storages=declared)
    try:
        predict(f"aten.{OUTS[operator.removeprefix('aten.')]}", _operands(found), _named(case))
    except Refusal:
        return None
    return found


def out_families(view: str, profile: str) -> tuple[str, ...]:
    """The families of the view but those that an `out=` cannot have."""
    return tuple([name for name in families(view, profile) if name not in WITHOUT_OUT])


DERIVED: dict[str, Derivation] = {
    **{f"aten.{name}": Derivation(_view_of(name), copy_cases, families) for name in COPIES},
    **{f"aten.{name}": Derivation(_view_of(name), scatter_cases, families) for name in SCATTERS},
    **{f"aten.{name}": Derivation(_view_of(functional), out_cases, out_families) for name, functional in OUTS.items()},
}
"""How the cases of every copy, scatter and `out=` overload are derived from those of its view."""

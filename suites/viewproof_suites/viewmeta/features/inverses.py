"""Features of inverses: which elements of its base a view names, and how torch recovers the base from the view."""

# Every feature takes the case and what the reference says of it.

from __future__ import annotations

from typing import Any

from viewproof.cases.model import Case, TensorArgument, operand
from viewproof.contract.features import FLOAT8, UNSIGNED, Features, base_of, dense
from viewproof.evidence.expectation import Expectation
from viewproof_reference.inverses import DataTensor, filled
from viewproof_reference.layout import DTYPES, Layout, Refusal, Size, contiguous_strides, element_count, predict
from viewproof_reference.layout.algebra import is_contiguous
from viewproof_reference.layout.positions import needed_bytes, positions
from viewproof_reference.layout.reshape import preserved_strides
from viewproof_suites.viewmeta import inverses
from viewproof_suites.viewmeta.cases import SchemaCase
from viewproof_suites.viewmeta.inverses import contents, guard

FEATURES = Features()


@FEATURES.feature("schema")
def _schema(case: Case, expectation: Expectation) -> bool:
    """The case is a schema, not a call."""
    return isinstance(case, SchemaCase)


def mutated_views(expectation: Expectation) -> list[Layout]:
    """The outputs whose inverse is asked for."""
    return [*inverses.mutated_views(expectation).values()]


# Dtypes that torch has no kernel to add (add_stub), and those that it has none to sum in the backward of unfold.
FEATURES.on_base("no-addition", lambda base: base.dtype in UNSIGNED | FLOAT8)
FEATURES.on_base("no-unfold-backward", lambda base: base.dtype in {"complex32"} | UNSIGNED | FLOAT8)


@FEATURES.feature("base-outgrows-out")
def _outgrows(case: Case, expectation: Expectation) -> bool:
    """The operand spans more bytes, from its first element on, than the elements of an output have together."""
    base = base_of(case)
    return base is not None and any(
        needed_bytes(base._replace(offset=0)) > element_count(view.size) * DTYPES[view.dtype].itemsize
        for view in mutated_views(expectation)
    )


def _misread(base: Layout, view: Layout, stride: Size) -> bool:
    # Whether the operand's strides, over the mutated output's elements stored by `stride`, read wrong elements.
    before, changed = contents(base.storage_bytes, "bool" if view.dtype == "bool" else base.dtype)
    laid = filled(Layout(view.size, stride, 0, view.dtype), DataTensor(view, changed).values)
    behind = laid.storage + guard(base.storage_bytes, view.dtype)
    due = filled(view, DataTensor(view, changed).values, before)
    plain = base._replace(offset=0, conj=False, neg=False)
    return DataTensor(plain, behind).values != DataTensor(base, due.storage).values


@FEATURES.feature("strides-misread")
def _strides_misread(case: Case, expectation: Expectation) -> bool:
    """The operand's strides, applied to a contiguous copy of a mutated output, read wrong elements."""
    base = base_of(case)
    return base is not None and any(
        _misread(base, view, contiguous_strides(view.size)) for view in mutated_views(expectation)
    )


@FEATURES.feature("dense-strides-misread")
def _dense_misread(case: Case, expectation: Expectation) -> bool:
    """The operand's strides, applied to a dense copy of a mutated output in its strides' order, read wrong elements."""
    base = base_of(case)
    return base is not None and any(
        _misread(base, view, preserved_strides(view.size, view.stride)) for view in mutated_views(expectation)
    )


@FEATURES.feature("out-has-more")
def _out_more(case: Case, expectation: Expectation) -> bool:
    """An output has more elements than the operand, which has some."""
    base = base_of(case)
    return base is not None and any(
        element_count(view.size) > element_count(base.size) > 0 for view in mutated_views(expectation)
    )


def _apart(case: Case, base: Layout) -> list[Layout]:
    # The outputs for a contiguous operand of the same size, in which no two elements share a position: their positions
    # number the operand's elements that they name. Empty where the call is refused on it.
    apart = Layout(base.size, contiguous_strides(base.size), 0, base.dtype, base.conj, base.neg)
    apart = apart._replace(storage_bytes=needed_bytes(apart))
    named = {name: operand(one) for name, one in case.kwargs}
    try:
        outputs = predict(case.operator, [apart, *map(operand, case.args[1:])], named)
    except Refusal:
        return []
    return [output.layout for output in outputs if isinstance(output.layout, Layout)]


@FEATURES.feature("unnamed-on-named-place")
def _unnamed(case: Case, expectation: Expectation) -> bool:
    """An element that an output does not name shares its position with one that it names (the operand overlaps)."""
    base = base_of(case)
    if base is None:
        return False
    places = positions(base)
    for view in _apart(case, base):
        named = set(positions(view))
        beside = {place for index, place in enumerate(places) if index not in named}
        if not beside.isdisjoint(places[index] for index in named):
            return True
    return False


@FEATURES.feature("names-twice")
def _names_twice(case: Case, expectation: Expectation) -> bool:
    """Two elements of one output name one element of the operand."""
    base = base_of(case)
    return base is not None and any(len(set(positions(view))) < len(positions(view)) for view in _apart(case, base))


@FEATURES.feature("names-not-all")
def _names_not_all(case: Case, expectation: Expectation) -> bool:
    """An output leaves out an element of the operand."""
    base = base_of(case)
    return base is not None and any(len(set(positions(view))) < element_count(base.size) for view in _apart(case, base))


@FEATURES.feature("leaves-out-true")
def _leaves_true(case: Case, expectation: Expectation) -> bool:
    """An element that an output does not name is true in a base of bools.

    At first odd positions are true. A position that the output names by another element is true afterwards if even.
    """
    base = base_of(case)
    if base is None:
        return False
    places = positions(base)
    for view in _apart(case, base):
        named = set(positions(view))
        written = {places[index] for index in named}
        if any(place % 2 != (place in written) for index, place in enumerate(places) if index not in named):
            return True
    return False


@FEATURES.feature("size-above-step")
def _size_above_step(case: Case, expectation: Expectation) -> bool:
    """For `unfold`: windows are longer than the step from one to the next."""
    _, _, size, step = case.args
    return bool(size > step)


# Contiguous in torch's sense; the feature `contiguous` also compares strides of one-element and of empty dimensions.
FEATURES.on_base("in-order", lambda base: is_contiguous(base.size, base.stride))


@FEATURES.feature("out-dense")
def _out_dense(case: Case, expectation: Expectation) -> bool:
    """Every output has elements, and they are dense in the order of their strides."""
    return all(0 not in view.size and dense(view) for view in mutated_views(expectation))


@FEATURES.feature("some-out-dense")
def _some_out_dense(case: Case, expectation: Expectation) -> bool:
    """Some output has elements, and they are dense in the order of their strides."""
    return any(0 not in view.size and dense(view) for view in mutated_views(expectation))


@FEATURES.feature("out-ranks-higher")
def _ranks_higher(case: Case, expectation: Expectation) -> bool:
    """An output has more dimensions than the operand."""
    base = base_of(case)
    return base is not None and any(len(view.size) > len(base.size) for view in mutated_views(expectation))


@FEATURES.feature("slice-of-operand")
def _slice_of_operand(case: Case, expectation: Expectation) -> bool:
    """For `slice_inverse`: the slice of the operand by the arguments has the size of the source."""
    base, second = base_of(case), case.args[1]
    if base is None or not isinstance(second, TensorArgument):
        return False
    return _sliced_size(base, case) == second.layout.size


def _sliced_size(base: Any, case: Case) -> Size | None:
    """The size of the slice of `base` by the arguments of a `slice_inverse`, None where there is none."""
    try:
        (output,) = predict("aten.slice.Tensor", [base, *case.args[2:]], dict(case.kwargs))
    except Refusal:
        return None
    return output.layout.size if isinstance(output.layout, Layout) else None


@FEATURES.feature("source-scalar")
def _source_scalar(case: Case, expectation: Expectation) -> bool:
    """The second operand has no dimension."""
    second = case.args[1]
    return isinstance(second, TensorArgument) and second.layout.size == ()


def _is_refused(operator: str, *args: Any) -> bool:
    try:
        predict(operator, args, {})
    except Refusal:
        return True
    return False


@FEATURES.feature("dtype-back-refused")
def _dtype_back(case: Case, expectation: Expectation) -> bool:
    """A contiguous copy of an output cannot be viewed in the operand's dtype."""
    base = base_of(case)
    return base is not None and any(
        _is_refused("aten.view.dtype", view._replace(stride=contiguous_strides(view.size), offset=0), base.dtype)
        for view in mutated_views(expectation)
    )


@FEATURES.feature("slice-of-source")
def _slice_of_source(case: Case, expectation: Expectation) -> bool:
    """For `slice_inverse`: the slice of the source by the arguments has the size of the operand."""
    base = base_of(case)
    return base is not None and _sliced_size(operand(case.args[1]), case) == base.size


@FEATURES.feature("dense-view-back-refused")
def _back_refused(case: Case, expectation: Expectation) -> bool:
    """A dense copy of an output in the order of its strides cannot be viewed in the operand's size."""
    base = base_of(case)
    return base is not None and any(
        _is_refused(
            "aten.view.default", view._replace(stride=preserved_strides(view.size, view.stride), offset=0), base.size
        )
        for view in mutated_views(expectation)
    )

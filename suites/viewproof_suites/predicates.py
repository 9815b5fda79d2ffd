"""Features of a case, by name: what a known issue's `when` is written in.

A feature is a fact of the case or of what the reference says of it, never of a result. A feature with a colon takes a
word: `dtype:bool` (the first operand's), `word:channels_last` (among the arguments), `rank:2` (the first operand's),
`refusal:TEXT` (the reference refuses with that reason, numbers and lists written as #).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from viewproof.cases.model import Case, SparseArgument, TensorArgument
from viewproof.expectation import Expectation, expect
from viewproof_reference.layout import DTYPES, Layout, contiguous_strides, element_count
from viewproof_reference.layout.positions import needed_bytes, positions

Feature = Callable[[Case, Expectation], bool]
FEATURES: dict[str, Feature] = {}


def feature(name: str) -> Callable[[Feature], Feature]:
    """Register a feature."""

    def register(function: Feature) -> Feature:
        FEATURES[name] = function
        return function

    return register


def base_of(case: Case) -> Layout | None:
    """The layout of the first operand, where it is strided."""
    first = case.args[0]
    return first.layout if isinstance(first, TensorArgument) else None


def _on_base(name: str, test: Callable[[Layout], bool]) -> None:
    FEATURES[name] = lambda case, expectation: (base := base_of(case)) is not None and test(base)


_on_base("empty", lambda base: 0 in base.size)
_on_base("scalar", lambda base: base.size == ())
_on_base("no-storage", lambda base: base.storage_bytes == 0)
_on_base("has-1", lambda base: 1 in base.size)
_on_base("one-element", lambda base: 0 not in base.size and all(extent == 1 for extent in base.size))
_on_base("contiguous", lambda base: base.stride == contiguous_strides(base.size))
_on_base("overlapping", lambda base: len(set(positions(base))) < len(positions(base)))
_on_base("zero-stride", lambda base: 0 in base.stride)
_on_base("offset", lambda base: base.offset != 0)
_on_base("gaps", lambda base: needed_bytes(base) < base.storage_bytes)
_on_base("conj", lambda base: base.conj)
_on_base("neg", lambda base: base.neg)
_on_base("lazy", lambda base: base.conj or base.neg)
_on_base("complex", lambda base: DTYPES[base.dtype].kind == "complex")
_on_base("float", lambda base: DTYPES[base.dtype].kind == "float")
_on_base("dense", lambda base: sorted(positions(base)) == list(range(base.offset, base.offset + len(positions(base)))))


def _numbers(case: Case) -> Iterator[int]:
    for one in (*case.args, *(value for _, value in case.kwargs)):
        if type(one) is int:
            yield one
        elif type(one) is tuple:
            yield from (number for number in one if type(number) is int)


def _lists(case: Case) -> list[tuple[Any, ...]]:
    return [one for one in case.args if type(one) is tuple]


@feature("always")
def _always(case: Case, expectation: Expectation) -> bool:
    return True


@feature("no-negation")
def _no_negation(case: Case, expectation: Expectation) -> bool:
    # Torch has no kernel that negates these.
    base = base_of(case)
    return base is not None and (base.dtype == "bool" or base.dtype.startswith("float8"))


@feature("numbers-scalar")
def _numbers_scalar(case: Case, expectation: Expectation) -> bool:
    return any(isinstance(one, TensorArgument) and one.values is not None and not one.layout.size for one in case.args)


@feature("out-other-count")
def _other_count(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and any(
        element_count(layout.size) != element_count(base.size) for layout in _outputs(expectation)
    )


@feature("empty-diagonal-moves")
def _empty_diagonal(case: Case, expectation: Expectation) -> bool:
    # The diagonal has no element, and its first one, were there any, would not be the operand's first.
    base = base_of(case)
    if case.operator != "aten.diagonal.default":
        return False
    named = dict(case.kwargs)
    offset, dim1, dim2 = (
        case.args[place] if len(case.args) > place else named.get(name, default)
        for place, name, default in ((1, "offset", 0), (2, "dim1", 0), (3, "dim2", 1))
    )
    if base is None or not any(0 in layout.size for layout in _outputs(expectation)):
        return False
    return bool(offset * base.stride[dim2 if offset > 0 else dim1])


@feature("grad")
def _grad(case: Case, expectation: Expectation) -> bool:
    return isinstance(case.args[0], TensorArgument) and "grad" in case.args[0].flags


@feature("view")
def _view(case: Case, expectation: Expectation) -> bool:
    return isinstance(case.args[0], TensorArgument) and "view" in case.args[0].flags


@feature("shared")
def _shared(case: Case, expectation: Expectation) -> bool:
    return bool(case.storages)


@feature("coalesced")
def _coalesced(case: Case, expectation: Expectation) -> bool:
    return isinstance(case.args[0], SparseArgument) and case.args[0].coalesced


@feature("dim-below-range")
def _dim_below(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and any(number == -len(base.size) - 1 for number in case.args[1:2] if type(number) is int)


@feature("negative-number")
def _negative(case: Case, expectation: Expectation) -> bool:
    return any(number < 0 for number in _numbers(case))


@feature("zero-number")
def _zero(case: Case, expectation: Expectation) -> bool:
    return 0 in _numbers(case)


@feature("huge-number")
def _huge(case: Case, expectation: Expectation) -> bool:
    return any(abs(number) >= 2**31 for number in _numbers(case))


@feature("empty-list")
def _empty_list(case: Case, expectation: Expectation) -> bool:
    return () in _lists(case)


@feature("lists-of-one-length")
def _even_lists(case: Case, expectation: Expectation) -> bool:
    return len({len(one) for one in _lists(case)}) == 1


@feature("wants-identity")
def _identity(case: Case, expectation: Expectation) -> bool:
    return any(output.identity for output in expectation.outputs or ())


@feature("wants-copy")
def _copy(case: Case, expectation: Expectation) -> bool:
    return any(output.shares is None for output in expectation.outputs or ())


@feature("wants-no-output")
def _no_output(case: Case, expectation: Expectation) -> bool:
    return expectation.outputs == ()


def _outputs(expectation: Expectation) -> list[Layout]:
    return [output.layout for output in expectation.outputs or () if isinstance(output.layout, Layout)]


@feature("out-empty")
def _out_empty(case: Case, expectation: Expectation) -> bool:
    return any(0 in layout.size for layout in _outputs(expectation))


@feature("out-has-1")
def _out_ones(case: Case, expectation: Expectation) -> bool:
    return any(1 in layout.size for layout in _outputs(expectation))


@feature("out-zero-stride")
def _out_zero_stride(case: Case, expectation: Expectation) -> bool:
    return any(0 in layout.stride for layout in _outputs(expectation))


@feature("out-same-size")
def _out_same_size(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and all(layout.size == base.size for layout in _outputs(expectation))


@feature("out-same-layout")
def _out_same_layout(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and all(
        layout.size == base.size and layout.stride == base.stride for layout in _outputs(expectation)
    )


@feature("out-contiguous")
def _out_contiguous(case: Case, expectation: Expectation) -> bool:
    return all(layout.stride == contiguous_strides(layout.size) for layout in _outputs(expectation))


@feature("out-grows-storage")
def _out_grows(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and any(layout.storage_bytes > base.storage_bytes for layout in _outputs(expectation))


@feature("out-same-elements")
def _out_same_elements(case: Case, expectation: Expectation) -> bool:
    base = base_of(case)
    return base is not None and all(positions(layout) == positions(base) for layout in _outputs(expectation))


_BRACKETS = re.compile(r"[\[(][^\])]*[\])]")
_NUMBER = re.compile(r"-?\d+")


def reason_of(expectation: Expectation) -> str:
    """The refusal's reason with lists and numbers as #; empty where the case is accepted."""
    if expectation.refusal is None:
        return ""
    return _NUMBER.sub("#", _BRACKETS.sub("#", expectation.refusal.reason))


def holds(name: str, case: Case, expectation: Expectation) -> bool:
    """Whether the feature called `name` (`!name` for its absence) holds. Raises ValueError for an unknown one."""
    if name.startswith("!"):
        return not holds(name[1:], case, expectation)
    kind, _, word = name.partition(":")
    if kind == "refusal":
        return reason_of(expectation) == word
    base = base_of(case)
    if kind == "dtype":
        return base is not None and base.dtype == word
    if kind == "rank":
        return base is not None and str(len(base.size)) == word
    if kind == "word":
        return word in case.args or word in [value for _, value in case.kwargs]
    if name not in FEATURES:
        raise ValueError(f"feature {name!r}: wanted one of {', '.join(FEATURES)}")
    return FEATURES[name](case, expectation)


def matches(when: tuple[str, ...], case: Case) -> bool:
    """Whether every feature of `when` holds."""
    expectation = expect(case)
    return all(holds(name, case, expectation) for name in when)

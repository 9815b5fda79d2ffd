"""Chooses what is timed: an accepted call of each view operator, and that call on bases of other sizes and ranks.

A call is chosen on a base whose last dimension is a prime. Made larger, every size and every number in its arguments
that is a multiple of that prime grows with it: `view([2, 35])` stays the same view of a base of a million elements.
The reference says whether the grown call is accepted and has as many outputs, of the same ranks, as the small one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from viewproof.bench.model import HOME_ELEMENTS, RANK_ELEMENTS, Settings
from viewproof.cases import format_case
from viewproof.cases.model import Case, TensorArgument
from viewproof.contract.installed import find_suite
from viewproof.evidence.expectation import accepted_cases, expect
from viewproof.generate.bases import argument
from viewproof.generate.grid import KeywordCall, spread
from viewproof.generate.placements import place
from viewproof.generate.registry import SPECS
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.model import Layout, Size, contiguous_strides, element_count

PRIME = 7
#: Shapes of the small base, the first one whose calls can be grown is taken; all but the last dimension stay.
_SHAPES: tuple[Size, ...] = ((2, 5, PRIME), (10, PRIME), (2, 5, 1, PRIME), (PRIME,))
_DTYPES = {"complex": "complex64"}
#: At most so many of an operator's calls are considered.
CANDIDATES = 64
HUGE = 1_000_000
#: An output that holds a smaller share of its base could be copied unseen.
ENOUGH = 0.1
#: More outputs than this cost what outputs cost, not what a view costs.
MOST_OUTPUTS = 8


@dataclass(frozen=True, slots=True)
class Point:
    """A case, with the rank and the number of elements of its base; both None where the base is not strided."""

    case: Case
    rank: int | None
    elements: int | None


@dataclass(frozen=True, slots=True)
class MeasuredOperator:
    """An operator's calls: `home` is the one that every variant runs, also among those by size; others are by rank.

    `fixed` says why there is neither size nor rank, and is empty where there is.
    """

    operator: str
    home: Point
    sizes: tuple[Point, ...] = ()
    ranks: tuple[Point, ...] = ()
    fixed: str = ""


def subject_of(operator: str, settings: Settings) -> MeasuredOperator | None:
    """The calls of `operator`, None where the reference accepts no call of it that shares storage."""
    spec = SPECS.get(operator)
    for shape in _SHAPES if spec is not None else ():
        sizes = _grown(operator, shape, tuple(sorted({*settings.sizes, HOME_ELEMENTS})))
        if sizes:
            home = next(point for point in sizes if point.elements == HOME_ELEMENTS)
            swept = tuple(point for point in sizes if point.elements in settings.sizes)
            return MeasuredOperator(operator, home, swept, _ranks(operator, settings, len(_signature(home.case) or ())))
    why = "its base is not strided" if spec is None else "no call of it grows with its base"
    for family in find_suite("views").families(operator, "quick"):
        for case in accepted_cases(operator, family, "quick"):
            if _shares(case):
                return MeasuredOperator(operator, Point(case, None, None), fixed=why)
    return None


def _ranks(operator: str, settings: Settings, outputs: int) -> tuple[Point, ...]:
    """A point a rank that has a call with as many outputs as home has."""
    points: list[Point] = []
    for rank in settings.ranks:
        points += _grown(operator, (*(2,) * (rank - 1), PRIME), (RANK_ELEMENTS,), outputs)
    return tuple(points)


def _grown(operator: str, shape: Size, sizes: tuple[int, ...], outputs: int | None = None) -> tuple[Point, ...]:
    """The call on a base of `shape`: of those that change something, the one whose outputs are nearest to the base in
    elements at every size, so that a hidden copy cannot be a small one. Empty where none is accepted.

    `outputs` says how many it must have, where that matters.
    """
    spec = SPECS[operator]
    if spec.dtypes == "pairs":
        shape = (*shape, 2)
    base = argument(place(shape, contiguous_strides(shape)), _DTYPES.get(spec.dtypes, "float32"))
    good = spec.function(base.layout).good
    calls = [good[place] for place in spread(range(len(good)), CANDIDATES)]
    if operator in _MORE:
        calls += _MORE[operator](base.layout)
    best: tuple[tuple[bool, float], tuple[Point, ...]] = ((False, -1.0), ())
    prefix = element_count(shape) // PRIME
    for small in (_case(operator, base, call) for call in calls):
        wanted = _signature(small)
        if wanted is None or len(wanted) > MOST_OUTPUTS or outputs not in (None, len(wanted)):
            continue
        cases = [grow(small, size // prefix) for size in sizes]
        if any(_signature(case) != wanted for case in cases):
            continue
        held = min(_held(case) for case in cases)
        worth = held >= ENOUGH and _changes(small), held
        if best[0] < worth:
            points = zip(cases, sizes, strict=True)
            best = worth, tuple([Point(case, len(shape), size) for case, size in points])
    return best[1]


def _transposed(layout: Layout) -> list[tuple[Any, ...]]:
    return [(layout.size[::-1], layout.stride[::-1])]


#: Calls beside the generator's, where those hold a few elements of a base at most.
_MORE = {"aten.as_strided.default": _transposed}


def _case(operator: str, base: TensorArgument, call: Any) -> Case:
    args, kwargs = call if type(call) is KeywordCall else (call, ())
    if any(type(one) is TensorArgument and one.storage is not None for one in args):
        declared = (base.layout.dtype, element_count(base.layout.size))
        return Case(operator, (replace(base, storage=0), *args), kwargs, (declared,))
    return Case(operator, (base, *args), kwargs)


def _signature(case: Case) -> tuple[int, ...] | None:
    """The rank of each output; None where the call is refused, or an output is no strided view of an operand."""
    outputs = expect(case).outputs
    if not outputs or any(one.shares is None or not isinstance(one.layout, Layout) for one in outputs):
        return None
    return tuple([len(one.layout.size) for one in outputs if isinstance(one.layout, Layout)])


def _changes(case: Case) -> bool:
    """Whether some output does not look like the base."""
    base = _looks(case.args[0].layout)
    return any(_looks(one.layout) != base for one in expect(case).outputs or () if isinstance(one.layout, Layout))


def _looks(layout: Layout) -> Layout:
    return layout._replace(storage_bytes=0)


def _shares(case: Case) -> bool:
    return any(one.shares is not None for one in expect(case).outputs or ())


def _held(case: Case) -> float:
    """How nearly the outputs hold as many elements as the base: 1 at best, less where there are fewer or more."""
    outputs = expect(case).outputs or ()
    total = sum(element_count(one.layout.size) for one in outputs if isinstance(one.layout, Layout))
    share = total / element_count(case.args[0].layout.size)
    return min(share, 1 / share) if share else 0.0


def grow(case: Case, last: int) -> Case:
    """`case` with every multiple of PRIME in it turned into that multiple of `last`; operands grow, values stay."""
    args = tuple([_grow(one, last) for one in case.args])
    kwargs = tuple([(name, _grow(value, last)) for name, value in case.kwargs])
    storages = tuple([(dtype, _grow(count, last)) for dtype, count in case.storages])
    return Case(case.operator, args, kwargs, storages)


def _grow(value: Any, last: int) -> Any:
    if type(value) is int:
        # What is out of all proportion means "to the end", and happens to be a multiple of seven.
        return value // PRIME * last if value % PRIME == 0 and abs(value) < HUGE else value
    if type(value) is tuple:
        return tuple([_grow(one, last) for one in value])
    if type(value) is TensorArgument and value.values is None:
        layout = value.layout
        size, stride, offset = _grow(layout.size, last), _grow(layout.stride, last), _grow(layout.offset, last)
        held = layout.storage_bytes // itemsize(layout.dtype)
        room = place(size, stride, offset).elements if value.storage is None else _grow(held, last)
        grown = layout._replace(size=size, stride=stride, offset=offset, storage_bytes=room * itemsize(layout.dtype))
        return replace(value, layout=grown)
    return value


def copy_of(case: Case, copy: str) -> Case:
    """The same call of the view's copy."""
    return replace(case, operator=copy)


def scatter_of(case: Case, scatter: str) -> Case:
    """The view's scatter: a contiguous `src` of the view's size goes into its place."""
    (output,) = expect(case).outputs or ()
    assert isinstance(output.layout, Layout), f"{scatter}: wanted the view of a strided base, got {format_case(case)}"
    size = output.layout.size
    source = argument(place(size, contiguous_strides(size)), output.layout.dtype)
    return replace(case, operator=scatter, args=(case.args[0], source, *case.args[1:]))

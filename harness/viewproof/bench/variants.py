"""The ways to run a call, each prepared for timing: what is built, wrapped or compiled once is not in the time.

- functionalize: the call on a wrapped base under C++ functionalization, as AOTAutograd's tracing makes it, wrapping and
  unwrapping left out; with views reapplied, and with views made copies.
- fake: torch's cache on and warm, the mode entered once a sample.
- decomposed: the decomposition that torch registers (torch._decomp), called on real tensors.
- aot_eager: `torch.compile(backend="aot_eager")` of the one call, called again: guards and runtime wrappers around the
  graph. No kernel is generated, so that what it costs more than eager is overhead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, NamedTuple

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._pytree import tree_map_only

from viewproof.bench.clocks import Clock, HostClock
from viewproof.bench.measure import TimedCall
from viewproof.bench.subjects import Point, copy_of, scatter_of
from viewproof.cases.model import Case
from viewproof.catalog import catalog
from viewproof.catalog.overloads import resolve
from viewproof.catalog.variants import Variants, variants
from viewproof.tensors.build import build_case


class Unavailable(Exception):
    """Raised where a call has no such variant; the message says why."""


class TimingPlace(NamedTuple):
    """Where things are timed: the device and its clock."""

    device: str
    clock: Clock


@cache
def _relations() -> dict[str, Variants]:
    return {row.view: row for row in variants(catalog())}


def _filled(case: Case, device: str) -> tuple[list[Any], dict[str, Any]]:
    """The arguments on `device`, their storages written once: memory that no one wrote to may not be there yet."""
    args, kwargs = build_case(case, device)
    for one in [*args, *kwargs.values()]:
        # Operands of numbers were given their values; they are integers, and bases here are floating or complex.
        if isinstance(one, torch.Tensor) and one.layout is torch.strided and not one.is_nested:
            if one.is_floating_point() or one.is_complex():
                storage = one.untyped_storage()
                torch.empty(0, dtype=torch.uint8, device=one.device).set_(storage).zero_()
    return args, kwargs


def _bound(case: Case, device: str) -> Callable[[], object]:
    args, kwargs = _filled(case, device)
    return partial(resolve(case.operator), *args, **kwargs)


def _eager(point: Point, place: TimingPlace) -> TimedCall:
    return TimedCall(_bound(point.case, place.device), place.clock)


def _copy(point: Point, place: TimingPlace) -> TimedCall:
    name = _related(point.case.operator, "copy")
    return TimedCall(_bound(copy_of(point.case, name), place.device), place.clock)


def _scatter(point: Point, place: TimingPlace) -> TimedCall:
    name = _related(point.case.operator, "scatter")
    return TimedCall(_bound(scatter_of(point.case, name), place.device), place.clock)


def _related(view: str, kind: str) -> str:
    row = _relations().get(view)
    name: str = "" if row is None else getattr(row, kind)
    if not name:
        raise Unavailable(f"torch has no {kind} of it")
    return name


@contextmanager
def _functionalization(reapply_views: bool) -> Iterator[None]:
    torch._enable_functionalization(reapply_views=reapply_views)
    try:
        yield
    finally:
        torch._disable_functionalization()


def _functional(point: Point, place: TimingPlace, *, reapply_views: bool) -> TimedCall:
    _strided(point)
    wrapped = tree_map_only(torch.Tensor, torch._to_functional_tensor, _filled(point.case, place.device))
    call = partial(resolve(point.case.operator), *wrapped[0], **wrapped[1])
    return TimedCall(call, place.clock, partial(_functionalization, reapply_views))


def _meta(point: Point, place: TimingPlace) -> TimedCall:
    del place
    _strided(point)
    args, kwargs = build_case(point.case, "meta")
    return TimedCall(partial(resolve(point.case.operator), *args, **kwargs), HostClock())


def _fake(point: Point, place: TimingPlace) -> TimedCall:
    _strided(point)
    mode = FakeTensorMode()
    mode.cache_enabled = True
    make = partial(mode.from_tensor, static_shapes=True)
    args, kwargs = tree_map_only(torch.Tensor, make, build_case(point.case, place.device))
    return TimedCall(partial(resolve(point.case.operator), *args, **kwargs), HostClock(), lambda: mode)


def _decomposed(point: Point, place: TimingPlace) -> TimedCall:
    function = _decomposition(point.case.operator)
    _strided(point)
    args, kwargs = _filled(point.case, place.device)
    return TimedCall(partial(function, *args, **kwargs), place.clock)


def _decomposition(operator: str) -> Callable[..., Any]:
    from torch._decomp import core_aten_decompositions, decomposition_table

    overload = resolve(operator)
    found = decomposition_table.get(overload) or core_aten_decompositions().get(overload)
    if found is None:
        raise Unavailable("torch._decomp has no decomposition of it")
    return found


def _compiled(point: Point, place: TimingPlace) -> TimedCall:
    """The variant aot_eager (see above); dynamo's cache is emptied before, so that it holds only this call."""
    import torch._dynamo

    _strided(point)
    overload = resolve(point.case.operator)
    args, kwargs = _filled(point.case, place.device)
    tensors = [one for one in args if isinstance(one, torch.Tensor)]

    def program(*given: torch.Tensor) -> Any:
        rest = iter(given)
        return overload(*[next(rest) if isinstance(one, torch.Tensor) else one for one in args], **kwargs)

    torch._dynamo.reset()
    compiled = torch.compile(program, backend="aot_eager", dynamic=False, fullgraph=True)
    return TimedCall(partial(compiled, *tensors), place.clock)


def _strided(point: Point) -> None:
    if point.rank is None:
        raise Unavailable("run on a strided base that grows only")


_MAKERS: dict[str, Callable[[Point, TimingPlace], TimedCall]] = {
    "eager": _eager,
    "copy": _copy,
    "scatter": _scatter,
    "functionalize": partial(_functional, reapply_views=True),
    "functionalize-copies": partial(_functional, reapply_views=False),
    "meta": _meta,
    "fake": _fake,
    "decomposed": _decomposed,
    "aot_eager": _compiled,
}


def ready(variant: str, point: Point, place: TimingPlace) -> TimedCall:
    """`point`'s call made ready, and made once. Raises Unavailable where there is none, or torch refuses to make it."""
    try:
        timed = _MAKERS[variant](point, place)
        with timed.inside():
            timed.call()
    except Unavailable:
        raise
    except Exception as error:
        lines = str(error).splitlines()
        said = lines[0] if lines else "no message"
        raise Unavailable(f"{type(error).__name__}: {textwrap.shorten(said, 160, placeholder='...')}") from error
    return timed

"""The generator's interface: an operator's families, and the cases of one of them, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from viewproof.cases.model import Case, TensorArgument
from viewproof.generate.bases import STRIDED, bases, sharing
from viewproof.generate.corners import CORNER, CORNERS, corner_cases
from viewproof.generate.exhaustive import RANKS, bounded_bases
from viewproof.generate.grid import KeywordCall, choose
from viewproof.generate.opinfo import opinfo_cases
from viewproof.generate.registry import COMPOSITES, SPECS, Spec, derived_operators
from viewproof_reference.layout.dtypes import itemsize

PROFILES = ("quick", "full", "exhaustive")
# How many times as many good calls a base gets in full as in quick; exhaustive has no limit.
FULL_WEIGHT = 1
UNLIMITED = 1 << 60


def has_generator(operator: str) -> bool:
    """Whether cases of `operator` (`aten.slice.Tensor`) can be generated."""
    return operator in SPECS or operator in COMPOSITES or operator in derived_operators()


def generated_operators() -> tuple[str, ...]:
    """Every operator that has a generator, by name."""
    return tuple(sorted({*SPECS, *COMPOSITES, *derived_operators()}))


@cache
def families(operator: str, profile: str = "quick") -> tuple[str, ...]:
    """The kinds of base that `operator` gets under `profile`, in order. Raises KeyError for an unknown operator."""
    if profile not in PROFILES:
        raise ValueError(f"profile: wanted one of {', '.join(PROFILES)}, got {profile!r}")
    if not has_generator(operator):
        raise KeyError(f"{operator}: wanted an operator with a generator, got one without")
    if operator in derived_operators():
        # Corner cases of the view are not repeated: the derived operator would show nothing new.
        return tuple(
            name
            for name in derived_operators()[operator].families(derived_operators()[operator].view, profile)
            if name != CORNER
        )
    found: list[str] = []
    spec = SPECS.get(operator)
    if spec is not None and profile == "exhaustive":
        found += [rank for rank in RANKS if _reaches(spec, bounded_bases(rank, spec.dtypes))]
    elif spec is not None:
        wanted = [name for name in STRIDED if name not in spec.without]
        found += [name for name in wanted if _reaches(spec, bases(name, spec.dtypes, False))]
    found += COMPOSITES.get(operator, {})
    if operator in CORNERS:
        found.append(CORNER)
    if profile == "full":
        found.append("opinfo")
    return tuple(found)


def _reaches(spec: Spec, some: Any) -> bool:
    return any(len(spec.function(base.layout).good) for base in some)


def cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    """The cases of `operator` on the bases of `family`: each once, in a fixed order, bad ones among them.

    Raises ValueError for a family that the operator does not get.
    """
    if family not in families(operator, profile):
        raise ValueError(f"{operator}: wanted a family of {', '.join(families(operator, profile))}, got {family!r}")
    if operator in derived_operators():
        return derived_operators()[operator].cases(operator, family, profile)
    if family == "opinfo":
        return opinfo_cases(operator)
    if family == CORNER:
        return corner_cases(operator)
    composites = COMPOSITES.get(operator, {})
    if family in composites:
        return _composite_cases(operator, family, profile)
    spec = SPECS[operator]
    if profile == "exhaustive":
        return _strided_cases(operator, spec, bounded_bases(family, spec.dtypes), (), UNLIMITED)
    wide = profile == "full"
    odd = spec.odd if family == families(operator, profile)[0] else ()
    limit = 2 * spec.weight * FULL_WEIGHT if wide else spec.weight
    start = 5 * families(operator, profile).index(family)
    return _strided_cases(operator, spec, bases(family, spec.dtypes, wide), odd, limit, start=start)


def _composite_cases(operator: str, family: str, profile: str) -> Iterator[Case]:
    seen: set[Case] = set()
    for args, kwargs in COMPOSITES[operator][family](profile != "quick"):
        case = Case(operator, args, kwargs)
        if case not in seen:
            seen.add(case)
            yield case


def _strided_cases(
    operator: str, spec: Spec, some: Any, odd: tuple[TensorArgument, ...], weight: int, *, start: int = 0
) -> Iterator[Case]:
    # Two bases get `weight` good calls together. Bad calls follow the good ones,
    # one to four of them at the most; fractions carry over to the next base (`owed`).
    function = spec.function
    owed = 0.0
    share = UNLIMITED if weight == UNLIMITED else 0.2
    for turn, base in enumerate(some):
        good, bad = function(base.layout)
        limit = (turn + 1) * weight // 2 - turn * weight // 2
        for call in choose(good, limit, turn):
            owed += share
            yield _case(operator, base, call)
        if len(bad) and owed >= 1:
            count = min(len(bad), int(owed))
            owed = min(owed - count, 3)
            for _ in range(count):
                # In rotation, from a place of the family's own: every bad call is met, whatever their number.
                yield _case(operator, base, bad[start % len(bad)])
                start += 1
    for base in odd:
        yield Case(operator, (base,))


def _case(operator: str, base: TensorArgument, call: Any) -> Case:
    if type(call) is KeywordCall:
        args, kwargs = call
    else:
        args, kwargs = call, ()
    for one in args:
        if type(one) is TensorArgument and one.storage is not None:
            layout = base.layout
            declared = (layout.dtype, layout.storage_bytes // itemsize(layout.dtype))
            return Case(operator, (sharing(base), *args), kwargs, (declared,))
    return Case(operator, (base, *args), kwargs)

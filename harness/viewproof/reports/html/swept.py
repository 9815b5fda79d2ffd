"""Finds what a run covered (dtypes, base families, argument values) by generating its cases again.

The journal counts passes and names no passed case, but it keeps a hash of each name. So the cases are generated once
more, and those count whose hash the journal holds; the rest is reported as unknown.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from viewproof.cases import (
    Case,
    DualArgument,
    NestedArgument,
    SparseArgument,
    TensorArgument,
    format_argument,
    format_case,
    parse_case,
)
from viewproof.catalog.overloads import resolve
from viewproof.engine.plan import NAMED
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of

MAX_CASES = 300_000
"""A run of more cases is not generated again: it would take longer than a reader waits."""
SHOWN_VALUES = 16


class SweepingSuite(Protocol):
    """The attributes of a suite that this module needs."""

    def cases(self, operator: str, family: str, profile: str, /) -> Iterator[Any]: ...


@dataclass(slots=True)
class SweptValues:
    """What one operator was swept with: cases a dtype of the base, and cases a value of each argument.

    `unknown` counts the cases of the journal that this version does not generate; `reasons` say why, where known.
    """

    cases: int = 0
    unknown: int = 0
    reasons: list[str] = field(default_factory=list)
    dtypes: Counter[str] = field(default_factory=Counter)
    arguments: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def sweep_again(
    records: Iterable[ChunkRecord], suites: Mapping[str, SweepingSuite], profile: str
) -> dict[str, SweptValues] | str:
    """What each operator was swept with; a text instead that says why it is not known."""
    wanted: dict[str, dict[tuple[str, str], set[int]]] = defaultdict(dict)
    named: dict[str, list[str]] = defaultdict(list)
    total = 0
    for record in records:
        total += len(record.signatures)
        if record.family == NAMED:
            # The chunk's name: suite/profile/device/case/targets/rules (engine/chunk.py).
            named[record.operator].append(record.chunk.split("/", 3)[-1].rsplit("/", 2)[0])
        wanted[record.operator].setdefault((record.suite, record.family), set()).update(record.signatures)
    if total > MAX_CASES:
        return f"not worked out for a run of more than {MAX_CASES:,} cases"

    def generated(operator: str, suite: str, family: str) -> Iterator[Any]:
        if family == NAMED:
            return (parse_case(name) for name in named[operator])
        return suites[suite].cases(operator, family, profile)

    return {operator: _sweep(operator, families, generated) for operator, families in wanted.items()}


def _sweep(
    operator: str, families: Mapping[tuple[str, str], set[int]], generated: Callable[[str, str, str], Iterator[Any]]
) -> SweptValues:
    swept = SweptValues()
    left: set[int] = set().union(*families.values())
    swept.cases = len(left)
    names = _argument_names(operator)
    for (suite, family), signatures in families.items():
        if left.isdisjoint(signatures):
            continue
        try:
            for case in generated(operator, suite, family):
                hash_ = signature_of(format_case(case))
                if hash_ in left:
                    left.discard(hash_)
                    _count(swept, case, names)
                    if left.isdisjoint(signatures):
                        break
        except Exception as error:  # noqa: BLE001 -- another version's suite, family or case: reported, and left out
            swept.reasons.append(f"{suite}, {family}: {type(error).__name__}: {error}"[:200])
    swept.unknown = len(left)
    return swept


def _argument_names(operator: str) -> list[str]:
    try:
        return [argument.name for argument in resolve(operator)._schema.arguments]
    except (ValueError, RuntimeError):
        # A made-up operator, or one of a module that is not imported here: its arguments go by number.
        return []


def _count(swept: SweptValues, case: Any, names: list[str]) -> None:
    if not isinstance(case, Case):
        return
    based = False
    positional = [(names[index] if index < len(names) else f"{index}", value) for index, value in enumerate(case.args)]
    for name, value in [*positional, *case.kwargs]:
        dtype = _dtype(value)
        if dtype is None:
            swept.arguments[name][format_argument(value, case.storages)] += 1
        elif not based:
            based = True
            swept.dtypes[dtype] += 1


def _dtype(value: Any) -> str | None:
    """The dtype of a tensor argument, or of the first of a list of them; None where it is no tensor."""
    match value:
        case TensorArgument():
            return value.layout.dtype
        case SparseArgument():
            return value.values.layout.dtype
        case NestedArgument():
            return value.buffer.layout.dtype
        case DualArgument():
            return value.primal.layout.dtype
        case tuple() if value:
            return _dtype(value[0])
    return None

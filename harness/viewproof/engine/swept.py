"""Finds what a run covered (dtypes, base families, argument values) by generating its cases again.

The journal counts passes and names no passed case, but it keeps a hash of each name. So the cases are generated once
more, and those count whose hash the journal holds; the rest is reported as unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

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
from viewproof.contract.installed import suites_of_run
from viewproof.engine.plan import NAMED
from viewproof.records.model import ChunkRecord
from viewproof.records.signature import signature_of

MAX_CASES = 300_000
"""A run of more cases is not generated again: it would take longer than a reader waits."""
SHOWN_VALUES = 16


class SweepingSuite(Protocol):
    """The attributes of a suite that this module needs."""

    def cases(self, operator: str, family: str, profile: str, /) -> Iterator[Any]: ...


class SweptValues(msgspec.Struct):
    """What one operator was swept with: cases a dtype of the base, and cases a value of each argument.

    `unknown` counts the cases of the journal that this version does not generate; `reasons` say why, where known.
    """

    cases: int = 0
    unknown: int = 0
    reasons: list[str] = []
    dtypes: dict[str, int] = {}
    arguments: dict[str, dict[str, int]] = {}


#: What each operator was swept with; a text instead that says why it is not known.
Swept = dict[str, SweptValues] | str


class CheckedCases(msgspec.Struct, frozen=True):
    """What of a chunk's record names its cases: as much as another process needs to find them again."""

    chunk: str
    suite: str
    operator: str
    family: str
    signatures: list[int]


def checked_cases(records: Iterable[ChunkRecord]) -> bytes:
    """The cases of the records as bytes, for `swept_apart`."""
    return msgspec.msgpack.encode(
        [CheckedCases(one.chunk, one.suite, one.operator, one.family, one.signatures) for one in records]
    )


def swept_apart(checked: bytes, suites: list[str], profile: str) -> Swept:
    """`sweep_again` of what was sent as bytes, on the suites of these names."""
    records = msgspec.msgpack.decode(checked, type=list[CheckedCases])
    return sweep_again(records, suites_of_run(suites), profile)


def sweep_again(
    records: Iterable[ChunkRecord | CheckedCases], suites: Mapping[str, SweepingSuite], profile: str
) -> Swept:
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
        wanted = len(left & signatures)
        if not wanted:
            continue
        try:
            for case in generated(operator, suite, family):
                hash_ = signature_of(format_case(case))
                if hash_ in left:
                    left.discard(hash_)
                    _count(swept, case, names)
                    wanted -= hash_ in signatures
                    if not wanted:
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
            values = swept.arguments.setdefault(name, {})
            said = format_argument(value, case.storages)
            values[said] = values.get(said, 0) + 1
        elif not based:
            based = True
            swept.dtypes[dtype] = swept.dtypes.get(dtype, 0) + 1


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

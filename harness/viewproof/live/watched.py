"""Lists the overloads that are checked while a program runs, with the rules that their suites ask of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch

from viewproof.catalog import catalog
from viewproof.catalog.overloads import resolve
from viewproof.contract.installed import own_rules, own_suites
from viewproof.contract.rule import Rule
from viewproof.contract.suite import Suite
from viewproof.engine.query import matches_beginning
from viewproof.errors import UsageError
from viewproof.evidence.subject import operator_traits
from viewproof_reference.layout import has_layout_rule

#: The tensor arguments that an operator reads as numbers, by place: their values are part of the case.
NUMBERS = {
    "aten.narrow.Tensor": frozenset({2}),
    "aten.tensor_split.tensor_indices_or_sections": frozenset({1}),
    "aten._nested_view_from_buffer.default": frozenset({1, 2, 3}),
    "aten._nested_view_from_buffer_copy.default": frozenset({1, 2, 3}),
}


@dataclass(frozen=True, slots=True)
class WatchedOverload:
    """One overload of the catalog.

    `asked` are the rules on facts by suite, `refusing` those on refused calls with their suite. `again` are the suites
    whose runs by name the case gets. `names` are the schema's arguments in order. `plain`: the first argument is the
    only tensor; `lists`: some argument is a list; `single`: it returns one tensor, and no list.
    """

    name: str
    overload: torch._ops.OpOverload
    names: tuple[str, ...]
    numbers: frozenset[int]
    inplace: bool
    asked: tuple[tuple[str, tuple[Rule, ...]], ...]
    refusing: tuple[str, tuple[Rule, ...]] | None
    again: tuple[Suite, ...]
    plain: bool
    lists: bool
    single: bool


@cache
def all_watched() -> dict[torch._ops.OpOverload, WatchedOverload]:
    """Every overload that has a layout rule and is of some suite, by torch's own object."""
    rules = own_rules()
    suites = [suite for suite in own_suites().values() if suite.live is not None]
    refusing = [suite for suite in own_suites().values() if suite.refused]
    members = {suite.name: frozenset(suite.operators()) for suite in (*suites, *refusing)}
    found: dict[torch._ops.OpOverload, WatchedOverload] = {}
    for name, entry in catalog().items():
        having = [suite for suite in suites if name in members[suite.name]]
        if entry.kind == "excluded" or not has_layout_rule(name) or not having:
            continue
        asked: dict[str, list[Rule]] = {}
        taken: set[str] = set()
        for suite in having:
            mine = [rule for rule in suite.rules if rule not in taken and rules[rule].probe == "facts"]
            taken.update(mine)
            if mine:
                asked[suite.name] = [rules[rule] for rule in mine]
        overload = resolve(name)
        found[overload] = WatchedOverload(
            name,
            overload,
            tuple([argument.name for argument in overload._schema.arguments]),
            NUMBERS.get(name, frozenset()),
            operator_traits(name).inplace,
            tuple([(suite, tuple(those)) for suite, those in asked.items()]),
            next(
                (
                    (one.name, tuple([rules[rule] for rule in one.rules]))
                    for one in refusing
                    if name in members[one.name]
                ),
                None,
            ),
            tuple(having),
            *_shape_of(overload),
        )
    return found


def _shape_of(overload: torch._ops.OpOverload) -> tuple[bool, bool, bool]:
    kinds = [str(argument.type) for argument in overload._schema.arguments]
    plain = kinds[0] == "Tensor" and not any("Tensor" in kind for kind in kinds[1:])
    lists = any("List" in kind for kind in kinds)
    return plain, lists, [str(one.type) for one in overload._schema.returns] == ["Tensor"]


def watched_of(patterns: Sequence[str]) -> dict[torch._ops.OpOverload, WatchedOverload]:
    """The watched overloads that one of `patterns` (`aten.slice`, `aten.*_copy.default`) selects; all without any.

    Raises UsageError for a pattern that selects none.
    """
    everything = all_watched()
    for pattern in patterns:
        if not any(matches_beginning(pattern, one.name) for one in everything.values()):
            raise UsageError(
                f"operator {pattern!r}: wanted one of the {len(everything)} that are checked live, got none"
            )
    if not patterns:
        return everything
    return {
        overload: one
        for overload, one in everything.items()
        if any(matches_beginning(pattern, one.name) for pattern in patterns)
    }

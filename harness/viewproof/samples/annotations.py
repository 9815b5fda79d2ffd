"""Reads a schema's alias annotations: which return may share which argument's storage, which arguments are written."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from viewproof.catalog.overloads import resolve
from viewproof.catalog.schemas import Value, describe


class Annotations(NamedTuple):
    """`writes` are the arguments that may change. For each return, in order: `aliases` names the arguments whose
    storage it may lie on, `written` says that it is one of those that are written.
    """

    writes: frozenset[str]
    aliases: tuple[frozenset[str], ...]
    written: tuple[bool, ...]

    def may_lie_on(self, number: int, operand: str) -> bool:
        """Whether return `number` may lie on the storage of `operand` (`self`, `tensors.1`)."""
        return operand.partition(".")[0] in self.aliases[number]

    def may_meet(self, one: int, other: int) -> bool:
        """Whether two returns, or two parts of one, may lie on one storage: they have an alias set in common."""
        return bool(self.aliases[one] & self.aliases[other])


def _meet(returned: Value, argument: Value) -> bool:
    # A list names its set on its elements, where Python cannot read it: it may be any.
    if not (returned.aliased and argument.aliased):
        return False
    return not (returned.sets and argument.sets) or not returned.sets.isdisjoint(argument.sets)


@lru_cache(maxsize=8192)
def annotations_of(operator: str) -> Annotations:
    """The annotations of an overload of the installed torch. Raises ValueError where it has none of that name."""
    record = describe(resolve(operator)._schema)
    return Annotations(
        frozenset([argument.name for argument in record.arguments if argument.writes]),
        tuple([
            frozenset([argument.name for argument in record.arguments if _meet(returned, argument)])
            for returned in record.returns
        ]),
        tuple([returned.writes for returned in record.returns]),
    )  # fmt: skip

"""Answers: what the reference or a target says of a subject beside its outputs, in types that contracts declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

import msgspec


class Answers(msgspec.Struct):
    """The answers of one side. A contract's own type has a field an answer, None where an answer is absent."""

    def by_name(self) -> Mapping[str, object]:
        """Every answer that there is, by the name under which a report shows it."""
        named = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: value for name, value in named.items() if value is not None}


class Side(Protocol):
    """One side: what the reference expects of a subject, or what a target showed of it."""

    @property
    def answers(self) -> Answers | None: ...


Wanted = TypeVar("Wanted", bound=Answers)


def answers_of(side: Side, wanted: type[Wanted]) -> Wanted:
    """The answers of a side. Raises TypeError where there are none, or none of the wanted type."""
    answers = side.answers
    if not isinstance(answers, wanted):
        raise TypeError(f"answers: wanted {wanted.__name__}, got {type(answers).__name__}")
    return answers

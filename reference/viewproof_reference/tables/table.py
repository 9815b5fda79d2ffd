"""The decomposition table: a mapping from operators to their decompositions, to which custom operators are added later.

When it is made, it has every decomposition of aten. To preserve an operator, delete it. Custom operators are those of
other namespaces; one may be deleted before it is loaded. Reading adds every custom operator that is loaded by then,
unless it was deleted; writing adds none.
"""

from __future__ import annotations

import copy
from collections.abc import (
    Callable,
    Hashable,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    MutableMapping,
    ValuesView,
)
from typing import Any, Protocol, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Found_co = TypeVar("Found_co", covariant=True)


class Operators(Protocol[Key, Found_co]):
    """The source of a table's decompositions."""

    def aten(self) -> Mapping[Key, Found_co]:
        """The decompositions of aten: what a table holds when it is made."""
        ...

    def custom(self) -> Mapping[Key, Found_co]:
        """The decompositions of the custom operators that are loaded by now."""
        ...

    def is_custom(self, key: Key) -> bool:
        """Whether the operator is of a namespace that is not aten, be it loaded or not."""
        ...


class _Missing:
    """Stands for a default that was not given."""


_MISSING = _Missing()


class DecompositionTable(MutableMapping[Key, Value]):
    """A table over `operators`. `deleted` are custom operators that it does not add, as if they had been deleted.

    It is a Python mapping, with the methods that `dict` has and an order of insertion, and differs from a dict only in
    this: custom operators are added when it is read; `del` of one that is not there is remembered, and so is `pop` with
    a default; a second `del` of it is a KeyError. Assigning, by any method, ends a deletion. It is not hashable.
    """

    __slots__ = ("_deleted", "_entries", "_operators")

    def __init__(self, operators: Operators[Key, Value], *, deleted: Iterable[Key] = ()) -> None:
        self._operators = operators
        self._entries: dict[Key, Value] = dict(operators.aten())
        self._deleted: set[Key] = set(deleted)

    @property
    def deleted(self) -> frozenset[Key]:
        """The custom operators that were deleted and not assigned since."""
        return frozenset(self._deleted)

    def _read(self) -> dict[Key, Value]:
        for key, value in self._operators.custom().items():
            if key not in self._deleted:
                self._entries.setdefault(key, value)
        return self._entries

    # An entry that the table already has is found without adding custom operators.

    def __getitem__(self, key: Key) -> Value:
        return self._entries[key] if key in self._entries else self._read()[key]

    def __contains__(self, key: object) -> bool:
        return key in self._entries or key in self._read()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._read())

    def __reversed__(self) -> Iterator[Key]:
        return reversed(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def keys(self) -> KeysView[Key]:
        """The operators, in order. This view and the others show what is written later, not what is loaded later."""
        return self._read().keys()

    def values(self) -> ValuesView[Value]:
        """The decompositions, in the operators' order."""
        return self._read().values()

    def items(self) -> ItemsView[Key, Value]:
        """The operators with their decompositions, in order."""
        return self._read().items()

    def __setitem__(self, key: Key, value: Value) -> None:
        self._entries[key] = value
        self._deleted.discard(key)

    def __delitem__(self, key: Key) -> None:
        if not self._operators.is_custom(key):
            del self._entries[key]
        elif self._entries.pop(key, _MISSING) is _MISSING and key in self._deleted:
            raise KeyError(key)
        else:
            self._deleted.add(key)

    def pop(self, key: Key, default: Any = _MISSING) -> Any:
        """Delete the operator and return its decomposition; the default where it is not there.

        Raises KeyError where it is not there and no default is given, and then nothing is deleted.
        """
        if key in self or default is _MISSING:
            value = self[key]
            del self[key]
            return value
        if self._operators.is_custom(key):
            self._deleted.add(key)
        return default

    def popitem(self) -> tuple[Key, Value]:
        """Delete the last operator and return it with its decomposition. Raises KeyError where the table is empty."""
        for key in reversed(self):
            return key, self.pop(key)
        raise KeyError("popitem: wanted a decomposition in the table, got an empty table")

    def clear(self) -> None:
        """Delete every operator. A custom operator that is loaded only later is added."""
        self._deleted.update(key for key in self._read() if self._operators.is_custom(key))
        self._entries.clear()

    def copy(self) -> DecompositionTable[Key, Value]:
        """A table of its own with the same entries and the same deletions."""
        return self._copied(lambda value: value)

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> DecompositionTable[Key, Value]:
        return self._copied(lambda value: copy.deepcopy(value, memo))

    def _copied(self, copied: Callable[[Value], Value]) -> DecompositionTable[Key, Value]:
        other = type(self)(self._operators, deleted=self._deleted)
        other._entries = {key: copied(value) for key, value in self._entries.items()}
        return other

    def materialize(self) -> dict[Key, Value]:
        """A new dict with the present entries. The table remembers its deletions."""
        return dict(self._read())

    @classmethod
    def fromkeys(cls, keys: Iterable[Any], value: Any = None) -> dict[Any, Any]:
        """A mapping of just these keys, which is a plain dict, since a table begins with all of aten."""
        return dict.fromkeys(keys, value)

    def __or__(self, other: Mapping[Key, Value]) -> DecompositionTable[Key, Value]:
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: Mapping[Key, Value]) -> dict[Key, Value]:
        return {**other, **self._read()} if isinstance(other, Mapping) else NotImplemented

    def __ior__(self, other: Mapping[Key, Value]) -> DecompositionTable[Key, Value]:
        self.update(other)
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._read()!r})"

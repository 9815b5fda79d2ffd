"""Evidence: what an execution shows, and what the reference says it must show, as data of one type, probe by probe.

A probe is one kind of look at an execution. Evidence is a tuple with the data of each probe that was asked, in order;
what was expected and what was observed are compared with `==`. What the contract leaves open stands in the expected
data as an object that is equal to all that is allowed.
"""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from viewproof.errors import first_line
from viewproof.evidence.subject import Subject, Traits
from viewproof.tensors.facts import Unreadable


def may_be_the_users(error: BaseException) -> bool:
    """Whether an exception is an interrupt that the user may have asked for: in a worker they are ignored."""
    return isinstance(error, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


class Raised(NamedTuple):
    """What torch raised in place of an answer: the names of its classes, nearest first, and its first line."""

    classes: tuple[str, ...]
    message: str


def raised(error: BaseException) -> Raised:
    """An exception as evidence. A KeyboardInterrupt that may be the user's own is raised again."""
    if isinstance(error, Unreadable):
        error = error.error
    if may_be_the_users(error):
        raise error
    names = tuple([one.__name__ for one in type(error).__mro__ if issubclass(one, Exception)])
    return Raised(names or (type(error).__name__,), first_line(error))


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """The expected evidence of a call that must be refused: equal to any exception of the class `kind`."""

    kind: str
    reason: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Raised) and self.kind in other.classes

    def __hash__(self) -> int:
        return hash(self.kind)


#: The data of each probe, in the order of the probes that were asked; or what was raised.
Evidence = tuple[Any, ...] | Raised


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One kind of look: its name, and `expected(subject, word)`, what the reference says that it must show.

    `word` is the device type that outputs report. What a target gives under this name has the same type.
    `takes(traits)` says of which cases the target can give it, where that is not all that it runs. `outline` is a part
    of the expected data, to be hashed, on which alone it depends whether a rule has anything to compare.
    """

    name: str
    expected: Callable[[Subject, str], Any]
    takes: Callable[[Traits], bool] | None = None
    outline: Callable[[Any], Any] | None = None

    def given(self, traits: Traits) -> bool:
        """Whether the target gives it of a case of these traits."""
        return self.takes is None or self.takes(traits)


class AtLeast(int):
    """A number of bytes that may be larger: the slack of a storage of its own."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and int(other) >= int(self)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = int.__hash__

    def __repr__(self) -> str:
        return f"at least {int(self)}"

    __str__ = __repr__


class OneOf(tuple[Any, ...]):
    """Equal to each of its members."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return any(one == other for one in self)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__

    def __repr__(self) -> str:
        return " or ".join(map(str, self))


@dataclass(frozen=True, slots=True, eq=False)
class AnyBytes:
    """Equal to any `count` bytes: elements whose values the contract leaves open."""

    count: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes) and len(other) == self.count

    def __hash__(self) -> int:
        return hash(self.count)

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"any {self.count} bytes"


class _Anything:
    """Equal to everything: a fact that the contract leaves open."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "anything"


ANYTHING = _Anything()

"""The results of a crossref: the verdict on one call, and the finding that reports it."""

from __future__ import annotations

from typing import NamedTuple

from viewproof_reference.replacements.crossref.describe import message
from viewproof_reference.replacements.crossref.metadata import Mismatch


class ExceptionText(NamedTuple):
    """An exception as data: the names of its classes, nearest first, and its first line."""

    classes: tuple[str, ...]
    text: str


class Verdict(NamedTuple):
    """The verdict on one call: every mismatch, and the one that torch's own check would stop at (None if none).

    `unchecked` is what the fake run raised where the functionalized one did not: nothing could be compared.
    """

    mismatches: tuple[Mismatch, ...]
    lenient: Mismatch | None
    unchecked: ExceptionText | None = None


CONTENT = Verdict((), None)


class Finding(NamedTuple):
    """A call that was not found right: the operator, the call as it was before it was made, and the verdict.

    `refused` is what the functionalized run raised where the fake one accepted the call.
    """

    operator: str
    call: str
    verdict: Verdict
    refused: ExceptionText | None = None

    def lines(self) -> list[str]:
        """The finding as text, in lines."""
        found = [message(self.call, one) for one in self.verdict.mismatches]
        if self.verdict.unchecked is not None:
            found.append(
                f"{self.call}: the fake run raised {self.verdict.unchecked.classes[0]}: {self.verdict.unchecked.text}"
            )
        if self.refused is not None:
            found.append(
                f"{self.call}: accepted by the fake run, functionalized {self.refused.classes[0]}: {self.refused.text}"
            )
        return found


def raised(error: BaseException) -> ExceptionText:
    """An exception as data."""
    names = tuple([one.__name__ for one in type(error).__mro__ if issubclass(one, BaseException)])
    try:
        lines = str(error).splitlines()
    except Exception as other:  # noqa: BLE001  a kernel's exception may be of any class
        lines = [f"(it cannot be printed: {type(other).__name__})"]
    return ExceptionText(names, lines[0] if lines else "")

"""Runs the calls of a chunk under the reference's crossref: all differences of the fake and the functionalized run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from viewproof.contract.target import Session, Target
from viewproof.evidence.probe import raised
from viewproof_reference.replacements.crossref import Crossref, crossref
from viewproof_suites.crossref.evidence import FINDS, STATE, ReferenceFinds
from viewproof_suites.crossref.targets.session import CrossrefSession, overloads
from viewproof_suites.crossref.targets.torch_mode import takes_call


class ReferenceSession(CrossrefSession):
    """A session that makes calls under the reference's mode. What that raises by a fault of its own comes out."""

    def __init__(self, device: str, operator: str, *, reapply: bool) -> None:
        super().__init__(device, operator, reapply=reapply)
        self.crossref: Crossref

    @contextmanager
    def mode(self) -> Iterator[None]:
        """See `CrossrefSession.mode`."""
        with crossref(overloads()) as self.crossref:
            yield

    def show(self, args: list[Any], kwargs: dict[str, Any]) -> ReferenceFinds:
        """See `CrossrefSession.show`: the findings, and what the call raised that is in no finding."""
        mode = self.crossref
        mode.take()
        checked = mode.checked
        text = ""
        try:
            self.overload(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  what torch raises is evidence
            seen = raised(error)
            text = f"{seen.classes[0]}: {seen.message}"
        fault, mode.checks.fault = mode.checks.fault, None
        if fault is not None:
            raise fault
        return ReferenceFinds(mode.checked - checked, tuple(mode.take()), text)


@contextmanager
def _open_views(device: str, operator: str) -> Iterator[Session]:
    yield ReferenceSession(device, operator, reapply=True)


@contextmanager
def _open_copies(device: str, operator: str) -> Iterator[Session]:
    yield ReferenceSession(device, operator, reapply=False)


VIEWPROOF_CROSSREF_VIEWS = Target(
    "viewproof-crossref-views", "the reference's crossref, views reapplied", _open_views, takes_call, (FINDS, STATE)
)
VIEWPROOF_CROSSREF_COPIES = Target(
    "viewproof-crossref-copies", "the reference's crossref, views made copies", _open_copies, takes_call, (FINDS, STATE)
)

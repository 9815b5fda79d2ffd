"""What the catalog says of one operator overload."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("view", "view-or-copy", "inplace-view", "copy", "copy-out", "scatter", "inverse", "excluded")


@dataclass(frozen=True, slots=True)
class Entry:
    """One catalogued overload.

    `kind` is one of KINDS; `reason` says why an excluded one is excluded, and why a view-or-copy is no plain view.
    `view` is the view overload that a copy, scatter or inverse belongs to. `bases` are the kinds of base (`strided`,
    `sparse`, `nested`, `dual`) that it is judged on. `composite` says that torch decomposes it before autograd.
    """

    name: str
    kind: str
    reason: str | None
    composite: bool
    bases: tuple[str, ...]
    view: str | None
    schema: str

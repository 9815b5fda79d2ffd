"""Which view overloads have a copy variant, and which lack one: a table for the report, read off the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from viewproof.catalog.entry import Entry

VIEW_KINDS = ("view", "view-or-copy")
RELATED_KINDS = ("copy", "copy-out", "scatter", "inverse")


class Variants(NamedTuple):
    """One view overload and the overloads that copy it, write its copy to `out=`, scatter to it and invert it.

    Each is empty where the view lacks it; `kind` is the view's own.
    """

    view: str
    kind: str
    copy: str
    out: str
    scatter: str
    inverse: str


def variants(catalog: Mapping[str, Entry]) -> list[Variants]:
    """The table: a row for every view overload of the catalog, in name order."""
    related: dict[tuple[str, str], str] = {}
    for name, entry in catalog.items():
        if entry.kind in RELATED_KINDS and entry.view is not None:
            kind = entry.kind
            if kind == "scatter" and name.rpartition(".")[2].endswith("out"):
                continue
            related.setdefault((entry.view, kind), name)
    return [
        Variants(name, entry.kind, *(related.get((name, kind), "") for kind in RELATED_KINDS))
        for name, entry in sorted(catalog.items())
        if entry.kind in VIEW_KINDS
    ]


def without_copy(catalog: Mapping[str, Entry]) -> list[str]:
    """The view overloads that no copy overload belongs to: what a pass from views to copies has no answer for."""
    return [row.view for row in variants(catalog) if not row.copy]


def variants_table(catalog: Mapping[str, Entry]) -> list[tuple[str, ...]]:
    """The rows of the report's table: the view, its kind, and for each variant its overload or a dash."""
    return [(row.view, row.kind, *(name or "-" for name in row[2:])) for row in variants(catalog)]

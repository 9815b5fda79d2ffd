"""The catalog of the installed torch, built once: entries, and the schemas that no rule classifies."""

from __future__ import annotations

import functools

from viewproof.catalog.classify import classify, views_of
from viewproof.catalog.entry import Entry
from viewproof.catalog.schemas import registered


@functools.cache
def _sorted() -> tuple[dict[str, Entry], tuple[str, ...]]:
    records = {record.name: record for record in registered()}
    views = views_of(records.values())
    entries: dict[str, Entry] = {}
    unknown = []
    for name in sorted(records):
        answer = classify(records[name], views, records)
        if answer is None:
            unknown.append(records[name].text)
        elif isinstance(answer, Entry):
            entries[name] = answer
    return entries, tuple(unknown)


def catalog() -> dict[str, Entry]:
    """Every catalogued overload by its name (`aten.slice.Tensor`), in alphabetical order."""
    return dict(_sorted()[0])


def unclassified() -> list[str]:
    """The schemas in the catalog's scope that no rule classifies. Empty, or viewproof must learn about a new torch."""
    return list(_sorted()[1])

"""The catalog of the installed torch, built once: entries, what is outside, what nobody classified."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass

from viewproof.catalog.classify import classify, is_plain_view, views_of
from viewproof.catalog.entry import Entry
from viewproof.catalog.schemas import Registered, registered


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An overload whose `tag` says another thing than its classification: `wanted` or not, and the kind it has."""

    name: str
    tag: str
    wanted: bool
    kind: str


@dataclass(frozen=True, slots=True)
class _Sorted:
    records: dict[str, Registered]
    entries: dict[str, Entry]
    outside: Counter[str]
    unclassified: tuple[str, ...]


@functools.cache
def _sorted() -> _Sorted:
    records = {record.name: record for record in registered()}
    views = views_of(records.values())
    entries: dict[str, Entry] = {}
    outside: Counter[str] = Counter(mutation=0, functional=0)
    unknown = []
    for name in sorted(records):
        answer = classify(records[name], views, records)
        if answer is None:
            unknown.append(records[name].text)
        elif isinstance(answer, str):
            outside[answer] += 1
        else:
            entries[name] = answer
    return _Sorted(records, entries, outside, tuple(unknown))


def catalog() -> dict[str, Entry]:
    """Every catalogued overload by its name (`aten.slice.Tensor`), in alphabetical order."""
    return dict(_sorted().entries)


def outside() -> dict[str, int]:
    """How many aten schemas are outside the catalog: ordinary mutations, and functional operators."""
    return dict(_sorted().outside)


def unclassified() -> list[str]:
    """The schemas in the catalog's scope that no rule classifies. Empty, or viewproof must learn about a new torch."""
    return list(_sorted().unclassified)


def tag_disagreements() -> list[Disagreement]:
    """The overloads whose `view_copy` or `inplace_view` tag disagrees with their classification.

    Copies of sometimes-views (`_to_copy`) may have the tag or not. Excluded overloads are not judged.
    """
    state = _sorted()
    found = []
    for name, entry in state.entries.items():
        if entry.kind == "excluded":
            continue
        tags = state.records[name].tags
        related = state.records[entry.view] if entry.view else None
        for tag, kinds in (("view_copy", ("copy", "copy-out")), ("inplace_view", ("inplace-view",))):
            wanted = entry.kind in kinds
            if tag == "view_copy" and wanted and related is not None and not is_plain_view(related):
                continue
            if (tag in tags) != wanted:
                found.append(Disagreement(name, tag, wanted, entry.kind))
    return found

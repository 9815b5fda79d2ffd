"""Two runs that were made in different places: what is unlike, by name. A change of no verdict, and no regression."""

from __future__ import annotations

from collections.abc import Iterator

from viewproof.place import place_in, unlike
from viewproof.reports.diff_faults import Change
from viewproof.reports.diff_side import Side

KIND = "changed place"
#: What run.json's `environment` itself says of a place, beside what a worker says.
_NAMES = ("python", "platform", "processor")


def place_changes(old: Side, new: Side) -> Iterator[Change]:
    """In what the places of two runs differ; nothing of what one of them does not say."""
    before, after = (side.run.get("environment") or {} for side in (old, new))
    places = place_in(before), place_in(after)
    known = places[0] is not None and places[1] is not None
    for name in _NAMES:
        # Where both workers spoke, theirs is the word on the processor.
        if name in before and name in after and before[name] != after[name] and not (known and name == "processor"):
            yield Change(KIND, name, str(before[name]), str(after[name]))
    yield from (Change(KIND, *one) for one in unlike(*places))

"""The JSON Schemas of what a run writes for other programs: `python -m viewproof.records.published docs/schemas`."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path

import msgspec

from viewproof.records.journal import JournalLine
from viewproof.records.summary import WrittenSummary

#: What each file says the form of.
SCHEMAS = {"summary.json": WrittenSummary, "journal-line.json": JournalLine}


def schema_text(name: str) -> str:
    """The content of the file `name` of SCHEMAS."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(SCHEMAS[name])
    kinds = [one for one in SCHEMAS[name].__mro__ if issubclass(one, msgspec.Struct) and one is not msgspec.Struct]
    schema["$defs"][SCHEMAS[name].__name__]["description"] = "\n\n".join(
        inspect.cleandoc(one.__doc__ or "") for one in reversed(kinds)
    )
    for one in schema["$defs"].values():
        # Some versions of Python keep a docstring's indentation, some do not.
        one["description"] = inspect.cleandoc(one["description"])
    return json.dumps(schema, indent=1) + "\n"


def write_schemas(folder: Path) -> None:
    """Write every schema into `folder`, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCHEMAS:
        (folder / name).write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))

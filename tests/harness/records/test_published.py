"""docs/schemas holds what the structs of a run say of themselves."""

from pathlib import Path

import pytest

from viewproof.records.published import SCHEMAS, schema_text, write_schemas

DOCS = Path(__file__).parents[3] / "docs" / "schemas"


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_published_schema_is_the_one_in_force(name):
    said = (DOCS / name).read_text(encoding="utf-8")
    assert said == schema_text(name), "write it anew: python -m viewproof.records.published docs/schemas"


def test_every_schema_is_written_and_nothing_else_lies_there(tmp_path):
    write_schemas(tmp_path / "made")
    assert (
        {path.name for path in (tmp_path / "made").iterdir()} == {path.name for path in DOCS.iterdir()} == set(SCHEMAS)
    )

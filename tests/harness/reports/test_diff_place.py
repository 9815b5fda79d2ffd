"""Two runs that were made in different places: said by name, and never a regression."""

import msgspec
import pytest

from viewproof.place import place_here
from viewproof.records.outdir import write_json
from viewproof.reports.diff import compare, regressed
from viewproof.reports.diff_render import as_html, as_markdown, as_text
from viewproof.reports.side import read_side

CASE = "aten.alias.default(float32[1])"


@pytest.fixture(scope="module")
def place():
    return place_here()


@pytest.fixture
def sides(tmp_path, made):
    """Two runs of the same verdicts with these environments."""

    def write(*environments):
        read = []
        for name, environment in zip(("old", "new"), environments, strict=True):
            folder = made.write(tmp_path / name, [made.record([CASE])])
            write_json(folder / "run.json", made.run_of(environment=environment))
            read.append(read_side(folder))
        return read

    return write


def at(place, **more):
    return {"python": "3.11.7", "platform": "Linux", "processor": place.processor} | {
        "worker": msgspec.to_builtins(msgspec.structs.replace(place, **more))
    }


def test_one_place_is_no_change(sides, place):
    assert compare(*sides(at(place), at(place, hash_probe=1))) == []


def test_what_is_unlike_is_named_and_regresses_nothing(sides, place):
    old, new = sides(at(place), at(place, capability="NONE", processor="another") | {"python": "3.13.1"})
    changes = compare(old, new)
    assert [(one.kind, one.subject, one.after) for one in changes] == [
        ("changed place", "python", "3.13.1"),
        ("changed place", "processor", "another"),
        ("changed place", "capability", "NONE"),
    ]
    assert not regressed(changes)
    assert as_text(old, new, changes).endswith("3 changed place\n")
    assert "### Changed place: 3" in as_markdown(old, new, changes)
    assert "<h2>Changed place: 3</h2>" in as_html(old, new, changes)


@pytest.mark.parametrize("earlier", [None, {}, {"torch_git": "abc"}])
def test_of_a_run_that_does_not_say_it_nothing_is_said(sides, place, earlier):
    assert compare(*sides(earlier, at(place))) == []


def test_a_bare_processor_counts_where_no_worker_spoke(sides):
    changes = compare(*sides({"processor": "one"}, {"processor": "another"}))
    assert [(one.subject, one.before, one.after) for one in changes] == [("processor", "one", "another")]

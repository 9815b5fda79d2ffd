"""The page of what runs cost as work grows: what was not run is said to be, and is no point of a plot."""

import json
import os
import sys

import pytest


@pytest.fixture
def found(module):
    """Two runs of a size each, the second of which bends; one that was left out; and a simulation."""
    scale, simulated, points = module("scale"), module("simulated"), module("scale_points")
    watched = module("watched_run").Watched
    small = watched(10_000, 10_000, 1.0, 5.0, 800_000, 200_000_000, 300_000_000)
    large = watched(100_000, 100_000, 20.0, 40.0, 8_000_000, 210_000_000, 310_000_000)
    place = {"torch": "2.13.0", "python": "3.11", "machine": "x", "when": "now", "budget": 60.0, "quick": False}
    made = scale.Found(place)
    made.grown = [scale.Grown(10_000, "quick", 50, small), scale.Grown(100_000, "full", 9, large)]
    made.ranks = [points.Point("views", 1, 1e-5, 10**8), points.Point("views", 32, 1e-4, 10**8)]
    made.workers = {1: small, 2: small._replace(wall=3.0)}
    made.simulated = [simulated.simulate([simulated.Batch(1.0, 0.1, 0.1)] * 8, one) for one in (1, 8, 64)]
    made.left_out = {"cases": [1_000_000], "storages": [100]}
    return made


def test_what_was_not_run_is_said_to_be(module, found):
    said = module("scale_page").page(found, plotted=False)
    assert "Checking a case bends at 100,000 cases" in said
    assert "| 1,000,000 |  |  | not run; about 80, as the last row goes on |" in said
    assert "A case of views bends at rank 32" in said
    assert "Not run: 100." in said
    assert "It bends at 64 workers" in said
    assert "matplotlib is not installed" in said


def test_the_files_hold_what_was_run_alone(module, found, tmp_path):
    pytest.importorskip("matplotlib")
    module("scale_page").write_page(found, tmp_path)
    figures = json.loads((tmp_path / "scale.json").read_text())
    assert [one["cases"] for one in figures["cases"]] == [10_000, 100_000]
    assert figures["left_out"] == {"cases": [1_000_000], "storages": [100]}
    assert (tmp_path / "scale.svg").read_text().startswith("<?xml")
    assert "![Cost by cases" in (tmp_path / "scale.md").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel says it under /proc on Linux alone")
def test_memory_is_of_a_process_and_all_below_it(module):
    found = module("watched_run").memory_of(os.getpid())
    assert found[os.getpid()] > 1_000_000
    assert 1 not in found

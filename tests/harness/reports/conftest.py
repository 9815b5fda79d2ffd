"""The made-up runs, and a real browser for the page (chromium.py): both from this folder, put on the path for them."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from viewproof.contract.known_issues import own_issues
from viewproof.records.written import write_whole
from viewproof.reports.html import render_html


@pytest.fixture(scope="session")
def beside():
    """Import a module that lies beside this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        yield importlib.import_module


@pytest.fixture(scope="session")
def made_up(beside):
    return beside("made_up")


@pytest.fixture(scope="module")
def browser(beside, tmp_path_factory):
    chromium = beside("chromium")
    program = chromium.find_chromium()
    if program is None:
        pytest.skip(f"no browser: wanted {', '.join(chromium.NAMES)} on PATH, or its path in $VIEWPROOF_CHROMIUM")
    running = chromium.Chromium(program, tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
def page(beside, browser):
    made = beside("chromium").Page(browser)
    made.size(1280, 900)
    return made


@pytest.fixture(scope="module")
def report(made_up, tmp_path_factory):
    """A page with 122 findings of three operators: one of them hostile, one known, the rest ordinary."""
    hostile = made_up.failure(
        f"aten.slice.Tensor(float32[3], 0, 1, 3){made_up.HOSTILE}", operator="aten.slice.Tensor",
        expected=made_up.HOSTILE, observed=f"{made_up.HOSTILE}?", difference=made_up.HOSTILE,
    )  # fmt: skip
    known = made_up.failure(
        "aten.t.default(float32[2,3])", operator="aten.t.default", target="eager", verdict="waived",
        known_issue=next(one.id for one in own_issues() if one.kind == "policy"), rule="error.refused",
    )  # fmt: skip
    many = [
        made_up.failure(f"aten.transpose.int(float32[2,{size}], 0, 1)", difference=f"shape {size}")
        for size in range(3, 123)
    ]
    records = [
        made_up.record(*many),
        made_up.record(hostile, operator="aten.slice.Tensor"),
        made_up.record(known, operator="aten.t.default"),
        made_up.record(operator="aten.select.int"),
    ]
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_whole({path: render_html(made_up.summary(records), made_up.RUN, records)})
    return path


@pytest.fixture
def shown(page, report):
    """The page, opened; it must be without fault when the test is done with it."""
    page.open(report)
    yield page
    assert page.wrongs() == []


@pytest.fixture
def made(monkeypatch):
    """The made-up run on disk, for the reports that compare runs."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("made_run")

"""A contract from outside: installed beside viewproof, it is run, listed, explained, shown, reproduced and reported."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent / "teapot" / "teapot_contract"
EMPTY = "teapot/poured/pour.fresh/pour(float32[2,0])"


def install(folder: Path, **entries: str) -> None:
    """What an installer leaves of the package: its files, and the metadata with its entry points."""
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    info = folder / "teapot-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: teapot\nVersion: 1.2\n")
    lines = [f"{name} = {value}" for name, value in (entries or {"teapot": "teapot_contract:CONTRACT"}).items()]
    (info / "entry_points.txt").write_text("\n".join(["[viewproof.contracts]", *lines, ""]))


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`viewproof` with these arguments, the installed package on its path."""
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    return subprocess.run(
        [sys.executable, "-P", "-m", "viewproof.cli", *arguments], cwd=folder, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    install(folder)
    return folder


@pytest.fixture(scope="module")
def said(installed):
    """What a command says that ends well."""

    def run(*arguments: str, status: int = 0) -> str:
        done = command(installed, *arguments)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def ran(installed, said) -> Path:
    said("run", "teapot", "--out", "out", "--jobs", "1")
    return installed / "out"


def test_it_is_run_where_it_is_named_and_its_fault_is_known(ran):
    summary, run = (json.loads((ran / name).read_text()) for name in ("summary.json", "run.json"))
    verdicts = {word: number for word, number in summary["verdicts"].items() if number}
    assert verdicts == {"pass": 7, "waived": 1}
    assert summary["findings"][0]["known_issue"] == "nothing-is-not-poured"
    assert run["contracts"] == [{"name": "teapot", "distribution": "teapot", "version": "1.2"}]


def test_it_is_reported(ran, said):
    assert EMPTY in (ran / "report.md").read_text()
    page = (ran / "report.html").read_text()
    assert "nothing-is-not-poured" in page
    assert "What is poured is a tensor of its own." in page
    said("report", "out")
    assert (ran / "report.html").read_text() == page


def test_it_is_listed(said):
    assert said("list", "suites", "teapot").startswith("teapot  level 1  every pour")
    assert "pour.fresh  level 1  What is poured is a tensor of its own." in said("list", "rules", "teapot")
    assert said("list", "cases", "teapot").splitlines() == [
        "pour(float32[])", "pour(float32[3])", "pour(float32[2,3])", "pour(float32[2,0])",
    ]  # fmt: skip
    assert said("list", "ops", "teapot").split() == ["teapot.pour.default", "unclassified"]


def test_what_is_not_asked_for_is_left_alone(said):
    names = [line.split()[0] for line in said("list", "suites").splitlines() if not line.startswith(" ")]
    assert names[0] == "views"
    assert "teapot" not in names
    asked = [line.split()[0] for line in said("list", "suites", "--contract", "teapot").splitlines()]
    assert {*names, "teapot"} <= set(asked)


def test_it_is_explained(said):
    text = said("explain", "pour.fresh")
    assert "What is poured is a tensor of its own." in text
    assert "suites: teapot" in text
    assert "suite teapot: targets poured; 2 rules" in said("explain", "teapot.pour.default")


def test_it_is_shown_and_reproduced(installed, said):
    assert "not poured" in said("show", EMPTY) or "the operand" in said("show", EMPTY)
    script = said("repro", EMPTY)
    for text, status in ((script, 1), (script.replace("torch.zeros([2, 0])", "torch.zeros([2, 1])"), 0)):
        done = subprocess.run(
            [sys.executable, "-c", text], env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("entries", "arguments", "wanted"),
    [
        ({"views": "teapot_contract:CONTRACT"}, ("list", "suites", "teapot"), "of that name"),
        ({"teapot": "teapot_contract:NOTHING"}, ("list", "suites", "teapot"), "an object that can be imported"),
        ({"kettle": "teapot_contract:CONTRACT"}, ("run", "teapot"), "a Contract of that name"),
        ({"teapot": "no_such_module:CONTRACT"}, ("list", "suites", "--contract", "teapot"), "No module named"),
    ],
)
def test_one_that_cannot_be_used_is_one_clear_line_and_hinders_nobody(tmp_path, entries, arguments, wanted):
    install(tmp_path, **entries)
    done = command(tmp_path, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr
    assert command(tmp_path, "list", "suites").returncode == 0


def test_a_contract_that_is_not_there_is_named(said, installed):
    done = command(installed, "list", "suites", "--contract", "kettle")
    assert done.returncode == 2
    assert "contract 'kettle': wanted one of views" in done.stderr

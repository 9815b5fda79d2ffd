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


def environment(folder: Path) -> dict[str, str]:
    """The environment of a process that finds the installed package."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)])}


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`viewproof` with these arguments, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "viewproof.cli", *arguments], cwd=folder, env=environment(folder),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    install(folder)
    return folder


#: A driver that cannot import the package: what it needs of it is data.
DRIVER = """
import json, sys
class Barred:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "teapot_contract":
            raise AssertionError(f"{name}: imported in the driver")
if __name__ == "__main__":
    sys.meta_path.insert(0, Barred())
    from viewproof.cli import main
    main(json.loads(sys.argv[1]))
"""


def test_a_run_of_it_imports_it_in_other_processes_only(installed, said):
    (installed / "driver.py").write_text(DRIVER)
    asked = ["run", "teapot", "--out", "apart", "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, "-P", "driver.py", json.dumps(asked)], cwd=installed, env=environment(installed),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said("run", "teapot", "--out", "out", "--jobs", "1")
    pages = [(installed / folder / "catalog.json").read_text() for folder in ("apart", "out")]
    assert pages[0] == pages[1]
    for name in ("teapot", "nothing-is-not-poured", "What is poured is a tensor of its own."):
        assert name in (installed / "apart" / "report.html").read_text()


#: What is asked of the installed package: one process answers all of it, so that torch is loaded once.
ASKED = (
    ("run", "teapot", "--out", "out", "--jobs", "1"),
    ("run", "steeping", "--out", "steeped", "--jobs", "1"),
    ("run", "teapot", "--shard", "1/2", "--out", "part1", "--jobs", "1"),
    ("run", "teapot", "--shard", "2/2", "--out", "part2", "--jobs", "1"),
    ("merge", "part1", "part2", "--out", "merged"),
    ("report", "out", "--out", "again"),
    ("list", "suites", "teapot"),
    ("list", "rules", "teapot"),
    ("list", "cases", "teapot"),
    ("list", "ops", "teapot"),
    ("list", "suites"),
    ("list", "suites", "--contract", "teapot"),
    ("list", "suites", "--contract", "kettle"),
    ("explain", "pour.fresh"),
    ("explain", "teapot.pour.default"),
    ("show", EMPTY),
    ("repro", EMPTY),
)
ASK = """
import json, sys
from click.testing import CliRunner
from viewproof.cli import main

answers = []
for arguments in json.loads(sys.argv[1]):
    done = CliRunner().invoke(main, arguments)
    answers.append([arguments, done.exit_code, done.output])
print("answers", json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(installed) -> dict[tuple[str, ...], tuple[int, str]]:
    done = subprocess.run(
        [sys.executable, "-P", "-c", ASK, json.dumps(ASKED)], cwd=installed, env=environment(installed),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1].removeprefix("answers "))
    return {tuple(arguments): (status, output) for arguments, status, output in found}


@pytest.fixture(scope="module")
def said(answers):
    """What a command said that ended well."""

    def look(*arguments: str, status: int = 0) -> str:
        code, output = answers[arguments]
        assert code == status, output
        return output

    return look


@pytest.fixture(scope="module")
def ran(installed, said) -> Path:
    assert "conforms" in said("run", "teapot", "--out", "out", "--jobs", "1")
    return installed / "out"


def test_its_shards_are_merged(ran, said):
    said("merge", "part1", "part2", "--out", "merged")
    whole, merged, *parts = (json.loads((ran.parent / name / "summary.json").read_text())
                             for name in ("out", "merged", "part1", "part2"))  # fmt: skip
    assert [one["planned"] for one in parts] == [whole["planned"], 0], "its one group of chunks is not cut"
    for name in ("seconds", "checking_seconds", "journal", "digest"):
        del whole[name], merged[name]
    assert merged == whole


def test_it_is_run_where_it_is_named_and_its_fault_is_known(ran):
    summary, run = (json.loads((ran / name).read_text()) for name in ("summary.json", "run.json"))
    verdicts = {word: number for word, number in summary["verdicts"].items() if number}
    assert verdicts == {"pass": 11, "waived": 1}
    assert summary["findings"][0]["known_issue"] == "nothing-is-not-poured"
    assert run["contracts"] == [{"name": "teapot", "distribution": "teapot", "version": "1.2"}]


def test_a_target_with_data_gets_every_aliasing_clause_that_its_probes_allow(installed, said):
    """None of viewproof's clauses names a target: what is owed follows from the probes that a target gives."""
    assert "conforms" in said("run", "steeping", "--out", "steeped", "--jobs", "1")
    summary = json.loads((installed / "steeped" / "summary.json").read_text())
    seen = {rule for rule, verdicts in summary["by_rule"].items() if verdicts["pass"]}
    assert seen == {
        "alias.storage", "alias.identity", "alias.bounds", "alias.read", "alias.write-through",
        "alias.inputs-unchanged", "alias.version", "alias.base", "state.restored",
    }  # fmt: skip
    assert set(summary["by_target"]) == {"steeped"}


def test_it_is_reported(ran, said):
    assert EMPTY in (ran / "report.md").read_text()
    page = (ran / "report.html").read_text()
    assert "nothing-is-not-poured" in page
    assert "What is poured is a tensor of its own." in page
    said("report", "out", "--out", "again")
    assert (ran.parent / "again" / "report.html").read_text() == page


def test_it_is_listed(said):
    assert said("list", "suites", "teapot").startswith("teapot  level 1  every pour")
    assert "pour.fresh      level 1  What is poured is a tensor of its own." in said("list", "rules", "teapot")
    assert said("list", "cases", "teapot").splitlines() == [
        "pour(float32[])", "pour(float32[3])", "pour(float32[2,3])", "pour(float32[2,0])",
    ]  # fmt: skip
    assert said("list", "ops", "teapot").split() == ["teapot.pour.default", "uncatalogued"]


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
    assert "suite teapot: targets poured; 3 rules" in said("explain", "teapot.pour.default")


def test_it_is_shown_and_reproduced(installed, said):
    assert "the operand" in said("show", EMPTY)
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
def test_one_that_cannot_be_used_is_one_clear_line(tmp_path, entries, arguments, wanted):
    install(tmp_path, **entries)
    done = command(tmp_path, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert wanted in done.stderr
    assert "Traceback" not in done.stderr


def test_a_contract_that_is_not_there_is_named(said):
    assert "contract 'kettle': wanted one of views" in said("list", "suites", "--contract", "kettle", status=2)


def test_known_issues_that_cannot_be_read_cost_no_earlier_run(tmp_path):
    install(tmp_path)
    (tmp_path / PACKAGE.name / "known_issues" / "teapot.toml").write_text("[[issue]]\nid = 7\n")
    (tmp_path / "out").mkdir()
    for name in ("run.json", "journal.jsonl"):
        (tmp_path / "out" / name).write_text("{}")
    done = command(tmp_path, "run", "teapot", "--out", "out")
    assert done.returncode == 2, done.stdout + done.stderr
    assert (
        "known issues of contract teapot, teapot.toml: wanted a list of known issues in TOML (Expected `str`, "
        in done.stderr
    )
    assert (tmp_path / "out" / "journal.jsonl").is_file()

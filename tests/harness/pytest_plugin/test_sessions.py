"""Whole sessions: pytest and `viewproof run` agree on every verdict, and a failure says how to see it again."""

import os
import subprocess
import sys

import pytest
from junitparser import JUnitXml, Properties

from viewproof.contract.installed import own_suites
from viewproof.records.counts import balanced
from viewproof.records.directory import read_directory

OPERATORS = ("aten.alias.default", "aten.t.default", "aten.lift.default")
SLICE = "layout and eager or layout and meta and not meta-python"
TARGETS = ("eager", "meta")
QUERIES = [f"views/{target}/layout/{operator}" for target in TARGETS for operator in OPERATORS]


@pytest.fixture(scope="module")
def slice_of_quick(session, seeds, tmp_path_factory):
    """Three operators on two targets, with seeded kernels: under xdist, and then what failed once more."""
    folder = tmp_path_factory.mktemp("slice")
    asked = " or ".join(OPERATORS)
    arguments = [
        "--pyargs", "viewproof_suites.views.suites", "--device", "cpu", "-n", "2", "-m", "level1",
        "-k", f"({asked}) and ({SLICE})", "--junitxml", "pytest.xml", "-o", "junit_family=xunit1",
        "--viewproof-import", "seeded_kernels", "--viewproof-out", "out",
    ]  # fmt: skip
    return folder, session(folder, *arguments, paths=[seeds])


def items(folder):
    """Every item's outcome and verdicts, from pytest's own junit.xml."""
    found = {}
    for suite in JUnitXml.fromfile(str(folder / "pytest.xml")):
        for case in suite:
            verdicts = {one.name: int(one.value) for one in case.child(Properties) or ()}
            kinds = {f"{type(one).__name__}:{one.type}" for one in case.result}
            found[case.classname, case.name] = (kinds, verdicts)
    return found


def verdicts_of(journal):
    found = {}
    for record in read_directory(journal.parent).records:
        for tally in record.tallies:
            sums = found.setdefault((record.suite, record.operator, f"{tally.target}/{tally.rule}"), {})
            for word, number in balanced(tally).items():
                sums[word] = sums.get(word, 0) + number
    return found


def test_pytest_and_run_agree_on_every_verdict(slice_of_quick, seeds):
    folder, done = slice_of_quick
    path = os.pathsep.join([str(seeds), *filter(None, sys.path)])
    command = [sys.executable, "-m", "viewproof.cli", "run", *QUERIES, "--import", "seeded_kernels", "--out", "run"]
    ran = subprocess.run(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == done.returncode == 1, done.stdout + ran.stdout + ran.stderr
    wanted = verdicts_of(folder / "run" / "journal.jsonl")
    assert verdicts_of(folder / "out" / "journal.jsonl") == wanted
    asked = [rule for rule in own_suites()["views"].rules if rule.startswith("layout.")]
    assert len(items(folder)) == len(wanted) == len(OPERATORS) * len(TARGETS) * len(asked)


def test_the_outcome_of_an_item_is_its_verdicts(slice_of_quick):
    folder, done = slice_of_quick
    wanted = verdicts_of(folder / "out" / "journal.jsonl")
    outcomes = set()
    for (where, name), (kinds, verdicts) in items(folder).items():
        operator = next(one for one in OPERATORS if where.endswith(one))
        assert verdicts == wanted["views", operator, name], (where, name)
        bad = sum(number for word, number in verdicts.items() if word not in ("pass", "waived", "unseen"))
        unseen = {"Skipped:pytest.skip"} if not verdicts.get("pass") else set()
        expected = {"Failure:"} if bad else {"Skipped:pytest.xfail"} if verdicts.get("waived") else unseen
        assert {kind if kind.startswith("Skipped") else kind[:8] for kind in kinds} == expected, done.stdout
        outcomes.add(tuple(sorted(kinds))[:1])
    assert outcomes == {(), ("Failure:None",), ("Skipped:pytest.xfail",)}, "passed, failed, known; each saw something"


def test_a_failure_has_its_case_its_command_and_its_script(slice_of_quick):
    _, done = slice_of_quick
    assert "fail: aten.alias.default(float32[" in done.stdout
    assert "viewproof repro 'views/meta/layout.stride/aten.alias.default(" in done.stdout
    assert "    sys.exit(0 if observed == expected else 1)" in done.stdout


def test_a_case_that_kills_its_process_is_one_crash_by_name(slice_of_quick):
    folder, done = slice_of_quick
    assert "the process died with SIGSEGV" in done.stdout
    assert "crash: aten.t.default(" in done.stdout
    assert verdicts_of(folder / "out" / "journal.jsonl")["views", "aten.t.default", "eager/layout.size"]["pass"] > 0


def test_the_end_says_what_run_says(slice_of_quick):
    folder, done = slice_of_quick
    assert "CUDA: not run" in done.stdout
    assert "does not conform" in done.stdout
    assert (folder / "out" / "junit.xml").is_file()


def test_last_failed_items_alone_run_again(slice_of_quick, session, seeds):
    """Without xdist: `--lf` finds the items by their names, and selects nothing else."""
    folder, done = slice_of_quick
    failed = {line.split(" ")[1] for line in done.stdout.splitlines() if line.startswith("FAILED ")}
    again = session(folder, "--pyargs", "viewproof_suites.views.suites", "--lf", "--co", "-q", paths=[seeds])
    assert {line for line in again.stdout.splitlines() if "::" in line} == failed
    assert failed


def test_a_name_that_pytest_prints_is_an_argument(session, tmp_path):
    name = "viewproof_suites.views.suites::views::aten.alias.default::meta/layout.size"
    done = session(tmp_path, "--pyargs", name, "-q", "--viewproof-jobs", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "conforms" in done.stdout

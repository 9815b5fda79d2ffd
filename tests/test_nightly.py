"""The nightly workflow: its `run:` steps, as they are written, for two nights and the jobs that merge and compare.

Replaced are what needs a network: the `install` steps, `gh`, which here copies folders, and `tox`, in whose place its
command stands, for one setting. Everything else is run by bash as GitHub starts it (`bash --noprofile --norc -eo
pipefail`), with real runs of a few cases.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from viewproof.records.directory import read_directory
from viewproof.records.journal import Journal
from viewproof.records.model import Failure
from viewproof.records.outdir import write_json
from viewproof.records.summary import build_summary, write_summary

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / ".github/workflows/nightly.yml"
PATHS = [str(ROOT / root) for root in ("reference", "harness", "suites")]
ARGUMENTS = "views/eager/layout/aten.alias.default views/meta/layout/aten.alias.default --jobs 1"
#: What stands for `gh`: `run list` prints the nights, `run download NIGHT --name N --dir D` copies one.
GH = """#!/usr/bin/env bash
set -eu
if [ "$1 $2" = "run list" ]; then
    ls "$NIGHTS"
else
    test "$4" = --name && test "$6" = --dir
    cp -r "$NIGHTS/$3/$5" "$7"
fi
"""


@pytest.fixture(scope="module")
def workflow():
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))


def scripts(job):
    return {step["name"]: step for step in job["steps"] if "run" in step}


class Runner:
    """Runs the scripts of a job in one folder, as a runner of GitHub's does."""

    def __init__(self, folder, nights, **variables):
        self.folder = folder
        self.page, self.outputs = folder / "page.md", folder / "outputs"
        tools = folder / "tools"
        tools.mkdir(parents=True)
        for name, text in {
            "gh": GH,
            "viewproof": f'#!/bin/sh\nexec "{sys.executable}" -m viewproof.cli "$@"\n',
        }.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "PYTEST_"))},
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join(PATHS),
            "GITHUB_STEP_SUMMARY": str(self.page),
            "GITHUB_OUTPUT": str(self.outputs),
            "GITHUB_REF_NAME": "main",
            "NIGHTS": str(nights),
            **variables,
        }

    def step(self, step, **variables):
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment | variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def output(self, place):
        """The value of `status` that the `place`-th step with outputs has set."""
        return self.outputs.read_text().splitlines()[place].removeprefix("status=")


def check(workflow, folder, shard):
    """One shard of a lane; returns the status of its last step."""
    shards = str(workflow["env"]["SHARDS"])
    runner = Runner(folder, folder, LANE="stable", PROFILE="quick", ARGUMENTS=ARGUMENTS, SHARD=shard, SHARDS=shards)
    steps = scripts(workflow["jobs"]["check"])
    done = runner.step(steps["run"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Shard {shard} of {shards}" in runner.page.read_text()
    return runner.step(steps["ended"], RUN_STATUS=runner.output(0)).returncode


def merge(workflow, folder, nights, shards):
    """The job that merges the shards, copied as their artifacts are; returns the runner and the verdict's status."""
    runner = Runner(folder, nights, LANE="stable")
    shutil.copytree(shards, folder / "shards")
    steps = scripts(workflow["jobs"]["merge"])
    for name in ("merge", "last night", "diff"):
        done = runner.step(steps[name])
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    verdict = runner.step(steps["verdict"], MERGE_STATUS=runner.output(0), DIFF_STATUS=runner.output(1))
    return runner, verdict.returncode


@pytest.fixture(scope="module")
def two_nights(workflow, tmp_path_factory):
    """Two nights of one lane, of the same shards; the first has a catalog with an operator less and another schema."""
    folder = tmp_path_factory.mktemp("nightly")
    nights, shards = folder / "nights", folder / "shards"
    nights.mkdir()
    for number in workflow["jobs"]["check"]["strategy"]["matrix"]["shard"]:
        assert check(workflow, folder / f"shard-{number}", str(number)) == 0
        shutil.copytree(folder / f"shard-{number}" / "out", shards / f"shard-stable-{number}")
    first = merge(workflow, folder / "first", nights, shards)
    kept = nights / "101" / "viewproof-stable"
    shutil.copytree(folder / "first" / "out", kept)
    catalog = json.loads((kept / "catalog.json").read_text())
    catalog["operators"]["aten.alias.default"]["schema"] = "aten::alias(Tensor(a) self, int old) -> Tensor(a)"
    del catalog["operators"]["aten.t.default"]
    write_json(kept / "catalog.json", catalog)
    return nights, first, merge(workflow, folder / "second", nights, shards)


def test_the_matrix_has_every_shard_of_each_lane(workflow):
    jobs = workflow["jobs"]
    assert jobs["check"]["strategy"]["matrix"]["shard"] == list(range(1, workflow["env"]["SHARDS"] + 1))
    assert jobs["check"]["strategy"]["matrix"]["lane"] == jobs["merge"]["strategy"]["matrix"]["lane"]
    assert (jobs["merge"]["needs"], jobs["lanes"]["needs"]) == ("check", "merge")


def test_artifacts_are_asked_for_by_the_names_that_they_were_given(workflow):
    given, asked = {}, {}
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            if "artifact" in step.get("uses", ""):
                (given if "upload" in step["uses"] else asked).setdefault(name, []).append(step["with"])
    assert given["check"][0]["name"] == "shard-${{ matrix.lane }}-${{ matrix.shard }}"
    assert asked["merge"][0] == {"pattern": "shard-${{ matrix.lane }}-*", "path": "shards"}
    assert given["merge"][0]["name"] == "viewproof-${{ matrix.lane }}"
    assert asked["lanes"][0] == {"pattern": "viewproof-*", "path": "lanes"}


def test_a_lane_that_lacks_a_shard_has_no_verdict(workflow, two_nights, tmp_path):
    nights, _, (second, _) = two_nights
    runner = Runner(tmp_path / "lacking", nights, LANE="stable")
    shutil.copytree(second.folder / "shards", runner.folder / "shards")
    shutil.rmtree(runner.folder / "shards" / "shard-stable-2")
    steps = scripts(workflow["jobs"]["merge"])
    done = runner.step(steps["merge"])
    assert "merge: wanted all of 3 shards, got none for 2/3" in done.stderr
    assert runner.page.read_text() == "viewproof merge ended with 2 and left no summary\n"
    assert runner.step(steps["verdict"], MERGE_STATUS=runner.output(0), DIFF_STATUS="0").returncode == 1


def test_no_expression_stands_in_a_script(workflow):
    found = [step for job in workflow["jobs"].values() for step in job["steps"] if "${{" in step.get("run", "")]
    assert found == []


def test_every_script_is_one_that_is_tried_here(workflow):
    tried = {"check": {"install", "doctor", "run", "ended"},
             "merge": {"install", "merge", "last night", "diff", "verdict"},
             "settings": {"install", "stable"},
             "lanes": {"install", "pre-release", "trend"}}  # fmt: skip
    assert {name: set(scripts(job)) for name, job in workflow["jobs"].items()} == tried


def test_the_first_night_has_nothing_to_compare_with(two_nights):
    _, (runner, status), _ = two_nights
    page = runner.page.read_text()
    assert status == 0
    assert page.startswith("## viewproof: conforms")
    assert "Nothing to compare with." in page
    out = {path.name for path in (runner.folder / "out").iterdir()}
    assert {"junit.xml", "badge.svg", "summary.md", "catalog.json", "journal.jsonl", "run.json", "summary.json"} <= out


def test_the_second_night_names_what_torch_changed(two_nights):
    _, _, (runner, status) = two_nights
    page = runner.page.read_text()
    assert status == 0
    assert "new view operator aten.t.default (view)" in page
    assert "schema of aten.alias.default" in page
    assert "<h2>Changed torch: 2</h2>" in (runner.folder / "out" / "diff.html").read_text()


def let_a_case_fail(out):
    """Write journal and summary of the run there as if a case had failed. Returns how many verdicts were planned."""
    found = read_directory(out)
    record, tally = next(
        (record, tally) for record in found.records for tally in record.tallies
        if (record.suite, record.operator) == ("views", "aten.alias.default")
        if (tally.target, tally.rule) == ("meta", "layout.size")
    )  # fmt: skip
    tally.verdicts = {"pass": tally.planned - 1, "fail": 1}
    record.failures.append(
        Failure(
            suite="views", target="meta", rule="layout.size", operator="aten.alias.default",
            case="aten.alias.default(bool[2])", verdict="fail", expected="1", observed="2", difference="size differs",
        )
    )  # fmt: skip
    (out / "journal.jsonl").unlink()
    with Journal(out / "journal.jsonl", found.summary.plan) as journal:
        for one in found.records:
            journal.append(one)
    was = found.summary
    summary = build_summary(
        found.records, torch_version=was.torch, device=was.device, profile=was.profile, plan=was.plan,
        seconds=was.seconds, coverage=was.coverage, problems=was.problems, journal=journal.link,
    )  # fmt: skip
    write_summary(out, summary)
    return summary.planned


def test_a_regression_fails_the_verdict(two_nights, workflow):
    """The last night was as tonight, but tonight a case fails."""
    runner, _ = two_nights[2]
    out = runner.folder / "out"
    whole = {name: (out / name).read_bytes() for name in ("summary.json", "journal.jsonl")}
    planned = let_a_case_fail(out)
    try:
        done = runner.step(scripts(workflow["jobs"]["merge"])["diff"])
    finally:
        for name, content in whole.items():
            (out / name).write_bytes(content)
    assert done.returncode == 0, done.stderr
    assert runner.outputs.read_text().splitlines()[-1] == "status=1"
    verdict = scripts(workflow["jobs"]["merge"])["verdict"]
    assert runner.step(verdict, MERGE_STATUS="0", DIFF_STATUS="1").returncode == 1
    assert runner.step(verdict, MERGE_STATUS="3", DIFF_STATUS="0").returncode == 1
    assert planned


@pytest.mark.parametrize(("status", "ends"), [("0", 0), ("1", 0), ("3", 1), ("2", 1), ("", 1)])
def test_a_shard_that_does_not_conform_is_left_to_the_merge(workflow, tmp_path, status, ends):
    ended = scripts(workflow["jobs"]["check"])["ended"]
    assert Runner(tmp_path / "ended", tmp_path).step(ended, RUN_STATUS=status).returncode == ends


def test_the_lanes_are_compared_and_the_nights_lined_up(two_nights, workflow):
    nights, _, (second, _) = two_nights
    folder = second.folder.parent / "lanes"
    runner = Runner(folder, nights)
    shutil.copytree(nights / "101" / "viewproof-stable", folder / "lanes" / "viewproof-stable")
    shutil.copytree(second.folder / "out", folder / "lanes" / "viewproof-pre-release")
    steps = scripts(workflow["jobs"]["lanes"])
    for name in ("pre-release", "trend"):
        done = runner.step(steps[name])
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        if name == "pre-release":
            assert "new view operator aten.t.default (view)" in done.stdout
    page = runner.page.read_text()
    assert page.startswith("# Pre-release torch against stable")
    assert "## viewproof trend: 2 runs" in page
    assert "conforms" in (folder / "trend.html").read_text()


def tox(tmp_path, posargs):
    """A runner whose `tox` is the command of `tox -e stable` with these arguments."""
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(ROOT / "tox.ini")
    command = ini["testenv:stable"]["commands"].replace("{tox_root}", ".").replace("{posargs}", posargs)
    program = command.replace("python ", f'"{sys.executable}" ', 1)
    runner = Runner(tmp_path / "settings", tmp_path)
    shim = tmp_path / "settings" / "tools" / "tox"
    shim.write_text(f'#!/bin/sh\ntest "$*" = "-e stable" || exit 9\nexec {program}\n')
    shim.chmod(0o755)
    return runner


def test_the_settings_are_tried_and_their_table_is_on_the_page(workflow, tmp_path):
    runner = tox(tmp_path, "jobs=2 -- views/eager/layout/aten.alias.default")
    done = runner.step(scripts(workflow["jobs"]["settings"])["stable"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert runner.page.read_text() == (runner.folder / "out-stable" / "stable.md").read_text()
    assert "`jobs=2`" in runner.page.read_text()


def test_settings_that_fail_fail_the_step(workflow, tmp_path):
    runner = tox(tmp_path, "no-such-setting")
    done = runner.step(scripts(workflow["jobs"]["settings"])["stable"])
    assert done.returncode != 0
    assert runner.page.read_text() == "tox -e stable ended with 2 and left no table\n"


def test_doctor_says_what_the_machine_has(workflow, tmp_path):
    done = Runner(tmp_path / "doctor", tmp_path).step(scripts(workflow["jobs"]["check"])["doctor"])
    assert "schemas" in done.stdout, done.stderr


def test_what_is_installed_is_what_the_lane_says(workflow, tmp_path):
    """The one script that is not run as written: `python` only says what it was asked."""
    runner = Runner(tmp_path / "install", tmp_path)
    (tmp_path / "install" / "tools" / "python").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "install" / "tools" / "python").chmod(0o755)
    step = scripts(workflow["jobs"]["check"])["install"]
    assert step["run"] == scripts(workflow["jobs"]["merge"])["install"]["run"]
    stable, next_ = (runner.step(step, LANE=lane).stdout.splitlines() for lane in ("stable", "pre-release"))
    assert stable == ["-m pip install -c constraints.txt ."]
    assert next_[0] == stable[0]
    assert "--pre --upgrade torch" in next_[1]

"""`viewproof crossref`: what it prints, what it writes, and the status that it exits with."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import viewproof
from viewproof.cli import main
from viewproof.cli.crossref import PROGRAM_FAILED
from viewproof.live import crossref
from viewproof.records.lock import held

SEED = """
import torch

library = torch.library.Library("aten", "IMPL")
library.impl("select.int", lambda self, dim, index: torch.empty(0).set_(self.untyped_storage(), 0, (4,), (1,)), "CPU")
"""


@pytest.fixture
def run(tmp_path):
    def invoke(text, *options, arguments=()):
        script = tmp_path / "script.py"
        script.write_text(text)
        command = ["crossref", "--out", str(tmp_path / "out"), *options, str(script), *arguments]
        return CliRunner().invoke(main, command), tmp_path / "out"

    return invoke


def test_a_program_that_conforms(run):
    done, out = run("import sys, torch\ntorch.zeros(3, 4).transpose(0, 1)\nprint(sys.argv[1:])\n", arguments=["--x"])
    assert done.exit_code == 0, done.output
    assert done.stdout == "['--x']\n", "the program's standard output is its own"
    assert "1 checked, 1 cases, 0 findings" in done.stderr
    assert json.loads((out / "summary.json").read_text())["crossref"]["status"] == 0


def test_a_program_that_does_not(run):
    done, out = run(f"{SEED}torch.zeros(3, 4)[1]\nlibrary._destroy()\n", "--no-again")
    assert done.exit_code == 1, done.output
    assert "script.py:6 in <module>: layout.offset: aten.select.int(float32[3,4], 0, 1)" in done.stderr
    assert "  expected offset 4\n  observed offset 0 (eager, live)\n" in done.stderr
    assert (out / "repro" / "1.py").is_file()


def test_a_second_report_takes_the_place_of_the_first(run):
    run(f"{SEED}torch.zeros(3, 4)[1]\nlibrary._destroy()\n", "--no-again", "--quiet")
    done, out = run("import torch\ntorch.zeros(3, 4)[1]\n", "--no-again", "--quiet")
    assert done.exit_code == 0, done.output
    assert list((out / "repro").iterdir()) == []
    assert "0 findings" in done.stderr
    assert "viewproof crossref: conforms" in (out / "report.md").read_text()


def test_a_refusal_comes_before_the_program_runs_and_takes_nothing_away(run, tmp_path):
    first, out = run("import torch\ntorch.zeros(3, 4)[1]\n", "--no-again", "--quiet")
    assert first.exit_code == 0, first.output
    program = f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n"

    def refused(said):
        before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
        done, _ = run(program, "--no-again", "--quiet")
        assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1), done.output
        assert said in done.stderr
        assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before
        assert not (tmp_path / "ran").exists()

    with held(out):
        refused(f"{out}: wanted a run directory that nobody else writes to")
    (out / "repro").write_text("a thesis")
    refused("repro: wanted a folder of scripts")
    (out / "run.json").unlink()
    refused(f"output directory {out}: wanted a new, an empty or an earlier run's, got something else")


@pytest.mark.parametrize("end", ["import sys; sys.exit(1)", "raise ValueError('mine')"])
def test_the_programs_own_failure_is_another_status(run, end):
    done, out = run(f"import torch\ntorch.zeros(3, 4).transpose(0, 1)\n{end}\n", "--no-again", "--quiet")
    assert done.exit_code == PROGRAM_FAILED
    assert "crossref: the program " in done.stderr
    assert (out / "report.md").is_file()


def test_nothing_seen_is_no_evidence(run):
    done, _ = run("print(1)\n")
    assert done.exit_code == 3
    assert "no call of the catalog was seen" in done.stderr


def test_calls_that_the_filters_leave_out_are_said_to_be_seen(run):
    done, _ = run("import torch\ntorch.zeros(3, 4).transpose(0, 1)\n", "--no-again", "--line", "another.py")
    assert done.exit_code == 3
    assert "none of 1 calls of the catalog was checked" in done.stderr


def test_wrong_usage(run, tmp_path):
    assert run("", "--op", "aten.nothing")[0].exit_code == 2
    assert run("", "--line", "a.py:x-y:3-")[0].exit_code == 2
    assert CliRunner().invoke(main, ["crossref", str(tmp_path / "none.py")]).exit_code == 2


def test_filters_and_progress(run):
    text = "import torch\nx = torch.zeros(3, 4)\nx.transpose(0, 1)\nx.select(0, 1)\n"
    done, out = run(text, "--no-again", "--op", "aten.select", "--line", "script.py:4")
    assert done.exit_code == 0, done.output
    assert json.loads((out / "summary.json").read_text())["crossref"]["calls_by_operator"] == {"aten.select.int": 1}
    assert done.stderr.startswith("crossref: ")
    assert "1 of the catalog" in done.stderr


def test_importing_viewproof_loads_no_torch():
    program = "import viewproof; print(viewproof.__version__, 'torch' in sys.modules)"
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [viewproof.__version__, "False"]
    assert viewproof.crossref is crossref
    with pytest.raises(AttributeError, match="'nothing'"):
        _ = viewproof.nothing

"""`viewproof run`: one clear line, and the exit status, for what cannot be run."""

import subprocess
import sys
from pathlib import Path

import made_up
import pytest
from click.testing import CliRunner

from viewproof.cli import VERBS, main
from viewproof.cli.run import closing_lines
from viewproof.engine import run as driver
from viewproof.engine.run import RunOutcome


@pytest.fixture
def cli(fake, monkeypatch):
    monkeypatch.setattr(driver, "own_suites", fake.suites)
    return CliRunner()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["viws"], 2, "did you mean views"),
        (["aten.slise"], 2, "unknown operator"),
        (["aten.slice.Tensor(float32["], 2, "case"),
        (["zz*"], 3, "nothing selected"),
        (["aliasing", "--level", "1"], 3, "nothing selected"),
        (["--import", "no_such_module"], 2, "cannot be imported"),
        (["--resume", "nowhere"], 2, "run directory"),
        (["views", "--resume", "nowhere"], 2, "give no queries"),
        (["--shuffle", "0", "--resume", "nowhere"], 2, "give no shuffle"),
    ],
)
def test_refusals_are_one_line(cli, arguments, status, said):
    result = cli.invoke(main, ["run", *arguments])
    assert result.exit_code == status
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("seed", ["-1", "1.5", "x", ""])
def test_a_seed_is_a_whole_number_from_0(cli, seed, tmp_path):
    result = cli.invoke(main, ["run", "--shuffle", seed, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "--shuffle" in result.stderr.splitlines()[-1]
    assert repr(seed) in result.stderr or seed in result.stderr
    assert not (tmp_path / "out").exists()


def test_help_loads_no_verb_and_no_torch():
    program = (
        "import sys\nfrom viewproof.cli import main\ntry: main(['--help'])\n"
        "finally: assert 'torch' not in sys.modules and 'viewproof.cli.run' not in sys.modules"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert all(verb in done.stdout for verb in VERBS)


def test_a_run_loads_torch_after_its_workers_server_has_begun_to():
    program = "import sys, viewproof.cli.run\nsys.exit('torch' in sys.modules)"
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0


def lines_of(records, status, **changes):
    summary = made_up.summary(records, **changes)
    return closing_lines(RunOutcome(summary, {"not_run": {}, "seed": None}, records, Path("out"), status))


def test_the_end_says_how_many_are_unseen_and_reused_and_what_that_means():
    record = made_up.record(reused=5)
    record.tallies[0].verdicts = {"pass": 4, "unseen": 6}
    lines = lines_of([record], 0)
    assert (
        lines[1]
        == "0 cases, 20 executions (5 take their evidence from another suite's), 20 verdicts: 14 pass, 6 unseen"
    )
    assert lines[2] == "unseen: the rule applies and there was nothing to compare; that is no pass"
    plain = lines_of([made_up.record()], 0)
    assert plain[1] == "0 cases, 20 executions, 20 verdicts: 20 pass"
    assert not [line for line in plain if "unseen" in line]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({"pass": 5, "harness_error": 3}, "no evidence: 3 harness errors, 2 missing"),
        ({"pass": 9, "harness_error": 1}, "no evidence: 1 harness error"),
        ({"pass": 9}, "no evidence: 1 missing"),
    ],
)
def test_the_last_line_says_how_many_verdicts_are_lacking(verdicts, said):
    record = made_up.record()
    record.tallies[0].verdicts = verdicts
    assert lines_of([record], 3)[-1] == said


def test_the_last_line_says_that_nothing_was_compared():
    record = made_up.record()
    for tally in record.tallies:
        tally.verdicts = {"unseen": tally.planned}
    assert lines_of([record], 3)[-1] == "no evidence: nothing was compared (20 unseen)"


def test_the_end_names_findings_and_paths():
    failures = [made_up.failure(difference=f"shape {number}") for number in range(25)]
    records = [made_up.record(*failures, made_up.failure(verdict="waived", known_issue="T-1"))]
    summary = made_up.summary(records, problems=("known issue x",))
    run = {"not_run": {"cuda": "no device"}, "seed": None}
    lines = closing_lines(RunOutcome(summary, run, records, Path("out"), 1))
    shuffled = closing_lines(RunOutcome(summary, {**run, "seed": 0}, records, Path("out"), 1))
    assert [line for line in shuffled if line not in lines] == ["shuffled by seed 0"]
    assert sum(line.startswith("FAIL views/meta") for line in lines) == 20
    assert "CUDA: not run (no device)" in lines
    assert "problem: known issue x" in lines
    assert lines[-1] == "does not conform"

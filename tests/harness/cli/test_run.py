"""`viewproof run`: one clear line, and the exit status, for what cannot be run."""

import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import made_up
import msgspec
import pytest
from click.testing import CliRunner

from viewproof.cli import VERBS, main
from viewproof.cli.run import closing_lines
from viewproof.engine import run as driver
from viewproof.engine.apart import Gone
from viewproof.engine.run import RunOutcome
from viewproof.engine.stopping import Stopped
from viewproof.errors import EmptySelection, PoolBroken, UsageError


@pytest.fixture
def cli():
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
        (["--shard", "1/2", "--resume", "nowhere"], 2, "give no shard"),
        (["--shard", "3/2"], 2, "shard: wanted I/N, two whole numbers with 1 <= I <= N"),
    ],
)
def test_refusals_are_one_line(cli, arguments, status, said):
    result = cli.invoke(main, ["run", *arguments])
    assert result.exit_code == status
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (RuntimeError("of ours\n  alone"), 3, "no evidence: RuntimeError: of ours alone (raised at "),
        (AssertionError(), 3, "no evidence: AssertionError (raised at "),
        (OSError(28, "No space left on device"), 3, "no evidence: OSError: [Errno 28] No space left on device"),
        (PoolBroken("the workers died"), 3, "the workers died"),
        (Gone("the plan: the process that makes it died of SIGSEGV"), 3, "died of SIGSEGV"),
        (UsageError("wanted one"), 2, "wanted one"),
        (
            Stopped("SIGTERM", Path("a run")),
            3,
            "stopped by SIGTERM, without reports; what is done is kept: go on with --resume 'a run'\n",
        ),
        (Stopped("SIGINT"), 3, "Error: stopped by SIGINT, before anything was run\n"),
        (KeyboardInterrupt(), 3, "Error: stopped\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_whatever_is_raised_is_one_line_and_no_verdict(cli, monkeypatch, tmp_path, raised, status, said):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def execute(*_, **__):
        raise raised

    monkeypatch.setattr(driver, "execute", execute)
    result = cli.invoke(main, ["run", "views"])
    assert result.exit_code == status
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (KeyError("a fault"), 3, "Error: no evidence: KeyError: 'a fault' (raised at "),
        (UsageError("wanted one"), 2, "Error: wanted one\n"),
        (EmptySelection("nothing selected"), 3, "Error: nothing selected\n"),
        (KeyboardInterrupt(), 3, "Error: stopped\n"),
        (BrokenPipeError(32, "Broken pipe"), 3, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_so_it_is_under_every_verb(cli, monkeypatch, tmp_path, raised, status, said):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def plan_of(_):
        raise raised

    monkeypatch.setattr("viewproof.cli.list.refusals", nullcontext)
    monkeypatch.setattr("viewproof.engine.plan.plan_of", plan_of)
    result = cli.invoke(main, ["list", "suites"])
    assert result.exit_code == status
    assert result.stderr.startswith(said)
    assert len(result.stderr.strip().splitlines()) == bool(said)


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


def test_a_run_that_a_signal_stopped_is_one_line(cli, monkeypatch):
    records = [made_up.record()]
    summary = msgspec.structs.replace(made_up.summary(records), stopped="SIGHUP", unrun=11)
    run = {"chunks": 12, "not_run": {}, "seed": None}
    monkeypatch.setattr(driver, "execute", lambda *_, **__: RunOutcome(summary, run, records, Path("a run"), 3))
    result = cli.invoke(main, ["run", "views"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        "Error: stopped by SIGHUP, 11 of 12 chunks were not run; the reports are partial: go on with --resume 'a run'\n"
    )


def test_the_end_of_a_run_that_stopped_at_its_first_failure_says_how_to_go_on():
    records = [made_up.record(made_up.failure())]
    summary = msgspec.structs.replace(made_up.summary(records), stopped="fail-fast", unrun=11)
    lines = closing_lines(RunOutcome(summary, {"chunks": 12, "not_run": {}, "seed": None}, records, Path("out"), 1))
    assert "stopped by --fail-fast, 11 of 12 chunks were not run: go on with --resume out" in lines
    assert lines[-1] == "does not conform"


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

"""Status 1 is a verdict: whatever else ends a verb is 2 or 3, one line of at most 300 characters, and no traceback."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from viewproof.cli import LONGEST, main

COMMAND = [sys.executable, "-W", "ignore", "-m", "viewproof.cli"]


def said(result):
    (line,) = result.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


@pytest.fixture
def raising(monkeypatch, tmp_path):
    # The files with tracebacks are left where they are written.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def set_up(error):
        def plan_of(_):
            raise error

        monkeypatch.setattr("viewproof.engine.plan.plan_of", plan_of)
        return CliRunner().invoke(main, ["list", "suites"])

    return set_up


def test_what_nobody_foresaw_has_its_traceback_in_a_file(raising):
    result = raising(ZeroDivisionError("of ours"))
    assert result.exit_code == 3
    line = said(result)
    assert line.startswith("no evidence: ZeroDivisionError: of ours (raised at ")
    written = Path(re.search(r"all of it: (\S+)$", line)[1])
    assert "Traceback (most recent call last)" in written.read_text()
    assert "ZeroDivisionError: of ours" in written.read_text()


def test_where_it_cannot_be_written_the_line_is_all(raising, monkeypatch):
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "full")))
    result = raising(ZeroDivisionError("of ours"))
    assert result.exit_code == 3
    assert "all of it" not in said(result)


@pytest.mark.parametrize(
    "error", [SystemError("x"), RecursionError("x"), MemoryError(), GeneratorExit(), OSError(5, "x")]
)
def test_no_class_of_exception_gives_1(raising, error):
    result = raising(error)
    assert result.exit_code == 3
    assert said(result).startswith(f"no evidence: {type(error).__name__}")


def test_a_message_of_any_length_and_content_is_one_short_line(raising):
    result = raising(ValueError("\x1b[2J\nTraceback\r" + "long " * 1000 + "\ud800"))
    line = said(result)
    assert "\x1b" not in line
    assert len(line) <= LONGEST + len(r"\x1b") * 2


def test_wrong_usage_of_an_option_says_the_usage_and_one_line():
    result = CliRunner().invoke(main, ["run", "--jobs", "x\x1b[2J" + "9" * 1000])
    assert result.exit_code == 2
    usage, line = result.stderr.splitlines()
    assert usage.startswith("Usage: ")
    assert line.startswith("Error: Invalid value for '--jobs'")
    assert "\x1b" not in line
    assert len(line) <= LONGEST + 50


@pytest.mark.parametrize("option", ["--\x1b[2J", "--no-such"])
def test_an_option_before_any_verb_is_told_as_others_are(option):
    result = CliRunner().invoke(main, [option])
    assert result.exit_code == 2
    assert "\x1b" not in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: No such option")


def test_verbs_that_were_loaded_hide_no_builtin():
    """A submodule is an attribute of its package, and one is called `list`."""
    assert CliRunner().invoke(main, ["list", "suites"]).exit_code == 0
    assert CliRunner().invoke(main, ["--help"]).exit_code == 0


def test_another_program_may_call_it_and_gets_its_exceptions():
    with pytest.raises(click.UsageError):
        main(["run", "--jobs", "x"], standalone_mode=False)


@pytest.mark.skipif(os.name != "posix", reason="pipes and signals of POSIX")
class TestItsProcess:
    """What only a process of its own shows: where its output goes, and signals."""

    @staticmethod
    def run(*arguments, **how):
        return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=120, **how)

    @pytest.mark.parametrize("arguments", ["list suites", "list cases aten.t.default", "explain aten.t"])
    def test_a_reader_that_went_away_is_no_verdict(self, arguments, tmp_path, warm_viewproof):
        done = warm_viewproof.viewproof(tmp_path, *arguments.split(), stdout="broken")
        assert (done.returncode, done.stderr) == (3, "")

    def test_nor_is_one_that_went_away_before_the_process_began(self):
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([*COMMAND, "--help"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
        os.close(writing)
        assert (done.returncode, done.stderr) == (3, "")

    @pytest.mark.parametrize(("arguments", "status"), [("--help", 0), ("explain aten.t", 0), ("explain aten.tt", 2)])
    def test_where_standard_output_is_closed_the_status_is_what_it_would_be(self, arguments, status):
        closing = "import os, sys; os.close(1); os.execv(sys.argv[1], sys.argv[1:])"
        done = self.run_program(closing, *COMMAND, *arguments.split())
        assert done.returncode == status
        assert "Traceback" not in done.stderr

    @staticmethod
    def run_program(program, *arguments):
        command = [sys.executable, "-c", program, *arguments]
        return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, timeout=120)

    @pytest.mark.parametrize(
        ("verb", "how"),
        [
            ("show", "os._exit(1)"), ("repro", "os._exit(0)"), ("list", "os._exit(1)"),
            ("explain", "os.kill(os.getpid(), 9)"), ("show", "sys.exit(1)"),
        ],
    )  # fmt: skip
    def test_a_module_that_ends_the_process_gives_no_verdict(self, tmp_path, warm_viewproof, verb, how):
        (tmp_path / "ending.py").write_text(f"import os, sys\n{how}\n")
        named = ["ops", "aten.t"] if verb == "list" else ["aten.t.default(float32[2,3])"]
        done = warm_viewproof.viewproof(tmp_path, verb, *named, "--import", "ending")
        (line,) = done.stderr.splitlines()
        # One that exits is told from one that ends the process: it has not been imported.
        assert done.returncode == (2 if how.startswith("sys") else 3), line
        assert line.startswith("Error: ")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
    def test_a_full_disk_is_one_line(self, tmp_path, warm_viewproof):
        done = warm_viewproof.viewproof(tmp_path, "list", "suites", stdout="/dev/full")
        assert done.returncode == 3
        assert done.stderr == "Error: no evidence: OSError: [Errno 28] No space left on device\n"

    @pytest.mark.parametrize(("number", "after"), [(signal.SIGINT, 0.3), (signal.SIGTERM, 1.0), (signal.SIGHUP, 2.5)])
    def test_a_signal_at_any_time_is_one_line_of_the_driver_alone(self, number, after, tmp_path):
        """What a terminal sends reaches all processes of the group: none but the driver says anything."""
        out = str(tmp_path / "out")
        # Where whoever started these tests ignores it, every child would.
        heard = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        before = signal.signal(number, heard)
        started = subprocess.Popen(
            [*COMMAND, "run", "views/eager/*/aten.transpose", "--jobs", "1", "--out", out],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        signal.signal(number, before)
        time.sleep(after)
        os.killpg(started.pid, number)
        _, errors = started.communicate(timeout=60)
        lines = [line for line in errors.splitlines() if line.startswith("Error: ")]
        # Before Python itself has started, and where it drops the exception in a callback, nothing of ours is asked.
        if started.returncode == 3:
            assert len(lines) == 1
            assert lines[0].startswith("Error: stopped")
            assert "Traceback" not in errors
            assert ("--resume" in lines[0]) is (tmp_path / "out" / "run.json").exists()
        else:
            assert started.returncode in {0, -number}

    def test_a_long_tmpdir_is_no_hindrance(self, tmp_path):
        long = tmp_path / ("x" * 120)
        long.mkdir()
        done = self.run(
            "run", "views/eager/layout.size/aten.alias.default(float32[2])", "--jobs", "1",
            "--out", str(tmp_path / "out"), env={**os.environ, "TMPDIR": str(long)},
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def test_texts_that_utf_8_cannot_hold_are_spelled_out(self, tmp_path, warm_viewproof):
        text = os.fsdecode(b"aten.t.default(\xed\xa0\x80)")
        done = warm_viewproof.viewproof(tmp_path, "run", text, "--out", "out")
        assert done.returncode == 2
        assert r"\udced" in done.stderr

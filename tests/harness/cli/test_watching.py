"""A program that ends its process is noticed: the command says so in one line, with a status of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from viewproof.cli import watching

pytestmark = pytest.mark.skipif(not hasattr(signal, "sigwaitinfo"), reason="no process is watched without sigwaitinfo")

HEAD = "import os, signal, sys, torch\ntorch.zeros(3, 4).transpose(0, 1)\n"
NOT_WRITTEN = (
    "crossref: no evidence: the program ended its process, or put another in its place, before the report was written "
    "(it {})"
)


def command(folder: Path, text: str, *options: str) -> list[str]:
    (folder / "script.py").write_text(HEAD + text)
    options = ("--quiet", "--no-again", "--out", "out", *options)
    return [sys.executable, "-m", "viewproof.cli", "crossref", *options, "script.py"]


@pytest.fixture(autouse=True)
def heard():
    """SIGINT is heard, also where whoever started these tests ignores it: what is ignored is so in every child."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def run(tmp_path, warm_viewproof):
    """Runs a program under `crossref`, in a process that has loaded torch: `cold` is one that has not."""

    def invoke(text, *options):
        return warm_viewproof.viewproof(tmp_path, *command(tmp_path, text, *options)[3:])

    return invoke


@pytest.mark.parametrize(
    ("text", "status", "last"),
    [("os._exit(7)", 3, NOT_WRITTEN.format("ended with exit status 7")), ("", 0, "crossref: 2 calls, 1 checked")],
    ids=["ended", "whole"],
)
def test_a_command_that_begins_with_nothing_loaded_watches_its_program(tmp_path, text, status, last):
    """The one process that waits, and loads no torch; the other tests try all ends of the other one."""
    cold = subprocess.run(command(tmp_path, text), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert cold.returncode == status
    assert cold.stderr.splitlines()[-1].startswith(last)
    assert (tmp_path / "out" / "report.md").exists() is (status == 0)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("os._exit(0)", "ended with exit status 0"),
        ("os._exit(7)", "ended with exit status 7"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "died of SIGKILL"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "died of SIGTERM"),
        ("os.execv(sys.executable, [sys.executable, '-c', 'pass'])", "ended with exit status 0"),
    ],
)
def test_a_process_that_ends_before_the_report_is_no_evidence(run, tmp_path, text, how):
    done = run(text)
    assert done.returncode == 3
    assert done.stderr.splitlines() == [NOT_WRITTEN.format(how)]
    assert not (tmp_path / "out" / "report.md").exists()


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("", 0, None),
        ("sys.exit(0)", 0, None),
        ("sys.exit(5)", 4, "exited with status 5"),
        ("sys.exit('bad')", 4, "exited with status 1"),
        ("raise ValueError('mine')", 4, "raised ValueError: mine (status 1)"),
        ("raise KeyboardInterrupt", 4, "was interrupted by the keyboard (status 130)"),
        ("os.kill(os.getpid(), signal.SIGINT)", 4, "was interrupted by the keyboard (status 130)"),
    ],
)
def test_an_end_that_python_sees_has_its_report(run, tmp_path, text, status, said):
    done = run(text)
    assert done.returncode == status, done.stderr
    last = done.stderr.splitlines()[-1]
    assert last == f"crossref: the program {said}" if said else last.startswith("crossref: 2 calls, 1 checked")
    assert (tmp_path / "out" / "report.md").is_file()


def test_a_process_that_ends_otherwise_after_the_report_is_the_programs_failure(run, tmp_path):
    done = run("import atexit\natexit.register(os.abort)")
    assert done.returncode == 4
    said = "crossref: once the report was written, the program's process died of SIGABRT"
    assert done.stderr.splitlines()[-1] == said
    assert (tmp_path / "out" / "report.md").is_file()


def test_a_process_that_the_program_forks_writes_no_report_of_its_own(run):
    text = "child = os.fork()\nif child:\n    print(os.waitpid(child, 0)[1] >> 8)\nelse:\n    sys.exit(9)"
    done = run(text)
    assert (done.returncode, done.stdout) == (0, "9\n"), done.stderr
    assert done.stderr.count("crossref:") == 1


def test_wrong_usage_is_said_by_the_one_process_that_finds_it(run):
    done = run("", "--op", "aten.nothing")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_option_leaves_an_earlier_report(run, tmp_path):
    assert run("").returncode == 0
    assert run("", "--op", "aten.nothing").returncode == 2
    assert (tmp_path / "out" / "report.md").is_file()


def test_a_folder_of_something_else_is_refused_before_the_program_runs(run, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    done = run("print('ran')")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_folder_with_a_report_that_has_scripts_takes_the_next_one(run, tmp_path):
    seed = (
        'kernel = lambda self, dim, index: torch.empty(0).set_(self.untyped_storage(), 0, (4,), (1,))\n'
        'library = torch.library.Library("aten", "IMPL")\nlibrary.impl("select.int", kernel, "CPU")\n'
        "torch.zeros(3, 4)[1]\n"
    )  # fmt: skip
    assert run(seed).returncode == 1
    assert (tmp_path / "out" / "repro" / "1.py").is_file()
    assert run(seed).returncode == 1
    assert run("os._exit(0)").returncode == 3
    assert not (tmp_path / "out" / "repro" / "1.py").exists(), "what is said there is of this run"
    assert run("").returncode == 0


def test_the_program_may_change_the_folder_that_it_runs_in(run, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    assert run("os.chdir('elsewhere')").returncode == 0
    assert (tmp_path / "out" / "report.md").is_file()


def started(folder: Path, text: str) -> subprocess.Popen[str]:
    begun = folder / "begun"
    text = f"open({str(begun)!r} + str(os.getpid()), 'w').close()\n{text}\nimport time\ntime.sleep(60)"
    process = subprocess.Popen(command(folder, text), cwd=folder, stderr=subprocess.PIPE, text=True)
    while not list(folder.glob("begun*")):
        assert process.poll() is None
        time.sleep(0.05)
    return process


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (signal.SIGTERM, 3, NOT_WRITTEN.format("died of SIGTERM")),
        (signal.SIGINT, 4, "crossref: the program was interrupted by the keyboard (status 130)"),
    ],
)
def test_a_signal_to_the_command_is_the_programs(tmp_path, sent, status, said):
    process = started(tmp_path, "")
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert errors.splitlines()[-1] == said


@pytest.mark.skipif(sys.platform != "linux", reason="a process is told of its parent's end on Linux alone")
def test_the_program_ends_with_the_command(tmp_path):
    process = started(tmp_path, "")
    process.kill()
    process.communicate(timeout=60)
    program = int(next(tmp_path.glob("begun*")).name.removeprefix("begun"))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and _runs(program):
        time.sleep(0.05)
    assert not _runs(program)


def _runs(process: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def test_a_process_that_has_loaded_torch_is_not_forked(monkeypatch):
    import torch  # noqa: F401

    monkeypatch.setattr(os, "fork", None)
    assert not watching.may_watch()
    with watching.watched():
        pass

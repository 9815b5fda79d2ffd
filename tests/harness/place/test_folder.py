"""What lies in the current folder is imported where the user names it, and not in the place of a library."""

import os
import subprocess
import sys

import pytest

from viewproof.engine import forkserver
from viewproof.place.folder import not_searched, search_here

WRONG = "raise SystemError('taken from the folder')"
#: Libraries that a worker, or the report at a run's end, loads.
LOADED = ("copy", "token", "jinja2", "tabulate", "packaging", "yaml")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in LOADED:
        (tmp_path / f"{name}.py").write_text(WRONG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def started(folder):
    """Whether a Python that is started with `-c` finds its libraries."""
    code = "import copy, token"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=False).returncode == 0


def test_a_python_that_is_started_does_not_look_in_the_folder(folder, monkeypatch):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    assert not started(folder), "it does without"
    with not_searched():
        assert started(folder)
    assert "PYTHONSAFEPATH" not in os.environ
    monkeypatch.setenv("PYTHONSAFEPATH", "yes")
    with not_searched():
        assert started(folder)
    assert os.environ["PYTHONSAFEPATH"] == "yes"


def test_a_module_of_the_users_is_found_there(folder, monkeypatch):
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    search_here()
    search_here()
    assert sys.path.count(str(folder)) == 1
    assert sys.path[0] == str(folder)


RUN = """
from viewproof.cli import main
from viewproof.engine.forkserver import workers_context

def say():
    from viewproof.engine import preloaded
    print("preloading failed:", preloaded.failure)

if __name__ == "__main__":
    main(["run", "--jobs", "1", "--out", "out", "views/meta/*/aten.t.default(float32[2,3])"], standalone_mode=False)
    asked = workers_context(forked=True).Process(target=say)
    asked.start()
    asked.join()
"""


@pytest.mark.skipif(not hasattr(forkserver.forkserver, "ensure_running"), reason="this system has no fork server")
def test_a_run_in_a_folder_of_such_names_conforms(folder):
    (folder / "start").mkdir()
    (folder / "start" / "run.py").write_text(RUN)
    done = subprocess.run(
        [sys.executable, "start/run.py"], cwd=folder, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("conforms\npreloading failed: None\n")

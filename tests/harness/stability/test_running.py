"""A run starts with nothing inherited that could be a setting, in a place of its own, and says what it said."""

import json
import os
import sys

from viewproof.stability import running
from viewproof.stability.running import environment_of, place_of, start
from viewproof.stability.runs import PlannedRun
from viewproof.stability.settings import ODD_NAME, SETTINGS, Request

FOLDER = next(setting for setting in SETTINGS if setting.name == "folder")
PROGRAM = """#!{python}
import json, os, sys, tempfile
print(json.dumps([sys.argv[1:], os.getcwd(), tempfile.gettempdir(), os.environ.get("TZ"), os.environ.get("LANG")]))
sys.exit(7)
"""


def test_what_is_inherited_is_no_setting():
    inherited = {"OMP_NUM_THREADS": "4", "LANG": "de_DE", "PYTHONHASHSEED": "9", "PYTHONPATH": "/lib", "HOME": "/home"}
    assert environment_of(PlannedRun("reference"), inherited) == {"PYTHONPATH": "/lib", "HOME": "/home"}
    asks = PlannedRun("one", ((FOLDER, Request("8", {"OMP_NUM_THREADS": "8"})),))
    assert environment_of(asks, inherited)["OMP_NUM_THREADS"] == "8"


def test_a_run_is_given_its_place_its_variables_and_its_arguments(tmp_path, monkeypatch):
    program = tmp_path / "python"
    program.write_text(PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setattr(running.sys, "executable", str(program))
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    asked = Request("", {"TZ": "XYZ-1"}, ("--shuffle", "1"), odd_folder=True)
    run = PlannedRun("another BLAS", ((FOLDER, asked),))
    stale = place_of(run, tmp_path) / "stale"
    stale.mkdir(parents=True)
    status, said = start(run, tmp_path, ["views"])
    arguments, working, temporary, zone, language = json.loads(said)
    folder = tmp_path / "another-BLAS" / ODD_NAME
    assert status == 7
    assert arguments == ["-m", "viewproof.cli", "run", "views", "--out", str(folder / "run"), "--shuffle", "1"]
    assert working == str(folder)
    assert ODD_NAME in temporary
    assert not os.path.exists(temporary)  # noqa: PTH110 -- as the program spelled it
    assert (zone, language) == ("XYZ-1", None)
    assert not stale.exists()
    assert json.loads((folder / "said.txt").read_text())[0] == arguments

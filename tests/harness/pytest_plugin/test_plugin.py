"""The plugin sleeps in other people's sessions, and says at once what it cannot do."""

import subprocess
import sys

import pytest

from viewproof.contract.installed import own_suites
from viewproof.discovery import found_contracts

#: What a session that asks for nothing of ours loads, in the order in which it is done.
LOADED = ["viewproof", "viewproof.pytest_plugin.key", "viewproof.pytest_plugin"]
OTHERS = """
import sys


def pytest_addoption(parser):
    parser.addoption("--device", default="theirs")


def pytest_configure(config):
    assert "torch" not in sys.modules
"""
THEIR_TEST = """
import sys


def test_theirs(request):
    assert request.config.getoption("--device") == "theirs"
    assert "torch" not in sys.modules
    assert [name for name in sys.modules if name.startswith("viewproof")] == LOADED
"""


def test_it_costs_others_two_small_modules(session, tmp_path):
    (tmp_path / "conftest.py").write_text(OTHERS)
    (tmp_path / "test_theirs.py").write_text(THEIR_TEST.replace("LOADED", repr(LOADED)))
    done = session(tmp_path, "-q", "-W", "error", "--strict-markers")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "--viewproof" not in session(tmp_path, "--help").stdout


def test_it_is_found_by_its_entry_point(session, tmp_path):
    """An installed viewproof says so in its metadata; a folder with such metadata on the path is one to pytest."""
    info = tmp_path / "viewproof-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: viewproof\nVersion: 0.1.0\n")
    contracts = [f"{one.name} = {one.module}:CONTRACT" for one in found_contracts(own=True)]
    lines = ["[pytest11]", "viewproof = viewproof.pytest_plugin", "[viewproof.contracts]", *contracts, ""]
    (info / "entry_points.txt").write_text("\n".join(lines))
    done = session(tmp_path, "--pyargs", "viewproof_suites.views.suites", "--help", paths=[tmp_path], named=False)
    assert "--viewproof-profile" in done.stdout, done.stdout + done.stderr


def test_collection_is_an_item_an_operator_a_target_and_a_rule(session, tmp_path):
    module = "viewproof_suites.views.suites"
    done = session(tmp_path, "--pyargs", module, "--co", "-q", "-m", "level1", "-k", "aten.alias.default")
    chosen = [suite for suite in own_suites().values() if suite.name in ("views", "errors")]
    wanted = [
        f"{module}::{suite.name}::aten.alias.default::{target}/{rule}"
        for suite in chosen
        if "aten.alias.default" in suite.operators()
        for target in suite.targets
        for rule in suite.rules
    ]
    assert [line for line in done.stdout.splitlines() if "::" in line] == wanted


def test_every_suite_and_level_has_a_marker(session, tmp_path):
    markers = session(tmp_path, "--pyargs", "viewproof_suites", "--markers").stdout
    for suite in own_suites().values():
        assert f"@pytest.mark.{suite.name}:" in markers
        assert f"@pytest.mark.level{suite.level}:" in markers


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--device", "meta"], "device: wanted one that holds data"),
        (["--viewproof-jobs", "0"], "wanted at least 1, got 0"),
        (["--viewproof-import", "no_such_module"], "--import no_such_module: cannot be imported"),
    ],
)
def test_wrong_options_are_one_line_of_usage(session, tmp_path, arguments, said):
    done = session(tmp_path, "--pyargs", "viewproof_suites.views.suites", *arguments)
    assert done.returncode == 4
    assert said in done.stderr


def test_a_copy_of_the_suites_elsewhere_is_not_taken_for_them(session, tmp_path):
    folder = tmp_path / "viewproof_suites" / "views"
    folder.mkdir(parents=True)
    (folder / "suites.py").write_text("")
    done = session(tmp_path, folder.parent, "--co", "-q")
    assert "wanted the suites of an installed contract" in done.stdout + done.stderr


def test_importing_the_plugin_imports_pytest_and_nothing_of_ours():
    program = (
        "import sys, viewproof.pytest_plugin\n"
        "sys.exit(str([one for one in sys.modules if one.startswith(('viewproof', 'torch'))]))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": ":".join(filter(None, sys.path))})  # fmt: skip
    assert done.stderr.strip() == str(LOADED)


ENDS = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
from viewproof.pytest_plugin.engine import _end_with_parent
try:
    _end_with_parent()
    print("ready", flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    sys.exit(7)
"""


def test_the_engine_ends_with_the_process_that_started_it():
    """Its standard input is a pipe from pytest: when that ends, so does the engine, though interrupts be ignored."""
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    engine = subprocess.Popen(
        [sys.executable, "-c", ENDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert engine.stdout.readline() == "ready\n"
    engine.communicate()
    assert engine.returncode == 7

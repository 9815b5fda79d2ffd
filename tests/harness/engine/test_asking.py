"""The driver imports nothing of a user's, a backend's or a stranger's; what ends its process is said in one line."""

import json
import os
import subprocess
import sys

import msgspec
import pytest

from viewproof.contract.installed import own_suites
from viewproof.engine.asking import asker_for
from viewproof.engine.planning import Facts, concerns_others, facts_here, planned_here
from viewproof.errors import EmptySelection, UsageError
from viewproof.records.outdir import Selection

ONE = "views/meta/layout.size/aten.alias.default(float32[3])"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, and where modules are looked for; this process's path is put back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print('no device here, skipping')\nimport sys\nsys.exit(0)", "cannot be imported (SystemExit: 0)"),
        ("raise RuntimeError('no device\\nat all')", "cannot be imported (RuntimeError: no device at all)"),
        ("import os\nos._exit(0)", "cannot be imported (the process ended with exit status 0)"),
        ("import os\nos.kill(os.getpid(), 11)", "cannot be imported (the process died of SIGSEGV)"),
        ("import os\nos.abort()", "cannot be imported (the process died of SIGABRT)"),
    ],
    ids=["exit", "raise", "os exit", "fault", "abort"],
)
def test_a_module_that_ends_its_process_is_wrong_usage(folder, source, said):
    (folder / "nodev.py").write_text(source)
    with pytest.raises(UsageError) as refused:
        asker_for(Selection(queries=(ONE,), imports=("nodev",)), None, {})
    assert str(refused.value) == f"--import nodev: {said}"
    assert "nodev" not in sys.modules


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys\nsys.exit(0)", "passes.view_to_copy: nopass:Pass cannot be imported (SystemExit: 0)"),
        ("import os\nos._exit(7)", "cannot be imported (the process ended with exit status 7)"),
    ],
    ids=["exit", "os exit"],
)
def test_so_is_a_backend_s_pass(folder, source, said):
    (folder / "nopass.py").write_text(source)
    (folder / "backend.toml").write_text('[passes]\nview_to_copy = "nopass:Pass"\n')
    with pytest.raises(UsageError) as refused:
        asker_for(Selection(queries=(ONE,)), folder / "backend.toml", {})
    assert said in str(refused.value)
    assert "nopass" not in sys.modules


def test_what_is_foreign_is_planned_apart_and_the_same(folder):
    (folder / "dev.py").write_text("DEVICE = 'made up'\n")
    selection = Selection(queries=("views", "passes"), imports=("dev",))
    asker = asker_for(selection, None, {})
    try:
        assert asker.foreign
        assert "dev" not in sys.modules
        plan = asker.plan()
        assert plan == planned_here(selection)
        names = list(dict.fromkeys(chunk.suite for chunk in plan.chunks))
        assert asker.facts() == facts_here(names, "quick")
    finally:
        asker.close()


@pytest.mark.parametrize(("query", "error"), [("viws", UsageError), ("zz*", EmptySelection)])
def test_refusals_of_the_process_apart_are_the_driver_s(folder, query, error):
    (folder / "dev.py").write_text("")
    asker = asker_for(Selection(queries=(query,), imports=("dev",)), None, {})
    try:
        with pytest.raises(error):
            asker.plan()
    finally:
        asker.close()


def test_a_run_of_our_own_is_planned_here(monkeypatch):
    monkeypatch.setattr("viewproof.engine.planning.others_installed", lambda: True)
    for queries in ((), ("views",), ("*/meta",), (ONE,)):
        assert not concerns_others(Selection(queries=queries), None)
    assert concerns_others(Selection(queries=("teapot",)), None)
    assert concerns_others(Selection(contracts=("teapot",)), None)
    assert concerns_others(Selection(imports=("dev",)), None)
    assert concerns_others(Selection(), {"view_to_copy": "module:Class"})
    monkeypatch.setattr("viewproof.engine.planning.others_installed", lambda: False)
    assert not concerns_others(Selection(queries=("viws",)), None), "a misspelt word is refused at once"


def test_facts_are_plain_data_that_answer_as_the_suites_do():
    facts = msgspec.msgpack.decode(msgspec.msgpack.encode(facts_here(["views"], "quick")), type=Facts)
    assert facts.own == tuple(own_suites())
    for name, suite in own_suites().items():
        told = facts.suites[name].as_suite()
        assert (told.level, told.targets, told.rules, told.covers) == (
            suite.level, suite.targets, suite.rules, suite.covers,
        )  # fmt: skip
        assert told.operators() == suite.operators()
        operator = suite.operators()[0]
        assert told.families(operator, "quick") == suite.families(operator, "quick")
    with pytest.raises(AssertionError, match="facts of a suite only"):
        facts.suites["views"].as_suite().cases("aten.alias.default", "contiguous", "quick")


#: Runs the command line in a driver that cannot import what is not viewproof's own.
DRIVER = """
import json, sys
class Barred:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("dev", "teapot_contract"):
            raise AssertionError(f"{name}: imported in the driver")
if __name__ == "__main__":
    sys.meta_path.insert(0, Barred())
    from viewproof.cli import main
    main(json.loads(sys.argv[1]))
"""


def test_a_whole_run_imports_nothing_of_others_in_the_driver(folder):
    (folder / "driver.py").write_text(DRIVER)
    (folder / "dev.py").write_text("import os\nopen('imported', 'a').write(f'{os.getpid()}\\n')\n")
    asked = ["run", ONE, "--import", "dev", "--out", "out", "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, "-P", "driver.py", json.dumps(asked)], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "conforms"
    assert len(set((folder / "imported").read_text().split())) == 2, "one that plans and counts, one that runs"
    assert (folder / "out" / "report.html").is_file()

"""`show` and `repro` run what the run ran: its modules, its device."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from viewproof.cli import main

MODULE = """
import torch


def alias(self):
    return self.as_strided(self.size(), self.stride(), 1)


library = torch.library.Library("aten", "IMPL")
library.impl("alias", alias, "CPU", allow_override=True)
"""
NAME = "aten.alias.default(float32[2]@8)"
ADDRESS = f"views/eager/layout.offset/{NAME}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the module, and a run that imported it."""
    found = tmp_path_factory.mktemp("named_result")
    (found / "wrongk.py").write_text(MODULE)
    asked = ["run", ADDRESS, "--import", "wrongk", "--jobs", "1", "--out", "out"]
    command = [sys.executable, "-W", "ignore", "-m", "viewproof.cli", *asked]
    done = subprocess.run(command, cwd=found, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    return found


@pytest.fixture
def viewproof(folder, warm_viewproof):
    """Runs a verb in the folder."""
    return lambda *arguments: warm_viewproof.viewproof(folder, *arguments)


@pytest.fixture
def script(folder, warm_torch):
    """Runs a script in the folder."""

    def run(text):
        (folder / "script.py").write_text(text)
        return warm_torch.script(folder / "script.py")

    return run


@pytest.mark.parametrize("named", [["1", "--run", "out"], [ADDRESS, "--import", "wrongk"]], ids=["run", "import"])
def test_the_kernel_that_failed_is_shown_and_reproduced(viewproof, script, named):
    shown = viewproof("show", *named)
    assert "layout.offset: fail\n  expected offset 0\n  observed offset 1" in shown.stdout, shown.stderr
    written = viewproof("repro", *named)
    assert "Needs the module wrongk" in written.stdout
    assert "importlib.import_module('wrongk')" in written.stdout
    assert script(written.stdout).returncode == 1


def test_without_it_torchs_own_kernel_is(viewproof, script):
    assert "layout.offset: pass" in viewproof("show", ADDRESS).stdout
    assert script(viewproof("repro", ADDRESS).stdout).returncode == 0


def test_the_commands_in_the_reports_are_whole(folder):
    command = f"viewproof repro '{ADDRESS}' --import wrongk"
    assert command in (folder / "out" / "report.md").read_text()
    page = (folder / "out" / "report.html").read_text()
    assert "With <code>--import wrongk</code>" in page
    assert '"options":" --import wrongk"' in page


@pytest.mark.parametrize("verb", ["show", "repro"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([ADDRESS, "--device", "bogus"], "device: wanted one that this torch can allocate on; got 'bogus'"),
        ([ADDRESS, "--device", "meta"], "device: wanted one that holds data; got 'meta'"),
        ([ADDRESS, "--import", "no_such_module"], "--import no_such_module: cannot be imported"),
        (["1", "--run", "nowhere"], "nowhere/summary.json: wanted the summary.json of a finished run"),
        (["aten.t.default()"], "wanted an argument self, got none; the schema is aten::t(Tensor(a) self) -> Tensor(a)"),
        (["views/eager/layout.size"], "wanted SUITE/TARGET/RULE/CASE or a whole case, got no case"),
        ([f"views/moon/layout.size/{NAME}"], "target 'moon': wanted one of "),
    ],
)
def test_what_is_wrong_is_one_line(verb, arguments, said):
    result = CliRunner().invoke(main, [verb, *arguments])
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert said in line

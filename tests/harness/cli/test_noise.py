"""What a module and its kernel print, in Python and below it, goes between none of a verb's lines."""

import re
import subprocess
import sys

import pytest

MODULE = """
import ctypes, os, sys
import torch

libc = ctypes.CDLL(None)


def noise(where):
    print(f"NOISE {where} python")
    os.write(1, f"NOISE {where} descriptor\\n".encode())
    libc.puts(f"NOISE {where} C".encode())


def alias(self):
    noise("kernel")
    if self.dim() == 1:
        raise RuntimeError("bad \\x1b[2J\\u202e\\ud800 `x`")
    return self.as_strided(self.size(), self.stride(), self.storage_offset())


noise("import")
library = torch.library.Library("aten", "IMPL")
library.impl("alias", alias, "CPU", allow_override=True)
"""
KINDS = {f"NOISE {where} {how}" for where in ("kernel", "import") for how in ("python", "descriptor", "C")}
RUN = ["run", "views/eager/*/aten.alias.default", "--import", "noisy", "--jobs", "1", "--out", "out"]


@pytest.fixture(autouse=True)
def noisy(tmp_path):
    """The module, in the current folder of a command."""
    (tmp_path / "noisy.py").write_text(MODULE)


def test_a_run_keeps_it_in_its_log(tmp_path):
    command = [sys.executable, "-W", "ignore", "-m", "viewproof.cli", *RUN]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "NOISE" not in done.stdout + done.stderr
    assert set(re.findall("NOISE .*", (tmp_path / "out" / "workers.log").read_text())) == KINDS
    assert r"RuntimeError: bad \x1b[2J\u202e\ud800 `x`" in done.stdout
    for report in ("report.md", "report.html", "junit.xml", "summary.md", "summary.json", "journal.jsonl"):
        assert "\x1b" not in (tmp_path / "out" / report).read_text(encoding="utf-8")


def test_other_verbs_leave_it_on_standard_error(tmp_path, warm_viewproof):
    listed = warm_viewproof.viewproof(tmp_path, "list", "ops", "aten.alias.default", "--import", "noisy")
    assert listed.stdout == "aten.alias.default  view\n"
    assert set(listed.stderr.splitlines()) == {kind for kind in KINDS if "import" in kind}

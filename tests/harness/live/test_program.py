"""A script run as a program: as Python would run it, and its own end told apart from what is found."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from viewproof.live.program import Ending, run_script
from viewproof.live.session import LiveBlock


def ran(tmp_path: Path, text: str, *arguments: str):
    script = tmp_path / "script.py"
    script.write_text(text)
    block = LiveBlock(again=False)
    return run_script(script, arguments, block), block.findings


def test_a_script_is_main_with_its_arguments_and_its_folder(tmp_path, capsys):
    (tmp_path / "beside.py").write_text("WORD = 'beside'\n")
    path, argv = list(sys.path), sys.argv
    ending, found = ran(
        tmp_path,
        "import sys, torch, beside\ntorch.zeros(2, 3).transpose(0, 1)\nprint(__name__, sys.argv[1:], beside.WORD)\n",
        "--one",
        "2",
    )
    assert ending == Ending("returned", 0)
    assert capsys.readouterr().out == "__main__ ['--one', '2'] beside\n"
    assert (sys.path, sys.argv) == (path, argv)
    assert found.counts["checked"] == 1
    sys.modules.pop("beside")


@pytest.mark.parametrize(
    ("text", "how", "status", "said"),
    [
        ("import sys; sys.exit()", "exited", 0, ""),
        ("import sys; sys.exit(7)", "exited", 7, ""),
        ("import sys; sys.exit('bad')", "exited", 1, "bad\n"),
    ],
)
def test_an_end_is_the_scripts_own(tmp_path, capsys, text, how, status, said):
    ending, found = ran(tmp_path, f"import torch; torch.zeros(2, 3).transpose(0, 1)\n{text}\n")
    assert (ending.how, ending.status, ending.failed) == (how, status, status != 0)
    assert capsys.readouterr().err == said
    assert found.counts["checked"] == 1, "what was seen before is kept"


def test_an_exception_is_printed_from_the_script_on(tmp_path, capsys):
    ending, _ = ran(tmp_path, "def f():\n    raise LookupError('mine')\n\n\nf()\n")
    assert ending == Ending("raised", 1, "LookupError: mine")
    assert str(ending) == "raised LookupError: mine (status 1)"
    said = capsys.readouterr().err
    assert said.startswith("Traceback (most recent call last):\n")
    assert said.endswith("LookupError: mine\n")
    assert "runpy" not in said
    assert str(Ending("exited", 3)) == "exited with status 3"


def test_an_interrupt_is_printed_as_python_does(tmp_path, capsys):
    ending, found = ran(tmp_path, "import torch; torch.zeros(2, 3).transpose(0, 1)\nraise KeyboardInterrupt\n")
    assert (ending.how, ending.status, ending.failed) == ("was interrupted", 130, True)
    assert str(ending) == "was interrupted by the keyboard (status 130)"
    assert capsys.readouterr().err.endswith("KeyboardInterrupt\n")
    assert found.counts["checked"] == 1

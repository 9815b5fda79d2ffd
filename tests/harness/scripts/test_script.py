"""Scripts run by themselves: 0 without a fault, 1 with a seeded one."""

import subprocess
import sys

import pytest
import torch

from viewproof.cases import parse_case
from viewproof.contract.repro import script_of
from viewproof.errors import NoScript

STRIDED = "aten.transpose.int(complex64[3,4]:[4,1]+2~conj, 0, 1)"
GRAD = "aten.transpose.int(float32[3,4]~grad~view, 0, 1)"
RULES = [
    "layout.size", "layout.stride", "layout.stride-exact", "layout.offset", "layout.dtype", "layout.flags",
    "alias.storage", "alias.bounds", "alias.read", "alias.write-through", "alias.inputs-unchanged", "alias.identity",
    "alias.base", "alias.version", "replay.view-func",
]  # fmt: skip
COPYING = "lambda self, d0, d1: torch.empty_strided(self.stride() and (4, 3), (3, 1), dtype=self.dtype)"
STRIDES = "lambda self, d0, d1: self.as_strided((4, 3), (3, 1), 0)"
RUNNER = """
import runpy, sys, torch
if sys.argv[1]:
    library = torch.library.Library("aten", "IMPL")
    library.impl("transpose.int", eval(sys.argv[1]), "CPU")
for path in sys.argv[2:]:
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        print("status", path.rpartition("/")[2], end.code)
"""


def statuses(folder, scripts, seed=""):
    paths = []
    for name, text in scripts.items():
        (folder / name).write_text(text)
        paths.append(str(folder / name))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUNNER, seed, *paths], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines() if line.startswith("status ")]
    return {name: int(code) for _, name, code in rows}


def test_every_rule_has_a_script_that_exits_0_without_a_fault(tmp_path):
    scripts = {f"{rule}.py": script_of(parse_case(STRIDED), "eager", rule) for rule in RULES}
    scripts["grad.py"] = script_of(parse_case(GRAD), "eager", "grad.read")
    scripts["refused.py"] = script_of(parse_case("aten.transpose.int(float32[3,4], 0, 5)"), "eager", "error.refused")
    for target in ("meta", "fake", "fake-nocache"):
        scripts[f"{target}.py"] = script_of(parse_case(STRIDED), target, "layout.stride")
    assert statuses(tmp_path, scripts) == dict.fromkeys(scripts, 0)


@pytest.mark.skipif(not torch.__version__.startswith("2.13."), reason="the fault is of torch 2.13")
def test_on_fake_the_answer_out_of_the_cache_counts(tmp_path):
    """Made, the alias that `lift` returns has the operand's offset; kept, it has none."""
    case = parse_case("aten.lift.default(int64[]+3)")
    scripts = {f"{target}.py": script_of(case, target, "layout.offset") for target in ("fake", "fake-nocache")}
    assert statuses(tmp_path, scripts) == {"fake.py": 1, "fake-nocache.py": 0}


@pytest.mark.parametrize(
    ("seed", "rules"),
    [(COPYING, ["alias.storage", "alias.write-through", "alias.read"]), (STRIDES, ["layout.stride", "alias.read"])],
)
def test_a_seeded_fault_makes_it_exit_1(tmp_path, seed, rules):
    case = parse_case("aten.transpose.int(float32[3,4], 0, 1)")
    scripts = {f"{rule}.py": script_of(case, "eager", rule) for rule in rules}
    assert statuses(tmp_path, scripts, seed) == dict.fromkeys(scripts, 1)


def test_a_script_alone_imports_torch_only(tmp_path):
    text = script_of(parse_case(STRIDED), "eager", "layout.stride")
    assert "viewproof" not in text
    (tmp_path / "script.py").write_text(text)
    done = subprocess.run([sys.executable, "-I", str(tmp_path / "script.py")], check=False, capture_output=True)
    assert done.returncode == 0


def test_what_has_no_script_says_why():
    with pytest.raises(NoScript, match="wanted a case that the reference accepts"):
        script_of(parse_case("aten.transpose.int(float32[3,4], 0, 5)"), "eager", "layout.size")
    with pytest.raises(NoScript, match="target 'moon'"):
        script_of(parse_case(STRIDED), "moon", "layout.size")

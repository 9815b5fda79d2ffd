"""Wrong kernels, registered with torch.library, are found end to end, each on the target that it is seeded in."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = '''
"""One wrong kernel an operator and a key, on top of set_ and empty only, so that none calls itself."""
import warnings

import torch

warnings.filterwarnings("ignore")
LIBRARY = torch.library.Library("aten", "IMPL")


def placed(self, size, stride, offset, dtype=None):
    out = torch.empty(0, dtype=dtype or self.dtype, device=self.device)
    return out.set_(self.untyped_storage(), offset, size, stride)


def swapped_strides(self, dim0, dim1):
    size, stride = list(self.size()), list(self.stride())
    if size:
        size[dim0], size[dim1] = size[dim1], size[dim0]
    return placed(self, size, stride, self.storage_offset())


def offset_dropped(self, dim, index):
    size, stride = list(self.size()), list(self.stride())
    del size[dim], stride[dim]
    return placed(self, size, stride, self.storage_offset())


def last_dropped(self, *_args, **_kwargs):
    size = list(self.size())
    size[0] = max(0, size[0] - 1)
    return placed(self, size, self.stride(), self.storage_offset())


def dtype_changed(self, dim):
    size, stride = list(self.size()), list(self.stride())
    dim %= len(size) + 1
    stride.insert(dim, size[dim] * stride[dim] if dim < len(size) else 1)
    size.insert(dim, 1)
    return placed(self, size, stride, self.storage_offset(), torch.int8)


def copied(self):
    return self.clone()


LIBRARY.impl("transpose.int", swapped_strides, "CPU")
LIBRARY.impl("select.int", offset_dropped, "CPU")
LIBRARY.impl("diagonal", last_dropped, "CPU")
LIBRARY.impl("unsqueeze", dtype_changed, "CPU")
LIBRARY.impl("alias", copied, "CPU")
LIBRARY.impl("transpose.int", swapped_strides, "Meta")
'''
#: (target, operator, the rule that the fault is about)
FAULTS = [
    ("eager", "aten.transpose.int", "layout.stride"),
    ("eager", "aten.select.int", "layout.offset"),
    ("eager", "aten.diagonal.default", "layout.size"),
    ("eager", "aten.unsqueeze.default", "layout.dtype"),
    ("eager", "aten.alias.default", "alias.storage"),
    ("eager", "aten.alias.default", "alias.write-through"),
    ("meta", "aten.transpose.int", "layout.stride"),
]
QUERIES = sorted({f"*/{target}/{rule}/{operator}" for target, operator, rule in FAULTS})


def run(folder, *arguments):
    path = os.pathsep.join([str(folder), *(str(ROOT / root) for root in ("reference", "harness", "suites"))])
    command = [sys.executable, "-m", "viewproof.cli", "run", *QUERIES, "--jobs", "1", "--out", str(folder / "out")]
    done = subprocess.run(
        [*command, *arguments], env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    summary = folder / "out" / "summary.json"
    assert summary.exists(), done.stderr
    return done, json.loads(summary.read_text())


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seeded")
    (folder / "seeded_kernels.py").write_text(SEEDS)
    return run(folder, "--import", "seeded_kernels")


def test_torchs_own_kernels_conform(tmp_path):
    """The control: without the seeds the same queries find nothing."""
    done, summary = run(tmp_path)
    assert (done.returncode, summary["findings"]) == (0, []), done.stdout + done.stderr


def test_a_run_with_seeds_does_not_conform(seeded):
    done, summary = seeded
    assert done.returncode == 1, done.stdout + done.stderr
    assert summary["problems"] == []
    assert "harness_error" not in {name for name, number in summary["verdicts"].items() if number}


@pytest.mark.parametrize(("target", "operator", "rule"), FAULTS)
def test_the_fault_is_found(seeded, target, operator, rule):
    found = {(one["target"], one["operator"], one["rule"]) for one in seeded[1]["findings"] if one["verdict"] == "fail"}
    assert (target, operator, rule) in found


def test_nothing_but_the_seeded_operators_is_named(seeded):
    pairs = {(one["target"], one["operator"]) for one in seeded[1]["findings"]}
    assert pairs == {(target, operator) for target, operator, _ in FAULTS}

"""Real models exported, as benchmarks/exported_programs.py does it: nothing found but known issues, and faults found.

A conv net of torch's own modules always; a model of the package transformers where that is installed.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from viewproof.contract.known_issues import own_issues
from viewproof.exported.vendor import install

ROOT = Path(__file__).resolve().parents[3]
NET = "conv net"


@pytest.fixture
def exported(monkeypatch):
    """The benchmark's module that lends and judges."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield importlib.import_module("programs.exported")
    install({})


@pytest.fixture
def net(exported):
    programs = importlib.import_module("programs.modules").PROGRAMS
    return next(one for one in programs if one.name.startswith(NET))


def test_a_model_is_rid_of_its_views_and_nothing_is_found(exported, net):
    raw = exported.judged(net, decomposed=False)
    assert (raw.findings, raw.known, raw.error, raw.replaced) == ([], [], "", 0)
    assert raw.refused == "InternalError: aten::flatten is missing a view_copy variant"
    assert raw.verdicts["passes.decomposed"] == {"pass": 2}
    made = exported.judged(net, decomposed=True)
    assert (made.findings, made.error, made.refused) == ([], "", "")
    assert made.views == made.replaced > 0
    assert made.verdicts["passes.values"] == {"pass": 4}
    assert made.verdicts["passes.tensor-meta"] == {"pass": 3, "known": 1}


def test_a_pass_with_a_fault_is_found_on_a_model(exported, net, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    install({"view_to_copy": "seeded_passes:DropsStackTraces"})
    found = exported.judged(net, decomposed=True)
    assert {(one.target, one.rule) for one in found.findings} == {("view-to-copy", "passes.metadata")}


def test_nothing_is_known_of_a_backends_pass(exported, net, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    install({"view_to_copy": "seeded_passes:DropsTensorMeta"})
    assert {one.rule for one in exported.judged(net, decomposed=True).findings} == {"passes.tensor-meta"}


def test_what_export_raises_is_said(exported, net, monkeypatch):
    def forward(model, *given):
        raise ValueError("no such model")

    monkeypatch.setattr(exported.Forward, "forward", forward)
    # Another name: the programs of the last subject are kept.
    renamed = type(net)("never exported", net.make, net.loss)
    found = exported.judged(renamed, decomposed=False)
    assert (found.error, found.verdicts, found.nodes) == ("ValueError: no such model", {}, 0)


def test_the_causes_are_known_issues(exported):
    assert {cause.issue for cause in exported.CAUSES} <= {issue.id for issue in own_issues()}


def run(tmp_path, *names):
    command = [sys.executable, str(ROOT / "benchmarks/exported_programs.py"), *names, "--out", str(tmp_path)]
    path = [*(str(ROOT / root) for root in ("reference", "harness", "suites")), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None,
    reason="the package transformers is not installed (it comes with viewproof[programs])",
)
def test_nothing_is_found_in_a_real_model(tmp_path):
    done = run(tmp_path, "GPT-2")
    assert done.returncode == 0, done.stdout + done.stderr
    report = (tmp_path / "passes.md").read_text()
    assert "None that is not a known issue." in report
    assert "| GPT-2, plain attention, decomposed " in report
    assert "(known issue decomposition-flash-attention-returns-attention-3)" in report


def test_where_nothing_could_be_tried_the_status_says_so(tmp_path):
    done = run(tmp_path, "no such program")
    assert done.returncode == 3, done.stdout + done.stderr

"""Models of the package transformers, trained for a step and asked for tokens: nothing is found but known issues.

Torch's own modules are in test_session.py, in this process; these run as benchmarks/real_programs.py does.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None,
    reason="the package transformers is not installed (it comes with viewproof[programs])",
)
def test_nothing_is_found_in_real_models(tmp_path):
    names = ["BERT", "GPT-2", "LLaMA", "ViT", "Whisper"]
    command = [sys.executable, str(ROOT / "benchmarks/real_programs.py"), *names, "--seen-only", "--out", str(tmp_path)]
    path = [*(str(ROOT / root) for root in ("reference", "harness", "suites")), *sys.path]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    report = (tmp_path / "report.md").read_text()
    assert "None that is not a known issue." in report
    for name in names:
        assert f"| {name}" in report, "each model was run"

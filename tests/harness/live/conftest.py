"""Programs that the live mode must leave as they are, and a wrong kernel that it must find."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from warm import Warm

ROOT = Path(__file__).resolve().parents[3]
PATHS = [str(ROOT / root) for root in ("reference", "harness", "suites")]


@pytest.fixture
def child(tmp_path: Path, warm_viewproof: Warm) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a script in a process of its own: kernels that it registers are gone with it.

    `cold` is one that begins with nothing loaded, and whose warnings are shown.
    """

    def run(text: str, *, cold: bool = False) -> subprocess.CompletedProcess[str]:
        script = tmp_path / "program.py"
        script.write_text(text)
        if not cold:
            return warm_viewproof.script(script)
        # What this process can import, the child can: whoever runs the tests may have added to the path.
        head = f"import sys; sys.path[:0] = {[*PATHS, *sys.path]!r}\n"
        command = [sys.executable, "-c", f"{head}import runpy; runpy.run_path({str(script)!r})"]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=300)

    return run


@pytest.fixture
def same() -> Callable[[Callable[[], list[torch.Tensor]]], object]:
    """Runs a program without the mode and under it, and wants equal bits and an equal random state of both."""
    import viewproof

    def run(program: Callable[[], list[torch.Tensor]], **options: object) -> object:
        torch.manual_seed(0)
        bare, state = program(), torch.get_rng_state()
        torch.manual_seed(0)
        with viewproof.crossref(**options) as findings:
            live = program()
            during = torch.get_rng_state()
        assert torch.equal(state, during), "the random state inside"
        assert torch.equal(state, torch.get_rng_state()), "the random state after"
        assert len(bare) == len(live)
        for one, other in zip(bare, live, strict=True):
            assert one.dtype == other.dtype
            assert one.stride() == other.stride()
            assert torch.equal(one, other), "the bits"
        assert findings.errors == []
        return findings

    return run

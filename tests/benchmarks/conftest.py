"""The modules of benchmarks/, which is no package: they are found while a test runs, and gone afterwards."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def module(monkeypatch):
    """Imports a module of benchmarks/ by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    ours = {path.stem for path in FOLDER.glob("*.py")}
    for name in ours & set(sys.modules):
        monkeypatch.delitem(sys.modules, name)
    yield importlib.import_module
    for name in ours & set(sys.modules):
        del sys.modules[name]

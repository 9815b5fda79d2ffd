"""Puts the made-up run on the path, for the tests and for the workers that they start."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("fake_run")

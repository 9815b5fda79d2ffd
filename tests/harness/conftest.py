"""What the tests of the engine, the records and the commands share."""

from __future__ import annotations

import fake_run
import pytest


@pytest.fixture
def fake():
    """The made-up run."""
    return fake_run

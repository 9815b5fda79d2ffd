"""What an item of pytest is about, and where the plugin notes that it is asked for at all."""

from __future__ import annotations

from typing import NamedTuple

import pytest

SUITES = "viewproof_suites"
"""The package of the suites: an argument that names it wakes the plugin."""

ASKED = pytest.StashKey[bool]()


class Key(NamedTuple):
    """A suite, an operator of it, a target and a rule."""

    suite: str
    operator: str
    target: str
    rule: str

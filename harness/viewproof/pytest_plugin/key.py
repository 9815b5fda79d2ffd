"""The key of a pytest item (suite, operator, target, rule), and where the plugin notes that it is in use."""

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

"""What the tests of the features ask of a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from viewproof.cases import parse_case
from viewproof.contract.conditions import holds
from viewproof.evidence.expectation import expect


@pytest.fixture
def has() -> Callable[[str, str], bool]:
    """Whether the feature called so holds of the case written so."""

    def ask(name: str, text: str) -> bool:
        case = parse_case(text)
        return holds(name, case, expect(case))

    return ask

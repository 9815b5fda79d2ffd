"""What the tests of the features ask of a case."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from viewproof.cases import parse_case
from viewproof.contract.conditions import Condition
from viewproof.contract.installed import own_contracts
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of


@pytest.fixture
def has() -> Callable[[str, str], bool]:
    """Whether the feature called so holds of the case written so."""

    def ask(name: str, text: str) -> bool:
        case = parse_case(text)
        features = {one: test for contract in own_contracts() for one, test in contract.features.items()}
        return Condition((name,), features).holds_of(subject_of(case, expect(case)))

    return ask

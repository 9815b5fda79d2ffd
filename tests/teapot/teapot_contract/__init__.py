"""A contract that another package brings: what a vendor's operator `teapot.pour` must make of a tensor.

It is what a vendor would write: an operator, a kind of subject with its grammar, a target, two rules, a suite, a
feature, a known issue and a script, declared by one object. tests/test_teapot.py installs it and runs everything.
"""

from __future__ import annotations

from importlib import resources

from teapot_contract.cases import POUR
from teapot_contract.rules import RULES
from teapot_contract.suites import FEATURES, STEEPING, TEAPOT
from teapot_contract.targets import POURED, STEEPED, script
from viewproof.contract.contract import Contract

CONTRACT = Contract(
    name="teapot",
    summary="what teapot.pour must make of a tensor",
    suites=(TEAPOT, STEEPING),
    targets=(POURED, STEEPED),
    rules=tuple(RULES),
    kinds=(POUR,),
    features=FEATURES,
    known_issues=resources.files(__name__) / "known_issues",
    script=script,
)

"""Contract on the copy variants of views, with and without `out=`, and on the scatters: what they return and write."""

from importlib import resources

from viewproof.contract.contract import Contract
from viewproof_suites.copies import features, rules, suites
from viewproof_suites.copies.cases import DERIVED
from viewproof_suites.copies.scripts import copy_script

CONTRACT = Contract(
    name="copies",
    summary="every copy of a view, with and without out=, and the scatters",
    chapter=2,
    suites=(suites.COPIES, suites.COPY_ERRORS, suites.COPY_GRADIENTS),
    rules=tuple(rules.RULES),
    derived=DERIVED,
    features=features.FEATURES,
    known_issues=resources.files(__name__) / "known_issues",
    script=copy_script,
)

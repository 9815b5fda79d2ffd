"""What functionalization makes of a program that mutates a view."""

from importlib import resources

from viewproof.contract.contract import Contract
from viewproof.contract.features import Features
from viewproof_suites.functionalization import rules, suites
from viewproof_suites.functionalization.features import (
    as_strided,
    expanding,
    lift,
    programs,
    refusals,
    replaced,
    resized,
    unfold,
)
from viewproof_suites.functionalization.scripts import functional_script
from viewproof_suites.functionalization.targets import functionalize, graph, mode

CONTRACT = Contract(
    name="functionalization",
    summary="mutating programs, functionalized: values, bases, inputs, layouts, recorded steps and graphs",
    chapter=4,
    suites=(suites.FUNCTIONALIZATION, suites.FUNCTIONAL_TRACES),
    targets=(
        functionalize.FUNCTIONALIZE, functionalize.FUNCTIONALIZE_COPIES,
        mode.FUNCTIONAL_MODE, graph.FUNCTIONALIZE_GRAPH,
    ),
    rules=tuple(rules.RULES),
    features=Features.together(
        programs.FEATURES, expanding.FEATURES, as_strided.FEATURES, unfold.FEATURES, resized.FEATURES,
        replaced.FEATURES, lift.FEATURES, refusals.FEATURES,
    ),
    known_issues=resources.files(__name__) / "known_issues",
    script=functional_script,
)  # fmt: skip

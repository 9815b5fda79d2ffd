"""Level 5: the pass that functionalizes side effects: the chain of tokens, and what stays beside it."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof_suites.passes.evidence import AsReference, Compared, probe_name
from viewproof_suites.passes.rules.results import EFFECT_SOURCE, VIEW_SOURCE, module, told, unlike, with_word

RULES = Rules(level=5, probe=probe_name("order"))


@RULES.rule(
    "passes.tokens",
    source=EFFECT_SOURCE,
    fault="a pass that forgets the token output; one that reorders two assertions",
    probe=probe_name("tokens"),
    applies=with_word("effects"),
)
def tokens(expected: AsReference, observed: Compared) -> Difference | None:
    """`sym_constrain_range` and `_assert_async` with a message become their functional forms in the order in which
    they stood. The first takes `dep_token0`, made by `_make_dep_token`; the k-th takes the token before it and is
    called `dep_token{k}`; the last token is an additional output. A name that is taken gets a number.
    """
    return unlike(observed, "tokens")


@RULES.rule(
    "passes.left-effects",
    source=f"{EFFECT_SOURCE}, _NON_FUNCTIONAL_TO_FUNCTIONAL_SIDE_EFFECTFUL_FUNCS",
    fault="a pass that removes an assertion which it has no function for",
    probe=probe_name("order"),
    applies=module,
    sees=lambda expected: expected.compares,
)
def left_effects(expected: AsReference, observed: Compared) -> Difference | None:
    """Every other assertion and constraint (`_assert_scalar`, `_assert_async` without a message,
    `_assert_tensor_metadata`, `sym_constrain_range_for_size`), and all those in the graphs of higher-order operators,
    stay as they are, in the order in which they stood among those that are chained.
    """
    return unlike(observed, "order")


@RULES.rule(
    "passes.untouched",
    source=f"{EFFECT_SOURCE}, call",
    fault="a pass that copies a module in which it has nothing to do",
    probe=probe_name("untouched"),
    applies=lambda traits: module(traits) and "effects" not in traits.words,
)
def untouched(expected: str, observed: str) -> Difference | None:
    """Where there is nothing to do, the second pass returns the very module that it was given, unmodified."""
    return told(expected, observed, "untouched")


@RULES.rule(
    "passes.violated",
    source="aten/src/ATen/native/TensorCompare.cpp, _functional_assert_async; ReduceOps and Constraints",
    fault="a pass that drops the condition",
    probe=probe_name("violated"),
    applies=with_word("raises"),
)
def violated(expected: str, observed: str) -> Difference | None:
    """On inputs that an assertion forbids, the graph raises before the pass and after it."""
    return told(expected, observed, "violated")


@RULES.rule(
    "passes.composed",
    source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}",
    fault="a pass that cannot read the other's result",
    probe=probe_name("composed"),
    applies=lambda traits: module(traits) and not traits.words & {"refused", "composite"},
)
def composed(expected: str, observed: str) -> Difference | None:
    """Both passes can be applied, the one to the other's result, with the same graph in either order."""
    return told(expected, observed, "composed")

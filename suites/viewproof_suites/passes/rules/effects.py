"""Level 5: the pass that functionalizes side effects: the chain of tokens, and what stays beside it."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof_suites.passes.rules.results import EFFECT_SOURCE, OF_EFFECTS, VIEW_SOURCE, told, with_word

RULES = Rules(level=5, probe="answers")


def _on_effects(traits: Traits, target: str) -> bool:
    return traits.kind == "module" and target in OF_EFFECTS


@RULES.rule(
    "passes.tokens",
    source=EFFECT_SOURCE,
    fault="a pass that forgets the token output; one that reorders two assertions",
    applies=with_word("effects", _on_effects),
)
def tokens(subject: Subject, observation: Observation) -> Difference | None:
    """`sym_constrain_range` and `_assert_async` with a message become their functional forms in the order in which
    they stood. The first takes `dep_token0`, made by `_make_dep_token`; the k-th takes the token before it and is
    called `dep_token{k}`; the last token is an additional output. A name that is taken gets a number.
    """
    return told(observation, "tokens")


@RULES.rule(
    "passes.left-effects",
    source=f"{EFFECT_SOURCE}, _NON_FUNCTIONAL_TO_FUNCTIONAL_SIDE_EFFECTFUL_FUNCS",
    fault="a pass that removes an assertion which it has no function for",
    applies=_on_effects,
)
def left_effects(subject: Subject, observation: Observation) -> Difference | None:
    """Every other assertion and constraint (`_assert_scalar`, `_assert_async` without a message,
    `_assert_tensor_metadata`, `sym_constrain_range_for_size`), and all those in the graphs of higher-order operators,
    stay as they are, in the order in which they stood among those that are chained.
    """
    return told(observation, "order")


@RULES.rule(
    "passes.untouched",
    source=f"{EFFECT_SOURCE}, call",
    fault="a pass that copies a module in which it has nothing to do",
    applies=lambda traits, target: _on_effects(traits, target) and "effects" not in traits.words,
)
def untouched(subject: Subject, observation: Observation) -> Difference | None:
    """Where there is nothing to do, the second pass returns the very module that it was given, unmodified."""
    return told(observation, "untouched", "the very module, unmodified")


@RULES.rule(
    "passes.violated",
    source="aten/src/ATen/native/TensorCompare.cpp, _functional_assert_async; ReduceOps and Constraints",
    fault="a pass that drops the condition",
    applies=with_word("raises", _on_effects),
)
def violated(subject: Subject, observation: Observation) -> Difference | None:
    """On inputs that an assertion forbids, the graph raises before the pass and after it."""
    return told(observation, "violated", "raises before, raises after")


@RULES.rule(
    "passes.composed",
    source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}",
    fault="a pass that cannot read the other's result",
    applies=lambda traits, target: _on_effects(traits, target) and not traits.words & {"refused", "composite"},
)
def composed(subject: Subject, observation: Observation) -> Difference | None:
    """Both passes can be applied, the one to the other's result, with the same graph in either order."""
    return told(observation, "composed", "alike")

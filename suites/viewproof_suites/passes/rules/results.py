"""Level 5: what the pass that replaces views with copies makes of a graph, and what holds for either pass's result."""

from __future__ import annotations

import re

from viewproof.cases.answers import answers_of
from viewproof.contract.rule import Applies, Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof_suites.passes.answers import PassAnswers
from viewproof_suites.passes.expected import is_refused

RULES = Rules(level=5, probe="answers")

VIEW_SOURCE = "torch/_export/passes/replace_view_ops_with_view_copy_ops_pass.py"
EFFECT_SOURCE = "torch/_export/passes/functionalize_side_effectful_ops_pass.py"
OF_VIEWS = frozenset({"view-to-copy", "view-to-copy-reference"})
OF_EFFECTS = frozenset({"side-effects", "side-effects-reference"})
DECOMPOSED = frozenset({"run-decompositions", "run-decompositions-views"})
#: The targets on which another pass than the reference's is compared with the reference's.
COMPARED = frozenset({"view-to-copy", "side-effects"}) | DECOMPOSED


def takes_views(traits: Traits, target: str) -> bool:
    """Whether the target replaces the views of the module, and none of them is refused."""
    if traits.kind != "module" or target not in OF_VIEWS | DECOMPOSED:
        return False
    return not is_refused(traits.operator, traits.words, target in DECOMPOSED)


def takes_either(traits: Traits, target: str) -> bool:
    """Whether the target applies a pass to the module, and does not refuse it."""
    return takes_views(traits, target) or (traits.kind == "module" and target in OF_EFFECTS)


def passes_either(traits: Traits, target: str) -> bool:
    """`takes_either`, and no decomposition has changed the graph before."""
    return takes_either(traits, target) and target not in DECOMPOSED


def passes_named(traits: Traits, target: str) -> bool:
    """`passes_either`, and the module has a name: it is about the pass, and not about one operator."""
    return passes_either(traits, target) and traits.operator.startswith("module.")


def with_word(word: str, applies: Applies) -> Applies:
    """`applies`, restricted to modules that have this word."""
    return lambda traits, target: word in traits.words and applies(traits, target)


def compared(traits: Traits, target: str) -> bool:
    """Whether the target's pass is not the reference's own, and accepts the module."""
    return takes_either(traits, target) and target in COMPARED


def told(observation: Observation, question: str, wanted: str | None = None) -> Difference | None:
    """How an answer differs from `wanted`, or from the answer for the reference's own pass; None if it does not."""
    answers = answers_of(observation, PassAnswers)
    got = answers.by_question.get(question, "no answer")
    if wanted is None:
        wanted = answers.wanted.get(question, "an answer of the reference's")
    if got == wanted:
        return None
    lines, others = wanted.split("\n"), got.split("\n")
    for one, other in zip(lines, others, strict=False):
        if one != other:
            return Difference(one, other, f"{question}: {_shape(other, question)}")
    return Difference(f"{len(lines)} lines", f"{len(others)} lines", f"{question}: {_shape('', question)}")


def _shape(got: str, question: str) -> str:
    """What went wrong, without the case's own names and numbers."""
    raised = re.match(r"raises (\w+)", got)
    if raised is not None:
        return raised[0]
    if question == "metadata":
        return re.sub(r" of an? .*", "", got) + (" is gone" if got.endswith("gone") else " is another")
    return re.sub(r"\d+", "#", got) if question in ("modified", "packets", "violated", "refusal") else "differs"


@RULES.rule(
    "passes.refused",
    source=f"{VIEW_SOURCE}, get_view_copy_of_view_op; docs/contract.md, Clauses",
    fault="a view without a copy variant that is left in place",
    applies=lambda traits, target: traits.kind == "module" and target in OF_VIEWS | DECOMPOSED,
)
def refused(subject: Subject, observation: Observation) -> Difference | None:
    """The pass refuses a view without a copy variant, naming it; a write to what a view shares, once it is a copy lost
    to one of the two; and a look at the layout of a view. It accepts every other graph.
    """
    return told(observation, "refusal")


@RULES.rule(
    "passes.copies",
    source=f"{VIEW_SOURCE}, get_view_copy_of_view_op",
    fault="a pass that skips one operator",
    applies=lambda traits, target: (
        target in OF_VIEWS and takes_views(traits, target) and not traits.operator.startswith("module.")
    ),
)
def copies(subject: Subject, observation: Observation) -> Difference | None:
    """A view call of the graph becomes the call of the copy variant with its name and overload; `_unsafe_view` becomes
    `view_copy`. What is no view to the pass (of aten, its first argument aliased and not written) becomes nothing else.
    """
    if answers_of(observation, PassAnswers).by_question.get("copies") == "not called":
        # Export itself has replaced the call: the graph does not contain it.
        return None
    return told(observation, "copies", answers_of(subject.expectation, PassAnswers).by_question["copies"])


@RULES.rule(
    "passes.graph",
    source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}",
    fault="a pass that changes a call beside the views",
    applies=compared,
)
def same_graph(subject: Subject, observation: Observation) -> Difference | None:
    """Up to names, the pass gives the graph that the reference's pass gives: the same calls on the same arguments, in
    the same order, and the same outputs. Calls of other namespaces stay.
    """
    return told(observation, "graph")


@RULES.rule(
    "passes.inner-graphs",
    source="torch/_export/pass_base.py, call_cond and call_map; docs/source/cond.md",
    fault="a pass that leaves the body of a while_loop",
    applies=with_word("graphs", compared),
)
def inner_graphs(subject: Subject, observation: Observation) -> Difference | None:
    """Higher-order operators stay, and the first pass treats the graphs that they run as it treats the outer one; the
    second leaves them as they are.
    """
    return told(observation, "inner_graphs")


@RULES.rule("passes.no-view", source=VIEW_SOURCE, fault="a pass that skips one operator", applies=takes_views)
def no_view(subject: Subject, observation: Observation) -> Difference | None:
    """No view of aten is left in the result of the first pass."""
    return told(observation, "views", "none")


@RULES.rule(
    "passes.no-inner-view",
    source=VIEW_SOURCE,
    fault="a pass that leaves the body of a while_loop",
    applies=with_word("graphs", takes_views),
)
def no_inner_view(subject: Subject, observation: Observation) -> Difference | None:
    """Nor is one left in a graph that a higher-order operator of the result runs."""
    return told(observation, "inner_views", "none")


@RULES.rule(
    "passes.values",
    source="docs/source/export.md; a copy of a view holds the view's values",
    fault="a pass that drops an argument",
    applies=takes_either,
)
def values(subject: Subject, observation: Observation) -> Difference | None:
    """The result runs, and its outputs are the program's: bit for bit, or within the tolerance of torch.testing where a
    network sums floats, which another layout may do in another order.
    """
    return told(observation, "values", "the program's")


@RULES.rule(
    "passes.layouts",
    source="docs/contract.md, position; aten/src/ATen/native/TensorShape.cpp, view_copy_symint",
    fault="a pass that writes strides into a graph",
    applies=takes_either,
)
def layouts(subject: Subject, observation: Observation) -> Difference | None:
    """On inputs of the same sizes and values that lie otherwise (permuted, stepped, offset) the result gives what the
    program gives there, or refuses them. Where the program itself refuses them, its values on its own inputs count.
    """
    return told(observation, "layouts", "the program's, or refused")


@RULES.rule(
    "passes.fresh",
    source="native_functions.yaml: no alias annotation on a copy",
    fault="a pass that puts a view under another name",
    applies=takes_views,
)
def fresh(subject: Subject, observation: Observation) -> Difference | None:
    """When the result runs, no copy lies on a storage of its operand's, nor two results of one copy on the same."""
    return told(observation, "fresh", "none")


@RULES.rule(
    "passes.again",
    source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}; a pass is a projection",
    fault="a pass that makes a token for nothing",
    applies=takes_either,
)
def again(subject: Subject, observation: Observation) -> Difference | None:
    """Applied to its own result, the pass changes nothing."""
    return told(observation, "again", "nothing")


@RULES.rule(
    "passes.modified",
    source="torch/fx/passes/infra/pass_base.py, PassResult",
    fault="a pass that says modified of every graph",
    applies=passes_named,
)
def modified(subject: Subject, observation: Observation) -> Difference | None:
    """The pass says modified exactly where the graph that it returns is another, the second time too."""
    return told(observation, "modified", "as it is")

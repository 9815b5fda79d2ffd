"""Level 5: what the pass that replaces views with copies makes of a graph, and what holds for either pass's result."""

from __future__ import annotations

import re

from viewproof.contract.rule import Applies, Difference, Rules
from viewproof.evidence.probe import OneOf
from viewproof.evidence.subject import Traits
from viewproof.exported.modules import MODULE
from viewproof_suites.passes.evidence import AsReference, Compared, probe_name

RULES = Rules(level=5, probe=probe_name("values"))

VIEW_SOURCE = "torch/_export/passes/replace_view_ops_with_view_copy_ops_pass.py"
EFFECT_SOURCE = "torch/_export/passes/functionalize_side_effectful_ops_pass.py"


def module(traits: Traits) -> bool:
    """The subject is a module."""
    return traits.kind == "module"


def named(traits: Traits) -> bool:
    """The module has a name: it is about the pass, and not about one operator."""
    return module(traits) and traits.operator.startswith(MODULE)


def with_word(word: str) -> Applies:
    """The module has this word."""
    return lambda traits: module(traits) and word in traits.words


def told(expected: str, observed: str, question: str) -> Difference | None:
    """How the answer to a question differs from the right one, in its first line that does; None if it does not."""
    if expected == observed:
        return None
    wanted = str(expected)
    lines, others = wanted.split("\n"), observed.split("\n")
    for one, other in zip(lines, others, strict=False):
        if one != other:
            return Difference(one, other, f"{question}: {_shape(other, question)}")
    return Difference(f"{len(lines)} lines", f"{len(others)} lines", f"{question}: {_shape('', question)}")


def unlike(observed: Compared, question: str) -> Difference | None:
    """How the answer differs from the one for the reference's pass on the same graph."""
    return told(observed.reference, observed.got, question)


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
    probe=probe_name("refusal"),
    applies=module,
)
def refused(expected: AsReference, observed: Compared) -> Difference | None:
    """The pass refuses a view without a copy variant, naming it; a write to what a view shares, once it is a copy lost
    to one of the two; and a look at the layout of a view. It accepts every other graph.
    """
    return unlike(observed, "refusal")


@RULES.rule(
    "passes.copies",
    source=f"{VIEW_SOURCE}, get_view_copy_of_view_op",
    fault="a pass that skips one operator",
    probe=probe_name("copies"),
    applies=lambda traits: module(traits) and not named(traits),
)
def copies(expected: OneOf, observed: str) -> Difference | None:
    """A view call of the graph becomes the call of the copy variant with its name and overload; `_unsafe_view` becomes
    `view_copy`. What is no view to the pass (of aten, its first argument aliased and not written) becomes nothing else.
    """
    return None if expected == observed else told(expected[0], observed, "copies")


@RULES.rule(
    "passes.graph",
    source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}",
    fault="a pass that changes a call beside the views",
    probe=probe_name("graph"),
    applies=module,
)
def same_graph(expected: AsReference, observed: Compared) -> Difference | None:
    """Up to names, the pass gives the graph that the reference's pass gives: the same calls on the same arguments, in
    the same order, and the same outputs. Calls of other namespaces stay.
    """
    return unlike(observed, "graph")


@RULES.rule(
    "passes.inner-graphs",
    source="torch/_export/pass_base.py, call_cond and call_map; docs/source/cond.md",
    fault="a pass that leaves the body of a while_loop",
    probe=probe_name("inner_graphs"),
    applies=with_word("graphs"),
)
def inner_graphs(expected: AsReference, observed: Compared) -> Difference | None:
    """Higher-order operators stay, and the first pass treats the graphs that they run as it treats the outer one; the
    second leaves them as they are.
    """
    return unlike(observed, "inner_graphs")


@RULES.rule(
    "passes.no-view",
    source=VIEW_SOURCE,
    fault="a pass that skips one operator",
    probe=probe_name("views"),
    applies=module,
)
def no_view(expected: str, observed: str) -> Difference | None:
    """No view of aten is left in the result of the first pass."""
    return told(expected, observed, "views")


@RULES.rule(
    "passes.no-inner-view",
    source=VIEW_SOURCE,
    fault="a pass that leaves the body of a while_loop",
    probe=probe_name("inner_views"),
    applies=with_word("graphs"),
)
def no_inner_view(expected: str, observed: str) -> Difference | None:
    """Nor is one left in a graph that a higher-order operator of the result runs."""
    return told(expected, observed, "inner_views")


@RULES.rule(
    "passes.values",
    source="docs/source/export.md; a copy of a view holds the view's values",
    fault="a pass that drops an argument",
    probe=probe_name("values"),
    applies=module,
)
def values(expected: str, observed: str) -> Difference | None:
    """The result runs, and its outputs are the program's: bit for bit, or within the tolerance of torch.testing where a
    network sums floats, which another layout may do in another order.
    """
    return told(expected, observed, "values")


@RULES.rule(
    "passes.layouts",
    source="docs/contract.md, position; aten/src/ATen/native/TensorShape.cpp, view_copy_symint",
    fault="a pass that writes strides into a graph",
    probe=probe_name("layouts"),
    applies=module,
)
def layouts(expected: str, observed: str) -> Difference | None:
    """On inputs of the same sizes and values that lie otherwise (permuted, stepped, offset) the result gives what the
    program gives there, or refuses them. Where the program itself refuses them, its values on its own inputs count.
    """
    return told(expected, observed, "layouts")


@RULES.rule(
    "passes.fresh",
    source="native_functions.yaml: no alias annotation on a copy",
    fault="a pass that puts a view under another name",
    probe=probe_name("fresh"),
    applies=module,
)
def fresh(expected: str, observed: str) -> Difference | None:
    """When the result runs, no copy lies on a storage of its operand's, nor two results of one copy on the same."""
    return told(expected, observed, "fresh")


@RULES.rule(
    "passes.again",
    source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}; a pass is a projection",
    fault="a pass that makes a token for nothing",
    probe=probe_name("again"),
    applies=module,
)
def again(expected: str, observed: str) -> Difference | None:
    """Applied to its own result, the pass changes nothing."""
    return told(expected, observed, "again")


@RULES.rule(
    "passes.modified",
    source="torch/fx/passes/infra/pass_base.py, PassResult",
    fault="a pass that says modified of every graph",
    probe=probe_name("modified"),
    applies=named,
)
def modified(expected: str, observed: str) -> Difference | None:
    """The pass says modified exactly where the graph that it returns is another, the second time too."""
    return told(expected, observed, "modified")

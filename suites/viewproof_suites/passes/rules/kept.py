"""Level 5: what either pass of export must leave unchanged, and that its result is sound and can be saved."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject
from viewproof_suites.passes.rules.results import (
    EFFECT_SOURCE,
    VIEW_SOURCE,
    passes_either,
    passes_named,
    takes_views,
    told,
)

RULES = Rules(level=5, probe="answers")

_BASE = "torch/_export/pass_base.py"


@RULES.rule(
    "passes.names",
    source=f"{_BASE}, _fx; docs/source/export/ir_spec.md",
    fault="a pass that names its nodes anew",
    applies=passes_named,
)
def names(subject: Subject, observation: Observation) -> Difference | None:
    """Every node that calls what it called before keeps its name, and so do the inputs."""
    return told(observation, "names", "kept")


@RULES.rule(
    "passes.metadata",
    source=f"{_BASE}; docs/source/export/ir_spec.md, node metadata",
    fault="a pass that drops the stack trace of what it replaces",
    applies=passes_either,
)
def metadata(subject: Subject, observation: Observation) -> Difference | None:
    """Every node, replaced or not, keeps each entry of its metadata. `val`, which says how a value lies, may say
    something new, and may not be gone.
    """
    return told(observation, "metadata", "kept")


@RULES.rule(
    "passes.tensor-meta",
    source="torch/fx/passes/shape_prop.py, TensorMetadata",
    fault="a pass that sets tensor_meta to None",
    applies=passes_named,
)
def tensor_meta(subject: Subject, observation: Observation) -> Difference | None:
    """A node that has a `tensor_meta` has one afterwards."""
    return told(observation, "tensor_meta", "kept")


@RULES.rule(
    "passes.vals",
    source=f"{_BASE}, set_metadata",
    fault="a pass that leaves a view's strides in the val of its copy",
    applies=passes_either,
)
def vals(subject: Subject, observation: Observation) -> Difference | None:
    """Where a node's `val` was true of what the node returns (size, significant strides, offset, dtype), it is true of
    the result's node. Symbols are not compared.
    """
    return told(observation, "vals", "true")


@RULES.rule(
    "passes.input", source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}", fault="a pass that works in place", applies=passes_either
)
def unchanged_input(subject: Subject, observation: Observation) -> Difference | None:
    """The module that the pass was given is never changed: graph, code, metadata, attributes."""
    return told(observation, "input", "as it was")


@RULES.rule(
    "passes.state",
    source=f"{EFFECT_SOURCE}, _dep_token and _next_dep_token_index",
    fault="a pass that goes on counting tokens in the next module",
    applies=passes_named,
)
def state(subject: Subject, observation: Observation) -> Difference | None:
    """A pass object that was used before gives what a new one gives, names included."""
    return told(observation, "state", "the same")


@RULES.rule(
    "passes.sound",
    source="torch/fx/graph.py, lint; torch/fx/graph_module.py, recompile",
    fault="a pass that gives two nodes one name",
    applies=passes_either,
)
def sound(subject: Subject, observation: Observation) -> Difference | None:
    """The result passes lint, its graphs inside too, and its code can be written anew."""
    return told(observation, "sound", "sound")


@RULES.rule(
    "passes.overloads",
    source="docs/source/export/ir_spec.md, call_function: the target is an OpOverload",
    fault="a call of a packet of overloads",
    applies=passes_either,
)
def overloads(subject: Subject, observation: Observation) -> Difference | None:
    """Every call of an operator names its overload, as exported graphs do."""
    return told(observation, "packets", "none")


@RULES.rule(
    "passes.saved",
    source="docs/source/export.md, Serialization",
    fault="a result that cannot be saved",
    applies=lambda traits, target: passes_either(traits, target) and takes_views(traits, target),
)
def saved(subject: Subject, observation: Observation) -> Difference | None:
    """In the place of the exported program's graph, the result of the first pass can be saved and loaded wherever the
    program itself can, and then gives the program's values, as exactly as the clause on values says.
    """
    return told(observation, "saved", "the program's values")

"""Level 5: what either pass of export must leave unchanged, and that its result is sound and can be saved."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof_suites.passes.evidence import Unlooked, probe_name
from viewproof_suites.passes.rules.results import (
    EFFECT_SOURCE,
    VIEW_SOURCE,
    module,
    named,
    told,
)

RULES = Rules(level=5, probe=probe_name("sound"))

_BASE = "torch/_export/pass_base.py"


@RULES.rule(
    "passes.names",
    source=f"{_BASE}, _fx; docs/source/export/ir_spec.md",
    fault="a pass that names its nodes anew",
    probe=probe_name("names"),
    applies=named,
)
def names(expected: str, observed: str) -> Difference | None:
    """Every node that calls what it called before keeps its name, and so do the inputs."""
    return told(expected, observed, "names")


@RULES.rule(
    "passes.metadata",
    source=f"{_BASE}; docs/source/export/ir_spec.md, node metadata",
    fault="a pass that drops the stack trace of what it replaces",
    probe=probe_name("metadata"),
    applies=module,
)
def metadata(expected: str, observed: str) -> Difference | None:
    """Every node, replaced or not, keeps each entry of its metadata. `val`, which says how a value lies, may say
    something new, and may not be gone.
    """
    return told(expected, observed, "metadata")


@RULES.rule(
    "passes.tensor-meta",
    source="torch/fx/passes/shape_prop.py, TensorMetadata",
    fault="a pass that sets tensor_meta to None",
    probe=probe_name("tensor_meta"),
    applies=named,
)
def tensor_meta(expected: str, observed: str) -> Difference | None:
    """A node that has a `tensor_meta` has one afterwards."""
    return told(expected, observed, "tensor_meta")


@RULES.rule(
    "passes.vals",
    source=f"{_BASE}, set_metadata",
    fault="a pass that leaves a view's strides in the val of its copy",
    probe=probe_name("vals"),
    applies=module,
)
def vals(expected: str, observed: str) -> Difference | None:
    """Where a node's `val` was true of what the node returns (size, significant strides, offset, dtype), it is true of
    the result's node. Symbols are not compared.
    """
    return told(expected, observed, "vals")


@RULES.rule(
    "passes.input",
    source=f"{VIEW_SOURCE}; {EFFECT_SOURCE}",
    fault="a pass that works in place",
    probe=probe_name("input"),
    applies=module,
)
def unchanged_input(expected: str, observed: str) -> Difference | None:
    """The module that the pass was given is never changed: graph, code, metadata, attributes."""
    return told(expected, observed, "input")


@RULES.rule(
    "passes.state",
    source=f"{EFFECT_SOURCE}, _dep_token and _next_dep_token_index",
    fault="a pass that goes on counting tokens in the next module",
    probe=probe_name("state"),
    applies=named,
)
def state(expected: str, observed: str) -> Difference | None:
    """A pass object that was used before gives what a new one gives, names included."""
    return told(expected, observed, "state")


@RULES.rule(
    "passes.sound",
    source="torch/fx/graph.py, lint; torch/fx/graph_module.py, recompile",
    fault="a pass that gives two nodes one name",
    probe=probe_name("sound"),
    applies=module,
)
def sound(expected: str, observed: str) -> Difference | None:
    """The result passes lint, its graphs inside too, and its code can be written anew."""
    return told(expected, observed, "sound")


@RULES.rule(
    "passes.overloads",
    source="docs/source/export/ir_spec.md, call_function: the target is an OpOverload",
    fault="a call of a packet of overloads",
    probe=probe_name("packets"),
    applies=module,
)
def overloads(expected: str, observed: str) -> Difference | None:
    """Every call of an operator names its overload, as exported graphs do."""
    return told(expected, observed, "packets")


@RULES.rule(
    "passes.saved",
    source="docs/source/export.md, Serialization",
    fault="a result that cannot be saved",
    probe=probe_name("saved"),
    applies=module,
    sees=lambda expected: not isinstance(expected, Unlooked),
)
def saved(expected: str, observed: str) -> Difference | None:
    """In the place of the exported program's graph, the result of the first pass can be saved and loaded wherever the
    program itself can, and then gives the program's values, as exactly as the clause on values says.
    """
    return told(expected, observed, "saved")

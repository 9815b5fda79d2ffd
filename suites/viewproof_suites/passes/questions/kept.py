"""Questions on what a pass must keep: names, metadata, the module that it was given; and on a sound result."""

from __future__ import annotations

from typing import Any

from torch.fx import GraphModule, Node

from viewproof_suites.passes.trial import Trial, portrait, raised


def pairs(trial: Trial) -> list[tuple[Node, Node]] | None:
    """Each node with the one that it became; None if they are not one to one, calls that make a token left out."""
    before = list(trial.before.graph.nodes)
    found: list[tuple[Node, Node]] = []
    for node in trial.after.graph.nodes:
        known = before[len(found)] if len(found) < len(before) else None
        if "_make_dep_token" in str(node.target) and (known is None or "_make_dep_token" not in str(known.target)):
            continue
        if known is None:
            return None
        found.append((known, node))
    return found if len(found) == len(before) else None


def ask_names(trial: Trial) -> str:
    """The first node that calls the same as before and has another name."""
    both = pairs(trial)
    if both is None:
        return f"{len(trial.after.graph.nodes)} nodes, not {len(trial.before.graph.nodes)}"
    for one, other in both:
        if one.op == other.op and one.target == other.target and one.op != "get_attr" and one.name != other.name:
            return f"{one.name} became {other.name}"
    return "kept"


def ask_metadata(trial: Trial) -> str:
    """The first entry of a node's metadata that is gone or differs; entries on what the call returns may differ."""
    both = pairs(trial)
    if both is None:
        return f"{len(trial.after.graph.nodes)} nodes, not {len(trial.before.graph.nodes)}"
    for one, other in both:
        for key, value in one.meta.items():
            if key in ("tensor_meta", "from_node", "unbacked_bindings"):
                continue
            got = other.meta.get(key)
            if got is None and value is not None:
                return f"{key} of a {one.op} is gone"
            if key != "val" and not alike(value, got):
                return f"{key} of a {one.op} is another"
    return "kept"


def ask_tensor_meta(trial: Trial) -> str:
    """The first node whose `tensor_meta` is gone."""
    for one, other in pairs(trial) or []:
        if one.meta.get("tensor_meta") is not None and other.meta.get("tensor_meta") is None:
            return f"tensor_meta of a {one.op} is gone"
    return "kept"


def alike(one: Any, other: Any) -> bool:
    """Whether two entries are the same, or equal."""
    return one is other or str(one) == str(other)


def ask_input(trial: Trial) -> str:
    """Whether the module that the pass was given is unchanged."""
    return "as it was" if portrait(trial.before) == trial.portrait else "changed"


def ask_sound(trial: Trial) -> str:
    """Whether the result passes lint, and its code can be generated again."""
    try:
        modules = [one for one in trial.after.modules() if isinstance(one, GraphModule)]
        for module in modules:
            module.graph.lint()
            module.recompile()
    except Exception as error:  # noqa: BLE001  what lint raises is evidence
        return raised(error)
    return "sound"


def ask_untouched(trial: Trial) -> str:
    """What the pass returns where it has nothing to do."""
    return "the very module, unmodified" if trial.after is trial.before and not trial.modified else "another module"

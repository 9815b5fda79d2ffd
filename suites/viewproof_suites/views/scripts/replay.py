"""Scripts for the rule `replay.view-func`: torch's own replay of the view on another base of the same geometry."""

from __future__ import annotations

from viewproof.errors import NoScript
from viewproof.scripts.frame import Frame


def replay_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    views = [index for index, one in enumerate(frame.outputs) if one.shares and not one.identity]
    if not views:
        raise NoScript(f"rule {frame.rule}: wanted an output that is a view, got none")
    facts = [frame.facts[index] for index in views]
    rows = [(tuple(one.size), tuple(one.stride), one.offset, f"torch.{one.dtype}", True) for one in facts]
    bases, other = frame.bases(), frame.bases(suffix="_other")
    name = frame.outputs[views[0]].shares or "self"
    root = other.roots[name]
    return [
        *frame.run(bases),
        *other.lines,
        f"again = [outputs[k]._view_func_unsafe({root}) for k in {views}]",
        f"expected = {rows}  # the last: on the other base's storage",
        "observed = [",
        "    (tuple(out.size()), out.stride(), out.storage_offset(), str(out.dtype),",
        f"     torch._C._is_alias_of(out, {root})) if out is not None else None",
        "    for out in again",
        "]",
    ]

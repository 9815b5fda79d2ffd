"""Scripts for the rules `layout.*`: an output's metadata compared with literals."""

from __future__ import annotations

from typing import Any

from viewproof.errors import NoScript
from viewproof.evidence.outputs import OutputFacts
from viewproof.scripts.frame import Frame

_EXPRESSIONS = {
    "layout.size": "tuple(out.size())",
    "layout.stride": "[step if n > 1 else None for n, step in zip(out.size(), out.stride())] if out.numel() else []",
    "layout.stride-exact": "[None if n > 1 and out.numel() else step for n, step in zip(out.size(), out.stride())]",
    "layout.offset": "out.storage_offset()",
    "layout.dtype": "str(out.dtype)",
    "layout.flags": "(str(out.layout), out.device.type, out.is_conj(), out.is_neg())",
}
_FLAGS_OF_NESTED = (
    "('torch.nested' if out.is_nested else str(out.layout), out.device.type, out.is_conj(), out.is_neg())"
)
#: What a composite tensor, which has no strides and no offset of its own, shows of them.
_NOTHING: dict[str, Any] = {"layout.stride-exact": [], "layout.offset": 0}
_NESTED = {
    "layout.size": "out._nested_tensor_size().tolist()",
    "layout.stride": "(out._nested_tensor_strides().tolist(), out._nested_tensor_storage_offsets().tolist())",
}
_PARTS = (
    "parts = lambda out: [p for p in (out._indices(), out._values())] if out.layout is torch.sparse_coo else"
    " [out.crow_indices(), out.col_indices(), out.values()] if out.layout in (torch.sparse_csr, torch.sparse_bsr) else"
    " [out.ccol_indices(), out.row_indices(), out.values()]"
)


def wanted(rule: str, facts: OutputFacts) -> Any:
    """The literal that the rule's expression must give for a tensor of these facts."""
    empty = 0 in facts.size
    pairs = list(zip(facts.size, facts.stride, strict=False))
    values: dict[str, Any] = {
        "layout.size": tuple(facts.size),
        "layout.stride": [] if empty else [step if extent > 1 else None for extent, step in pairs],
        "layout.stride-exact": [None if extent > 1 and not empty else step for extent, step in pairs],
        "layout.offset": facts.offset,
        "layout.dtype": f"torch.{facts.dtype}",
        "layout.flags": (f"torch.{facts.layout}", facts.device, facts.conj, facts.neg),
    }
    return values[rule]


def layout_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    if frame.rule not in _EXPRESSIONS:
        raise NoScript(f"rule {frame.rule!r}: wanted one of {', '.join(_EXPRESSIONS)}")
    lines = frame.run(frame.bases())
    facts = frame.facts
    expression = _EXPRESSIONS[frame.rule]
    if any(one.layout == "nested" for one in facts) and frame.rule in _NESTED:
        sizes, strides, offsets = facts[0].detail
        rows = [list(row) for row in (sizes if frame.rule == "layout.size" else strides)]
        expected: list[Any] = [rows if frame.rule == "layout.size" else (rows, list(offsets))]
        expression = _NESTED[frame.rule]
    elif any(one.layout.startswith("sparse") for one in facts) and frame.rule == "layout.stride":
        lines.append(_PARTS)
        expression = "[(tuple(p.size()), p.stride(), p.storage_offset()) for p in parts(out)]"
        expected = [[(tuple(part.size), part.stride, part.offset) for part in one.detail[:-1]] for one in facts]
    else:
        composite = any(one.layout != "strided" for one in facts)
        if composite and frame.rule in _NOTHING:
            plain = "out.layout is torch.strided and not out.is_nested"
            expression = f"{expression} if {plain} else {_NOTHING[frame.rule]}"
        if composite and frame.rule == "layout.flags":
            expression = _FLAGS_OF_NESTED
        expected = [wanted(frame.rule, one) for one in facts]
    return [*lines, f"expected = {expected!r}", f"observed = [{expression} for out in outputs]"]

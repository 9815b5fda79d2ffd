"""Scripts for the rules `alias.*`: on whose storage an output is, at which positions, with which version counter."""

from __future__ import annotations

from collections.abc import Callable

from viewproof.errors import NoScript
from viewproof.scripts.bases import call_of
from viewproof.scripts.frame import Frame, indented, strided
from viewproof_reference.layout.dtypes import itemsize
from viewproof_reference.layout.positions import positions

_LEAVES = "leaves = lambda x: [leaf for part in x for leaf in leaves(part)] if isinstance(x, list) else [x]"


def _storage(frame: Frame) -> list[str]:
    bases = frame.bases()
    # Arguments that share a declared storage are one storage under several names.
    on = [None if one.shares is None else bases.storages[one.shares] for one in frame.outputs]
    expected = [[name for name in bases.components if bases.storages[name] == storage] for storage in on]
    named = ", ".join(f"{name!r}: {variable}" for name, variable in bases.components.items())
    same = "one.untyped_storage()._cdata == out.untyped_storage()._cdata"
    if any(fact.layout != "strided" for fact in frame.facts):
        same = "torch._C._is_alias_of(one, out)"
    return [
        *frame.run(bases),
        f"operands = {{{named}}}",
        f"expected = {expected}  # whose storage each output lies on",
        f"observed = [[name for name, one in operands.items() if {same}] for out in outputs]",
    ]


def _identity(frame: Frame) -> list[str]:
    bases = frame.bases()
    expected = [one.identity for one in frame.outputs]
    return [*frame.run(bases), f"expected = {expected}", f"observed = [out is {bases.tensors[0]} for out in outputs]"]


def _bounds(frame: Frame) -> list[str]:
    reach = "out.storage_offset() + sum((n - 1) * step for n, step in zip(out.size(), out.stride())) + 1"
    within = f"0 <= out.storage_offset() and ({reach}) * out.element_size() <= out.untyped_storage().nbytes()"
    return [
        *frame.run(frame.bases()),
        f"expected = {[True] * len(frame.outputs)}  # each element lies within the storage",
        f"observed = [out.numel() == 0 or {within} for out in outputs]",
    ]


def _source(frame: Frame) -> str:
    sources = {one.source for one in frame.outputs if one.source}
    if len(sources) != 1:
        raise NoScript(f"rule {frame.rule}: wanted outputs that read one operand, got {sorted(sources) or 'none'}")
    return sources.pop()


def _flat(storage: str, dtype: str, count: int, device: str) -> str:
    return f"torch.empty(0, dtype=torch.{dtype}, device={device!r}).set_({storage}, 0, ({count},), (1,)).tolist()"


def _read(frame: Frame) -> list[str]:
    bases, source = frame.bases("mask"), _source(frame)
    reads = [one.reads for one in frame.outputs]
    first = reads[0]
    if first is None or any(one is None or one.dtype != first.dtype for one in reads):
        raise NoScript(f"rule {frame.rule}: wanted outputs that read elements of one dtype")
    count = first.storage_bytes // itemsize(first.dtype)
    value = ("-" if first.neg else "") + ("flat[place].conjugate()" if first.conj else "flat[place]")
    wanted = [list(positions(one)) for one in reads if one is not None]
    return [
        _LEAVES,
        f"places = {wanted}  # of {first.dtype} elements in {bases.storages[source]}",
        "expected, observed = [], []",
        f"for mask in range({max(1, (first.storage_bytes + 1).bit_length())}):  # each byte holds one bit of its place",
        *indented(frame.run(bases)),
        f"    flat = {_flat(bases.storages[source], first.dtype, count, frame.device)}",
        f"    expected.append([[{value} for place in row] for row in places])",
        "    observed.append([leaves(out.tolist()) for out in outputs])",
    ]


def _write_through(frame: Frame) -> list[str]:
    outputs = frame.outputs
    source = _source(frame)
    dtype = next((strided(one).dtype for one in outputs), "uint8")
    bases = frame.bases()
    count = bases.layouts[source].storage_bytes // itemsize(dtype)
    flat = _flat(bases.storages[source], dtype, count, frame.device)
    places = [sorted(set(positions(strided(one)))) if one.shares else [] for one in outputs]
    follows = [bool(one.shares and positions(strided(one))) for one in outputs]
    follow = "any(a != b for a, b in zip(leaves(old), leaves(out.tolist())))"
    return [
        _LEAVES,
        "observed = []",
        f"for k in range({len(outputs)}):",
        *indented(frame.run(bases)),
        f"    before = {flat}",
        "    with torch.no_grad():",
        "        outputs[k].fill_(1)  # which elements of the base's storage does that change?",
        f"    after = {flat}",
        "    out, old = outputs[k], outputs[k].tolist()",
        f"    {bases.storages[source]}.fill_(0)  # and does the output follow when the base is written?",
        f"    changed = [place for place in range({count}) if before[place] != after[place]]",
        f"    observed.append((changed, {follow}))",
        f"expected = {list(zip(places, follows, strict=True))}",
    ]


def _inputs_unchanged(frame: Frame) -> list[str]:
    bases = frame.bases("mask")
    facts = "t.size(), t.stride(), t.storage_offset(), t.dtype, t.is_conj(), t.is_neg(), t.untyped_storage().tolist()"
    names = ", ".join(bases.components.values())
    return [
        f"facts = lambda tensors: [({facts}) for t in tensors]",
        "mask = 0",
        *bases.lines,
        f"expected = facts([{names}])",
        f"outputs = {call_of(frame.case, bases)}",
        f"observed = facts([{names}])",
    ]


def _version(frame: Frame) -> list[str]:
    declared = frame.subject.traits.declared
    expected = [one.shares is not None and (declared or one.identity) for one in frame.outputs]
    source = frame.outputs[0].shares or frame.outputs[0].source or "self"
    bases = frame.bases()
    return [
        f"expected = {expected}  # does a write to the output move the operand's version counter?",
        "observed = []",
        f"for k in range({len(expected)}):",
        *indented(frame.run(bases)),
        f"    before = {bases.components[source]}._version",
        "    with torch.no_grad():",
        "        outputs[k].fill_(0)",
        f"    observed.append({bases.components[source]}._version != before)",
    ]


def _base(frame: Frame) -> list[str]:
    traits, bases = frame.subject.traits, frame.bases()
    source = frame.outputs[0].shares or frame.outputs[0].source or "self"
    root, tensor = bases.roots[source], bases.components[source]
    expected = [
        "the operand" if one.shares and traits.declared and not traits.severs else "none"
        for one in frame.outputs
        if not one.identity
    ]
    known = (
        f"'none' if out._base is None else 'the operand' if out._base is {root} or out._base is {tensor} else 'another'"
    )
    kept = [index for index, one in enumerate(frame.outputs) if not one.identity]
    return [
        *frame.run(bases),
        f"expected = {expected}  # what `_base` is",
        f"observed = [{known} for out in [outputs[k] for k in {kept}]]",
    ]


CHECKS: dict[str, Callable[[Frame], list[str]]] = {
    "alias.storage": _storage,
    "alias.identity": _identity,
    "alias.bounds": _bounds,
    "alias.read": _read,
    "alias.write-through": _write_through,
    "alias.inputs-unchanged": _inputs_unchanged,
    "alias.version": _version,
    "alias.base": _base,
}


def alias_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    if frame.rule not in CHECKS:
        raise NoScript(f"rule {frame.rule!r}: wanted one of {', '.join(CHECKS)}")
    return CHECKS[frame.rule](frame)

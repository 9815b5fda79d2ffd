"""Scripts for the rules `copy.out-*`: what an `out=` call writes, returns, resizes and warns of."""

from __future__ import annotations

from collections.abc import Callable

from viewproof.running.outs import RESIZED
from viewproof.scripts.bases import call_of
from viewproof.scripts.frame import Frame, strided
from viewproof.scripts.literals import operator_in_torch
from viewproof_reference.layout import element_count
from viewproof_suites.copies.scripts.laying import each_run, laid_once


def _out_writes(frame: Frame) -> list[str]:
    bases = frame.bases()
    on: dict[str, list[str]] = {}
    for name, variable in bases.components.items():
        if name.partition(".")[0] == "out":
            on.setdefault(bases.storages[name], []).append(variable)
    pairs = ", ".join(f"({storage}, [{', '.join(outs)}])" for storage, outs in on.items())
    return each_run(
        frame,
        bases,
        [
            f"under = [{pairs}]  # each storage, and the outs on it",
            "before = [held(storage) for storage, _ in under]",
            call_of(frame.case, bases),
            "for old, (storage, outs) in zip(before, under):",
            "    own = {",
            "        place * out.element_size() + byte",
            "        for out in outs for place in places(out) for byte in range(out.element_size())",
            "    }",
            "    changed = [at for at, (one, new) in enumerate(zip(old, held(storage))) if one != new]",
            "    expected.append([])  # the bytes that are written beside the outs' own",
            "    observed.append([at for at in changed if at not in own])",
        ],
    )


def _out_returned(frame: Frame) -> list[str]:
    bases = frame.bases()
    several = isinstance(dict(frame.case.kwargs)["out"], tuple)
    rest = [one for one in bases.args if not one.startswith("out=")]
    out = f"[{', '.join(bases.outs)}]" if several else bases.outs[0]
    return [
        *laid_once(frame, bases),
        f"out = {out}",
        f"result = {operator_in_torch(frame.case.operator)}({', '.join([*rest, 'out=out'])})",
        f"expected = {'nothing' if several else 'the very out'!r}",
        "observed = 'nothing' if result is None else 'the very out' if result is out else 'another tensor'",
    ]


def _out_resize(frame: Frame) -> list[str]:
    bases = frame.bases()
    expected = []
    for one in frame.outputs:
        layout = strided(one)
        expected.append((
            True, layout.size, () if 0 in layout.size else layout.stride, layout.offset, layout.storage_bytes,
        ))  # fmt: skip
    return [
        *laid_once(frame, bases),
        f"outs = [{', '.join(bases.outs)}]",
        "storages = [out.untyped_storage()._cdata for out in outs]",
        call_of(frame.case, bases),
        f"expected = {expected}  # on its own storage; size, stride, offset; bytes of the storage",
        "observed = [",
        "    (out.untyped_storage()._cdata == old, tuple(out.size()), out.stride() if out.numel() else (),",
        "     out.storage_offset(), out.untyped_storage().nbytes())",
        "    for out, old in zip(outs, storages)",
        "]",
    ]


def _out_warning(frame: Frame) -> list[str]:
    bases = frame.bases()
    outs = [layout for name, layout in bases.layouts.items() if name.partition(".")[0] == "out"]
    expected = any(
        out.size != strided(wanted).size and element_count(out.size) > 0
        for out, wanted in zip(outs, frame.outputs, strict=False)
    )
    return [
        "import warnings",
        "",
        *laid_once(frame, bases),
        "with warnings.catch_warnings(record=True) as heard:",
        '    warnings.simplefilter("always")',
        "    # Torch's C++ warnings become Python's in a binding that collects them: apply_ is one, a call is none.",
        f"    torch.zeros(1).apply_(lambda value: ({call_of(frame.case, bases)}, value)[1])",
        f"expected = {expected}  # is there a warning that an out was resized?",
        f"observed = any(str(one.message).startswith({RESIZED!r}) for one in heard)",
    ]


OUT_CHECKS: dict[str, Callable[[Frame], list[str]]] = {
    "copy.out-writes": _out_writes,
    "copy.out-returned": _out_returned,
    "copy.out-resize": _out_resize,
    "copy.out-warning": _out_warning,
}

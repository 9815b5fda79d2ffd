"""Scripts for the rules `copy.*`: the elements, storage, writes and warnings of a copy, a scatter or an `out=`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from viewproof.cases.model import TensorArgument, operand
from viewproof.errors import NoScript
from viewproof.scripts.bases import Bases, call_of
from viewproof.scripts.content import LAY, READ, hexadecimal
from viewproof.scripts.frame import Frame, strided
from viewproof_reference.layout import element_count
from viewproof_reference.layout.copied import held, is_copy, is_out, is_scatter, origins
from viewproof_reference.layout.derivative import sent
from viewproof_reference.layout.dtypes import DTYPES
from viewproof_suites.copies.scripts.laying import each_run, laid_once, runs_of
from viewproof_suites.copies.scripts.outs import OUT_CHECKS
from viewproof_suites.views.scripts.gradient import numbers_of

HELPERS = (LAY, READ)
_COMPARED = """\
def compared(outputs, rows):  # an element that was converted to another dtype is not compared
    if len(outputs) != len(rows):
        return len(outputs)
    found = [None if row is None else elements(out) for out, row in zip(outputs, rows)]
    return [
        one if row is None or isinstance(one, str) or len(one) != len(row) else
        [None if wanted is None else cell for cell, wanted in zip(one, row)]
        for one, row in zip(found, rows)
    ]

"""


def _seen(frame: Frame, bases: Bases) -> list[str]:
    """Lines that make the call and set `outputs`, which are the outs themselves where there are some."""
    call = call_of(frame.case, bases)
    return [call, f"outputs = [{', '.join(bases.outs)}]"] if bases.outs else [f"outputs = {call}"]


def _values(frame: Frame) -> list[str]:
    bases = frame.bases()
    args: tuple[Any, ...] = tuple([operand(one) for one in frame.case.args])
    kwargs = {name: operand(value) for name, value in frame.case.kwargs}
    rows = [held(frame.case.operator, args, kwargs, laid) for laid in runs_of(frame, bases)]
    cells = [[None if one is None else hexadecimal(one) for one in row] for row in rows]
    shown = "[elements(out) for out in outputs]"
    lines = []
    if any(one is None or None in one for row in cells for one in row):
        shown = "compared(outputs, cells[len(observed)])"
        lines = _COMPARED.splitlines()
    return [
        *lines,
        "cells = [  # the bytes of each element that each output must hold, run by run",
        *[f"    {row}," for row in cells],
        "]",
        *each_run(
            frame, bases, [*_seen(frame, bases), f"observed.append({shown})", "expected.append(cells[len(expected)])"]
        ),
    ]


def _fresh(frame: Frame) -> list[str]:
    bases = frame.bases()
    operands = ", ".join(f"{name!r}: {variable}" for name, variable in bases.components.items())
    return [
        *laid_once(frame, bases),
        *_seen(frame, bases),
        f"operands = {{{operands}}}",
        "plain = {k: out for k, out in enumerate(outputs) if out.layout is torch.strided and not out.is_nested}",
        "expected = []  # the pairs that share a storage",
        "observed = [",
        "    (k, name)",
        "    for k, out in plain.items() for name, one in operands.items() if torch._C._is_alias_of(out, one)",
        "]",
        "where = {k: out.untyped_storage()._cdata for k, out in plain.items()}",
        "observed += [(j, k) for j in plain for k in plain if j < k and where[j] == where[k]]",
    ]


def _operands_unchanged(frame: Frame) -> list[str]:
    bases = frame.bases()
    # A storage that an out is on may change.
    under = {bases.storages[name] for name in bases.storages if name.partition(".")[0] == "out"}
    watched = {name: storage for name, storage in bases.storages.items() if storage not in under}
    named = ", ".join(f"{name!r}: {storage}" for name, storage in watched.items())
    if not named:
        raise NoScript(f"rule {frame.rule}: wanted an operand on a storage that no out is on, got none")
    return each_run(
        frame,
        bases,
        [
            f"operands = {{{named}}}",
            "expected.append({name: held(storage).hex() for name, storage in operands.items()})",
            *_seen(frame, bases),
            "observed.append({name: held(storage).hex() for name, storage in operands.items()})",
        ],
    )


def _scatter_gradient(frame: Frame) -> list[str]:
    self, src = frame.case.args[:2]
    if not isinstance(self, TensorArgument) or not isinstance(src, TensorArgument):
        raise NoScript(f"rule {frame.rule}: wanted strided operands, got {self!r} and {src!r}")
    args: tuple[Any, ...] = tuple([operand(one) for one in frame.case.args])
    kwargs = {name: operand(value) for name, value in frame.case.kwargs}
    found = origins(frame.case.operator, args, kwargs)
    back = sent(len(found), DTYPES[self.layout.dtype].kind == "complex")
    compared = [("self", self.layout), ("src", src.layout)]
    if src.layout.dtype != self.layout.dtype:
        compared.pop()
    expected = []
    for name, layout in compared:
        wanted = [0j] * element_count(layout.size)
        for (source, at), value in zip(found, back, strict=True):
            if source == name:
                wanted[at] += value
        expected.append(wanted)
    bases = frame.bases()
    size, dtype = strided(frame.outputs[0]).size, self.layout.dtype
    followed = bases.args[:1]
    lines = [*bases.lines]
    if DTYPES[src.layout.dtype].kind in ("float", "complex"):
        lines.append(f"{bases.args[1]} = {bases.args[1]}.detach().requires_grad_()")
        followed = bases.args[:2]
    place = "" if frame.device == "cpu" else f".to({frame.device!r})"
    return [
        "numbers = lambda t: [complex(x) for x in t.detach().cpu().contiguous().resolve_conj().reshape(-1).tolist()]",
        *lines,
        f"outputs = {call_of(frame.case, bases)}",
        f"back = torch.tensor({numbers_of(back, dtype)}, dtype=torch.{dtype}).reshape({size}){place}",
        f"arrived = torch.autograd.grad(outputs, [{', '.join(followed)}], [back], allow_unused=True)",
        f"expected = {expected}  # what reaches {' and '.join(name for name, _ in compared)}",
        f"observed = [None if one is None else numbers(one) for one in arrived[:{len(compared)}]]",
    ]


CHECKS: dict[str, Callable[[Frame], list[str]]] = {
    "copy.values": _values,
    "copy.fresh": _fresh,
    "copy.operands-unchanged": _operands_unchanged,
    **OUT_CHECKS,
    "copy.scatter-gradient": _scatter_gradient,
}


def copy_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    if frame.rule not in CHECKS:
        raise NoScript(f"rule {frame.rule!r}: wanted one of {', '.join(CHECKS)}")
    operator = frame.case.operator
    if not is_copy(operator):
        raise NoScript(f"rule {frame.rule}: wanted a copy, a scatter or the out= of one, got {operator}")
    if frame.rule in OUT_CHECKS and not is_out(operator):
        raise NoScript(f"rule {frame.rule}: wanted a call that has an out, got {operator}")
    if frame.rule == "copy.scatter-gradient" and not is_scatter(operator):
        raise NoScript(f"rule {frame.rule}: wanted a scatter, got {operator}")
    return CHECKS[frame.rule](frame)

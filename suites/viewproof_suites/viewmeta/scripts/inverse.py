"""Scripts for the rules `inverse.*`: the base from a mutated view, whose bytes the script writes itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from viewproof.cases.model import TensorArgument
from viewproof.errors import NoScript
from viewproof.scripts.bases import Bases, call_of
from viewproof.scripts.content import LAY, READ, hexadecimal
from viewproof.scripts.frame import Frame, indented
from viewproof_reference.inverses import NewBase, Placement, ReturnMode, Sharing
from viewproof_reference.layout.model import Layout
from viewproof_reference.layout.positions import positions
from viewproof_suites.viewmeta.inverses import scenes_of

HELPERS = (
    LAY,
    READ,
    """\
def needed(tensor):
    last = tensor.storage_offset() + sum((n - 1) * step for n, step in zip(tensor.size(), tensor.stride()))
    return (last + 1) * tensor.element_size() if tensor.numel() else 0
""",
)
_MODES = {
    "inverse": ReturnMode.ALWAYS_VIEW,
    "inverse-scatter": ReturnMode.VIEW_OR_SCATTER,
    "inverse-copy": ReturnMode.NEVER_VIEW,
}


class _ScriptedOutput(NamedTuple):
    """One output: the content of its base and of the mutated view (`lay` takes either), and the new base.

    `laid` is the whole storage of a mutated view at the view's own positions, else its elements and what follows them.
    """

    output: int
    before: str
    laid: tuple[Any, ...]
    root: Layout
    wanted: NewBase


def _asked(frame: Frame) -> Iterator[_ScriptedOutput]:
    operand, mode = frame.case.args[0], _MODES[frame.target]
    if not isinstance(operand, TensorArgument):
        raise NoScript(f"rule {frame.rule}: wanted a strided operand, got {operand!r}")
    for index, scene in enumerate(scenes_of(frame.subject, mode)):
        if scene is None:
            continue
        mutated = scene.mutated
        if mode is ReturnMode.ALWAYS_VIEW:
            laid: tuple[Any, ...] = (mutated.storage.hex(),)
        else:
            view = mutated.layout
            cells = [one.hex() for one in mutated.values]
            laid = ((view.size, f"torch.{view.dtype}"), cells, scene.behind.hex())
        yield _ScriptedOutput(index, scene.before.hex(), laid, scene.root, scene.wanted)


def _by_autograd(frame: Frame, bases: Bases) -> list[str]:
    device = frame.device
    return [
        "def again(k, before, changed):",
        "    with torch.autograd._force_original_view_tracking(True):",
        *indented(indented(bases.lines)),
        f"        lay({bases.storages['self']}, before)",
        f"        view = {call_of(frame.case, bases)}[k]",
        "        if not view._is_view():",
        '            raise RuntimeError("not a view to autograd")',
        "        with torch.no_grad():",
        "            # The mutated view lies where the view does, on a storage like the base's.",
        f"            storage = torch.UntypedStorage(len(changed) // 2, device={device!r})",
        "            lay(storage, changed)",
        f"            mutated = torch.empty(0, dtype=view.dtype, device={device!r})",
        "            mutated.set_(storage, view.storage_offset(), view.size(), view.stride())",
        "            torch._C._set_conj(mutated, view.is_conj())",
        "            torch._C._set_neg(mutated, view.is_neg())",
        "            found = view._rev_view_func_unsafe(mutated)",
        "            # Of a contiguous tensor that just holds the view's elements there may be no base.",
        "            try:",
        f"                short = torch.zeros(view.size(), dtype=view.dtype, device={device!r})",
        "                elsewhere = view._rev_view_func_unsafe(short)",
        "            except RuntimeError as error:",
        '                if "out of bounds" not in str(error):',
        "                    raise",
        "                elsewhere = None",
        "    return mutated, found, elsewhere, storage.nbytes()",
    ]


def _by_functionalization(frame: Frame, bases: Bases) -> list[str]:
    reapply, device = frame.target == "inverse-scatter", frame.device
    operand = bases.args[0]
    bases.args[0] = "wrapper"
    return [
        "def again(k, before, look, cells, behind):",
        "    with torch.no_grad():",
        *indented(indented(bases.lines)),
        f"        lay({bases.storages['self']}, before)",
        f"        wrapper = torch._to_functional_tensor({operand})",
        f"        torch._enable_functionalization(reapply_views={reapply})",
        "        try:",
        f"            view = {call_of(frame.case, bases)}[k]",
        "        finally:",
        "            torch._disable_functionalization()",
        "        value = torch._from_functional_tensor(view)",
        "        like = torch.empty_like(value)",
        "        if (tuple(like.size()), str(like.dtype)) != look:",
        '            raise RuntimeError("the functional view has another size or dtype")',
        "        # The mutated view: as an operator on the view would return it. Behind it lie bytes of no meaning.",
        "        raw, width = bytearray(like.untyped_storage().nbytes()), like.element_size()",
        "        for place, cell in zip(places(like, 0), cells):",
        "            raw[place * width : (place + 1) * width] = bytes.fromhex(cell)",
        f"        storage = torch.UntypedStorage(len(raw) + len(behind) // 2, device={device!r})",
        "        lay(storage, raw.hex() + behind)",
        f"        mutated = torch.empty(0, dtype=value.dtype, device={device!r})",
        "        mutated.set_(storage, 0, like.size(), like.stride())",
        "        torch._functionalize_replace(view, mutated)",
        "        torch._functionalize_commit_update(view)",
        "        torch._functionalize_sync(wrapper)",
        "        found = torch._from_functional_tensor(wrapper)",
        "    return mutated, found, None, len(raw)",
    ]


#: What is compared: the expected literal of one output (None where the rule demands nothing), and lines that compute
#: the observed one, or `continue` where the rule skips the output.
_Question = tuple[Callable[[_ScriptedOutput, Frame], Any], list[str]]


def _size(one: _ScriptedOutput, frame: Frame) -> Any:
    return one.root.size, f"torch.{one.root.dtype}", "torch.strided", frame.word


def _stride(one: _ScriptedOutput, _: Frame) -> Any:
    layout, placement = one.wanted.layout, one.wanted.placement
    if placement is Placement.FREE or 0 in layout.size:
        return layout.size, "any", "any"
    offset = layout.offset if placement is Placement.EXACT else "any"
    return layout.size, list(positions(layout._replace(offset=0))), offset


def _shares(one: _ScriptedOutput, _: Frame) -> Any:
    return one.wanted.shares.value if one.wanted.shares is not Sharing.EITHER else None


def _values(one: _ScriptedOutput, _: Frame) -> Any:
    layout = one.wanted.layout
    return layout.size, f"torch.{layout.dtype}", hexadecimal(one.wanted.values)


_LENGTH = "length if torch._C._is_alias_of(mutated, found) else found.untyped_storage().nbytes()"
_QUESTIONS: dict[str, _Question] = {
    "inverse.exists": (lambda *_: "a new base", ['observed.append("a new base")']),
    "inverse.size": (
        _size,
        ["observed.append((tuple(found.size()), str(found.dtype), str(found.layout), found.device.type))"],
    ),
    "inverse.stride": (
        _stride,
        [
            'steps = "any" if wanted[1] == "any" else places(found, 0)',
            'offset = "any" if wanted[2] == "any" else found.storage_offset()',
            "observed.append((tuple(found.size()), steps, offset))",
        ],
    ),
    "inverse.flags": (
        lambda one, _: (one.wanted.layout.conj, one.wanted.layout.neg),
        ["observed.append((found.is_conj(), found.is_neg()))"],
    ),
    "inverse.shares": (
        _shares,
        [
            "on = torch._C._is_alias_of(mutated, found)",
            f"observed.append({Sharing.VIEW.value!r} if on else {Sharing.OWN.value!r})",
        ],
    ),
    "inverse.bounds": (
        lambda *_: "within its storage",
        [
            f"bounds = [(needed(found), {_LENGTH})]",
            "if elsewhere is not None:",
            "    bounds.append((needed(elsewhere), elsewhere.untyped_storage().nbytes()))",
            "beyond = [f'{reach} bytes of {held}' for reach, held in bounds if reach > held]",
            "observed.append(beyond or 'within its storage')",
        ],
    ),
    "inverse.values": (
        _values,
        [
            f"if needed(found) > ({_LENGTH}):",
            '    observed.append("leaves its storage")',
            "    continue",
            "# An element that the contract leaves open is not compared.",
            "cells = [None if want is None else cell for cell, want in zip(elements(found), wanted[2])]",
            "observed.append((tuple(found.size()), str(found.dtype), cells))",
        ],
    ),
}


def inverse_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    if frame.rule not in _QUESTIONS:
        raise NoScript(f"rule {frame.rule!r}: wanted one of {', '.join(_QUESTIONS)}")
    literal, lines = _QUESTIONS[frame.rule]
    asked = [(one, literal(one, frame)) for one in _asked(frame)]
    if not asked:
        raise NoScript(f"rule {frame.rule}: wanted an output that is a view of the operand, got none")
    rows = [(one.output, one.before, *one.laid, wanted) for one, wanted in asked]
    unowed = (
        ["    if wanted is None:", "        continue  # nothing is owed here"]
        if None in [row[-1] for row in rows]
        else []
    )
    bases = frame.bases()
    autograd = frame.target == "inverse"
    given = "changed" if autograd else "look, cells, behind"
    return [
        *(_by_autograd(frame, bases) if autograd else _by_functionalization(frame, bases)),
        "",
        f"rows = [  # output, before, {given} (all hexadecimal), and what is expected",
        *[f"    {row}," for row in rows],
        "]",
        "expected, observed = [], []",
        f"for k, before, {given}, wanted in rows:",
        f"    mutated, found, elsewhere, length = again(k, before, {given})",
        *unowed,
        "    expected.append(wanted)",
        *indented(lines),
    ]

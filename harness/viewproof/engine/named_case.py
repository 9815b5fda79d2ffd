"""Checks a case that a user names before anything runs: its call, its kinds of base, and its size."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from viewproof.cases import Case, format_case
from viewproof.cases.model import operand
from viewproof.cases.scan import cut
from viewproof.catalog import catalog
from viewproof.catalog.overloads import is_overload, resolve
from viewproof.errors import UsageError
from viewproof.evidence.bounds import too_large
from viewproof.evidence.expectation import expect
from viewproof.samples.binding import misfit, written_call
from viewproof.samples.cases import SampleCase
from viewproof_reference.layout.model import DualLayout, KnownTensor, Layout, NestedLayout, SparseLayout
from viewproof_reference.layout.registry import layout_rule_of

#: What the reference takes in a tensor's place, in the words of docs/contract.md.
_OPERANDS: dict[type, str] = {
    Layout: "a strided tensor without known values",
    KnownTensor: "a tensor with known values",
    SparseLayout: "a sparse tensor",
    NestedLayout: "a nested tensor",
    DualLayout: "a dual tensor",
}


def check_named(case: Any) -> None:
    """Raise UsageError where a case cannot be run as it is named, with what was wanted.

    Its operator must be one of this torch's, with a layout rule but for a sample's; its call must bind to the schema;
    its tensors must be of the kinds of base that the layout rule knows, with known values where the operator reads
    numbers and only there; and they, with those that it returns, must fit into this machine.
    """
    call = written_call(case)
    # Of a sample the reference is asked nothing.
    laid = call if call is not None and not isinstance(case, SampleCase) else None
    wrong = _unknown(case.operator, laid) or misfit(case) or (_unlike_rule(laid) if laid else "") or too_large(case)
    if laid is not None and not wrong:
        try:
            wrong = too_large(expect(laid).outputs)
        except OverflowError as error:
            wrong = str(error)
    if wrong:
        raise UsageError(f"case {cut(format_case(case))!r}: {wrong}")


def _unknown(operator: str, laid: Case | None) -> str:
    """Why nothing can be asked of an operator, in words: torch has none of the name, or the reference no rule of it."""
    if not is_overload(operator):
        return ""
    try:
        resolve(operator)
    except ValueError as error:
        return str(error)
    if laid is None or layout_rule_of(operator) is not None:
        return ""
    return f"wanted an operator that has a layout rule, got {operator}"


def _unlike_rule(call: Case) -> str:
    """The first tensor of a call that is of another kind than the operator's layout rule takes there, in words."""
    taken = _taken(call.operator)
    for name, value in [*zip(taken, call.args, strict=False), *call.kwargs]:
        known = taken.get(name, ())
        for one in _operands(operand(value)):
            if known and type(one) not in known:
                return f"{name}: wanted {' or '.join([_OPERANDS[kind] for kind in known])}, got {_OPERANDS[type(one)]}"
    return ""


def _operands(value: Any) -> Iterator[Any]:
    if type(value) in _OPERANDS:
        yield value
    elif type(value) is tuple:
        for one in value:
            yield from _operands(one)


@lru_cache(maxsize=4096)
def _taken(operator: str) -> dict[str, tuple[type, ...]]:
    """What a layout rule takes in place of each argument, as its annotations say: of a copy, its view's rule.

    Nothing for an argument that is no tensor, or that the rule takes of any kind.
    """
    entry = catalog().get(operator)
    view = entry.view if entry is not None and entry.kind in {"copy", "copy-out"} else None
    rule = layout_rule_of(view or operator)
    if rule is None:
        return {}
    hints = get_type_hints(rule)
    named = [name for name, one in inspect.signature(rule).parameters.items() if one.kind is not one.VAR_POSITIONAL]
    return {name: tuple(dict.fromkeys(_kinds_in(hints[name]))) for name in named}


def _kinds_in(hint: Any) -> Iterator[type]:
    if hint in _OPERANDS:
        yield hint
    for inner in get_args(hint):
        yield from _kinds_in(inner)

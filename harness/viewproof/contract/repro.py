"""Writes a result as a script that imports only torch, by the function that the rule's contract declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from viewproof.cases import Case
from viewproof.catalog.overloads import draws
from viewproof.contract.installed import all_rules, contract_of_rule, find_target
from viewproof.contract.state import RESTORED
from viewproof.errors import NoScript
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.scripts.around import around
from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script


def script_of(case: Case, target: str, rule: str, device: str = "cpu", imports: Sequence[str] = ()) -> str:
    """A script that exits 1 while `case` on `target` breaks `rule`, and 0 once it does not.

    It imports the modules of the user's in `imports` beside torch, since their kernels are what is tried.
    Raises NoScript (a ValueError), which says why, where there can be none.
    """
    try:
        on_meta = find_target(target).on_meta
        contract = contract_of_rule(rule)
    except ValueError as unknown:
        raise NoScript(str(unknown)) from unknown
    place = "meta" if on_meta else device
    frame = Frame(rule, target, subject_of(case, expect(case)), place, tuple(imports))
    if rule == RESTORED:
        return _around_another(frame).text(frame)
    if contract.script is None:
        raise NoScript(f"rule {rule!r}: wanted one of a contract that writes scripts, got one of {contract.name}")
    return contract.script(frame).text(frame)


def _around_another(frame: Frame) -> Script:
    """The script of the first rule that has one of this execution, with the state noted around it."""
    target, traits = find_target(frame.target), frame.subject.traits
    for rule in all_rules().values():
        probe, contract = target.probe(rule.probe), contract_of_rule(rule.name)
        if contract.script is None or probe is None or not (probe.given(traits) and rule.applies(traits)):
            continue
        try:
            return around(contract.script(replace(frame, rule=rule.name)), draws=draws(frame.case.operator))
        except NoScript:
            continue
    raise NoScript(f"rule {frame.rule}: wanted an execution that another rule has a script of, got none")

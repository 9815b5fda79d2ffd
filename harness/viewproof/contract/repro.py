"""Writes a result as a script that imports only torch, by the function that the rule's contract declares."""

from __future__ import annotations

from collections.abc import Sequence

from viewproof.cases import Case
from viewproof.contract.installed import contract_of_rule, find_target
from viewproof.errors import NoScript
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof.scripts.frame import Frame


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
    if contract.script is None:
        raise NoScript(f"rule {rule!r}: wanted one of a contract that writes scripts, got one of {contract.name}")
    place = "meta" if on_meta else device
    frame = Frame(rule, target, subject_of(case, expect(case)), place, tuple(imports))
    return contract.script(frame).text(frame)

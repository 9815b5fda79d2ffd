"""The frame of a script: what it is about, the mode of its target, the check, the verdict as its exit status."""

from __future__ import annotations

from collections.abc import Callable

import torch

from viewproof.cases import Case, DualArgument, format_case
from viewproof.expectation import expect
from viewproof.operators import resolve
from viewproof.repro import copy, crossref, functional, inverse, passes
from viewproof.repro.alias import alias_check
from viewproof.repro.frame import Frame, NoScript, indented
from viewproof.repro.functional_run import IMPORTS
from viewproof.repro.gradient import gradient_check
from viewproof.repro.history import history_lines
from viewproof.repro.isolated import isolated
from viewproof.repro.layout import layout_check
from viewproof.repro.refusal import refusal_check
from viewproof.repro.replay import replay_check
from viewproof.repro.sample import SAMPLE_TARGETS, sample_lines
from viewproof.repro.schema import schema_lines
from viewproof.subject import subject_of

_GROUPS: dict[str, Callable[[Frame], list[str]]] = {
    "layout": layout_check,
    "alias": alias_check,
    "replay": replay_check,
    "grad": gradient_check,
    "error": refusal_check,
    "copy": copy.copy_check,
    "inverse": inverse.inverse_check,
    "functional": functional.functional_check,
    "crossref": crossref.crossref_check,
}
_FAKE = "from torch._subclasses.fake_tensor import FakeTensorMode"
#: Target -> what its scripts import beside torch itself.
_MODES: dict[str, list[str]] = {
    "eager": [],
    "meta": [],
    "meta-python": ["from torch._dispatch.python import enable_python_dispatcher"],
    "fake": [_FAKE],
    "fake-nocache": [_FAKE],
    "inverse": [],
    "inverse-scatter": [],
    "inverse-copy": [],
    **IMPORTS,
    **crossref.IMPORTS,
}
#: The groups of rules that have targets of their own; all other groups share the rest of them.
_OWN = {
    "inverse": frozenset({"inverse", "inverse-scatter", "inverse-copy"}),
    "functional": frozenset(IMPORTS),
    "crossref": frozenset(crossref.IMPORTS),
}
_SCHEMA_TARGETS = frozenset({"torchgen", "live-class"})
_TABLE_TARGETS = frozenset({"torch-table", "torch-table-narrowed"})


#: Targets whose script takes an export, a table or a mode to write: tenths of a second each.
COSTLY_TARGETS = frozenset({*_TABLE_TARGETS, *passes.ALL_TARGETS, *crossref.IMPORTS})


def script_of(case: Case, target: str, rule: str, device: str = "cpu") -> str:
    """A script that exits 1 while `case` on `target` breaks `rule`, and 0 once it does not.

    Raises NoScript (a ValueError) where there is none to be had, and says why.
    """
    if target in _TABLE_TARGETS:
        return _framed(case, target, rule, [], history_lines(subject_of(case, expect(case), device), target, rule))
    if target in _SCHEMA_TARGETS:
        subject = subject_of(case, expect(case), device)
        return _framed(case, target, rule, [], schema_lines(subject, target, rule))
    if target in passes.ALL_TARGETS:
        return _framed(case, target, rule, [], passes.pass_lines(subject_of(case, expect(case), device), target, rule))
    if target in SAMPLE_TARGETS:
        return _framed(case, target, rule, [], sample_lines(case, target, rule))
    if target not in _MODES:
        raise NoScript(f"target {target!r}: wanted one of {', '.join(_MODES)}")
    group = rule.partition(".")[0]
    if group not in _GROUPS:
        raise NoScript(f"rule {rule!r}: wanted a rule of {', '.join(_GROUPS)}")
    if not _fits(group, target):
        raise NoScript(f"rule {rule!r}: wanted a target that it is asked of, got {target}")
    place = "meta" if target.startswith("meta") else device
    subject = subject_of(case, expect(case), place.partition(":")[0])
    frame = Frame(rule, target, subject, place)
    if group != "error" and subject.expectation.refusal is not None:
        raise NoScript(f"rule {rule}: wanted a case that the reference accepts, got a refused one")
    body = _GROUPS[group](frame)
    if group != "error":
        # What raises where it is accepted breaks every rule.
        body = ["try:", *indented(body), "except Exception as error:", *indented(_RAISED)]
    if _needs_level(case):
        body = ["with torch.autograd.forward_ad.dual_level():", *indented(body)]
    if target == "meta-python":
        body = ["with enable_python_dispatcher():", *indented(body)]
    setup = []
    if target.startswith("fake"):
        setup = ["mode = FakeTensorMode()", f"mode.cache_enabled = {target == 'fake'}"]
        if target == "fake":
            setup.append("FakeTensorMode.cache_clear()")
            body = ["for _ in range(2):  # the second answer is the cache's, and the one that counts", *indented(body)]
    return _framed(case, target, rule, _MODES[target], [*_before(frame, group), *setup, *body])


_RAISED = ['expected, observed = "no exception", f"{type(error).__name__}: {error}".partition("\\n")[0]']


def _fits(group: str, target: str) -> bool:
    if group in _OWN:
        return target in _OWN[group]
    return target == "eager" if group == "copy" else not any(target in own for own in _OWN.values())


def _needs_level(case: Case) -> bool:
    duals = any(isinstance(argument, DualArgument) for argument in case.args)
    return duals or any(argument.name == "level" for argument in resolve(case.operator)._schema.arguments)


def _before(frame: Frame, group: str) -> list[str]:
    """What a group's scripts hold before the check: functions, and for some a process of their own."""
    lines: list[str] = []
    if group in _OWN and group != "crossref":
        lines += isolated(functional.tries_of(frame) if group == "functional" else 1)
    helpers: tuple[str, ...] = ()
    if group == "copy":
        helpers = copy.HELPERS
    elif group == "crossref":
        helpers = crossref.helpers_of(frame.rule, frame.target)
    elif group in _OWN:
        helpers = inverse.HELPERS if group == "inverse" else functional.helpers_of(frame.rule)
    for text in helpers:
        lines += ["", *text.splitlines(), ""]
    return [*lines, ""] if helpers else lines


def _framed(case: Case, target: str, rule: str, imports: list[str], body: list[str]) -> str:
    name = format_case(case).replace("\\", "\\\\")
    lines = [
        f'"""{name}',
        "",
        f"on {target}, {rule}. Seen on torch {torch.__version__}. Exits 1 while the fault is there, 0 once it is gone.",
        '"""',
        "import sys",
        "",
        "import torch",
        *imports,
        "",
        *body,
        'print(f"expected {expected}\\nobserved {observed}")',
        "sys.exit(0 if observed == expected else 1)",
    ]
    return "\n".join(lines) + "\n"

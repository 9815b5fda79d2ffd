"""The frame of a script: what it is about, the mode of its target, the check, the verdict as its exit status."""

from __future__ import annotations

from collections.abc import Callable

import torch

from viewproof.cases import Case, DualArgument, format_case
from viewproof.expectation import expect
from viewproof.repro.alias import alias_check
from viewproof.repro.frame import Frame, NoScript, indented
from viewproof.repro.gradient import gradient_check
from viewproof.repro.layout import layout_check
from viewproof.repro.refusal import refusal_check
from viewproof.repro.replay import replay_check
from viewproof.subject import subject_of

_GROUPS: dict[str, Callable[[Frame], list[str]]] = {
    "layout": layout_check,
    "alias": alias_check,
    "replay": replay_check,
    "grad": gradient_check,
    "error": refusal_check,
}
_MODES: dict[str, list[str]] = {
    "eager": [],
    "meta": [],
    "meta-python": ["from torch._dispatch.python import enable_python_dispatcher"],
    "fake": ["from torch._subclasses.fake_tensor import FakeTensorMode"],
    "fake-nocache": ["from torch._subclasses.fake_tensor import FakeTensorMode"],
}


def script_of(case: Case, target: str, rule: str, device: str = "cpu") -> str:
    """A script that exits 1 while `case` on `target` breaks `rule`, and 0 once it does not.

    Raises NoScript (a ValueError) where there is none to be had, and says why.
    """
    if target not in _MODES:
        raise NoScript(f"target {target!r}: wanted one of {', '.join(_MODES)}")
    group = rule.partition(".")[0]
    if group not in _GROUPS:
        raise NoScript(f"rule {rule!r}: wanted a rule of {', '.join(_GROUPS)}")
    place = "meta" if target.startswith("meta") else device
    subject = subject_of(case, expect(case), place.partition(":")[0])
    frame = Frame(rule, target, subject, place)
    if group != "error" and subject.expectation.refusal is not None:
        raise NoScript(f"rule {rule}: wanted a case that the reference accepts, got a refused one")
    body = _GROUPS[group](frame)
    if any(isinstance(argument, DualArgument) for argument in case.args):
        body = ["with torch.autograd.forward_ad.dual_level():", *indented(body)]
    if target == "meta-python":
        body = ["with enable_python_dispatcher():", *indented(body)]
    setup = []
    if target.startswith("fake"):
        setup = ["mode = FakeTensorMode()", f"mode.cache_enabled = {target == 'fake'}"]
        if target == "fake":
            setup.append("FakeTensorMode.cache_clear()")
    name = format_case(case).replace("\\", "\\\\")
    lines = [
        f'"""{name}',
        "",
        f"on {target}, {rule}. Seen on torch {torch.__version__}. Exits 1 while the fault is there, 0 once it is gone.",
        '"""',
        "import sys",
        "",
        "import torch",
        *_MODES[target],
        "",
        *setup,
        *body,
        'print(f"expected {expected}\\nobserved {observed}")',
        "sys.exit(0 if observed == expected else 1)",
    ]
    return "\n".join(lines) + "\n"

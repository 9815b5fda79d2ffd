"""A standalone script: a header, the check, and the verdict as the exit status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from viewproof.cases import Case, DualArgument, format_case
from viewproof.catalog.overloads import resolve
from viewproof.errors import NoScript
from viewproof.scripts.frame import Frame, indented
from viewproof.scripts.isolated import isolated
from viewproof.scripts.literals import docstring


@dataclass(frozen=True, slots=True)
class Script:
    """The lines of a script that are its own: `body` sets `expected` and `observed`; `imports` go beside `torch`."""

    body: Sequence[str]
    imports: Sequence[str] = ()

    def text(self, frame: Frame) -> str:
        """The whole script, which exits 1 while the two differ and 0 once they do not."""
        seen = f"on {frame.target}, {frame.rule}. Seen on torch {torch.__version__}. "
        lines = [
            *docstring(
                [
                    format_case(frame.case),
                    "",
                    f"{seen}Exits 1 while the fault is there, 0 once it is gone.",
                    *[f"Needs the module {name}: run it where Python finds that." for name in frame.imports],
                ]
            ),
            *(["import importlib"] if frame.imports else []),
            "import sys",
            "",
            "import torch",
            *self.imports,
            *[f"importlib.import_module({name!r})" for name in frame.imports],
            "",
            *self.body,
            'print(f"expected {expected}\\nobserved {observed}")',
            "sys.exit(0 if observed == expected else 1)",
        ]
        return "\n".join(lines) + "\n"


_RAISED = ['expected, observed = "no exception", f"{type(error).__name__}: {error}".partition("\\n")[0]']


def guarded(frame: Frame, body: list[str]) -> list[str]:
    """The check of a call that the reference accepts: one that raises breaks every rule. Raises NoScript for others."""
    if frame.subject.expectation.refusal is not None:
        raise NoScript(f"rule {frame.rule}: wanted a case that the reference accepts, got a refused one")
    return at_level(frame, ["try:", *indented(body), "except Exception as error:", *indented(_RAISED)])


def at_level(frame: Frame, body: list[str]) -> list[str]:
    """The lines inside of a forward-mode level, where the call needs one."""
    if not _needs_level(frame.case):
        return body
    return ["with torch.autograd.forward_ad.dual_level():", *indented(body)]


def _needs_level(case: Case) -> bool:
    duals = any(isinstance(argument, DualArgument) for argument in case.args)
    return duals or any(argument.name == "level" for argument in resolve(case.operator)._schema.arguments)


def functions(*texts: str, tries: int = 0) -> list[str]:
    """What stands before a check: with `tries`, that the script runs itself in processes that may die; functions."""
    lines = isolated(tries) if tries else []
    for text in texts:
        lines += ["", *text.splitlines(), ""]
    return [*lines, ""] if texts else lines


def check_of(frame: Frame, checks: Sequence[str], targets: Sequence[str]) -> str:
    """The first word of the rule, where it is one of `checks` and is asked of a target of `targets`.

    Raises NoScript where it is not.
    """
    group = frame.rule.partition(".")[0]
    if group not in checks:
        raise NoScript(f"rule {frame.rule!r}: wanted a rule of {', '.join(checks)}")
    if frame.target not in targets:
        raise NoScript(f"rule {frame.rule!r}: wanted a target that it is asked of, got {frame.target}")
    return group

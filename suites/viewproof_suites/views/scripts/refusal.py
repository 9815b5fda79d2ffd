"""Scripts for the rule `error.refused`: the call raises, and raises the right class."""

from __future__ import annotations

from viewproof.errors import NoScript
from viewproof.scripts.bases import call_of
from viewproof.scripts.frame import Frame
from viewproof.scripts.literals import comment


def refusal_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`, the names of exception classes (`accepted` for none)."""
    refusal = frame.subject.expectation.refusal
    if refusal is None:
        raise NoScript(f"rule {frame.rule}: wanted a case that the reference refuses, got an accepted one")
    bases = frame.bases()
    return [
        *bases.lines,
        f"expected = {refusal.kind!r}  {comment(refusal.reason)}",
        "try:",
        f"    outputs = {call_of(frame.case, bases)}",
        '    observed = f"accepted: {[tuple(out.size()) for out in outputs]}"',
        "except Exception as error:",
        "    names = [kind.__name__ for kind in type(error).__mro__]",
        "    observed = expected if expected in names else names[0]",
        '    print(f"{names[0]}: {error}")',
    ]

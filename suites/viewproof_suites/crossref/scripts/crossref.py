"""Scripts for the rules `crossref.*`: one call under torch's crossref, or under a few lines that compare two runs."""

from __future__ import annotations

from typing import Any

from viewproof.cases.model import TENSOR_ARGUMENTS
from viewproof.catalog import catalog
from viewproof.contract.installed import all_rules, find_target
from viewproof.errors import NoScript
from viewproof.evidence.probe import AtLeast, Raised
from viewproof.scripts.bases import call_of
from viewproof.scripts.frame import Frame, indented
from viewproof.scripts.literals import operator_in_torch
from viewproof_suites.crossref.evidence import STATE, ReferenceFinds, Statement, TorchSays, must_reach
from viewproof_suites.crossref.scripts.lines import COMPARED, FACTS, LEFT, MADE, SAID, WRAPPED
from viewproof_suites.functionalization.scripts.run import STATE_HELPER

_PYTHON = "from torch._dispatch.python import enable_python_dispatcher"
_TORCHS = ["import torch._dispatch.python as python_dispatch"]
_OURS = [
    _PYTHON,
    "from torch._ops import resolve_key",
    "from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode",
    "from torch.utils._pytree import tree_map",
]
IMPORTS: dict[str, list[str]] = {
    "crossref-views": _TORCHS,
    "crossref-copies": _TORCHS,
    "viewproof-crossref-views": _OURS,
    "viewproof-crossref-copies": _OURS,
}


def helpers_of(rule: str, target: str) -> tuple[str, ...]:
    """The functions that a script for `rule` is built of."""
    if target.startswith("viewproof"):
        return (WRAPPED, COMPARED)
    return (WRAPPED, STATE_HELPER, LEFT) if rule == "crossref.state" else (WRAPPED, MADE, SAID)


def _seen(frame: Frame) -> Any:
    """What the target's crossref says of the case now."""
    target = find_target(frame.target)
    probe = next(probe.name for probe in target.probes if probe.name != STATE.name)
    with target.open("cpu", frame.case.operator) as session:
        (seen,) = session.observe([(frame.subject, (probe,))])
    if isinstance(seen, Raised):
        raise NoScript(f"rule {frame.rule}: wanted a case that can be built, got {seen.message}")
    return seen[0]


def crossref_check(frame: Frame) -> list[str]:
    """Lines that set `expected` and `observed`."""
    rule, target = all_rules().get(frame.rule), find_target(frame.target)
    if rule is None or target.probe(rule.probe) is None or not rule.applies(frame.subject.traits):
        raise NoScript(f"rule {frame.rule!r}: wanted one that is asked of {frame.target}")
    bases = frame.bases()
    given = [name for name, one in zip(bases.args, frame.case.args, strict=False) if type(one) in TENSOR_ARGUMENTS]
    lines = [
        *bases.lines,
        *[f"{name} = torch._to_functional_tensor({name})" for name in given],
        "",
        "def call():",
        f"    return {call_of(frame.case, bases)}",
        "",
        f"reapply = {not frame.target.endswith('copies')}",
    ]
    if frame.target.startswith("viewproof"):
        return [*lines, *_ours(frame)]
    return [*lines, *_torchs(frame)]


def _torchs(frame: Frame) -> list[str]:
    run = ["with torch.no_grad(), functionalized(reapply):"]
    if frame.rule == "crossref.state":
        return [
            "state = thread_state(), handlers_left()",
            *run,
            "    try:",
            "        with python_dispatch.enable_crossref_functionalize():",
            "            call()",
            "    except Exception:  # whatever it says: it has to leave",
            "        pass",
            "expected, observed = state, (thread_state(), handlers_left())",
        ]
    if frame.rule == "crossref.quiet":
        return [
            *run,
            "    without, said = said_of(call, crossref=False), said_of(call)",
            "# What functionalization alone raises is not crossref's.",
            'expected, observed = "no alarm", "no alarm" if said[0] == without[0] else said',
            *_reached(frame),
        ]
    seen: TorchSays = _seen(frame)
    differing = [due for due, said in seen.told if due != said]
    speaking = [due for due, _ in seen.told if due.fact]
    fact = (differing or speaking or [Statement()])[0].fact or "nothing"
    return [
        *run,
        f"    expected = {fact!r}  # what the two runs of the call differ in",
        "    observed = said_of(call)[0]",
        *_reached(frame),
    ]


def _reached(frame: Frame) -> list[str]:
    """Lines that fail where no call reaches the check; none for a case of which none has to."""
    if not must_reach(frame.subject):
        return []
    return ["if not made:", '    expected, observed = "a checked call", "no call is checked"']


def _ours(frame: Frame) -> list[str]:
    if frame.rule == "crossref.state":
        raise NoScript(f"rule {frame.rule}: wanted a target of torch's, got {frame.target}, a mode of viewproof's own")
    seen: ReferenceFinds = _seen(frame)
    rule = all_rules()[frame.rule]
    nothing = ReferenceFinds(AtLeast(0), (), "")
    guilty = [
        finding.operator
        for finding in seen.findings
        if rule.check(nothing, ReferenceFinds(seen.checked, (finding,), "")) is not None
    ]
    operator = (guilty or [frame.case.operator])[0]
    # A composite operator is taken apart before it comes to the check: its parts are checked, which are not watched.
    owed = must_reach(frame.subject) and not guilty and not catalog()[operator].composite
    unreached = ["if not runs:", '    expected, observed = "a checked call", "no call is checked"'] if owed else []
    return [
        f"op = {operator_in_torch(operator)}",
        "runs = []",
        "with torch.no_grad(), functionalized(reapply), enable_python_dispatcher():",
        "    op._dispatch_cache[KEY] = compared(op, runs, reapply)",
        "    try:",
        *indented(indented(["call()"])),
        "    except Exception as error:",
        '        runs.append(("accepted", f"{type(error).__name__}: {error}".partition("\\n")[0]))',
        "    finally:",
        "        op._uncache_dispatch(KEY)",
        *FACTS[frame.rule].splitlines(),
        *unreached,
    ]

"""Suites `passes` and `decomposed_passes`, level 5: export's two passes on exported programs.

What is checked are modules: each catalog view as calls on every kind of base, and the modules that have a name. The
first suite runs both passes on exported programs. The second decomposes first; it has the operators that a
decomposition changes, and every second composite view. In `quick` a view has one call on every second family of strided
bases and on each of the others, at most three in the second suite; in `full` every accepted call of the sweep's
`quick`; in `exhaustive` every one of its `full`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from zlib import crc32

from viewproof import generate
from viewproof.contract.suite import Suite
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import Subject
from viewproof.exported.modules import MODULE, NAMED, ModuleCase
from viewproof_suites.passes.expected import is_refused
from viewproof_suites.passes.rules import effects, kept
from viewproof_suites.passes.targets.decomposed import preserved_views
from viewproof_suites.views.operators import halved, swept_families, views

#: The family of every subject: a pack holds all calls of an operator.
FAMILY = "module"
#: How many calls of an operator are decomposed in `quick`.
DECOMPOSED = 3


@cache
def _operators() -> tuple[str, ...]:
    return tuple(sorted({*views(), *(f"{MODULE}{name}" for name in NAMED)}))


def _changes(operator: str) -> bool:
    """Whether a decomposition may change it: a view without a copy, one in torch's table, or such a named module."""
    if not operator.startswith(MODULE):
        # Of the composite ones every second by name, as each needs a decomposition of its own, which is slow.
        composite = is_refused(operator, frozenset()) and crc32(operator.encode()) % 2 == 0
        return composite or operator in preserved_views()
    name = operator.removeprefix(MODULE)
    return bool(NAMED[name] & {"composite", "graphs", "refused", "rounds"}) or name in _DECOMPOSED_TOO


_DECOMPOSED_TOO = frozenset({"buffer", "sizes", "unbacked", "prims_view", "chain", "range_and_assertions"})


@cache
def _decomposed_operators() -> tuple[str, ...]:
    return tuple([operator for operator in _operators() if _changes(operator)])


def _families(operator: str, profile: str) -> tuple[str, ...]:
    return (FAMILY,)


def chosen_families(operator: str, profile: str) -> tuple[str, ...]:
    """The families of bases that a view is called on: in `quick` half of the strided ones, and all others."""
    if profile != "quick":
        return swept_families(operator, "full" if profile == "exhaustive" else "quick")
    return halved(operator, swept_families(operator, "quick"), 0)


def modules(operator: str, family: str, profile: str) -> Iterator[ModuleCase]:
    """The modules of an operator: the one that has the name, or one for each chosen call of a view."""
    if operator.startswith(MODULE):
        yield ModuleCase(None, operator.removeprefix(MODULE))
        return
    source = "full" if profile == "exhaustive" else "quick"
    for turn, name in enumerate(chosen_families(operator, profile)):
        # A call that returns no tensor leaves nothing in a graph.
        accepted = [case for case in generate.cases(operator, name, source) if expect(case).outputs]
        if profile == "quick" and accepted:
            # A case at another place in each family, so that all of an operator's kinds of arguments occur.
            accepted = [accepted[turn % len(accepted)]]
        yield from (ModuleCase(case) for case in accepted)


def why_no_module(subject: Subject) -> str:
    """Why a module that a query names cannot be exported, in words; empty where it can, as far as the reference says.

    Export runs the module on its operands: of a call that its operator refuses there is no program.
    """
    call = subject.call_in
    if call is None:
        return ""
    refusal, operator = call.expectation.refusal, call.case.operator
    if refusal is not None:
        return f"accepted calls alone, and {operator} refuses this one ({refusal.kind}: {refusal.reason})"
    return "" if call.expectation.outputs else f"calls that return a tensor alone, and this one of {operator} does not"


def _few(operator: str, family: str, profile: str) -> Iterator[ModuleCase]:
    """The calls that are decomposed: the first ones in `quick`, all in the other profiles."""
    found = modules(operator, family, profile)
    return islice(found, DECOMPOSED) if profile == "quick" else found


_OF_RESULTS = (
    "passes.refused",
    "passes.graph",
    "passes.inner-graphs",
    "passes.no-view",
    "passes.no-inner-view",
    "passes.values",
    "passes.layouts",
    "passes.fresh",
    "passes.again",
)

PASSES = Suite(
    name="passes",
    level=5,
    summary="the passes that replace views with copies and chain side effects, on exported graphs",
    operators=_operators,
    families=_families,
    cases=modules,
    targets=("view-to-copy", "view-to-copy-reference", "side-effects", "side-effects-reference"),
    rules=(*_OF_RESULTS, "passes.copies", "passes.modified", *[rule.name for rule in (*kept.RULES, *effects.RULES)]),
    declines=why_no_module,
)

DECOMPOSED_PASSES = Suite(
    name="decomposed_passes",
    level=5,
    summary="run_decompositions, with the default table and with views kept, and the view pass on what it gives",
    operators=_decomposed_operators,
    families=_families,
    cases=_few,
    targets=("run-decompositions", "run-decompositions-views"),
    rules=("passes.decomposed", "passes.preserved", *_OF_RESULTS),
    declines=why_no_module,
)

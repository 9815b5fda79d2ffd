"""Level 4: crossref. What torch's reports of each call, and what the reference's finds between the call's two runs."""

from __future__ import annotations

from viewproof.contract.rule import Difference, Rules
from viewproof.evidence.subject import Traits
from viewproof_reference.replacements.crossref.verdict import Finding
from viewproof_suites.crossref.evidence import ReferenceFinds, Shown, TorchSays

RULES = Rules(level=4, probe="crossref-finds")
_SAYS = "crossref-says"

_SOURCE = "torch/_dispatch/python.py"
_META = "aten/src/ATen/FunctionalTensorWrapper.cpp; torch/_subclasses/fake_tensor.py"


def _accepted(traits: Traits) -> bool:
    return traits.kind == "call" and not traits.refused


def _reaches(expected: Shown) -> bool:
    return expected.checked > 0


def _unreached(expected: Shown, observed: Shown) -> Difference | None:
    # Of a call that must reach the check and does not, nothing is known: no clause on what the check says holds.
    if expected.checked == observed.checked:
        return None
    return Difference(f"{expected.checked} checked calls", f"{observed.checked} checked calls", "no call is checked")


@RULES.rule(
    "crossref.agrees",
    source=f"{_SOURCE}, make_crossref_functionalize and check_metadata_matches",
    fault="a check that compares no dtype",
    probe=_SAYS,
    applies=_accepted,
    sees=_reaches,
)
def agrees(expected: TorchSays, observed: TorchSays) -> Difference | None:
    """On every call that it checks, torch's crossref says what the reference's does under torch's own leniency.

    It says nothing, or names the same first difference with the same call, output, values and dimension, or lets
    through what the fake run raised. It checks at least one call of every case that makes an output.
    """
    for due, said in observed.told:
        if due != said:
            return Difference(str(due), str(said), f"{said.fact or 'nothing'} for {due.fact or 'nothing'}")
    return _unreached(expected, observed)


@RULES.rule(
    "crossref.quiet",
    source=f"{_SOURCE}, enable_crossref_functionalize",
    fault="a meta kernel of the wrong stride",
    probe=_SAYS,
    applies=_accepted,
    sees=_reaches,
)
def quiet(expected: TorchSays, observed: TorchSays) -> Difference | None:
    """A call that the contract accepts goes through torch's crossref as it goes through functionalization alone."""
    alarm = observed.alarm
    if alarm:
        return Difference("no alarm", alarm, f"alarm: {alarm.partition(':')[0]}")
    return _unreached(expected, observed)


def _found(expected: ReferenceFinds, observed: ReferenceFinds, facts: frozenset[str]) -> Difference | None:
    for finding in observed.findings:
        for mismatch in finding.verdict.mismatches:
            if mismatch.fact in facts:
                where = f"{finding.call} output{mismatch.place}: {mismatch.fact} "
                return Difference(where + mismatch.fake, where + mismatch.functional, f"{mismatch.fact} differs")
    return _unreached(expected, observed)


def _says_nothing(finding: Finding) -> bool:
    return finding.refused is None and finding.verdict.unchecked is None and not finding.verdict.mismatches


@RULES.rule("crossref.run", source=_META, fault="a meta kernel that raises", applies=_accepted, sees=_reaches)
def run(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Each operator of the call runs on fake tensors and functionalized: neither raises."""
    for finding in observed.findings:
        if finding.verdict.unchecked is not None:
            classes, text = finding.verdict.unchecked
            said = f"{finding.call}: the fake run raised {classes[0]}: {text}"
            return Difference("both runs accept the call", said, f"fake raises {classes[0]}")
        if finding.refused is not None:
            classes, text = finding.refused
            said = f"{finding.call}: functionalized, it raised {classes[0]}: {text}"
            return Difference("both runs accept the call", said, f"functionalized raises {classes[0]}")
        if _says_nothing(finding):
            return Difference("no finding", f"{finding.call}: a finding without a difference", "finds nothing")
    if observed.raised:
        return Difference("no exception", observed.raised, "the call raises")
    return _unreached(expected, observed)


@RULES.rule(
    "crossref.structure",
    source=f"{_META}; torch/utils/_pytree.py",
    fault="a tuple for a list",
    applies=_accepted,
    sees=_reaches,
)
def structure(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Both runs return as many tensors, in the same containers, of the same layout word (strided, sparse)."""
    return _found(expected, observed, frozenset({"structure", "kind", "layout"}))


@RULES.rule(
    "crossref.size", source=_META, fault="a meta kernel that drops the last element", applies=_accepted, sees=_reaches
)
def size(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Each output has the same size in both runs."""
    return _found(expected, observed, frozenset({"size"}))


@RULES.rule(
    "crossref.dtype", source=_META, fault="a meta kernel that returns another dtype", applies=_accepted, sees=_reaches
)
def dtype(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Each output has the same dtype in both runs."""
    return _found(expected, observed, frozenset({"dtype"}))


@RULES.rule(
    "crossref.stride", source=_META, fault="a meta kernel that swaps two strides", applies=_accepted, sees=_reaches
)
def stride(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Each output has the fake one's strides where they are significant; a row-major copy's, where it became one."""
    return _found(expected, observed, frozenset({"stride"}))


@RULES.rule(
    "crossref.stride-exact",
    source=_META,
    fault="a meta kernel that gives size-1 dimensions stride 1",
    applies=_accepted,
    sees=_reaches,
)
def stride_exact(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Strides of size-1 dimensions, and of tensors without elements, are as in `crossref.stride`."""
    return _found(expected, observed, frozenset({"stride-exact"}))


@RULES.rule(
    "crossref.offset",
    source=_META,
    fault="a meta kernel that drops the storage offset",
    applies=_accepted,
    sees=_reaches,
)
def offset(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Each output has the fake one's storage offset; 0, where a view became a copy."""
    return _found(expected, observed, frozenset({"offset"}))


@RULES.rule(
    "crossref.sharing",
    source=f"{_META}; aten/src/ATen/FunctionalStorageImpl.h",
    fault="a meta kernel that copies",
    applies=_accepted,
    sees=_reaches,
)
def sharing(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Each output lies on the storage of the same inputs, and of the same outputs before it, in both runs.

    A functional wrapper of a view shares the functional storage of its base, also where the view became a copy.
    """
    return _found(expected, observed, frozenset({"sharing"}))


@RULES.rule(
    "crossref.flags",
    source=f"{_META}; aten/src/ATen/ConjugateFallback.cpp",
    fault="a meta kernel that loses the conj bit",
    applies=_accepted,
    sees=_reaches,
)
def flags(expected: ReferenceFinds, observed: ReferenceFinds) -> Difference | None:
    """Each output has the fake one's conj and neg bits, none where it became a copy, and requires a gradient alike."""
    return _found(expected, observed, frozenset({"conj", "neg", "grad"}))


@RULES.rule(
    "crossref.state",
    source=f"{_SOURCE}; torch/csrc/autograd/python_variable.cpp",
    fault="a mode that leaves a handler in a dispatch cache",
    probe="crossref-state",
    applies=_accepted,
)
def state(expected: str, observed: str) -> Difference | None:
    """A crossref leaves the thread's dispatch keys, modes and functionalization as they were, and no handler behind."""
    if expected == observed:
        return None
    parts = [part.partition(":")[0] for part in observed.split("; ")]
    return Difference("state as before", observed, "state: " + ", ".join(parts))

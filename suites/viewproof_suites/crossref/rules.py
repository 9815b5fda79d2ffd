"""Level 4: crossref. What torch's reports of each call, and what the reference's finds between the call's two runs."""

from __future__ import annotations

from viewproof.cases.answers import answers_of
from viewproof.contract.rule import Applies, Difference, Rules
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import Subject, Traits
from viewproof_suites.crossref.answers import CrossrefAnswers, ReferenceAnswers, TorchAnswers

RULES = Rules(level=4, probe="answers")

_SOURCE = "torch/_dispatch/python.py"
_META = "aten/src/ATen/FunctionalTensorWrapper.cpp; torch/_subclasses/fake_tensor.py"
_TORCHS = frozenset({"crossref-views", "crossref-copies"})
_OURS = frozenset({"viewproof-crossref-views", "viewproof-crossref-copies"})


def _on(targets: frozenset[str]) -> Applies:
    def applies(traits: Traits, target: str) -> bool:
        return traits.kind == "call" and not traits.refused and target in targets

    return applies


@RULES.rule(
    "crossref.agrees",
    source=f"{_SOURCE}, make_crossref_functionalize and check_metadata_matches",
    fault="a check that compares no dtype",
    applies=_on(_TORCHS),
)
def agrees(subject: Subject, observation: Observation) -> Difference | None:
    """On every call that it checks, torch's crossref says what the reference's does under torch's own leniency.

    It says nothing, or names the same first difference with the same call, output, values and dimension, or lets
    through what the fake run raised.
    """
    for expected, said in answers_of(observation, TorchAnswers).said:
        if expected != said:
            return Difference(str(expected), str(said), f"{said.fact or 'nothing'} for {expected.fact or 'nothing'}")
    return None


@RULES.rule(
    "crossref.quiet",
    source=f"{_SOURCE}, enable_crossref_functionalize",
    fault="a meta kernel of the wrong stride",
    applies=_on(_TORCHS),
)
def quiet(subject: Subject, observation: Observation) -> Difference | None:
    """A call that the contract accepts goes through torch's crossref as it goes through functionalization alone."""
    alarm = answers_of(observation, TorchAnswers).alarm
    if not alarm:
        return None
    return Difference("no alarm", alarm, f"alarm: {alarm.partition(':')[0]}")


def _found(observation: Observation, facts: frozenset[str]) -> Difference | None:
    for finding in answers_of(observation, ReferenceAnswers).findings:
        for mismatch in finding.verdict.mismatches:
            if mismatch.fact in facts:
                where = f"{finding.call} output{mismatch.place}: {mismatch.fact} "
                return Difference(where + mismatch.fake, where + mismatch.functional, f"{mismatch.fact} differs")
    return None


@RULES.rule("crossref.run", source=_META, fault="a meta kernel that raises", applies=_on(_OURS))
def run(subject: Subject, observation: Observation) -> Difference | None:
    """Each operator of the call runs on fake tensors and functionalized: neither raises."""
    answers = answers_of(observation, ReferenceAnswers)
    for finding in answers.findings:
        if finding.verdict.unchecked is not None:
            classes, text = finding.verdict.unchecked
            said = f"{finding.call}: the fake run raised {classes[0]}: {text}"
            return Difference("both runs accept the call", said, f"fake raises {classes[0]}")
        if finding.refused is not None:
            classes, text = finding.refused
            said = f"{finding.call}: functionalized, it raised {classes[0]}: {text}"
            return Difference("both runs accept the call", said, f"functionalized raises {classes[0]}")
    if answers.raised:
        return Difference("no exception", answers.raised, "the call raises")
    return None


@RULES.rule(
    "crossref.structure", source=f"{_META}; torch/utils/_pytree.py", fault="a tuple for a list", applies=_on(_OURS)
)
def structure(subject: Subject, observation: Observation) -> Difference | None:
    """Both runs return as many tensors, in the same containers, of the same layout word (strided, sparse)."""
    return _found(observation, frozenset({"structure", "kind", "layout"}))


@RULES.rule("crossref.size", source=_META, fault="a meta kernel that drops the last element", applies=_on(_OURS))
def size(subject: Subject, observation: Observation) -> Difference | None:
    """Each output has the same size in both runs."""
    return _found(observation, frozenset({"size"}))


@RULES.rule("crossref.dtype", source=_META, fault="a meta kernel that returns another dtype", applies=_on(_OURS))
def dtype(subject: Subject, observation: Observation) -> Difference | None:
    """Each output has the same dtype in both runs."""
    return _found(observation, frozenset({"dtype"}))


@RULES.rule("crossref.stride", source=_META, fault="a meta kernel that swaps two strides", applies=_on(_OURS))
def stride(subject: Subject, observation: Observation) -> Difference | None:
    """Each output has the fake one's strides where they are significant; a row-major copy's, where it became one."""
    return _found(observation, frozenset({"stride"}))


@RULES.rule(
    "crossref.stride-exact",
    source=_META,
    fault="a meta kernel that gives size-1 dimensions stride 1",
    applies=_on(_OURS),
)
def stride_exact(subject: Subject, observation: Observation) -> Difference | None:
    """Strides of size-1 dimensions, and of tensors without elements, are as in `crossref.stride`."""
    return _found(observation, frozenset({"stride-exact"}))


@RULES.rule("crossref.offset", source=_META, fault="a meta kernel that drops the storage offset", applies=_on(_OURS))
def offset(subject: Subject, observation: Observation) -> Difference | None:
    """Each output has the fake one's storage offset; 0, where a view became a copy."""
    return _found(observation, frozenset({"offset"}))


@RULES.rule(
    "crossref.sharing",
    source=f"{_META}; aten/src/ATen/FunctionalStorageImpl.h",
    fault="a meta kernel that copies",
    applies=_on(_OURS),
)
def sharing(subject: Subject, observation: Observation) -> Difference | None:
    """Each output lies on the storage of the same inputs, and of the same outputs before it, in both runs.

    A functional wrapper of a view shares the functional storage of its base, also where the view became a copy.
    """
    return _found(observation, frozenset({"sharing"}))


@RULES.rule(
    "crossref.flags",
    source=f"{_META}; aten/src/ATen/ConjugateFallback.cpp",
    fault="a meta kernel that loses the conj bit",
    applies=_on(_OURS),
)
def flags(subject: Subject, observation: Observation) -> Difference | None:
    """Each output has the fake one's conj and neg bits, none where it became a copy, and requires a gradient alike."""
    return _found(observation, frozenset({"conj", "neg", "grad"}))


@RULES.rule(
    "crossref.state",
    source=f"{_SOURCE}; torch/csrc/autograd/python_variable.cpp",
    fault="a mode that leaves a handler in a dispatch cache",
    applies=_on(_TORCHS | _OURS),
)
def state(subject: Subject, observation: Observation) -> Difference | None:
    """A crossref leaves the thread's dispatch keys, modes and functionalization as they were, and no handler behind."""
    changed = answers_of(observation, CrossrefAnswers).state
    if changed is None:
        return None
    return Difference(
        "state as before", changed, "state: " + ", ".join([part.partition(":")[0] for part in changed.split("; ")])
    )

"""A functionalized program agrees at a glance exactly where every rule holds of what a look notes."""

import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_suites.functionalization.targets.functionalize import FunctionalizeSession

RULES = [rule for rule in all_rules().values() if rule.name.startswith("functional.")]
TARGETS = ("functionalize", "functionalize-copies")
TEXTS = [
    "aten.select.int(int64[3,4], 0, 1)",
    "aten.split.Tensor(float16[5,2], 2)",
    "aten.transpose.int(complex64[3,4]:[5,1]+2@20~conj, 0, 1)",
    "aten.unsqueeze_.default(bool[2,3], 0)",
    "aten.reshape.default(int32[2,3], [6])",
    # Torch is at fault in these.
    "aten.expand.default(float32[1,2], [3,2])",
    "aten.unfold.default(int64[5], 0, 2, 2)",
]
PROBES = frozenset({"program"})


def subject_for(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


def seen(subject, target):
    with find_target(target).open("cpu", subject.case.operator) as session:
        observation = session.observe(subject, PROBES)
        session.flush()
    return observation


def holds(subject, target, observation):
    rules = [rule for rule in RULES if rule.applies(subject.traits, target)]
    assert rules
    return observation.error is None and not any(rule.check(subject, observation) for rule in rules)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_glance_says_what_the_rules_say(text, target, monkeypatch):
    subject = subject_for(text)
    agreed = seen(subject, target).agreed
    monkeypatch.setattr(FunctionalizeSession, "agrees", lambda *_: False)
    assert agreed is holds(subject, target, seen(subject, target))
    if text.partition("(")[0] in ("aten.expand.default", "aten.unfold.default"):
        assert not agreed
    else:
        assert agreed


CHANGES = {
    "reads": lambda run: run.reads.__setitem__(1, bytes(len(run.reads[1]))),
    "storage": lambda run: run.snapshot.__setitem__(0, bytes(len(run.snapshot[0]))),
    "facts": lambda run: run.facts.__setitem__(0, run.facts[0]._replace(size=(9,))),
    "outputs": lambda run: run.facts.pop(),
    "steps": lambda run: run.sequences.__setitem__(0, []),
    "state": lambda run: setattr(run, "state", "grad mode: False became True"),
    "replay raises": lambda run: run.applied.__setitem__(0, "RuntimeError: no"),
    "replay": lambda run: run.applied[0][1].__setitem__(0, b"other"),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("change", CHANGES)
def test_nothing_that_a_rule_asks_for_is_overlooked(change, target, monkeypatch):
    agrees = FunctionalizeSession.agrees

    def changed(session, run):
        CHANGES[change](run)
        return agrees(session, run)

    monkeypatch.setattr(FunctionalizeSession, "agrees", changed)
    subject = subject_for(TEXTS[0])
    observation = seen(subject, target)
    assert not observation.agreed
    assert not holds(subject, target, observation)

"""Each clause of crossref holds on what torch does, and fails on a doctored observation, and no other one with it."""

import warnings
from dataclasses import replace

import msgspec
import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_reference.replacements.crossref.metadata import Mismatch
from viewproof_reference.replacements.crossref.verdict import CONTENT, ExceptionText, Finding, Verdict
from viewproof_suites.crossref.answers import Statement

RULES = {name: rule for name, rule in all_rules().items() if name.startswith("crossref.")}
CASE = "aten.slice.Tensor(complex64[3,4]:[5,1]+2@40~conj, 1, 1, 3)"
TORCHS, OURS = "crossref-views", "viewproof-crossref-views"
OPERATOR, CALL = "aten.slice.Tensor", "aten.slice.Tensor(..., 1, 1, 3)"


def seen(target, text=CASE):
    case = parse_case(text)
    subject = subject_of(case, expect(case))
    rules = [rule for rule in RULES.values() if rule.applies(subject.traits, target)]
    with warnings.catch_warnings(action="ignore"), find_target(target).open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset({"answers"}))
        session.flush()
    return subject, observation, rules


def differing(fact, fake="(2,)", functional="(3,)"):
    return {"findings": (Finding(OPERATOR, CALL, Verdict((Mismatch(fact, "", fake, functional),), None)),)}


#: Clause -> the target it is shown on, the answers that break it alone, and the shape of the difference.
PROVED = {
    "crossref.agrees": (TORCHS, {"said": ((Statement(), Statement("stride")),)}, "stride for nothing"),
    "crossref.quiet": (TORCHS, {"alarm": "stride: strides (1,) != (2,)"}, "alarm: stride"),
    "crossref.run": (
        OURS,
        {"findings": (Finding(OPERATOR, CALL, Verdict((), None, ExceptionText(("TypeError", "Exception"), "no"))),)},
        "fake raises TypeError",
    ),
    "crossref.structure": (OURS, differing("structure", "list(tensor)", "tuple(tensor)"), "structure differs"),
    "crossref.size": (OURS, differing("size"), "size differs"),
    "crossref.dtype": (OURS, differing("dtype"), "dtype differs"),
    "crossref.stride": (OURS, differing("stride"), "stride differs"),
    "crossref.stride-exact": (OURS, differing("stride-exact"), "stride-exact differs"),
    "crossref.offset": (OURS, differing("offset", "0", "1"), "offset differs"),
    "crossref.sharing": (OURS, differing("sharing", "input 0", "nothing"), "sharing differs"),
    "crossref.flags": (OURS, differing("conj", "True", "False"), "conj differs"),
    "crossref.state": (TORCHS, {"state": "dispatch modes: 0 became 1"}, "state: dispatch modes"),
}
MORE = [
    ("crossref.agrees", TORCHS, {"said": ((Statement("size", CALL, 0), Statement("size", CALL, 1)),)}, "size for size"),
    ("crossref.run", OURS, {"findings": (Finding(OPERATOR, CALL, CONTENT, ExceptionText(("IndexError",), "no")),)},
     "functionalized raises IndexError"),
    ("crossref.run", OURS, {"raised": "RuntimeError: no"}, "the call raises"),
    ("crossref.structure", OURS, differing("kind", "Tensor", "NoneType"), "kind differs"),
    ("crossref.structure", OURS, differing("layout", "torch.strided", "torch.sparse_coo"), "layout differs"),
    ("crossref.flags", OURS, differing("neg", "True", "False"), "neg differs"),
    ("crossref.flags", OURS, differing("grad", "True", "False"), "grad differs"),
    ("crossref.state", OURS, {"state": "handlers left: 0 became 3"}, "state: handlers left"),
]  # fmt: skip


@pytest.fixture(scope="module")
def looked():
    return {target: seen(target) for target in (TORCHS, OURS)}


def test_torch_conforms(looked):
    for subject, observation, rules in looked.values():
        assert observation.answers.checked == 1
        assert [rule.name for rule in rules if rule.check(subject, observation)] == []
    assert {rule.name for _, _, rules in looked.values() for rule in rules} == set(RULES)


@pytest.mark.parametrize(
    ("name", "target", "answers", "shape"), [*((name, *row) for name, row in PROVED.items()), *MORE]
)
def test_a_clause_fails_on_what_it_is_about_and_no_other(looked, name, target, answers, shape):
    subject, observation, rules = looked[target]
    doctored = replace(observation, answers=msgspec.structs.replace(observation.answers, **answers))
    found = {rule.name: difference for rule in rules if (difference := rule.check(subject, doctored)) is not None}
    assert list(found) == [name]
    assert found[name].shape == shape
    assert found[name].expected != found[name].observed


def test_a_refused_call_is_no_subject():
    case = parse_case("aten.select.int(float32[3], 0, 3)")
    traits = subject_of(case, expect(case)).traits
    assert not any(rule.applies(traits, target) for rule in RULES.values() for target in (TORCHS, OURS))

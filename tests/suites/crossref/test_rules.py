"""Each clause of crossref holds on what torch does, and fails on doctored evidence, and no other one with it."""

import warnings

import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.engine.planner import planner_of
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_reference.replacements.crossref.metadata import LENIENCY, Mismatch
from viewproof_reference.replacements.crossref.verdict import CONTENT, ExceptionText, Finding, Verdict
from viewproof_suites.crossref.evidence import Statement, Told

RULES = tuple(name for name in all_rules() if name.startswith("crossref."))
CASE = "aten.slice.Tensor(complex64[3,4]:[5,1]+2@40~conj, 1, 1, 3)"
TORCHS, OURS = "crossref-views", "viewproof-crossref-views"
TARGETS = (TORCHS, OURS, "viewproof-crossref-copies")
OPERATOR, CALL = "aten.slice.Tensor", "aten.slice.Tensor(..., 1, 1, 3)"
STATE = "crossref-state"


def seen(target, text=CASE):
    """The rules that a target owes of a case, what is expected, and what it shows."""
    case = parse_case(text)
    subject = subject_of(case, expect(case))
    rules = planner_of(RULES).rules_for(subject.traits, find_target(target))
    with warnings.catch_warnings(action="ignore"), find_target(target).open("cpu", case.operator) as session:
        (evidence,) = session.observe([(subject, rules.names)])
    return rules, rules.expected(subject, "cpu"), evidence


def failing(rules, expected, evidence):
    """The rules that fail, with how."""
    found = {
        rule.name: rule.check(expected[rules.places[rule.probe]], evidence[rules.places[rule.probe]])
        for rule in rules.rules
    }
    return {name: difference for name, difference in found.items() if difference is not None}


def doctored(evidence, changes):
    """Evidence with fields of what is said changed, or the state."""
    shown, state = evidence
    if "state" in changes:
        return shown, changes["state"]
    return shown._replace(**changes), state


def differing(fact, fake="(2,)", functional="(3,)"):
    return {"findings": (Finding(OPERATOR, CALL, Verdict((Mismatch(fact, "", fake, functional),), None)),)}


#: Clause -> the target it is shown on, the evidence that breaks it alone, and the shape of the difference.
PROVED = {
    "crossref.agrees": (TORCHS, {"told": (Told(Statement(), Statement("stride")),)}, "stride for nothing"),
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
    ("crossref.agrees", TORCHS, {"told": (Told(Statement("size", CALL, 0), Statement("size", CALL, 1)),)},
     "size for size"),
    ("crossref.run", OURS, {"findings": (Finding(OPERATOR, CALL, CONTENT, ExceptionText(("IndexError",), "no")),)},
     "functionalized raises IndexError"),
    ("crossref.run", OURS, {"findings": (Finding(OPERATOR, CALL, CONTENT),)}, "finds nothing"),
    ("crossref.run", OURS, {"raised": "RuntimeError: no"}, "the call raises"),
    ("crossref.structure", OURS, differing("kind", "Tensor", "NoneType"), "kind differs"),
    ("crossref.structure", OURS, differing("layout", "torch.strided", "torch.sparse_coo"), "layout differs"),
    ("crossref.flags", OURS, differing("neg", "True", "False"), "neg differs"),
    ("crossref.flags", OURS, differing("grad", "True", "False"), "grad differs"),
    ("crossref.state", OURS, {"state": "handlers left: 0 became 3"}, "state: handlers left"),
]  # fmt: skip


@pytest.fixture(scope="module")
def looked():
    return {target: seen(target) for target in TARGETS}


def test_torch_conforms(looked):
    for rules, expected, evidence in looked.values():
        assert evidence == expected
        assert evidence[0].checked == 1
        assert failing(rules, expected, evidence) == {}
    assert {rule.name for rules, _, _ in looked.values() for rule in rules.rules} == set(RULES)


@pytest.mark.parametrize(
    ("name", "target", "changes", "shape"), [*((name, *row) for name, row in PROVED.items()), *MORE]
)
def test_a_clause_fails_on_what_it_is_about_and_no_other(looked, name, target, changes, shape):
    rules, expected, evidence = looked[target]
    other = doctored(evidence, changes)
    assert other != expected
    found = failing(rules, expected, other)
    assert list(found) == [name]
    assert found[name].shape == shape
    assert found[name].expected != found[name].observed


@pytest.mark.parametrize("target", TARGETS)
def test_where_no_call_is_checked_no_clause_on_the_check_holds(looked, target):
    rules, expected, evidence = looked[target]
    assert {one.shape for one in failing(rules, expected, doctored(evidence, {"checked": 0})).values()} == {
        "no call is checked"
    }
    owners = {rule.name for rule in rules.rules if rule.probe != STATE}
    assert set(failing(rules, expected, doctored(evidence, {"checked": 0}))) == owners
    # More calls than one are as right.
    assert failing(rules, expected, doctored(evidence, {"checked": 7})) == {}


@pytest.mark.parametrize("fact", sorted({*LENIENCY, "size", "dtype", "stride"} - {"several"}))
def test_every_fact_that_the_reference_compares_is_some_clauses(looked, fact):
    rules, expected, evidence = looked[OURS]
    assert len(failing(rules, expected, doctored(evidence, differing(fact)))) == 1


@pytest.mark.parametrize("target", TARGETS)
def test_what_owes_the_check_no_call_is_unseen(target):
    """`resolve_neg` of a tensor without the bit returns it, and nothing is called that a check stands before."""
    rules, expected, evidence = seen(target, "aten.resolve_neg.default(float32[3])")
    assert evidence[0].checked == 0
    assert evidence == expected
    assert failing(rules, expected, evidence) == {}
    for rule in rules.rules:
        assert (rule.sees is None) is (rule.probe == STATE)
        assert rule.sees is None or not rule.sees(expected[rules.places[rule.probe]])
        seen_there = seen(target)[1][rules.places[rule.probe]]
        assert rule.sees is None or rule.sees(seen_there)


def test_a_refused_call_is_no_subject():
    case = parse_case("aten.select.int(float32[3], 0, 3)")
    traits = subject_of(case, expect(case)).traits
    for target in TARGETS:
        assert planner_of(RULES).rules_for(traits, find_target(target)).rules == ()

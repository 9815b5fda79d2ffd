"""Each functional clause fails on what it is about, and on nothing else; equal evidence breaks none."""

import warnings

import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import own_rules
from viewproof.engine.planner import planner_of
from viewproof.evidence.expectation import expect
from viewproof.evidence.probe import Raised
from viewproof.evidence.subject import subject_of
from viewproof_suites.functionalization.evidence import CopyFacts, ProgramRun, Replayed, ViewFacts
from viewproof_suites.functionalization.rules import RULES
from viewproof_suites.functionalization.targets.functionalize import FUNCTIONALIZE, FUNCTIONALIZE_COPIES
from viewproof_suites.functionalization.targets.graph import FUNCTIONALIZE_GRAPH
from viewproof_suites.functionalization.targets.mode import FUNCTIONAL_MODE

CASE = "aten.slice.Tensor(float32[3,4]:[5,1]+2@40, 1, 1, 3)"
EMPTY = "aten.slice.Tensor(float32[3,4], 1, 3, 3)"
TARGETS = {one.name: one for one in (FUNCTIONALIZE, FUNCTIONALIZE_COPIES, FUNCTIONAL_MODE, FUNCTIONALIZE_GRAPH)}
DTYPES = ("bool", "uint16", "float8_e4m3fn", "complex32", "bfloat16", "int64")
NAMES = tuple([rule.name for rule in RULES])


def asked(text, target):
    """A case's subject, the rules that apply on a target, and the evidence that is expected there."""
    case = parse_case(text)
    found = TARGETS[target]
    subject = subject_of(case, expect(case))
    rules = planner_of(NAMES).rules_for(subject.traits, found)
    return subject, rules, rules.expected(subject, "cpu")


def seen(text, target):
    """The rules that apply to a case on a target, the evidence expected, and what the target shows on the CPU."""
    subject, rules, expected = asked(text, target)
    with warnings.catch_warnings(action="ignore"), TARGETS[target].open("cpu", subject.case.operator) as session:
        (evidence,) = session.observe([(subject, rules.names)])
    return rules, expected, evidence


def failing(rules, expected, observed):
    """The names of the rules that the evidence breaks."""
    place = rules.places
    return {
        rule.name
        for rule in rules.rules
        if rule.check(expected[place[rule.probe]], observed[place[rule.probe]]) is not None
    }


def doctored(rules, evidence, probe, change):
    """The evidence with one probe's data changed by a function of the old."""
    found = [*evidence]
    found[rules.places[probe]] = change(found[rules.places[probe]])
    return tuple(found)


def flipped(content):
    return bytes([content[0] ^ 1]) + content[1:]


def other_attribute(sequences):
    name, attributes = sequences[0][-1]
    return (((name, (*attributes[:-1], 7)),),)


def facts_with(**changes):
    return lambda facts: (ViewFacts(*facts[0])._replace(**changes), *facts[1:])


def replay_with(**changes):
    return lambda replays: (Replayed(*replays[0])._replace(**changes), *replays[1:])


def run_with(name, change):
    return lambda run: run._replace(**{name: change(getattr(run, name))})


def view_of(place, change):
    return run_with("views", lambda views: (*views[:place], change(views[place]), *views[place + 1 :]))


#: A probe, a change of its data, the one rule that owns what is changed, and how the difference is called.
CHANGES = [
    ("program", view_of(0, flipped), "functional.values", "a view reads other values after the views were written"),
    ("program", view_of(1, flipped), "functional.values", "a view reads other values after the base was written"),
    ("program", view_of(0, lambda _: "a sparse_coo tensor"), "functional.values",
     "a view reads other values after the views were written"),
    ("program", run_with("views", lambda views: (views[0], views[0])), "functional.values",
     "a view does not follow its base"),
    ("program", run_with("views", lambda _: ()), "functional.values", "number of outputs differs"),
    ("program", run_with("views", lambda views: views * 2), "functional.values", "number of outputs differs"),
    ("program", run_with("base", flipped), "functional.base", "the base holds other values"),
    ("program", run_with("base", lambda content: content[:4]), "functional.base", "the base holds other values"),
    ("program", run_with("base", lambda _: "NoneType, no tensor"), "functional.base", "the base holds other values"),
    ("program", run_with("storage", flipped), "functional.input", "the input holds other bytes"),
    ("program", run_with("storage", lambda content: content + b"\0"), "functional.input",
     "the input's storage was resized"),
    ("program", run_with("state", lambda _: "dispatch modes: 0 became 1"), "functional.state",
     "the thread's state changed"),
    *[
        ("program-views", facts_with(**{name: value}), "functional.layout", f"{name} differs")
        for name, value in {"size": (3, 1), "stride": (9, 9), "offset": 0, "dtype": "int32", "device": "meta",
                            "conj": True, "neg": True}.items()
    ],
    ("program-views", lambda facts: (*facts, facts[0]), "functional.layout", "number of outputs differs"),
    ("program-views", lambda _: (), "functional.layout", "number of outputs differs"),
    ("steps", other_attribute, "functional.sequence", "attributes differ"),
    ("steps", lambda found: ((*found[0], ("detach", ())),), "functional.sequence", "steps slice_Tensor+detach"),
    ("steps", lambda _: ((),), "functional.sequence", "steps none"),
    ("steps", lambda _: (), "functional.sequence", "number of outputs differs"),
    ("steps", lambda _: ((("slice_Tensor", ("freed memory",)),),), "functional.sequence",
     "attributes are freed memory"),
    ("steps-applied", replay_with(elements=bytes(24)), "functional.sequence-applied", "the replayed view differs"),
    ("steps-applied", replay_with(elements="elements beyond their storage"), "functional.sequence-applied",
     "the replayed view differs"),
    ("steps-applied", lambda found: ((ViewFacts(*found[0][0])._replace(stride=(1, 1)), found[0][1]),),
     "functional.sequence-applied", "stride differs"),
    ("steps-applied", lambda _: (("RuntimeError", "no"),), "functional.sequence-applied", "raises RuntimeError"),
    ("steps-applied", lambda _: (None,), "functional.sequence-applied", "steps none"),
    ("steps-applied", lambda _: (), "functional.sequence-applied", "number of outputs differs"),
]  # fmt: skip
PROVED = tuple(dict.fromkeys(name for _, _, name, _ in CHANGES))
#: Proved by the graphs below.
ALSO_PROVED = ("functional.graph",)


@pytest.mark.parametrize(("probe", "change", "owner", "shape"), CHANGES)
def test_what_is_changed_fails_its_owner_alone(probe, change, owner, shape):
    rules, expected, observed = seen(CASE, "functionalize")
    assert observed == expected
    changed = doctored(rules, observed, probe, change)
    assert changed != expected
    assert failing(rules, expected, changed) == {owner}
    rule = own_rules()[owner]
    place = rules.places[probe]
    assert rule.check(expected[place], changed[place]).shape == shape


def test_each_field_of_each_probe_has_an_owner():
    """The changes above reach every field of what a program shows, and every rule."""
    rules, expected, _ = seen(CASE, "functionalize")
    place = rules.places
    run, facts = expected[place["program"]], expected[place["program-views"]][0]
    reached = set()
    for probe, change, _, _ in CHANGES:
        if probe == "program":
            after = change(run)
            reached |= {name for name in ProgramRun._fields if getattr(after, name) != getattr(run, name)}
        elif probe == "program-views" and (after := change((facts,))):
            reached |= {name for name in ViewFacts._fields if getattr(after[0], name) != getattr(facts, name)}
    assert reached == {*ProgramRun._fields, *ViewFacts._fields}
    assert {owner for _, _, owner, _ in CHANGES} | {"functional.graph"} == set(NAMES)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "text", [CASE, EMPTY, "aten.split.Tensor(float16[5,2], 2)", "aten.contiguous.default(int8[2])"]
)
def test_a_rule_holds_on_equal_evidence(text, target):
    _, rules, expected = asked(text, target)
    assert failing(rules, expected, expected) == set()


def test_what_a_rule_sees_is_said_by_what_is_expected():
    _, rules, expected = asked(CASE, "functionalize")
    assert all(rule.sees(expected[rules.places[rule.probe]]) for rule in rules.seeing)
    _, rules, expected = asked("aten.slice.Tensor(float32[0,4], 1, 1, 3)", "functionalize")
    unseen = {rule.name for rule in rules.seeing if not rule.sees(expected[rules.places[rule.probe]])}
    assert unseen == {"functional.values", "functional.base", "functional.input"}
    _, rules, expected = asked("aten.reshape.default(float32[2,3]:[1,2], [6])", "functionalize")
    unseen = {rule.name for rule in rules.seeing if not rule.sees(expected[rules.places[rule.probe]])}
    assert unseen == {"functional.sequence-applied"}


def test_what_is_not_given_is_a_failure_also_where_nothing_is_seen():
    rules, expected, observed = seen(EMPTY, "functionalize")
    assert observed == expected
    changed = doctored(rules, observed, "program", run_with("views", lambda _: ()))
    assert failing(rules, expected, changed) == {"functional.values"}


def test_strides_are_nobodys_business_where_views_are_copies():
    rules, expected, observed = seen(CASE, "functionalize-copies")
    assert observed == expected
    assert expected[rules.places["program-views"]] == (CopyFacts((3, 2), "float32", "cpu"),)
    changed = doctored(rules, observed, "program-views", lambda facts: (CopyFacts((3, 2), "int32", "cpu"),))
    assert failing(rules, expected, changed) == {"functional.layout"}


def test_what_is_left_in_a_graph_is_named():
    rules, expected, observed = seen(CASE, "functionalize-graph")
    assert observed == expected
    left = ("mutation: aten.add_.Tensor", "view: aten.t.default")
    changed = doctored(rules, observed, "program-graph", lambda _: left)
    assert failing(rules, expected, changed) == {"functional.graph"}
    assert own_rules()["functional.graph"].check((), left).shape == "mutation left: aten.add_.Tensor"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "text",
    [
        *(f"aten.transpose.int({dtype}[3,4]:[5,1]+2@40, 0, 1)" for dtype in DTYPES),
        "aten.unbind.int(float64[3,2]:[1,3], 0)",
        "aten.squeeze_.dim(int32[1,3], 0)",
        "aten.select.int(complex64[2,2]~conj, 0, 1)",
        "aten.view.dtype(int16[2,2], bool)",
        "aten.select.int(float32[3,2]:[0,1], 0, 1)",
        "aten.contiguous.default(float32[3,4]:[1,3])",
    ],
)
def test_true_programs_pass(text, target):
    rules, expected, observed = seen(text, target)
    assert type(observed) is not Raised
    allowed = {"functional.sequence"} if target == "functional-mode" and "dtype" in text else set()
    assert failing(rules, expected, observed) == allowed
    assert (observed == expected) is not bool(allowed)


def test_a_target_gets_the_rules_that_its_probes_allow():
    everywhere = {"functional.values", "functional.base", "functional.input", "functional.state"}
    recorded = {*everywhere, "functional.layout", "functional.sequence"}
    owed = {name: {rule.name for rule in asked(CASE, name)[1].rules} for name in TARGETS}
    assert owed == {
        "functionalize": {*recorded, "functional.sequence-applied"},
        "functionalize-copies": {*recorded, "functional.sequence-applied"},
        "functional-mode": recorded,
        "functionalize-graph": {*everywhere, "functional.graph"},
    }

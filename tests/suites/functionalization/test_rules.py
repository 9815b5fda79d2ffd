"""Each functional clause fails on what it is about, and on nothing else."""

import warnings
from dataclasses import replace

import msgspec
import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import own_rules
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_suites.functionalization import rules as functional
from viewproof_suites.functionalization.targets.functionalize import (
    FUNCTIONALIZE,
    FUNCTIONALIZE_COPIES,
    FunctionalizeSession,
)
from viewproof_suites.functionalization.targets.graph import FUNCTIONALIZE_GRAPH
from viewproof_suites.functionalization.targets.mode import FUNCTIONAL_MODE

CASE = "aten.slice.Tensor(float32[3,4]:[5,1]+2@40, 1, 1, 3)"
TARGETS = {one.name: one for one in (FUNCTIONALIZE, FUNCTIONALIZE_COPIES, FUNCTIONAL_MODE, FUNCTIONALIZE_GRAPH)}
DTYPES = ("bool", "uint16", "float8_e4m3fn", "complex32", "bfloat16", "int64")


@pytest.fixture(autouse=True)
def _looks_whole(monkeypatch):
    """What conforms is otherwise seen at a glance, and nothing is noted of it (see test_program_glance.py)."""
    monkeypatch.setattr(FunctionalizeSession, "agrees", lambda *_: False)


def seen(text, target):
    """A case's subject, what the target shows of it on the CPU, and the functional rules that apply."""
    case = parse_case(text)
    found = TARGETS[target]
    subject = subject_of(case, expect(case))
    some = [rule for name, rule in own_rules().items() if name.startswith("functional.")]
    rules = [rule for rule in some if rule.applies(subject.traits, target)]
    with warnings.catch_warnings(action="ignore"), found.open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset(rule.probe for rule in rules))
        session.flush()
    return subject, observation, rules


def failing(subject, observation, rules):
    return {rule.name for rule in rules if rule.check(subject, observation) is not None}


def doctored(observation, **changes):
    """The observation with some answers changed, each by a function of the old one."""
    answers = observation.answers
    changed = {name: change(getattr(answers, name)) for name, change in changes.items()}
    return replace(observation, answers=msgspec.structs.replace(answers, **changed))


def flipped(content):
    return bytes([content[0] ^ 1]) + content[1:]


def other_attribute(sequences):
    name, attributes = sequences[0][-1]
    return (((name, (*attributes[:-1], 7)),),)


#: Clause -> how to break it and no other clause.
#: Proved by graphs of their own, below.
ALSO_PROVED = ("functional.graph",)
PROVED = {
    "functional.values": {"reads": lambda reads: (reads[0], flipped(reads[1]), reads[2])},
    "functional.base": {"reads": lambda reads: (flipped(reads[0]), *reads[1:])},
    "functional.input": {"storage": flipped},
    "functional.layout": {"facts": lambda facts: [facts[0]._replace(offset=0)]},
    "functional.sequence": {"sequences": other_attribute},
    "functional.sequence-applied": {"applied": lambda applied: [(applied[0][0], [flipped(applied[0][1][0])])]},
    "functional.state": {"state": lambda _: "dispatch modes: 0 became 1"},
}
MORE = [
    ("functional.values", {"reads": lambda reads: (reads[0], reads[1], reads[1])}, "a view does not follow its base"),
    ("functional.values", {"reads": lambda reads: reads[:1]}, "number of outputs differs"),
    ("functional.input", {"storage": lambda content: content + b"\0"}, "the input's storage was resized"),
    ("functional.layout", {"facts": lambda facts: [facts[0]._replace(size=(3, 1))]}, "size differs"),
    ("functional.layout", {"facts": lambda facts: [*facts, facts[0]]}, "number of outputs differs"),
    ("functional.sequence", {"sequences": lambda found: ((*found[0], ("detach", ())),)}, "steps slice_Tensor+detach"),
    ("functional.sequence", {"sequences": lambda _: ((),)}, "steps none"),
    (
        "functional.sequence",
        {"sequences": lambda _: ((("slice_Tensor", ("freed memory",)),),)},
        "attributes are freed memory",
    ),
    ("functional.sequence-applied", {"applied": lambda _: ["RuntimeError: no"]}, "raises RuntimeError"),
    (
        "functional.sequence-applied",
        {"applied": lambda applied: [(applied[0][0]._replace(stride=(1, 1)), applied[0][1])]},
        "stride differs",
    ),
]


@pytest.mark.parametrize("name", PROVED)
def test_the_clause_fails_alone(name):
    subject, observation, rules = seen(CASE, "functionalize")
    assert failing(subject, observation, rules) == set()
    assert failing(subject, doctored(observation, **PROVED[name]), rules) == {name}


@pytest.mark.parametrize(("name", "change", "shape"), MORE)
def test_the_difference_has_its_own_shape(name, change, shape):
    subject, observation, _ = seen(CASE, "functionalize")
    difference = own_rules()[name].check(subject, doctored(observation, **change))
    assert difference is not None
    assert difference.shape == shape


def test_strides_are_nobodys_business_where_views_are_copies():
    subject, observation, rules = seen(CASE, "functionalize-copies")
    changed = doctored(observation, facts=lambda facts: [facts[0]._replace(stride=(9, 9), offset=9)])
    assert failing(subject, changed, rules) == set()
    changed = doctored(observation, facts=lambda facts: [facts[0]._replace(dtype="int32")])
    assert failing(subject, changed, rules) == {"functional.layout"}


def test_what_is_left_in_a_graph_is_named():
    subject, observation, rules = seen(CASE, "functionalize-graph")
    assert failing(subject, observation, rules) == set()
    changed = doctored(observation, left=lambda _: ["mutation: aten.add_.Tensor", "view: aten.t.default"])
    assert failing(subject, changed, rules) == {"functional.graph"}
    assert functional.graph(subject, changed).shape == "mutation left: aten.add_.Tensor"


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
    subject, observation, rules = seen(text, target)
    assert observation.error is None
    allowed = {"functional.sequence"} if target == "functional-mode" and "dtype" in text else set()
    assert failing(subject, observation, rules) == allowed


def test_every_functional_clause_is_proved():
    assert {name for name in own_rules() if name.startswith("functional.")} == {*PROVED, *ALSO_PROVED}

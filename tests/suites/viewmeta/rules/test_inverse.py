"""The inverse clauses fail on what they are about, and on nothing else; true inverses pass, torch's faults do not."""

import warnings

import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import own_rules
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_reference.inverses import ReturnMode, Sharing
from viewproof_suites.viewmeta.rules.inverse import expected_base
from viewproof_suites.viewmeta.targets.inverse import INVERSE, INVERSE_COPY, INVERSE_SCATTER

CASE = "aten.transpose.int(float32[3,4]:[5,1]+2@40, 0, 1)"
TARGETS = {target.name: target for target in (INVERSE, INVERSE_SCATTER, INVERSE_COPY)}


def seen(text, target="inverse"):
    """A case's subject, what the target shows of it on the CPU, and the inverse rules that apply."""
    case = parse_case(text)
    subject = subject_of(case, expect(case))
    rules = [
        rule
        for rule in own_rules().values()
        if rule.name.startswith("inverse.") and rule.applies(subject.traits, target)
    ]
    with warnings.catch_warnings(action="ignore"), TARGETS[target].open("cpu", case.operator) as session:
        observation = session.observe(subject, frozenset(rule.probe for rule in rules))
        session.flush()
    return subject, observation, rules


def failing(subject, observation, rules):
    assert observation.error is None
    return {rule.name for rule in rules if rule.check(subject, observation) is not None}


def doctor(observation, **changes):
    """Change fields of the first new base: those of its facts by their names, those of the record by theirs."""
    found = observation.answers
    first = found.bases[0]
    facts = {name: value for name, value in changes.items() if name in first.facts._fields}
    record = {name: value for name, value in changes.items() if name not in facts}
    if facts:
        record["facts"] = first.facts._replace(**facts)
    found.bases = (first._replace(**record), *found.bases[1:])


#: Proved by test_another_stride_offset_and_element_are_seen: what is read moves with the strides.
ALSO_PROVED = ("inverse.stride", "inverse.values")
#: Clause -> a change that breaks it and no other clause.
PROVED = [
    ("inverse.exists", {"facts": None, "note": "not a view to autograd"}),
    ("inverse.size", {"size": (4, 3)}),
    ("inverse.size", {"dtype": "int32"}),
    ("inverse.size", {"device": "meta"}),
    ("inverse.flags", {"neg": True}),
    ("inverse.shares", {"shares": False}),
    ("inverse.bounds", {"elsewhere": ((3, 4), (5, 1), 0, "float32", "strided", "cpu", False, False, 48, ())}),
]


@pytest.mark.parametrize(("name", "changes"), PROVED)
def test_the_clause_fails_alone(name, changes):
    subject, observation, rules = seen(CASE)
    assert failing(subject, observation, rules) == set()
    if "elsewhere" in changes:
        changes = {"elsewhere": observation.answers.bases[0].facts._make(changes["elsewhere"])}
    doctor(observation, **changes)
    # Other bits are other values as well; nothing else has two clauses.
    assert failing(subject, observation, rules) - ({"inverse.values"} if "neg" in changes else set()) == {name}


def test_another_stride_offset_and_element_are_seen():
    """On a base of equal bytes a stride is seen by its clause alone; an element by its value alone."""
    for changes, names in (
        ({"stride": (1, 5)}, {"inverse.stride", "inverse.values"}),
        ({"offset": 3}, {"inverse.stride", "inverse.values"}),
        ({"storage": bytes(160)}, {"inverse.values"}),
        ({"storage_bytes": 8}, {"inverse.bounds"}),
    ):
        subject, observation, rules = seen(CASE)
        doctor(observation, **changes)
        assert failing(subject, observation, rules) == names, changes


def test_a_base_beside_the_view_is_judged_too():
    subject, observation, rules = seen("aten.select.int(int64[3,4], 0, 1)", "inverse-copy")
    assert failing(subject, observation, rules) == set()
    cleared = bytearray(observation.answers.bases[0].storage)
    cleared[:8] = bytes(8)
    doctor(observation, storage=bytes(cleared))
    assert failing(subject, observation, rules) == {"inverse.values"}


def test_a_never_view_inverse_that_shares_is_seen():
    subject, observation, rules = seen("aten.transpose.int(int64[3,4], 0, 1)", "inverse-copy")
    assert failing(subject, observation, rules) == set()
    doctor(observation, shares=True)
    assert failing(subject, observation, rules) == {"inverse.shares"}


def test_an_observation_without_an_answer_has_no_inverse():
    subject, observation, rules = seen(CASE)
    observation.answers = None
    assert failing(subject, observation, rules) == {"inverse.exists"}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "text",
    [
        "aten.select.int(bool[3,4], 1, -1)",
        "aten.split.Tensor(float16[5,2], 2)",
        "aten.unbind.int(complex64[2,3]~conj, 0)",
        "aten.diagonal.default(int64[3,3], 1)",
        "aten.view.default(int32[2,4], [8])",
        "aten.view_as_real.default(complex128[2,2])",
        "aten.slice.Tensor(float64[6]~grad, 0, 1, 6, 2)",
        "aten.squeeze.dim(uint8[2,1,3], 1)",
        "aten.as_strided.default(int64[2,3], [2], [2], 1)",
        "aten.imag.default(complex64[3]~conj)",
        "aten.t.default(float8_e5m2[2,0])",
    ],
)
def test_true_inverses_pass(text, target):
    subject, observation, rules = seen(text, target)
    assert {rule.name for rule in rules} >= {"inverse.exists", "inverse.size", "inverse.bounds", "inverse.values"}
    assert failing(subject, observation, rules) == set()
    assert observation.answers.bases


@pytest.mark.parametrize("target", ["inverse-scatter", "inverse-copy"])
def test_a_change_of_dtype_is_undone(target):
    subject, observation, rules = seen("aten.view.dtype(int32[2,4], int16)", target)
    assert failing(subject, observation, rules) == set()
    assert observation.answers.bases[0].facts.dtype == "int32"


def test_an_inverse_leads_to_what_the_operand_is_a_view_of():
    subject, observation, rules = seen("aten.select.int(float32[2,3]:[4,1]+1@9~view, 0, 1)")
    assert failing(subject, observation, rules) == set()
    first = observation.answers.bases[0]
    wanted = expected_base(subject, ReturnMode.ALWAYS_VIEW, first)
    assert (tuple(first.facts.size), wanted.layout.size, wanted.shares) == ((9,), (9,), Sharing.VIEW)


@pytest.mark.parametrize(
    ("text", "target", "name"),
    [
        # base + sum(mutated - base): each of the three elements on one place adds what it gained.
        ("aten.expand.default(int64[2,1], [2,3])", "inverse-scatter", "inverse.values"),
        ("aten.expand.default(int64[2,1], [2,3])", "inverse-copy", "inverse.values"),
        # The backward formula of unfold: what no window holds is zero.
        ("aten.unfold.default(int64[5], 0, 2, 2)", "inverse-copy", "inverse.values"),
        # The scatter works on a copy of the base in which no two elements share a place.
        ("aten.select.int(int64[3,2]:[0,1], 0, 1)", "inverse-scatter", "inverse.values"),
        ("aten.detach.default(int64[2])", "inverse-copy", "inverse.shares"),
        # No bounds are looked at.
        ("aten._reshape_alias.default(int64[4], [], [])", "inverse-scatter", "inverse.bounds"),
        ("aten.reshape.default(int64[2]:[2]@4, [2])", "inverse", "inverse.bounds"),
    ],
)
def test_faults_of_torch_2_13_are_found(text, target, name):
    """Faults of torch itself, known ones: where one is mended, its known issue goes with it."""
    assert name in failing(*seen(text, target))


def test_rules_ask_of_each_target_what_it_owes():
    names = {target: {rule.name for rule in seen(CASE, target)[2]} for target in TARGETS}
    assert names["inverse"] - names["inverse-scatter"] == {"inverse.flags", "inverse.shares"}
    assert names["inverse"] - names["inverse-copy"] == {"inverse.stride", "inverse.flags"}


def test_a_view_that_autograd_severs_has_no_reverse_of_autograds():
    assert seen("aten.detach.default(float32[3])")[2] == []
    assert seen("aten.detach.default(float32[3])", "inverse-copy")[2]

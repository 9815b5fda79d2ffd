"""Each law of the table holds on what a right table shows, and fails where that is changed in one place."""

import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules, find_target
from viewproof.engine.planner import Planner
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import subject_of
from viewproof_reference.tables import OPERATIONS, OWN, beginning, situation
from viewproof_reference.tables.operations import BY_TEXT
from viewproof_suites.decomp_table.cases import HistoryCase
from viewproof_suites.decomp_table.evidence import (
    Aside,
    Law,
    Made,
    Outcome,
    Unchanged,
    expected_aside,
    expected_entries,
    expected_made,
    expected_step,
)

RULES = {name: rule for name, rule in all_rules().items() if name.startswith("table.")}
#: Rule -> a history to which it applies; each is proved by changing what a right table shows of it.
PROVED = {
    "table.lookup": "history(load; late in t)",
    "table.iteration": "history(t.values())",
    "table.equality": "history(t == same)",
    "table.conversion": "history(repr(t))",
    "table.merge": "history(t |= {absent: mine})",
    "table.assignment": "history(del t[early]; t.update({early: mine}))",
    "table.removal": "history(t.popitem())",
    "table.deletion": "history(del t[late])",
    "table.loading": "history(del t[late]; load)",
    "table.materialization": "history(del t[early]; t.materialize())",
    "table.copy": "history(t = t.copy())",
}
#: Proved by tests of their own: what is not the last operation's.
ALSO_PROVED = ("table.contents", "table.creation", "table.independence")


def subject_for(text):
    case = parse_case(text)
    return subject_of(case, expect(case))


def owed(subject, target="torch-table"):
    """The laws that the target owes on the subject."""
    return [rule.name for rule in Planner(tuple(RULES)).rules_for(subject.traits, find_target(target)).rules]


def right(subject):
    """What a right table shows of the history's last operation."""
    before, operation = situation(subject.case.operations[:-1]), subject.case.operations[-1]
    held = beginning(range(3))
    if "late" in before.loaded:
        held["late"] = OWN
    held = {key: word for key, word in held.items() if key not in before.deleted}
    found = Law(operation, before).wanted(Outcome(held, None, {}, None))
    return Outcome(held, found.result, found.after, dict(held) if OPERATIONS[operation.word].copies else None)


@pytest.mark.parametrize("name", PROVED)
def test_a_law_fails_where_one_thing_is_changed(name):
    """Each field of an outcome is the law's: what is allowed is equal to it, all else is not."""
    rule, subject = RULES[name], subject_for(PROVED[name])
    seen, law = right(subject), expected_step(subject, "cpu")
    assert name in owed(subject)
    assert rule.check(law, seen) is None
    assert seen == law
    wrong = [
        seen._replace(result="another"),
        seen._replace(after=seen.after | {"preserved": OWN}),
        seen._replace(before={key: word for key, word in seen.before.items() if key != 1}),
        seen._replace(copied=seen.before | {"late": OWN, "absent": OWN}),
    ]
    for doctored in wrong:
        found = rule.check(law, doctored)
        assert found is not None, doctored
        assert doctored != law
        assert found.shape == "differs"
        assert found.expected != found.observed


@pytest.mark.parametrize("name", PROVED)
def test_one_law_is_about_an_operation(name):
    assert owed(subject_for(PROVED[name])) == [name]


def test_every_rule_is_proved():
    assert {*PROVED, *ALSO_PROVED} == set(RULES)


def test_every_operation_has_its_law():
    for operation in BY_TEXT.values():
        laws = owed(subject_of(HistoryCase((operation,)), expect(HistoryCase((operation,)))))
        assert [law for law in laws if law in PROVED], operation


def test_a_copied_table_that_changes_breaks_the_law_of_copies():
    subject = subject_for(PROVED["table.copy"])
    seen, law = right(subject), expected_step(subject, "cpu")
    for copied in (None, seen.before | {"late": OWN}):
        found = RULES["table.copy"].check(law, seen._replace(copied=copied))
        assert found is not None
        assert found.expected.startswith("the copied table")


def test_a_table_begins_with_all_that_it_should():
    subject, check = subject_for("history()"), RULES["table.creation"].check
    law = expected_made(subject, "cpu")
    assert owed(subject) == ["table.creation"]
    whole = Made(beginning(range(3)), 3)
    assert check(law, whole) is None
    assert whole == law
    lacks = {key: word for key, word in beginning(range(3)).items() if key != 1}
    wrong = [whole._replace(after=one) for one in (
        lacks, beginning(range(4)), beginning(range(3)) | {"composite": "another"}
    )]  # fmt: skip
    for doctored in (*wrong, whole._replace(others=4)):
        assert check(law, doctored) is not None
        assert doctored != law


def test_a_table_set_aside_holds_what_it_held():
    subject = subject_for("history(t = copy(t); t[aten] = mine)")
    check, law, held = RULES["table.independence"].check, expected_aside(subject, "cpu"), beginning()
    assert "table.independence" in owed(subject)
    assert law.count == 1
    seen = Aside((held,), (dict(held),))
    assert seen == law
    assert check(law, seen) is None
    for doctored in (
        Aside((held,), (held | {"aten": "mine"},)),
        Aside((held,), ()),
        Aside((), ()),
    ):
        assert check(law, doctored) is not None, "also where no copy was made: the history says that one is"
        assert doctored != law
    assert check(Unchanged(0), Aside((), ())) is None


def test_an_operator_too_few_or_too_many_is_named():
    subject, rule = subject_for("entries(composite)"), RULES["table.contents"]
    wanted = expected_entries(subject, "cpu")
    assert owed(subject) == ["table.contents"]
    assert rule.check(wanted, frozenset(wanted)) is None
    lacking = rule.check(wanted, wanted - {"aten.linear.default"})
    added = rule.check(wanted, wanted | {"aten.reshape.default"})
    assert "lacks aten.linear.default" in lacking.observed
    assert "has aten.reshape.default" in added.observed
    assert f"and {len(wanted) - 6} more" in rule.check(wanted, frozenset()).observed

"""Each law of the table holds on what a right table shows, and fails where that is changed in one place."""

from dataclasses import replace

import msgspec
import pytest

from viewproof.cases import parse_case
from viewproof.contract.installed import all_rules
from viewproof.evidence.expectation import expect
from viewproof.evidence.observation import Observation
from viewproof.evidence.subject import subject_of
from viewproof_reference.tables import OPERATIONS, OWN, beginning, step
from viewproof_suites.decomp_table.answers import EntriesAnswers, StepAnswers, TableAnswers

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


def right(subject):
    """What a right table shows of the history."""
    situation, operation = subject.expectation.answers.situation, subject.case.operations[-1]
    held = beginning(range(3))
    if "late" in situation.loaded:
        held["late"] = OWN
    held = {key: word for key, word in held.items() if key not in situation.deleted}
    found = step(held, situation, operation)
    aside = [held] if OPERATIONS[operation.word].copies else []
    return Observation([], answers=StepAnswers(
        before=held, result=found.result, after=found.after, aside_before=[], aside_after=aside, others=3
    ))  # fmt: skip


def doctored(seen, **changes):
    return replace(seen, answers=msgspec.structs.replace(seen.answers, **changes))


@pytest.mark.parametrize("name", PROVED)
def test_a_law_fails_where_one_thing_is_changed(name):
    rule, subject = all_rules()[name], subject_for(PROVED[name])
    seen = right(subject)
    assert rule.applies(subject.traits, "torch-table")
    assert rule.check(subject, seen) is None
    changed = doctored(seen, after=seen.answers.after | {"preserved": OWN})
    for wrong in (doctored(seen, result="another"), changed):
        found = rule.check(subject, wrong)
        assert found is not None
        assert found.shape == "differs"
        assert found.expected != found.observed


@pytest.mark.parametrize("name", PROVED)
def test_one_law_is_about_an_operation(name):
    traits = subject_for(PROVED[name]).traits
    laws = [rule.name for rule in all_rules().values() if rule.applies(traits, "torch-table")]
    assert [law for law in laws if law.startswith("table.")] == [name]


def test_every_operation_has_its_law():
    for word in OPERATIONS:
        traits = replace(subject_for("history()").traits, operator=f"history.{word}")
        laws = [rule.name for rule in all_rules().values() if rule.applies(traits, "torch-table")]
        assert [law for law in laws if law in PROVED], word


def test_a_copied_table_that_changes_breaks_the_law_of_copies():
    subject = subject_for(PROVED["table.copy"])
    seen = right(subject)
    check = all_rules()["table.copy"].check
    for aside in ([], [seen.answers.before | {"late": OWN}]):
        found = check(subject, doctored(seen, aside_after=aside))
        assert found is not None
        assert found.expected.startswith("the copied table")


def test_a_table_begins_with_all_that_it_should():
    subject, check = subject_for("history()"), all_rules()["table.creation"].check
    whole = Observation([], answers=TableAnswers(after=beginning(range(3)), others=3))
    assert check(subject, whole) is None
    lacks = {key: word for key, word in beginning(range(3)).items() if key != 1}
    for wrong in (lacks, beginning(range(4)), beginning(range(3)) | {"composite": "another"}):
        assert check(subject, doctored(whole, after=wrong)) is not None


def test_a_table_set_aside_holds_what_it_held():
    subject = subject_for("history(t = copy(t); t[aten] = mine)")
    rule, held = all_rules()["table.independence"], beginning()
    answers = StepAnswers(before=held, result="None", after=held, aside_before=[held], aside_after=[held], others=0)
    seen = Observation([], answers=answers)
    assert rule.applies(subject.traits, "torch-table")
    assert rule.check(subject, seen) is None
    assert rule.check(subject, doctored(seen, aside_after=[held | {"aten": "mine"}])) is not None
    assert rule.check(subject, doctored(seen, aside_after=[])) is not None


def test_an_operator_too_few_or_too_many_is_named():
    subject, rule = subject_for("entries(composite)"), all_rules()["table.contents"]
    wanted = subject.expectation.answers.entries
    assert rule.check(subject, Observation([], answers=EntriesAnswers(set(wanted)))) is None
    lacking = rule.check(subject, Observation([], answers=EntriesAnswers(wanted - {"aten.linear.default"})))
    added = rule.check(subject, Observation([], answers=EntriesAnswers({*wanted, "aten.reshape.default"})))
    assert "lacks aten.linear.default" in lacking.observed
    assert "has aten.reshape.default" in added.observed
    many = rule.check(subject, Observation([], answers=EntriesAnswers(set())))
    assert f"and {len(wanted) - 6} more" in many.observed

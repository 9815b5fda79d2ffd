"""Each rule on export's passes holds of the reference's passes, and fails where its one answer is changed."""

from dataclasses import replace

import pytest
from rule_doctoring import failing, seen

from viewproof.contract.installed import all_rules
from viewproof.exported.vendor import install
from viewproof_suites.passes.answers import PassAnswers

RULES = {name: rule for name, rule in all_rules().items() if name.startswith("passes.")}
#: Proved by test_every_answer_is_some_rules: each fails where its answer is changed, and where it is missing.
PROVED = tuple(RULES)
REFERENCE = {
    "view_to_copy": "viewproof_reference.replacements.view_to_copy:ViewToCopy",
    "side_effects": "viewproof_reference.replacements.side_effects:SideEffectsToTokens",
}
#: Modules that together owe every rule.
SOME = (
    ("view-to-copy", "module(aten.t.default(float32[3,4]))"),
    ("view-to-copy", "module(cond)"),
    ("side-effects", "module(assertion)"),
    ("side-effects", "module(no_view)"),
    ("run-decompositions-views", "module(aten.transpose.int(float32[3,4], 0, 1))"),
)


@pytest.fixture(scope="module")
def trials():
    install(REFERENCE)
    yield [seen(text, target) for target, text in SOME]
    install({})


def doctored(observation, answers):
    """The observation with other answers of the target's, and the same of the reference's."""
    return replace(observation, answers=PassAnswers(answers, observation.answers.wanted))


def test_every_answer_is_some_rules(trials):
    proved = set()
    for subject, observation, rules in trials:
        assert failing(subject, observation, rules) == set()
        answers = observation.answers.by_question
        for name in answers:
            changed = doctored(observation, answers | {name: "something else"})
            gone = doctored(observation, {key: said for key, said in answers.items() if key != name})
            found = failing(subject, changed, rules)
            assert found == failing(subject, gone, rules)
            assert len(found) <= 1, name
            proved |= found
    assert proved == set(RULES)


def test_a_rule_that_compares_with_the_reference_fails_where_that_said_nothing(trials):
    subject, observation, rules = trials[0]
    silent = replace(observation, answers=PassAnswers(observation.answers.by_question))
    assert failing(subject, silent, rules) == {"passes.refused", "passes.graph"}


def test_a_difference_shows_the_first_line_that_differs(trials):
    subject, observation, _ = trials[0]
    answers = observation.answers.by_question
    other = answers | {"graph": answers["graph"].replace("t_copy", "t")}
    found = RULES["passes.graph"].check(subject, doctored(observation, other))
    assert (found.expected, found.observed) == (
        "%1 call_function aten.t_copy.default([%0], {})",
        "%1 call_function aten.t.default([%0], {})",
    )
    assert found.shape == "graph: differs"


def test_no_rule_of_a_result_is_owed_where_the_pass_must_refuse():
    _, observation, rules = seen("module(aten.real.default(float32[3]))", "view-to-copy")
    assert [rule.name for rule in rules if rule.name in RULES] == ["passes.refused"]
    assert observation.answers.by_question["refusal"] == "refused, naming aten.real.default"

"""Each rule on export's passes holds of the reference's passes, and fails where its one answer is changed."""

import pytest
from exported_evidence import failing, seen, unseen

from viewproof.contract.installed import all_rules
from viewproof.evidence.probe import Raised
from viewproof.exported.modules import NAMED, ModuleCase
from viewproof.exported.programs import programs_of
from viewproof.exported.vendor import install
from viewproof_suites.passes.evidence import COMPARED, RIGHT, Compared, expected_answer, probe_name, question_of
from viewproof_suites.passes.questions.effects import effect_names
from viewproof_suites.passes.questions.graph import graphs_of

RULES = {name: rule for name, rule in all_rules().items() if name.startswith("passes.")}
#: Proved by test_every_answer_is_some_rules: each fails where its answer is changed.
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
    yield [seen(text, target, "passes.") for target, text in SOME]
    install({})


def changed(answer):
    return answer._replace(got="something else") if isinstance(answer, Compared) else "something else"


def test_every_answer_is_some_rules(trials):
    """Each question is one probe, and one rule's: changed, it fails that one and no other."""
    proved = set()
    for one in trials:
        assert failing(one) == set()
        for probe, answer in one.observed.items():
            (found,) = failing(one.with_(probe, changed(answer)))
            assert RULES[found].probe == probe
            proved.add(found)
    assert proved == set(RULES)


def test_every_question_that_is_asked_has_a_right_answer():
    asked = {question_of(rule.probe) for rule in RULES.values()}
    assert asked == {*RIGHT, *COMPARED, "copies"}


def test_a_rule_that_compares_with_the_reference_fails_where_that_said_nothing(trials):
    one = trials[0]
    probe = probe_name("graph")
    silent = one.observed[probe]._replace(reference="an answer of the reference's")
    assert failing(one.with_(probe, silent)) == {"passes.graph"}


def test_a_difference_shows_the_first_line_that_differs(trials):
    one, probe = trials[0], probe_name("graph")
    answer = one.observed[probe]
    other = answer._replace(got=answer.got.replace("t_copy", "t"))
    found = RULES["passes.graph"].check(one.expected[probe], other)
    assert (found.expected, found.observed) == (
        "%1 call_function aten.t_copy.default([%0], {})",
        "%1 call_function aten.t.default([%0], {})",
    )
    assert found.shape == "graph: differs"


def test_no_rule_of_a_result_is_owed_where_the_pass_must_refuse():
    one = seen("module(aten.real.default(float32[3]))", "view-to-copy", "passes.")
    assert [rule.name for rule in one.rules.rules] == ["passes.refused"]
    assert one.observed[probe_name("refusal")].got == "refused, naming aten.real.default"


@pytest.mark.parametrize("target", ["view-to-copy-reference", "side-effects-reference"])
def test_the_references_pass_is_not_compared_with_itself(target):
    names = {rule.name for rule in seen("module(no_view)", target, "passes.").rules.rules}
    assert names
    assert not names & {"passes.graph", "passes.inner-graphs"}


def test_where_there_is_nothing_to_compare(trials):
    assert [unseen(one) for one in trials[:3]] == [set(), set(), set()]
    assert unseen(trials[3]) == {"passes.left-effects"}, "it has no effects"
    edited = seen("module(range)", "view-to-copy", "passes.")
    assert unseen(edited) == {"passes.saved"}, "torch cannot save what export did not leave there"


def test_a_call_that_export_replaced_has_no_copy(trials):
    right = expected_answer(trials[0].subject, "copies")
    assert right == "aten.t_copy.default"
    assert right == "not called"
    assert right != "none"


class _Gives:
    """A pass that returns something of another type."""

    def __init__(self, given):
        self.given = given

    def __call__(self, _module):
        return self.given


@pytest.mark.parametrize("given", [None, 7, "a graph", [1, 2]])
@pytest.mark.parametrize("target", ["view-to-copy", "run-decompositions"])
def test_a_pass_may_return_anything(monkeypatch, given, target):
    for module in ("passes", "decomposed"):
        monkeypatch.setattr(
            f"viewproof_suites.passes.targets.{module}.maker_of", lambda _: lambda: _Gives(given)
        )  # fmt: skip
    observed = seen("module(chain)", target, "passes.").observed
    assert isinstance(observed, Raised)
    assert observed.classes[0] == "TypeError"


def test_a_module_whose_effects_are_not_looked_for_has_none():
    """The words of a named module say whether there is an order of effects to compare."""
    for name, words in NAMED.items():
        (program,) = programs_of([ModuleCase(None, name)], "cpu")
        graphs = [] if program.graph is None else [program.graph, *graphs_of(program.graph)]
        has = any(effect_names(one) for one in graphs)
        assert has is not words.isdisjoint(("effects", "left")) or program.graph is None, name

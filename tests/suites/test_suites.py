"""The suites speak of what exists, and sweep every operator that they ought to."""

import pytest
from installed_targets import all_targets

from viewproof.catalog import catalog
from viewproof.catalog.overloads import is_overload
from viewproof.contract.installed import all_rules, find_suite, own_rules, own_suites
from viewproof_reference.layout import has_layout_rule
from viewproof_suites.decompositions.cases import SAMPLE
from viewproof_suites.viewmeta.suites import SCHEMA
from viewproof_suites.views.operators import VIEW_KINDS, operators_of

#: Operators that are not swept yet, each with the reason. There is none.
GAPS: dict[str, str] = {}
SUITES = tuple(own_suites().values())


def test_names_are_the_suites_own_and_levels_ascend():
    assert list(own_suites()) == [suite.name for suite in SUITES]
    assert [suite.level for suite in SUITES] == sorted(suite.level for suite in SUITES)
    assert {suite.level for suite in SUITES} <= set(range(1, 7))


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_suite_speaks_of_what_exists(suite):
    assert suite.summary
    assert suite.targets
    assert set(suite.targets) <= set(all_targets())
    assert len(set(suite.targets)) == len(suite.targets)
    assert suite.rules
    assert set(suite.rules) <= set(own_rules())
    assert max(all_rules()[rule].level for rule in suite.rules) <= suite.level
    assert find_suite(suite.name) is suite


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_suite_sweeps_operators_on_families(suite):
    operators = suite.operators()
    assert operators
    assert list(operators) == sorted(set(operators))
    for operator in operators:
        families = suite.families(operator, "quick")
        assert has_layout_rule(operator) or not is_overload(operator) or families in ((SCHEMA,), (SAMPLE,))
        assert families, operator


def test_every_rule_is_some_suites():
    assert {rule for suite in SUITES for rule in suite.rules} == set(own_rules())


def test_every_target_is_some_suites():
    assert {target for suite in SUITES for target in suite.targets} == set(all_targets())


def test_nothing_is_left_unswept():
    kinds = (*VIEW_KINDS, "inplace-view")
    wanted = {name for name, entry in catalog().items() if entry.kind in kinds}
    assert wanted - set(operators_of(*kinds)) == set(GAPS)


def test_an_unknown_suite_lists_those_there_are():
    with pytest.raises(ValueError, match="wanted one of views"):
        find_suite("viws")

"""Rules as a set: each is proved able to fail, each says what it is, none is registered twice."""

import importlib.util
from pathlib import Path

import pytest

from viewproof.contract.installed import find_target, own_rules, own_suites
from viewproof.contract.rule import Rules

SUITES = Path(__file__).parents[2] / "suites"
PROOFS = sorted([
    *SUITES.glob("*/test_rules.py"), *SUITES.glob("*/rules/test_*.py"), Path(__file__).with_name("test_state.py"),
])  # fmt: skip


def proved(path):
    """The rules that a test file of a contract proves able to fail: the names in its PROVED, be it a table or rows.

    ALSO_PROVED names those that have a test of their own there.
    """
    spec = importlib.util.spec_from_file_location(f"proofs_{'_'.join(path.parts[-3:])}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    named = (*getattr(module, "PROVED", ()), *getattr(module, "ALSO_PROVED", ()))
    return {one if isinstance(one, str) else one[0] for one in named}


def test_every_rule_is_proved_able_to_fail():
    """A rule without a doctored observation that it alone rejects has not been shown to check anything."""
    found = [name for path in PROOFS for name in proved(path)]
    assert sorted(found) == sorted(set(found)), "each rule is proved in one file"
    assert set(found) == set(own_rules())


def test_every_rule_says_what_it_is():
    for one in own_rules().values():
        assert one.summary, one.name
        assert one.source, one.name
        assert one.fault, one.name
        assert one.probe, one.name
        assert one.level in range(1, 7), one.name


def test_every_rule_has_a_target_that_gives_its_probe_in_a_suite_of_its_own():
    """A rule names no target: it applies where its probe is given. One that nobody gives would apply nowhere."""
    for one in own_rules().values():
        suites = [suite for suite in own_suites().values() if one.name in suite.rules]
        assert any(find_target(target).probe(one.probe) for suite in suites for target in suite.targets), one.name


def test_rules_come_by_level_and_chapter():
    levels = [one.level for one in own_rules().values()]
    assert levels == sorted(levels)


def test_a_second_rule_of_a_name_is_refused():
    rules = Rules(level=1, probe="facts")
    how = {"source": "", "fault": "", "applies": lambda *_: True}

    @rules.rule("layout.size", **how)
    def first(*_):
        """A clause."""

    again = rules.rule("layout.size", **how)
    with pytest.raises(ValueError, match=r"layout\.size: wanted one function"):
        again(first)
    assert [rule.name for rule in rules] == ["layout.size"]
    assert (rules[0].check, rules[0].doc, rules[0].level, rules[0].probe) == (first, "A clause.", 1, "facts")


def test_a_rule_without_a_clause_is_refused():
    rules = Rules(level=1, probe="facts")
    new = rules.rule("layout.new", source="", fault="", applies=lambda *_: True)
    with pytest.raises(ValueError, match="wanted a docstring"):
        new(lambda *_: None)
    assert list(rules) == []

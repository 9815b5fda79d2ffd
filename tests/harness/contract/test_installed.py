"""What contracts declare, by name: ours first, others' where they are asked for, and each name once."""

from __future__ import annotations

import pytest

from viewproof.contract import installed
from viewproof.contract.contract import Contract
from viewproof.contract.features import Features
from viewproof.contract.rule import Rules
from viewproof.contract.suite import Suite
from viewproof.discovery import Found
from viewproof.errors import UsageError

OURS = installed.own_contracts()


def suite(name, level=1):
    return Suite(name, level, "", tuple, lambda *_: (), lambda *_: iter(()), (), ())


def rules(*names):
    some = Rules(level=1, probe="facts")
    for name in names:

        def check(*_):
            """A clause."""

        some.rule(name, source="s", fault="f", applies=lambda *_: True)(check)
    return tuple(some)


@pytest.fixture
def beside(monkeypatch):
    """Installs contracts beside our own."""
    cached = [installed._table, installed.own_rules, installed.rules_beside, installed.features_of]

    def install(*contracts):
        found = tuple([Found(one.name, "vendor", "1.2", "vendor", one) for one in contracts])
        real = installed.found_contracts
        monkeypatch.setattr(installed, "found_contracts", lambda *, own: real(own=True) if own else found)
        for one in cached:
            one.cache_clear()

    yield install
    monkeypatch.undo()
    for one in cached:
        one.cache_clear()


def test_a_suite_of_another_is_taken_where_it_is_named(beside):
    beside(Contract("tea", "", (suite("pot", 3), suite("cup", 1)), rules=rules("pot.full")))
    own = list(installed.own_suites())
    assert "pot" not in own
    assert list(installed.suites_for([], [])) == own
    assert list(installed.suites_for(["views"], [])) == own
    assert list(installed.suites_for(["pot"], [])) == [*own, "pot"]
    assert list(installed.suites_for([], ["tea"])) == [*own, "cup", "pot"]
    assert installed.find_suite("pot").level == 3
    assert installed.contract_of_suite("pot").name == "tea"
    assert installed.contract_of_rule("pot.full").name == "tea"
    with pytest.raises(UsageError, match="contract 'coffee': wanted one of views"):
        installed.suites_for([], ["coffee"])


def test_rules_of_another_speak_of_its_own_suites_alone(beside):
    beside(Contract("tea", "", (suite("pot"),), rules=rules("pot.full")), Contract("milk", "", (), rules=rules("jug")))
    own = set(installed.own_rules())
    assert {rule.name for rule in installed.rules_beside("views")} == own
    assert {rule.name for rule in installed.rules_beside("pot")} == own | {"pot.full"}


@pytest.mark.parametrize(
    ("contract", "find", "wanted"),
    [
        (Contract("tea", "", (suite("views"),)), "find_suite", "suite 'views': wanted one of that name, got those of"),
        (Contract("tea", "", (), rules=rules("layout.size")), "find_rule", r"rule 'layout\.size': wanted one of that"),
    ],
)
def test_a_name_is_taken_once(beside, contract, find, wanted):
    beside(contract)
    with pytest.raises(UsageError, match=wanted):
        getattr(installed, find)("nothing")


def test_a_contract_s_features_are_its_own_and_ours(beside):
    mine, taken = Features(), Features()
    mine.feature("tea-cold")(lambda *_: True)
    taken.feature("empty")(lambda *_: True)
    beside(Contract("tea", "", (), features=mine), Contract("milk", "", (), features=taken))
    assert "tea-cold" in installed.features_of("tea")
    assert "empty" in installed.features_of("tea")
    assert "tea-cold" not in installed.features_of("views")
    with pytest.raises(UsageError, match="feature 'empty' of contract milk"):
        installed.features_of("milk")


def test_names_of_a_run_that_are_gone_are_left_out(beside):
    beside(Contract("tea", "", (suite("pot"),), rules=rules("pot.full")))
    assert set(installed.suites_of_run(["pot", "gone"])) == {*installed.own_suites(), "pot"}
    assert set(installed.rules_of_run(["layout.size", "gone"])) == set(installed.own_rules())


def test_ours_come_in_the_order_of_their_chapters():
    assert [one.chapter for one in OURS] == sorted(one.chapter for one in OURS)
    levels = [one.level for one in installed.own_rules().values()]
    assert levels == sorted(levels)

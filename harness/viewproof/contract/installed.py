"""The installed contracts, and what they declare, by name: suites, targets, rules, features.

Viewproof's own contracts are searched first. Others' are imported only where a name is not found among our own, or
where all are asked for: a package that is installed and not asked for has no effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from viewproof.contract.contract import Contract
from viewproof.contract.features import Feature
from viewproof.contract.rule import Rule
from viewproof.contract.state import RULES as STATE_RULES
from viewproof.contract.suite import Suite
from viewproof.contract.target import Target
from viewproof.discovery import Found, found_contracts
from viewproof.errors import UsageError

#: What the harness itself asks of every execution. It has no suite; a script of it rests on another rule's.
_EVERYWHERE = Contract(
    "state", "what an execution leaves of the state that calls depend on", (), rules=tuple(STATE_RULES),
    costly_scripts=True,
)  # fmt: skip


def own_contracts() -> tuple[Contract, ...]:
    """Viewproof's own contracts, in the order of their chapters."""
    return tuple([found.contract for found in found_contracts(own=True)])


def all_contracts() -> tuple[Contract, ...]:
    """Every installed contract, viewproof's own first. Raises UsageError where one cannot be imported."""
    return own_contracts() + tuple([found.contract for found in found_contracts(own=False)])


def contracts_before(contract: Contract) -> tuple[Contract, ...]:
    """The contracts that come before one: of our own those of earlier chapters, of others' all of ours too."""
    known = own_contracts() if contract in own_contracts() else all_contracts()
    return known[: known.index(contract)] if contract in known else known


def origin_of(contract: Contract) -> Found:
    """Who ships a contract, and in which version."""
    return next(one for own in (True, False) for one in found_contracts(own=own) if one.contract is contract)


@cache
def _table(what: str, own: bool) -> Mapping[str, tuple[Any, Contract]]:
    """What contracts declare under `what` (`suites`, `targets`, `rules`), each with its contract, by name.

    Raises UsageError where two contracts have one name for two things.
    """
    found: dict[str, tuple[Any, Contract]] = {} if own else dict(_table(what, True))
    for contract in [*[one.contract for one in found_contracts(own=own)], *([_EVERYWHERE] if own else [])]:
        for one in getattr(contract, what):
            if one.name in found:
                raise UsageError(
                    f"{what.removesuffix('s')} {one.name!r}: wanted one of that name, got those of the contracts "
                    f"{found[one.name][1].name} and {contract.name}"
                )
            found[one.name] = one, contract
    return found


def _find(what: str, name: str) -> tuple[Any, Contract]:
    known = _table(what, True).get(name) or _table(what, False).get(name)
    if known is None:
        raise UsageError(f"{what.removesuffix('s')} {name!r}: wanted one of {', '.join(_table(what, False))}")
    return known


def own_suites() -> dict[str, Suite]:
    """The suites of viewproof's own contracts, by name, in the order of their levels."""
    return _by_level([one for one, _ in _table("suites", True).values()])


def all_suites() -> dict[str, Suite]:
    """Every installed suite by name, viewproof's own first."""
    own = own_suites()
    return own | _by_level([one for one, _ in _table("suites", False).values() if one.name not in own])


def _by_level(suites: Iterable[Suite]) -> dict[str, Suite]:
    return {suite.name: suite for suite in sorted(suites, key=lambda suite: suite.level)}


def suites_for(names: Iterable[str], contracts: Sequence[str]) -> dict[str, Suite]:
    """The suites that a run may take: viewproof's own, and of another's those that are asked for.

    Asked for is a suite of one of these names, and every suite of the contracts of these names. Raises UsageError for a
    contract that is not installed.
    """
    own = own_suites()
    named = set(names).difference(own)
    if not named and not contracts:
        return own
    known = {contract.name: contract for contract in all_contracts()}
    for name in contracts:
        if name not in known:
            raise UsageError(f"contract {name!r}: wanted one of {', '.join(known)}")
    asked = named.union(suite.name for name in contracts for suite in known[name].suites)
    return {name: suite for name, suite in all_suites().items() if name in own or name in asked}


def suites_of_run(names: Iterable[str]) -> dict[str, Suite]:
    """Viewproof's own suites, and those of others that a run had and that are still installed, by name."""
    return own_suites() | _others("suites", names)


def targets_of_run(names: Iterable[str]) -> dict[str, Target]:
    """Viewproof's own targets, and those of others that a run had and that are still installed, by name."""
    return {name: one for name, (one, _) in _table("targets", True).items()} | _others("targets", names)


def rules_of_run(names: Iterable[str]) -> dict[str, Rule]:
    """Viewproof's own rules, and those of others that a run had and that are still installed, by name."""
    return own_rules() | _others("rules", names)


def _others(what: str, names: Iterable[str]) -> dict[str, Any]:
    others = set(names).difference(_table(what, True))
    return {name: one for name, (one, _) in _table(what, False).items() if name in others} if others else {}


def find_suite(name: str) -> Suite:
    """The suite called `name`. Raises UsageError, listing the names there are."""
    suite: Suite = _find("suites", name)[0]
    return suite


def contract_of_suite(name: str) -> Contract:
    """The contract that declares the suite called `name`. Raises UsageError, listing the names there are."""
    return _find("suites", name)[1]


def find_target(name: str) -> Target:
    """The target called `name`. Raises UsageError, listing the names there are."""
    target: Target = _find("targets", name)[0]
    return target


def find_rule(name: str) -> Rule:
    """The rule called `name`. Raises UsageError, listing the names there are."""
    rule: Rule = _find("rules", name)[0]
    return rule


def contract_of_rule(name: str) -> Contract:
    """The contract that declares the rule called `name`. Raises UsageError, listing the names there are."""
    return _find("rules", name)[1]


@cache
def own_rules() -> dict[str, Rule]:
    """The rules of viewproof's own contracts by name, by level and then in the order of their chapters."""
    return _in_order([one for one, _ in _table("rules", True).values()])


@cache
def all_rules() -> dict[str, Rule]:
    """Every installed rule by name, viewproof's own first."""
    own = own_rules()
    return own | _in_order([one for one, _ in _table("rules", False).values() if one.name not in own])


def _in_order(rules: Iterable[Rule]) -> dict[str, Rule]:
    return {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.level)}


@cache
def rules_beside(suite: str) -> tuple[Rule, ...]:
    """The rules that may be applied to a suite's observations: viewproof's own, and those of the suite's contract."""
    own = own_rules()
    return (*own.values(), *[rule for rule in contract_of_suite(suite).rules if rule.name not in own])


@cache
def features_of(contract: str) -> Mapping[str, Feature]:
    """The features that a known issue of the contract called so may name: its own, and those of viewproof's own.

    Raises UsageError where it has a feature of a name that one of viewproof's own has.
    """
    found: dict[str, Feature] = {}
    mine = next(one for one in all_contracts() if one.name == contract) if contract not in _own_names() else None
    for one in (*own_contracts(), *([mine] if mine is not None else [])):
        for name, test in one.features.items():
            if name in found:
                raise UsageError(f"feature {name!r} of contract {one.name}: wanted one of that name, got a second one")
            found[name] = test
    return found


def _own_names() -> frozenset[str]:
    return frozenset([one.name for one in own_contracts()])

"""The nodes that pytest collects: a suite's module, the suite, an operator of it, and an item a target x rule."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from viewproof.contract.installed import own_suites
from viewproof.contract.suite import Suite
from viewproof.discovery import found_contracts
from viewproof.pytest_plugin.journal import SESSION_JOURNAL, EngineGone, worker_journal
from viewproof.pytest_plugin.key import SUITES, Key
from viewproof.pytest_plugin.text import failure_text
from viewproof.pytest_plugin.verdicts import outcome_of
from viewproof.visible import one_line


def collect_module(path: Path, parent: pytest.Collector) -> SuiteModule:
    """The collector of the `suites.py` of one of viewproof's own contracts."""
    name = f"{SUITES}.{path.parent.name}"
    contract = next((one.contract for one in found_contracts(own=True) if one.module == name), None)
    used = None if contract is None else Path(str(sys.modules[f"{name}.suites"].__file__)).resolve()
    if contract is None or used != path.resolve():
        where = "no contract has it" if used is None else f"the one that is imported is {used}"
        raise pytest.UsageError(f"{path}: wanted the suites of an installed contract; {where}")
    # Outside of the root directory a node is named so that `pytest --pyargs` takes its name as an argument.
    inside = path.is_relative_to(parent.config.rootpath)
    named: dict[str, Any] = {} if inside else {"nodeid": f"{name}.suites"}
    node: SuiteModule = SuiteModule.from_parent(parent, path=path, **named)
    node.suites = contract.suites
    return node


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """The items, those of the suites last and by the levels of their suites."""
    place = {name: number for number, name in enumerate(own_suites())}
    return sorted(items, key=lambda item: place[item.key.suite] if isinstance(item, RuleItem) else -1)


class SuiteModule(pytest.File):
    """The `suites.py` of a contract."""

    suites: tuple[Suite, ...]

    def collect(self) -> Iterator[SuiteNode]:
        """The suites of the contract."""
        for suite in self.suites:
            yield SuiteNode.from_parent(self, name=suite.name, suite=suite)


class SuiteNode(pytest.Collector):
    """A suite. Carries the markers of its name and its level."""

    def __init__(self, *, suite: Suite, **more: Any) -> None:
        super().__init__(**more)
        self.suite = suite
        self.add_marker(suite.name)
        self.add_marker(f"level{suite.level}")

    def collect(self) -> Iterator[OperatorNode]:
        """The operators that it sweeps."""
        for operator in self.suite.operators():
            yield OperatorNode.from_parent(self, name=operator, suite=self.suite)


class OperatorNode(pytest.Collector):
    """An operator in a suite."""

    def __init__(self, *, suite: Suite, **more: Any) -> None:
        super().__init__(**more)
        self.suite = suite

    def collect(self) -> Iterator[RuleItem]:
        """An item for each of the suite's targets and rules."""
        for target in self.suite.targets:
            for rule in self.suite.rules:
                key = Key(self.suite.name, self.name, target, rule)
                yield RuleItem.from_parent(self, name=f"{target}/{rule}", key=key)


class NotConforming(Exception):
    """Raised where an item's verdicts make it fail; the message is the whole report."""


class RuleItem(pytest.Item):
    """The verdicts of one rule on one target on every case that a suite has of an operator."""

    def __init__(self, *, key: Key, **more: Any) -> None:
        super().__init__(**more)
        self.key = key

    def runtest(self) -> None:
        """Wait for the verdicts, and pass, fail, skip or fail as expected by them."""
        journal = self.config.stash.get(SESSION_JOURNAL, None)
        if journal is None:
            journal = self.config.stash[SESSION_JOURNAL] = worker_journal(self.config)
        outcome = outcome_of(self.key, journal, self.session)
        self.user_properties += [(word, number) for word, number in outcome.verdicts.items() if number]
        if outcome.wrong:
            raise NotConforming(failure_text(self.key, outcome, self.config))
        if outcome.waived:
            pytest.xfail(one_line(f"known issue: {', '.join(outcome.waived)}"))
        if outcome.blind:
            counts = ", ".join(f"{number} {word}" for word, number in outcome.verdicts.items() if number)
            pytest.skip(f"{self.key.rule} had nothing to compare: {counts}")
        if not outcome.planned:
            pytest.skip(f"{self.key.rule} applies to no case of {self.key.operator} on {self.key.target}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str | Any:
        """The verdicts' text for what does not conform; a traceback would show nothing but this file."""
        # That of an expected failure would be thrown away, and costs more than all the rest of the item.
        if isinstance(excinfo.value, NotConforming | EngineGone | pytest.xfail.Exception):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The address of the results, their case left out."""
        return self.path, None, f"{self.key.suite}/{self.key.target}/{self.key.rule}/{self.key.operator}"

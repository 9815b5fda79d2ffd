"""The nodes that pytest collects: a suite's module, the suite, an operator of it, and an item a target x rule."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from viewproof.contract.installed import own_suites
from viewproof.contract.suite import Suite
from viewproof.pytest_plugin import SUITES
from viewproof.pytest_plugin.journal import EngineGone, RunJournal

JOURNAL = pytest.StashKey[RunJournal]()


class Key(NamedTuple):
    """What an item is about."""

    suite: str
    operator: str
    target: str
    rule: str


def collect_module(path: Path, parent: pytest.Collector) -> SuiteModule | None:
    """The collector of a module of the suites' package, if it defines a suite."""
    suites = _defined().get(path.stem, ())
    if not suites:
        return None
    used = Path(str(sys.modules[f"{SUITES}.{path.stem}"].__file__)).resolve()
    if used != path.resolve():
        raise pytest.UsageError(f"{path}: wanted the suites that are imported, which are in {used.parent}")
    # Outside of the root directory a node is named so that `pytest --pyargs` takes its name as an argument.
    inside = path.is_relative_to(parent.config.rootpath)
    name: dict[str, Any] = {} if inside else {"nodeid": f"{SUITES}.{path.stem}"}
    node: SuiteModule = SuiteModule.from_parent(parent, path=path, **name)
    node.suites = suites
    return node


@cache
def _defined() -> dict[str, tuple[Suite, ...]]:
    """The suites by the module that defines each: the one of its name, else the first that holds it."""
    own_suites()
    package = importlib.import_module(SUITES)
    modules = {
        name.rpartition(".")[2]: module
        for name, module in sorted(sys.modules.items())
        if name.startswith(f"{package.__name__}.") and module is not None
    }
    found: dict[str, list[Suite]] = {}
    for suite in own_suites().values():
        holding = [stem for stem, module in modules.items() if any(suite is value for value in vars(module).values())]
        home = suite.name if suite.name in holding else holding[0]
        found.setdefault(home, []).append(suite)
    return {stem: tuple(suites) for stem, suites in found.items()}


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """The items, those of the suites last and by the levels of their suites."""
    place = {name: number for number, name in enumerate(own_suites())}
    return sorted(items, key=lambda item: place[item.key.suite] if isinstance(item, RuleItem) else -1)


class SuiteModule(pytest.File):
    """A module of the suites' package."""

    suites: tuple[Suite, ...]

    def collect(self) -> Iterator[SuiteNode]:
        """The suites that it defines."""
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
    """An item's verdicts are not all that they should be; the message says it whole."""


class RuleItem(pytest.Item):
    """The verdicts of one rule on one target on every case that a suite has of an operator."""

    def __init__(self, *, key: Key, **more: Any) -> None:
        super().__init__(**more)
        self.key = key

    def runtest(self) -> None:
        """Wait for the verdicts, and pass, fail, skip or fail as expected by them."""
        from viewproof.pytest_plugin.verdicts import outcome_of

        journal = self.config.stash.get(JOURNAL, None)
        if journal is None:
            from viewproof.pytest_plugin.start import worker_journal

            journal = self.config.stash[JOURNAL] = worker_journal(self.config)
        outcome = outcome_of(self.key, journal, self.session)
        self.user_properties += [(word, number) for word, number in outcome.verdicts.items() if number]
        if outcome.wrong:
            from viewproof.pytest_plugin.text import failure_text

            raise NotConforming(failure_text(self.key, outcome, self.config))
        if outcome.waived:
            pytest.xfail(f"known issue: {', '.join(outcome.waived)}")
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

"""`Contract`: the one object by which a package declares its suites, targets, rules and more to the harness."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

from viewproof.cases.kinds import Kind
from viewproof.contract.features import Features
from viewproof.contract.rule import Rule
from viewproof.contract.suite import Suite
from viewproof.contract.target import Target
from viewproof.generate.registry import Derivation
from viewproof.scripts.frame import Frame
from viewproof.scripts.script import Script

#: The default chapter: after all of viewproof's own contracts.
LAST_CHAPTER = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Contract:
    """One contract of torch's, or of a vendor's: its rules, their subjects, the targets, and the known issues.

    `chapter` orders contracts wherever several are listed or run. `suites` name targets and rules by their words: the
    contract's own, or those of viewproof's own contracts. `kinds` are subjects that are not a call, with the grammar of
    their names. `derived` says of operators how their cases are made from those of another. `features` are what the
    `when` of a known issue is written in. `known_issues` is a folder of TOML files; what stands there concerns the
    suites of this contract and no others. `script` makes the standalone script of a result under one of `rules`, and
    raises NoScript where there is none; `costly_scripts` says that it takes tenths of a second for one.
    """

    name: str
    summary: str
    suites: tuple[Suite, ...]
    chapter: int = LAST_CHAPTER
    targets: tuple[Target, ...] = ()
    rules: tuple[Rule, ...] = ()
    kinds: tuple[Kind, ...] = ()
    derived: Mapping[str, Derivation] = field(default_factory=dict)
    features: Features = field(default_factory=Features)
    known_issues: Traversable | None = None
    script: Callable[[Frame], Script] | None = None
    costly_scripts: bool = False

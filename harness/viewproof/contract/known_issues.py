"""Known deviations of torch, which waive failures: read from the TOML of each contract and matched case by case."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources.abc import Traversable
from typing import Literal

import msgspec
import torch
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from viewproof.contract.conditions import Condition
from viewproof.contract.contract import Contract
from viewproof.contract.installed import contract_of_suite, contracts_before, features_of, own_contracts
from viewproof.contract.suite import Suite
from viewproof.evidence.subject import Subject
from viewproof.exported.vendor import replaced_targets


@lru_cache(maxsize=4096)
def _speaks_of(specifier: str, torch_version: str) -> bool:
    release = Version(torch_version).release
    return Version(".".join(str(part) for part in release)) in SpecifierSet(specifier)


class KnownIssue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One deviation. It waives the verdict `verdict` with the difference `difference` and no other.

    `cases` names the cases, or `when` the features that hold together for exactly the cases at fault (conditions.py).
    `kind` is `fault` or `policy`; `suites` are those of the contract that it stands in, or some of them; `torch` is a
    version specifier; `devices` are device types the issue was seen on; `profile` is the smallest that has a case of
    it. `contract` is the name of the contract that it stands in.
    """

    id: str
    kind: str
    title: str
    source: str
    rules: tuple[str, ...]
    targets: tuple[str, ...]
    operators: tuple[str, ...]
    difference: str
    verdict: str = "fail"
    cases: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    torch: str = ">=2.11"
    devices: tuple[str, ...] = ("cpu", "cuda")
    profile: Literal["quick", "full", "exhaustive"] = "quick"
    contract: str = ""

    def applies_here(self, torch_version: str, device: str) -> bool:
        """Whether the issue is about this torch (`2.13.0+cpu`) and this device."""
        return device.split(":", maxsplit=1)[0] in self.devices and _speaks_of(self.torch, torch_version)

    def names(self, subject: Subject) -> bool:
        """Whether the issue names the subject's case."""
        return subject.name in self.cases if self.cases else _condition(self.contract, self.when).holds_of(subject)


@lru_cache(maxsize=4096)
def _condition(contract: str, when: tuple[str, ...]) -> Condition:
    return Condition(when, features_of(contract))


@cache
def issues_of(contract: Contract) -> tuple[KnownIssue, ...]:
    """The known issues of a contract, of every TOML file of its folder.

    Raises ValueError on a malformed one: both or neither of `cases` and `when`, a second id, a suite that is not
    the contract's.
    """
    folder = contract.known_issues
    if folder is None:
        return ()
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    issues = [
        msgspec.structs.replace(
            issue, contract=issue.contract or contract.name, suites=issue.suites or _names(contract.suites)
        )
        for file in files
        for issue in _issues_in(file, contract)
    ]
    # An id is one issue's in all of a run: those of the contracts before this one are taken.
    seen = {issue.id for earlier in contracts_before(contract) for issue in issues_of(earlier)}
    for issue in issues:
        if issue.contract != contract.name:
            raise ValueError(
                f"known issue {issue.id}: wanted no `contract`, which its file says; got {issue.contract!r}"
            )
        if bool(issue.cases) == bool(issue.when):
            raise ValueError(f"known issue {issue.id}: wanted `cases` or `when`, got both or neither")
        if issue.id in seen:
            raise ValueError(f"known issue {issue.id}: wanted one of that id, got two")
        foreign = set(issue.suites).difference(_names(contract.suites))
        if foreign:
            raise ValueError(
                f"known issue {issue.id}: wanted suites of the contract {contract.name}, got {', '.join(foreign)}"
            )
        seen.add(issue.id)
    return tuple(issues)


def _issues_in(file: Traversable, contract: Contract) -> list[KnownIssue]:
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")).get("issue", []), list[KnownIssue])
    except ValueError as error:
        raise ValueError(f"known issues of contract {contract.name}, {file.name}: {error}") from error


def _names(suites: Iterable[Suite]) -> tuple[str, ...]:
    return tuple([suite.name for suite in suites])


def own_issues() -> list[KnownIssue]:
    """The known issues of viewproof's own contracts."""
    return [issue for contract in own_contracts() for issue in issues_of(contract)]


def issues_of_suites(suites: Iterable[str]) -> list[KnownIssue]:
    """The known issues of the contracts that have these suites, each once."""
    contracts = {contract.name: contract for contract in map(contract_of_suite, suites)}
    return [issue for contract in contracts.values() for issue in issues_of(contract)]


@cache
def _by_operator(contract: Contract) -> dict[str, list[KnownIssue]]:
    # A chunk asks for one operator's issues, of which there are few among hundreds.
    index: dict[str, list[KnownIssue]] = {}
    for issue in issues_of(contract):
        for operator in issue.operators:
            index.setdefault(operator, []).append(issue)
    return index


def in_force(issues: list[KnownIssue]) -> list[KnownIssue]:
    """The issues without the targets that run a backend's own code: known issues are about torch's code."""
    replaced = replaced_targets()
    if not replaced:
        return issues
    kept = [(issue, tuple(target for target in issue.targets if target not in replaced)) for issue in issues]
    return [msgspec.structs.replace(issue, targets=targets) for issue, targets in kept if targets]


def issues_for(suite: str, operator: str, device: str) -> list[KnownIssue]:
    """The issues that may show in a chunk of this suite and operator, on this torch and device."""
    return in_force([
        issue
        for issue in _by_operator(contract_of_suite(suite)).get(operator, ())
        if suite in issue.suites and issue.applies_here(torch.__version__, device)
    ])  # fmt: skip

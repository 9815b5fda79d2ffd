"""Known deviations of torch, which waive failures: read from the TOML of each contract and matched case by case."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources.abc import Traversable
from typing import Literal

import msgspec
import torch
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from viewproof.cases import CaseSyntaxError, parse_case
from viewproof.contract.conditions import Condition
from viewproof.contract.contract import Contract
from viewproof.contract.installed import contract_of_suite, contracts_before, features_of, own_contracts
from viewproof.errors import UsageError
from viewproof.evidence.subject import Subject
from viewproof.exported.vendor import replaced_targets

#: What a known issue may be, and the verdicts that it may waive.
KINDS = ("fault", "policy")
WAIVED_OF = ("fail", "crash", "timeout", "flaky")
#: The torch that viewproof's own are written for, as constraints.txt pins it.
PINNED_TORCH = "2.13.0"


@lru_cache(maxsize=4096)
def _speaks_of(specifier: str, torch_version: str) -> bool:
    release = Version(torch_version).release
    return Version(".".join(str(part) for part in release)) in SpecifierSet(specifier)


class KnownIssue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One deviation. It waives the verdict `verdict` with the difference `difference` and no other.

    `cases` names the cases, or `when` the features that hold together for exactly the cases at fault (conditions.py).
    `kind` is `fault` or `policy`; `suites` are those of the contract that it stands in, or some of them; `torch` is a
    version specifier; `devices` are device types the issue was seen on; `profile` is the smallest that has a case of
    it. `contract` is the name of the contract that it stands in. `unstable` says that it does not show every time, as
    what reads freed memory: a case that conforms is not too wide, and a verdict that is not the same twice is waived.
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
    unstable: bool = False

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

    Raises UsageError, with the file's name and the issue's, on what is no known issue or could never be applied: a file
    that is no TOML or holds another table, a key that is unknown or of another type, both or neither of `cases` and
    `when`, a second id, and a suite, target, rule, operator or verdict that the contract does not have.
    """
    folder = contract.known_issues
    if folder is None:
        return ()
    # An id is one issue's in all of a run: those of the contracts before this one are taken.
    taken = {issue.id for earlier in contracts_before(contract) for issue in issues_of(earlier)}
    issues: list[KnownIssue] = []
    for file in sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name):
        for issue in _issues_in(file, contract):
            wrong = "wanted one of that id, got two" if issue.id in taken else _wrong(issue, contract)
            if wrong:
                raise UsageError(f"{_place(file, contract)}, issue {issue.id}: {wrong}")
            taken.add(issue.id)
            suites = issue.suites or tuple([suite.name for suite in contract.suites])
            issues.append(msgspec.structs.replace(issue, contract=contract.name, suites=suites))
    return tuple(issues)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    issue: list[KnownIssue] = []


def _issues_in(file: Traversable, contract: Contract) -> list[KnownIssue]:
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File).issue
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{_place(file, contract)}: wanted a list of known issues in TOML ({error})") from error


def _place(file: Traversable, contract: Contract) -> str:
    return f"known issues of contract {contract.name}, {file.name}"


def _wrong(issue: KnownIssue, contract: Contract) -> str:
    """Why an issue could never be applied, in words; empty where it can be."""
    if issue.contract:
        return f"wanted no `contract`, which its file says; got {issue.contract!r}"
    if bool(issue.cases) == bool(issue.when):
        return "wanted `cases` or `when`, got both or neither"
    try:
        SpecifierSet(issue.torch)
    except InvalidSpecifier:
        return f"torch: wanted versions such as >=2.11; got {issue.torch!r}"
    own = {suite.name: suite for suite in contract.suites}
    suites = [own[name] for name in issue.suites or own if name in own]
    known: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("kind", [issue.kind], KINDS),
        ("verdict", [issue.verdict], WAIVED_OF),
        ("suites", issue.suites, own),
        ("targets", issue.targets, [target for suite in suites for target in suite.targets]),
        ("rules", issue.rules, [rule for suite in suites for rule in suite.rules]),
    ]
    # To list them takes seconds: of viewproof's own issues a test does it. Another torch may lack an operator.
    own_issue = contract in own_contracts()
    if (
        not own_issue
        and Version(torch.__version__).release == Version(PINNED_TORCH).release
        and _speaks_of(issue.torch, torch.__version__)
    ):
        known.append(("operators", issue.operators, [one for suite in suites for one in suite.operators()]))
    for key, given, there in known:
        strange = [name for name in given if name not in frozenset(there)]
        if strange:
            wanted = ", ".join(dict.fromkeys(there)) if key in {"kind", "verdict", "suites"} else f"its suites' {key}"
            return f"{key}: wanted {wanted}; got {', '.join(strange)}"
    return "" if own_issue else _unreadable(issue)


def _unreadable(issue: KnownIssue) -> str:
    for name in issue.cases:
        try:
            parse_case(name)
        except CaseSyntaxError as error:
            return f"cases: {error}"
    return ""


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

"""Known deviations of torch: who waives what, read from the suites' TOML and matched case by case."""

from __future__ import annotations

import importlib
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal

import msgspec
import torch
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from viewproof.cases import format_case
from viewproof.cases.model import Case
from viewproof.expectation import Expectation
from viewproof.export.vendor import replaced_targets
from viewproof.subject import Subject


@lru_cache(maxsize=4096)
def _speaks_of(specifier: str, torch_version: str) -> bool:
    release = Version(torch_version).release
    return Version(".".join(str(part) for part in release)) in SpecifierSet(specifier)


class KnownIssue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One deviation. It waives the verdict `verdict` with the difference `difference` and no other.

    `cases` names the cases, or `when` the features of `viewproof_suites.predicates` that hold together for exactly
    the cases at fault. `kind` is `fault` or `policy`;
    `torch` is a version specifier; `devices` are device types the issue was seen on; `profile` is the smallest that has
    a case of it.
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

    def applies_here(self, torch_version: str, device: str) -> bool:
        """Whether the issue speaks of this torch (`2.13.0+cpu`) and this device."""
        return device.split(":", maxsplit=1)[0] in self.devices and _speaks_of(self.torch, torch_version)

    def matches(self, case: Case, expectation: Expectation | None = None) -> bool:
        """Whether the issue names this case; `expectation` is what the reference says of it, where that is known."""
        if self.when:
            return bool(predicates().matches(self.when, case, expectation))
        return format_case(case) in self.cases

    def names(self, subject: Subject) -> bool:
        """`matches` of a subject, which spells its case's name once for all issues."""
        return subject.name in self.cases if self.cases else self.matches(subject.case, subject.expectation)


@cache
def predicates() -> Any:
    """The suites' module of what a `when` means."""
    return importlib.import_module("viewproof_suites.predicates")


@cache
def load_known_issues() -> list[KnownIssue]:
    """Every known issue, of every file of the folder known_issues/.

    Raises ValueError on a malformed one: both or neither of `cases` and `when`, a second id.
    """
    folder = resources.files("viewproof_suites").joinpath("known_issues")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    issues = [
        msgspec.convert(row, KnownIssue)
        for file in files
        for row in tomllib.loads(file.read_text(encoding="utf-8")).get("issue", [])
    ]
    seen: set[str] = set()
    for issue in issues:
        if bool(issue.cases) == bool(issue.when):
            raise ValueError(f"known issue {issue.id}: wanted `cases` or `when`, got both or neither")
        if issue.id in seen:
            raise ValueError(f"known issue {issue.id}: wanted one of that id, got two")
        seen.add(issue.id)
    return issues


_Index = dict[str, list[KnownIssue]]
_indexed: tuple[list[KnownIssue], _Index] | None = None


def _by_operator() -> _Index:
    # A chunk asks for one operator's issues, of which there are few among hundreds.
    global _indexed
    issues = load_known_issues()
    if _indexed is None or _indexed[0] is not issues:
        index: _Index = {}
        for issue in issues:
            for operator in issue.operators:
                index.setdefault(operator, []).append(issue)
        _indexed = (issues, index)
    return _indexed[1]


def in_force(issues: list[KnownIssue]) -> list[KnownIssue]:
    """The issues, less the targets that try a backend's own code: what is known of torch's is not known of it."""
    replaced = replaced_targets()
    if not replaced:
        return issues
    kept = [(issue, tuple(target for target in issue.targets if target not in replaced)) for issue in issues]
    return [msgspec.structs.replace(issue, targets=targets) for issue, targets in kept if targets]


def issues_for(suite: str, operator: str, device: str) -> list[KnownIssue]:
    """The issues that may show in a chunk of this suite and operator, on this torch and device."""
    return in_force([
        issue
        for issue in _by_operator().get(operator, ())
        if (not issue.suites or suite in issue.suites) and issue.applies_here(torch.__version__, device)
    ])  # fmt: skip

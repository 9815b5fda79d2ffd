"""What a run needs of the contracts that it concerns, as plain data, so that any process can say it.

Where a user's modules, a backend's passes or another package's contract are asked for, a process apart says it
(`apart.py`): the driver imports none of them. The functions here that it is asked for stand at the top of the module.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from viewproof.contract.installed import contract_of_suite, find_suite, origin_of, own_suites
from viewproof.contract.known_issues import KnownIssue, in_force, issues_of_suites
from viewproof.contract.suite import Suite
from viewproof.discovery import others_installed
from viewproof.engine.plan import plan_hash, plan_of
from viewproof.engine.query import is_wild, parse_query
from viewproof.engine.shuffle import shuffled_batches
from viewproof.engine.uncollected import uncollected
from viewproof.engine.workload import batches
from viewproof.errors import UsageError
from viewproof.records.chunk import Chunk
from viewproof.records.outdir import Selection


class Planned(msgspec.Struct, frozen=True):
    """The plan: its chunks, its hash, and the contracts of its suites, each with who ships it in which version.

    `known_issues` is a digest of the known issues that are in force for its suites.
    """

    chunks: tuple[Chunk, ...]
    hash: str
    contracts: list[dict[str, str]]
    known_issues: str


class SuiteFacts(msgspec.Struct, frozen=True):
    """What coverage and known issues ask of a suite at one profile.

    `families` holds the targets that run each family, by operator and family.
    """

    name: str
    level: int
    covers: bool
    families: dict[str, dict[str, tuple[str, ...]]]
    targets: tuple[str, ...]
    rules: tuple[str, ...]
    unsampled: tuple[str, ...] | None

    def as_suite(self) -> Suite:
        """A suite that answers with these facts, and generates nothing."""
        unsampled = self.unsampled
        return Suite(
            name=self.name,
            level=self.level,
            summary="",
            operators=lambda: tuple(self.families),
            families=lambda operator, _: tuple(self.families[operator]),
            targets_on=lambda operator, family, _: self.families[operator][family],
            cases=_no_cases,
            targets=self.targets,
            rules=self.rules,
            covers=self.covers,
            unsampled=None if unsampled is None else lambda: unsampled,
        )


class Kind(msgspec.Struct, frozen=True):
    """An operator of the catalog, of which its kind is enough."""

    kind: str


class Facts(msgspec.Struct, frozen=True):
    """What the end of a run needs: the suites, the names of our own and of those planned, issues, and the catalog."""

    suites: dict[str, SuiteFacts]
    own: tuple[str, ...]
    planned: tuple[str, ...]
    issues: list[KnownIssue]
    catalog: dict[str, Kind]


class Batched(msgspec.Struct, frozen=True):
    """Chunks as workers are given them: each chunk by its place."""

    places: list[list[int]]


def _no_cases(operator: str, family: str, profile: str) -> Iterator[Any]:
    raise AssertionError(f"{operator}@{family} at {profile}: wanted facts of a suite only, got asked for its cases")


def concerns_others(selection: Selection, passes: object) -> bool:
    """Whether a run may import what is not viewproof's: modules, passes, or a contract of another package.

    Raises UsageError where a query cannot be read. Imports nothing but viewproof's own contracts.
    """
    if selection.imports or passes:
        return True
    if not others_installed():
        return False
    suites = [parse_query(text).suite for text in selection.queries]
    return bool(selection.contracts) or any(not is_wild(name) and name not in own_suites() for name in suites)


def planned_here(selection: Selection) -> Planned:
    """The plan of a run. Raises UsageError and EmptySelection as `plan_of` does; the first for known issues too."""
    # Contracts, catalog and known issues are read for the first time here, and stay.
    with uncollected(kept=True):
        chunks = plan_of(selection)
        suites = dict.fromkeys(chunk.suite for chunk in chunks)
        try:
            issues = in_force(issues_of_suites(suites))
        except ValueError as error:  # before an earlier run in the same place is replaced
            raise UsageError(str(error)) from error
    contracts = {contract.name: contract for contract in map(contract_of_suite, suites)}
    origins = [origin_of(contract) for contract in contracts.values()]
    shipped = [{"name": one.name, "distribution": one.distribution, "version": one.version} for one in origins]
    return Planned(chunks, plan_hash(chunks), shipped, issues_digest(issues))


def described(plan: Planned) -> dict[str, Any]:
    """What run.json says of the plan that is run."""
    chunks = plan.chunks
    return {
        "plan": plan.hash,
        "chunks": len(chunks),
        "suite_chunks": dict(Counter(chunk.suite for chunk in chunks)),
        "known_issues": plan.known_issues,
        "suites": list(dict.fromkeys(chunk.suite for chunk in chunks)),
        "contracts": plan.contracts,
        "targets": list(dict.fromkeys(target for chunk in chunks for target in chunk.targets)),
        "rules": list(dict.fromkeys(rule for chunk in chunks for rule in chunk.rules)),
    }


def issues_digest(issues: Iterable[KnownIssue]) -> str:
    """The SHA-256 of what the known issues say, in whatever order they come."""
    lines = sorted(msgspec.json.encode(issue) for issue in issues)
    digest = hashlib.sha256(b"\n".join(lines)).hexdigest()
    return f"sha256:{digest}"


def facts_here(planned: Sequence[str], profile: str) -> Facts:
    """The facts of a run of these suites: of each, of the others of its contract, and of all of viewproof's own."""
    from viewproof.catalog import catalog

    own = own_suites()
    contracts = {contract.name: contract for contract in map(contract_of_suite, planned)}
    beside = {suite.name: suite for contract in contracts.values() for suite in contract.suites}
    held = {name: find_suite(name) for name in planned}
    return Facts(
        suites={name: _facts_of(suite, profile, held) for name, suite in (own | beside | held).items()},
        own=tuple(own),
        planned=tuple(planned),
        issues=in_force(issues_of_suites(planned)),
        catalog={name: Kind(entry.kind) for name, entry in catalog().items()},
    )


def _facts_of(suite: Suite, profile: str, held: Iterable[str]) -> SuiteFacts:
    says_unsampled = suite.unsampled is not None and suite.name in held
    return SuiteFacts(
        name=suite.name,
        level=suite.level,
        covers=suite.covers,
        families={
            operator: {family: suite.on(operator, family, profile) for family in suite.families(operator, profile)}
            for operator in suite.operators()
        },
        targets=suite.targets,
        rules=suite.rules,
        unsampled=tuple(suite.unsampled()) if says_unsampled and suite.unsampled is not None else None,
    )


def batched_here(chunks: Sequence[Chunk], seed: int | None) -> Batched:
    """The batches of these chunks, shuffled where there is a seed."""
    places = {chunk.name: place for place, chunk in enumerate(chunks)}
    found = batches(chunks) if seed is None else shuffled_batches(chunks, seed)
    return Batched([[places[chunk.name] for chunk in batch] for batch in found])


def report_there(report: Callable[..., None], out: Path, summary: bytes, run: dict[str, Any], records: bytes) -> None:
    """Call `report` with what was sent as bytes."""
    from viewproof.records.model import ChunkRecord
    from viewproof.records.summary import Summary

    decoded = msgspec.msgpack.decode(records, type=list[ChunkRecord])
    report(out, msgspec.msgpack.decode(summary, type=Summary), run, decoded)

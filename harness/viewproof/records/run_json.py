"""run.json, read: what a run was asked for and where it ran, each member of the type that its readers rely on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from viewproof.errors import UsageError
from viewproof.records.outdir import RUN, Selection
from viewproof.records.refused import not_understood, refused
from viewproof.records.sealed import read_sealed
from viewproof.records.shard import Shard, parse_shard

Seed = Annotated[int, msgspec.Meta(ge=0)]
Number = Annotated[int, msgspec.Meta(ge=0)]


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Of run.json's `environment`, what is read by name; where a worker ran is read by `place/`."""

    torch_git: str | None = None
    python: str | None = None
    implementation: str | None = None
    worker: dict[str, Any] | None = None
    worker_unknown: str | None = None
    resumed: tuple[dict[str, Any], ...] = ()


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of run.json. A member that is not there was not written by the version that made the run.

    `chunks` counts those of the plan, `suite_chunks` by suite; `plan` is its hash, and `known_issues` that of the known
    issues that are in force for its suites. `cluster` is where its workers were, as `--cluster` says it. `shard` is
    there where the run is a part of its plan, as `I/N`; then both count the chunks of the part, and `plan` is of the
    whole. `shards` are the parts that a merged run was put together from. `crossref` is there where a program was run
    under `viewproof crossref`, which leaves no journal.
    """

    schema: Literal[1] = 1
    viewproof: str | None = None
    torch: str | None = None
    started: str = ""
    argv: tuple[str, ...] = ()
    selection: Selection | None = None
    profile: str | None = None
    device: str | None = None
    seed: Seed | None = None
    jobs: Number | None = None
    plan: str | None = None
    chunks: Number | None = None
    suite_chunks: dict[str, Number] = {}
    known_issues: str | None = None
    cluster: str | None = None
    shard: str | None = None
    shards: tuple[dict[str, Any], ...] = ()
    contracts: tuple[dict[str, Any], ...] = ()
    suites: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    not_run: dict[str, str] = {}
    backend: str | None = None
    passes: dict[str, str] = {}
    environment: Environment | None = None
    crossref: dict[str, Any] | None = None


class RunFile(NamedTuple):
    """run.json: its content, what is read of it by name, and whether it has its digest."""

    content: dict[str, Any]
    facts: RunFacts
    sealed: bool


def read_run(folder: Path) -> RunFile:
    """The run.json of the run directory `folder`.

    Raises UsageError where there is none, where it was edited, where a member is of another type than a run writes, and
    where it says the profile or the device twice and differently.
    """
    path = folder / RUN
    content, _, sealed = read_sealed(path, f"the {RUN} of a run directory")
    try:
        facts = msgspec.convert(content, RunFacts)
    except msgspec.ValidationError as error:
        wanted, _, got = str(error).removeprefix("Expected ").partition(", got ")
        name = wanted.partition("`$.")[2].rstrip("`")
        raise not_understood(path, wanted, got or content.get(name, "another")) from error
    if facts.shard is not None:
        try:
            parse_shard(facts.shard)
        except UsageError as error:
            raise not_understood(path, "a shard I/N with 1 <= I <= N", facts.shard) from error
    selection = facts.selection
    for name in ("profile", "device"):
        said = getattr(facts, name)
        if selection is not None and said is not None and said != getattr(selection, name):
            raise refused(path, f"{name} {said} in its selection too", getattr(selection, name))
    return RunFile(content, facts, sealed)


def selection_of(folder: Path, facts: RunFacts) -> Selection:
    """What an earlier run was asked for. Raises UsageError where its run.json does not say it."""
    if facts.selection is None:
        raise not_understood(folder / RUN, "a selection, which says what was asked for", "none")
    return facts.selection


def shard_in(facts: RunFacts) -> Shard | None:
    """Which part of its plan a run is; None where it is all of it."""
    return None if facts.shard is None else parse_shard(facts.shard)

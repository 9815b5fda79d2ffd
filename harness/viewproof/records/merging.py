"""Reads the shards of one run, and proves that they are: each whole, none twice, none missing, all of one making."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from viewproof.errors import UsageError
from viewproof.records.directory import RunDirectory, read_directory
from viewproof.records.model import ChunkRecord
from viewproof.records.outdir import JOURNAL, RUN
from viewproof.records.refused import not_understood, refused
from viewproof.records.run_json import RunFacts, shard_in
from viewproof.records.shard import Shard


class Part(NamedTuple):
    """One shard: its run directory, and what is read of it."""

    path: Path
    shard: Shard
    run: dict[str, Any]
    facts: RunFacts
    records: list[ChunkRecord]
    seconds: float


def read_parts(paths: Sequence[Path]) -> list[Part]:
    """The shards in these run directories, in the order of their numbers: all of one run, each once.

    Raises UsageError where a directory is none of a shard that is finished and whole, is of another number of shards or
    of another plan than the first, or is the same shard again, and where one is missing. Raises NotTrusted where a
    directory was edited or torn, and where shards of one plan were not made by the same.
    """
    if not paths:
        raise UsageError("merge: wanted the run directories of all shards, got none")
    parts: dict[int, Part] = {}
    first: Part | None = None
    for path in paths:
        part = _part(path)
        first = part if first is None else first
        if part.shard.count != first.shard.count:
            raise not_understood(path / RUN, f"a shard of {first.shard.count}, as shard {first.shard} is", part.shard)
        if part.facts.plan != first.facts.plan:
            raise not_understood(path / RUN, f"plan {first.facts.plan}, as shard {first.shard} has", part.facts.plan)
        if part.shard.index in parts:
            raise not_understood(
                path / RUN, "each shard once", f"{part.shard}, as {parts[part.shard.index].path} is too"
            )
        _same_making(part, first)
        parts[part.shard.index] = part
    assert first is not None, "there is at least one path"
    count = first.shard.count
    if lacking := [str(Shard(index, count)) for index in range(1, count + 1) if index not in parts]:
        raise UsageError(f"merge: wanted all of {count} shards, got none for {_some(lacking)}")
    return [parts[index] for index in range(1, count + 1)]


def _some(names: Sequence[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _part(path: Path) -> Part:
    found = read_directory(path)
    shard = shard_in(found.facts)
    if shard is None or found.records is None:
        raise not_understood(path / RUN, "a shard, made with run --shard", "a run that is none")
    if not found.sealed:
        raise not_understood(path / RUN, "a digest, as each shard has", "none")
    _whole(path, found)
    return Part(path, shard, found.run, found.facts, found.records, found.summary.seconds)


def _whole(path: Path, found: RunDirectory) -> None:
    """Raise UsageError where the shard was stopped before each of its chunks had a record."""
    held, wanted = len(found.records or ()), found.facts.chunks
    if held != wanted:
        raise not_understood(path / JOURNAL, f"a shard that is whole, of {wanted} chunks", f"records of {held}")


def _python(facts: RunFacts) -> str | None:
    """The implementation of Python and its minor version."""
    where = facts.environment
    if where is None or where.python is None:
        return None
    return f"{where.implementation} {'.'.join(where.python.split('.')[:2])}"


#: What shards of one run have in common, in the order in which it is compared: a name for it, and where it stands.
_ALIKE: tuple[tuple[str, Callable[[RunFacts], object]], ...] = (
    ("viewproof", lambda facts: facts.viewproof),
    ("torch", lambda facts: facts.torch),
    ("torch's commit", lambda facts: facts.environment and facts.environment.torch_git),
    ("Python", _python),
    ("device", lambda facts: facts.device),
    ("profile", lambda facts: facts.profile),
    ("seed", lambda facts: facts.seed),
    ("queries", lambda facts: facts.selection and facts.selection.queries),
    ("level", lambda facts: facts.selection and facts.selection.level),
    ("imports", lambda facts: facts.selection and facts.selection.imports),
    ("contracts asked for", lambda facts: facts.selection and facts.selection.contracts),
    ("selection", lambda facts: facts.selection),
    ("contracts", lambda facts: [" ".join(map(str, one.values())) for one in facts.contracts]),
    ("passes", lambda facts: facts.passes),
    ("known issues", lambda facts: facts.known_issues),
)


def _same_making(part: Part, first: Part) -> None:
    for name, of in _ALIKE:
        wanted, got = of(first.facts), of(part.facts)
        if wanted != got:
            raise refused(part.path / RUN, f"{name} {_said(wanted)}, as shard {first.shard} has", _said(got))


def _said(value: object) -> str:
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "none" if value is None or value == "" or value == {} else str(value)


def in_order(parts: Sequence[Part], dealt: Sequence[Sequence[str]]) -> dict[str, ChunkRecord]:
    """The records of all shards by chunk. `dealt` names the chunks that each shard has by the plan.

    Raises NotTrusted, with the directory, where a shard holds a record of a chunk that is not its own, or lacks one.
    """
    found: dict[str, ChunkRecord] = {}
    for part, names in zip(parts, dealt, strict=True):
        own = set(names)
        for line, record in enumerate(part.records, start=1):
            if record.chunk not in own:
                raise refused(part.path / JOURNAL, f"a chunk of shard {part.shard} of the plan", record.chunk, line)
            found[record.chunk] = record
        if lacking := own - found.keys():
            raise refused(part.path / JOURNAL, f"a record of {min(lacking)}, a chunk of shard {part.shard}", "none")
    return found


def merged_run(parts: Sequence[Part], plan_facts: dict[str, Any], argv: Sequence[str]) -> dict[str, Any]:
    """The content of run.json of the merged run; `plan_facts` are its members that the whole plan says.

    What all shards say of their environment is the run's; what each says of its own is kept in `shards`.
    """
    first = parts[0]
    environments = [part.run.get("environment") or {} for part in parts]
    common = {
        name: value for name, value in environments[0].items()
        if all(name in one and one[name] == value for one in environments)
    }  # fmt: skip
    return first.run | plan_facts | {
        "started": min(part.facts.started for part in parts),
        "argv": list(argv),
        "shard": None,
        "jobs": sum(part.facts.jobs or 0 for part in parts),
        "environment": common,
        "workers": _workers([part.run.get("workers") or {} for part in parts]),
        "shards": [_kept(part) for part in parts],
    }  # fmt: skip


def _workers(each: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The most that a worker of any shard held, and how many died in all."""
    limits = [one["memory_limit"] for one in each if one.get("memory_limit") is not None]
    return {
        "peak_memory": max(one.get("peak_memory", 0) for one in each),
        "memory_limit": max(limits, default=None),
        "deaths": sum(one.get("deaths", 0) for one in each),
    }


def _kept(part: Part) -> dict[str, Any]:
    """What a merged run keeps of a shard: where and when it ran."""
    names = ("started", "jobs", "chunks", "argv", "backend", "environment", "workers")
    return {"shard": str(part.shard), "seconds": part.seconds} | {name: part.run.get(name) for name in names}

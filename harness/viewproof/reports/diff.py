"""What changed from one run to the next, each change in one class."""

from __future__ import annotations

from collections.abc import Iterator

from viewproof.reports.diff_faults import KINDS, Change, fault_changes
from viewproof.reports.diff_place import place_changes
from viewproof.reports.diff_side import Side

#: Verdicts with which a run is no evidence; more of them is a regression of the run itself.
_NO_EVIDENCE = ("missing", "harness_error")


def compare(old: Side, new: Side) -> list[Change]:
    """The changes from `old` to `new`, worst class first.

    A fault that shows only on cases that `old` did not have is no regression but a new case; one of a rule that `old`
    did not run belongs to the changed rule. A fault that is gone with its cases or its rule is no improvement.
    """
    changes = [
        *fault_changes(old, new),
        *_evidence(old, new),
        *_problems(old, new),
        *_cases(old, new),
        *_rules(old, new),
        *_torch(old, new),
        *place_changes(old, new),
    ]
    return sorted(changes, key=lambda change: KINDS.index(change.kind))


def regressed(changes: list[Change]) -> bool:
    """Whether anything got worse."""
    return any(change.kind == "regression" for change in changes)


def _evidence(old: Side, new: Side) -> Iterator[Change]:
    for verdict in _NO_EVIDENCE:
        before, after = (side.summary["verdicts"].get(verdict, 0) for side in (old, new))
        if before != after:
            kind = "regression" if after > before else "improvement"
            yield Change(kind, f"verdicts {verdict}", f"{before:,}", f"{after:,}")


def _problems(old: Side, new: Side) -> Iterator[Change]:
    before, after = (dict.fromkeys(side.summary.get("problems", ())) for side in (old, new))
    yield from (Change("regression", problem, "holds", "does not hold") for problem in after if problem not in before)
    yield from (Change("improvement", problem, "did not hold", "holds") for problem in before if problem not in after)


def _cases(old: Side, new: Side) -> Iterator[Change]:
    """Cases met and no longer met, by suite and operator; by what has verdicts at all where a journal lacks."""
    if old.cases is not None and new.cases is not None:
        for key in dict.fromkeys([*old.cases, *new.cases]):
            before, after = old.cases.get(key, set()), new.cases.get(key, set())
            subject, was, is_ = "/".join(key), f"{len(before):,} cases", f"{len(after):,} cases"
            if after - before:
                yield Change("new case", f"{subject}: {len(after - before):,} new", was, is_)
            if before - after:
                yield Change("removed case", f"{subject}: {len(before - after):,} removed", was, is_)
        return
    for name in ("by_operator", "by_target"):
        before_, after_ = old.summary[name], new.summary[name]
        what = name.removeprefix("by_")
        yield from (Change("new case", f"{what} {one}", "not run", "run") for one in after_ if one not in before_)
        yield from (Change("removed case", f"{what} {one}", "run", "not run") for one in before_ if one not in after_)


def _rules(old: Side, new: Side) -> Iterator[Change]:
    before, after = old.summary["by_rule"], new.summary["by_rule"]
    yield from (Change("changed rule", rule, "not run", "run") for rule in after if rule not in before)
    yield from (Change("changed rule", rule, "run", "not run") for rule in before if rule not in after)
    for name in ("viewproof", "profile", "device"):
        if old.summary[name] != new.summary[name]:
            yield Change("changed rule", name, str(old.summary[name]), str(new.summary[name]))


def _torch(old: Side, new: Side) -> Iterator[Change]:
    was, is_ = old.summary["torch"], new.summary["torch"]
    built, builds = (_commit(side) for side in (old, new))
    if was != is_:
        yield Change("changed torch", "torch", was, is_)
    elif built and builds and built != builds:
        yield Change("changed torch", f"commit of torch {is_}", built, builds)
    if old.catalog is None or new.catalog is None:
        return
    for name in sorted({*old.catalog, *new.catalog}):
        before, after = old.catalog.get(name), new.catalog.get(name)
        if before is None and after is not None:
            yield Change("changed torch", f"new view operator {name} ({after['kind']})", "not there", after["schema"])
        elif after is None and before is not None:
            yield Change("changed torch", f"view operator {name} is gone", before["schema"], "not there")
        elif before is not None and after is not None:
            if before["schema"] != after["schema"]:
                yield Change("changed torch", f"schema of {name}", before["schema"], after["schema"])
            if before["kind"] != after["kind"]:
                yield Change("changed torch", f"kind of {name}", before["kind"], after["kind"])


def _commit(side: Side) -> str:
    return str((side.run.get("environment") or {}).get("torch_git") or "")

"""`viewproof list`: the operators, suites, rules or cases that a query selects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from viewproof.cli.options import refusals, selection_options
from viewproof.cli.output import apart_from_kernels, say
from viewproof.cli.watching import watched
from viewproof.records.chunk import Chunk
from viewproof.records.outdir import Selection


@click.command(name="list")
@click.argument("what", type=click.Choice(["ops", "suites", "rules", "cases"]))
@selection_options
@watched()
@apart_from_kernels()
def list_(what: str, **selected: Any) -> None:
    """List operators, suites, rules or cases: all, or what a QUERY selects.

    `cases` lists the names that a run of the same query would check, by generation alone.
    """
    # Late: they load torch, which is loaded in the process that is watched.
    from viewproof.engine.modules import import_modules
    from viewproof.engine.plan import plan_of

    with refusals():
        asked = Selection(**selected)
        import_modules(asked.imports)
        for line in _LISTS[what](asked, plan_of(asked)):
            say(line)


def _ops(asked: Selection, plan: tuple[Chunk, ...]) -> Iterator[str]:
    """Each operator with its kind, and those of the catalog that no suite has, where no query was given."""
    from viewproof.catalog import catalog

    entries = catalog()
    planned = {chunk.operator for chunk in plan}
    names = sorted(planned if asked.queries or asked.level is not None else planned | set(entries))
    width = max(map(len, names))
    for name in names:
        entry = entries.get(name)
        # No gap of the catalog's, which doctor counts: suites take samples of overloads that are no kin of a view's.
        kind = "uncatalogued" if entry is None else entry.kind
        reason = f"  ({entry.reason})" if entry is not None and entry.kind == "excluded" else ""
        yield f"{name:{width}}  {kind}{reason}"


def _suites(asked: Selection, plan: tuple[Chunk, ...]) -> Iterator[str]:
    from viewproof.contract.installed import find_suite

    del asked
    for name in dict.fromkeys(chunk.suite for chunk in plan):
        suite = find_suite(name)
        yield f"{name}  level {suite.level}  {suite.summary}"
        yield f"  targets: {', '.join(suite.targets)}"
        yield f"  rules: {', '.join(suite.rules)}"


def _rules(asked: Selection, plan: tuple[Chunk, ...]) -> Iterator[str]:
    from viewproof.contract.installed import find_rule

    del asked
    names = list(dict.fromkeys(rule for chunk in plan for rule in chunk.rules))
    width = max(map(len, names))
    for name in names:
        rule = find_rule(name)
        yield f"{name:{width}}  level {rule.level}  {rule.summary}"


def _cases(asked: Selection, plan: tuple[Chunk, ...]) -> Iterator[str]:
    from viewproof.engine.count import case_names

    del asked
    said: set[str] = set()
    for chunk in plan:
        for name in case_names(chunk):
            if name not in said:
                said.add(name)
                yield name


_LISTS: dict[str, Callable[[Selection, tuple[Chunk, ...]], Iterator[str]]] = {
    "ops": _ops,
    "suites": _suites,
    "rules": _rules,
    "cases": _cases,
}

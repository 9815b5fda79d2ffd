"""The plan: which chunks a run holds, as a pure function of the suites and of what was asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from viewproof import __version__
from viewproof.catalog.overloads import is_overload
from viewproof.contract.suite import Suite
from viewproof.engine.costs import digest as costs_digest
from viewproof.engine.judging_suites import declined, owes, subject_named, why_none
from viewproof.engine.query import Query, check_query, parse_query, suites_asked
from viewproof.engine.workload import with_reuse
from viewproof.errors import EmptySelection, UsageError
from viewproof.generate.sweep import PROFILES
from viewproof.records.chunk import Chunk
from viewproof.records.outdir import Selection

#: The family of a chunk that holds one case which a query named.
NAMED = "named"


def make_plan(
    suites: Mapping[str, Suite],
    queries: Sequence[str] = (),
    *,
    profile: str = "quick",
    device: str = "cpu",
    level: int | None = None,
) -> tuple[Chunk, ...]:
    """The chunks of a run: the union of the queries (all, if there is none) over the suites up to `level`.

    Raises UsageError where a query names nothing that exists, or a case that no suite judges; EmptySelection where
    nothing is selected.
    """
    if profile not in PROFILES:
        raise UsageError(f"profile: wanted one of {', '.join(PROFILES)}; got {profile!r}")
    parsed = [parse_query(text) for text in queries]
    for query in parsed:
        check_query(query, suites)
    kept = [suite for suite in suites.values() if level is None or suite.level <= level]
    plan = [chunk for suite in kept for chunk in _of_suite(suite, parsed or [Query("*")], profile, device)]
    _check_named(plan, parsed, kept)
    if not plan:
        asked = " ".join(queries) or "every suite"
        raise EmptySelection(f"nothing selected: {asked}{'' if level is None else f' at level {level}'}")
    return tuple(plan)


def _check_named(plan: list[Chunk], queries: list[Query], suites: list[Suite]) -> None:
    """Raise UsageError for a case that a query names and that none of the suites judges that the query takes."""
    for query in queries:
        if query.call is None:
            continue
        subject = subject_named(query.call)
        if subject is None or not any(owes(chunk, subject) for chunk in plan if chunk.case == query.call):
            raise UsageError(why_none(query.call, [suite for suite in suites if query.takes_suite(suite.name)]))


def plan_of(selection: Selection) -> tuple[Chunk, ...]:
    """The chunks of a run with this selection. Raises as `suites_asked` and `make_plan` do."""
    plan = make_plan(
        suites_asked(selection),
        selection.queries,
        profile=selection.profile,
        device=selection.device,
        level=selection.level,
    )
    return with_reuse(plan)


def _of_suite(suite: Suite, queries: list[Query], profile: str, device: str) -> Iterator[Chunk]:
    queries = [query for query in queries if query.takes_suite(suite.name)]
    if not queries:
        return
    for operator in suite.operators():
        taking = [query for query in queries if query.takes_operator(operator)]
        subjects: dict[str | None, list[Query]] = {}
        for query in taking:
            subjects.setdefault(query.call, []).append(query)
        for call, asked in subjects.items():
            subject = None if call is None else subject_named(call)
            if subject is not None and declined(suite, subject):
                continue
            families = (NAMED,) if call is not None else suite.families(operator, profile)
            for targets, rules in _rectangles(suite, asked):
                for family in families:
                    # A case that a query names runs on every target.
                    held = suite.targets if call is not None else suite.on(operator, family, profile)
                    running = tuple([target for target in targets if target in held])
                    if not running:
                        continue
                    yield Chunk(
                        suite=suite.name,
                        operator=operator,
                        family=family,
                        profile=profile,
                        device=device,
                        targets=running,
                        rules=rules,
                        case=call,
                    )


def _rectangles(suite: Suite, queries: list[Query]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The (target, rule) pairs that any of the queries takes, each once, as targets that share their rules."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for target in suite.targets:
        asked = [query for query in queries if query.takes_target(target)]
        rules = tuple(rule for rule in suite.rules if any(query.takes_rule(rule) for query in asked))
        if rules:
            alike.setdefault(rules, []).append(target)
    for rules, targets in alike.items():
        yield tuple(targets), rules


def plan_hash(chunks: Iterable[Chunk], schema_of: Callable[[str], str] | None = None, costs: str | None = None) -> str:
    """`sha256:...` over the chunks' names, the version of viewproof, the schemas of the operators, and the costs.

    `costs` is the digest of what chunks cost, the committed one where it is not given: with it, the hash stands for how
    the plan is cut into shards too.
    """
    schema_of = torch_schema if schema_of is None else schema_of
    digest = hashlib.sha256(__version__.encode())
    digest.update(b"\n" + (costs_digest() if costs is None else costs).encode())
    operators: dict[str, None] = {}
    for chunk in chunks:
        digest.update(b"\n" + chunk.name.encode("utf-8", "backslashreplace"))
        operators[chunk.operator] = None
    for operator in operators:
        digest.update(b"\n" + schema_of(operator).encode())
    return f"sha256:{digest.hexdigest()}"


def torch_schema(operator: str) -> str:
    """The schema under which this torch has registered the overload `operator`; another subject's word as it is."""
    import torch

    if not is_overload(operator):
        return operator
    namespace, _, rest = operator.partition(".")
    name, _, overload = rest.rpartition(".")
    return str(getattr(getattr(getattr(torch.ops, namespace), name), overload)._schema)

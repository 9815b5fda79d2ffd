"""report.md: the verdict on top, findings smallest first, what was covered, what was not, and where it ran."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from viewproof.records.coverage import NOT_RUN, Coverage
from viewproof.records.findings import Finding, in_order
from viewproof.records.model import VERDICTS, ChunkRecord
from viewproof.records.summary import Summary, exit_status, why_no_evidence
from viewproof.reports.command import command
from viewproof.reports.counts import count_rows, unseen_lines
from viewproof.reports.markdown_table import code, escaped, table
from viewproof.reports.parts import part_lines, shard_rows
from viewproof.reports.place_line import place_line
from viewproof.reports.unrun import partial_line, unrun_by_suite


def render_markdown(
    summary: Summary, run: Mapping[str, Any], records: Sequence[ChunkRecord], excluded: Mapping[str, str] | None = None
) -> str:
    """The whole report. `excluded` (operator to reason) is the catalog's own where it is not given."""
    if excluded is None:
        excluded = excluded_operators()
    findings = in_order(summary.findings)
    parts = [
        _verdict(summary, run),
        *_unrun(summary, run, records),
        _section("Counts", _counts(summary)),
        _section("Findings", _findings([one for one in findings if one.known_issue is None], run)),
        _section("Waived known issues", _waived([one for one in findings if one.known_issue is not None])),
        _section("Coverage", _coverage(summary.coverage)),
        *_without_sample(summary.coverage),
        *_variants(run),
        _section("By rule", _tallies(summary.by_rule, "rule")),
        _section("By target", _tallies(summary.by_target, "target")),
        _section("By operator", _tallies(summary.by_operator, "operator")),
        _section(f"Families swept by profile {code(summary.profile)}", _families(records)),
        _section("Excluded operators", table(("operator", "reason"), [(code(k), v) for k, v in excluded.items()])),
        *_shards(run),
        _section("Environment", _where(run) + table(("", ""), _flat({**run, "shards": {}}))),
        _section("Timings", _timings(summary, records)),
    ]
    return "\n\n".join(parts) + "\n"


def _variants(run: Mapping[str, Any]) -> list[str]:
    """Which views have a copy, and which have none: where copies were run."""
    if "copies" not in run.get("suites", ()):
        return []
    from viewproof.catalog import catalog
    from viewproof.catalog.variants import variants_table, without_copy

    rows = [
        (code(row[0]), row[1], *(name if name == "-" else code(name) for name in row[2:]))
        for row in variants_table(catalog())
    ]
    lacking = f"{len(without_copy(catalog()))} of {len(rows)} view overloads have no copy variant.\n\n"
    return [
        _section("Variants of each view", lacking + table(("view", "kind", "copy", "out=", "scatter", "inverse"), rows))
    ]


def excluded_operators() -> dict[str, str]:
    """The catalog's excluded overloads and the reason for each."""
    from viewproof.catalog import catalog

    return {name: entry.reason or "" for name, entry in catalog().items() if entry.kind == "excluded"}


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}"


def _verdict(summary: Summary, run: Mapping[str, Any]) -> str:
    why = why_no_evidence(summary)
    said = f"No verdict: {escaped(why)}" if why else "Does not conform" if exit_status(summary) else "Conforms"
    lines = [f"# {said}", "", f"viewproof {escaped(summary.viewproof)}, torch {escaped(summary.torch)}."]
    lines.append(f"Device {escaped(summary.device)}, profile {escaped(summary.profile)}, plan {code(summary.plan)}.")
    if run.get("seed") is not None:
        lines.append(f"Shuffled by seed {code(run['seed'])}: in another order, in other batches.")
    lines += map(escaped, part_lines(run))
    if partial := partial_line(summary, run):
        lines.append(f"\n**{escaped(partial)}**")
    if not summary.device.startswith("cuda"):
        lines.append("\nCUDA: not run.")
    return "\n".join(lines)


def _unrun(summary: Summary, run: Mapping[str, Any], records: Sequence[ChunkRecord]) -> list[str]:
    """What was not run because the run was stopped, by suite."""
    rows = [(code(suite), f"{left:,}", f"{all_:,}") for suite, left, all_ in unrun_by_suite(summary, run, records)]
    return [_section("Not run", table(("suite", "chunks not run", "of"), rows))] if rows else []


def _counts(summary: Summary) -> str:
    return "\n\n".join([table(("", "count"), count_rows(summary)), *unseen_lines(summary)])


def _findings(findings: list[Finding], run: Mapping[str, Any]) -> str:
    if not findings:
        return "None."
    parts = []
    for number, one in enumerate(findings, 1):
        parts.append(
            f"{number}. {code(one.result)}: **{escaped(one.verdict)}**, {one.count:,} "
            f"verdict{'' if one.count == 1 else 's'}\n"
            f"   - expected: {escaped(one.expected)}\n   - observed: {escaped(one.observed)}\n"
            f"   - {code(command('repro', one.result, run))}"
        )
    return "\n".join(parts)


def _waived(findings: list[Finding]) -> str:
    rows = [(one.known_issue, code(one.result), one.expected, one.observed, f"{one.count:,}") for one in findings]
    return table(("known issue", "smallest result", "expected", "observed", "count"), rows)


def _coverage(coverage: Coverage) -> str:
    """What was covered by number, and each gap. What a query left out is a number, not a row each."""
    operators, rules = coverage.operators, coverage.rules
    rows = [(f"operators {word}", str(getattr(operators, word))) for word in _OPERATORS]
    rows += [("rules covered", str(rules.covered)), ("rules planned", str(rules.planned))]
    gaps = [(f"operators gaps {name}", gap) for name, gap in operators.gaps.items() if gap != NOT_RUN]
    left_out = len(operators.gaps) - len(gaps)
    gaps += [("operators gaps", f"{NOT_RUN}: {left_out}")] if left_out else []
    gaps += [("rules gaps", rule) for rule in rules.gaps]
    return table(("", "count"), rows) + "\n\nGaps and details:\n\n" + table(("what", "detail"), gaps)


_OPERATORS = ("covered", "partly", "uncovered", "catalog", "excluded")


def _without_sample(coverage: Coverage) -> list[str]:
    """What the suites that were run are about and have no sample of: where a suite can say so."""
    rows = [
        f"- {code(name)}: {one.count:,}. {', '.join(map(code, one.operators))}".rstrip()
        for name, one in coverage.without_sample.items()
    ]
    head = "Overloads that no sample calls: nothing is said of them.\n\n"
    return [_section("Without a sample", head + "\n".join(rows))] if rows else []


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(one)}" for key, one in value.items())
    return ", ".join(map(_words, value)) if isinstance(value, list | tuple) else str(value)


def _tallies(by_name: Mapping[str, Mapping[str, int]], what: str) -> str:
    words = [word for word in VERDICTS if any(counts.get(word) for counts in by_name.values())]
    rows = [(code(name), *[f"{counts.get(word, 0):,}" for word in words]) for name, counts in by_name.items()]
    return table((what, *words), rows)


def _families(records: Sequence[ChunkRecord]) -> str:
    swept: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for record in records:
        entry = swept[record.suite, record.family]
        entry[0] += record.cases
        entry[1] += record.accepted
    rows = [(suite, family, f"{cases:,}", f"{good:,}") for (suite, family), (cases, good) in sorted(swept.items())]
    return table(("suite", "family", "cases", "accepted"), rows)


def _where(run: Mapping[str, Any]) -> str:
    line = place_line(run)
    return "" if line is None else f"A worker: {escaped(line)}.\n\n"


def _shards(run: Mapping[str, Any]) -> list[str]:
    """Where each of the shards ran that a run was merged from."""
    head, rows = shard_rows(run)
    return [_section("Shards", table(head, rows))] if rows else []


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, _words(value)))
    return rows


def _timings(summary: Summary, records: Sequence[ChunkRecord]) -> str:
    checking = summary.checking_seconds
    generating = sum(record.generating_seconds for record in records)
    run = summary.executions - summary.reused
    rows = [
        ("wall", f"{summary.seconds:.1f} s"),
        ("checking, over all workers", f"{checking:.1f} s"),
        ("generating, over all workers", f"{generating:.1f} s"),
        ("executions that were run, a second of checking", f"{run / checking:,.0f}" if checking else "not timed"),
    ]
    return table(("", ""), rows)

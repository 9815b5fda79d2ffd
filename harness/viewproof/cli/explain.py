"""`viewproof explain`: a rule's clause, or an operator's entry in the catalog."""

from __future__ import annotations

import difflib
import inspect
from itertools import islice

import click

from viewproof.cli.output import apart_from_kernels, say_laid_out
from viewproof.cli.watching import watched


@click.command(name="explain")
@click.argument("name", metavar="RULE|OP")
@click.option("--import", "imports", multiple=True, metavar="MODULE", help="Import MODULE first, as in `run`.")
@watched()
@apart_from_kernels()
def explain(name: str, imports: tuple[str, ...]) -> None:
    """Say what a rule demands, or what is known of an operator and who judges it."""
    from viewproof.catalog import catalog
    from viewproof.contract.installed import all_rules, all_suites
    from viewproof.engine.modules import import_modules

    import_modules(imports)
    rules, entries = all_rules(), catalog()
    if name in rules:
        say_laid_out(_rule(name))
        return
    # Suites have more than the catalog: operators that are sampled, and words such as `history.pop`.
    known = dict.fromkeys([*entries, *[operator for suite in all_suites().values() for operator in suite.operators()]])
    operators = [one for one in known if name in (one, one.rpartition(".")[0])]
    operators = operators or [one for one in known if f"aten.{name}" in (one, one.rpartition(".")[0])]
    if not operators:
        near = difflib.get_close_matches(name, [*rules, *known, *{one.rpartition(".")[0] for one in known}], n=4)
        hint = f"; near it: {', '.join(near)}" if near else ""
        raise click.UsageError(f"{name!r}: wanted a rule, or an operator of the catalog or of a suite{hint}")
    say_laid_out("\n\n".join(map(_operator, operators)))


def _rule(name: str) -> str:
    from viewproof.contract.installed import all_rules, all_suites

    one = all_rules()[name]
    suites = ", ".join(suite.name for suite in all_suites().values() if name in suite.rules)
    rows = [f"{name} (level {one.level})", "", one.doc, "", f"source: {one.source}", f"can fail: {one.fault}"]
    return "\n".join([*rows, f"suites: {suites or 'none'}"])


def _operator(name: str) -> str:
    from viewproof.catalog import catalog
    from viewproof.catalog.overloads import is_overload, resolve
    from viewproof.contract.installed import all_suites
    from viewproof_reference.layout import registry

    entry = catalog().get(name)
    if entry is None:
        lines = [name, "", *([f"schema: {resolve(name)._schema}"] if is_overload(name) else []), "not in the catalog"]
    else:
        lines = [name, "", f"schema: {entry.schema}", f"kind: {entry.kind}"]
        lines += [f"reason: {entry.reason}"] if entry.reason else []
        lines += [f"bases: {', '.join(entry.bases) or 'none'}"]
        lines += [f"belongs to: {entry.view}"] if entry.view else []
    clause = registry.layout_rule_of(name)
    lines += (
        ["layout rule:", *[f"  {line}" for line in (inspect.getdoc(clause) or "(unsaid)").splitlines()]]
        if clause
        else []
    )
    for suite in all_suites().values():
        if name not in suite.operators():
            continue
        lines.append(f"suite {suite.name}: targets {', '.join(suite.targets)}; {len(suite.rules)} rules")
        families = suite.families(name, "quick")
        example = next(islice((case for family in families for case in suite.cases(name, family, "quick")), 1), None)
        if example is not None:
            from viewproof.cases import format_case

            lines.append(f"  for example: {format_case(example)}")
    return "\n".join(lines)

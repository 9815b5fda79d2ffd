"""`viewproof show`: expected and observed side by side, with a drawing of the storage and the view on it."""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path

import click


@click.command(name="show")
@click.argument("result")
@click.option("--run", type=click.Path(path_type=Path, file_okay=False), help="RESULT is a finding's number there.")
@click.option(
    "--backend",
    metavar="FILE.toml",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Whose passes are tried, as in `run`; with --run, those of that run.",
)
@click.option("--device", default="cpu", show_default=True, help="Where eager runs the case.")
def show(result: str, run: Path | None, backend: Path | None, device: str) -> None:
    """Show what RESULT (SUITE/TARGET/RULE/CASE, or a case) should be and what it is."""
    from viewproof.cases import format_case
    from viewproof.contract.installed import all_rules, find_target
    from viewproof.engine.address import find_result
    from viewproof.errors import UsageError
    from viewproof.evidence.expectation import expect
    from viewproof.evidence.subject import subject_of
    from viewproof.exported.vendor import install_of
    from viewproof.reports.side_by_side import drawings_of, plain_table, rows_of

    try:
        install_of(backend, run)
        found = find_result(result, run, device)
        target = find_target(found.target)
        if found.rule is not None and found.rule not in all_rules():
            raise UsageError(f"rule {found.rule!r}: wanted one of {', '.join(all_rules())}")
        expectation = expect(found.case)
    except KeyError as error:
        raise click.UsageError(f"operator {error}: wanted one that has a layout rule") from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    subject = subject_of(found.case, expectation, target.device_word(found.device))
    rule = None if found.rule is None else all_rules()[found.rule]
    probes = frozenset({"facts"} if rule is None else {"facts", rule.probe})
    with warnings.catch_warnings(action="ignore"), target.open(found.device, found.case.operator) as session:
        observation = session.observe(subject, probes)
        session.flush()
    click.echo(f"{format_case(found.case)}\non {target.name}\n")
    rows = rows_of(subject, observation)
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table("", "expected", "observed")
        for row in rows:
            table.add_row(Text(row.what), Text(row.expected), Text(row.observed), style="red" if row.differs else None)
        Console().print(table)
    else:
        click.echo(plain_table(rows))
    for drawing in drawings_of(subject, observation, shutil.get_terminal_size((100, 24)).columns):
        click.echo(f"\n{drawing}")
    if rule is not None and rule.applies(subject.traits, target.name):
        difference = None
        if observation.error is None or subject.expectation.refusal is not None:
            difference = rule.check(subject, observation)
        if observation.error is not None and subject.expectation.refusal is None:
            click.echo(f"\n{rule.name}: fail\n  raised {observation.error[0][0]}: {observation.error[1][:300]}")
        elif difference is None:
            click.echo(f"\n{rule.name}: pass")
        else:
            click.echo(f"\n{rule.name}: fail\n  expected {difference.expected}\n  observed {difference.observed}")
    elif rule is not None:
        click.echo(f"\n{rule.name}: does not apply to this case on {target.name}")

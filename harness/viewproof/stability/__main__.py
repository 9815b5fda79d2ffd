"""`python -m viewproof.stability --out DIR [SETTING]... [-- QUERY...]`: no verdict changes under other settings.

A quarter of an hour on two processors for all of them. Exit status: 0 no verdict changed and every setting arrived;
1 one changed, or a setting did not arrive or lacks something; 2 wrong usage; 3 a run gave no evidence.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from viewproof.cli.options import Refusal
from viewproof.cli.output import say, say_laid_out
from viewproof.stability.machine import this_machine
from viewproof.stability.outcome import Outcome, compared, read_outcome
from viewproof.stability.preload import broken_by_preload
from viewproof.stability.running import place_of, start
from viewproof.stability.runs import PlannedRun, plan_runs
from viewproof.stability.settings import SETTINGS, Setting
from viewproof.stability.table import Aside, render, status_of

TABLE = "stable.md"


def chosen(names: Sequence[str]) -> tuple[Setting, ...]:
    """The settings of these names, in their own order; all where there is none. Raises Refusal for an unknown one."""
    known = [setting.name for setting in SETTINGS]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Refusal(f"setting {unknown[0]!r}: wanted one of {', '.join(known)}")
    return tuple(setting for setting in SETTINGS if not names or setting.name in names)


def carry_out(run: PlannedRun, out: Path, queries: Sequence[str], reference: Outcome | None) -> Outcome:
    """Do one run, read it back, and compare it with the reference."""
    say(f"{run.name}: {', '.join(setting.name for setting, _ in run.asked) or 'the default'}", err=True)
    status, said = start(run, out, queries)
    outcome = read_outcome(run, place_of(run, out) / "run", status, said)
    if reference is None or outcome.why_none is not None:
        return outcome
    try:
        broken = broken_by_preload(run)
    except subprocess.CalledProcessError as error:
        return replace(outcome, why_none=f"the process that looks at what the preload breaks died: {error}")
    changes, explained = compared(reference.records, outcome.records, broken)
    return replace(outcome, changes=changes, explained=explained, broken=broken)


@click.command
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.argument("settings", nargs=-1, metavar="[SETTING]...")
@click.pass_context
def main(context: click.Context, /, out: Path, settings: tuple[str, ...]) -> None:
    """Run the suites under each SETTING (all by default) and demand the verdicts of the default one.

    What follows `--` are queries of `viewproof run`; all suites by default.
    """
    queries: Sequence[str] = context.obj or ()
    machine = this_machine()
    plan = plan_runs(chosen(settings), machine)
    out = out.absolute()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(f"output directory {out}: cannot be made ({error.strerror})") from error
    outcomes: list[Outcome] = []
    for run in plan.runs:
        outcomes.append(carry_out(run, out, queries, outcomes[0] if outcomes else None))
        if outcomes[0].why_none is not None:
            # There is nothing to compare with.
            break
    say_laid_out(write_table(out, outcomes, plan.set_aside))
    context.exit(status_of(outcomes, plan.set_aside))


def write_table(out: Path, outcomes: Sequence[Outcome], aside: Aside) -> str:
    """Write the table to `out`, and return it."""
    page = render(outcomes, aside)
    (out / TABLE).write_text(page, encoding="utf-8")
    return page


def split_arguments(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before the first `--`, and the queries behind it."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return list(arguments[:place]), list(arguments[place + 1 :])


if __name__ == "__main__":
    own, queries = split_arguments(sys.argv[1:])
    main(own, prog_name="python -m viewproof.stability", obj=queries)

"""`viewproof show`: expected and observed side by side, with a drawing of the storage and the view on it."""

from __future__ import annotations

import shutil
import warnings
from typing import Any

import click

from viewproof.cli.named_result import named_result, result_options
from viewproof.cli.output import apart_from_kernels, own_stream, say, say_laid_out
from viewproof.cli.watching import watched


@click.command(name="show")
@result_options
@watched()
@apart_from_kernels()
def show(**named: Any) -> None:
    """Show what RESULT (SUITE/TARGET/RULE/CASE, or a case) should be and what it is."""
    from viewproof.cases import format_case
    from viewproof.contract.installed import all_rules, find_target
    from viewproof.contract.state import RESTORED
    from viewproof.engine.executions import left_of
    from viewproof.engine.planner import RuleSet
    from viewproof.errors import UsageError
    from viewproof.evidence.expectation import expect
    from viewproof.evidence.probe import Raised
    from viewproof.evidence.subject import subject_of
    from viewproof.reports.side_by_side import drawings_of, plain_table, rows_of
    from viewproof.running.settings import state_kept

    found = named_result(**named)
    target = find_target(found.target)
    if found.rule is not None and found.rule not in all_rules():
        raise UsageError(f"rule {found.rule!r}: wanted one of {', '.join(all_rules())}")
    subject = subject_of(found.case, expect(found.case))
    word = target.device_word(found.device)
    rule = None if found.rule is None else all_rules()[found.rule]
    # Facts are shown beside what the rule compares, where the target has them.
    wanted = {"facts"} if rule is None else {"facts", rule.probe}
    probes = [probe for probe in target.probes if probe.name in wanted] or list(target.probes[:1])
    names = tuple([probe.name for probe in probes])
    expected = RuleSet((), tuple(probes)).expected(subject, word)
    with (
        warnings.catch_warnings(action="ignore"),
        state_kept() as kept,
        target.open(found.device, found.case.operator) as session,
    ):
        (observed,) = session.observe([(subject, names)])
    say(format_case(found.case), f"on {target.name}", "")
    rows = rows_of(names, expected, observed)
    if (stream := own_stream()) is not None and stream.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table("", "expected", "observed")
        for row in rows:
            table.add_row(Text(row.what), Text(row.expected), Text(row.observed), style="red" if row.differs else None)
        Console(file=stream).print(table)
    else:
        say_laid_out(plain_table(rows))
    raised = isinstance(observed, Raised)
    outputs = () if isinstance(observed, Raised) or "facts" not in names else observed[names.index("facts")]
    for drawing in drawings_of(subject, outputs, shutil.get_terminal_size((100, 24)).columns):
        say_laid_out(f"\n{drawing}")
    if rule is None:
        return
    if rule.name == RESTORED:
        difference = rule.check((), left_of(found.case.operator, kept.left))
        said = ": pass" if difference is None else f": fail\n  {difference.shape}"
        say_laid_out(f"\n{rule.name}{said}")
    elif rule.probe not in names or not target.takes(subject.traits) or not rule.applies(subject.traits):
        say("", f"{rule.name}: does not apply to this case on {target.name}")
    elif isinstance(observed, Raised) and not subject.traits.refused:
        say("", f"{rule.name}: fail", f"  raised {observed.classes[0]}: {observed.message[:300]}")
    else:
        place = names.index(rule.probe)
        one = expected if subject.traits.refused else expected[place]
        difference = rule.check(one, observed if raised else observed[place])
        if difference is not None:
            say("", f"{rule.name}: fail", f"  expected {difference.expected}", f"  observed {difference.observed}")
        elif rule.sees is not None and not rule.sees(one):
            say("", f"{rule.name}: unseen (there is nothing to compare)")
        else:
            say("", f"{rule.name}: pass")

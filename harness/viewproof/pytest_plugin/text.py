"""What pytest prints: the text of an item that fails, with a script, and the end of the session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from viewproof.cases import CaseSyntaxError, parse_case
from viewproof.pytest_plugin.journal import LOG, last_words
from viewproof.pytest_plugin.key import Key
from viewproof.pytest_plugin.session_options import WANTED, SessionOptions
from viewproof.pytest_plugin.verdicts import Outcome
from viewproof.records.findings import Finding
from viewproof.records.outdir import SUMMARY
from viewproof.reports.command import command
from viewproof.visible import visible

#: So many findings of an item are written out; one script is enough to begin with.
SHOWN = 3


def failure_text(key: Key, outcome: Outcome, config: pytest.Config) -> str:
    """An item's failure: counts, findings with their smallest case, and a script for the first."""
    wanted = config.stash[WANTED]
    counts = ", ".join(f"{number} {word}" for word, number in sorted(outcome.verdicts.items()) if number)
    lines = [f"{key.suite}/{key.target}/{key.rule} of {key.operator}: {outcome.planned} verdicts: {counts}"]
    lines += [f"problem: {problem}" for problem in outcome.problems]
    new = [finding for finding in outcome.findings if finding.verdict != "waived"]
    for finding in new[:SHOWN]:
        lines += ["", *_finding(finding, wanted)]
    if len(new) > SHOWN:
        lines += ["", f"... and {len(new) - SHOWN} findings more"]
    if new:
        lines += ["", *_script(new[0], wanted)]
    return "\n".join([visible(line, keep="\t") for line in lines])


def _finding(finding: Finding, wanted: SessionOptions) -> Iterator[str]:
    run = {"device": wanted.device, "selection": {"imports": wanted.imports}}
    yield f"{finding.verdict}: {finding.case}  ({finding.count} alike)"
    yield f"  expected   {finding.expected}"
    yield f"  observed   {finding.observed}"
    yield f"  reproduce  {command('repro', finding.result, run)}"


def _script(finding: Finding, wanted: SessionOptions) -> Iterator[str]:
    from viewproof.contract.repro import script_of
    from viewproof.errors import NoScript

    try:
        script = script_of(parse_case(finding.case), finding.target, finding.rule, wanted.device, wanted.imports)
    except (NoScript, CaseSyntaxError) as error:
        yield f"no script: {error}"
        return
    yield "A script that exits 1 while the fault is there:"
    yield ""
    yield from (f"    {line}" if line else "" for line in script.splitlines())


def closing(out: Path, control: Path) -> Iterator[str]:
    """The end of the session: what the engine said last, and where its reports are."""
    if (out / SUMMARY).is_file():
        yield from last_words(control, 30)
    else:
        yield visible(
            f"the engine was ended before it had every verdict; its journal is in {out}, its words in {control / LOG}"
        )

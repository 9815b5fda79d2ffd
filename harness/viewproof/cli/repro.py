"""`viewproof repro`: a standalone script that shows one result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from viewproof.cli.named_result import named_result, result_options
from viewproof.cli.options import Refusal
from viewproof.cli.output import apart_from_kernels, write_or_say
from viewproof.cli.watching import watched


@click.command(name="repro")
@result_options
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the script here.")
@watched()
@apart_from_kernels()
def repro(output: Path | None, **named: Any) -> None:
    """Write a script for RESULT that imports torch only: it exits 1 while the fault is there, 0 once it is gone.

    Where kernels of yours are tried, it imports the modules that register them too.
    """
    from viewproof.contract.repro import script_of
    from viewproof.engine.address import default_rule
    from viewproof.errors import NoScript

    found = named_result(**named)
    try:
        rule = found.rule or default_rule(found.case, found.target)
        text = script_of(found.case, found.target, rule, found.device, found.imports)
    except NoScript as error:
        raise Refusal(str(error)) from error
    write_or_say(text, output)

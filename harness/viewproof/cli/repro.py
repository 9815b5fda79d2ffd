"""`viewproof repro`: a standalone script that shows one result."""

from __future__ import annotations

from pathlib import Path

import click

from viewproof.cli.output import apart_from_kernels, say, say_laid_out


@click.command(name="repro")
@click.argument("result")
@click.option("--run", type=click.Path(path_type=Path, file_okay=False), help="RESULT is a finding's number there.")
@click.option(
    "--backend",
    metavar="FILE.toml",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Whose passes are tried, as in `run`; with --run, those of that run.",
)
@click.option("--device", default="cpu", show_default=True, help="Where eager runs the case.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the script here.")
@apart_from_kernels()
def repro(result: str, run: Path | None, backend: Path | None, device: str, output: Path | None) -> None:
    """Write a script for RESULT that imports torch only: it exits 1 while the fault is there, 0 once it is gone."""
    from viewproof.contract.repro import script_of
    from viewproof.engine.address import find_result
    from viewproof.exported.vendor import install_of

    try:
        install_of(backend, run)
        found = find_result(result, run, device)
        text = script_of(found.case, found.target, found.rule or "layout.stride", found.device)
    except KeyError as error:
        raise click.UsageError(f"operator {error}: wanted one that has a layout rule") from error
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if output is None:
        say_laid_out(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"-o {str(output)!r}: {error.strerror}") from error
    say(f"wrote {output}")

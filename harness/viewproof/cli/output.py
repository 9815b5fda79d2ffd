"""Writes a verb's text to a file or to standard output."""

from __future__ import annotations

from pathlib import Path

import click

from viewproof.cli.options import Refusal


def write_or_echo(text: str, output: Path | None) -> None:
    """Write `text` to `output` and say so, or to standard output. Raises Refusal where the file cannot be written."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"-o {str(output)!r}: {error.strerror or error}") from error
    click.echo(f"wrote {output}")

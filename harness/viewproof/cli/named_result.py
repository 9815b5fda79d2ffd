"""Shared by `show` and `repro`: the options that name a result and where it is run, and the result that they name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from viewproof.engine.address import Result

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("result"),
    click.option(
        "--run",
        type=click.Path(path_type=Path, file_okay=False),
        help="RESULT is a finding's number there; modules, passes and device are those of that run.",
    ),
    click.option(
        "--backend",
        metavar="FILE.toml",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Whose passes are tried, as in `run`.",
    ),
    click.option("--import", "imports", multiple=True, metavar="MODULE", help="Import MODULE first, as in `run`."),
    click.option("--device", metavar="D", help="Where eager runs the case.  [default: cpu]"),
)


def result_options(function: Function) -> Function:
    """Give a command RESULT and the options that `named_result` takes."""
    for add in reversed(_OPTIONS):
        function = add(function)
    return function


def named_result(
    result: str, run: Path | None, backend: Path | None, imports: tuple[str, ...], device: str | None
) -> Result:
    """The result that is named, in a process that has imported what it needs and tries the passes that it is about.

    Raises UsageError, with one clear line, where there is none, and where it cannot be run here.
    """
    from viewproof.engine.address import find_result
    from viewproof.engine.environment import check_device
    from viewproof.engine.forking import note_threads
    from viewproof.engine.modules import import_modules
    from viewproof.engine.warm import warm_up
    from viewproof.exported.vendor import install, read_passes
    from viewproof.records.directory import read_directory

    ran = None if run is None else read_directory(run)
    if ran is not None:
        imports = (*(ran.facts.selection.imports if ran.facts.selection is not None else ()), *imports)
        device = ran.summary.device if device is None else device
    device = "cpu" if device is None else device
    check_device(device, imports)
    if imports:
        # Before the user's modules, which may put kernels in the place of those that warming up calls. What torch logs
        # of that is of no use to anybody.
        logging.disable(logging.WARNING)
        warm_up()
        logging.disable(logging.NOTSET)
        note_threads()
    import_modules(imports)
    install(read_passes(backend) if ran is None or backend is not None else ran.facts.passes)
    return find_result(result, None if ran is None else ran.summary, device, imports)

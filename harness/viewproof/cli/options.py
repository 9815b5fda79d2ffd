"""Shared by the verbs: errors turned into one line and an exit status, and the options that select."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from viewproof.engine.apart import AskedFailed, Gone
from viewproof.errors import EmptySelection, NotTrusted, NotWritten, PoolBroken, UsageError
from viewproof.generate.sweep import PROFILES
from viewproof.visible import one_line

Function = TypeVar("Function", bound=Callable[..., Any])


class Refusal(click.ClickException):
    """One clear line on standard error, and exit status 2: wrong usage."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class NoEvidence(Refusal):
    """Nothing was wrong with what was asked for, and nothing can be concluded: exit status 3."""

    exit_code = 3


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the engine refuses into a Refusal."""
    try:
        yield
    except NotTrusted as error:
        raise NoEvidence(str(error)) from error
    except UsageError as error:
        raise Refusal(str(error)) from error
    except (EmptySelection, PoolBroken, AskedFailed, Gone, NotWritten) as error:
        raise NoEvidence(str(error)) from error


_SELECTION = (
    click.argument("queries", nargs=-1, metavar="[QUERY]..."),
    click.option("--level", type=click.IntRange(1, 6), metavar="N", help="Only suites up to level N."),
    click.option("--device", default="cpu", show_default=True, metavar="D", help="The device that eager runs on."),
    click.option("--profile", type=click.Choice(PROFILES), default="quick", show_default=True, help="How much to run."),
    click.option(
        "--import", "imports", multiple=True, metavar="MODULE", help="Import MODULE first, here and in each worker."
    ),
    click.option(
        "--contract",
        "contracts",
        multiple=True,
        metavar="NAME",
        help="Take the suites of NAME too, a contract that another package brings.",
    ),
)


def selection_options(function: Function) -> Function:
    """Give a command QUERY... and the options of a selection; it takes them as `queries`, `level`, ..."""
    for add in reversed(_SELECTION):
        function = add(function)
    return function

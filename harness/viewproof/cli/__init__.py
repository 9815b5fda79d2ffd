"""The command line: a group whose verbs are loaded when they are called, so that help is quick."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from viewproof import __version__
from viewproof.errors import EmptySelection, NotTrusted, NotWritten, UsageError
from viewproof.reports.brief import brief
from viewproof.visible import visible

#: The exit statuses of wrong usage, and of everything else that is raised: nothing can be concluded then.
USAGE, NO_EVIDENCE = 2, 3
#: The most characters that an error's line has.
LONGEST = 300

#: Each verb is the click command of its name in the module of its name; the line is its help.
VERBS = {
    "run": "Check the view contract, and write a report.",
    "merge": "Make the shards of one run into that run.",
    "list": "List operators, suites, rules or cases.",
    "explain": "Say what a rule or an operator promises.",
    "show": "Show what was expected and observed for a result, drawn on its storage.",
    "repro": "Write a script that shows a result's fault with torch alone.",
    "report": "Render the reports of a run directory again.",
    "diff": "Compare two runs, and class each change.",
    "trend": "Show a folder of runs over time.",
    "crossref": "Run a program of yours, and check every view call in it.",
    "bench": "Measure what each view costs, and whether that depends on its size.",
    "doctor": "Say whether this machine can run viewproof.",
}


class LazyGroup(click.Group):
    """A group that imports a verb's module only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order in which a newcomer needs them."""
        return [*VERBS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the verb."""
        if cmd_name not in VERBS:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"{__name__}.{cmd_name}")
        command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        assert isinstance(command, click.Command), f"{cmd_name} exposes a click command"
        return command

    def main(  # type: ignore[override]  # of click's two forms this is the one that all of ours call
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line. Status 1 is a verdict: whatever is raised ends with 2 or 3, in one line."""
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **extra)
        try:
            status = super().main(args, prog_name, standalone_mode=False, **extra)
            # What is still to be written is written here: at the interpreter's end nobody could say that it failed.
            if sys.stdout is not None:
                sys.stdout.flush()
        except click.ClickException as error:
            _end(error.format_message(), error.exit_code, error if isinstance(error, click.UsageError) else None)
        except BaseException as error:  # noqa: BLE001  whatever it is, its end is said here
            _end(*_told(error))
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb. What click would make a line or a status of its own of reaches `main` as it is."""
        try:
            return super().invoke(ctx)
        except (OSError, KeyboardInterrupt) as error:
            raise _Failed(error) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without loading any."""
        del ctx
        with formatter.section("Commands"):
            # No `list(...)`: a verb of this name is a module here once it is loaded.
            formatter.write_dl([*VERBS.items()])


class _Failed(Exception):
    """Carries past click a broken pipe, or an interrupt, both of which it ends with 1."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def _told(raised: BaseException) -> tuple[str, int]:
    """What is said of an exception, and the exit status. Of what no verb foresaw there is a file with the traceback."""
    error = raised.error if isinstance(raised, _Failed) else raised
    if isinstance(error, (EmptySelection, NotTrusted, NotWritten)):
        return str(error), NO_EVIDENCE
    if isinstance(error, UsageError):
        return str(error), USAGE
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return "stopped", NO_EVIDENCE
    if isinstance(error, BrokenPipeError) or type(sys.stdout).__name__.endswith("PacifyFlushWrapper"):
        # Click puts this in the place of an output that nobody reads on, where it notices that itself.
        return "", NO_EVIDENCE
    if isinstance(error, SystemExit):
        return f"no evidence: a kernel, a pass or a module ended the process ({error!r})", NO_EVIDENCE
    # Late: help loads nothing of the engine.
    from viewproof.engine.fault import fault_of, words_of

    if isinstance(error, OSError):
        return f"no evidence: {words_of(error)}", NO_EVIDENCE
    return f"no evidence: {fault_of(error)}{_kept(error)}", NO_EVIDENCE


def _kept(error: BaseException) -> str:
    """Where the whole traceback was written; empty where it could not be."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="viewproof-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.writelines(traceback.format_exception(error))
    except OSError:
        return ""
    return f"; all of it: {file.name}"


def _end(said: str, status: int, misused: click.UsageError | None = None) -> NoReturn:
    """Say why nothing more is done, in one line of at most LONGEST characters behind the usage, and exit."""
    try:
        if misused is not None and misused.ctx is not None and said:
            click.echo(misused.ctx.get_usage(), err=True)
        if said:
            click.echo(f"Error: {visible(brief(said, LONGEST))}", err=True)
    except OSError:
        pass  # nobody reads standard error: the status is what is left to say it
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        # Python would try once more at its end, and make a status of its own of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="viewproof")
def main() -> None:
    """Conformance suite for PyTorch's view contract.

    A result is SUITE/TARGET/RULE/CASE; a QUERY is that or its beginning, with * and ? wild, or an operator.
    """

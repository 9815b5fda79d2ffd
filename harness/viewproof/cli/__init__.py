"""The command line: a group whose verbs are loaded when they are called, so that help is quick."""

from __future__ import annotations

import errno
import importlib
from typing import Any, NoReturn

import click

from viewproof import __version__
from viewproof.errors import EmptySelection, UsageError

#: The exit statuses of wrong usage, and of everything else that is raised: nothing can be concluded then.
USAGE, NO_EVIDENCE = 2, 3

#: Each verb is the click command of its name in the module of its name; the line is its help.
VERBS = {
    "run": "Check the view contract, and write a report.",
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

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb. Status 1 is a verdict: whatever is raised beside click's own ends with 2 or 3, in one line."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except KeyboardInterrupt:
            _end("stopped", NO_EVIDENCE)
        except OSError as error:
            # Nobody reads on: click is quiet about that, and ends with 1.
            _end("" if error.errno == errno.EPIPE else _said(error), NO_EVIDENCE)
        except Exception as error:  # noqa: BLE001 -- said in one line
            told = isinstance(error, (UsageError, EmptySelection))
            _end(str(error) if told else _said(error), USAGE if isinstance(error, UsageError) else NO_EVIDENCE)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without loading any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


def _said(error: Exception) -> str:
    # Late: help loads nothing of the engine.
    from viewproof.engine.fault import fault_of

    return f"no evidence: {fault_of(error)}"


def _end(said: str, status: int) -> NoReturn:
    if said:
        click.echo(f"Error: {' '.join(said.split())}", err=True)
    raise click.exceptions.Exit(status)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="viewproof")
def main() -> None:
    """Conformance suite for PyTorch's view contract.

    A result is SUITE/TARGET/RULE/CASE; a QUERY is that or its beginning, with * and ? wild, or an operator.
    """

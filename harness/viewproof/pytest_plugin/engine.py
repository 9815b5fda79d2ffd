"""The engine's own process under pytest: it reads a request, runs as `viewproof run` does, and dies with its parent."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path

import msgspec

from viewproof.cli.run import closing_lines
from viewproof.engine.plan import plan_of
from viewproof.engine.run import RunRequest, execute, import_modules
from viewproof.errors import EmptySelection, UsageError
from viewproof.pytest_plugin.journal import EXPECTED, REQUEST
from viewproof.records.outdir import Selection
from viewproof.reports.run_files import write_reports


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine is asked for."""

    selection: Selection
    out: str
    jobs: int
    argv: tuple[str, ...] = ()


def main(control: Path) -> int:
    """Run what `control`/request.json asks for. Returns the exit status of the same `viewproof run`."""
    request = msgspec.json.decode((control / REQUEST).read_bytes(), type=Request)
    _end_with_parent()
    try:
        import_modules(request.selection.imports)
        _say_what_is_expected(control, request.selection)
        finished = execute(RunRequest(request.selection, Path(request.out), None, request.jobs, False, request.argv))
        write_reports(finished.out, finished.summary, finished.run, finished.records)
    except UsageError as error:
        print(error, file=sys.stderr)
        return 2
    except EmptySelection as error:
        print(error, file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    print("\n".join(closing_lines(finished)), flush=True)
    return finished.status


def _say_what_is_expected(control: Path, selection: Selection) -> None:
    """Write how many records each operator of each suite will have."""
    plan = plan_of(selection)
    counts = Counter((chunk.suite, chunk.operator) for chunk in plan)
    half = control / f".{EXPECTED}"
    half.write_text(json.dumps([[*subject, number] for subject, number in counts.items()]), encoding="utf-8")
    half.replace(control / EXPECTED)


def _end_with_parent() -> None:
    """Interrupt this process once its standard input ends: pytest was stopped, or is gone."""
    # What a shell starts in the background ignores interrupts, and so would this process.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main_thread = threading.main_thread().ident
    assert main_thread is not None

    def watch() -> None:
        while os.read(0, 1024):
            pass
        signal.pthread_kill(main_thread, signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

"""The engine's own process under pytest: it reads a request, runs as `viewproof run` does, and dies with its parent."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from viewproof.cli.run import closing_lines
from viewproof.engine.fault import fault_of
from viewproof.engine.run import RunRequest, execute
from viewproof.errors import EmptySelection, UsageError
from viewproof.pytest_plugin.journal import EXPECTED, REQUEST
from viewproof.records.chunk import Chunk
from viewproof.records.outdir import Selection
from viewproof.reports.run_files import write_reports
from viewproof.visible import one_line, visible


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
        finished = execute(
            RunRequest(request.selection, Path(request.out), None, request.jobs, False, request.argv),
            planned=partial(_say_what_is_expected, control),
            report=write_reports,
        )
    except UsageError as error:
        print(one_line(error), file=sys.stderr)
        return 2
    except EmptySelection as error:
        print(one_line(error), file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 -- said in one line: a verdict is another status
        print(f"no evidence: {fault_of(error)}", file=sys.stderr)
        return 3
    print("\n".join(map(visible, closing_lines(finished))), flush=True)
    return finished.status


def _say_what_is_expected(control: Path, plan: Sequence[Chunk]) -> None:
    """Write how many records each operator of each suite will have."""
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

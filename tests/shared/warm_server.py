"""Runs commands and scripts, each in a process forked from this one, which has loaded what they load.

Loading torch takes over a second, and what a verb needs beside it another: a process that begins with it loaded is
there in a hundredth of one. All else is as in a process of its own: its streams, its folder, its arguments, and its
end, which is Python's own (exit functions, streams flushed, a signal).

    python warm_server.py torch       scripts
    python warm_server.py viewproof   commands and scripts

A question is a line of JSON: `script`, or None for a command of viewproof's; `arguments`; `folder`, the current one;
`stdout` and `stderr`, files, or for stdout `broken`: a pipe that nobody reads. The answer is the exit status, as
multiprocessing gives it.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import sys
import threading
from typing import Any


def load(what: str) -> None:
    """Load torch; and of viewproof what most verbs, and a program under `crossref`, need."""
    import torch  # noqa: F401

    if what == "viewproof":
        from viewproof.cli import crossref, explain, list, repro, show, watching  # noqa: A004, F401
        from viewproof.engine.planning import planned_here
        from viewproof.live.report import write_report  # noqa: F401
        from viewproof.live.session import LiveBlock
        from viewproof.records.outdir import Selection

        planned_here(Selection(queries=("aten.t.default",)))
        LiveBlock((), (), 100, 10_000, 1 << 14, True, None)
        # It asks whether torch is loaded, which starts threads in some builds; none runs here.
        watching.may_watch = lambda: threading.active_count() == 1
    gc.freeze()


def questions() -> dict[str, Any] | None:
    """Answer questions until there are none. In a forked process: the question that is its own."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        for line in sys.stdin:
            child = os.fork()
            if not child:
                return json.loads(line)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            answers.write(f"{status}\n")
            answers.flush()
    return None


def run(asked: dict[str, Any]) -> None:
    """Be the process that is asked for."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for stream, place in ((1, asked["stdout"]), (2, asked["stderr"])):
        if place == "broken":
            reading, writing = os.pipe()
            os.close(reading)
        else:
            writing = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(writing, stream)
        os.close(writing)
    os.chdir(asked["folder"])
    script, arguments = asked["script"], asked["arguments"]
    sys.path.insert(0, os.getcwd() if script is None else os.path.dirname(script))  # noqa: PTH109, PTH120
    sys.argv[:] = ["viewproof" if script is None else script, *arguments]
    if script is not None:
        runpy.run_path(script, run_name="__main__")
    else:
        from viewproof.cli import main

        main()


if __name__ == "__main__":
    load(sys.argv[1])
    mine = questions()
    if mine is not None:
        run(mine)

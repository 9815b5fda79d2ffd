"""Checks cases under wrong kernels, each time in a process forked from one that has loaded all there is to load.

The program (`python forked_checks.py`) reads one question a line, in JSON: `faults`, by the names of operators;
`asked`, pairs of a query and of the highest level of the suites that it asks; `without`, suites that are not asked. It
answers in one line: `verdicts`, how many of each word; `against`, the operators of those that fail, `cases`, these;
`errors`, those of the harness; and `ended`, how the process ended that checked, where that is all that it left.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
import warnings
from collections import Counter

#: Seconds that one question may take.
LIMIT = 20.0


def checked(faults: dict[str, str], plan) -> dict[str, object]:
    """What becomes of the plan under the faults: in the process that asks, which is spoiled by it."""
    import wrong_kernels

    from viewproof.engine.check import check_chunk

    # As in a worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for operator, fault in faults.items():
        wrong_kernels.install(operator, fault)
    verdicts: Counter[str] = Counter()
    failed: dict[str, str] = {}
    errors = []
    for chunk in plan:
        try:
            record = check_chunk(chunk)
        except BaseException as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            errors.append(f"{chunk.suite}: {type(error).__name__} at {frame.filename}:{frame.lineno} {frame.name}")
            continue
        failed.update({one.case: one.operator for one in record.failures if one.verdict != "waived"})
        for tally in record.tallies:
            verdicts.update(tally.verdicts)
            given = sum(tally.verdicts.values())
            if given != tally.planned:
                errors.append(f"{chunk.suite}: {tally.target}/{tally.rule}: {tally.planned} planned, {given} given")
    against = sorted({*failed.values()})
    return {"verdicts": verdicts, "against": against, "cases": sorted(failed), "errors": errors, "ended": None}


def in_a_child(faults: dict[str, str], plan) -> dict[str, object]:
    """`checked` in a forked process; where that one dies or does not end, a verdict against the wrong kernels."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 70
        try:
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_RDWR), 2)
            answer = json.dumps(checked(faults, plan))
            with os.fdopen(writing, "w") as pipe:
                pipe.write(answer)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    said, deadline = b"", time.monotonic() + LIMIT
    while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        read = os.read(reading, 1 << 16)
        said += read
        if not read:
            break
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if said and code == 0:
        answer: dict[str, object] = json.loads(said)
        return answer
    late = time.monotonic() > deadline
    verdict, ended = ("timeout", f"no end in {LIMIT} s") if late else ("crash", f"exit status {code}")
    return {"verdicts": {verdict: 1}, "against": sorted(faults), "cases": [], "errors": [], "ended": ended}


def main() -> None:
    import torch

    from viewproof.engine import preloaded
    from viewproof.engine.plan import plan_of
    from viewproof.records.outdir import Selection

    if preloaded.failure is not None:
        raise preloaded.failure
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore")
    for line in sys.stdin:
        asked = json.loads(line)
        selections = [Selection(queries=(query,), level=level) for query, level in asked["asked"]]
        plan = [chunk for one in selections for chunk in plan_of(one) if chunk.suite not in asked["without"]]
        print(json.dumps(in_a_child(asked["faults"], plan)), flush=True)


if __name__ == "__main__":
    main()

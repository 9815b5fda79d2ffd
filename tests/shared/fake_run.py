"""A run without torch: suites of made-up operators, and a check that passes, crashes, hangs or raises as it is told.

Imported by name in worker processes too, so that the tests put this folder on sys.path.
"""

from __future__ import annotations

import os
import signal
import time
import zlib
from pathlib import Path
from typing import Any

from viewproof.cases import parse_case
from viewproof.contract.suite import Suite
from viewproof.engine.owed import owed_in
from viewproof.engine.split import Work
from viewproof.engine.whereabouts import EXECUTION, NOTES, begin_target
from viewproof.place import Folder, Place
from viewproof.place.here import Deterministic, TimeZone
from viewproof.place.libraries import Library
from viewproof.place.onednn import OneDNN
from viewproof.records.model import ChunkRecord, Tally

CASES = 8


def _cases(operator, family, profile):
    return (parse_case(f"{operator}(float32[{size}])") for size in range(1, CASES + 1))


def suite(name, level=1, operators=("aten.alias.default",), **more):
    fields: dict[str, Any] = {
        "summary": f"the suite {name}",
        "operators": lambda: tuple(operators),
        "families": lambda _operator, _profile: ("flat", "offset"),
        "cases": _cases,
        "targets": ("eager", "meta"),
        "rules": ("layout.size", "layout.stride", "layout.stride-exact"),
    }
    return Suite(name=name, level=level, **(fields | more))


def suites():
    return {
        "views": suite("views", operators=("aten.alias.default", "aten.slice.Tensor", "aten.select.int")),
        "aliasing": suite("aliasing", 2, rules=("alias.read",)),
    }


def count(chunk):
    stop = CASES if chunk.stop is None else chunk.stop
    return 1 if chunk.case is not None else max(0, min(stop, CASES) - chunk.start)


def first(chunk):
    return chunk.case or f"{chunk.operator}(float32[{chunk.start + 1}])"


def _record(chunk, verdict):
    cases = count(chunk)
    tallies = [
        Tally(target=target, rule=rule, planned=cases, verdicts={verdict: cases})
        for target in chunk.targets
        for rule in chunk.rules
    ]
    return ChunkRecord(
        chunk=chunk.name,
        suite=chunk.suite,
        operator=chunk.operator,
        family=chunk.family,
        cases=cases,
        accepted=cases,
        executions=cases * len(chunk.targets),
        tallies=tallies,
        failures=[],
        signatures=[zlib.crc32(f"{chunk.operator}{chunk.start + number}".encode()) for number in range(cases)],
        issues_shown={},
        too_wide=[],
        checking_seconds=0.001 * cases,
        generating_seconds=0.0,
    )


def planned(chunk):
    return _record(chunk, "missing")


def owed(chunk):
    if chunk.family == "uncounted":
        raise RuntimeError("a fault of the generator")
    if chunk.family == "counter dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    return owed_in(planned(chunk))


def check(chunk):
    """The family says what is wrong, if anything; the sixth case on `meta` is where it is, which may be noted.

    It may name a file: what happens once does not where there is one.
    """
    guilty = "meta" in chunk.targets and chunk.start <= 5 < chunk.start + count(chunk)
    family, _, file = chunk.family.partition(":")
    if family == "noisy":
        os.write(2, b"said below Python\n")
    if guilty and "noted" in family:
        begin_target(chunk.targets.index("meta"))
        NOTES.slots[EXECUTION] = 5 - chunk.start
    if guilty and "crash" in family:
        os.kill(os.getpid(), signal.SIGSEGV)
    if guilty and "kills its parent" in family:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    if guilty and "hang" in family:
        if file:
            Path(file).write_text(str(os.getpid()))
        time.sleep(600)
    if guilty and family == "raise":
        raise RuntimeError("a fault of the harness")
    if family in {"once", "killed once"} and not Path(file).exists():
        Path(file).touch()
        os.kill(os.getpid(), signal.SIGKILL if family == "killed once" else signal.SIGABRT)
    return _record(chunk, "pass")


def keeper_that_ends(pipe, setup):
    os._exit(3)


def start(imports):
    del imports


def waive(failure, device):
    return "seg-6" if failure.operator == "aten.known.default" and failure.difference == "SIGSEGV" else None


PLACE = Place(
    processor="a made-up one",
    capability="NONE",
    threads=1,
    interop_threads=1,
    blas=Library(name="none"),
    lapack=Library(name="none"),
    onednn=OneDNN(enabled=False),
    deterministic=Deterministic(
        algorithms=False, warn_only=False, fill_uninitialized_memory=True, float32_matmul_precision="highest"
    ),
    hash_randomization=True,
    hash_probe=0,
    encoding="UTF-8",
    file_names="utf-8",
    locale="C",
    time_zone=TimeZone(names=("UTC", "UTC"), ahead=0),
    working_folder=Folder(space=False, non_ascii=False),
    temporary_folder=Folder(space=False, non_ascii=False),
)


def place():
    return PLACE


def place_that_dies():
    os.kill(os.getpid(), signal.SIGILL)


def place_that_raises():
    raise RuntimeError("no word of it")


def case_of(chunk, target, execution):
    return chunk.start + execution


def place_of(chunk, case):
    return int(case.partition("[")[2].partition("]")[0]) - 1


WORK = Work(
    check=check, owed=owed, planned=planned, count=count, first=first, case_of=case_of, place_of=place_of, start=start,
    waive=waive, place=place, forked=True,
)  # fmt: skip

"""What checking a case costs by the rank of its tensors and the size of its storage, each in a process of its own."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable, Iterable
from itertools import cycle, islice
from typing import NamedTuple

from viewproof.cases import parse_case
from viewproof.contract.installed import find_suite
from viewproof.contract.suite import Suite
from viewproof.engine.check import check_chunk
from viewproof.engine.workload import Memory
from viewproof.evidence.expectation import expect
from viewproof.evidence.subject import Subject, subject_of
from viewproof.records.chunk import Chunk

RANKS = (1, 2, 4, 6, 8, 12, 16, 24, 32)
ELEMENTS = tuple([10**power for power in range(2, 8)])
#: Seconds of the processor's that the rounds at one size take together, or more.
_LEAST = 0.3
#: The elements of every tensor whose rank is varied.
_HELD = 4096
#: The suites that look at the layout alone, and at every byte of the storage.
LAYOUT, BYTES = "views", "aliasing"
SUITES = (LAYOUT, BYTES)


class Point(NamedTuple):
    """What a case costs at `size` (a rank, or a number of elements), in seconds of the processor, and what the process
    held, in bytes.

    The cost is all of it: predicting, running, comparing, judging. It is the best round's. The memory is the most
    that was held at once.
    """

    suite: str
    size: int
    seconds: float
    memory: int


class _Given(Memory):
    """Cases that no generator made."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = list(names)

    def recall(self, chunk: Chunk, suite: Suite) -> tuple[list[Subject], float]:
        del suite
        cases = [parse_case(name) for name in self.names]
        return [subject_of(case, expect(case)) for case in cases][chunk.start : chunk.stop], 0.0


def of_rank(rank: int, suite: str) -> list[str]:
    """64 transpositions of a tensor of this rank and 4,096 elements: dimensions of two, ones beyond the twelfth.

    Of a low rank there are fewer, and each is there several times: what a chunk costs by itself is in all alike.
    """
    del suite
    size = [2] * min(rank, 12) + [1] * max(0, rank - 12)
    size[0] = _HELD // 2 ** (min(rank, 12) - 1)
    text = ",".join(map(str, size))
    pairs = cycle((one, other) for one in range(rank) for other in range(rank))
    return [f"aten.transpose.int(int64[{text}], {one}, {other})" for one, other in islice(pairs, 64)]


def of_storage(elements: int, suite: str) -> list[str]:
    """Ten selections from a tensor of ten rows and this many elements; fewer where all of a large one is looked at."""
    number = 10 if suite == LAYOUT else max(1, min(10, 1_000_000 // elements))
    return [f"aten.select.int(int64[10,{elements // 10}], 0, {place})" for place in range(number)]


def measure(suite: str, size: int, names: list[str], rounds: int) -> Point:
    """The cost of one of these cases, on eager, in a process that is forked for it and ends with it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 70
        try:
            os.close(reading)
            found = _cost(suite, names, rounds)
            with os.fdopen(writing, "w") as pipe:
                json.dump(found, pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"{suite}, {names[0]}: wanted its cost, got a process that ended with {status}")
    return Point(suite, size, *json.loads(said))


def _cost(suite: str, names: list[str], rounds: int) -> tuple[float, int]:
    operator = parse_case(names[0]).operator
    rules = find_suite(suite).rules
    chunk = Chunk(suite=suite, operator=operator, family="contiguous", profile="quick", device="cpu",
                  targets=("eager",), rules=rules)  # fmt: skip
    spent: list[float] = []
    while len(spent) <= rounds or sum(spent) * len(names) < _LEAST:
        began = time.process_time()
        record = check_chunk(chunk, _Given(names))
        spent.append((time.process_time() - began) / len(names))
        if record.failures or record.accepted != len(names):
            raise RuntimeError(f"{suite}, {names[0]}: wanted {len(names)} cases that conform, got {record}")
    # The first round loads what the others find loaded.
    return min(spent[1:]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def points(
    sizes: Iterable[int], names: Callable[[int, str], list[str]], rounds: int, until: float
) -> tuple[list[Point], list[int]]:
    """The costs at each size, in both suites, smallest first; and the sizes that were left out since time ran out.

    `until` is on the clock of `time.monotonic`.
    """
    found: list[Point] = []
    left_out: list[int] = []
    spent = 0.0
    last = 0
    for size in sizes:
        # As much time as the last one took, for as many more as there are.
        if left_out or time.monotonic() + spent * size / max(last, 1) > until:
            left_out.append(size)
            continue
        began = time.monotonic()
        found += [measure(suite, size, names(size, suite), rounds) for suite in SUITES]
        spent, last = time.monotonic() - began, size
    return found, left_out

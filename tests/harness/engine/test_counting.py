"""What chunks owe is counted in another process; a generator that fails or dies costs its own chunk."""

import os
import signal

import pytest

from viewproof.engine.apart import Apart
from viewproof.engine.counting import Counting
from viewproof.engine.owed import Owed
from viewproof.records.chunk import Chunk


def chunk(family, operator="aten.alias.default"):
    return Chunk(
        suite="views", operator=operator, family=family, profile="quick", device="cpu",
        targets=("eager", "meta"), rules=("layout.size",),
    )  # fmt: skip


def owed_by_process(chunk):
    """The number of the process in the place of the cases."""
    return Owed(chunk.name, cases=os.getpid())


def owed(chunk):
    if chunk.family == "uncounted":
        raise RuntimeError("a fault of the generator")
    if chunk.family == "counter dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    return Owed(chunk.name, cases=len(chunk.family))


@pytest.fixture
def apart():
    found = Apart(forked=False)
    yield found
    found.close()


def test_no_chunk_is_counted_in_the_process_that_asks_or_twice(apart):
    batches = [[chunk(f"family{number}"), chunk(f"family{number}", "aten.t.default")] for number in range(9)]
    counting = Counting(apart, owed_by_process, batches, limit=60)
    asked = [one for batch in reversed(batches) for one in batch]
    assert {counting.of(one).cases for one in asked} == {apart.pid} != {os.getpid()}
    assert "got one that is not" in counting.of(asked[0]).fault


def test_what_fails_or_dies_costs_its_own_chunk(apart):
    batches = [
        [chunk("flat"), chunk("uncounted")],
        [chunk("offset"), chunk("counter dies"), chunk("strided")],
        [chunk("permuted")],
    ]
    counting = Counting(apart, owed, batches, limit=60)
    found = {one.family: counting.of(one) for batch in batches for one in batch}
    assert found["uncounted"].fault.startswith("RuntimeError: a fault of the generator (raised at ")
    assert found["counter dies"].fault == "the process that counts died of SIGSEGV"
    for family in ("flat", "offset", "strided", "permuted"):
        assert found[family] == owed(chunk(family))

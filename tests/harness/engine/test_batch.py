"""A crash that no chunk of a batch shows alone is its last one's, in whatever order they are run again."""

from itertools import permutations

import pytest

from viewproof.engine.batch import Batch
from viewproof.engine.split import Death, Piece
from viewproof.records.chunk import Chunk


def piece(fake, family):
    one = Chunk(
        suite="views", operator="aten.alias.default", family=family, profile="quick", device="cpu",
        targets=("eager",), rules=("layout.size",),
    )  # fmt: skip
    return Piece(one, 60.0, record=fake.check(one))


CRASH = Death("crash", "SIGABRT", "the process died with SIGABRT")


def settled(fake, order, death=CRASH, shown=None):
    """Family -> the differences of its record, in the order in which records are given out."""
    batch = Batch([piece(fake, family) for family in ("flat", "offset", "strided")])
    alone = {one.pieces[0].chunk.family: one for one in batch.taken_apart(death)}
    found = {}
    for family in order:
        (whole,) = alone[family].pieces
        whole.death = CRASH if family == shown else None
        for record in alone[family].settled(whole, fake.WORK):
            found[record.family] = [failure.difference for failure in record.failures]
    return found


@pytest.mark.parametrize("order", [*permutations(("flat", "offset", "strided"))])
def test_it_is_the_last_ones_whichever_is_settled_last(fake, order):
    expected = {"flat": [], "offset": [], "strided": ["SIGABRT, only in a batch"]}
    assert settled(fake, order) == expected


@pytest.mark.parametrize("order", [*permutations(("flat", "offset", "strided"))])
@pytest.mark.parametrize("shown", ["flat", "strided"])
def test_one_that_shows_it_alone_clears_the_last(fake, order, shown):
    assert settled(fake, order, shown=shown) == {"flat": [], "offset": [], "strided": []}


def test_a_time_that_was_up_is_nobodys(fake):
    assert settled(fake, ("strided", "offset", "flat"), Death("timeout", "timeout", "no end within 60 s")) == {
        "flat": [], "offset": [], "strided": [],
    }  # fmt: skip


def test_what_is_settled_has_a_record(fake):
    unsettled = piece(fake, "flat")
    unsettled.record = None
    with pytest.raises(AssertionError, match="wanted a settled chunk, got one without a record"):
        Batch([unsettled]).settled(unsettled, fake.WORK)

"""Medians, quartiles and what noise excuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewproof.bench.model import Block, Spread
from viewproof.bench.noise import machine, margin, reference_loop, spread


def test_median_and_quartiles():
    assert spread([5.0, 1.0, 3.0, 2.0, 4.0]) == Spread(3.0, 2.0, 4.0)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)
    assert spread([5.0, 1.0, 3.0, 2.0, 4.0]).relative == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="wanted at least one, got none"):
        spread([])


def test_one_burst_moves_neither_median_nor_quartiles():
    quiet = [2.0] * 15
    assert spread([*quiet[:-1], 900.0]) == spread(quiet)


@given(st.lists(st.floats(0.001, 1e6), min_size=1), st.floats(0.1, 10))
def test_a_spread_is_ordered_and_scales(samples, factor):
    one, scaled = spread(samples), spread([sample * factor for sample in samples])
    assert one.low <= one.median <= one.high
    assert scaled.median == pytest.approx(one.median * factor)


def test_the_margin_is_never_nothing_and_grows_with_noise():
    assert margin() == margin(0.01, 0.01) == 0.25
    assert margin(0.3, 0.3) == pytest.approx(0.6)


def test_the_machine_is_seen_within_and_between_blocks():
    blocks = [Block("a", 0.0, Spread(100, 99, 101)), Block("b", 1.0, Spread(100, 98, 102))]
    blocks.append(Block("c", 2.0, Spread(150, 120, 180)))
    seen = machine(blocks)
    assert (seen.loop_us, seen.spread, seen.worst_spread) == (100, pytest.approx(0.04), pytest.approx(0.4))
    assert (seen.fastest, seen.slowest) == (1.0, 1.5)
    with pytest.raises(ValueError, match="got none"):
        machine([])


def test_the_reference_loop_does_the_same_every_time():
    assert reference_loop() == reference_loop() == 500 * sum(range(8))

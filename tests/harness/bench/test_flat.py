"""Flatness: what counts as growth, and what noise excuses."""

import pytest

from viewproof.bench.flat import BORNE, growing, grows, growth, limit

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)


def sweep(series, medians, **more):
    return [series(median, elements=size, **more) for size, median in zip(SIZES, medians, strict=True)]


def test_a_flat_view_is_flat(series):
    assert growing(sweep(series, (2.0, 2.1, 1.9, 2.0, 2.2))) == []


def test_a_hidden_copy_is_a_finding(series):
    (found,) = growing(sweep(series, (2.0, 2.3, 6.0, 40.0, 600.0)))
    assert (found.kind, found.operator, found.variant) == ("growth", "aten.slice.Tensor", "eager")
    assert (found.factor, found.case) == (300.0, "aten.slice.Tensor(float32[1000000])")
    assert found.limit < 2.0
    assert "2.0 us on 100 elements and 600.0 us on 1,000,000: 300.0 times" in found.text


def test_growth_is_from_the_smallest_to_the_largest_in_any_order(series):
    shuffled = [sweep(series, (1.0, 2.0, 3.0, 4.0, 5.0))[place] for place in (3, 0, 4, 2, 1)]
    (found,) = growing(shuffled)
    assert found.factor == 5.0


def test_a_noisy_machine_excuses_more(series):
    noisy = sweep(series, (2.0, 2.0, 2.0, 3.0, 4.2), wide=0.9)
    quiet = sweep(series, (2.0, 2.0, 2.0, 3.0, 4.2), wide=0.02)
    assert growth(noisy) == growth(quiet) == pytest.approx(2.1)
    assert limit(quiet) == BORNE + 0.25
    assert (grows(quiet), grows(noisy)) == (True, False)


def test_the_reference_loops_noise_excuses_too(series):
    some = sweep(series, (2.0, 2.0, 2.0, 3.0, 4.2), wide=0.02, noise=0.8)
    assert not grows(some)


def test_quartiles_that_meet_are_no_growth(series):
    first, last = series(2.0, elements=100, wide=0.0), series(8.0, elements=1_000_000, wide=1.6)
    assert last.microseconds.low < first.microseconds.high
    assert not grows([first, last])


def test_copies_may_grow_and_every_way_that_makes_none_may_not(series):
    medians = (2.0, 2.3, 6.0, 40.0, 600.0)
    every = [
        one
        for variant in ("copy", "scatter", "functionalize-copies", "meta", "fake", "decomposed", "functionalize")
        for one in sweep(series, medians, variant=variant)
    ]
    assert [one.variant for one in growing(every)] == ["meta", "fake", "decomposed", "functionalize"]


def test_one_size_and_other_ranks_say_nothing(series):
    assert growing([series(2.0)]) == []
    assert growing([series(2.0, elements=4_096, rank=1), series(900.0, elements=4_096, rank=6)]) == []
    assert growing([series(2.0, elements=None, rank=None)]) == []
